"""The objects of a world."""

import pytest

from pocketsflow_emulator.core import ids
from pocketsflow_emulator.core.models import KINDS, Customer, Ref, Webhook, ref
from worlds import JANE, Story


def test_objects_cannot_be_changed():
    """An object is a value: what somebody read stays as it was."""
    customer = Customer("cust_1", JANE, "Jane", "Doe", "US", "", "", 0)

    with pytest.raises(AttributeError):
        customer.email = "john@example.com"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_prefix(kind):
    """Every class of object has a word, and that word an id prefix."""
    assert KINDS[kind] in ids.PREFIXES


def test_an_object_is_named_by_kind_and_id():
    """A reference says the kind, the prefixed id and the id of the API."""
    story = Story()
    product = story.do("create_product")

    actual = ref(product)

    expected = Ref("product", product.id)
    assert expected == actual
    assert actual.api_id == product.id.removeprefix("prod_")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(999, "old", id="within the overlap"),
        pytest.param(1000, "new", id="when the overlap is over"),
        pytest.param(2000, "new", id="after it"),
    ],
)
def test_a_rotated_secret_holds_once_its_overlap_is_over(now, expected):
    """A webhook signs with the old secret until the overlap of a rotation is over."""
    webhook = Webhook("w", "http://x", ("*",), "", True, "documented", "old", 0, "new", 1000)

    actual = webhook.signing_secret(now)

    assert expected == actual


def test_a_webhook_without_rotation_keeps_its_secret():
    """A webhook whose secret was never rotated signs with the one it has."""
    webhook = Webhook("w", "http://x", ("*",), "", True, "documented", "old", 0)

    actual = webhook.signing_secret(10**15)

    expected = "old"
    assert expected == actual


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        pytest.param([], "paid", id="nothing given back"),
        pytest.param(["1.00"], "partially_refunded", id="a part"),
        pytest.param(["1.00", "9.80"], "refunded", id="all, in two parts"),
        pytest.param([None], "refunded", id="all at once"),
    ],
)
def test_the_status_of_an_order_follows_its_refunds(amounts, expected):
    """An order is paid, partially refunded or refunded."""
    story = Story()
    product = story.do("create_product", price="10.00")
    order = story.do("purchase", product=product.id, email=JANE, tax_rate="0.08")

    for amount in amounts:
        story.do("refund", order=order.id, amount=amount)

    assert expected == story.again(order).status
