"""What both faces of a world share: its template, its receivers, its address, and reading it."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from pocketsflow_emulator import environment, receivers, resources, timeline, wall
from pocketsflow_emulator.clocks import Clock, told
from pocketsflow_emulator.core import arguments, clock
from pocketsflow_emulator.core.dunning import DEFAULT as DEFAULT_DUNNING
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.core.ids import LARGEST_SEED
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery import addresses, policy
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.journal import RING, Journal
from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.delivery.transports import frameworks
from pocketsflow_emulator.delivery.transports.handler import Handler
from pocketsflow_emulator.delivery.transports.inprocess import Around
from pocketsflow_emulator.driver import Driving
from pocketsflow_emulator.environment import Environment
from pocketsflow_emulator.errors import (
    CalledDuringDelivery,
    InvalidInput,
    InvariantError,
)
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.reads import Deliveries
from pocketsflow_emulator.receivers import Wishes
from pocketsflow_emulator.verbs import When
from pocketsflow_emulator.verbs.doing import called_by_name
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

START = "2030-01-01T00:00:00Z"
"""Where a world starts that nobody gave a start: ahead of the wall clock, so that a period end an
application has stored is not already past."""

_NOBODY = "  nobody listens: call deliver_to first, or name the application with pocketsflow_target"

R = TypeVar("R", bound=Driving)
"""The driver of a face."""


class Face(Generic[R]):
    """One world; how it is driven is for `Emulator` and `AsyncEmulator` to say."""

    _default_seed = 0

    @called_by_name
    def __init__(
        self,
        *,
        start: When | None = None,
        seed: int | None = None,
        dialect: str = "documented",
        secret: str = DEFAULT_SECRET,
        policy: str | Sequence[str] = policy.DEFAULT,
        dunning: str = DEFAULT_DUNNING,
        concurrency: int = 1,
        deadline: float = DEADLINE,
        timestamps: str = wall.STAMPS[0],
        livemode: bool = False,
        allow_public: bool = False,
        ring: int = RING,
    ) -> None:
        self._chosen = start is not None or seed is not None
        self._start = _instant(START if start is None else start)
        chosen = self._default_seed if seed is None else seed
        self._seed = arguments.whole("seed", chosen, 0, LARGEST_SEED)
        self._dialect = arguments.choice("dialect", dialect, DIALECTS)
        self.secret = arguments.secret(secret)
        if not isinstance(deadline, int | float) or not deadline > 0:
            raise InvalidInput(f"deadline is {deadline!r}; write the seconds a receiver has")
        self._policy, self._dunning, self._cap = policy, dunning, concurrency
        self._livemode, self._ring = livemode, ring
        self._key: str | None = None
        self._begun = frameworks.transactions()
        self._looked: set[int] = set()
        self._left = Deliveries()
        self._driver = self._make_driver(self._make_engine(), deadline, allow_public)
        self.timestamps = arguments.choice("timestamps", timestamps, wall.STAMPS)
        self._driver.wall = wall.of(timestamps)
        self.clock: Clock = Clock(lambda: self._driver.engine)

    @abstractmethod
    def _make_driver(self, engine: Engine, deadline: float, allow_public: bool) -> R:
        """Return the driver of this face."""

    def _make_engine(self) -> Engine:
        return Engine(
            self._seed,
            self._start,
            livemode=self._livemode,
            cap=self._cap,
            policy=self._policy,
            dunning=self._dunning,
            journal=Journal(self._ring),
        )

    # ---- the world -----------------------------------------------------------------------------

    @property
    def seed(self) -> int:
        """The seed; with `start` it repeats every id, date and byte."""
        return self._seed

    @property
    def start(self) -> str:
        """The instant the world began, as ISO 8601."""
        return clock.iso(self._start)

    def begin_at(self, instant: When) -> None:
        """Let a world that has not begun, and that nobody gave a start, start then."""
        if not self._chosen and self._driver.engine.untouched:
            self._start = _instant(instant)
            self._driver.engine = self._make_engine()

    def watch(
        self,
        *,
        begins: Callable[[], None] | None = None,
        moved: Callable[[datetime], None] | None = None,
        decided: Callable[[str, str, int | None], None] | None = None,
    ) -> None:
        """Call these: `begins` before a world's first verb; `moved` with the
        instant, whenever it is another one when something is about to be sent, and when a verb
        ends; `decided` with event (its documented name), outcome and status of every try.
        """
        if begins is not None:
            self._driver.begins = begins
        if moved is not None:
            self._driver.moved = told(moved)
        if decided is not None:
            self._driver.watch = lambda attempt, outcome: decided(
                attempt.delivery.fact.event.name, outcome.kind, outcome.status
            )

    def reset(self) -> None:
        """Begin anew: same seed and start, no objects, no receivers, an empty journal."""
        with self._driver.lock:
            if not self._driver.idle:
                raise CalledDuringDelivery("reset was called while deliveries are under way")
            self._left = self.unexpected()
            self._looked = set()
            self._driver.engine = self._make_engine()
            self._driver.retire()

    def handle(self, id: str) -> Handle:
        """Return the live handle of an object by its prefixed id; raises `NotFound`."""
        return self._driver.find(id)

    # ---- the API -------------------------------------------------------------------------------

    @property
    def api_key(self) -> str:
        """The key under which this world answers at `url`; it starts the server, too."""
        if self._key is None:
            from pocketsflow_emulator.server import lending

            self._key = lending().lend(self._driver, self._dialect, self.reset)
        return self._key

    @property
    def url(self) -> str:
        """The address of the merchant API and the control API, for an application under test. The
        server runs in a thread of this process, starts when it is first asked for, and is one for
        all emulators of the process. What is caused through it is sent by the verb that is
        running, else by the next one.
        """
        from pocketsflow_emulator.server import lending

        return lending().url if self.api_key else ""

    def patch_env(self, monkeypatch: Environment) -> None:
        """Set POCKETSFLOW_BASE_URL, POCKETSFLOW_API_KEY and POCKETSFLOW_WEBHOOK_SECRET to those of
        this world, until pytest's `monkeypatch` (or anything with its `setenv`) takes it back.
        """
        environment.patch(monkeypatch, url=self.url, key=self.api_key, secret=self.secret)

    def _withdraw(self) -> None:
        """Let the world answer no longer."""
        if self._key is not None:
            from pocketsflow_emulator.server import lending

            lending().withdraw(self._key)
            self._key = None

    # ---- receivers -----------------------------------------------------------------------------

    @called_by_name
    def deliver_to(
        self,
        target: Any = None,
        *,
        path: str = "/",
        wsgi: Any = None,
        asgi: Any = None,
        handler: Handler | None = None,
        url: str | None = None,
        events: Any = ("*",),
        secret: str | None = None,
        dialect: str | None = None,
        host: str = "testserver",
        scheme: str = "http",
        headers: Mapping[str, str] | None = None,
        around: Around | None = None,
        lifespan: str = "off",
        thread: bool = False,
        raise_errors: bool = True,
    ) -> Handle:
        """Add a receiver and return its webhook. It is a URL (`3000`, `localhost:3000/webhooks`,
        `http://...`), an application of this process (WSGI, ASGI, aiohttp, or a test client of
        one), or a function `handler(request) -> status | (status, body) | None`.

        An application is posted to at `path` as `host`, by `scheme`, with further `headers`.
        `around` makes a context manager for each delivery; `lifespan="on"` starts an ASGI
        application and shuts it down; `thread=True` enforces the deadline of what blocks. What a
        receiver of this process raises is recorded as an answer of 500 and then raised from the
        verb that caused the delivery; `raise_errors=False` keeps it to the record. Raises
        `InvalidInput` for what cannot be recognised, with the keyword to use.
        """
        wishes = Wishes(
            path,
            host,
            scheme,
            headers,
            around,
            lifespan,
            thread,
            raise_errors,
            self._driver.deadline,
        )
        given = {"target": target, "wsgi": wsgi, "asgi": asgi, "handler": handler, "url": url}
        found = receivers.receiver(given, wishes)
        settings = {
            "events": events,
            "secret": self.secret if secret is None else secret,
            "dialect": self._dialect if dialect is None else dialect,
        }
        if found.transport is None:
            return self._deliver_to_url(found.url, settings)
        found.transport.check(self._begun)
        webhook = self._webhook(found.url, settings)
        self._driver.targets[webhook.id] = found.transport
        return webhook

    def _deliver_to_url(self, url: str, settings: dict[str, Any]) -> Handle:
        """A living application has a clock of its own: a world that has not begun starts now."""
        if addresses.is_public(url) and not self._driver.allow_public:
            raise InvalidInput(
                f"{addresses.masked(url)} is a public address; if that is what you want, make the"
                " world with allow_public=True"
            )
        if not self._chosen and self._driver.engine.untouched:
            self._start, self._seed = wall.now(), wall.fresh_seed()
            self._driver.engine = self._make_engine()
        return self._webhook(url, settings)

    def _webhook(self, url: str, settings: dict[str, Any]) -> Handle:
        webhook = self._driver.submit("create_webhook", {"url": url, **settings})
        if webhook is None:
            raise InvariantError("create_webhook returned nothing")
        return webhook

    # ---- reading -------------------------------------------------------------------------------

    def _events(self) -> list[str]:
        with self._driver.lock:
            facts = [record.fact for record in self._driver.engine.journal.living()]
        return [fact.event.documented for fact in facts if fact.event.documented]

    def _deliveries(self) -> Deliveries:
        with self._driver.lock:
            return Deliveries.kept(self._driver.engine.journal.deliveries(), self._looked)

    def _look_since(self, before: int) -> None:
        """Note that what was delivered since has been judged."""
        for delivery in self._deliveries():
            if delivery.id > before:
                delivery.look()

    def unexpected(self) -> Deliveries:
        """Return the deliveries that went wrong unnoticed: nobody has read their `outcome`,
        `status` or `explanation` or asserted them, no scenario has judged them, and no verb has
        raised what the receiver raised. Also those from before a `reset`.
        """
        raises = self._driver.raises
        new = (
            d for d in self._deliveries() if d.went_wrong and not (d.error and raises(d.webhook))
        )
        return Deliveries(d for d in (*self._left, *new) if d.unnoticed)

    @property
    def faults(self) -> list[str]:
        """The faults that are set, each on one line as `fault` takes it."""
        with self._driver.lock:
            return [one.asked.text for one in self._driver.engine.faults]

    def timeline(self) -> str:
        """Return what has happened so far, as text."""
        with self._driver.lock:
            return timeline.text(self._driver.engine.journal.living())

    def _story(self) -> str:
        """Return the timeline, for a miss, and say where nobody could have heard anything."""
        with self._driver.lock:
            heard = bool(self._driver.state.store.table(Webhook))
        lines = [self.timeline()] if heard else [self.timeline(), _NOBODY]
        return "\n".join(filter(None, lines))

    def sent(self) -> Deliveries:
        """Return every delivery so far, without sending what waits: for reports."""
        return self._deliveries()

    def journal(self) -> list[str]:
        """Return the canonical journal, one JSON document a line: what "identical" means."""
        with self._driver.lock:
            return self._driver.engine.journal.canonical()

    def log(self, *, secrets: bool = False, **about: str) -> list[str]:
        """Return the journal as `read_journal` reads it, one JSON document a line: everything, in
        the order in which it happened. Secrets are masked, unless `secrets`; `about` is added to
        the first line.
        """
        with self._driver.lock:
            about = {"emulator": resources.version(), **about}
            return list(self._driver.engine.journal.log(secrets=secrets, **about))


def _instant(value: When) -> int:
    if isinstance(value, str):
        return clock.parse(value)
    return clock.parse(value.isoformat())
