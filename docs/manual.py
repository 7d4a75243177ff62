"""The pages of the reference that are made of the code: one per registry, nothing by hand."""

import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from pocketsflow_emulator import Emulator, cli, resources
from pocketsflow_emulator.api import openapi
from pocketsflow_emulator.core import events, spans
from pocketsflow_emulator.delivery import faults
from pocketsflow_emulator.delivery.outcomes import OUTCOMES
from pocketsflow_emulator.verbs import Verbs


def write(folder: Path) -> None:
    """Write all of them into a folder."""
    folder.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        (folder / f"{name}.md").write_text("\n".join(make()) + "\n", encoding="utf-8")


def _events() -> Iterable[str]:
    yield "# Events"
    for row in events.CATALOGUE.values():
        yield f"\n## {row.name}\n\n{row.when.capitalize()}.\n"
        for dialect in events.DIALECTS:
            name = row.in_dialect(dialect)
            if name is None:
                yield f"- `{dialect}` does not know it."
                continue
            schema = json.loads(resources.text("schemas", f"{dialect}/{name}.json"))
            yield f"- `{dialect}`: `{name}`. {schema.get('$comment', '')}\n"
            yield _code("json", json.dumps(schema["examples"][0], indent=2, ensure_ascii=False))


def _verbs() -> Iterable[str]:
    yield "# Verbs\n\nThe same on `Emulator`, awaited on `AsyncEmulator`, in `actions/` of the"
    yield "control API, with `act` on the command line, and as steps of scenarios."
    for room in Verbs.__bases__:
        title = inspect.cleandoc(inspect.getmodule(room).__doc__ or "").splitlines()[0]
        yield f"\n## {title.rstrip('.')}"
        for name, method in vars(room).items():
            if inspect.isfunction(method) and not name.startswith("_"):
                yield f"\n### {name}\n\n{_code('python', _signature(name, method))}"
                yield inspect.getdoc(method) or ""


def _signature(name: str, method: Callable[..., Any]) -> str:
    parameters = list(inspect.signature(method).parameters.values())[1:]
    shown = ", ".join(str(p.replace(annotation=p.empty)) for p in parameters)
    return f"{name}({shown})"


def _faults() -> Iterable[str]:
    yield "# Faults\n\nHow to use them: [faults](../faults.md)."
    for kind in sorted(faults.KINDS.values(), key=lambda kind: kind.name):
        yield f"\n## {kind.name}\n\n{kind.sentence}\n"
        for name, parameter in kind.parameters.items():
            default = parameter.default
            shown = spans.write(default) if parameter.read is spans.read else default
            yield f"- `{name}`: {parameter.takes}" + (f", {shown} by default" if shown else "")


def _outcomes() -> Iterable[str]:
    yield "# Outcomes\n\nEvery try ends in exactly one."
    for name, known in OUTCOMES.items():
        yield f"\n## {name}\n\n{known.sentence}\n"
        yield f"Likely: {known.cause}\n\nWhat to do: {known.remedy}"


def _scenarios() -> Iterable[str]:
    yield "# Pages of the scenarios\n\nWhat each shows and catches: [the library](../library.md).\n"
    yield _code("{toctree}", ":glob:\n../scenarios/*")


def _steps() -> Iterable[str]:
    schema = json.loads(resources.text("schemas", "scenario.schema.json"))
    yield "# The format of scenarios\n\nEvery key, as editors complete it."
    yield "\n## A file\n"
    yield from _properties(schema["properties"])
    for name in ("option", "probe", "expect", "answers"):
        yield f"\n## {name}\n"
        yield from _properties(schema["$defs"][name]["properties"])
    yield "\n## Steps\n"
    for name in schema["$defs"]["step"]["properties"]:
        if name not in ("as", "repeat", "expect"):
            verb = schema["$defs"].get(name, {})
            yield f"\n### {name}\n\n{verb.get('description', '')}\n"
            forms = [verb, *verb.get("anyOf", ())]
            for form in forms:
                yield from _properties(form.get("properties", {}))


def _properties(known: Mapping[str, Any]) -> Iterable[str]:
    schema = json.loads(resources.text("schemas", "scenario.schema.json"))
    for name, found in known.items():
        target = schema["$defs"].get(found.get("$ref", "").rpartition("/")[2], {})
        yield f"- `{name}`: {found.get('description') or target.get('description', '')}"


def _commands() -> Iterable[str]:
    yield "# Command line"
    context = click.Context(cli.program, info_name="pocketsflow-emulator")
    yield from _command(cli.program, context, 2)


def _command(command: click.Command, context: click.Context, level: int) -> Iterable[str]:
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                inner = click.Context(found, info_name=name, parent=context)
                yield f"\n{'#' * level} {inner.command_path}\n"
                yield _code("text", found.get_help(inner))
                yield from _command(found, inner, level + 1)


def _http() -> Iterable[str]:
    yield "# HTTP\n\nAs `/docs.json` describes it."
    described = openapi.document()
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            if isinstance(route, dict) and "responses" in route:
                said = filter(None, (route.get("summary"), route.get("description")))
                yield "\n\n".join((f"\n## {method.upper()} {path}", *dict.fromkeys(said))) + "\n"
                yield f"Answers: {', '.join(sorted(route['responses']))}."


def _python() -> Iterable[str]:
    yield "# Emulator\n\n" + (inspect.getdoc(Emulator) or "")
    for name in sorted(dir(Emulator)):
        found = getattr(Emulator, name)
        if not name.startswith("_") and not hasattr(Verbs, name):
            yield f"\n## {name}\n\n{inspect.getdoc(found) or ''}"


def _code(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


PAGES: Mapping[str, Callable[[], Iterable[str]]] = {
    "events": _events,
    "verbs": _verbs,
    "emulator": _python,
    "scenarios": _scenarios,
    "steps": _steps,
    "faults": _faults,
    "outcomes": _outcomes,
    "commands": _commands,
    "http": _http,
}
"""Name of a page -> what makes it."""
