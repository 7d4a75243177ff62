"""What both faces of a world share: its template, its receivers, its address, and reading it."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from pocketsflow_emulator import timeline, wall
from pocketsflow_emulator.core import arguments, clock
from pocketsflow_emulator.core.dunning import DEFAULT as DEFAULT_DUNNING
from pocketsflow_emulator.core.events import DIALECTS
from pocketsflow_emulator.core.models import Webhook
from pocketsflow_emulator.delivery import addresses, policy
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.policy import DEADLINE
from pocketsflow_emulator.delivery.transports.handler import Handler, HandlerTransport
from pocketsflow_emulator.driver import Driving
from pocketsflow_emulator.errors import (
    CalledDuringDelivery,
    InvalidInput,
    InvariantError,
    nearest,
    suggestion,
)
from pocketsflow_emulator.handles import Handle
from pocketsflow_emulator.reads import Deliveries
from pocketsflow_emulator.verbs import When
from pocketsflow_emulator.verbs.doing import called_by_name
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET

START = "2030-01-01T00:00:00Z"
"""Where a world starts that nobody gave a start: ahead of the wall clock, so that a period end an
application has stored is not already past."""


LARGEST_SEED = 2**63 - 1

STAMPS = ("virtual", "wall")
"""What timestamps are made from: the world's clock, or the wall's."""

_NOBODY = "  nobody listens: call deliver_to first, or name the application with pocketsflow_target"

R = TypeVar("R", bound=Driving)
"""The driver of a face."""


class Environment(Protocol):
    """What sets variables of the environment, and takes them back: pytest's `monkeypatch`."""

    def setenv(self, name: str, value: str) -> None:
        """Set one."""
        ...


class Clock:
    """The world's clock, to read."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine

    @property
    def now(self) -> Any:
        """The instant, an aware datetime."""
        return clock.to_datetime(self._engine().now)


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
        policy: str = policy.DEFAULT,
        dunning: str = DEFAULT_DUNNING,
        concurrency: int = 1,
        deadline: float = DEADLINE,
        timestamps: str = STAMPS[0],
        livemode: bool = False,
        allow_public: bool = False,
    ) -> None:
        self._chosen = start is not None or seed is not None
        self._start = _instant(START if start is None else start)
        chosen = self._default_seed if seed is None else seed
        self._seed = arguments.whole("seed", chosen, 0, LARGEST_SEED)
        self._dialect = arguments.choice("dialect", dialect, DIALECTS)
        self.secret = arguments.secret(secret)
        if not deadline > 0:
            raise InvalidInput(f"deadline is {deadline}; write the seconds a receiver has")
        self._policy, self._dunning, self._cap = policy, dunning, concurrency
        self._livemode = livemode
        self._key: str | None = None
        self._looked: set[int] = set()
        self._left = Deliveries()
        self._driver = self._make_driver(self._make_engine(), deadline, allow_public)
        self.timestamps = arguments.choice("timestamps", timestamps, STAMPS)
        if timestamps == "wall":
            self._driver.wall = wall.now_exactly
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
        )

    if not TYPE_CHECKING:  # for a type checker, what is not there is not there

        def __getattr__(self, name: str) -> Any:
            known = [known for known in dir(type(self)) if not known.startswith("_")]
            near = suggestion(name, known) if nearest(name, known) else ""
            raise AttributeError(f"{type(self).__name__} has no {name!r}{near}")

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
        did: Callable[[str, Mapping[str, Any]], None] | None = None,
        moved: Callable[[datetime], None] | None = None,
        decided: Callable[[str, str, int | None], None] | None = None,
    ) -> None:
        """Call these: `begins` before a world's first verb; `did` after each; `moved` with the
        instant, whenever it is another one when something is about to be sent, and when a verb
        ends; `decided` with event (its documented name), outcome and status of every try.
        """
        if begins is not None:
            self._driver.begins = begins
        if did is not None:
            self._driver.did = did
        if moved is not None:
            self._driver.moved = _told(moved)
        if decided is not None:
            self._driver.watch = lambda attempt, outcome: decided(
                attempt.delivery.fact.event.name, outcome.kind, outcome.status
            )

    def reset(self) -> None:
        """Begin anew: same seed and start, no objects, no receivers, an empty journal."""
        with self._driver.lock:
            if not self._driver.engine.quiet:
                raise CalledDuringDelivery("reset was called while deliveries are under way")
            self._left = self.unexpected()
            self._looked = set()
            self._driver.engine = self._make_engine()
            self._driver.targets.clear()

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
        monkeypatch.setenv("POCKETSFLOW_BASE_URL", self.url)
        monkeypatch.setenv("POCKETSFLOW_API_KEY", self.api_key)
        monkeypatch.setenv("POCKETSFLOW_WEBHOOK_SECRET", self.secret)

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
        target: Handler | str | None = None,
        *,
        handler: Handler | None = None,
        url: str | None = None,
        events: Any = ("*",),
        secret: str | None = None,
        dialect: str | None = None,
        raise_errors: bool | None = None,
    ) -> Handle:
        """Add a receiver: a URL (`3000`, `localhost:3000/webhooks`, `http://...`), or a function
        `handler(request) -> status | (status, body) | None`. Returns the webhook.

        What a function raises is recorded as an answer of 500 and then raised from the verb that
        caused the delivery; `raise_errors=False` keeps it to the record.
        """
        given = [value for value in (target, handler, url) if value is not None]
        if len(given) != 1:
            raise InvalidInput("deliver_to takes one receiver: a URL, or handler=a function")
        if raise_errors is not None:
            self._driver.raise_errors = raise_errors
        receiver = given[0]
        settings = {
            "events": events,
            "secret": self.secret if secret is None else secret,
            "dialect": self._dialect if dialect is None else dialect,
        }
        if isinstance(receiver, str):
            return self._deliver_to_url(addresses.url(receiver), settings)
        transport = HandlerTransport(receiver, deadline=self._driver.deadline)
        webhook = self._webhook("handler:", settings)
        self._driver.targets[webhook.id] = transport
        return webhook

    def transport(self, webhook: Handle) -> Any:
        """Return what hands tries to a receiver of this process, for those who do so themselves."""
        return self._driver.targets[webhook.id]

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
        raised = self._driver.raise_errors
        new = (d for d in self._deliveries() if d.went_wrong and not (raised and d.error))
        return Deliveries(d for d in (*self._left, *new) if d.unnoticed)

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

    def log(self, **about: str) -> list[str]:
        """Return everything in the order in which it happened, one JSON document a line, secrets
        masked; `about` is added to the first line.
        """
        with self._driver.lock:
            return list(self._driver.engine.journal.log(secrets=False, **about))

    def journal(self) -> list[str]:
        """Return the canonical journal, one JSON document a line: what "identical" means."""
        with self._driver.lock:
            return self._driver.engine.journal.canonical()


def _told(moved: Callable[[datetime], None]) -> Callable[[int], None]:
    """Return what passes an instant on where it is another than the last."""
    last = -1

    def tell(now: int) -> None:
        nonlocal last
        if now != last:
            last = now
            moved(clock.to_datetime(now))

    return tell


def _instant(value: When) -> int:
    if isinstance(value, str):
        return clock.parse(value)
    return clock.parse(value.isoformat())
