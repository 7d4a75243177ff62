"""Checks of single arguments."""

import pytest

from pocketsflow_emulator.core import arguments
from pocketsflow_emulator.errors import InvalidInput, UnknownName


@pytest.mark.parametrize("value", ["a", "x" * arguments.LONGEST_TEXT, "\0", "\ud800", " "])
def test_text(value):
    """Any text of up to 2,000 characters is kept as it is."""
    actual = arguments.text("name", value)

    assert value == actual


@pytest.mark.parametrize(
    ("value", "match"),
    [
        (None, "name is None; write a text"),
        (5, "name is 5; write a text"),
        (True, "name is True"),
        ([], "name is"),
        (b"a", "name is"),
        ("", "name is empty; write a text"),
        ("x" * 2001, "name has 2001 characters; at most 2000 are kept"),
    ],
)
def test_what_is_no_text_is_refused(value, match):
    """What is no text, empty or too long is refused by the parameter's name."""
    with pytest.raises(InvalidInput, match=match):
        arguments.text("name", value)


@pytest.mark.parametrize(("value", "expected"), [("", ""), (None, ""), ("a", "a")])
def test_text_that_may_be_empty(value, expected):
    """Where a text may be empty, None is empty too."""
    actual = arguments.text("zip", value, empty=True)

    assert expected == actual


@pytest.mark.parametrize("value", [5, [], "x" * 2001])
def test_text_that_may_be_empty_must_still_be_text(value):
    """Where a text may be empty, other things are still refused."""
    with pytest.raises(InvalidInput, match="zip "):
        arguments.text("zip", value, empty=True)


@pytest.mark.parametrize("value", ["jane@example.com", "a@b", "jané+x@exämple.com"])
def test_emails(value):
    """An e-mail address is anything with one @ and text around it."""
    actual = arguments.email(value)

    assert value == actual


@pytest.mark.parametrize("value", ["", "jane", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", None, 5])
def test_what_is_no_email_is_refused(value):
    """What is no e-mail address is refused."""
    with pytest.raises(InvalidInput, match="email "):
        arguments.email(value)


@pytest.mark.parametrize(("value", "expected"), [("US", "US"), ("de", "DE")])
def test_countries(value, expected):
    """A country is two letters, kept in upper case."""
    actual = arguments.country(value)

    assert expected == actual


@pytest.mark.parametrize("value", ["", "U", "USA", "U1", "ÄÖ", "US\n", None, 5, ["US"]])
def test_what_is_no_country_is_refused(value):
    """What is not two letters is refused as a country."""
    with pytest.raises(InvalidInput, match='write two letters like "US"'):
        arguments.country(value)


@pytest.mark.parametrize("value", [1, 3, 5])
def test_whole_numbers(value):
    """A whole number between its bounds is kept."""
    actual = arguments.whole("rating", value, 1, 5)

    assert value == actual


@pytest.mark.parametrize("value", [0, 6, -1, 10**400, True, "3", 3.0, None, []])
def test_what_is_no_whole_number_is_refused(value):
    """Other numbers, and what is none, are refused with the bounds."""
    with pytest.raises(InvalidInput, match="write a whole number from 1 to 5"):
        arguments.whole("rating", value, 1, 5)


def test_a_number_too_long_to_be_printed_is_refused_like_any_other():
    """A number of thousands of digits, which Python would not print, is refused as too large."""
    with pytest.raises(InvalidInput, match="write a whole number from 1 to 5"):
        arguments.whole("rating", 10**5000, 1, 5)


@pytest.mark.parametrize("value", [True, False])
def test_flags(value):
    """A flag is true or false."""
    actual = arguments.flag("active", value)

    assert value is actual


@pytest.mark.parametrize("value", [0, 1, "true", None, []])
def test_what_is_no_flag_is_refused(value):
    """Nothing else stands for true or false."""
    with pytest.raises(InvalidInput, match=r"active is .*; write true or false"):
        arguments.flag("active", value)


def test_choices():
    """One of a few words is kept."""
    actual = arguments.choice("frequency", "weekly", ["weekly", "monthly"])

    expected = "weekly"
    assert expected == actual


@pytest.mark.parametrize("value", ["daily", "", None, 5, [], {}])
def test_other_words_are_refused(value):
    """Any other word is refused, with those there are."""
    with pytest.raises(UnknownName, match="unknown frequency"):
        arguments.choice("frequency", value, ["weekly", "monthly"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, {}),
        ({}, {}),
        ({"user": "42", "n": [1, {"a": None}]}, {"user": "42", "n": [1, {"a": None}]}),
        ({str(n): n for n in range(100)}, {str(n): n for n in range(100)}),
    ],
)
def test_metadata(value, expected):
    """Metadata is an object of up to 100 keys; none is an empty one."""
    actual = arguments.metadata(value)

    assert expected == actual


@pytest.mark.parametrize(
    ("value", "match"),
    [
        ([], "write an object like"),
        ("user=42", "write an object like"),
        (5, "write an object like"),
        ({5: "a"}, "write an object like"),
        ({str(n): n for n in range(101)}, "metadata has 101 keys; at most 100 are kept"),
    ],
)
def test_what_is_no_metadata_is_refused(value, match):
    """What is no object, has keys that are no text, or too many, is refused."""
    with pytest.raises(InvalidInput, match=match):
        arguments.metadata(value)


def nested(levels):
    """Return lists in objects, so many levels deep."""
    value = "deep"
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def test_metadata_has_at_most_64_levels():
    """Data nested 64 levels deep is kept as it is; what is deeper, or inside itself, is refused
    before anything has to write it."""
    endless = {}
    endless["a"] = [endless, endless]

    assert arguments.metadata({"a": nested(63)}) == {"a": nested(63)}
    for value in ({"a": nested(64)}, {"a": nested(20_000)}, endless):
        with pytest.raises(InvalidInput, match="metadata is nested more than 64 levels deep"):
            arguments.metadata(value)
