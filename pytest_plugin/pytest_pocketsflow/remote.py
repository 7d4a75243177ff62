"""The world of a test in a running emulator (`--pocketsflow-url`), with the names that those of
this process have. Receivers of this process are served by pull mode."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from threading import Thread
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar

import pytest

from pocketsflow_emulator import Deliveries, Emulator, Missed, environment, reads
from pocketsflow_emulator.assertions import Assertions
from pocketsflow_emulator.awaiting import Call
from pocketsflow_emulator.delivery.tries import Headers, Outcome
from pocketsflow_emulator.emulator import replayed
from pocketsflow_emulator.environment import Environment
from pocketsflow_emulator.errors import InvalidInput, NotFound
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.verbs import Verbs, When
from pocketsflow_emulator.verbs.doing import GIVES_DELIVERIES
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET
from pytest_pocketsflow import settings
from pytest_pocketsflow.clocks import ApplicationClock
from pytest_pocketsflow.control import Control, arguments, quoted
from pytest_pocketsflow.received import RemoteDelivery
from pytest_pocketsflow.worlds import InPytest

T = TypeVar("T")

_SERVERS_OWN = ("timestamps", "livemode", "allow_public")
"""Settings that change what is sent, and that the server was started with."""


class Pulled(NamedTuple):
    """A try that was asked for, as transports take it."""

    url: str
    event: str
    headers: Headers
    body: bytes
    behaviour: None = None


class RemotePocketsflow(Assertions, Verbs[Handle, Deliveries, None]):
    """What the fixture `pocketsflow` gives where the emulator runs elsewhere.

    `start` is reached by advancing; `seed`, `deadline` and `concurrency` are the server's own.
    """

    timestamps = "virtual"

    played = InPytest.played
    _played: Any = None

    def __init__(self, node: pytest.Item, url: str, said: Mapping[str, Any]) -> None:
        for name in _SERVERS_OWN:
            if name in said:
                raise InvalidInput(
                    f"{name} is the server's with --pocketsflow-url; start it with that"
                )
        self.repeats = f"pytest --pocketsflow-url {url} {node.nodeid!r}"
        self._control = _world(url, settings.seed_of(node.nodeid))
        self._control.ask("POST", "reset")
        self._dialect: str | None = said.get("dialect")
        self.secret: str = said.get("secret", DEFAULT_SECRET)
        self._local = Emulator(deadline=float(said.get("deadline", 5)))
        self._targets: list[tuple[Handle, bool]] = []
        self._webhooks: list[str] = []
        self._looked: set[int] = set()
        self._errors: dict[int, Exception] = {}
        self._moved: Callable[[datetime], None] | None = None
        self._decided: Callable[[str, str, int | None], None] | None = None
        self._chosen = "start" in said
        self._template(said)
        self.start = self.clock.now.isoformat()
        self.application = ApplicationClock(self)

    def _template(self, said: Mapping[str, Any]) -> None:
        if self._chosen:
            self.advance(to=said["start"])
        for setting in ("policy", "dunning"):
            if setting in said:
                self._do(f"set_{setting}", {"name": said[setting]})

    # ---- the world -----------------------------------------------------------------------------

    @property
    def clock(self) -> Any:
        """The world's clock; `now` is the instant."""
        return SimpleNamespace(now=_instant(self._control.ask("GET", "clock")["now"]))

    @property
    def seed(self) -> int:
        """The world's seed, which the server has made."""
        return int(self._control.ask("GET", "state")["result"]["seed"])

    @property
    def url(self) -> str:
        """Where the merchant API is."""
        return self._control.url if self.api_key else ""

    @property
    def api_key(self) -> str:
        """The key of this world. Raises `InvalidInput` where all keys share one."""
        if not self._control.name.startswith("pk_"):
            raise InvalidInput(
                f"the keys of {self._control.url} share one world; for applications that call the"
                " API, start the server with --worlds per-key"
            )
        return self._control.name

    def patch_env(self, monkeypatch: Environment) -> None:
        """Set POCKETSFLOW_BASE_URL, POCKETSFLOW_API_KEY and POCKETSFLOW_WEBHOOK_SECRET."""
        environment.patch(monkeypatch, url=self.url, key=self.api_key, secret=self.secret)

    def begin_at(self, instant: When) -> None:
        """Let a world that nobody gave a start begin then, if that is ahead."""
        if not self._chosen and isinstance(instant, datetime) and instant > self.clock.now:
            self.advance(to=instant)

    def watch(
        self,
        *,
        begins: Callable[[], None] | None = None,
        moved: Callable[[datetime], None] | None = None,
        decided: Callable[[str, str, int | None], None] | None = None,
    ) -> None:
        """As `Emulator.watch`; what was decided is told at the end."""
        del begins  # fixtures see what is frozen; a decorator comes too late for a server
        self._moved, self._decided = moved or self._moved, decided or self._decided

    def sync_clock(self) -> None:
        """Move the application's clock with this world's from here on, until the test ends."""
        self.application.follow()

    def reset(self) -> None:
        """Begin anew: no objects, no receivers, an empty journal."""
        self._control.ask("POST", "reset")
        self._targets.clear()
        self._webhooks.clear()

    def handle(self, id: str) -> Handle:
        """Return the live handle of an object by its id; raises `NotFound`."""
        found = self._control.handle(id)
        if found is None:
            raise NotFound(f"there is no object {id!r} in this world")
        return found

    def close_from_outside(self) -> None:
        """Tell what was decided, and close what was opened here."""
        if self._decided is not None:
            for delivery in self.sent():
                for outcome, status in _remote(delivery).ended_tries:
                    self._decided(_remote(delivery).type.name, outcome, status)
        self._local.close()

    # ---- doing ---------------------------------------------------------------------------------

    def _do(self, verb: str, given: Mapping[str, Any]) -> Any:
        before = self._count() if verb in GIVES_DELIVERIES else 0
        answer = self._control.ask("POST", f"actions/{verb}", arguments(verb, given))
        self._pull()
        if verb in GIVES_DELIVERIES:
            return Deliveries(d for d in self.sent() if d.id > before)
        return self._control.handle_of(verb, answer["result"])

    def deliver_to(self, target: Any = None, **more: Any) -> Handle:
        """Add a receiver, as `Emulator.deliver_to`. One of this process is served by pull mode; a
        URL is the server's to reach.
        """
        settings = {
            "events": more.get("events", ("*",)),
            "secret": more.get("secret") or self.secret,
            "dialect": more.get("dialect") or self._dialect,
        }
        local = self._local.deliver_to(target, **more)
        url = str(local.url)
        if not url.startswith("http"):
            self._targets.append((local, more.get("raise_errors") is not False))
            url = f"pull:/{len(self._targets)}"
        webhook: Handle = self._do("create_webhook", {"url": url, **settings})
        self._webhooks.append(webhook.id)
        return webhook

    def replay(
        self,
        delivery: reads.Delivery | int | str,
        *,
        edits: Mapping[str, Any] | None = None,
        resign: bool | None = None,
        timestamp: When | int | None = None,
        webhook: Handle | str | None = None,
    ) -> Deliveries:
        """As `Emulator.replay`."""
        sent: Deliveries = self._do("replay", replayed(locals()))
        return sent

    def run_scenario(
        self, name: str, *, probes: Mapping[str, Any] | None = None, **options: Any
    ) -> SimpleNamespace:
        """Run a scenario that the server knows; raises `Missed` where it does not hold. The result
        has its handles as attributes. The server asks the `probes`, at a path or a URL; functions
        are refused.
        """
        ways = dict(probes or {})
        for probe, way in ways.items():
            if callable(way):
                raise InvalidInput(
                    f"the probe {probe} is a function of this process, and a server cannot call it;"
                    " with --pocketsflow-url give a path or a URL, or skip this test"
                )
        before, found = self._count(), list[Any]()
        path = f"scenarios/{quoted(name)}/run"
        body = {"options": options, "probes": ways, **self._receiver()}

        def play() -> None:
            try:
                found.append(self._control.ask("POST", path, body)["result"])
            except Exception as error:
                found.append(error)

        playing = Thread(target=play, name="pocketsflow-scenario", daemon=True)
        playing.start()
        while playing.is_alive():
            self._pull()
            playing.join(0.005)
        for delivery in self.sent():
            if delivery.id > before:
                delivery.look()
        [result] = found
        if isinstance(result, Exception):
            raise result
        if not result["ok"]:
            misses = "\n".join(f"  {miss['step']}: {miss['message']}" for miss in result["misses"])
            raise Missed(f"scenario {name} does not hold:\n{misses}", self.timeline())
        found_by = result["handles"].items()
        return SimpleNamespace(
            **{word: self._control.handle_of("", shown) for word, shown in found_by}
        )

    def _receiver(self) -> dict[str, str]:
        """Say which webhook is the first of the test's own; the server may have others."""
        found = next(filter(self._control.handle, self._webhooks), None)
        return {} if found is None else {"webhook": found}

    def _pull(self) -> None:
        """Serve the receivers of this process until nothing waits, and let time pass meanwhile."""
        if self._control.delivering:
            return
        if self._targets:
            try:
                while (asked := self._control.ask("POST", "attempts/next")) is not None:
                    self._tell_time()
                    self._serve(asked)
            finally:
                self._control.delivering = False
        self._tell_time()

    def _serve(self, asked: Mapping[str, Any]) -> None:
        target, raises = self._targets[int(asked["path"].lstrip("/")) - 1]
        attempt = Pulled(
            "pull:", asked["event"], tuple(asked["headers"].items()), asked["body"].encode()
        )
        self._control.delivering = True
        outcome: Outcome = self._local.hand_over(target, attempt)
        self._control.delivering = False
        with suppress(NotFound):  # it came too late, and the server has said so in its journal
            self._control.ask("POST", f"attempts/{asked['id']}/outcome", _answer(outcome))
        if outcome.error is not None and raises:
            self._errors[asked["delivery"]] = outcome.error
            raise outcome.error

    def _tell_time(self) -> None:
        if self._moved is not None:
            self._moved(self.clock.now)

    # ---- reading -------------------------------------------------------------------------------

    def _count(self) -> int:
        listed = self._control.ask("GET", "deliveries")["result"]
        return max((one["id"] for one in listed), default=0)

    def sent(self) -> Deliveries:
        """Return every delivery so far."""
        listed = self._control.ask("GET", "deliveries")["result"]
        whole = (self._control.ask("GET", f"deliveries/{one['id']}")["result"] for one in listed)
        return Deliveries(RemoteDelivery(told, self._looked, self._errors) for told in whole)

    def _settled(self) -> Deliveries:
        self._pull()
        return self.sent()

    def _story(self) -> str:
        return self.timeline()

    @property
    def events(self) -> list[str]:
        """The documented names of everything that was sent, once each, in order."""
        facts = {
            (d.type.documented, d.headers.get("X-Pocketsflow-Timestamp"), d.at): None
            for d in map(_remote, self.deliveries)
        }
        return [name for name, _, _ in facts if name]

    def unexpected(self) -> Deliveries:
        """Return the deliveries that went wrong unnoticed."""
        wrong = (d for d in self.sent() if d.went_wrong and not d.error)
        return Deliveries(d for d in wrong if d.unnoticed)

    def assert_matches_journal(self, name: str) -> None:
        """Refuse: ids and dates of a server's world follow from the server."""
        raise InvalidInput(
            f"journal {name!r} is kept for a world of this process; skip this test with"
            " --pocketsflow-url"
        )

    @property
    def faults(self) -> list[str]:
        """The faults that are set, each on one line."""
        return [one["fault"] for one in self._control.ask("GET", "faults")["result"]]

    def timeline(self) -> str:
        """Return what was sent so far, as text."""
        return "\n".join(_remote(delivery).row() for delivery in self.sent())

    def log(self, **about: str) -> list[str]:
        """Return every delivery whole, one JSON document a line."""
        listed = self._control.ask("GET", "deliveries")["result"]
        whole = (self._control.ask("GET", f"deliveries/{one['id']}")["result"] for one in listed)
        return [json.dumps({"kind": "world", "server": self._control.url, **about})] + [
            json.dumps({"kind": "delivery", **told}) for told in whole
        ]

    def never_awaited(self) -> list[Call]:
        """Return nothing: these verbs are not awaited."""
        return []


def _world(url: str, number: int) -> Control:
    """Return the world of a test: under a key of its own where the server has a world per key."""
    by_key = Control(url, f"pk_test_pytest_{number}")
    answered = by_key.ask("GET", "clock")["world"]
    return by_key if answered == by_key.name else Control(url, f"pytest-{number}")


def _remote(delivery: reads.Delivery) -> RemoteDelivery:
    if not isinstance(delivery, RemoteDelivery):
        raise TypeError(f"{delivery!r} is not of a server")
    return delivery


def _answer(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        return {"error": outcome.detail or repr(outcome.error)}
    if outcome.status is None:
        return {"error": outcome.detail or outcome.kind}
    return {"status": outcome.status, "body": outcome.body.decode(errors="replace")}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
