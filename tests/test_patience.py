"""Waiting with a bound, and knowing what was not awaited."""

import asyncio
from threading import Timer

import pytest

from pocketsflow_emulator import AsyncEmulator, Emulator, Missed
from pocketsflow_emulator.errors import InvalidInput


def test_what_becomes_true_is_returned():
    """`eventually` returns the first true value; an AssertionError counts as "not yet"."""
    found = []
    Timer(0.02, found.append, ["access"]).start()

    def check():
        assert found
        return found[0]

    with Emulator() as emulator:
        assert emulator.eventually(check) == "access"


def test_what_does_not_become_true_is_a_miss():
    """A miss says what was found last, and shows the timeline."""

    def check():
        assert 1 + 1 == 3, "they differ"

    def silent():
        return None

    with Emulator() as emulator:
        emulator.create_product()
        with pytest.raises(Missed, match=r"check did not hold within 0\.02 s: it raised Assertion"):
            emulator.eventually(check, timeout=0.02)
        with pytest.raises(Missed, match="returned None; a function of asserts ends with `return"):
            emulator.eventually(silent, timeout=0.02)
        with pytest.raises(Missed, match=r"product\.created"):
            emulator.eventually(lambda: 0, timeout=0)


def test_another_error_is_raised_at_once():
    """Only an AssertionError means "not yet"."""
    with Emulator() as emulator, pytest.raises(ZeroDivisionError):
        emulator.eventually(lambda: 1 / 0)


def test_what_cannot_be_called_is_refused():
    """A value is no check: it would be the same every time."""
    with Emulator() as emulator, pytest.raises(InvalidInput, match="takes a function to call; 7"):
        emulator.eventually(7)


def test_the_awaitable_twin_takes_coroutine_functions():
    """Awaited, a check may be a coroutine function; what waits is sent before each look."""

    async def wait():
        async with AsyncEmulator() as emulator:
            looks = iter([False, True])

            async def check():
                return next(looks)

            async def failing():
                raise AssertionError("not yet")

            assert await emulator.eventually(check)
            with pytest.raises(Missed, match="it raised AssertionError: not yet"):
                await emulator.eventually(failing, timeout=0.02)

    asyncio.run(wait())
