"""Errors over HTTP: one table from what went wrong to a status and a code."""

from aiohttp import web

from pocketsflow_emulator import errors

STATUS: tuple[tuple[type[errors.EmulatorError], int, str], ...] = (
    (errors.UnknownName, 404, "UNKNOWN_NAME"),
    (errors.ScenarioError, 400, "INVALID_SCENARIO"),
    (errors.InvalidInput, 400, "INVALID_INPUT"),
    (errors.NotFound, 404, "NOT_FOUND"),
    (errors.IllegalMove, 409, "ILLEGAL_MOVE"),
    (errors.Runaway, 409, "RUNAWAY"),
    (errors.CalledDuringDelivery, 409, "WORLD_BUSY"),
    (errors.NeverDue, 409, "NEVER_DUE"),
    (errors.EnvironmentFailure, 502, "ENVIRONMENT"),
    (errors.InvariantError, 500, "INTERNAL"),
    (errors.EmulatorError, 400, "REFUSED"),
)
"""Error -> status and code; the first that fits."""


def answer(status: int, code: str, message: str) -> web.Response:
    """Return an error as the API writes it: `{"error", "message", "code"}`."""
    body = {"error": message, "message": message, "code": code}
    return web.json_response(body, status=status)


def of(error: errors.EmulatorError) -> web.Response:
    """Return the answer for an error."""
    for kind, status, code in STATUS:
        if isinstance(error, kind):
            return answer(status, code, str(error))
    return answer(500, "INTERNAL", str(error))
