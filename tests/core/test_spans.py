"""Spans of time as people write them."""

import pytest

from pocketsflow_emulator.core import spans
from pocketsflow_emulator.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "expected", "written"),
    [
        ("0s", 0, "0s"),
        ("1ms", 1, "1ms"),
        ("1500ms", 1_500, "1500ms"),
        ("30s", 30_000, "30s"),
        ("60 seconds", 60_000, "1m"),
        (" 5m ", 300_000, "5m"),
        ("1 hour", 3_600_000, "1h"),
        ("36h", 129_600_000, "36h"),
        ("3 days", 259_200_000, "3d"),
        ("2w", 1_209_600_000, "2w"),
    ],
)
def test_spans_are_read_and_written(text, expected, written):
    """A number and a unit, short or in words; what is written is the shortest that is read."""
    found = spans.read("after", text)

    assert (expected, written) == (found, spans.write(found))
    assert found == spans.read("after", spans.write(found))


@pytest.mark.parametrize(
    "text", ["", "5", 5, None, "-1s", "1.5h", "1 month", "soon", "9" * 13 + "s"]
)
def test_what_is_no_span(text):
    """Anything else is refused, with what to write; months differ in length."""
    with pytest.raises(InvalidInput, match=r"after is .*; write a span like 30s, 5m, 2h or 3 days"):
        spans.read("after", text)


def test_a_span_longer_than_any_world():
    """A span that no world outlasts is refused."""
    with pytest.raises(InvalidInput, match="longer than any world lasts"):
        spans.read("after", "999999999999w")
