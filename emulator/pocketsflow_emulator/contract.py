"""The schemas as a contract: whether a body is one that Pocketsflow could have sent."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from pocketsflow_emulator import resources

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

MOST_PROBLEMS = 5
"""How many problems of one body are named."""


def problems(body: Any, dialect: str, event: str) -> list[str]:
    """Return what of a body breaks the schema of its event in a dialect, by path; the first few."""
    found = sorted(_validator(dialect, event).iter_errors(body), key=lambda error: error.json_path)
    return [
        f"{error.json_path[2:] or 'the body'}: {error.message}" for error in found[:MOST_PROBLEMS]
    ]


@cache
def _validator(dialect: str, event: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # here, so that the start is not slowed

    schema = json.loads(resources.text("schemas", f"{dialect}/{event}.json"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
