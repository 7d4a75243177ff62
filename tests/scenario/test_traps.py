"""Files that are known to break readers of YAML: each is refused in time, with its place, or means
what the manual says.
"""

import os
import resource
from time import process_time

import pytest

from pocketsflow_emulator.errors import EnvironmentFailure, ScenarioError
from pocketsflow_emulator.scenario import library
from pocketsflow_emulator.scenario.load import read
from pocketsflow_emulator.scenario.tree import LARGEST
from scenario.files import HEAD

STEP = "steps: [settle: ]\n"
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

TRAPS = {
    "billion laughs": (LAUGHS, ":1:4: anchors and aliases are not used here; write it out"),
    "a list that holds itself": (
        HEAD + "tags: &t [*t]\n" + STEP,
        ":4:7: anchors and aliases are not used here; write it out",
    ),
    "a merge key": (HEAD + "options: {<<: {a: 1}}\n" + STEP, ":4:11: merge keys are not used"),
    "a Python object": (
        HEAD + "tags: !!python/object/apply:os.system [ls]\n" + STEP,
        ":4:7: the tag tag:yaml.org,2002:python/object/apply:os.system is not used here",
    ),
    "an own tag": (HEAD + "tags: !mine [a]\n" + STEP, ":4:7: the tag !mine is not used here"),
    "a key twice": (HEAD + STEP + STEP, ":5:1: the key 'steps' occurs twice"),
    "a tab that indents": (HEAD + "steps:\n\t- settle:\n", ":5:1: not YAML: "),
    "a NUL": (
        HEAD + "description: a\0b\n" + STEP,
        ":4:15: not YAML: unacceptable character #x0000",
    ),
    "half a character": (HEAD + 'description: "\\ud800"\n' + STEP, ":4:14: not YAML: found half"),
    "a hundred thousand levels of lists": ("[" * 100_000, ":1:65: nested deeper than 64"),
    "a hundred thousand levels of mappings": ("{a: " * 100_000, ":1:257: nested deeper than 64"),
    "a second document": (HEAD + STEP + "---\n" + HEAD, ":5:1: a second document"),
    "a directive of the future": ("%YAML 9.9\n---\n" + HEAD + STEP, ":1:1: not YAML: "),
    "a key that is a list": (HEAD + "? [a, b]\n: 1\n" + STEP, ":4:3: a key must be a name"),
    "a number in sixties": (
        HEAD + "options: {o: {type: integer, default: 1:30}}\n" + STEP,
        ":4:39: o is '1:30'; it must",
    ),
    "an infinite number": (
        HEAD + "options: {o: {type: amount, default: .inf}}\n" + STEP,
        ":4:38: o is '.inf'; write an amount like",
    ),
    "an amount without end": (
        HEAD + "options: {o: {type: amount, default: 1e400}}\n" + STEP,
        ":4:38: o is Decimal",
    ),
    "a country that is no": (
        HEAD
        + "given: {c: {create_product: {}}}\nsteps: [{purchase: {product: $c, country: NOT}}]\n",
        ":5:43: country is 'NOT'; write two letters like",
    ),
}


@pytest.mark.parametrize(("text", "expected"), TRAPS.values(), ids=TRAPS)
def test_what_breaks_other_readers_is_refused(text, expected):
    """Each is refused with file, line and column, in a tenth of a second."""
    took = []
    for _ in range(3):  # the machine may be busy once
        began = process_time()
        with pytest.raises(ScenarioError) as caught:
            read(text, "a.yaml")
        took.append(process_time() - began)

    assert str(caught.value).startswith(f"a.yaml{expected}")
    assert min(took) < 0.1


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("on", "on"),
        ("NO", "NO"),
        ("1:30", "1:30"),
        ("12:00", "12:00"),
        ("2026-01-31", "2026-01-31"),
        ("'010'", "010"),
        ("y", "y"),
        ("~x", "~x"),
    ],
)
def test_text_stays_what_was_written(written, expected):
    """What YAML 1.1 makes a truth value, a number or a date is the text that it looks like."""
    scenario = read(HEAD + f"options: {{o: {{default: {written}}}}}\n{STEP}", "a.yaml")

    assert expected == scenario.options["o"].default


@pytest.mark.parametrize(
    ("written", "expected"), [("010", 10), ("0o10", 8), ("0x10", 16), ("+7", 7)]
)
def test_numbers_are_what_the_manual_says(written, expected):
    """A leading zero means nothing; octal and hexadecimal numbers say so."""
    text = HEAD + f"options: {{o: {{type: integer, default: {written}}}}}\n{STEP}"

    assert expected == read(text, "a.yaml").options["o"].default


@pytest.mark.parametrize(
    ("written", "expected"), [("3.10", "3.10"), ("1e3", "1E+3"), ("0.1", "0.1"), ("29.00", "29.00")]
)
def test_amounts_are_exact(written, expected):
    """Decimals keep every digit that was written."""
    text = HEAD + f"options: {{o: {{type: amount, default: {written}}}}}\n{STEP}"

    assert expected == str(read(text, "a.yaml").options["o"].default)


def test_a_byte_order_mark_and_other_encodings(tmp_path):
    """UTF-8 may begin with a byte order mark; UTF-16 is refused with its place."""
    file = tmp_path / "a.yaml"
    file.write_bytes((HEAD + STEP).encode("utf-8-sig"))
    [scenario] = library.find(str(file))
    file.write_bytes((HEAD + STEP).encode("utf-16"))

    with pytest.raises(ScenarioError, match=r"a\.yaml:1:1: is not UTF-8 text"):
        library.find(str(file))

    assert scenario.name == "story"


def test_a_file_of_a_gigabyte_is_not_read(tmp_path):
    """Of a file that is too large no more is read than shows that it is."""
    file = tmp_path / "a.yaml"
    with file.open("wb") as opened:
        opened.truncate(1024**3)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ScenarioError, match=f"the file is larger than {LARGEST} bytes"):
        library.find(str(file))

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_what_is_no_file(tmp_path):
    """A pipe, a folder called like a file and a link to itself are refused, and not waited for."""
    pipe, folder, loop = (tmp_path / name for name in ("pipe.yaml", "folder.yaml", "loop.yaml"))
    os.mkfifo(pipe)
    folder.mkdir()
    loop.symlink_to(loop)

    with pytest.raises(ScenarioError, match="is no file; a pipe or a device cannot be read"):
        library.find(str(pipe))
    with pytest.raises(ScenarioError, match="cannot be read: Is a directory"):
        library.from_file(folder)
    with pytest.raises(EnvironmentFailure, match="cannot be read: Too many levels of symbolic"):
        library.find(str(loop))
