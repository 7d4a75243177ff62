"""The data file of a server: the log of every world, and the scenarios it was sent, in SQLite.

What was kept is on disk when `save` returns, and survives a killed process. Every row carries a
check sum, that of a line also over the line before, so that a damaged file is refused rather than
believed.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from pocketsflow_emulator.errors import EnvironmentFailure, InvalidInput

APPLICATION = 0x706F636B
"""Marks an SQLite file as one of ours."""

VERSION = 1
"""Of the tables."""

PATIENCE = 2.0
"""Seconds that a server which has the file open is given to end."""

_TABLES = f"""
    BEGIN;
    CREATE TABLE worlds (
        name TEXT PRIMARY KEY, count INTEGER, last INTEGER, lead INTEGER, checksum INTEGER
    ) WITHOUT ROWID;
    CREATE TABLE lines (
        world TEXT, number INTEGER, line TEXT, checksum INTEGER, PRIMARY KEY (world, number)
    ) WITHOUT ROWID;
    CREATE TABLE scenarios (name TEXT PRIMARY KEY, text TEXT, checksum INTEGER) WITHOUT ROWID;
    CREATE TABLE starting (world TEXT PRIMARY KEY) WITHOUT ROWID;
    PRAGMA application_id = {APPLICATION};
    PRAGMA user_version = {VERSION};
    COMMIT;
"""

_NOTHING = "BEGIN IMMEDIATE; COMMIT;"
"""What only one who may write can do."""


class Stand(NamedTuple):
    """How far a world has come: how many lines it has, the check sum of the last, and how far (ms)
    its clock is ahead of the wall's, if it runs with it.
    """

    lines: int = 0
    last: int = 0
    lead: int | None = None


class DataFile:
    """An open data file, which nobody else can open meanwhile. Once it could not be written it is
    left alone, and has what was saved before.

    Raises `InvalidInput` for a file that is something else or damaged, and `EnvironmentFailure`
    where it cannot be read or written, or another server has it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._failure = ""
        self._stands: dict[str, Stand] = {}
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # there are secrets in it
            file = path.absolute()  # `:memory:` is a file too
            self._db = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
        except OSError as error:
            raise EnvironmentFailure(f"--data {path}: {error.strerror}") from None
        except sqlite3.Error as error:
            raise EnvironmentFailure(f"--data {path}: {error}") from None
        try:
            self._open()
            self._check()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Let others open it."""
        self._db.close()

    # ---- reading -------------------------------------------------------------------------------

    def worlds(self) -> dict[str, Stand]:
        """Return name -> stand of every world."""
        return dict(self._stands)

    def lines(self, world: str) -> Iterator[str]:
        """Yield the lines of a world, in order. Raises `InvalidInput` where one is damaged."""
        count, last = 0, 0
        asked = "SELECT number, line, checksum FROM lines WHERE world = ? ORDER BY number"
        for number, line, checksum in self._read(asked, world):
            count, last = count + 1, _checksum(last, line)
            if (number, checksum) != (count, last):
                raise self._damaged()
            yield line
        if (count, last) != self._stands[world][:2]:
            raise self._damaged()

    def scenarios(self) -> dict[str, str]:
        """Return name -> text of the scenarios that the server was sent."""
        found = {}
        for name, text, checksum in self._read("SELECT name, text, checksum FROM scenarios"):
            if checksum != _checksum(name, text):
                raise self._damaged()
            found[name] = text
        return found

    def starting(self) -> set[str]:
        """Return the worlds whose start is under way, or was when a server ended."""
        return {name for (name,) in self._read("SELECT world FROM starting")}

    # ---- writing -------------------------------------------------------------------------------

    def forget(self, world: str) -> None:
        """Take the lines of a world out, if it has any."""
        self._write("DELETE FROM lines WHERE world = ?", [(world,)])
        self._stands[world] = Stand()

    def keep(self, world: str, lines: Iterable[str]) -> None:
        """Add lines to a world."""
        count, last, lead = self._stands[world]
        rows = []
        for line in lines:
            count, last = count + 1, _checksum(last, line)
            rows.append((world, count, line, last))
        self._write("INSERT INTO lines VALUES (?, ?, ?, ?)", rows)
        self._stands[world] = Stand(count, last, lead)

    def keep_scenario(self, name: str, text: str) -> None:
        """Add a scenario, or put it in the place of the one that had its name."""
        row = (name, text, _checksum(name, text))
        self._write("INSERT OR REPLACE INTO scenarios VALUES (?, ?, ?)", [row])

    def mark(self, world: str, *, starting: bool) -> None:
        """Remember whether the start of a world is under way."""
        change = "INSERT OR IGNORE INTO" if starting else "DELETE FROM"
        which = "VALUES (?)" if starting else "WHERE world = ?"
        self._write(f"{change} starting {which}", [(world,)])

    def save(self, leads: Iterable[tuple[str, int | None]] = ()) -> None:
        """Let everything that was kept be on disk. Of each world that has more than before, `leads`
        has how far its clock is ahead (ms). Raises `EnvironmentFailure` where it could not be
        written, now or before.
        """
        rows = []
        for world, lead in leads:
            stand = self._stands[world] = self._stands[world]._replace(lead=lead)
            rows.append((world, *stand, _checksum(world, *stand)))
        self._write("INSERT OR REPLACE INTO worlds VALUES (?, ?, ?, ?, ?)", rows)
        with self._writing():
            if self._db.in_transaction:
                self._db.execute("COMMIT")

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        with self._writing():
            if not self._db.in_transaction and rows:
                self._db.execute("BEGIN")
            self._db.executemany(statement, rows)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._failure:
            raise EnvironmentFailure(self._failure)
        try:
            yield
        except sqlite3.DatabaseError as error:
            self._failure = (
                f"--data {self.path}: cannot be written: {error}. It has all that was answered"
                " before; make room, and start the server again"
            )
            if self._db.in_transaction:
                with suppress(sqlite3.Error):  # nothing more is written in any case
                    self._db.execute("ROLLBACK")
            raise EnvironmentFailure(self._failure) from None

    # ---- opening -------------------------------------------------------------------------------

    def _open(self) -> None:
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            [[tables]] = self._db.execute("SELECT count(*) FROM sqlite_schema")
            [[application]] = self._db.execute("PRAGMA application_id")
            [[version]] = self._db.execute("PRAGMA user_version")
            if tables and application != APPLICATION:
                raise self._foreign()
            if tables and version != VERSION:
                raise self._refused(
                    f"has version {version}, and this program reads {VERSION}; start with another"
                    " file, or with the program that wrote it"
                )
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_NOTHING if tables else _TABLES)
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            why = "another server has it open" if is_busy else str(error)
            raise EnvironmentFailure(f"--data {self.path}: {why}") from None
        except sqlite3.DatabaseError as error:
            is_one = error.sqlite_errorcode != sqlite3.SQLITE_NOTADB
            raise (self._damaged() if is_one else self._foreign()) from None

    def _check(self) -> None:
        """Read how far the worlds have come, and see that nothing is damaged."""
        asked = "SELECT name, count, last, lead, checksum FROM worlds"
        for world, *row, checksum in self._read(asked):
            if checksum != _checksum(world, *row):
                raise self._damaged()
            self._stands[world] = Stand(*row)
        [[lines]] = self._read("SELECT count(*) FROM lines")
        if lines != sum(stand.lines for stand in self._stands.values()):
            raise self._damaged()
        if list(self._read("PRAGMA quick_check")) != [("ok",)]:
            raise self._damaged()

    def _read(self, statement: str, *values: str) -> Iterator[tuple[Any, ...]]:
        try:
            found = self._db.execute(statement, values)
            yield from iter(found.fetchone, None)  # it has no `close`, which would be called late
        except (sqlite3.Error, UnicodeDecodeError):
            raise self._damaged() from None

    def _damaged(self) -> InvalidInput:
        return self._refused("is damaged; start with another file, or with a copy of it")

    def _foreign(self) -> InvalidInput:
        return self._refused("is something else; name one that is not there yet")

    def _refused(self, why: str) -> InvalidInput:
        return InvalidInput(f"--data {self.path}: the file {why}")


def _checksum(*values: object) -> int:
    return crc32(ascii(values).encode())  # of which every version of Python has the same idea
