"""What the fields of requests have in common. Numbers are exact: JSON's are read as Decimal."""

from collections.abc import Collection
from decimal import Decimal
from functools import cache, partial
from typing import Annotated, Any, NotRequired

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from pocketsflow_emulator import inputs
from pocketsflow_emulator.core import clock, events

LARGEST_PAGE = 100
MOST_ITEMS = 1_000
MOST_IMAGES = 100


class Body(BaseModel):
    """A request's body. Names are camelCase on the wire; what is not listed is ignored."""

    model_config = ConfigDict(
        strict=True, alias_generator=to_camel, extra="ignore", defer_build=True
    )

    def given(self, *left_out: str) -> dict[str, Any]:
        """Return the fields that were given, without some."""
        given = self.model_fields_set
        wanted = (name for name, _ in _fields(type(self), left_out) if name in given)
        found = ((name, getattr(self, name)) for name in wanted)
        return {name: value for name, value in found if value is not None}

    def details(self, *own: str) -> dict[str, Any]:
        """Return the fields that were given, apart from the `own` ones, under the API's names."""
        given = self.model_fields_set
        fields = _fields(type(self), own)
        return {alias: getattr(self, name) for name, alias in fields if name in given}


@cache
def _fields(kind: type[Body], left_out: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the fields of a model, without some, and what they are called on the wire."""
    fields = kind.model_fields.items()
    return [(name, field.alias or name) for name, field in fields if name not in left_out]


class Query(BaseModel):
    """A request's query; what is not listed is ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", defer_build=True)


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError("write a number, like 29.5")
    return Decimal(value)


def _instant(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError("write an ISO 8601 date, like 2030-01-31")
    return clock.parse(value)  # what it raises is a ValueError, as pydantic wants it


def _date(value: object) -> str:
    _instant(value)
    return str(value)


def _event(value: str) -> str:
    events.patterns(value)
    return value


def _patterns() -> list[str]:
    """Return every name of an event, and every pattern of several."""
    names = events.names()
    heads = {name[: at + 1] for name in names for at, sign in enumerate(name) if sign == "."}
    return [*names, "*", *sorted(f"{head}*" for head in heads)]


Amount = Annotated[
    Decimal,
    BeforeValidator(_number),
    Field(ge=0, le=10**10),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 10**10}),
]
"""Major units, exactly as written."""

Text = Annotated[str, Field(min_length=1, max_length=2_000)]
Note = Annotated[str, Field(max_length=2_000)]
"""A text that may be empty."""
Id = Annotated[str, Field(min_length=1, max_length=200)]
"""Either id of an object."""
Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_ITEMS)]
Images = Annotated[list[Note], Field(max_length=MOST_IMAGES)]
Metadata = Annotated[
    dict[str, Any], Field(max_length=100), AfterValidator(partial(inputs.as_parsed, "metadata"))
]
"""The merchant's own data, as `JSON.parse` would have it."""
Style = Annotated[dict[str, Any], AfterValidator(partial(inputs.as_parsed, "style"))]
"""How something looks: any object, as `JSON.parse` would have it."""
Email = Annotated[str, Field(max_length=2_000, pattern=r"^[^\s@]+@[^\s@]+$")]
Link = Annotated[str, Field(max_length=2_000, pattern=r"^https?://[^\s/?#]+\S*$")]
"""An absolute address."""
Page = Annotated[str, Field(max_length=2_000, pattern=r"^(https?://[^\s/?#]+\S*)?$")]
"""An absolute address to send a buyer to; empty for none."""
Country = Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")]
Event = Annotated[
    str,
    AfterValidator(_event),
    WithJsonSchema({"type": "string", "enum": _patterns()}),
]
"""The name of an event in any dialect, `*`, or a pattern like `invoice.*`."""

Date = Annotated[
    str, BeforeValidator(_date), WithJsonSchema({"type": "string", "examples": ["2030-01-31"]})
]
"""An ISO 8601 date or instant, as it was written."""

Instant = Annotated[
    int, BeforeValidator(_instant), WithJsonSchema({"type": "string", "examples": ["2030-01-31"]})
]
"""An ISO 8601 date or instant, as milliseconds."""


class Paging(Query):
    """Which page, from 1, of how many items each."""

    page: Annotated[int, Field(ge=1, le=10**9)] = 1
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20


class Message(TypedDict):
    """What is said where there is nothing else to say."""

    message: str


class Pagination(TypedDict):
    """Where a page stands among all."""

    totalCount: int
    totalPages: int
    currentPage: int
    pageSize: int
    hasMore: bool


def pagination(total: int, page: int, size: int) -> Pagination:
    """Return where a page stands."""
    pages = -(-total // size)
    return {
        "totalCount": total,
        "totalPages": pages,
        "currentPage": page,
        "pageSize": size,
        "hasMore": page < pages,
    }


def cut(items: list[Any], page: int, size: int) -> list[Any]:
    """Return the items of a page."""
    return items[(page - 1) * size : page * size]


def pick(details: Any, names: Collection[str]) -> dict[str, Any]:
    """Return those details that are there."""
    return {name: value for name, value in details.items() if name in names and value is not None}


__all__ = [
    "Amount",
    "Body",
    "Country",
    "Currency",
    "Date",
    "Email",
    "Event",
    "Id",
    "Ids",
    "Images",
    "Instant",
    "Link",
    "Message",
    "Metadata",
    "NotRequired",
    "Note",
    "Page",
    "Pagination",
    "Paging",
    "Query",
    "Style",
    "Text",
    "TypedDict",
    "cut",
    "pagination",
    "pick",
]
