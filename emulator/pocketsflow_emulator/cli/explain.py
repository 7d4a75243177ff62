"""`explain`: list the rules of the platform and explain them, with how sure each is."""

from typing import Any

import click

from pocketsflow_emulator import cli, rules
from pocketsflow_emulator.cli import console
from pocketsflow_emulator.rules import LEVELS, Rule
from pocketsflow_emulator.rules.sources import CONFLICTS


@click.command("explain", short_help=cli.COMMANDS["explain"])
@click.argument("name", required=False)
@click.option("--level", type=click.Choice(list(LEVELS)), help="Only rules that are this sure.")
@console.form
def command(name: str | None, level: str | None, form: str) -> int:
    """Say what Pocketsflow does, how sure that is, and which public page says so.

    NAME is a rule (dunning.first-retry), a group of rules (dunning) or an event of any dialect
    (invoice.upcoming); without it all rules are listed.
    """
    found = rules.about(name) if name else list(rules.RULES.values())
    chosen = [rule for rule in found if level in (None, rule.level)]
    alone = name in rules.RULES
    if form == "json":
        documents = [_document(rule) for rule in chosen]
        console.document(rules=documents)
    elif alone:
        for rule in chosen:
            _explain(rule)
    else:
        _list(chosen)
    return cli.OK if chosen else cli.NOTHING


def _list(chosen: list[Rule]) -> None:
    width = max((len(rule.id) for rule in chosen), default=0)
    ids = {rule.id for rule in chosen}
    for room in rules.ROOMS:
        within = [rule for rule in room.rules if rule.id in ids]
        if within:
            console.say(console.styled(room.title.replace("`", ""), "title"))
        for rule in within:
            told = console.styled(f"{rule.level:10}", "dim")
            console.say(f"  {rule.id:{width}}  {told}  {rule.sentence}")


def _explain(rule: Rule) -> None:
    console.say(f"{console.styled(rule.id, 'title')}  {rule.sentence}\n")
    lines = [
        (rule.level, LEVELS[rule.level]),
        *(("page", f"{s.key}  {s.address or s.shows}") for s in rule.sources),
        *((rule.conflict, CONFLICTS[number]) for number in (rule.conflict,) if number),
        *(("event", name) for name in _events(rule)),
    ]
    for head, text in lines:
        console.say(f"  {console.styled(f'{head:10}', 'dim')}  {text}")


def _events(rule: Rule) -> list[str]:
    """Return the names that a rule's events have in its dialects."""
    names = (event.in_dialect(dialect) for event in rule.events for dialect in rule.dialects)
    return list(dict.fromkeys(name for name in names if name))


def _document(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "level": rule.level,
        "sentence": rule.sentence,
        "sources": [{"page": s.key, "address": s.address or None} for s in rule.sources],
        "conflict": rule.conflict or None,
        "events": _events(rule),
        "dialects": list(rule.dialects),
        "fields": list(rule.fields),
    }
