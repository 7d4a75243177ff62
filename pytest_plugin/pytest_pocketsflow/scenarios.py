"""Running a test once per scenario."""

import pytest

from pocketsflow_emulator import EmulatorError
from pocketsflow_emulator.scenario import library

FIXTURE = "pocketsflow_scenario"


def parametrise(metafunc: pytest.Metafunc, mark: pytest.Mark) -> None:
    """Give a test the scenarios that its mark names. What cannot be is an error of that test's
    collection, in one sentence.
    """
    unknown = mark.kwargs.keys() - {"tags"}
    if unknown:
        raise _refusal(metafunc, f"has no {min(unknown)!r}; it takes names, and tags=")
    if FIXTURE not in metafunc.fixturenames:
        raise _refusal(metafunc, f"needs a test that takes the fixture {FIXTURE}")
    tags = mark.kwargs.get("tags", ())
    tags = (tags,) if isinstance(tags, str) else tags
    if not isinstance(tags, list | tuple | set):
        raise _refusal(metafunc, f'has the tags {tags!r}; write them as tags=["trial"]')
    try:
        names = _names(mark.args, tuple(tags))
    except EmulatorError as error:
        raise _refusal(metafunc, f"cannot be used: {error}") from None
    metafunc.parametrize(FIXTURE, names)


def _names(wanted: tuple[str, ...], tags: tuple[str, ...]) -> list[str]:
    """Return what `run_scenario` takes for each: the name of a ready-made one, else its file."""
    found = [scenario for word in wanted for scenario in library.find(word)]
    found += library.tagged(tags) if tags else []
    if not wanted and not tags:
        found = library.everything()
    ready = set(library.names())
    names = [s.name if s.name in ready and "/" not in s.file else s.file for s in found]
    return list(dict.fromkeys(names))


def _refusal(metafunc: pytest.Metafunc, why: str) -> BaseException:
    words = f"{metafunc.definition.nodeid}: the mark pocketsflow_scenarios {why}"
    return pytest.fail.Exception(words, pytrace=False)
