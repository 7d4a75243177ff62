"""Errors over HTTP: one table from what went wrong to a status and a code."""

import json

from aiohttp import web

from pocketsflow_emulator import errors

STATUS: tuple[tuple[type[errors.EmulatorError], int, str], ...] = (
    (errors.UnknownName, 400, "UNKNOWN_NAME"),
    (errors.ScenarioError, 400, "INVALID_FILE"),
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


DEFECT = "a defect of the emulator, please report it"
"""What the log says above the traceback of what nobody has foreseen."""


class Refused(Exception):
    """A request that is not answered as asked: status, code, and what to do instead."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


def answer(status: int, code: str, message: str) -> web.Response:
    """Return an error as the API writes it: `{"error", "message", "code"}`."""
    body = json.dumps({"error": message, "message": message, "code": code})
    return web.Response(text=body, status=status, content_type="application/json")


_DOCUMENTED = frozenset((200, 201, 400, 401, 404, 429, 500))
"""The statuses of the merchant API. # G2 /api-reference/introduction"""


def of(error: errors.EmulatorError, *, documented: bool = False) -> web.Response:
    """Return the answer for an error. With `documented`, only statuses of the merchant API: what
    is not allowed is a bad request there.
    """
    status, code = next(row[1:] for row in STATUS if isinstance(error, row[0]))
    return answer(400 if documented and status not in _DOCUMENTED else status, code, str(error))
