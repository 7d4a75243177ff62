"""The variables in which an application finds the emulator: its address, a key, the secret."""

from typing import Protocol

URL = "POCKETSFLOW_BASE_URL"
KEY = "POCKETSFLOW_API_KEY"
SECRET = "POCKETSFLOW_WEBHOOK_SECRET"  # noqa: S105  (the name of a variable)


class Environment(Protocol):
    """What sets variables of the environment, and takes them back: pytest's `monkeypatch`."""

    def setenv(self, name: str, value: str) -> None:
        """Set one."""
        ...


def patch(environment: Environment, *, url: str, key: str, secret: str) -> None:
    """Set all three."""
    environment.setenv(URL, url)
    environment.setenv(KEY, key)
    environment.setenv(SECRET, secret)
