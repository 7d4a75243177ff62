"""Whether a server is ready: what runs at its start has come to its end, and none of it failed."""

from typing import NamedTuple


class Report(NamedTuple):
    """What a health check is told: `status` is ok, starting or failed."""

    status: str
    problems: tuple[str, ...]


class Readiness:
    """`starting` while the files of the start are being played; `problems` name those that cannot
    be used.
    """

    def __init__(self) -> None:
        self.starting = False
        self.problems: list[str] = []

    def report(self) -> Report:
        """Return how it stands."""
        status = "failed" if self.problems else "starting" if self.starting else "ok"
        return Report(status, tuple(self.problems))
