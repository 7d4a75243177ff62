"""The description, the page and the router agree, because one table makes all three."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from clients import serving
from pocketsflow_emulator.api import actions, control, openapi, page
from pocketsflow_emulator.api.app import Application, Site
from pocketsflow_emulator.api.rest import ROUTES
from pocketsflow_emulator.api.worlds import Template, Worlds

OF_THE_DESCRIPTION = {"/docs.json", "/docs"}


def _routed():
    """What the router answers: (method, path)."""
    app = Application(Worlds(Template(seed=1, start=0)), Site())
    return {(method, path) for method, path in app.ways.routes if method not in ("HEAD", "OPTIONS")}


def _described():
    paths = openapi.document()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def test_the_router_and_the_description_have_the_same_routes():
    """What is routed is described, and the other way round; verbs are one route each in it."""
    described = {
        (method, actions.PATH if path.startswith("/_emulator/actions/") else path)
        for method, path in _described()
    }
    routed = {(method, path) for method, path in _routed() if path not in OF_THE_DESCRIPTION}

    assert routed == described


def test_the_page_and_the_description_have_the_same_routes():
    """Every operation stands on the page once."""
    found = re.findall(r"<summary><b>([A-Z]+)</b> (\S+) <i>", page.html())

    assert len(found) == len(set(found))
    assert set(found) == _described()


def test_every_verb_is_described():
    """Each verb has a path of its own with the schema of its arguments."""
    paths = openapi.document()["paths"]

    described = {path.rpartition("/")[2] for path in paths if "/actions/" in path}

    assert described == set(actions.names())


def test_no_two_routes_are_the_same():
    """A route is declared once, under one name."""
    rows = [(route.method, route.path) for route in (*ROUTES, *control.ROUTES)]
    names = [route.name for route in (*ROUTES, *control.ROUTES)]

    assert len(rows) == len(set(rows))
    assert len(names) == len(set(names))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_says_how_sure_it_is(route):
    """A level, a source, a sentence; what is a guess says what it guesses."""
    assert route.level in ("documented", "observed", "assumed")
    assert route.source
    assert route.summary.endswith(".")
    assert route.level == "documented" or route.assumed


def _schemas(node):
    """Yield every schema of the description."""
    if isinstance(node, dict):
        if "schema" in node:
            yield node["schema"]
        for value in node.values():
            yield from _schemas(value)
    if isinstance(node, list):
        for value in node:
            yield from _schemas(value)


def test_every_schema_is_one_and_refers_to_what_is_there():
    """All are JSON Schema 2020-12, and no reference leads nowhere."""
    document = openapi.document()

    for schema in [*_schemas(document["paths"]), *document["components"]["schemas"].values()]:
        Draft202012Validator.check_schema(schema)
    text = json.dumps(document)
    wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert wanted <= set(document["components"]["schemas"])


def test_the_description_and_the_page_are_served():
    """`/docs.json` is the description; `/docs` needs nothing from elsewhere."""
    with serving(key=None) as api:
        described, shown = api.get("/docs.json"), api.get("/docs")

    assert described.json["openapi"] == "3.1.0"
    assert described.json == json.loads(json.dumps(openapi.document()))
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script|<link|<img|@import|\son\w+=", shown.text) == []
    assert re.findall(r'(?:src|href)="([^"]*)"', shown.text) == ["/docs.json"]
