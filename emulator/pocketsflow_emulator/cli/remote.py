"""`run --server`: scenarios played on a running server, every one in a world of its own."""

from functools import partial
from typing import Any

from pocketsflow_emulator.cli import console, selection, sent
from pocketsflow_emulator.cli.asked import Asked
from pocketsflow_emulator.cli.background import in_background
from pocketsflow_emulator.cli.client import Client
from pocketsflow_emulator.cli.running import Run
from pocketsflow_emulator.cli.waiting import until_it_listens
from pocketsflow_emulator.delivery import addresses, causes
from pocketsflow_emulator.delivery.outcomes import COULD_NOT_CONNECT
from pocketsflow_emulator.delivery.tries import Outcome
from pocketsflow_emulator.errors import printable
from pocketsflow_emulator.scenario import report
from pocketsflow_emulator.scenario.result import Miss
from pocketsflow_emulator.scenario.session import Chosen


class Remote(Run):
    """Hands each scenario over and lets the server play it, to its own receivers and `--to`."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._where = Client(asked.server).address
        self._entries: list[dict[str, Any]] = []
        self._heard: set[str] = set()

    async def play(self) -> None:
        """Play one after the other."""
        if self.asked.wait is not None:
            await until_it_listens(f"http://{self._where.host}:{self._where.port}", self.asked.wait)
        to = addresses.masked(self.url) or "the receivers of the server"
        self.say(f"On {self._where.url}, sending to {to}.")
        for number, chosen in enumerate(self.chosen, 1):
            client = Client(self.asked.server, f"run-{self.seed}-{number}")
            name = chosen.scenario.name
            self.progress.show(f"{name} ({number} of {len(self.chosen)})")
            entry = await in_background(partial(self._one, client, chosen))
            self._entries.append(entry)
            self._tell(entry)
            if number == 1 and self.url:
                _check_reached(entry, self.url)

    def entries(self) -> list[dict[str, Any]]:
        """Return what the server has told."""
        return self._entries

    def broken(self) -> None:
        """Nothing is known of a scenario before it has been played."""

    def _one(self, client: Client, chosen: Chosen) -> dict[str, Any]:
        name = chosen.scenario.name
        client.put("scenarios", name, text=selection.text(chosen.scenario))
        wanted: dict[str, Any] = {"options": dict(chosen.options), "probes": self._ways(chosen)}
        if self.url:
            webhook = {"url": self.url, "secret": self.secret, "dialect": self.asked.dialect}
            made = client.post("actions", "create_webhook", body=webhook)
            wanted["webhook"] = made["result"]["id"]
        said = client.post("scenarios", name, "run", body=wanted, query="?report=true")
        entry: dict[str, Any] = said["result"]
        for miss in entry["misses"]:
            miss["file"] = chosen.scenario.file
        return {**entry, "file": chosen.scenario.file}

    def _ways(self, chosen: Chosen) -> dict[str, str]:
        """Return how to ask those probes that the scenario has."""
        return {name: way for name, way in self.asked.probes if name in chosen.scenario.probes}

    def _tell(self, entry: dict[str, Any]) -> None:
        self.say(f"\n{console.styled(entry['name'], 'title')}  {printable(entry['title'])}")
        for line in sent.story(entry):
            self.say(f"  {line}")
        misses = map(Miss.read, entry["misses"])
        for line in report.missed(misses, self._heard, console.styled):
            self.say(f"  {line}")
        self.say(f"  {sent.counted(entry)}")


def _check_reached(entry: dict[str, Any], url: str) -> None:
    """Raise `EnvironmentFailure` where nobody could be reached with the first event, as a run from
    here does.
    """
    rows = [row for row in entry["deliveries"] if row["fact"] == entry["deliveries"][0]["fact"]]
    if rows and all(row["outcome"] in COULD_NOT_CONNECT for row in rows):
        last = rows[-1]  # the webhook of the run is the newest
        raise causes.unreachable(Outcome(last["outcome"], detail=last["detail"]), url)
