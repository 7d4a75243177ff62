"""YAML as scenarios read it: the core rules of YAML 1.2, and what is refused."""

import json
from decimal import Decimal

import pytest

from pocketsflow_emulator.errors import ScenarioError
from pocketsflow_emulator.scenario import tree
from pocketsflow_emulator.scenario.tree import DEEPEST, LARGEST, Fields, Items, Leaf


def value(text):
    """The value that a scalar stands for."""
    return tree.plain(tree.parse(f"key: {text}\n", "a.yaml"))["key"]


def complaint(text):
    """What a text that cannot be read is refused with."""
    with pytest.raises(ScenarioError) as caught:
        tree.parse(text, "a.yaml")
    return str(caught.value)


# ---- scalars -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("on", "On", "ON", "off", "yes", "Yes", "no", "NO", "No", "y", "n"),
        *("tRUE", "nULL", "None", "nil"),
        *("12:00", "1:30", "190:20:30", "2026-01-31", "2026-01-31T09:00:00Z"),
        *("3 days", "2xx", "200ms", "1_000", "1,000", "0b11", "0x", "0o8", "0xG", "-0x1F"),
        *("29.00 usd", "1.2.3", "1e", "e3", ".", "-", "+", "1e1000", ".inf", "-.inf", ".nan"),
        *("$sub", "$sub.period_end", "$$", "="),
        *("\N{ARABIC-INDIC DIGIT THREE}", "\N{FULLWIDTH DIGIT ONE}"),
    ],
)
def test_words_that_stay_text(text):
    """Words, times, dates and versions stay text: `no` is a country, `12:00` is no number."""
    actual = tree.plain(tree.parse(f"[{text}]\n" if "," not in text else f"- {text}\n", "a.yaml"))

    expected = [text]
    assert expected == actual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("010", 10),
        ("-010", -10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0xff", 255),
        ("9007199254740993", 9007199254740993),
        ("9" * 400, int("9" * 400)),
    ],
)
def test_whole_numbers(text, expected):
    """Whole numbers are decimal, `0o` octal or `0x` hexadecimal; a leading zero means nothing."""
    actual = value(text)

    assert expected == actual
    assert type(expected) is type(actual)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.10", "3.10"),
        ("29.00", "29.00"),
        ("-0.5", "-0.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1E+3"),
        ("1E-3", "0.001"),
        ("1.5e+2", "1.5E+2"),
        ("0.1000000000000000000000000001", "0.1000000000000000000000000001"),
    ],
)
def test_decimals_stay_exact(text, expected):
    """Numbers with a point or an exponent are exact decimals, and keep their last zeros."""
    actual = value(text)

    assert expected == str(actual)
    assert type(actual) is Decimal


def test_numbers_of_more_digits_than_python_prints_are_read():
    """A whole number of thousands of digits is read too."""
    actual = value("9" * 5000)

    expected = Decimal("9" * 5000)
    assert expected == actual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *((word, None) for word in ("null", "Null", "NULL", "~", "", "# a comment")),
    ],
)
def test_true_false_and_null(text, expected):
    """True, false and null have the spellings of YAML 1.2; nothing at all is null."""
    actual = value(text)

    assert expected is actual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"5"', "5"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("'null'", "null"),
        ('""', ""),
        ("''", ""),
        ('"a\\tb\\u00e9"', "a\tbé"),
        ("|\n  5\n", "5\n"),
        (">-\n  a\n  b\n", "a b"),
    ],
)
def test_quoted_scalars_are_text(text, expected):
    """What is quoted, or a block of text, is text whatever it looks like."""
    actual = value(text)

    assert expected == actual


# ---- places ------------------------------------------------------------------------------------


def test_everything_has_its_place():
    """Each value and each key says where it stands, counted from 1."""
    actual = tree.parse("a: 1\nb:\n  - x\n  - {c: 2}\n", "a.yaml")

    inner = Fields({"c": Leaf(2, 4, 9)}, {"c": Leaf("c", 4, 6)}, 4, 5)
    expected = Fields(
        {"a": Leaf(1, 1, 4), "b": Items([Leaf("x", 3, 5), inner], 3, 3)},
        {"a": Leaf("a", 1, 1), "b": Leaf("b", 2, 1)},
        1,
        1,
    )
    assert expected == actual


def test_values_without_their_places():
    """A tree can be had as plain lists and dicts."""
    parsed = tree.parse("a: 1\nb: [x, {c: 2.50}, []]\n", "a.yaml")

    actual = tree.plain(parsed)

    expected = {"a": 1, "b": ["x", {"c": Decimal("2.50")}, []]}
    assert expected == actual


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("2", "2"),
        ("true", "true"),
        ("FALSE", "false"),
        ("~", "null"),
        ("1.50", "1.50"),
        ("on", "on"),
    ],
)
def test_keys_are_text(key, expected):
    """A key is always text, also where it looks like a number or a truth value."""
    actual = tree.plain(tree.parse(f"{key}: a\n", "a.yaml"))

    assert {expected: "a"} == actual


# ---- JSON and encodings ------------------------------------------------------------------------


def test_json_is_read_by_the_same_rules():
    """A JSON text is a scenario too; its numbers stay exact."""
    data = {"a": [1, -2, True, False, None, "x", {"b": {}}], "c": 'quote " and \\ and /'}
    text = json.dumps(data, indent=2)[:-2] + ',\n  "price":29.00\n}'

    actual = tree.plain(tree.parse(text, "a.json"))

    assert data | {"price": Decimal("29.00")} == actual
    assert str(actual["price"]) == "29.00"


def test_json_may_be_indented_with_tabs():
    """What JSON takes for white space is white space."""
    data = {"a": [1, {"b": "c"}], "d": None}

    actual = tree.plain(tree.parse(json.dumps(data, indent="\t"), "a.json"))

    assert data == actual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, 2,]}', "a.json:1:1"),
        ('{"a": 1,\n}', "not JSON: "),
        ('{"a": 1} # no', "1:10: not JSON: extra data"),
        ("{'a': 1}", "1:2: not JSON: expecting property name enclosed in double quotes"),
        ("a: 1", "1:1: not JSON: expecting value"),
        ('{"a": 1,\n "a": 2}', "2:2: the key 'a' occurs twice"),
        ('{"a": 010}', "1:8: not JSON: "),
    ],
)
def test_a_json_file_is_json(text, expected):
    """A file that is called `.json` is held to JSON's own rules."""
    with pytest.raises(ScenarioError) as caught:
        tree.parse(text, "a.json")

    assert expected in str(caught.value)


def test_compact_json_is_read():
    """JSON needs no white space after its colons."""
    data = {"a": [1, {"b": "c"}], "d": None}

    actual = tree.plain(tree.parse(json.dumps(data, separators=(",", ":")), "a.json"))

    assert data == actual


def test_characters_beyond_the_basic_plane_in_json():
    """JSON writes a character beyond U+FFFF as two escapes; they are read as that character."""
    text = json.dumps({"title": "a 🎉"})

    actual = tree.plain(tree.parse(text, "a.json"))

    expected = {"title": "a 🎉"}
    assert expected == actual


def test_a_byte_order_mark_is_no_content():
    """A byte order mark at the beginning does not disturb."""
    actual = tree.plain(tree.parse("\ufeffa: 1\n", "a.yaml"))

    expected = {"a": 1}
    assert expected == actual


def test_windows_line_ends():
    """Lines may end as Windows ends them."""
    actual = tree.parse("a: 1\r\nb: x\r\n", "a.yaml")

    expected = {"a": 1, "b": "x"}
    assert expected == tree.plain(actual)
    assert actual.keys["b"].line == 2


# ---- what is refused ---------------------------------------------------------------------------

LAUGHS = 'a: &a ["lol", "lol"]\n' + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yaml:3:1: the key 'a' occurs twice"),
        ("x: {a: 1, a: 2}\n", "a.yaml:1:11: the key 'a' occurs twice"),
        ('"a": 1\na: 2\n', "a.yaml:2:1: the key 'a' occurs twice"),
        ("1: a\n'1': b\n", "a.yaml:2:1: the key '1' occurs twice"),
        ("null: a\n~: b\n", "a.yaml:2:1: the key 'null' occurs twice"),
        ("a: &x 1\n", "a.yaml:1:4: anchors and aliases are not used here; write it out"),
        ("a: &x [1]\n", "a.yaml:1:4: anchors and aliases are not used here; write it out"),
        ("&x a: 1\n", "a.yaml:1:1: anchors and aliases are not used here; write it out"),
        ("a:\n  b: *x\n", "a.yaml:2:6: anchors and aliases are not used here; write it out"),
        (LAUGHS, "a.yaml:1:4: anchors and aliases are not used here; write it out"),
        ("a:\n  <<: {b: 1}\n", "a.yaml:2:3: merge keys are not used here; write it out"),
        ("? [a]\n: 1\n", "a.yaml:1:3: a key must be a name"),
        ("? {a: 1}\n: 1\n", "a.yaml:1:3: a key must be a name"),
        ("a: 1\n---\nb: 2\n", "a.yaml:3:1: a second document; write one per file"),
    ],
)
def test_what_only_makes_trouble_is_refused_with_its_place(text, expected):
    """Duplicate keys, anchors, aliases, merge keys, keys that are no names and second documents
    are refused with file, line and column.
    """
    actual = complaint(text)

    if "second document" in expected:
        expected = expected.replace(":3:1:", ":2:1:")  # where the document begins: at its ---
    assert expected == actual


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("a: !!python/object:os.system {}\n", "tag:yaml.org,2002:python/object:os.system"),
        (
            "a: !!python/object/apply:os.system [id]\n",
            "tag:yaml.org,2002:python/object/apply:os.system",
        ),
        ("a: !!str 5\n", "tag:yaml.org,2002:str"),
        ("a: !!binary aGk=\n", "tag:yaml.org,2002:binary"),
        ("a: !own 5\n", "!own"),
        ("a: ! 5\n", "!"),
    ],
)
def test_tags_are_refused(text, tag):
    """No tag is obeyed, least of all one that would make a Python object."""
    actual = complaint(text)

    expected = f"a.yaml:1:4: the tag {tag} is not used here"
    assert expected == actual


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "\ufeff"])
def test_an_empty_file_is_refused(text):
    """A file without content says so."""
    actual = complaint(text)

    expected = "a.yaml: the file is empty"
    assert expected == actual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1, 2\n", "a.yaml:2:1: not YAML: expected ',' or ']'"),
        ("a: {b: 1\n", "a.yaml:2:1: not YAML: expected ',' or '}'"),
        ("a: ]\n", "a.yaml:1:4: not YAML: "),
        ('a: "open\n', "a.yaml:1:4: not YAML: this quote is not closed"),
        ("a: 1\nb: 'it''s\nc: 2\n", "a.yaml:2:4: not YAML: this quote is not closed"),
        ("a: 1\n b: 2\n", "a.yaml:2:3: not YAML: mapping values are not allowed here"),
        ("a:\n\t- b\n", "a.yaml:2:1: not YAML: found character '\\t'"),
        ("a: @b\n", "a.yaml:1:4: not YAML: found character '@'"),
        ("a: %b\n", "a.yaml:1:4: not YAML: found character '%'"),
        ("a: !x!y 5\n", "a.yaml:1:4: not YAML: found undefined tag handle '!x!'"),
        ("%YAML 2.0\n---\na: 1\n", "a.yaml:1:1: not YAML: found incompatible YAML document"),
        ("a: 1\0\n", "a.yaml:1:5: not YAML: unacceptable character #x0000"),
        ("a: 1\nb: \x07\n", "a.yaml:2:4: not YAML: unacceptable character #x0007"),
        ('a: "\\q"\n', "a.yaml:1:5: not YAML: found unknown escape character 'q'"),
        ('a: "\\xZZ"\n', "a.yaml:1:5: not YAML: expected escape sequence of 2 hexadecimal"),
        ('a: "\\U00110000"\n', "a.yaml:1:5: not YAML: a number or an escape is too large"),
        ('a: "\\UFFFFFFFF"\n', "a.yaml:1:5: not YAML: a number or an escape is too large"),
        ("a: [b\\u\n", "a.yaml:2:1: not YAML: expected ',' or ']'"),
        ('b: 1\na: "\\ud83c!"\n', "a.yaml:2:4: not YAML: found half a character"),
        ("%YAML 1." + "9" * 5000 + "\n---\na: 1\n", "a.yaml:1:9: not YAML: a number"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_place(text, expected):
    """What is no YAML is refused with file, line and column and what stands there."""
    actual = complaint(text)

    assert actual.startswith(expected)


def nested(depth, before, after):
    return "a: " + before * depth + "x" + after * depth + "\n"


def test_nesting():
    """Up to 64 levels, the outermost mapping among them, are read."""
    text = nested(DEEPEST - 1, "[", "]")

    actual = tree.plain(tree.parse(text, "a.yaml"))["a"]

    depth = 0
    while isinstance(actual, list):
        [actual] = actual
        depth += 1
    assert depth == DEEPEST - 1
    assert actual == "x"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (nested(DEEPEST, "[", "]"), f"1:{3 + DEEPEST}"),
        ("".join("  " * n + "a:\n" for n in range(70)), f"{DEEPEST + 1}:{2 * DEEPEST + 1}"),
        ("[" * 100_000, f"1:{DEEPEST + 1}"),
        ("- " * 100_000, f"1:{2 * DEEPEST + 1}"),
        ('{"a":' * 10_000, f"1:{5 * DEEPEST + 1}"),
    ],
)
def test_deeper_nesting_is_refused(text, place):
    """More than 64 levels are refused where the 65th begins, however many there are."""
    actual = complaint(text)

    expected = f"a.yaml:{place}: nested deeper than {DEEPEST}"
    assert expected == actual


@pytest.mark.parametrize("text", ["{" * 100_000, "? " * 100_000])
def test_nested_keys_are_refused(text):
    """A mapping as the key of a mapping is refused at the first one."""
    actual = complaint(text)

    assert actual.endswith(": a key must be a name")


def test_the_largest_file():
    """A file may have 1 MiB."""
    beginning = "a: "
    text = beginning + '"' + "x" * (LARGEST - len(beginning) - 3) + '"\n'

    actual = tree.plain(tree.parse(text, "a.yaml"))

    assert len(text) == LARGEST
    assert len(actual["a"]) == LARGEST - 6


@pytest.mark.parametrize("text", ["#" * (LARGEST + 1), "# " + "é" * (LARGEST // 2)])
def test_larger_files_are_refused(text):
    """More than 1 MiB, counted in bytes, is refused unread."""
    actual = complaint(text)

    expected = f"a.yaml: the file is larger than {LARGEST} bytes"
    assert expected == actual
