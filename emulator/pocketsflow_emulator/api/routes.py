"""The table of routes: what each takes and answers. The router, the description in OpenAPI and the
page of documentation are all made from it.

A handler is a plain function of a `Call`, so that nothing comes between reading a world and
changing it. Its annotations say what it takes and gives: `body` and `query` are pydantic models,
what it returns a TypedDict, a list of them, or text.
"""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, get_type_hints

from pydantic import BaseModel

DOCUMENTED, OBSERVED, ASSUMED = "documented", "observed", "assumed"

Handler = Callable[..., Any]


class Route(NamedTuple):
    """One route. `level` and `source` say how sure it is; `silent` is what nobody says of it."""

    method: str
    path: str
    group: str
    handler: Handler
    summary: str
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answer: Any
    status: int
    level: str
    source: str
    assumed: str
    public: bool

    @property
    def name(self) -> str:
        """An id that no other route has: the method and the path in words."""
        words = [part.strip("{}") for part in self.path.split("/") if part]
        return "_".join([self.method.lower(), *words]).replace("-", "_")


class Group:
    """The routes of one kind of object, in the order of the page of documentation."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.routes: list[Route] = []

    def route(
        self,
        method: str,
        path: str,
        *,
        source: str,
        status: int = 200,
        level: str = DOCUMENTED,
        assumed: str = "",
        public: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register the decorated handler. `assumed` says what of it is a guess; a `public` route
        needs no key and may be called from any page.
        """

        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            self.routes.append(
                Route(
                    method=method,
                    path=path,
                    group=self.name,
                    handler=handler,
                    summary=inspect.cleandoc(handler.__doc__ or ""),
                    body=hints.get("body"),
                    query=hints.get("query"),
                    answer=hints["return"],
                    status=status,
                    level=level,
                    source=source,
                    assumed=assumed,
                    public=public,
                )
            )
            return handler

        return register


class Undocumented(NamedTuple):
    """A route that Pocketsflow names and nobody describes: it answers 501."""

    path: str
    what: str


METHODS = ("GET", "POST", "PUT", "DELETE")
"""All that Pocketsflow has anywhere. # SDK 1.2.1"""

UNDOCUMENTED = (
    Undocumented("/posts", "posts"),
    Undocumented("/subscribers", "subscribers of posts"),
    Undocumented("/images", "images"),
    Undocumented("/link-in-bio", "the link in bio"),
)
"""What G2 /api-reference/introduction lists without a path that can be read; these are assumed."""
