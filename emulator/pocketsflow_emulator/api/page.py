"""The page of documentation: every route, from the description in OpenAPI, on one page that needs
nothing else."""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from typing import Any

from pocketsflow_emulator.api import openapi

Json = dict[str, Any]

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #8886; }
code, pre, summary { font-family: ui-monospace, monospace; font-size: .9em; }
pre { overflow-x: auto; padding: .6rem; background: #8881; border-radius: .3rem; }
details { margin: .4rem 0; padding: .3rem .6rem; border: 1px solid #8884; border-radius: .3rem; }
summary { cursor: pointer; }
summary b { display: inline-block; min-width: 4.5rem; }
summary i { float: right; opacity: .7; }
p { margin: .4rem 0; }
"""

_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page: no script, no other address."""


@cache
def html() -> str:
    """Return the page."""
    document = openapi.document()
    groups = "".join(_group(tag["name"], document) for tag in document["tags"])
    title = f"{document['info']['title']} {document['info']['version']}"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f"<p>{escape(document['info']['description'])}</p>"
        '<p>The same for programs: <a href="/docs.json">/docs.json</a> (OpenAPI 3.1).</p>'
        f"{groups}</body></html>"
    )


def _group(tag: str, document: Json) -> str:
    rows = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if tag in operation["tags"]
    ]
    return f"<h2>{escape(tag)}</h2>{''.join(rows)}"


def _operation(method: str, path: str, operation: Json) -> str:
    level = operation.get("x-level", "")
    lines = [
        f"<details><summary><b>{method.upper()}</b> {escape(path)} <i>{level}</i></summary>",
        f"<p>{escape(operation['summary'])}</p>",
    ]
    if "description" in operation:
        lines.append(f"<p>{escape(operation['description'])}</p>")
    if "x-source" in operation:
        lines.append(f"<p>Source: {escape(operation['x-source'])}</p>")
    queries = [p for p in operation.get("parameters", ()) if p["in"] == "query"]
    if queries:
        lines.append(_schema("Query", {one["name"]: one["schema"] for one in queries}))
    if "requestBody" in operation:
        lines.append(_schema("Body", operation["requestBody"]["content"]))
    for status, response in operation["responses"].items():
        lines.append(f"<p><code>{status}</code> {escape(response['description'])}</p>")
    return "".join([*lines, "</details>"])


def _schema(title: str, schema: Json) -> str:
    text = escape(json.dumps(schema, indent=2, ensure_ascii=False))
    return f"<details><summary>{title}</summary><pre>{text}</pre></details>"
