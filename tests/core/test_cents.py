"""Money to the cent: what is charged, discounted, prorated and given back, against fractions."""

from fractions import Fraction
from random import Random

import pytest
from babel.numbers import get_currency_precision

import oracles
from pocketsflow_emulator.core import money
from pocketsflow_emulator.core.models import Customer, Discount, Invoice, Order, Product, Refund
from worlds import JANE, Story

SEED = 496
ORDERS = 10_000
DAY = 86_400_000

DECIMALS = {"usd": 2, "eur": 2, "jpy": 0, "krw": 0, "kwd": 3, "tnd": 3}
RATES = ("0", "0.08", "0.19", "0.0825", "0.055", "0.2", "0.333333", "0.000001", "0.999999")
PERCENTS = ("1", "12.5", "33.3333", "50", "99.9999", "100")
LESS_PRECISE = {
    "afn",
    "all",
    "iqd",
    "irr",
    "kpw",
    "lak",
    "lbp",
    "mga",
    "mmk",
    "rsd",
    "sos",
    "syp",
    "yer",
}
"""Currencies whose ISO 4217 decimals are out of use; CLDR, which babel has, shows none."""


def written(minor, currency):
    """Write minor units as a merchant writes an amount."""
    return str(oracles.major(minor, DECIMALS[currency]))


@pytest.fixture(scope="module")
def orders():
    """10,000 orders at random prices, tax rates and discounts, each given back in pieces: what was
    asked for, and the order as it then is."""
    random, story = Random(SEED), Story()
    for number, percent in enumerate(PERCENTS):
        story.do("create_discount", code=f"P{number}", value=percent)
    for currency in DECIMALS:
        story.do("create_product", id=currency, currency=currency, price="0", quiet=True)
    return story, [bought(story, random) for _ in range(ORDERS)]


def bought(story, random):
    """Buy something and give its money back in pieces; return what should have come of it."""
    currency = random.choice(tuple(DECIMALS))
    price = int(10 ** (9 * random.random())) - 1
    rate, percent = random.choice(RATES), random.choice((None, *PERCENTS))
    story.do("update_product", product=currency, price=written(price, currency))
    off = 0 if percent is None else oracles.half_up(price * Fraction(percent) / 100)
    order = story.do(
        "purchase",
        product=currency,
        email=JANE,
        tax_rate=rate,
        discount=None if percent is None else f"p{PERCENTS.index(percent)}",
    )
    net = price - off
    expected = net, oracles.half_up(net * Fraction(rate))
    given = give_back(story, random, order)
    return expected, order, given


def give_back(story, random, order):
    """Refund an order in up to four pieces; return them."""
    given = []
    while (left := order.amount - sum(given)) and len(given) < 3:
        piece = random.randint(1, left)
        refund = story.do("refund", order=order.id, amount=written(piece, order.currency))
        given.append(refund.amount)
    if left:
        given.append(story.do("refund", order=order.id).amount)
    return given


def test_prices_discounts_and_taxes_are_exact_to_the_cent(orders):
    """For 10,000 orders what is paid is the price less the discount, with tax, each rounded half up
    to the smallest unit of its currency, and no cent is lost between them."""
    _, every = orders

    wrong = [
        (order, expected)
        for expected, order, _ in every
        if (order.amount_before_tax, order.tax, order.amount) != (*expected, sum(expected))
    ]

    assert len(every) == ORDERS
    assert wrong == [], f"seed {SEED}"


def test_partial_refunds_add_up_to_what_was_paid(orders):
    """However an order is given back in pieces, the pieces add up to what was paid, and the last
    one makes it refunded."""
    story, every = orders

    wrong = [
        (order, given)
        for _, order, given in every
        if sum(given) != order.amount
        or story.again(order).refunded != order.amount
        or story.again(order).status != ("refunded" if order.amount else "paid")
    ]

    assert wrong == [], f"seed {SEED}"


def test_nothing_more_is_given_back(orders):
    """Of an order whose money is back nothing can be refunded any more."""
    story, every = orders

    for _, order, _ in every[:2]:
        assert "cannot refund order" in str(story.refuse("refund", order=order.id))


def test_amounts_are_whole_numbers_of_the_smallest_unit(orders):
    """No amount is ever kept as a float or a fraction."""
    story, _ = orders
    kinds = (Product, Order, Refund, Invoice, Customer, Discount)

    odd = {
        (kind.__name__, name)
        for kind in kinds
        for item in story.all(kind)
        for name, value in item._asdict().items()
        if isinstance(value, float) or type(value).__name__ in ("Decimal", "Fraction")
    }

    assert odd == set()


def test_a_change_of_plan_is_prorated_to_the_cent():
    """What a change of plan charges or credits is the difference times the rest of the period, as
    an exact fraction rounded half up; with tax it is what the invoice asks for."""
    random = Random(SEED)
    for number in range(400):
        before, after = random.randint(0, 10**6), random.randint(0, 10**6)
        rate, passed = random.choice(RATES), random.randint(0, 31 * DAY - 1)
        story = Story("2030-01-01")
        story.do("create_offer", id="old", price=before, currency="jpy")
        story.do("create_offer", id="new", price=after, currency="jpy")
        sub = story.do("subscribe", offer="old", email=JANE, tax_rate=rate)
        story.advance(sub.period_start + passed)

        changed = story.do("change_plan", subscription=sub.id, offer="new", proration="immediate")

        exact = Fraction((after - before) * (31 * DAY - passed), 31 * DAY)
        rest = oracles.half_up(abs(exact))
        asked = [i.amount for i in story.all(Invoice)[1:]]
        charged = [rest + oracles.half_up(rest * Fraction(rate))] if exact > 0 and rest else []
        assert charged == asked, f"seed {SEED}, {number}"
        assert (rest if exact < 0 else 0) == changed.credit, f"seed {SEED}, {number}"


def test_credit_is_used_up_to_the_cent():
    """A credit lowers invoice after invoice until nothing of it is left; charged and credited
    together are what the periods cost."""
    random = Random(SEED)
    for number in range(60):
        dear, cheap = random.randint(500, 10**6), random.randint(1, 400)
        story = Story("2030-01-01")
        story.do("create_offer", id="dear", price=dear, currency="jpy", frequency="yearly")
        story.do("create_offer", id="cheap", price=cheap, currency="jpy", frequency="yearly")
        sub = story.do("subscribe", offer="dear", email=JANE)
        story.advance(sub.period_start + random.randint(0, 365 * DAY - 1))
        changed = story.do("change_plan", subscription=sub.id, offer="cheap", proration="immediate")

        story.advance("2060-01-01")

        renewals = story.all(Invoice)[1:]
        left = story.again(sub).credit
        charged = sum(invoice.amount for invoice in renewals)
        assert cheap * len(renewals) == charged + changed.credit - left, f"seed {SEED}, {number}"
        assert all(invoice.amount == 0 for invoice in renewals) or not left


@pytest.mark.parametrize("code", sorted(money.EXPONENTS))
def test_currencies_have_the_decimals_of_the_world_s_tables(code):
    """A currency's decimals are those that babel knows, but for the few that are only on paper."""
    expected = get_currency_precision(code.upper())

    actual = money.EXPONENTS[code]

    if code in LESS_PRECISE:
        assert expected < actual
    else:
        assert expected == actual
