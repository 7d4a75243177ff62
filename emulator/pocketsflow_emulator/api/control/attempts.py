"""Pull mode: a receiver inside another program asks for its tries and brings back what came of
them."""

from base64 import b64encode
from typing import Any

from aiohttp import web

from pocketsflow_emulator.api import bodies
from pocketsflow_emulator.api.control.ask import Ask, ControlGroup, check_keys
from pocketsflow_emulator.api.control.triggers import REQUEST
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE, Headers, Outcome, of_status
from pocketsflow_emulator.errors import InvalidInput, NotFound, quoted

group = ControlGroup()

OUTCOME: dict[str, Any] = {
    "type": "object",
    "properties": {
        "status": {"type": "integer", "minimum": 100, "maximum": 599},
        "body": {"type": "string"},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "error": {"type": "string", "minLength": 1, "maxLength": 2_000},
    },
    "oneOf": [{"required": ["status"]}, {"required": ["error"]}],
    "additionalProperties": False,
}


@group.route(
    "POST",
    "attempts/next",
    query=("seconds",),
    answer={
        "type": "object",
        "required": ["id", "delivery", "event", "path", *REQUEST],
        "properties": {
            "id": {"type": "integer"},
            "delivery": {"type": "integer"},
            "event": {"type": "string"},
            "path": {"type": "string"},
            **REQUEST,
        },
    },
    empty="Nothing waits, and no advance is under way",
)
async def next_attempt(ask: Ask) -> web.StreamResponse:
    """Take the next try for a webhook whose url is `pull:` or `pull:/path`; 204 when nothing waits
    and the goal of an advance is reached, with `?seconds=5` not before nothing came in that time.
    """
    await ask.body()
    wait = ask.seconds("seconds", ask.request.query.get("seconds", "0"))
    pull = await ask.world.pulls.next(wait, lambda: ask.gone)
    if pull is None:
        return web.Response(status=204)
    attempt = pull.attempt
    return bodies.answer(
        {
            "id": pull.id,
            "delivery": attempt.delivery.number,
            "event": attempt.event,
            "path": addresses.path(attempt.url),
            "headers": dict(attempt.headers),
            "body": attempt.body.decode(errors="replace"),
            "body_base64": b64encode(attempt.body).decode(),
        }
    )


@group.route(
    "POST",
    "attempts/{id}/outcome",
    body=OUTCOME,
    result={
        "type": "object",
        "required": ["outcome", "status"],
        "properties": {
            "outcome": {"type": "string"},
            "status": {"type": ["integer", "null"]},
        },
    },
)
async def decide_attempt(ask: Ask) -> web.StreamResponse:
    """Say what came of a try: `{"status": 200, "body": "ok", "headers": {}}` as it was answered, or
    `{"error": "..."}` where the receiver failed. 404 where it is decided, or its time is over.
    """
    id = ask.path["id"]
    outcome = _outcome(await ask.body())
    if not (id.isascii() and id.isdigit() and len(id) < 16):
        raise NotFound(f"there is no attempt {quoted(id)}")
    attempt = ask.world.pulls.decide(int(id), outcome)
    result = {"outcome": outcome.kind, "status": outcome.status}
    return ask.envelope(result, [attempt.delivery])


def _outcome(given: dict[str, Any]) -> Outcome:
    check_keys("key of an outcome", given, OUTCOME["properties"])
    if ("status" in given) == ("error" in given):
        raise InvalidInput('an outcome is {"status": 200}, or {"error": "what went wrong"}')
    body, headers = given.get("body", ""), given.get("headers", {})
    if not isinstance(body, str):
        raise InvalidInput(f"body is {quoted(body)}; write the text that was answered")
    if not isinstance(headers, dict):
        raise InvalidInput(f"headers is {quoted(headers)}; write an object, name by name")
    raw = body.encode(errors="backslashreplace")
    kept: tuple[Headers, bytes, bool] = (
        tuple((name, str(value)) for name, value in headers.items()),
        raw[:KEPT_RESPONSE],
        len(raw) > KEPT_RESPONSE,
    )
    if "error" in given:
        return Outcome("rejected", 500, *kept, detail=_error(given["error"]))
    return Outcome(of_status(_status(given["status"])), given["status"], *kept)


def _status(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 100 <= value <= 599:
        raise InvalidInput(f"status is {quoted(value)}; write a number from 100 to 599")
    return value


def _error(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"error is {quoted(value)}; write what went wrong")
    return value[:2_000]
