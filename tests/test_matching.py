"""Comparing what a test expects with what is in a body."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from pocketsflow_emulator import matching
from pocketsflow_emulator.errors import InvalidInput

BODY = {
    "refund": {"amount": 60, "reason": None},
    "tags": ["a", {"b": 2}],
    "a.b": 1,
    "0": "zero",
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("refund", {"amount": 60, "reason": None}),
        ("refund.amount", 60),
        ("refund.reason", None),
        ("tags.0", "a"),
        ("tags.1.b", 2),
        ("0", "zero"),
    ],
)
def test_values_are_found_by_path(path, expected):
    """A dotted path leads through objects and, by position, through lists."""
    found = matching.lookup(BODY, path)

    assert expected == found


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("refund.amuont", "there is no 'amuont' in 'refund.amuont'; did you mean 'amount'"),
        ("refnd.amount", "there is no 'refnd' in 'refnd.amount'; did you mean 'refund'"),
        ("tags.2", "there is no '2' in 'tags.2'"),
        ("tags.-1", "there is no '-1' in 'tags.-1'"),
        ("refund.amount.cents", "there is no 'cents' in 'refund.amount.cents'"),
        ("", "there is no '' in ''"),
    ],
)
def test_a_path_that_leads_nowhere_is_named(path, message):
    """Where a path ends too early the part is named, with the nearest name."""
    with pytest.raises(InvalidInput) as caught:
        matching.lookup(BODY, path)

    assert message in str(caught.value)


NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (60, 60.0),
        (Decimal("60.00"), 60),
        (0.1, Decimal("0.1")),
        (NOON, "2030-01-31T12:00:00.000Z"),
        (NOON.astimezone(timezone(timedelta(hours=5))), "2030-01-31T12:00:00.000Z"),
        ((1, 2), [1.0, 2]),
        ({"a": Decimal("1.50")}, {"a": 1.5}),
        (None, None),
        (True, True),
        ("jane", "jane"),
    ],
)
def test_values_that_mean_the_same(expected, found):
    """Numbers are compared by value, instants by the moment, containers by what is inside."""
    assert matching.same(expected, found)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (True, 1),
        (0, False),
        ("60", 60),
        (60, "60"),
        (None, 0),
        (NOON, "2030-01-31T12:00:01.000Z"),
        ([1, 2], [1]),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": 2}),
        (60.001, 60),
    ],
)
def test_values_that_do_not(expected, found):
    """Text is no number, a truth value is no number, and nothing may be missing or left over."""
    assert not matching.same(expected, found)


def test_a_handle_and_its_ids_are_the_same(shop):
    """A handle stands for either id of its object, and for no other object."""
    course, other = shop.create_product(), shop.create_product()

    assert matching.same(course, course.id)
    assert matching.same(course, course.api_id)
    assert not matching.same(other, course.id)


def test_differences_are_one_line_per_path(shop):
    """What differs is said in the order asked; what fits is not mentioned."""
    course = shop.create_product()
    where = {
        "refund.amount": Decimal(60),
        "refund.reason": course,
        "tags.0": "b",
        "refund.amuont": 1,
    }

    lines = matching.differences(where, BODY)

    assert lines == [
        f"refund.reason: expected {course.id}, found None",
        "tags.0: expected 'b', found 'a'",
        "there is no 'amuont' in 'refund.amuont'; did you mean 'amount'?",
    ]
