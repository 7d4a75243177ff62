"""The catalogue: every event type and its names."""

import pytest

from pocketsflow_emulator.core import events
from pocketsflow_emulator.core.events import CATALOGUE, EventType
from pocketsflow_emulator.errors import InvalidInput, UnknownName

DOCUMENTED = {
    "order.completed",
    "order.refunded",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.created",
    "invoice.payment_succeeded",
    "invoice.payment_failed",
    "invoice.upcoming",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "customer.created",
    "product.created",
    "product.updated",
    "product.deleted",
    "review.created",
    "identity.verification_session.verified",
    "identity.verification_session.processing",
    "identity.verification_session.requires_input",
}


def selected(patterns):
    """The keys that a filter selects."""
    return {row.key for row in events.matching(*events.patterns(patterns))}


def test_there_are_22_documented_events():
    """The documented generation has 22 events."""
    actual = {row.documented for row in CATALOGUE.values() if row.documented is not None}

    assert actual == DOCUMENTED


def test_the_current_generation_adds_one_and_renames_one():
    """`current` has `invoice.paid` besides, and calls `.paused` `.pause`."""
    actual = {row.in_dialect("current") for row in CATALOGUE.values()}

    expected = DOCUMENTED - {"customer.subscription.paused"} | {
        "customer.subscription.pause",
        "invoice.paid",
    }
    assert expected == actual


def test_invoice_paid_exists_in_current_only():
    """`invoice.paid` has no documented name."""
    row = events.INVOICE_PAID

    assert row.in_dialect("documented") is None
    assert row.in_dialect("current") == "invoice.paid"
    assert row.name == "invoice.paid"


def test_the_name_of_an_event_is_its_documented_one():
    """An event is called by its documented name where it has one."""
    actual = {row.name for row in CATALOGUE.values()}

    expected = DOCUMENTED | {"invoice.paid"}
    assert expected == actual


def test_every_row_says_when_it_happens():
    """Every event type has its key and a sentence on when it is sent."""
    for key, row in CATALOGUE.items():
        assert row.key == key
        assert row.when


def test_an_event_type_cannot_be_declared_twice():
    """The catalogue refuses a second row of the same key."""
    with pytest.raises(ValueError, match=r"order\.completed is declared twice"):
        events._add(EventType("order.completed", "order.completed", None, "again"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order.completed", events.ORDER_COMPLETED),
        ("customer.subscription.paused", events.SUBSCRIPTION_PAUSED),
        ("customer.subscription.pause", events.SUBSCRIPTION_PAUSED),
        ("invoice.paid", events.INVOICE_PAID),
    ],
)
def test_events_are_found_by_their_name_in_any_dialect(name, expected):
    """An event is found under the name it has in any dialect."""
    actual = events.named(name)

    assert expected == actual


@pytest.mark.parametrize("name", ["order.complete", "", "*", None, 5, [], {}, "\ud800"])
def test_unknown_events_are_refused(name):
    """A name that is no event's is refused."""
    with pytest.raises(UnknownName, match="unknown event type"):
        events.named(name)


def test_a_near_miss_is_suggested():
    """A misspelt event comes back with the nearest name."""
    with pytest.raises(UnknownName, match=r"did you mean 'order\.completed'"):
        events.named("order.complete")


def test_all_names_are_listed_once():
    """There are 24 names in all, in the order of the catalogue."""
    names = events.names()

    expected = DOCUMENTED | {"customer.subscription.pause", "invoice.paid"}
    assert expected == set(names)
    assert len(names) == len(expected)
    assert names[0] == "order.completed"


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        pytest.param(["order.completed"], {"order.completed"}, id="a name"),
        pytest.param(("order.completed",), {"order.completed"}, id="a tuple"),
        pytest.param("order.completed", {"order.completed"}, id="text"),
        pytest.param(["*"], set(CATALOGUE), id="everything"),
        pytest.param("order.*", {"order.completed", "order.refunded"}, id="a group"),
        pytest.param(
            ["order.*", "order.completed"], {"order.completed", "order.refunded"}, id="overlap"
        ),
        pytest.param(
            ["customer.subscription.pause"], {"customer.subscription.paused"}, id="current alias"
        ),
        pytest.param(
            ["customer.subscription.paus*"], {"customer.subscription.paused"}, id="both names"
        ),
        pytest.param(
            ["invoice.paid", "review.created"], {"invoice.paid", "review.created"}, id="two"
        ),
        pytest.param(
            "invoice.*",
            {
                "invoice.created",
                "invoice.payment_succeeded",
                "invoice.paid",
                "invoice.payment_failed",
                "invoice.upcoming",
            },
            id="invoices of any dialect",
        ),
    ],
)
def test_filters(patterns, expected):
    """A filter lists names of any dialect, groups like `invoice.*`, or `*`."""
    actual = selected(patterns)

    assert expected == actual


@pytest.mark.parametrize("patterns", [[], (), None, 5, {}, True, {"order.completed"}])
def test_a_filter_must_be_a_list(patterns):
    """A filter that is empty or no list is refused."""
    with pytest.raises(InvalidInput, match=r"events is .*; write a list"):
        events.patterns(patterns)


@pytest.mark.parametrize("pattern", [None, 5, ["order.completed"], {}, b"*"])
def test_a_filter_holds_text(pattern):
    """What a filter lists must be text."""
    with pytest.raises(InvalidInput, match="names are text"):
        events.patterns(["order.completed", pattern])


@pytest.mark.parametrize("pattern", ["", "orders.*", "order.complete", "**", "*.completed"])
def test_a_filter_that_selects_nothing_is_refused(pattern):
    """A pattern that no event matches is refused, so that a typing error is noticed."""
    with pytest.raises(UnknownName, match="unknown event type"):
        events.patterns([pattern])
