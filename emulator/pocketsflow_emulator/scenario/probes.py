"""Probes: asking the receiver's application what came of it all, until it is as expected.

A probe of a file is a path at the receiver's address, a command, or a name alone. The run may
offer a way of its own for each: a path, a URL, or in Python a function of the names it wants to
know (`lambda email: {"access": ...}`). One without any way is not asked.
"""

import asyncio
import inspect
import json
import re
import ssl
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from http.client import HTTPException
from threading import Event
from time import monotonic
from typing import Any, NamedTuple
from urllib import request
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit

from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.driver import Driving
from pocketsflow_emulator.errors import InvalidInput, UnknownName, quoted
from pocketsflow_emulator.scenario import references
from pocketsflow_emulator.scenario.expect import Unmet
from pocketsflow_emulator.scenario.model import Probe, Scenario

Function = Callable[..., Any]
Way = str | Function
"""How a run asks a probe: a path or URL with `{name}`, or a function."""

WITHIN = 2.0
"""Seconds within which an answer must come to be as expected, where a probe says nothing."""

LONGEST_WITHIN = 600.0
"""Seconds that a probe may be asked at the most: a world waits for it."""

_EVERY = 0.05
_PATIENCE = 5.0
_LARGEST = 1024 * 1024
_BEGINNINGS = ("/", "http://", "https://")
_NAMED = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)*)\}")


class Offered(NamedTuple):
    """What a run offers: a way for each probe it knows, whether files may run commands, and whether
    the receiver is an application that a file's paths can be asked of. `receiver` is the id of the
    webhook that the run was given; without it, the world's first.
    """

    ways: Mapping[str, Way] = {}
    commands: bool = False
    application: bool = True
    receiver: str = ""


NOTHING = Offered()


class Answer(NamedTuple):
    """What a probe was told. `status` is that of HTTP, or a command's exit code; `json` the value,
    None where there is none. `failed` says why there was no answer.
    """

    status: int
    json: Any
    text: str = ""
    failed: str = ""


class Asking(NamedTuple):
    """How to ask: a function of the run's names; `outside` where it waits for something outside
    of this process.
    """

    ask: Callable[[Mapping[str, Any]], Any]
    outside: bool


class Look(NamedTuple):
    """One probe, to be asked until nothing is unmet, `within` so many seconds."""

    asking: Asking
    scope: Mapping[str, Any]
    unmet: Callable[[Mapping[str, Any]], list[Unmet]]
    within: float


def from_text(text: str) -> tuple[str, str]:
    """Read a probe from the command line: `member=/test/members/{email}`."""
    name, equals, way = text.partition("=")
    if not equals or not name or not way.startswith(_BEGINNINGS):
        raise InvalidInput(f"{quoted(text)} is no probe; write member=/test/members/{{email}}")
    return name, way


def over_http(given: object) -> dict[str, Way]:
    """Return the ways of a request: a path or a URL for each probe. Raises `InvalidInput`."""
    if not isinstance(given, Mapping):
        raise InvalidInput(f'probes is {quoted(given)}; write {{"member": "/members/{{email}}"}}')
    for name, way in given.items():
        if not isinstance(way, str) or not way.startswith(_BEGINNINGS):
            raise InvalidInput(
                f"the probe {name} is {quoted(way)}; a server asks a path at the receiver's"
                ' address, like "/members/{email}", or a URL; it calls no functions and runs no'
                " commands"
            )
    return dict(given)


def check(offered: Iterable[str], scenarios: Sequence[Scenario]) -> None:
    """Raise `UnknownName` for a probe that none of the scenarios has."""
    known = {name for scenario in scenarios for name in scenario.probes}
    for name in offered:
        if name not in known:
            raise UnknownName("probe", name, known)


def receivers(offered: Offered, driver: Driving) -> list[Webhook]:
    """Return the webhooks of a world, that of the run first."""
    hooks = driver.state.store.table(Webhook).values()
    return sorted(hooks, key=lambda hook: hook.id != offered.receiver)


def ways(scenario: Scenario, offered: Offered, driver: Driving) -> dict[str, Asking]:
    """Return how to ask each probe of a scenario, those without a way left out. Raises
    `InvalidInput` for a way that cannot be gone.
    """
    found = {name: _way(probe, offered, driver) for name, probe in scenario.probes.items()}
    return {name: asking for name, asking in found.items() if asking is not None}


def poll(look: Look) -> list[Unmet]:
    """Ask until all is as expected or the time is over; return what is unmet then."""
    end, pause = monotonic() + look.within, Event()
    while True:
        told = look.asking.ask(look.scope)
        if inspect.isawaitable(told):
            if inspect.iscoroutine(told):
                told.close()
            raise InvalidInput("the probe is async; use AsyncEmulator and its run_scenario")
        unmet = look.unmet(_answer(told))
        if not unmet or monotonic() >= end:
            return unmet
        pause.wait(_EVERY)


async def apoll(look: Look) -> list[Unmet]:
    """As `poll`, awaited; a function of the test is called in the loop's own thread."""
    end = monotonic() + look.within
    while True:
        if look.asking.outside:
            told = await asyncio.to_thread(look.asking.ask, look.scope)
        else:
            told = look.asking.ask(look.scope)
            told = await told if inspect.isawaitable(told) else told
        unmet = look.unmet(_answer(told))
        if not unmet or monotonic() >= end:
            return unmet
        await asyncio.sleep(_EVERY)


def _answer(told: Any) -> dict[str, Any]:
    answer = told if isinstance(told, Answer) else Answer(200, told, str(told))
    return answer._asdict()


def _way(probe: Probe, offered: Offered, driver: Driving) -> Asking | None:
    way = offered.ways.get(probe.name)
    if callable(way):
        return Asking(partial(_call, probe.name, way, _parameters(way)), outside=False)
    way = _NAMED.sub(r"$\1", way) if way else probe.get if offered.application else ""
    if way:
        url = _address(probe.name, way, offered, driver)
        return Asking(partial(_get, url, driver.allow_public), outside=True)
    if not probe.command:
        return None
    if not offered.commands:
        raise InvalidInput(
            f"the probe {probe.name} runs a command, {quoted(' '.join(probe.command))};"
            " if you trust the file, play it with: run --allow-commands, and not on a server"
        )
    return Asking(partial(_run, probe.command), outside=True)


# ---- functions ---------------------------------------------------------------------------------


def _parameters(function: Function) -> dict[str, bool]:
    """Return the names that a function asks for, and whether it needs them."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin does not say
        raise InvalidInput(
            f"{function!r} does not say which names it wants; give a function, like"
            ' lambda email: {"access": ...}'
        ) from None
    named = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {each.name: each.default is each.empty for each in found if each.kind in named}


def _call(
    name: str, function: Function, wanted: Mapping[str, bool], scope: Mapping[str, Any]
) -> Any:
    """Call a function with the names that it asks for."""
    for parameter, needed in wanted.items():
        if needed and parameter not in scope:
            raise UnknownName(f"name for the probe {name}", parameter, scope)
    return function(**{parameter: scope[parameter] for parameter in wanted if parameter in scope})


# ---- HTTP --------------------------------------------------------------------------------------


class _NoRedirects(request.HTTPRedirectHandler):
    """A redirect is an answer; nothing is contacted but what was named."""

    def redirect_request(self, *_: Any) -> None:
        return None


@cache
def _opener() -> request.OpenerDirector:
    """Return what asks for URLs; it trusts whom deliveries trust, which is costly to find out."""
    from pocketsflow_emulator.delivery.transports.connections import TlsContext

    tls = request.HTTPSHandler(context=TlsContext(ssl.PROTOCOL_TLS_CLIENT))
    return request.build_opener(request.ProxyHandler({}), _NoRedirects, tls)


def _address(name: str, way: str, offered: Offered, driver: Driving) -> str:
    """Return the URL of a way, relative to the first of the `receivers` that has one."""
    if way.startswith("/"):
        urls = [hook.url for hook in receivers(offered, driver)]
        origins = [urlsplit(url) for url in urls if url.startswith(("http://", "https://"))]
        if not origins:
            raise InvalidInput(
                f"the probe {name} asks GET {way}, but no receiver of this world has a URL;"
                f' give a URL or, in Python, a function: probes={{"{name}": ...}}'
            )
        way = f"{origins[0].scheme}://{origins[0].netloc}{way}"
    try:
        refused = addresses.is_public(way) and not driver.allow_public
    except ValueError:
        raise InvalidInput(f"the probe {name} asks {quoted(way)}, which is no address") from None
    if refused:
        raise InvalidInput(_public(way))
    return way


def _public(url: str) -> str:
    return f"{addresses.masked(url)} is a public address; allow public targets, as for receivers"


def _get(url: str, allow_public: bool, scope: Mapping[str, Any]) -> Answer:
    asked = references.fill(url, scope, partial(quote, safe=""))
    try:
        if not allow_public and addresses.is_public(asked):  # a name may stand in the host, too
            return Answer(0, None, failed=_public(asked))
        with _open(asked) as response:
            return _read(response.status, _body(response))
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)  # urllib wraps what went wrong
        return Answer(0, None, failed=f"GET {addresses.masked(asked)}: {reason}")


def _open(url: str) -> Any:
    """Return the response, whatever its status."""
    try:
        return _opener().open(url, timeout=_PATIENCE)
    except HTTPError as error:
        return error


def _body(response: Any) -> bytes:
    """Return what there is of a body. Raises `TimeoutError` where its end does not come."""
    end, body = monotonic() + _PATIENCE, b""
    while len(body) < _LARGEST and (more := response.read1(_LARGEST - len(body))):
        body += more
        if monotonic() > end:
            raise TimeoutError(f"the answer did not end within {_PATIENCE:g} s")
    return body


def _run(command: Sequence[str], scope: Mapping[str, Any]) -> Answer:
    words = [str(word) for word in references.resolve(command, scope)]
    try:
        done = subprocess.run(  # noqa: S603 - the user has allowed it
            words, capture_output=True, timeout=_PATIENCE, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return Answer(0, None, failed=f"{' '.join(words)}: {error}")
    return _read(done.returncode, done.stdout[:_LARGEST])


def _read(status: int, body: bytes) -> Answer:
    text = body.decode(errors="replace")
    try:
        return Answer(status, json.loads(text, parse_float=Decimal), text)
    except (ValueError, RecursionError):
        return Answer(status, None, text)
