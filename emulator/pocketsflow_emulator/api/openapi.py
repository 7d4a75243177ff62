"""The description of everything served, in OpenAPI 3.1, made from the table of routes."""

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from pocketsflow_emulator import resources
from pocketsflow_emulator.api import actions, control
from pocketsflow_emulator.api.fields import TypedDict
from pocketsflow_emulator.api.rest import ROUTES
from pocketsflow_emulator.api.routes import UNDOCUMENTED, Route

_REF = "#/components/schemas/{model}"

Json = dict[str, Any]


class Error(TypedDict):
    """What went wrong: for people in `error` and `message`, for programs in `code`."""

    error: str
    message: str
    code: str


_ERRORS = {
    400: "The request cannot be used; the message names the field",
    401: "The API key is missing or malformed",
    404: "There is no such object",
    429: "Too many requests; only with --rate-limit",
    501: "Pocketsflow has this route, and nobody documents it",
}


@cache
def document() -> Json:
    """Return the description."""
    schemas, components = _schemas()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Pocketsflow emulator",
            "version": resources.version(),
            "description": "The merchant API of Pocketsflow, emulated, and under /_emulator/ the"
            " control API of the emulator. `x-level` says how sure a route is.",
        },
        "security": [{"key": []}],
        "tags": [{"name": name} for name in _tags()],
        "paths": {**_merchant(schemas), **_undocumented(), **_control()},
        "components": {
            "schemas": {**components, **_verb_definitions()},
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "pk_test_... or pk_live_...; the key alone decides the mode",
                }
            },
        },
    }


def _tags() -> list[str]:
    groups = dict.fromkeys(route.group for route in ROUTES)
    return [*groups, "Undocumented", "Control", "Actions"]


# ---- the merchant API --------------------------------------------------------------------------


def _schemas() -> tuple[dict[tuple[str, str], Json], Json]:
    """Return the schemas of bodies, queries and answers by route, and what they refer to."""
    inputs: list[Any] = [("Error", "serialization", TypeAdapter(Error))]
    for route in ROUTES:
        inputs.append((f"{route.name} answer", "serialization", TypeAdapter(route.answer)))
        if route.body is not None:
            inputs.append((f"{route.name} body", "validation", TypeAdapter(route.body)))
    found, definitions = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    components: Json = definitions["$defs"]
    return {(key, str(mode)): schema for (key, mode), schema in found.items()}, components


def _merchant(schemas: dict[tuple[str, str], Json]) -> Json:
    paths: Json = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return paths


def _operation(route: Route, schemas: dict[tuple[str, str], Json]) -> Json:
    answer = schemas[f"{route.name} answer", "serialization"]
    operation: Json = {
        "operationId": route.name,
        "tags": [route.group],
        "summary": route.summary.partition("\n")[0],
        "x-level": route.level,
        "x-source": route.source,
        "parameters": [*_path_parameters(route.path), *_query_parameters(route.query)],
        "responses": {
            str(route.status): {
                "description": "What was asked for",
                "content": _json(answer),
                **_links(route),
            },
            **_error_responses(route),
        },
    }
    if route.assumed:
        operation["description"] = f"Assumed: {route.assumed}."
    if route.public:
        operation["security"] = []
    if route.body is not None:
        body = schemas[f"{route.name} body", "validation"]
        operation["requestBody"] = {"required": True, "content": _json(body)}
    return operation


def _error_responses(route: Route) -> Json:
    possible = [400, 404, 429] if "{" in route.path or route.body or route.query else [429]
    if not route.public:
        possible.append(401)
    return {str(status): _error(status) for status in sorted(possible)}


def _error(status: int) -> Json:
    return {"description": _ERRORS[status], "content": _json({"$ref": _REF.format(model="Error")})}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _path_parameters(path: str) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": "Either id of the object" if name == "id" else "",
            "schema": {"type": "string"},
        }
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(model: type[BaseModel] | None) -> list[Json]:
    if model is None:
        return []
    found = model.model_json_schema(by_alias=True)["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": _without_null(schema)}
        for name, schema in found.items()
    ]


def _without_null(schema: Json) -> Json:
    """Return a schema without the null that stands for "not given"; a query cannot carry it."""
    branches = [branch for branch in schema.get("anyOf", ()) if branch != {"type": "null"}]
    kept = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**kept, **branches[0]} if branches else kept


def _links(route: Route) -> Json:
    """Say which routes take the id of what has been created."""
    if route.status != 201 or route.group in ("Checkout",):
        return {}
    linked = [
        other
        for other in ROUTES
        if other.group == route.group and "{id}" in other.path and _alike(route, other)
    ]
    return {
        "links": {
            other.name: {
                "operationId": other.name,
                "parameters": {"id": "$response.body#/_id"},
            }
            for other in linked
        }
    }


def _alike(route: Route, other: Route) -> bool:
    return ("variants" in route.path) == ("variants" in other.path)


def _undocumented() -> Json:
    return {
        row.path: {
            "get": {
                "operationId": "undocumented" + row.path.replace("/", "_").replace("-", "_"),
                "tags": ["Undocumented"],
                "summary": f"What Pocketsflow has for {row.what}",
                "responses": {"501": _error(501), "401": _error(401), "429": _error(429)},
            }
        }
        for row in UNDOCUMENTED
    }


# ---- the control API ---------------------------------------------------------------------------


def _control() -> Json:
    paths: Json = {}
    for route in control.routes:
        if route.path == actions.PATH:
            continue
        paths.setdefault(route.path, {})[route.method.lower()] = {
            "operationId": f"control_{route.handler.__name__}",
            "tags": ["Control"],
            "summary": _sentence(route.handler.__doc__),
            "security": [],
            "parameters": [_WORLD, *_path_parameters(route.path)],
            **_any_body(route.method),
            "responses": _control_responses(),
        }
    for verb in actions.names():
        paths[actions.PATH.format(verb=verb)] = {
            "post": {
                "operationId": f"action_{verb}",
                "tags": ["Actions"],
                "summary": actions.summary(verb),
                "security": [],
                "parameters": [_WORLD, _WAIT],
                "requestBody": {"required": False, "content": _json(_verb_schema(verb))},
                "responses": _control_responses(),
            }
        }
    return paths


_WORLD = {
    "name": control.HEADER,
    "in": "header",
    "required": False,
    "description": "A world's name or an API key; without it, the default test world",
    "schema": {"type": "string"},
}
_WAIT = {
    "name": "wait",
    "in": "query",
    "required": False,
    "description": "false: answer at once, and send afterwards",
    "schema": {"enum": ["true", "false"]},
}


def _any_body(method: str) -> Json:
    if method == "GET":
        return {}
    return {"requestBody": {"required": False, "content": _json({"type": "object"})}}


def _control_responses() -> Json:
    return {
        "200": {"description": "The envelope", "content": _json({"type": "object"})},
        "default": {
            "description": "What went wrong",
            "content": _json({"$ref": _REF.format(model="Error")}),
        },
    }


def _sentence(docstring: str | None) -> str:
    return " ".join((docstring or "").split())


@cache
def _scenario_definitions() -> Json:
    """Return the definitions of the language of scenarios, whose steps are the verbs."""
    text = resources.text("schemas", "scenario.schema.json")
    definitions: Json = json.loads(text.replace('"#/$defs/', '"#/components/schemas/scenario.'))
    return definitions["$defs"]  # type: ignore[no-any-return]


def _verb_schema(verb: str) -> Json:
    """Return the schema of a verb's arguments written out, as an object."""
    found = _scenario_definitions().get(verb, {"type": "object"})
    for form in (found, *found.get("anyOf", ())):
        if "object" in form.get("type", ()):
            return {**form, "type": "object"}
    return {"type": "object"}


def _verb_definitions() -> Json:
    used = json.dumps([_verb_schema(verb) for verb in actions.names()])
    definitions = _scenario_definitions()
    wanted = set(_references(used))
    while more := {
        name for known in wanted for name in _references(json.dumps(definitions[known]))
    } - wanted:
        wanted |= more
    return {f"scenario.{name}": definitions[name] for name in sorted(wanted)}


def _references(text: str) -> Iterable[str]:
    return re.findall(r'"#/components/schemas/scenario\.(\w+)"', text)
