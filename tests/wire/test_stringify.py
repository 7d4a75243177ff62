"""Bodies are written as JavaScript writes them; where node is installed, node is the judge."""

import json
import os
import secrets
import shutil
import struct
import subprocess
import sys
from decimal import Decimal
from enum import IntEnum, StrEnum
from random import Random
from typing import NamedTuple

import pytest

from pocketsflow_emulator.wire import stringify as stringify_module
from pocketsflow_emulator.wire.stringify import (
    _MOST_NAMES,
    _NAMES,
    encode,
    encode_plain,
    normalise,
    stringify,
)

BODIES = 2000
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not on PATH")

REWRITE_LINES = """
const lines = require("fs").readFileSync(0, "utf8").split("\\n");
process.stdout.write(lines.map((line) => JSON.stringify(JSON.parse(line))).join("\\n"));
"""

CHARACTERS = [
    *'aZ09 "\\/\b\f\n\r\t\x00\x0b\x1f\x7f\x80\u00e9\u2028\u2029\ufeff\uffff',
    *"\U00010000\U0001f600\U0010ffff\ud800\udbff\udc00\udfff",
]
KEYS = [
    *("0", "1", "2", "10", "42", "00", "01", "-0", "-1", "1.0", "1e3", " 1", "\uff11", ""),
    *(str(2**exponent + step) for exponent in (31, 32, 53, 64) for step in range(-3, 2)),
    *("id", "event", "null", "true", "__proto__", "constructor", "toJSON", "length", "%s"),
]
NUMBERS = [
    *("0", "-0", "-0.0", "0e9", "-0E-9", "60.00", "8.0", "64.99", "0.08", "1E400", "-1e400"),
    *("1e21", "1e+20", "999999999999999934463", "1e-6", "1e-7", "0.00000123", "1.5e-7"),
    *("5e-324", "1.7976931348623157e308", "123456789012345680000", "1" + "0" * 400),
    *(str(2**53 + step) for step in range(-2, 4)),
]


class Status(StrEnum):
    PAID = "paid"


class Attempt(IntEnum):
    SECOND = 2


class Pair(NamedTuple):
    left: object
    right: object


class Bodies:
    """Writes JSON texts of all shapes, seeded."""

    def __init__(self, seed):
        self.random = Random(seed)

    def texts(self):
        return [self.value(depth=4) for _ in range(BODIES)]

    def value(self, depth):
        kinds = [self.number, self.string, self.word]
        if depth:
            kinds += [self.array, self.object] * 2
        return self.space() + self.random.choice(kinds)(depth - 1) + self.space()

    def array(self, depth):
        return "[" + ",".join(self.value(depth) for _ in range(self.random.randrange(5))) + "]"

    def object(self, depth):
        members = [f"{self.key()}:{self.value(depth)}" for _ in range(self.random.randrange(7))]
        return "{" + ",".join(members) + "}"

    def key(self):
        if self.random.random() < 0.3:
            return self.string()
        return "".join(['"', *map(self.character, self.random.choice(KEYS)), '"'])

    def string(self, _=0):
        text = self.random.choices(CHARACTERS, k=self.random.randrange(9))
        return "".join(['"', *map(self.character, text), '"'])

    def character(self, character):
        must = character < " " or character in '"\\' or "\ud800" <= character <= "\udfff"
        if not must and self.random.random() < 0.8:
            return character
        if character == "/":
            return "\\/"
        escape = json.dumps(character)[1:-1]
        if escape[1:2] == "u" and self.random.random() < 0.5:
            return escape.upper().replace("U", "u")
        return escape

    def number(self, _):
        kinds = [self.special, self.long, self.price, self.scaled, self.bits]
        return self.random.choice(kinds)()

    def special(self):
        return self.random.choice(NUMBERS)

    def long(self):
        digits = self.random.randrange(1, 25)
        return str(self.random.randrange(-(10**digits), 10**digits))

    def price(self):
        return f"{self.random.randrange(10**7) / 100:.2f}"

    def scaled(self):
        power = self.random.randrange(-330, 320) // self.random.choice([1, 10, 20])
        return f"{self.random.uniform(-10, 10):.{self.random.randrange(1, 18)}f}E{power:+03d}"

    def bits(self):
        (double,) = struct.unpack("<d", self.random.randbytes(8))
        return repr(double) if abs(double) < float("inf") else "0.1"

    def word(self, _):
        return self.random.choice(["null", "true", "false", "[]", "{}", '""'])

    def space(self):
        return self.random.choice(["", "", "", " ", "\t \r"])


@pytest.fixture
def texts():
    """2,000 JSON texts; `POCKETSFLOW_TEST_SEED` chooses them, pytest shows it on failure."""
    seed = int(os.environ.get("POCKETSFLOW_TEST_SEED") or secrets.randbits(32))
    sys.stdout.write(f"POCKETSFLOW_TEST_SEED={seed}\n")
    return Bodies(seed).texts()


def by_node(texts):
    """Return what node makes of each JSON text."""
    lines = "\n".join(texts).encode()
    done = subprocess.run(
        [NODE, "-e", REWRITE_LINES], input=lines, stdout=subprocess.PIPE, check=True, timeout=60
    )
    return done.stdout.split(b"\n")


@needs_node
def test_any_body_is_written_byte_for_byte_as_node_writes_it(texts):
    """A body has exactly the bytes that JavaScript's JSON.stringify gives for it."""
    expected = by_node(texts)

    actual = [encode(json.loads(text)) for text in texts]

    differing = [row for row in zip(texts, expected, actual, strict=True) if row[1] != row[2]]
    assert not differing


def test_what_is_normalised_is_written_the_same_and_stays_as_it_is(texts):
    """Normalising changes nothing in the bytes, and normalising twice nothing at all."""
    values = [json.loads(text) for text in texts]

    once = [normalise(value) for value in values]

    rewritten = [(x, y) for x, y in zip(values, once, strict=True) if encode(x) != encode(y)]
    # repr also tells 60 from 60.0 and one order of keys from another
    changed = [value for value in once if repr(value) != repr(normalise(value))]
    assert not rewritten
    assert not changed


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        ([], "[]"),
        ((), "[]"),
        ({}, "{}"),
        ("", '""'),
        ((1, [2, ()]), "[1,[2,[]]]"),
        ({"a": {"b": [None, True]}, "c": "d"}, '{"a":{"b":[null,true]},"c":"d"}'),
        (Status.PAID, '"paid"'),
        ({Status.PAID: Attempt.SECOND}, '{"paid":2}'),
        (Pair(1, 2), "[1,2]"),
    ],
)
def test_values_are_written_compactly(value, expected):
    """Bodies have no white space between their tokens."""
    actual = stringify(value)

    assert expected == actual


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"\\\b\f\n\r\t', r'"\"\\\b\f\n\r\t"'),
        ("\x00\x0b\x1f", r'"\u0000\u000b\u001f"'),
        ("a/b <&> \x7f\x80", '"a/b <&> \x7f\x80"'),
        ("é\u2028\u2029\ufeff\U0001f600", '"é\u2028\u2029\ufeff\U0001f600"'),
        ("\ud83d", r'"\ud83d"'),
        ("é\ude00\ud83d", r'"é\ude00\ud83d"'),
        ("\ud83d\ud83d\ude00\ude00", '"\\ud83d\U0001f600\\ude00"'),
        (["\ud83d", "\ude00"], r'["\ud83d","\ude00"]'),
    ],
)
def test_strings_escape_what_json_must_escape_and_nothing_else(value, expected):
    """Text arrives unescaped, but for quotes, backslashes, controls and lone surrogates."""
    actual = stringify(value)

    assert expected == actual


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (60, "60"),
        (60.0, "60"),
        (64.99, "64.99"),
        (-0.08, "-0.08"),
        (-0.0, "0"),
        (2**53, "9007199254740992"),
        (2**53 + 1, "9007199254740992"),
        (-(2**53) - 3, "-9007199254740996"),
        (2**60, "1152921504606847000"),
        (1e15, "1000000000000000"),
        (1e16, "10000000000000000"),
        (-1.5e16, "-15000000000000000"),
        (123456789012345680000, "123456789012345680000"),
        (123456789012345678901, "123456789012345680000"),
        (999999999999999900000.0, "999999999999999900000"),
        (10**21, "1e+21"),
        (-1.25e21, "-1.25e+21"),
        (1e-4, "0.0001"),
        (-1e-5, "-0.00001"),
        (1.5e-6, "0.0000015"),
        (1e-7, "1e-7"),
        (-1.5e-7, "-1.5e-7"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (10**400, "null"),
        (-(10**400), "null"),
        (float("inf"), "null"),
        (float("-inf"), "null"),
        (float("nan"), "null"),
    ],
)
def test_numbers_have_the_form_javascript_gives_them(value, expected):
    """An amount of 60.00 arrives as 60, and very large and small numbers as JavaScript has them."""
    actual = stringify(value)

    assert expected == actual


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["b", "a"], ["b", "a"]),
        (["b", "10", "9", "a", "0"], ["0", "9", "10", "b", "a"]),
        (["x", "4294967295", "4294967294"], ["4294967294", "x", "4294967295"]),
        (
            ["18446744073709551616", "9007199254740991", "7"],
            ["7", "18446744073709551616", "9007199254740991"],
        ),
        (
            ["01", "00", "-1", "-0", "+1", "1.0", "1e0", " 1", "\uff11", "", "1"],
            ["1", "01", "00", "-1", "-0", "+1", "1.0", "1e0", " 1", "\uff11", ""],
        ),
        (["k" * 100, "\u00e9", "2"], ["2", "k" * 100, "\u00e9"]),
        (["__proto__", "%s", "3"], ["3", "__proto__", "%s"]),
    ],
)
def test_keys_that_are_array_indices_come_first(keys, expected):
    """Keys such as "7" come first, in rising order; all others keep their places."""
    actual = list(json.loads(stringify(dict.fromkeys(keys))))

    assert expected == actual


def test_keys_that_are_the_same_to_javascript_become_one():
    """A surrogate pair and its character are one key: first place, last value."""
    value = {"\ud83d\ude00": 1, "b": 2, "\U0001f600": 3}
    expected = '{"\U0001f600":3,"b":2}'

    actual = stringify(value)

    assert expected == actual


def test_thousands_of_different_keys_are_written_like_any_others():
    """Metadata may have as many different keys as it likes; few of them stay in memory."""
    value = {f"key{n}": n for n in range(10_000)}
    expected = json.dumps(value, separators=(",", ":"))

    actual = stringify(value)

    assert expected == actual
    assert len(_NAMES) <= _MOST_NAMES


def test_encode_is_the_text_as_utf_8():
    """The bytes of a body are its text as UTF-8."""
    value = {"name": "Zoë \U0001f600", "cut": "\ud83d"}
    expected = b'{"name":"Zo\xc3\xab \xf0\x9f\x98\x80","cut":"\\ud83d"}'

    actual = encode(value)

    assert expected == actual
    assert stringify(value).encode() == actual


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        ("é\ud83d\ude00\ud83d", "é\U0001f600\ud83d"),
        (60.0, 60),
        (-0.0, 0),
        (64.99, 64.99),
        (2**53 + 1, 2**53),
        (2**60, 2**60),
        (123456789012345678901, 123456789012345683968),
        (1e20, 10**20),
        (10**21, 1e21),
        (-1e300, -1e300),
        (10**400, None),
        (float("inf"), None),
        (float("nan"), None),
        ((1, (2.0,)), [1, [2]]),
        ({"b": 1.0, "2": (), "\ud83d\ude00": {}}, {"2": [], "b": 1, "\U0001f600": {}}),
        (Status.PAID, "paid"),
        ([Status.PAID], ["paid"]),
        ({Status.PAID: Attempt.SECOND}, {"paid": 2}),
        (Pair("l", "r"), ["l", "r"]),
    ],
)
def test_normalise_gives_what_a_receiver_in_javascript_has(value, expected):
    """A normalised value is plain and has only what survives JSON and JavaScript's numbers."""
    actual = normalise(value)

    assert (repr(expected), type(expected)) == (repr(actual), type(actual))


def test_normalise_returns_a_copy():
    """Changing a normalised value leaves the one it was made from alone."""
    value = {"items": [{"id": 1}]}
    expected = stringify(value)

    normalise(value)["items"][0]["id"] = 2

    assert expected == stringify(value)


@pytest.mark.parametrize("function", [stringify, encode, normalise])
@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Decimal("29.00"), "Decimal"),
        ({"data": [{"raw": b"bytes"}]}, "bytes"),
        ([{1, 2}], "set"),
        ({"at": object()}, "object"),
        (1j, "complex"),
    ],
)
def test_a_value_json_cannot_hold_is_refused_by_name(function, value, name):
    """A value of another type is refused with a text that names the type."""
    with pytest.raises(TypeError, match=rf"^JSON has no {name}; use dict, list, "):
        function(value)


@pytest.mark.parametrize("function", [stringify, encode, normalise])
@pytest.mark.parametrize("key", [1, 1.5, True, None, ("a",)])
def test_a_key_that_is_not_a_string_is_refused(function, key):
    """Keys are never turned into strings quietly: a number as a key is refused."""
    with pytest.raises(TypeError, match=r"^a JSON object's keys are str; .* is ") as refusal:
        function({"data": {"id": 1, key: 2}})

    assert repr(key) in str(refusal.value)
    assert type(key).__name__ in str(refusal.value)


def test_a_value_inside_itself_is_refused():
    """A list that contains itself is refused as the json module refuses it."""
    value = []
    value.append(value)

    with pytest.raises(RecursionError):
        stringify(value)


# ---- plain values ------------------------------------------------------------------------------


PLAIN = {"id": "order_1", "amount": 64.99, "tax": 0.0001, "count": 3, "no": None, "yes": [True]}


def test_plain_values_are_written_alike():
    """Where nothing is peculiar, the fast way and the exact one write the same bytes."""
    assert encode(PLAIN) == encode_plain(PLAIN)


def test_half_a_character_is_not_plain():
    """A lone surrogate is written as JavaScript writes it, the fast way too."""
    assert encode_plain({"name": "\ud83d"}) == b'{"name":"\\ud83d"}'


def test_plain_values_need_no_accelerator(monkeypatch):
    """An interpreter without the accelerated encoder writes the same bytes."""
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)

    write = stringify_module._plainly()

    assert encode(PLAIN).decode() == write(PLAIN)
