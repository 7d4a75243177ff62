"""A Django application as merchants have them, served over TCP: `python django_app.py DEBUG`.

Prints its port; ends with standard input.
"""

import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET


@csrf_exempt
def fine(request):
    return HttpResponse(status=204)


def protected(request):
    return HttpResponse(status=204)


@csrf_exempt
def unbelieving(request):
    return JsonResponse({"error": "Invalid signature"}, status=400)


@csrf_exempt
def raising(request):
    raise ZeroDivisionError("in the handler")


urlpatterns = [
    path("fine/", fine),
    path("protected/", protected),
    path("unbelieving/", unbelieving),
    path("raising/", raising),
    path("raises", raising),
    path("page/", csrf_exempt(require_GET(fine))),
]


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def main(debug):
    settings.configure(
        DEBUG=debug,
        SECRET_KEY="only for tests",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        LOGGING={"version": 1, "disable_existing_loggers": True},
        MIDDLEWARE=[
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
        ],
    )
    django.setup()
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:] == ["DEBUG"])
