"""The description of everything served, in OpenAPI 3.1, made from the table of routes."""

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from pocketsflow_emulator import resources
from pocketsflow_emulator.api import actions, control, keys
from pocketsflow_emulator.api.control.ask import Body, ControlRoute
from pocketsflow_emulator.api.fields import TypedDict
from pocketsflow_emulator.api.rest import ROUTES
from pocketsflow_emulator.api.routes import METHODS, UNDOCUMENTED, Route, Undocumented
from pocketsflow_emulator.core import events

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
    403: "The host is not one of this server's",
    404: "There is no such object",
    413: "The body is too large",
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
            " control API of the emulator. `x-level` says how sure a route is. What verbs take is"
            " described for steps of scenarios, too: $name stands for an object in a file; here,"
            " write its id.",
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
        needed = any(field.is_required() for field in route.body.model_fields.values())
        operation["requestBody"] = {"required": needed, "content": _json(body)}
    return operation


def _error_responses(route: Route) -> Json:
    possible = {403, 429}
    if "{" in route.path or route.body or route.query:
        possible |= {400, 404}
    if route.body:
        possible.add(413)
    if not route.public:
        possible.add(401)
    return {str(status): _error(status) for status in sorted(possible)}


def _error(status: int) -> Json:
    return _response(_ERRORS[status])


def _response(text: str) -> Json:
    return {"description": text, "content": _json({"$ref": _REF.format(model="Error")})}


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
    if route.status != 201 or route.group == "Checkout":
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
        row.path: {method.lower(): _unknown(row, method) for method in METHODS}
        for row in UNDOCUMENTED
    }


def _unknown(row: Undocumented, method: str) -> Json:
    words = f"{method.lower()}{row.path}".replace("/", "_").replace("-", "_")
    return {
        "operationId": f"undocumented_{words}",
        "tags": ["Undocumented"],
        "summary": f"What Pocketsflow has for {row.what}.",
        "responses": {str(status): _error(status) for status in (401, 403, 429, 501)},
    }


# ---- the control API ---------------------------------------------------------------------------

_WORLD = {
    "name": control.HEADER,
    "in": "header",
    "required": False,
    "description": "A world's name or an API key; without it, the default test world",
    "schema": {"type": "string", "pattern": keys.WORLD_NAME},
}
_QUERIES: dict[str, Json] = {
    "wait": {
        "description": "false: answer at once, and send afterwards",
        "schema": {"enum": ["true", "false"]},
    },
    "deliver": {
        "description": "false: send nothing, and answer with the signed request",
        "schema": {"enum": ["true", "false"]},
    },
    "seconds": {
        "description": "How long to wait where nothing is to be done now",
        "schema": {"type": "number", "minimum": 0, "maximum": 60},
    },
    "event": {
        "description": "A name of any dialect, or a pattern like invoice.*",
        "schema": {"enum": [*events.names(), "*", "invoice.*"]},
    },
    "report": {
        "description": "true: tell all of it, as the JSON document of `run` does",
        "schema": {"enum": ["true", "false"]},
    },
}
_CONTROL_ERRORS = {
    400: "The request cannot be used; the message says why",
    403: "The host is not one of this server's, or the request is one of another page",
    404: "There is no such thing",
    409: "The world does not allow it now: it is busy, or an object's status forbids it",
    413: "The body is too large",
    415: "The body is not JSON",
    507: "The server holds as many worlds, or open streams, as it can",
}


def _control() -> Json:
    paths: Json = {}
    for route in control.ROUTES:
        if route.path != actions.PATH:
            operation = _command(route, route.path, route.body)
            paths.setdefault(route.path, {})[route.method.lower()] = operation
            continue
        for verb in actions.names():
            path = route.path.format(verb=verb)
            operation = _command(route, path, verb) | {
                "operationId": f"action_{verb}",
                "tags": ["Actions"],
                "summary": actions.summary(verb),
            }
            paths[path] = {"post": operation}
    return paths


def _command(route: ControlRoute, path: str, body: Body) -> Json:
    queries = [{"name": name, "in": "query", **_QUERIES[name]} for name in route.query]
    operation: Json = {
        "operationId": route.name,
        "tags": ["Control"],
        "summary": route.summary,
        "security": [],
        "parameters": [*([_WORLD] if route.worldly else []), *_path_parameters(path), *queries],
        "responses": {
            "200": {"description": "What was asked for", "content": _answer(route)},
            **({"204": {"description": route.empty}} if route.empty else {}),
            **{
                str(status): _response(text)
                for status, text in _CONTROL_ERRORS.items()
                if route.method != "GET" or status not in (413, 415)
            },
        },
    }
    if route.method != "GET":
        schema = _verb_schema(body, path) if isinstance(body, str) else body
        operation["requestBody"] = {
            "required": False,
            "content": _json(schema or {"type": "object"}),
        }
    return operation


def _answer(route: ControlRoute) -> Json:
    return {route.content: {"schema": route.answer if "json" in route.content else {}}}


@cache
def _scenario_definitions() -> Json:
    """Return the definitions of the language of scenarios, whose steps are the verbs."""
    text = resources.text("schemas", "scenario.schema.json")
    definitions: Json = json.loads(text.replace('"#/$defs/', '"#/components/schemas/scenario.'))
    return definitions["$defs"]  # type: ignore[no-any-return]


def _verb_schema(verb: str, path: str = "") -> Json:
    """Return the schema of a verb's arguments written out, as an object, without those that the
    path has.
    """
    found = _scenario_definitions().get(verb, {})
    for form in (found, *found.get("anyOf", ())):
        if "object" in form.get("type", ()):
            in_path = re.findall(r"{(\w+)}", path)
            taken = {**form.get("properties", {}), **actions.WIDER.get(verb, {})}
            kept = {
                name: {"anyOf": [schema, {"type": "null"}]}  # null: not given
                for name, schema in taken.items()
                if name not in in_path
            }
            needed = [name for name in form.get("required", ()) if name not in in_path]
            return {**form, "type": "object", "properties": kept, "required": needed}
    return {"type": "object"}


def _verb_definitions() -> Json:
    used = json.dumps([_verb_schema(verb) for verb in actions.names()])
    definitions = _scenario_definitions()
    wanted = set(_references(used))
    while (
        more := {name for known in wanted for name in _references(json.dumps(definitions[known]))}
        - wanted
    ):
        wanted |= more
    return {f"scenario.{name}": definitions[name] for name in sorted(wanted)}


def _references(text: str) -> Iterable[str]:
    return re.findall(r'"#/components/schemas/scenario\.(\w+)"', text)
