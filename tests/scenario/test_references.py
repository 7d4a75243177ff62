"""References: `$name.path`, what they become, and what they cannot reach."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pocketsflow_emulator.driver import Driver
from pocketsflow_emulator.errors import InvalidInput
from pocketsflow_emulator.scenario import references
from runs import engine


@pytest.fixture
def scope():
    """What a run can refer to: an order of 60.00 with metadata, something deleted, options."""
    driver = Driver(engine("2030-01-31T09:00:00Z"))
    driver.do("create_product", {"id": "prod_course", "price": "60.00"})
    order = driver.do(
        "purchase",
        {
            "product": "prod_course",
            "email": "jane@example.com",
            "id": "order_1",
            "metadata": {"user": {"id": 42}},
        },
    )
    hook = driver.do("create_webhook", {"url": "http://localhost", "id": "hook_1"})
    driver.do("delete_webhook", {"webhook": hook})
    return {
        "order": order,
        "gone": hook,
        "email": "jane@example.com",
        "days": 14,
        "price": Decimal("1E+1"),
        "metadata": {"plan": {"name": "pro"}},
        "nobody": None,
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$email", "jane@example.com"),
        ("$days", 14),
        ("$nobody", None),
        ("$metadata", {"plan": {"name": "pro"}}),
        ("$metadata.plan.name", "pro"),
        ("$order.amount", Decimal("60.00")),
        ("$order.created_at", datetime(2030, 1, 31, 9, tzinfo=UTC)),
        ("$order.metadata.user.id", 42),
        ("$order.kind", "order"),
        ("a+$email", "a+jane@example.com"),
        ("Order $order.id, $order.", "Order order_1, order_1."),
        ("$order.amount at $order.created_at", "60.00 at 2030-01-31T09:00:00.000Z"),
        ("$price each, for $days days", "10 each, for 14 days"),
        ("$$email costs $$5, $$$days", "$email costs $5, $14"),
        ("$5 and $ and $-", "$5 and $ and $-"),
        (
            {"a": ["$days", {"$days": "$email"}], "b": 1},
            {"a": [14, {"$days": "jane@example.com"}], "b": 1},
        ),
    ],
)
def test_what_references_become(scope, value, expected):
    """Alone, a reference becomes the value itself; inside a text its text; `$$` is a dollar."""
    actual = references.resolve(value, scope)

    assert expected == actual
    assert type(expected) is type(actual)


def test_an_object_stays_an_object(scope):
    """A reference to an object is that object, live."""
    actual = references.resolve("$order", scope)

    assert actual is scope["order"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$ordr", "$ordr is not known here; did you mean 'order'?"),
        ("to $ordr.id", "$ordr is not known here; did you mean 'order'?"),
        ("$order.amont", "$order.amont: order_1 has no 'amont'; did you mean 'amount'?"),
        ("$metadata.plan.price", "$metadata.plan.price: there is no 'price'"),
        ("$days.hours", "$days.hours: there is no 'hours'"),
        ("$gone.url", "$gone.url: webhook hook_1 is gone"),
        ("$order.to_dict", "$order.to_dict: order_1 has no 'to_dict'"),
        ("$order._state", "$order._state: order_1 has no '_state'"),
        ("x $order.__class__", "$order.__class__: order_1 has no '__class__'"),
        ("$email.upper", "$email.upper: there is no 'upper'"),
    ],
)
def test_references_that_lead_nowhere(scope, value, expected):
    """A reference reaches the fields of objects and nothing else: no methods, no Python."""
    with pytest.raises(InvalidInput) as caught:
        references.resolve(value, scope)

    assert str(caught.value).startswith(expected)


def test_names_that_a_value_refers_to():
    """All names are found before anything is resolved, wherever they stand; `$$x` is none."""
    value = {"a": ["$one", 2, "x $two.y.z$three"], "$b": {"c": "$$four"}}

    actual = list(references.used(value))

    expected = [("one", []), ("two", ["y", "z"]), ("three", [])]
    assert expected == actual
