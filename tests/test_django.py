"""Django: the transaction of a test, what waits for its commit, and the exception behind a 500.

Django has one configuration for a process, so the tests are played in one of their own, by pytest
with pytest-django, as in a merchant's suite.
"""

import re
import subprocess
import sys
from textwrap import dedent

import pytest

SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["shop"]
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
ROOT_URLCONF = "shop.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:",
                         "TEST": {"NAME": "test.sqlite3"}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""

MODELS = """
from django.db import models

class Sale(models.Model):
    event = models.CharField(max_length=64)
"""

URLS = """
from django.db import transaction
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from shop.models import Sale

mailed = []

@csrf_exempt
def webhook(request):
    with transaction.atomic():
        Sale.objects.create(event=request.headers["X-Pocketsflow-Event"])
        transaction.on_commit(lambda: mailed.append(Sale.objects.count()))
    return HttpResponse(status=204)

@csrf_exempt
def fail(request):
    raise KeyError("user")

@csrf_exempt
def fail_later(request):
    def callback():
        raise KeyError("mail")
    with transaction.atomic():
        transaction.on_commit(callback)
    return HttpResponse()

def guarded(request):
    return HttpResponse()

urlpatterns = [path("webhook", webhook), path("fail", fail), path("later", fail_later),
               path("guarded", guarded)]
"""

TESTS = """
import asyncio
import pytest
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.test import AsyncClient, Client
from pocketsflow_emulator import AsyncEmulator
from shop.models import Sale
from shop.urls import mailed

COURSE = {"price": "60.00"}

@pytest.fixture(autouse=True)
def _empty():
    mailed.clear()

@pytest.mark.django_db
def test_atomic_test(pocketsflow):
    Sale.objects.create(event="from the test")
    pocketsflow.deliver_to(get_wsgi_application(), path="/webhook")
    pocketsflow.create_product(**COURSE)
    assert mailed == [2]
    pocketsflow.create_product(**COURSE)
    assert mailed == [2, 3]
    assert connection.in_atomic_block

@pytest.mark.django_db
def test_nothing_is_left_of_an_atomic_test():
    assert Sale.objects.count() == 0

@pytest.mark.django_db(transaction=True)
def test_transactional_test(pocketsflow):
    pocketsflow.deliver_to(get_wsgi_application(), path="/webhook")
    pocketsflow.create_product(**COURSE)
    assert mailed == [1]

@pytest.mark.django_db
def test_a_function_that_uses_the_database(pocketsflow):
    def handler(request):
        transaction.on_commit(lambda: mailed.append(request.event))
    pocketsflow.deliver_to(handler)
    pocketsflow.create_product(**COURSE)
    assert mailed == ["product.created"]

@pytest.mark.django_db
def test_a_callback_that_fails(pocketsflow):
    pocketsflow.deliver_to(get_wsgi_application(), path="/later")
    with pytest.raises(KeyError, match="mail"):
        pocketsflow.create_product(**COURSE)
    assert pocketsflow.deliveries.last.status == 500

@pytest.mark.parametrize("make", [get_wsgi_application, get_asgi_application])
def test_the_exception_of_a_view(pocketsflow, make):
    pocketsflow.deliver_to(make(), path="/fail")
    with pytest.raises(KeyError, match="user"):
        pocketsflow.create_product(**COURSE)
    assert pocketsflow.deliveries.last.status == 500

@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_clients_hide_csrf(pocketsflow, client):
    with pytest.warns(UserWarning, match="switches CSRF checks off.*by [aw]sgi=") as caught:
        pocketsflow.deliver_to(client(), path="/guarded")
    assert caught[0].filename == __file__
    pocketsflow.deliver_to(client(enforce_csrf_checks=True), path="/guarded")
    pocketsflow.create_product(**COURSE)
    assert [d.status for d in pocketsflow.deliveries] == [403, 403]

@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "options"), [(get_asgi_application, {}), (get_wsgi_application, {"thread": True})]
)
def test_other_threads_do_not_see_the_transaction(pocketsflow, make, options):
    with pytest.raises(ValueError, match="does not see the transaction of this test; mark the"):
        pocketsflow.deliver_to(make(), path="/webhook", **options)

def test_also_when_the_transaction_is_opened_later(pocketsflow, db_later):
    pocketsflow.deliver_to(get_asgi_application(), path="/webhook")
    with db_later():
        with pytest.raises(ValueError, match="does not see the transaction"):
            pocketsflow.create_product(**COURSE)

@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("make", "options"), [(get_asgi_application, {}), (get_wsgi_application, {"thread": True})]
)
def test_other_threads_in_a_transactional_test(pocketsflow, make, options):
    pocketsflow.deliver_to(make(), path="/webhook", **options)
    pocketsflow.create_product(**COURSE)
    assert (mailed, Sale.objects.count()) == ([1], 1)

@pytest.mark.django_db
def test_other_threads_and_the_async_face(pocketsflow_async):
    async def play():
        with pytest.raises(ValueError, match="does not see the transaction of this test"):
            pocketsflow_async.deliver_to(get_asgi_application(), path="/webhook")
    asyncio.run(play())

@pytest.mark.django_db(transaction=True)
def test_the_async_face(pocketsflow_async):
    async def play():
        pocketsflow_async.deliver_to(get_asgi_application(), path="/webhook")
        await pocketsflow_async.create_product(**COURSE)
        pocketsflow_async.deliver_to(get_asgi_application(), path="/fail")
        with pytest.raises(KeyError):
            await pocketsflow_async.create_product(**COURSE)
        await pocketsflow_async.close()
    asyncio.run(play())
    assert mailed[0] == 1
"""

CONFTEST = """
import pytest

@pytest.fixture
def db_later(django_db_setup, django_db_blocker):
    from contextlib import contextmanager
    from django.db import transaction

    @contextmanager
    def later():
        with django_db_blocker.unblock(), transaction.atomic():
            yield
    return later
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Play the tests once; return what became of each, and everything that was said."""
    folder = tmp_path_factory.mktemp("merchant")
    shop = folder / "shop"
    shop.mkdir()
    for name, text in {
        "__init__": "",
        "settings": SETTINGS,
        "models": MODELS,
        "urls": URLS,
    }.items():
        (shop / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_shop.py").write_text(TESTS, encoding="utf-8")
    plugins = ["-p", "pytest_django.plugin", "-p", "pytest_pocketsflow.plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-W", "error", *plugins, "-p", "no:cacheprovider"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
        env={
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(folder),
        },
    )
    found = re.findall(r"^test_shop.py::(\w+)\S* (\w+)", done.stdout, re.MULTILINE)
    return {
        name: {o for n, o in found if n == name} for name, _ in found
    }, done.stdout + done.stderr


@pytest.mark.parametrize("name", re.findall(r"^def (test_\w+)", TESTS, re.MULTILINE))
def test_in_a_merchant_s_suite(results, name):
    """Each of the tests above passes in a Django project with pytest-django."""
    outcomes, said = results

    assert outcomes.get(name) == {"PASSED"}, said
