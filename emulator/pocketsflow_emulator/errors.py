"""The exception tree: every error a user can meet, each with what to do next in its text.

EmulatorError
├── InvalidInput            a value that cannot be used (also a ValueError)
│   ├── UnknownName         a name nobody knows; carries the nearest one
│   ├── NothingSelected     a folder without scenarios
│   ├── ScenarioError       a scenario file; carries file, line and column
│   └── JournalError        a journal file; carries file and line
├── NotFound                an id that names no object of this world (also a LookupError)
├── IllegalMove             an object whose status does not allow the verb
├── Runaway                 receivers that keep causing events within one instant
├── CalledDuringDelivery    a call that would move time while a receiver is still answering
├── NeverDue                an `advance(until=...)` whose event is not going to happen
├── EnvironmentFailure      a port, a file or a receiver that cannot be reached
└── InvariantError          a defect of the emulator itself

Missed                      an expectation of a test or scenario that did not hold (AssertionError)
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches


class EmulatorError(Exception):
    """Anything the emulator refuses to do or cannot do."""


class InvalidInput(EmulatorError, ValueError):
    """A value that cannot be used: what was asked, what was the case, what to do instead."""


class UnknownName(InvalidInput):
    """A name nobody knows.

    `kind` says what sort of name it is ("scenario", "event type"), `known` are the names there are.
    """

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, sorted(known)
        written = name if isinstance(name, str) else quoted(name)
        self.nearest = nearest(written, self.known)
        super().__init__(f"unknown {kind} {quoted(name)}{suggestion(written, self.known)}")


class NothingSelected(InvalidInput):
    """A selection that is empty, such as a folder without scenarios."""


class ScenarioError(InvalidInput):
    """A scenario file that cannot be run; nothing of it has been sent.

    `line` and `column` count from 1; 0 where the file as a whole is meant.
    """

    def __init__(self, message: str, file: str, line: int = 0, column: int = 0) -> None:
        self.file, self.line, self.column = file, line, column
        place = f"{file}:{line}:{column}" if line else file
        super().__init__(f"{place}: {message}")


class JournalError(InvalidInput):
    """A journal that cannot be read, or that no world can have written.

    `line` counts from 1; 0 where the file as a whole is meant.
    """

    def __init__(self, message: str, file: str, line: int = 0) -> None:
        self.file, self.line = file, line
        super().__init__(f"{file}:{line}: {message}" if line else f"{file}: {message}")


class NotFound(EmulatorError, LookupError):
    """An id that names no object of this world."""


class IllegalMove(EmulatorError):
    """An object whose status does not allow the verb; the world is unchanged."""

    def __init__(self, kind: str, id: str, status: str, verb: str, remedy: str = "") -> None:
        self.kind, self.id, self.status, self.verb = kind, id, status, verb
        tail = f"; {remedy}" if remedy else ""
        super().__init__(f"cannot {verb} {called(kind, id)}: it is {status}{tail}")


class Runaway(EmulatorError):
    """Receivers keep causing events within one instant, so the instant would never end."""


class CalledDuringDelivery(EmulatorError):
    """A call that waits for quiet was made by a receiver that is itself being waited for."""


class NeverDue(EmulatorError):
    """The event an advance waits for is not going to happen; the text lists what is due."""


class EnvironmentFailure(EmulatorError):
    """Something outside is missing: a port is taken, a file unreadable, a receiver unreachable."""


class InvariantError(EmulatorError):
    """The emulator contradicts itself; this is a defect of the emulator, please report it."""


class Missed(AssertionError):
    """An expectation that did not hold; the text shows expected, found and the nearest miss, and
    then the `story`: the timeline.
    """

    def __init__(self, message: str, story: str = "") -> None:
        self.message, self.story = message, story
        super().__init__(f"{message}\n{story}" if story else message)


def quoted(value: object) -> str:
    """Return a value for a message: as Python writes it, cut where it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python does not write integers of more than 4,300 digits
        text = "a very large number"
    except RecursionError:
        text = "something nested too deeply to be shown"
    return text if len(text) <= 200 else f"{text[:150]}... ({len(text)} characters)"


def called(kind: str, id: str) -> str:
    """Return what a message calls an object: `subscription sub_1`, but not `order order_1`."""
    return id if id.startswith(f"{kind}_") else f"{kind} {id}"


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return foreign text fit for one line of a terminal: control characters, and those that turn
    the direction of writing, become escapes.
    """
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to `name`, or None when none is close."""
    names = sorted(known)
    matches = get_close_matches(name, names, n=1, cutoff=0.75)
    beginning = [known for known in names if len(name) > 2 and known.startswith(name)]
    matches = matches or beginning or get_close_matches(name, names, n=1, cutoff=0.65)
    return matches[0] if matches else None


def no_attribute(text: str) -> AttributeError:
    """Return the error for an attribute that is not there, whose text says it all."""
    return AttributeError(text, name=None)  # else Python adds a suggestion of its own


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the tail of an error text: the nearest known name, else the list of a few."""
    names = sorted(known)
    close = nearest(name, names)
    if close is not None:
        return f"; did you mean {close!r}?"
    if not names:
        return "; there are none"
    shown = ", ".join(names[:12])
    return f"; known are {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
