"""`ready`: is the server there? Costs next to nothing, for health checks of containers."""

import json
from http.client import HTTPConnection, HTTPException
from threading import Event
from time import monotonic

import click

from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import client, console, options


@click.command("ready", short_help=cli.COMMANDS["ready"])
@client.server_option
@click.option(
    "--wait",
    type=options.Seconds(0, 3600),
    default=0.0,
    metavar="SECONDS",
    help="How long to wait for it.",
)
def command(server: str | None, wait: float) -> int:
    """Exit with 0 when a server answers its health check, else with 1."""
    where = client.address(server)
    until = monotonic() + wait
    while True:
        problem, final = _problem(where.host, where.port)
        if not problem:
            console.say(f"ready: {where.url}")
            return cli.OK
        left = until - monotonic()
        if final or left <= 0:
            console.complain(f"not ready: {where.url}: {problem}")
            return cli.FAILED
        Event().wait(min(0.05, left))  # between two questions; --wait bounds them all


def _problem(host: str, port: int) -> tuple[str, bool]:
    """Ask once; return what is wrong, or nothing, and whether it will stay so."""
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/_emulator/health")
        answer = connection.getresponse()
        body = json.loads(answer.read(10_000))
    except (OSError, HTTPException, ValueError) as error:
        return str(error) or type(error).__name__, False
    finally:
        connection.close()
    if not isinstance(body, dict) or body.get("status") not in ("ok", "starting", "failed"):
        return f"answered {answer.status}, which is not a healthy emulator", False
    if body["status"] == "failed":
        return "; ".join(map(str, body.get("problems", ()))) or "its start has failed", True
    return ("" if body["status"] == "ok" else "still starting"), False
