"""One page that needs nothing else: no script, no request, and a policy that forbids both."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from typing import Any

from pocketsflow_emulator.cli import sent
from pocketsflow_emulator.cli.reports import picture

Json = Mapping[str, Any]

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --dim: #66707d; --line: #d5dae1; --paper: #fff;
  --good: #17803d; --bad: #c2261c; --open: #b7791f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --dim: #97a1ae; --line: #343c47;
  --paper: #14181d; --good: #4cc274; --bad: #ff7b72; --open: #e0b050; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2.5rem 0 0; } p.title { color: var(--dim); margin: 0 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } td:not(:last-child) { white-space: nowrap; }
code, pre, td.when { font: 13px/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; max-width: 60rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .dim { color: var(--dim); }
svg { width: 100%; height: auto; margin: 1rem 0; } svg text { fill: var(--ink); font-size: 13px; }
svg .date { fill: var(--dim); text-anchor: middle; font-size: 12px; }
svg line { stroke: var(--line); } svg .day { stroke-dasharray: 2 4; }
svg circle { stroke: var(--paper); stroke-width: 1.5; } svg circle.good { fill: var(--good); }
svg circle.bad { fill: var(--bad); } svg circle.open { fill: var(--open); }
summary { cursor: pointer; } footer { margin: 3rem 0; color: var(--dim); }
"""
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'"
"""The page's own style and its empty icon, nothing else."""


def text(document: Json) -> str:
    """Return the report."""
    scenarios = document["scenarios"]
    passed = sum(scenario["ok"] for scenario in scenarios)
    title = f"{passed} of {len(scenarios)} scenarios passed"
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<link rel="icon" href="data:,">\n<title>{escape(title)}</title>',
        f"<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>{_marked(title, good=document['ok'])}</h1>",
        *_head(document),
    ]
    for number, scenario in enumerate(scenarios):
        parts += _scenario(number, scenario)
    parts += [f"<footer>Repeat with <code>{escape(document['repeat'])}</code></footer>"]
    return "\n".join([*parts, "</body>\n</html>\n"])


def _head(document: Json) -> Iterator[str]:
    yield f'<p class="dim">Sent to {escape(document["to"])}</p>'
    if document["error"]:
        yield f'<p class="bad">{escape(document["error"])}</p>'
    yield "<table>"
    for number, scenario in enumerate(document["scenarios"]):
        name = f'<a href="#s{number}">{escape(scenario["name"])}</a>'
        counted = _marked(sent.counted(scenario), good=scenario["ok"])
        yield f"<tr><td>{name}</td><td>{escape(scenario['title'])}</td><td>{counted}</td></tr>"
    yield "</table>"


def _scenario(number: int, scenario: Json) -> Iterator[str]:
    yield f'<section id="s{number}">\n<h2>{escape(scenario["name"])}</h2>'
    yield f'<p class="title">{escape(scenario["title"])}</p>'
    for miss in scenario["misses"]:
        yield from _miss(miss)
    if scenario["deliveries"]:
        yield picture.svg(scenario)
        yield "<table>"
        yield from (_row(row) for row in scenario["deliveries"])
        yield "</table>"
    yield "</section>"


def _miss(miss: Json) -> Iterator[str]:
    where = f"{miss['file']}:{miss['line']}"
    yield f"<p><code>{escape(where)}</code> {escape(miss['step'])}: "
    yield f'<span class="bad">{escape(miss["message"])}</span></p>'
    if miss["advice"]:
        yield f'<p class="dim">{escape(miss["advice"])}</p>'
    if miss["paste"]:
        lines = escape("\n".join(miss["paste"]))
        yield f"<p>To expect what happened, write:</p><pre>{lines}</pre>"


def _row(row: Json) -> str:
    body = json.dumps(row["body"], indent=2, ensure_ascii=False)
    result = _marked(f"{sent.mark(row)} {sent.result(row)}", good=not sent.went_wrong(row))
    return (
        f'<tr><td class="when">{escape(sent.moment(row))}</td><td><details><summary>'
        f"{escape(row['event'])}</summary><pre>{escape(body)}</pre></details></td>"
        f"<td>{result}</td><td>{escape(row['about'])}</td></tr>"
    )


def _marked(text: str, *, good: bool) -> str:
    return f'<span class="{"good" if good else "bad"}">{escape(text)}</span>'
