"""Which route a request takes."""

import pytest

from pocketsflow_emulator.api.router import Router


def _router():
    router = Router()
    for method, path in (
        ("GET", "/orders"),
        ("GET", "/orders/{id}"),
        ("GET", "/orders/subscriptions"),
        ("POST", "/orders/subscriptions/{id}"),
        ("DELETE", "/orders/{order}/notes/{id}"),
        ("GET", "/schemas/{event}.json"),
    ):
        router.add(method, path, f"{method} {path}")
    return router


@pytest.mark.parametrize(
    ("method", "path", "route", "names"),
    [
        ("GET", "/orders", "GET /orders", {}),
        ("GET", "/orders/1", "GET /orders/{id}", {"id": "1"}),
        ("GET", "/orders/subscriptions", "GET /orders/subscriptions", {}),
        ("POST", "/orders/subscriptions/1", "POST /orders/subscriptions/{id}", {"id": "1"}),
        (
            "DELETE",
            "/orders/subscriptions/notes/2",
            "DELETE /orders/{order}/notes/{id}",
            {"order": "subscriptions", "id": "2"},
        ),
        (
            "GET",
            "/schemas/invoice.paid.json",
            "GET /schemas/{event}.json",
            {"event": "invoice.paid"},
        ),
        ("GET", "/orders/a%2Fb%25", "GET /orders/{id}", {"id": "a/b%"}),
        ("GET", "/orders/a b", "GET /orders/{id}", {"id": "a b"}),
    ],
)
def test_the_most_explicit_route_that_takes_the_method_is_taken(method, path, route, names):
    """Fixed segments come before named ones, as far as the method goes; names are unescaped."""
    assert _router().find(method, path) == (route, names)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/orders"),
        ("GET", "/orders/"),
        ("GET", "orders"),
        ("GET", "//orders"),
        ("GET", "/orders/1/notes"),
        ("GET", "/orders/{id}"),
        ("GET", "/schemas/.json"),
        ("GET", "/schemas/invoice"),
        ("GET", "/"),
        ("GET", "*"),
        ("GET", ""),
    ],
)
def test_what_is_not_routed_leads_nowhere(method, path):
    """Neither another method, nor a path with a segment more, less, or empty."""
    assert _router().find(method, path) is None


def test_a_path_knows_its_methods():
    """Those of every route that it could be."""
    assert _router().methods("/orders/subscriptions") == {"GET"}
    assert _router().methods("/orders/subscriptions/1") == {"POST"}
    assert _router().methods("/nowhere") == set()


def test_a_route_is_there_once():
    """What is routed twice is refused."""
    with pytest.raises(ValueError, match="GET /orders is routed twice"):
        _router().add("GET", "/orders", "again")
