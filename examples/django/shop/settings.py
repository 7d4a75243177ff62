"""Settings of the shop; the secret of the webhook comes from the environment."""

import os
from pathlib import Path

import django

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only for development")
POCKETSFLOW_SECRET = os.environ.get("POCKETSFLOW_WEBHOOK_SECRET", "")

INSTALLED_APPS = ["shop"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(__file__).parents[1] / "shop.sqlite3",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

CONSOLE = "django.core.mail.backends.console.EmailBackend"
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": CONSOLE}}
else:
    EMAIL_BACKEND = CONSOLE
