"""The program as a whole: help, versions, lists, and what is imported for it."""

import json
import subprocess
import sys

import pytest

from pocketsflow_emulator import cli, resources
from pocketsflow_emulator.cli import options

HEAVY = ("aiohttp", "pydantic", "faker", "yaml", "jsonschema")


@pytest.fixture
def call(capsys):
    """Call the program in this process; returns (exit code, stdout, stderr)."""

    def outcome(*words):
        code = cli.outcome(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return outcome


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(words):
    """Asking for help costs little more than click itself."""
    code = (
        "import sys\nfrom pocketsflow_emulator import cli\n"
        f"assert cli.outcome({words!r}) == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_help_names_every_command(call):
    """`--help` lists all commands with what they do."""
    code, out, _ = call("--help")

    assert code == 0
    assert all(name in out for name in cli.COMMANDS)


def test_the_version_is_the_distributions(call):
    """`--version` says which one it is."""
    assert call("--version") == (0, f"pocketsflow-emulator {resources.version()}\n", "")


def test_a_misspelt_command_comes_back_with_the_nearest(call):
    """An unknown command is wrong use."""
    code, _, err = call("rnu")

    assert code == 2
    assert "did you mean 'run'?" in err


def test_scenarios_are_listed(call):
    """`scenarios` gives name, title and tags; as JSON also the options."""
    _, text, _ = call("scenarios")
    _, tagged, _ = call("scenarios", "list", "--tag", "refund", "--format", "json")

    found = {scenario["name"]: scenario for scenario in json.loads(tagged)["scenarios"]}
    assert "trial-ends-in-three-days" in text
    assert {"refund", "partial-refund"} < set(found)
    assert {"refund"} == set.intersection(*(set(one["tags"]) for one in found.values()))
    assert all(scenario["title"] for scenario in found.values())


def test_no_scenario_with_a_tag_is_nothing_selected(call):
    """A tag that no scenario has gives an empty list and exit 5."""
    assert call("scenarios", "list", "--tag", "nope")[0] == 5


def test_a_scenario_is_shown_as_it_is_written(call):
    """`scenarios show` prints the file, ready to be copied and changed."""
    code, out, _ = call("scenarios", "show", "refund")

    assert (code, out) == (0, resources.text("scenarios", "refund.yaml"))
    assert "did you mean 'refund'?" in call("scenarios", "show", "refnd")[2]


def test_events_are_listed_with_both_names(call):
    """`events` lists all; where the newest generation differs, it says how."""
    code, out, _ = call("events")

    assert code == 0
    assert "(current dialect: customer.subscription.pause)" in out
    listed = json.loads(call("events", "list", "--format", "json")[1])
    assert (listed["version"], len(listed["events"])) == (1, 23)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["order.refunded"], "refund"),
        (["customer.subscription.pause"], "subscription"),
        (["order.refunded", "--dialect", "current"], "refund"),
        (["invoice.paid"], "billingReason"),
        (["invoice.paid", "--schema"], "properties"),
    ],
)
def test_an_event_is_shown(call, words, key):
    """`events show` prints an example, or the schema, by any name of any dialect."""
    code, out, _ = call("events", "show", *words)

    assert code == 0
    assert key in json.loads(out)


def test_an_event_of_one_dialect_only_says_which(call):
    """What is shown in another dialect than was asked for says so, beside the document."""
    _, _, err = call("events", "show", "invoice.paid")

    assert err == "invoice.paid is only in the dialect current; this is that one\n"
    assert call("events", "show", "order.completed")[2] == ""


@pytest.mark.parametrize(
    ("words", "variable", "expected"),
    [
        (["--secret", "whsec_a"], "", "the secret of --secret"),
        ([], "whsec_b", "the secret of $POCKETSFLOW_EMULATOR_SECRET"),
        ([], "", "the secret whsec_pocketsflow_emulator"),
    ],
)
def test_where_the_secret_of_a_server_came_from(monkeypatch, words, variable, expected):
    """A flag that was given by its variable is called by that name."""
    monkeypatch.setenv("POCKETSFLOW_EMULATOR_SECRET", variable)
    serve = cli.program.get_command(None, "serve")

    with serve.make_context("serve", words) as context:
        _, origin = options.secret(context.params["secret"])

    assert origin == expected


def test_an_unknown_event_comes_back_with_the_nearest(call):
    """A misspelt event is wrong use."""
    code, _, err = call("events", "show", "order.complete")

    assert code == 2
    assert "did you mean 'order.completed'?" in err


def test_a_defect_is_reported_as_one(call, monkeypatch):
    """An error of the emulator itself is exit 4 and asks for a report, without a traceback."""
    monkeypatch.setattr(cli.program, "invoke", lambda _context: 1 / 0)

    code, _, err = call("run", "purchase")

    assert code == 4
    assert "defect of the emulator" in err
    assert "Traceback" not in err
