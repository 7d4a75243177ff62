"""`ready`: is the server there? Costs next to nothing, for health checks of containers."""

import json
import os
from http.client import HTTPConnection, HTTPException
from threading import Event
from time import monotonic
from urllib.parse import urlsplit

import click

from pocketsflow_emulator import cli
from pocketsflow_emulator.cli import console, options
from pocketsflow_emulator.errors import InvalidInput

VARIABLE = "POCKETSFLOW_EMULATOR_SERVER"


@click.command("ready", short_help=cli.COMMANDS["ready"])
@click.option(
    "--server",
    metavar="URL",
    envvar=VARIABLE,
    default=None,
    help=f"Default: ${VARIABLE}, else http://127.0.0.1:$POCKETSFLOW_EMULATOR_PORT or 6060.",
)
@click.option(
    "--wait",
    type=options.Seconds(0, 3600),
    default=0.0,
    metavar="SECONDS",
    help="How long to wait for it.",
)
def command(server: str | None, wait: float) -> int:
    """Exit with 0 when a server answers its health check, else with 1."""
    url = server or f"http://127.0.0.1:{os.environ.get('POCKETSFLOW_EMULATOR_PORT', '6060')}"
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if not parts.hostname or parts.scheme != "http":
        raise InvalidInput(f"{url!r} is not the address of a server; write http://127.0.0.1:6060")
    until = monotonic() + wait
    while True:
        problem = _problem(parts.hostname, parts.port or 80)
        if problem is None:
            console.say(f"ready: {url}")
            return cli.OK
        left = until - monotonic()
        if left <= 0:
            console.complain(f"not ready: {url}: {problem}")
            return cli.FAILED
        Event().wait(min(0.05, left))  # between two questions; --wait bounds them all


def _problem(host: str, port: int) -> str | None:
    """Ask once; return what is wrong, or None."""
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/_emulator/health")
        answer = connection.getresponse()
        body = json.loads(answer.read(10_000))
    except (OSError, HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    if answer.status == 200 and isinstance(body, dict) and body.get("status") == "ok":
        return None
    return f"answered {answer.status}, which is not a healthy emulator"
