"""A command that runs beside the server: in a process group of its own, which ends with it."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple, Self

from pocketsflow_emulator.errors import EnvironmentFailure

if sys.platform == "win32":
    raise EnvironmentFailure("exec needs process groups as POSIX has them")

NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""Exit codes of a command that cannot be started, as shells have them."""

GRACE = 3.0
"""Seconds that what is told to end may take, before it is killed."""

_LOOK = 0.02
"""Seconds between two looks at whether a group is empty."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(NamedTuple):
    """How it came to its end: its exit code, by which signal this program was told to end (0: by
    none), and whether its time was over.
    """

    code: int
    number: int = 0
    late: bool = False


async def run(words: Sequence[str], environment: Mapping[str, str], timeout: float | None) -> Ended:
    """Run a command to its end, with the terminal if there is one. A signal is passed on to it;
    when this returns, nothing of its process group is left. Raises `OSError` where it cannot be
    started.
    """
    with _Signals() as signals:
        process = await asyncio.create_subprocess_exec(*words, env=environment, process_group=0)
        group = _Group(process, signals)
        with _terminal_of(process.pid):
            try:
                return await group.ended(timeout)
            finally:
                await group.end(signal.SIGTERM)


class _Group:
    """The processes of a command. Its leader is the one that was started."""

    def __init__(self, leader: asyncio.subprocess.Process, signals: "_Signals") -> None:
        self._id = leader.pid
        self._leader = asyncio.ensure_future(leader.wait())
        self._signals = signals

    async def ended(self, timeout: float | None) -> Ended:
        """Wait until the leader has ended, a signal has come, or the time (seconds) is over."""
        first = self._signals.first
        await asyncio.wait(
            (self._leader, first), timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )
        if self._leader.done():
            returned = self._leader.result()
            return Ended(returned if returned >= 0 else 128 - returned)
        if not first.done():
            return Ended(0, late=True)
        await self.end(first.result())
        return Ended(128 + first.result(), first.result())

    async def end(self, number: int) -> None:
        """Send a signal to what is left; kill what has not ended within the grace, or when a second
        signal has come.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + GRACE
        there = self._send(number)
        while there and loop.time() < until and not self._signals.second.done():
            await asyncio.sleep(_LOOK)
            self._bury()
            there = self._send(0)
        if there:
            self._send(signal.SIGKILL)
        await self._leader
        self._bury()

    def _send(self, number: int) -> bool:
        """Signal all of it; say whether there is anybody."""
        try:
            os.killpg(self._id, number)
        except ProcessLookupError:
            return False
        except PermissionError:  # what is left of it is not ours to end
            return False
        return True

    def _bury(self) -> None:
        """Take note of the ends of those that nobody else waits for: as the first process of a
        container, this one inherits them.
        """
        if not self._leader.done():
            return
        with suppress(ChildProcessError):
            while os.waitpid(-self._id, os.WNOHANG)[0]:
                pass


class _Signals:
    """While it is entered, signals to this program are kept: the first and the second one."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.first: asyncio.Future[int] = self._loop.create_future()
        self.second: asyncio.Future[int] = self._loop.create_future()
        self._taken: list[int] = []

    def __enter__(self) -> Self:
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._loop.add_signal_handler(number, self._come, number)
                self._taken.append(number)
        return self

    def __exit__(self, *_: object) -> None:
        for number in self._taken:
            self._loop.remove_signal_handler(number)

    def _come(self, number: int) -> None:
        waiting = next((one for one in (self.first, self.second) if not one.done()), None)
        if waiting is not None:
            waiting.set_result(number)


@contextmanager
def _terminal_of(group: int) -> Iterator[None]:
    """Let a group read from the terminal of this program and get its Ctrl-C, as a shell does."""
    try:
        own = os.tcgetpgrp(0)
    except OSError:  # standard input is no terminal
        yield
        return
    if own != os.getpgrp():  # somebody else has it
        yield
        return
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    with suppress(OSError):
        os.tcsetpgrp(0, group)
        os.killpg(group, signal.SIGCONT)  # it may have asked for it already
    try:
        yield
    finally:
        with suppress(OSError):
            os.tcsetpgrp(0, own)
        signal.signal(signal.SIGTTOU, before)
