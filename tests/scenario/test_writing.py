"""Lines to paste: what a message shows can be read back, and means the same."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pocketsflow_emulator.scenario import references, tree, writing

VALUES = [
    *(
        "paid",
        "",
        "no",
        "true",
        "null",
        "12",
        "a: b",
        "# x",
        "- x",
        "$x",
        "$$",
        "it's",
        "\x1b",
        "é",
    ),
    *(0, -7, 60.5, True, False, None, Decimal("60.00"), Decimal("1E+2")),
    *({}, [], {"user": "$me", "n": [1, "$$", None]}, ("a", "b")),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_is_written_is_read_as_it_was(value):
    """A value keeps its type and its dollars."""
    line = f"a: {writing.scalar(value)}\n"

    read = references.resolve(tree.plain(tree.parse(line, "a.yaml")), {})["a"]

    assert read == (list(value) if isinstance(value, tuple) else value)
    assert "\n" not in writing.scalar(value)


def test_an_instant_is_written_as_iso():
    """A date of an object is compared as ISO 8601."""
    assert writing.scalar(datetime(2030, 1, 31, tzinfo=UTC)) == '"2030-01-31T00:00:00.000Z"'


def test_a_path_that_leads_nowhere_has_no_line():
    """There is nothing to paste where there is nothing."""
    assert writing.entry("order.idd", {"order": {"id": "x"}}) == ()
    assert writing.entry("order.id", {"order": {"id": "x"}}) == ("order.id: x",)
