"""Faults: what each does to a delivery, whom it hits, and that a run with them can be repeated."""

import json

import pytest

import runs
from pocketsflow_emulator.core.clock import DAY, HOUR, MINUTE, SECOND
from pocketsflow_emulator.delivery import faults
from pocketsflow_emulator.delivery.faults.kind import BEND, bends
from pocketsflow_emulator.delivery.tries import Behaviour
from pocketsflow_emulator.errors import InvalidInput, NotFound, UnknownName
from pocketsflow_emulator.wire.signature import sign, verify

BOUGHT = ["customer.created", "order.completed"]
SIGNATURE = "X-Pocketsflow-Signature"
EVENT = "X-Pocketsflow-Event"
STAMP = "X-Pocketsflow-Timestamp"


def shop(*asked, **options):
    """An engine with one webhook, one product, and these faults."""
    made = runs.hooked(**options)
    runs.do(made, "create_product", id="prod_course", price="60.00", quiet=True)
    for fault in asked:
        runs.do(made, "fault", fault=fault)
    return made


def buy(made, email="jane@example.com"):
    runs.do(made, "purchase", product="prod_course", email=email)


def bought(*asked, **options):
    """The tries of one purchase, and the engine, with these faults."""
    made = shop(*asked, **options)
    buy(made)
    return runs.settle(made), made


def bent(fault, **options):
    """The headers and body of an order whose request a fault has changed, and the plain try."""
    options.setdefault("seed", 7)
    [_, plain], _ = bought(**options)
    [_, found], _ = bought(fault, **options)
    assert found.bent is not None
    return dict(found.headers), found.body, plain


def valid(headers, body, secret=runs.SECRET):
    return verify(body, headers.get(SIGNATURE, ""), secret)


def names(attempts):
    return [attempt.event for attempt in attempts]


# ---- plan --------------------------------------------------------------------------------------


def test_a_dropped_delivery_never_leaves():
    """`drop` decides a delivery at once; no policy tries it again."""
    sent, made = bought("drop=order.completed", policy="retry-ladder")

    runs.play(made, "advance", days=5)

    [_, order] = made.journal.deliveries()
    assert names(sent) == ["customer.created"]
    assert (order.state, order.outcome.kind, len(order.tries)) == ("dropped", "dropped", 1)
    assert order.tries[0].headers == ()


def test_a_duplicate_is_the_same_request_again():
    """`duplicate` sends the same bytes with the same headers, right after the first."""
    sent, made = bought("duplicate=order.completed,copies=2")

    assert [*BOUGHT, "order.completed", "order.completed"] == names(sent)
    assert len({(attempt.body, attempt.headers) for attempt in sent[1:]}) == 1
    [_, order] = made.journal.deliveries()
    assert len(order.tries) == 3
    assert [t.delivery.extra for t in order.tries] == ["", "duplicate", "duplicate"]


def test_walk_8():
    """Fault `duplicate` after 30 s with the ladder; the receiver answers 500, then 200: the extra
    try is unseen by the policy, the second try comes after a minute, with the same body.
    """
    made = shop("duplicate=order.completed,after=30s", policy="retry-ladder")
    start, answers = made.now, iter([200, 500, 200, 200])
    buy(made)
    sent = runs.settle(made, lambda attempt: runs.ok(next(answers)))

    runs.do(made, "advance", days=1)
    sent += runs.settle(made, lambda attempt: runs.ok(next(answers)))

    [_, *orders] = sent
    found = [(t.at - start, t.number, t.delivery.extra) for t in orders]
    assert found == [(0, 1, ""), (30 * SECOND, 1, "duplicate"), (MINUTE, 2, "")]
    assert len({attempt.body for attempt in orders}) == 1
    [_, order] = made.journal.deliveries()
    assert order.state == "delivered"


def test_a_failed_duplicate_is_not_tried_again():
    """What comes of an extra try changes nothing for the delivery, but can be seen."""
    made = shop("duplicate=order.completed", policy="retry-ladder")
    buy(made)
    answers = iter([200, 200, 409])
    runs.settle(made, lambda attempt: runs.ok(next(answers)))

    later = runs.play(made, "advance", days=5)

    [_, order] = made.journal.deliveries()
    assert later is None
    assert (
        order.state,
        [outcome.kind for outcome in order.outcomes],
    ) == ("delivered", ["delivered", "rejected"])
    assert len(order.tries) == 2


def test_a_delayed_delivery_comes_late():
    """`delay` lets newer events come first; the body is the one of the event."""
    made = shop("delay=order.completed,by=2h")
    start = made.now
    buy(made)
    first = runs.settle(made)
    runs.do(made, "refund", order=runs.events(made) and _order(made))
    first += runs.settle(made)

    runs.do(made, "advance", hours=3)
    late = runs.settle(made)

    assert names(first) == ["customer.created", "order.refunded"]
    assert [(t.event, t.at - start) for t in late] == [("order.completed", 2 * HOUR)]
    assert start + 1 == json.loads(late[0].body)["timestamp"]


def _order(made):
    [_, order] = made.journal.deliveries()
    return json.loads(order.body)["order"]["id"]


def test_held_deliveries_wait_for_their_release():
    """`hold` keeps a delivery through any time, until `release_held`; they go in order."""
    made = shop("hold=*,times=2")
    buy(made)
    buy(made, "tom@example.com")
    first = runs.settle(made)
    runs.do(made, "advance", days=40)
    first += runs.settle(made)
    held = [delivery.state for delivery in made.journal.deliveries()]

    runs.do(made, "release_held")
    released = runs.settle(made)
    runs.do(made, "release_held")

    assert (names(first), names(released)) == (BOUGHT, BOUGHT)
    assert held == ["held", "held", "delivered", "delivered"]
    assert {"jane@example.com"} == {t.delivery.fact.buyer for t in released}
    assert runs.settle(made) == []


def test_reordered_deliveries_come_within_the_window():
    """`reorder` draws a delay for each delivery; all of them come, in another order."""
    made = shop("reorder=*,window=10m")
    start = made.now
    for number in range(20):
        buy(made, f"buyer{number}@example.com")

    runs.do(made, "advance", minutes=10)
    sent = runs.settle(made)

    numbers = [attempt.delivery.number for attempt in sent]
    assert sorted(numbers) == list(range(1, 41))
    assert numbers != sorted(numbers)
    assert all(0 <= attempt.at - start <= 10 * MINUTE for attempt in sent)


def test_a_replay_is_what_was_captured():
    """`replay` sends an earlier delivery again, byte for byte, with the signature of back then."""
    made = shop("replay=order.completed,of=order.completed,nth=2,after=1m")
    buy(made)
    [_, captured] = runs.settle(made)
    runs.do(made, "rotate_secret", webhook="hook_1", secret="whsec_new")
    buy(made)
    now = runs.settle(made)

    runs.do(made, "advance", hours=1)
    [again] = runs.settle(made)

    assert names(now) == ["order.completed"]
    assert (captured.body, captured.headers) == (again.body, again.headers)
    assert ("replay", captured.delivery.number) == (again.delivery.extra, again.delivery.number)
    assert not valid(dict(again.headers), again.body, "whsec_new")


def test_there_is_nothing_to_replay_at_first():
    """A `replay` without an earlier delivery does not fire, and is not counted."""
    sent, made = bought("replay=customer.created,times=1")
    assert names(sent) == BOUGHT
    [fault] = made.faults

    assert (fault.seen, fault.fired) == (1, 0)


def test_what_was_dropped_was_not_captured():
    """A `replay` sends only what has left: a dropped delivery is passed over."""
    sent, _ = bought("drop=customer.created", "replay=order.completed")

    assert names(sent) == ["order.completed"]


def test_a_replay_has_extra_tries_of_its_own():
    """Copies of a delivery and of its replay, due at one time, both come."""
    made = shop(
        "replay=order.completed,nth=2,back=2,after=1h",
        "replay=order.completed,nth=2,back=3,after=1h",
    )
    buy(made)
    runs.settle(made)
    runs.play(made, "replay", delivery=1)
    buy(made)
    runs.settle(made)

    runs.do(made, "advance", hours=1)
    late = runs.settle(made)

    assert [(a.event, a.delivery.extra) for a in late] == [("customer.created", "replay")] * 2
    assert {1, 3} == {attempt.delivery.number for attempt in late}


def test_plans_add_up():
    """Several faults hit one delivery: delays add up, duplicates follow the late first try."""
    made = shop("delay=order.*,by=1h", "delay=order.*,by=30m", "duplicate=order.*,after=1m")
    start = made.now
    buy(made)
    runs.settle(made)

    runs.do(made, "advance", days=1)
    sent = runs.settle(made)

    assert [attempt.at - start for attempt in sent] == [90 * MINUTE, 91 * MINUTE]


def test_what_is_dropped_comes_not_again():
    """A delivery that is dropped has no duplicates either."""
    sent, _ = bought("duplicate=order.*", "drop=order.*")

    assert names(sent) == ["customer.created"]


# ---- bend --------------------------------------------------------------------------------------


def test_a_corrupt_body_is_json_that_was_not_signed():
    """`corrupt-body` changes a digit, so that only the signature can tell."""
    headers, body, plain = bent("corrupt-body=order.completed")

    different = [(a, b) for a, b in zip(plain.body, body, strict=True) if a != b]
    assert json.loads(body)
    assert len(different) == 1
    assert dict(plain.headers) == headers
    assert not valid(headers, body)


@pytest.mark.parametrize("digit", range(3))
def test_no_number_begins_with_a_corrupt_zero(digit):
    """Whichever digit of `100` is another, it is a number of JSON all the same."""
    about = faults.kind.About(None, "", "", lambda: digit / 3)

    found = faults.corrupt_body.corrupt_body(faults.rewriting.Request((), b"100"), about)

    assert found.body in (b"200", b"110", b"101")
    assert json.loads(found.body) == int(found.body)


def test_signatures_of_others():
    """`wrong-secret` and `foreign-webhook` are signed with a secret that is not the webhook's."""
    wrong, body, plain = bent("wrong-secret=order.completed")
    foreign, same, _ = bent("foreign-webhook=order.completed")

    assert plain.body == body == same
    assert not valid(wrong, body)
    assert not valid(foreign, same)
    assert wrong[SIGNATURE] != foreign[SIGNATURE]


def test_the_secret_of_another_webhook():
    """`foreign-webhook` takes the secret of another endpoint, where there is one."""
    made = shop("foreign-webhook=order.completed,webhook=hook_1")
    runs.do(made, "create_webhook", id="hook_2", url="http://localhost:3000/2", secret="whsec_two")
    buy(made)

    [found] = [t for t in runs.settle(made) if t.bent is not None]

    assert ("hook_1", sign(found.body, "whsec_two")) == (
        found.webhook,
        dict(found.headers)[SIGNATURE],
    )


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("missing-signature=*", None),
        ("uppercase-signature=*", str.upper),
        ("prefixed-signature=*", lambda signature: f"sha256={signature}"),
        ("prefixed-signature=*,prefix=v1:", lambda signature: f"v1:{signature}"),
    ],
)
def test_signatures_written_in_other_ways(fault, expected):
    """The signature is missing, in capitals, or behind a prefix; all else is as it was."""
    headers, body, plain = bent(fault)

    plainly = dict(plain.headers)
    written = expected and expected(plainly.pop(SIGNATURE))
    assert plain.body == body
    assert written == headers.pop(SIGNATURE, None)
    plainly.pop(SIGNATURE, None)
    assert plainly == headers


@pytest.mark.parametrize(
    ("fault", "shift"),
    [
        ("stale-timestamp=*", -10 * MINUTE),
        ("stale-timestamp=*,age=3d", -3 * DAY),
        ("future-timestamp=*,ahead=1h", HOUR),
    ],
)
@pytest.mark.parametrize("dialect", ["documented", "current"])
def test_timestamps(fault, shift, dialect):
    """The timestamp is another in the header and, where there is one, in the body; the signature
    is right.
    """
    made = shop(fault)
    runs.do(made, "update_webhook", webhook="hook_1", dialect=dialect)
    buy(made)
    [_, found] = runs.settle(made)

    headers, body = dict(found.headers), json.loads(found.body)
    stamp = found.delivery.fact.stamp + shift
    assert str(stamp) == headers[STAMP]
    assert stamp == body.get("timestamp", stamp)
    assert valid(headers, found.body)


@pytest.mark.parametrize(
    ("fault", "event"),
    [
        ("header-mismatch=*,event=order.refunded", "order.refunded"),
        ("unknown-event=*", "customer.archived"),
        ("unknown-event=*,name=a.b", "a.b"),
    ],
)
def test_events_in_the_header(fault, event):
    """`header-mismatch` leaves the body alone, `unknown-event` renames the event everywhere."""
    headers, body, plain = bent(fault)

    said = json.loads(body)["event"]
    assert event == headers[EVENT]
    assert ("order.completed" if body == plain.body else event) == said
    assert valid(headers, body)


def test_a_header_of_any_other_event():
    """Without `event` the seed chooses which other event the header names."""
    headers, _, _ = bent("header-mismatch=*")

    assert headers[EVENT] in faults.header_mismatch.events.names()
    assert headers[EVENT] != "order.completed"


def test_a_flipped_mode():
    """`test-mode-flip` tells the opposite mode, signed; bodies without a mode are not hit."""
    headers, body, plain = bent("test-mode-flip=*")
    made = shop("test-mode-flip=*")
    runs.do(made, "update_webhook", webhook="hook_1", dialect="current")
    buy(made)

    expected = json.loads(plain.body) | {"testMode": False, "livemode": True}
    assert expected == json.loads(body)
    assert valid(headers, body)
    assert {None} == {attempt.bent for attempt in runs.settle(made)}


def test_fields_that_were_added():
    """`extra-fields` adds fields and takes none away."""
    headers, body, plain = bent("extra-fields=*")

    found, known = json.loads(body), json.loads(plain.body)
    assert found.keys() > known.keys()
    assert found["order"].keys() > known["order"].keys()
    assert known["order"].items() <= found["order"].items()
    assert valid(headers, body)


@pytest.mark.parametrize("field", ["order.id", "order", "metadata", "no.such.thing", "order.id.x"])
def test_a_field_that_is_missing(field):
    """`missing-field` takes away what a path names, and nothing where it names nothing."""
    headers, body, plain = bent(f"missing-field=*,field={field}")

    expected = json.loads(plain.body)
    first, *rest = field.split(".")
    if rest == ["id"]:
        del expected[first][rest[0]]
    elif not rest:
        expected.pop(first, None)
    assert expected == json.loads(body)
    assert valid(headers, body)


def test_any_field_that_is_missing():
    """Without a path the seed takes one away, none of those that all events have."""
    _, body, plain = bent("missing-field=*")

    [gone] = json.loads(plain.body).keys() - json.loads(body).keys()

    assert gone not in faults.rewriting.ENVELOPE


def test_bodies_that_are_hard_to_read():
    """`not-json`, `oversize`, `deep-json` and `duplicate-keys` are correctly signed."""
    page, large = bent("not-json=*"), bent("oversize=*,size=3000000")
    deep, twice = bent("deep-json=*,depth=5000"), bent("duplicate-keys=*")

    assert all(valid(headers, body) for headers, body, _ in (page, large, deep, twice))
    assert page[1].startswith(b"<!doctype")
    assert 3_000_000 <= len(large[1]) <= 3_000_100
    assert json.loads(large[1])["order"] == json.loads(large[2].body)["order"]
    assert deep[1].count(b"[") >= 5000
    keys = [key for key, _ in json.loads(twice[1], object_pairs_hook=list)]
    assert keys.count("webhookId") == 2


def test_a_small_oversize_is_the_body_itself():
    """A body that is large enough already gets an empty field, no more."""
    _, body, plain = bent("oversize=*,size=1")

    assert json.loads(body) == json.loads(plain.body) | {"padding": ""}


def test_another_content_type():
    """`wrong-content-type` changes the header alone."""
    headers, body, plain = bent("wrong-content-type=*,type=text/plain")

    assert dict(plain.headers) | {"Content-Type": "text/plain"} == headers
    assert plain.body == body


def test_bends_add_up():
    """Several faults bend one request, in the order in which they were set; one that rewrites JSON
    leaves alone what is none any more.
    """
    signed_last, _ = bought("missing-signature=order.*", "unknown-event=order.*,name=x.y")
    no_json, _ = bought("not-json=order.*", "extra-fields=order.*", "test-mode-flip=order.*")

    headers = dict(signed_last[1].headers)
    assert (headers[EVENT], headers.get(SIGNATURE)) == ("x.y", None)
    assert no_json[1].body.startswith(b"<!doctype")


def test_a_list_is_no_body_to_rewrite():
    """A body that another fault made a list of stays as it is."""
    request = faults.rewriting.Request((), b"[1]")

    assert request is faults.rewriting.rewritten(request, None, dict)


def test_a_body_without_digits_is_corrupted_all_the_same():
    """Where there is no digit, the last byte is another."""
    found = faults.corrupt_body.corrupt_body(faults.rewriting.Request((), b"{}"), None)

    assert found.body == b"{|"


# ---- behave ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "behaviour"),
    [
        ("slow-body=*", Behaviour("slow-body", chunk=64, pause=0.05)),
        ("slow-body=*,size=1,pause=1s", Behaviour("slow-body", chunk=1, pause=1.0)),
        ("connection-reset=*", Behaviour("connection-reset")),
        ("connection-reset=*,size=9", Behaviour("connection-reset", after=9)),
        ("half-close=*", Behaviour("half-close")),
    ],
)
def test_behaviours(fault, behaviour):
    """A fault of the connection leaves the request alone and tells the transport what to do."""
    [_, found], _ = bought(fault)
    [_, plain], _ = bought()

    assert behaviour == found.behaviour
    assert (plain.body, plain.headers) == (found.body, found.headers)


def test_there_must_be_a_connection():
    """A receiver in this process has no connection that could misbehave: the fault is refused, or
    passes it over where another receiver has one.
    """
    made = runs.engine()
    runs.do(made, "create_webhook", id="hook_1", url="handler:")
    with pytest.raises(InvalidInput, match="slow-body is about a connection, and no receiver"):
        runs.do(made, "fault", fault="slow-body=*")
    runs.do(made, "create_webhook", id="hook_2", url="http://localhost:3000/")
    runs.do(made, "fault", fault="slow-body=*")
    runs.do(made, "create_product", id="prod_course", quiet=True)
    buy(made)

    found = {(t.webhook, t.behaviour is None) for t in runs.settle(made)}

    assert {("hook_1", True), ("hook_2", False)} == found


# ---- whom a fault hits -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "hit"),
    [
        ("", [1, 2, 3, 4]),
        (",nth=3", [3]),
        (",times=2", [1, 2]),
        (",nth=9", []),
        (",customer=tom@example.com", [2, 4]),
        (",webhook=hook_1", [1, 2, 3, 4]),
        (",probability=0", []),
        (",probability=1", [1, 2, 3, 4]),
    ],
)
def test_targets(words, hit):
    """A fault hits the n-th match, so many, those about a buyer, those to a webhook, or a share."""
    made = shop(f"wrong-secret=order.completed{words}")
    for email in ("jane@example.com", "tom@example.com") * 2:
        buy(made, email)

    orders = [t for t in runs.settle(made) if t.event == "order.completed"]

    assert hit == [n for n, attempt in enumerate(orders, 1) if attempt.bent is not None]


def test_a_customer_by_id():
    """A buyer can be named by the customer's id, once there is one."""
    made = shop()
    buy(made)
    [customer] = made.world.state.store.table(faults.book.Customer).values()

    runs.do(made, "fault", fault={"drop": "*", "customer": customer.id})

    assert [one.asked.text for one in made.faults] == ["drop=*,customer=jane@example.com"]


def test_a_share_follows_the_seed():
    """A fault with a probability hits about that share, the same ones under the same seed."""

    def hit(seed):
        made = shop("wrong-secret=order.completed,probability=0.3", seed=seed)
        for number in range(200):
            buy(made, f"buyer{number}@example.com")
        return [t.delivery.number for t in runs.settle(made) if t.bent is not None]

    assert hit(7) == hit(7) != hit(8)
    assert 35 <= len(hit(7)) <= 85


def test_only_the_first_try_is_bent():
    """A request is bent on the first try alone, unless `tries: all`; duplicates are as it was."""

    def hit(words):
        made = shop(f"wrong-secret=order.*{words}", "duplicate=order.*", policy="retry-ladder")
        buy(made)
        runs.settle(made, lambda attempt: runs.ok(500))
        runs.play(made, "advance", minutes=2)
        [_, order] = made.journal.deliveries()
        return [(t.delivery.extra, t.number, t.bent is not None) for t in order.tries]

    assert hit("") == [("", 1, True), ("duplicate", 1, False), ("", 2, False)]
    assert hit(",tries=all") == [("", 1, True), ("duplicate", 1, True), ("", 2, True)]


def test_a_first_try_that_was_broken_off_is_bent_again():
    """A cancelled try is made again as it was."""
    made = shop("wrong-secret=order.*")
    buy(made)
    made.record(made.take(), runs.ok())
    first = made.take()
    made.release(first)

    again = made.take()

    assert first.bent is not None
    assert (first.headers, first.body) == (again.headers, again.body)


def test_cleared_faults_hit_nothing_more():
    """After `clear_faults` deliveries are as ever; what was hit before stays hit."""
    made = shop("wrong-secret=order.*,tries=all", policy="retry-ladder")
    buy(made)
    runs.do(made, "clear_faults")
    buy(made, "tom@example.com")

    tries = runs.settle(made)

    assert list(made.faults) == []
    assert [attempt.bent is not None for attempt in tries] == [False, True, False, False]


def test_faults_are_for_new_events():
    """A fault hits what is queued after it was set."""
    made = shop()
    buy(made)
    runs.do(made, "fault", fault="drop=*")

    assert names(runs.settle(made)) == BOUGHT


# ---- the journal -------------------------------------------------------------------------------


def test_every_firing_is_in_the_journal():
    """The log has a line for each delivery that faults hit, the canonical form says which."""
    made = shop("duplicate=order.*,nth=1", "wrong-secret=order.*")
    buy(made)
    runs.settle(made)

    log = [json.loads(line) for line in made.journal.log()]
    canonical = [json.loads(line) for line in made.journal.canonical()]
    [fired] = [line for line in log if line["kind"] == "fault"]
    [told] = [line["faults"] for line in canonical if "faults" in line]

    assert ["duplicate=order.*,nth=1", "wrong-secret=order.*"] == fired["faults"] == told
    assert [line.get("extra") for line in canonical if line.get("try") and line["fact"] == 2] == [
        None,
        "duplicate",
    ]


ALL = [
    f"{kind.name}=*,probability=0.2"
    for kind in faults.KINDS.values()
    if kind.name not in ("oversize", "deep-json")
]


@pytest.mark.parametrize("cap", [4, 64])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_seed_and_faults_repeat_a_run(cap, seed):
    """With every fault at once, answers in any order and tries broken off, the canonical journal
    is the same as one by one.
    """
    story = [runs.STORY[0], *[("fault", {"fault": fault}) for fault in ALL], *runs.STORY[1:]]
    story += [("release_held", {}), ("advance", {"days": 5})]
    made = runs.told(story)
    expected = made.journal.canonical()

    actual = runs.told(story, cap=cap, seed=seed, releases=0.2)

    fired = {f.name for d in made.journal.deliveries() if d.trouble for f in d.trouble.firings}
    assert {fault.partition("=")[0] for fault in ALL} == fired
    assert expected == actual.journal.canonical(), f"cap {cap}, seed {seed}"


def test_ids_do_not_depend_on_faults():
    """Setting a fault changes no id, no date and no person."""
    plain, _ = bought()
    faulty, _ = bought("reorder=*,window=0s", "wrong-secret=*,probability=0.5")

    assert [t.delivery.body for t in plain] == [t.delivery.body for t in faulty]


# ---- going back --------------------------------------------------------------------------------


def test_faults_and_what_they_hold_come_back():
    """A snapshot has the faults, their counts, what is held and delayed, and what comes again."""
    made = shop(
        "hold=order.completed,nth=1",
        "delay=order.completed,by=1h,nth=2",
        "duplicate=customer.created,after=2h,copies=2",
    )
    for email in ("jane@example.com", "tom@example.com"):
        buy(made, email)
    runs.settle(made)
    runs.do(made, "snapshot", name="before")

    def go_on():
        runs.do(made, "clear_faults")
        buy(made, "ann@example.com")
        runs.do(made, "advance", hours=3)
        runs.settle(made)
        runs.do(made, "release_held")
        runs.settle(made)
        return made.journal.canonical()

    first = go_on()
    runs.do(made, "restore", name="before")
    kept = [(one.asked.text, one.seen, one.fired) for one in made.faults]
    held = [delivery.state for delivery in made.journal.deliveries()]

    assert first == go_on()
    assert {"held", "scheduled", "delivered"} == set(held)
    assert [(seen, fired) for _, seen, fired in kept] == [(2, 1), (2, 1), (2, 2)]


def test_extra_tries_that_were_made_stay_made():
    """A duplicate from before the snapshot stays, one from after it is left behind."""
    made = shop("duplicate=order.completed,after=1h,copies=1", "duplicate=order.completed,after=3h")
    buy(made)
    runs.do(made, "advance", hours=2)
    runs.settle(made, lambda attempt: runs.ok(500))
    runs.do(made, "snapshot", name="between")
    runs.do(made, "advance", hours=2)
    runs.settle(made)
    [_, order] = made.journal.deliveries()
    before = [t.at for t in order.tries]

    runs.do(made, "restore", name="between")
    [_, order] = made.journal.deliveries()
    between = [t.at for t in order.tries]
    runs.do(made, "advance", hours=2)
    runs.settle(made)
    [_, order] = made.journal.deliveries()

    assert (len(before), len(between)) == (3, 2)
    assert before == [t.at for t in order.tries]


def test_a_failing_delivery_and_its_duplicates_come_back():
    """An open delivery that was duplicated comes back with the extra tries it had had."""
    made = shop("duplicate=order.completed", policy="retry-ladder")
    buy(made)
    runs.settle(made, lambda attempt: runs.ok(500))
    runs.do(made, "snapshot", name="failed")
    runs.play(made, "advance", minutes=2)
    expected = made.journal.canonical()

    runs.do(made, "restore", name="failed")
    [*_, order] = made.journal.deliveries()
    found = [(t.delivery.extra, t.outcome.status) for t in order.tries]
    runs.play(made, "advance", minutes=2)

    assert found == [("", 500), ("duplicate", 500)]
    assert expected == made.journal.canonical()


# ---- giving a webhook up -----------------------------------------------------------------------


def test_an_endpoint_that_fails_too_long_is_given_up():
    """`disable-after` makes a webhook inactive to which every try has failed for that long; what
    waits for it is skipped.
    """
    made = shop(policy=["30m", "1h", "disable-after=1h"])
    start = made.now
    buy(made)
    runs.settle(made, lambda attempt: runs.ok(500))

    runs.do(made, "advance", days=1)
    runs.settle(made, lambda attempt: runs.ok(500))
    buy(made, "tom@example.com")

    [hook] = made.world.state.store.table(faults.book.Webhook).values()
    given_up = [entry for entry in made.journal.entries if entry.kind == "disable"]
    assert not hook.active
    assert [("hook_1", start)] == [entry.what for entry in given_up]
    assert [start + HOUR] == [entry.at for entry in given_up]
    assert len(list(made.journal.deliveries())) == 2
    assert any('"kind":"disable"' in line for line in made.journal.log())


def test_a_success_in_between_counts():
    """An endpoint that answers once is not given up; one that was removed cannot be."""
    made = shop(policy=["30m", "1h", "2h", "disable-after=1h"])
    buy(made)
    answers = iter([500, 500, 500, 200, 500, 500, 500])
    runs.settle(made, lambda attempt: runs.ok(next(answers)))
    runs.do(made, "advance", hours=1)
    runs.settle(made, lambda attempt: runs.ok(next(answers)))
    [hook] = made.world.state.store.table(faults.book.Webhook).values()
    assert hook.active

    buy(made, "tom@example.com")
    [*_, out] = [made.take()]
    made.record(out, runs.ok(500))
    runs.do(made, "delete_webhook", webhook="hook_1")
    runs.settle(made)

    assert dict(made.world.state.store.table(faults.book.Webhook)) == {}


def test_failures_that_nobody_watched_do_not_count():
    """While a policy gives nobody up, nothing is counted: the span begins anew with the next."""
    made = shop(policy="documented,disable-after=1h")
    buy(made)
    runs.settle(made, lambda attempt: runs.ok(500))
    runs.do(made, "set_policy", name="documented")
    buy(made)
    runs.settle(made)
    runs.do(made, "set_policy", name="documented,disable-after=1h")
    runs.play(made, "advance", hours=2)

    buy(made)
    runs.settle(made, lambda attempt: runs.ok(500))

    [hook] = made.world.state.store.table(faults.book.Webhook).values()
    assert hook.active


# ---- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "drop=*",
        "duplicate=invoice.payment_failed,copies=3,after=30s",
        "reorder=invoice.*,window=5m,times=2",
        "wrong-secret=order.completed,nth=2,customer=jane@example.com,probability=0.5,tries=all",
        "missing-field=order.*,field=order.id",
    ],
)
def test_a_fault_on_one_line(line):
    """A fault is written on one line as it was read."""
    assert line == faults.read(line).text == faults.read(faults.read(line).text).text


def test_a_fault_as_words():
    """The same words as a mapping; a kind alone stands for every event."""
    expected = faults.read("wrong-secret=order.*,nth=2")

    assert expected == faults.read({"wrong_secret": "order.*", "nth": 2})
    assert expected == faults.read({"nth": 2, "wrong-secret": "order.*"})
    assert faults.read("drop") == faults.read({"drop": "*"})


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        (None, InvalidInput, "fault is None; write one like"),
        ({}, InvalidInput, "fault is {}; write one like"),
        ("dorp=*", UnknownName, "unknown fault 'dorp'; did you mean 'drop'?"),
        ("drop=*,duplicate=*", InvalidInput, "one fault at a time; this names drop and duplicate"),
        ("drop=order.compelted", UnknownName, "did you mean 'order.completed'?"),
        ({"drop": ["order.*"]}, InvalidInput, "drop is ['order.*']; write one name or pattern"),
        ({"drop": 3}, InvalidInput, "events is 3"),
        ("drop=*,copis=1", UnknownName, "unknown setting of the fault drop 'copis'"),
        ("duplicate=*,copies=0", InvalidInput, "copies is 0; write a whole number from 1"),
        ("duplicate=*,after=soon", InvalidInput, "after is 'soon'; write a span like 30s"),
        ("drop=*,nth=0", InvalidInput, "nth is 0; write a whole number from 1"),
        ("drop=*,probability=2", InvalidInput, "probability is 2; write a number from 0 to 1"),
        ("drop=*,probability=x", InvalidInput, "probability is 'x'; write a number from 0 to 1"),
        ("drop=*,tries=all", InvalidInput, "tries is for faults that change the request; drop"),
        ("half-close=*,tries=both", UnknownName, "unknown tries 'both'"),
        ("drop=", InvalidInput, "fault is 'drop='; write one like"),
        ("drop=*,nth", InvalidInput, "nth has no value; write nth=..."),
        ("drop=*,nth=1,nth=2", InvalidInput, "says nth twice"),
        ({"missing-field": "*", "field": "a,b"}, InvalidInput, "a comma cannot be in it"),
        ({"unknown-event": "*", "name": "a\r\nb: c"}, InvalidInput, "no header can carry that"),
        ({"wrong-content-type": "*", "type": "\ud800"}, InvalidInput, "no header can carry that"),
        ("drop=*,webhook=hook_9", NotFound, "there is no webhook 'hook_9'"),
        ("drop=*,customer=cust_9", NotFound, "there is no customer 'cust_9'"),
    ],
)
def test_faults_that_are_none(fault, error, message):
    """A fault that cannot be is refused with what to write instead, and nothing is set."""
    made = shop()

    with pytest.raises(error) as caught:
        made.submit("fault", {"fault": fault})

    assert message in str(caught.value)
    assert list(made.faults) == []


def test_every_fault_says_what_it_is_for():
    """Each kind of fault has a sentence, and a name that no other has."""
    assert all(len(kind.sentence) > 40 for kind in faults.KINDS.values())
    assert len(faults.KINDS) == 27
    with pytest.raises(ValueError, match="fault wrong-secret is declared twice"):
        bends("wrong-secret")(lambda request, about: request)


@pytest.mark.parametrize("name", [k.name for k in faults.KINDS.values() if k.seam == BEND])
def test_bending_any_event_breaks_nothing(name):
    """Each fault that changes a request can change every event of a long story."""
    story = [runs.STORY[0], ("fault", {"fault": f"{name}=*,tries=all"}), *runs.STORY[1:16]]
    made = runs.engine(policy="retry-ladder")

    runs.tell(made, story)

    tries = [attempt for delivery in made.journal.deliveries() for attempt in delivery.tries]
    assert len(tries) > 20
    assert [attempt for attempt in tries if attempt.bent is None] == []
