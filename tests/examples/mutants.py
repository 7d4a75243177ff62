"""Bugs that merchants have shipped, put into the examples: source -> what it is replaced by.

Run as `python mutants.py EXAMPLE FOLDER`, this plays the tests of an example once for each bug, in
a copy in the folder, and prints the bugs that no test has noticed. Each run is a fork of a process
that has imported everything heavy already.
"""

import os
import shutil
import sys
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"

EVERYWHERE = {
    "every signature is believed": ("hmac.compare_digest(expected", "(lambda *_: True)(expected"),
    "a refund is not noticed": ('case "order.refunded":', 'case "order.refund":'),
    "subscriptions are not noticed": ('startswith("customer.subscription.")', 'startswith("sub.")'),
    "a trial's end is not announced": ("subscription.trial_will_end", "subscription.trial_ends"),
    "past due is the end": (', "past_due")', ",)"),
    "paused is open": ('"past_due")', '"past_due", "paused")'),
    "cancelled is open": ('"past_due")', '"past_due", "canceled")'),
    "a failed payment is not told": ('"invoice.payment_failed"', '"invoice.failed"'),
}

OWN = {
    "flask": {
        "every event counts": ("rowcount == 1", "rowcount >= 0"),
        "the last to come is the newest": (" WHERE excluded.at > at", ""),
        "any refund revokes": ("refunded < paid", "refunded = 0"),
        "nothing is committed": ("with db():", "if True:"),
        "the body is written again": ("request.get_data()", "json.dumps(request.json).encode()"),
    },
    "fastapi": {
        "every event counts": ("        return False\n", "        return True\n"),
        "the last to come is the newest": (" or subscription.at > known.at", " or True"),
        "any refund revokes": ("o.refunded < o.paid", "o.refunded == 0"),
        "the body is written again": (
            "await request.body()",
            "json.dumps(await request.json()).encode()",
        ),
    },
    "aiohttp": {
        "every event counts": ("            return False\n", "            return True\n"),
        "the last to come is the newest": ('or at > known["at"]', "or True"),
        "any refund revokes": ('order["left"] -= cents(', 'order["left"] -= 100 * cents('),
        "the body is written again": (
            "await request.read()",
            "json.dumps(await request.json()).encode()",
        ),
    },
    "django": {
        "every event counts": ("    return new\n", "    return True\n"),
        "the last to come is the newest": ("and at > known.at", ""),
        "any refund revokes": ('refunded__lt=F("paid")', "refunded=0"),
        "the body is written again": (
            "body = request.body",
            "body = json.dumps(json.loads(request.body)).encode()",
        ),
        "a browser's token is asked for": ("@csrf_exempt", "#"),
        "the mail waits for nothing": (
            "transaction.on_commit(lambda: send_mail",
            "(lambda: send_mail",
        ),
    },
}
"""Example -> its bugs. `, "past_due")` is written with a brace where the example has a set."""


def bugs(example):
    """Return the bugs of an example: name -> (file, its source with the bug)."""
    sources = {path: path.read_text(encoding="utf-8") for path in _sources(example)}
    made = {}
    for name, (old, new) in (EVERYWHERE | OWN[example]).items():
        if not any(old in source for source in sources.values()):
            old, new = old.replace(")", "}"), new.replace(")", "}")
        [(path, source)] = [(path, text) for path, text in sources.items() if old in text]
        made[name] = path.relative_to(EXAMPLES / example), source.replace(old, new)
    return made


def _sources(example):
    found = (EXAMPLES / example).rglob("*.py")
    return [path for path in found if not path.name.startswith("test_")]


def play(folder):
    """Run the tests in a folder in a process of its own; return how pytest ends."""
    child = os.fork()
    if not child:
        code = 99
        try:
            os.chdir(folder)
            code = _pytest(folder)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _pytest(folder):
    import pytest

    seen = "ignore::pytest.PytestAssertRewriteWarning"  # what is imported before is not rewritten
    options = ["-x", "-q", "-p", "no:cacheprovider", "-W", seen, "--rootdir", str(folder)]
    options += [word for plugin in PLUGINS for word in ("-p", plugin)]
    with redirect_stdout(StringIO()) as said:
        code = pytest.main([*options, str(folder)])
    if code not in (0, 1):
        sys.stderr.write(said.getvalue())
    return code


def main(example, folder):
    """Print the name of every bug that the tests of the example let pass."""
    _import(example)
    made = bugs(example)
    shutil.copytree(EXAMPLES / example, folder / "sound")
    assert play(folder / "sound") == 0, "the example fails without a bug"
    for number, (name, (file, source)) in enumerate(made.items()):
        copy = folder / str(number)
        shutil.copytree(EXAMPLES / example, copy)
        (copy / file).write_text(source, encoding="utf-8")
        if play(copy) != 1:
            print(name)


def _import(example):
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("pytest", "faker", "pocketsflow_emulator.emulator", *PLUGINS, HEAVY[example]):
        import_module(name)


STRANGERS = ("asyncio", "aiohttp", "anyio", "time_machine", "pytest_httpserver")
"""Plugins of this environment that a merchant does not have."""

PLUGINS = ("pytest_pocketsflow.plugin", "pytest_django.plugin")


HEAVY = {
    "flask": "flask",
    "fastapi": "fastapi.testclient",
    "aiohttp": "aiohttp.test_utils",
    "django": "django.test",
}
"""Example -> what its tests import first."""


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
