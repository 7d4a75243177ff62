"""Asking a running emulator through its control API."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from pocketsflow_emulator import handles
from pocketsflow_emulator.api.errors import STATUS
from pocketsflow_emulator.core.models import CLASSES, Ref
from pocketsflow_emulator.core.state import State
from pocketsflow_emulator.core.terms import Terms
from pocketsflow_emulator.errors import (
    CalledDuringDelivery,
    EmulatorError,
    EnvironmentFailure,
    InvalidInput,
)
from pocketsflow_emulator.handles import Handle

_PATIENCE = 60
"""Seconds for one answer: an advance waits for receivers."""
_ERRORS = {code: kind for kind, _, code in STATUS}
_KINDS = {frozenset(handles.fields(kind)) - {"kind"}: word for word, kind in CLASSES.items()}
"""What the API shows of an object -> the word for what it is."""


class Control:
    """One world of a server. `name` is a word, or an API key; while something is being delivered
    to this process, its state cannot be read.
    """

    def __init__(self, url: str, name: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise InvalidInput(
                f"--pocketsflow-url is {url!r}; write an address like http://127.0.0.1:6060"
            )
        self.url = url.rstrip("/")
        self.name = name
        self.delivering = False

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the answer to a request, None where there is none to give (204).

        Raises what the server says went wrong, as the error it would be in this process, and
        `EnvironmentFailure` where no emulator answers.
        """
        asked = Request(  # noqa: S310  (the address is the user's own)
            f"{self.url}/_emulator/{path}",
            method=method,
            data=None if method == "GET" else json.dumps(body or {}, default=_plain).encode(),
            headers={"Content-Type": "application/json", "X-Pocketsflow-World": self.name},
        )
        try:
            with urlopen(asked, timeout=_PATIENCE) as answer:  # noqa: S310
                return json.load(answer) if answer.status != 204 else None
        except HTTPError as error:
            with error:
                raise _error(error.read(), error.code, self.url) from None
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise EnvironmentFailure(
                f"no emulator answers at {self.url} ({reason}); start one with"
                " `pocketsflow-emulator serve`, or leave --pocketsflow-url away"
            ) from None

    def state(self) -> State:
        """Return the account as it stands, for live handles."""
        if self.delivering:
            raise CalledDuringDelivery(
                "an object of a server's world was read by a receiver that is being waited for;"
                " read it after the verb that caused the delivery has returned"
            )
        plain = self.ask("GET", "state")["result"]
        state = State(plain["seed"], plain["now"], livemode=plain["livemode"])
        for kind, table in plain["objects"].items():
            for fields in table.values():
                state.store.put(CLASSES[kind](**_revived(fields)))
        return state

    def handle(self, id: str) -> Handle | None:
        """Return the live handle of the object with an id, None where there is none."""
        name = self.state().store.name_of(id)
        return None if name is None else Handle(self.state, name)

    def handle_of(self, verb: str, shown: Mapping[str, Any] | None) -> Handle | None:
        """Return the live handle of an object that a verb's answer shows, without asking again."""
        if not shown:
            return None
        kind = _KINDS.get(frozenset(shown)) or verb.partition("_")[2]  # deleted: only its ids
        return Handle(self.state, Ref(kind, shown["id"]))


def arguments(verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a verb as JSON can carry them; what is None was not given."""
    found = {name: value for name, value in given.items() if value is not None}
    if verb == "advance" and isinstance(found.get("by"), timedelta):
        found["milliseconds"] = found.pop("by") // timedelta(milliseconds=1)
    return found


def quoted(text: str) -> str:
    """Return text as a part of a path."""
    return quote(text, safe="")


def _plain(value: Any) -> Any:
    match value:
        case Handle():
            return value.id
        case Decimal():
            return format(value, "f")
        case datetime() | date():
            return value.isoformat()
    raise TypeError(f"{value!r} cannot be sent to a server as JSON")


def _revived(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an object as it has them: JSON knows no tuples."""
    found = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
    if "terms" in found:
        found["terms"] = Terms(*found["terms"])
    return found


def _error(body: bytes, status: int, url: str) -> EmulatorError:
    """Return the error that an answer speaks of."""
    try:
        told = json.loads(body)
        message, code = str(told["message"]), told.get("code")
    except (ValueError, KeyError, TypeError, AttributeError):
        return EnvironmentFailure(f"{url} answered {status}, and is no emulator")
    kind = _ERRORS.get(code, EmulatorError)
    error = kind.__new__(kind)  # some are made from parts that are not known here
    Exception.__init__(error, message)
    return error
