"""`explain`: what Pocketsflow does, and how sure that is."""

import json
import subprocess
import sys

import pytest

from pocketsflow_emulator import cli
from pocketsflow_emulator.rules import LEVELS, ROOMS, RULES
from pocketsflow_emulator.rules.sources import CONFLICTS


@pytest.fixture
def explain(capsys):
    """Call `explain` in this process; returns (exit code, stdout, stderr)."""

    def outcome(*words):
        code = cli.outcome(["explain", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return outcome


def test_all_rules_are_listed_by_room(explain):
    """Without a name every rule is listed, under the title of its room."""
    code, out, _ = explain()

    assert code == 0
    assert all(f"  {id} " in out for id in RULES)
    assert [line for line in out.splitlines() if not line.startswith(" ")] == [
        room.title.replace("`", "") for room in ROOMS
    ]


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_selects(explain, level):
    """`--level` leaves the rules that are this sure."""
    _, out, _ = explain("--level", level, "--format", "json")

    expected = [rule.id for rule in RULES.values() if rule.level == level]
    assert expected == [rule["id"] for rule in json.loads(out)["rules"]]


def test_a_rule_is_explained_with_its_page(explain):
    """A rule has its sentence, level, page with its address, conflict and events."""
    code, out, _ = explain("ids.customer")

    assert code == 0
    assert out.splitlines() == [
        f"ids.customer  {RULES['ids.customer'].sentence}",
        "",
        f"  documented  {LEVELS['documented']}",
        "  page        G2 /api-webhooks/events  https://docs.pocketsflow.com/api-webhooks/events",
        f"  C12         {CONFLICTS['C12']}",
        "  event       customer.created",
        "  event       customer.subscription.created",
    ]


def test_what_merchants_show_has_no_address(explain):
    """A merchant's code is not named; what it shows is said."""
    _, out, _ = explain("request.bytes")

    assert "CON-3  a receiver that checks the parsed body, written anew" in out


def test_rules_as_json(explain):
    """One rule or several: the document has a list of them, and its version."""
    _, one, _ = explain("current.pause", "--format", "json")
    _, several, _ = explain("pausing", "--format", "json")

    assert json.loads(one)["version"] == 1
    [rule] = json.loads(one)["rules"]
    assert rule == {
        "id": "current.pause",
        "level": "observed",
        "sentence": RULES["current.pause"].sentence,
        "sources": [{"page": "CON-1", "address": None}],
        "conflict": None,
        "events": ["customer.subscription.pause"],
        "dialects": ["current"],
        "fields": ["status", "accessRetained"],
    }
    assert {rule["id"].partition(".")[0] for rule in json.loads(several)["rules"]} == {"pausing"}


def test_an_event_is_explained_by_every_rule_about_it(explain):
    """An event of any dialect shows all that is known of it, also what is only assumed."""
    code, out, _ = explain("invoice.paid")

    assert code == 0
    assert "events.invoice.paid " in out
    assert "order.renewal-paid " in out
    assert "current.invoice-paid " in out
    assert "documented.invoice " not in out


@pytest.mark.parametrize("words", [["ids"], ["ids.customer"]])
def test_a_level_that_nothing_has_selects_nothing(explain, words):
    """Where no rule is left, that is exit 5."""
    assert explain(*words, "--level", "observed")[0] == 5
    _, out, _ = explain(*words, "--level", "observed", "--format", "json")
    assert json.loads(out)["rules"] == []


def test_an_unknown_name_comes_back_with_the_nearest(explain):
    """A misspelt name is wrong use."""
    code, out, err = explain("invoice.upcomin")

    assert (code, out) == (2, "")
    assert "unknown rule or event 'invoice.upcomin'; did you mean 'invoice.upcoming'?" in err


def test_explaining_imports_nothing_heavy():
    """`explain` needs no network library, no Faker and no YAML; nothing else needs the rules."""
    code = (
        "import sys\nfrom pocketsflow_emulator import cli\n"
        "assert cli.outcome(['events']) == 0\n"
        "assert 'pocketsflow_emulator.rules' not in sys.modules\n"
        "assert cli.outcome(['explain', 'dunning']) == 0\n"
        "heavy = ('aiohttp', 'pydantic', 'faker', 'yaml', 'jsonschema', 'asyncio')\n"
        "print([name for name in heavy if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert done.stdout.splitlines()[-1] == "[]", done.stderr
