"""Which route a request takes: a tree of path segments, the fixed ones before those with a name."""

from typing import Generic, TypeVar

T = TypeVar("T")

Names = dict[str, str]
"""What the named segments of a path are."""


class _Node(Generic[T]):
    """Where a path may end, or go on: by a `fixed` segment, or by one that has a name, like `{id}`
    or `{event}.json` (name, suffix, and where that leads).
    """

    __slots__ = ("fixed", "methods", "open")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node[T]] = {}
        self.open: list[tuple[str, str, _Node[T]]] = []
        self.methods: dict[str, T] = {}


class Router(Generic[T]):
    """(Method, path) -> T. A path like `/orders/{id}` stands for every id."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._fixed: dict[tuple[str, str], T] = {}
        self.routes: list[tuple[str, str]] = []

    def add(self, method: str, path: str, what: T) -> None:
        """Let requests with this method of this path lead to `what`."""
        node = self._root
        for segment in path[1:].split("/"):
            node = _below(node, segment)
        if method in node.methods:
            raise ValueError(f"{method} {path} is routed twice")
        node.methods[method] = what
        if "{" not in path:
            self._fixed[method, path] = what
        self.routes.append((method, path))

    def find(self, method: str, path: str) -> tuple[T, Names] | None:
        """Return where a request leads and what its path names, or None where no route takes it.
        Only `/` and `%` may stand escaped in `path`.
        """
        at_once = self._fixed.get((method, path))
        if at_once is not None:
            return at_once, {}
        for node, names in self._ends(path):
            found = node.methods.get(method)
            if found is not None:
                return found, names
        return None

    def methods(self, path: str) -> set[str]:
        """Return the methods that a path takes."""
        return {method for node, _ in self._ends(path) for method in node.methods}

    def _ends(self, path: str) -> list[tuple[_Node[T], Names]]:
        """Return where a path may end, the most explicit routes first."""
        first, *segments = path.split("/")
        ends: list[tuple[_Node[T], Names]] = [] if first else [(self._root, {})]
        for segment in segments:
            further = []
            for node, names in ends:
                below = node.fixed.get(segment)
                if below is not None:
                    further.append((below, names))
                for name, suffix, below in node.open:
                    value = segment.removesuffix(suffix) if segment.endswith(suffix) else ""
                    if value and "{" not in value and "}" not in value:
                        further.append((below, {**names, name: _unescaped(value)}))
            ends = further
        return ends


def _below(node: _Node[T], segment: str) -> _Node[T]:
    """Return the node that a segment of a route leads to, made where there is none."""
    name, closed, suffix = segment.removeprefix("{").partition("}")
    if not closed:
        return node.fixed.setdefault(segment, _Node())
    for known, end, below in node.open:
        if (known, end) == (name, suffix):
            return below
    node.open.append((name, suffix, below := _Node()))
    return below


def _unescaped(value: str) -> str:
    return value.replace("%2F", "/").replace("%25", "%") if "%" in value else value
