"""Money: exact, in minor units, rounded half up."""

from decimal import Decimal, localcontext

import pytest

from pocketsflow_emulator.core import money
from pocketsflow_emulator.errors import InvalidInput, UnknownName


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        pytest.param("29.00", "usd", 2900, id="text"),
        pytest.param("29", "usd", 2900, id="text without decimals"),
        pytest.param("29.5", "usd", 2950, id="one decimal"),
        pytest.param(29, "usd", 2900, id="int"),
        pytest.param(Decimal("29.99"), "usd", 2999, id="Decimal"),
        pytest.param("29.990", "usd", 2999, id="a zero too many is no decimal too many"),
        pytest.param("2.9e1", "usd", 2900, id="with an exponent"),
        pytest.param("0", "usd", 0, id="nothing"),
        pytest.param("-0", "usd", 0, id="minus nothing"),
        pytest.param("500", "jpy", 500, id="no decimals"),
        pytest.param("500.0", "jpy", 500, id="no decimals, written with one"),
        pytest.param("1.234", "kwd", 1234, id="three decimals"),
        pytest.param("10000000000.00", "usd", money.LARGEST, id="the largest"),
    ],
)
def test_amounts_are_read_as_minor_units(value, code, expected):
    """Amounts are written in major units, as text, int or Decimal, and kept in minor units."""
    actual = money.minor("price", value, code)

    assert expected == actual
    assert type(actual) is int


@pytest.mark.parametrize(
    ("value", "code", "match"),
    [
        pytest.param(29.0, "usd", 'write it as a string: price="29.0"', id="float"),
        pytest.param(float("nan"), "usd", "is the float nan", id="float nan"),
        pytest.param(True, "usd", "write an amount", id="bool"),
        pytest.param(None, "usd", "write an amount", id="None"),
        pytest.param([], "usd", "write an amount", id="list"),
        pytest.param("", "usd", "write an amount", id="empty"),
        pytest.param("ten", "usd", "write an amount", id="a word"),
        pytest.param("1,5", "usd", "write an amount", id="a comma"),
        pytest.param("\ud800", "usd", "write an amount", id="lone surrogate"),
        pytest.param("1\0", "usd", "write an amount", id="NUL"),
        pytest.param("NaN", "usd", "write an amount", id="NaN"),
        pytest.param(Decimal("sNaN"), "usd", "write an amount", id="signalling NaN"),
        pytest.param("Infinity", "usd", "write an amount", id="infinity"),
        pytest.param(Decimal("-Infinity"), "usd", "write an amount", id="minus infinity"),
        pytest.param("1e999999", "usd", "write an amount", id="huge exponent"),
        pytest.param("1e99999999999999999999", "usd", "write an amount", id="impossible exponent"),
        pytest.param("1e-999999", "usd", "write an amount", id="tiny"),
        pytest.param("1" + "0" * 400, "usd", "write an amount", id="10^400"),
        pytest.param(10**400, "usd", "write an amount", id="10^400 as int"),
        pytest.param("1." + "0" * 60, "usd", "has more than 60 digits", id="61 digits"),
        pytest.param("29.999", "usd", "more decimals than usd amounts have", id="usd decimals"),
        pytest.param("0.5", "jpy", "more decimals than jpy amounts have", id="jpy decimals"),
        pytest.param("1.2345", "kwd", "more decimals than kwd amounts have", id="kwd decimals"),
        pytest.param("-0.01", "usd", "outside 0.00 to 10000000000.00 usd", id="negative"),
        pytest.param("10000000000.01", "usd", "outside 0.00 to", id="too large"),
        pytest.param("10000000000000", "jpy", "outside 0 to 1000000000000 jpy", id="jpy too large"),
    ],
)
def test_what_is_no_amount_is_refused(value, code, match):
    """Floats, too many decimals, negative and huge amounts are refused by the parameter's name."""
    with pytest.raises(InvalidInput, match=match) as caught:
        money.minor("price", value, code)

    assert str(caught.value).startswith("price ")


def test_decimals_beyond_any_precision_are_still_too_many():
    """An amount is never rounded on entry, however many decimals it is written with."""
    with pytest.raises(InvalidInput, match="more decimals"):
        money.minor("price", "29." + "0" * 30 + "1", "usd")


def test_absurdly_long_amounts_are_refused():
    """An amount of more digits than any currency has is refused before it is worked with."""
    with pytest.raises(InvalidInput, match="has more than 60 digits"):
        money.minor("price", "1" * 61, "usd")


def test_the_least_amount_can_be_above_nothing():
    """Where nothing is no amount, as in a refund, the error says what is the least."""
    with pytest.raises(InvalidInput, match=r"amount 0 is outside 0\.01 to"):
        money.minor("amount", 0, "usd", least=1)


@pytest.mark.parametrize(
    ("amount", "rate", "expected"),
    [
        pytest.param(2900, "0", 0, id="no tax"),
        pytest.param(2900, "0.08", 232, id="exact"),
        pytest.param(50, "0.01", 1, id="a half goes up"),
        pytest.param(150, "0.01", 2, id="a half goes up from an odd number"),
        pytest.param(250, "0.01", 3, id="a half goes up from an even number"),
        pytest.param(149, "0.01", 1, id="below a half goes down"),
        pytest.param(1999, "0.0825", 165, id="four decimals"),
        pytest.param(money.LARGEST, "0.999999", 999999000000, id="the largest"),
    ],
)
def test_tax_is_rounded_half_up(amount, rate, expected):
    """Tax is rounded half up to the minor unit."""
    actual = money.tax(amount, Decimal(rate))

    assert expected == actual


def test_the_application_s_decimal_context_changes_nothing():
    """Amounts stay exact in an application that has lowered the precision of its decimals."""
    expected = 123457, 9877

    with localcontext() as context:
        context.prec = 3
        actual = money.minor("price", "1234.57", "usd"), money.tax(123457, Decimal("0.08"))

    assert expected == actual


@pytest.mark.parametrize(
    ("amount", "code", "expected"),
    [
        (2900, "usd", "29.00"),
        (5, "usd", "0.05"),
        (0, "usd", "0.00"),
        (500, "jpy", "500"),
        (1234, "kwd", "1.234"),
        (-150, "usd", "-1.50"),
    ],
)
def test_minor_units_are_shown_as_major_units(amount, code, expected):
    """Amounts are shown in major units with the currency's decimals."""
    actual = money.major(amount, code)

    assert expected == str(actual)


@pytest.mark.parametrize(("value", "expected"), [("usd", "usd"), ("USD", "usd"), ("Jpy", "jpy")])
def test_currencies_are_kept_in_lower_case(value, expected):
    """A currency may be written in either case."""
    actual = money.currency(value)

    assert expected == actual


@pytest.mark.parametrize("value", ["", "usb", "dollar", None, 5, ["usd"], {}, True, "\ud800"])
def test_unknown_currencies_are_refused(value):
    """A currency nobody knows is refused, with the nearest one."""
    with pytest.raises(UnknownName, match="unknown currency"):
        money.currency(value)


@pytest.mark.parametrize(("code", "expected"), [("jpy", 1), ("usd", 100), ("bhd", 1000)])
def test_units_follow_the_exponent(code, expected):
    """A currency has as many minor units in a major one as its exponent says."""
    actual = money.UNITS[code]

    assert expected == actual
