"""What somebody hands over as a receiver: recognised by what it can be called with."""

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from pocketsflow_emulator.errors import InvalidInput, quoted
from pocketsflow_emulator.receivers import clients


class Found(NamedTuple):
    """A receiver and its kind: url, handler, wsgi, asgi or aiohttp."""

    kind: str
    app: Any


_ENVIRON = frozenset({"environ", "env", "start_response"})
_SCOPE = frozenset({"scope", "receive", "send"})


def recognised(target: Any) -> Found:
    """Return what a target is. Raises `InvalidInput` where that cannot be seen, with the keyword
    that says it.
    """
    if isinstance(target, str):
        return Found("url", target)
    app = clients.application(target)
    if _is_aiohttp(app):
        return Found("aiohttp", app)
    if not callable(app):
        raise InvalidInput(_no_receiver(app))
    needed = _needed(app)
    if needed is None or (len(needed) <= 1 and _binds(app, 1)):
        return Found("handler", app)
    if len(needed) == 2 and not is_async(app) and _looks(app, needed, _ENVIRON):
        return Found("wsgi", app)
    if len(needed) == 3 and (is_async(app) or _looks(app, needed, _SCOPE)):
        return Found("asgi", app)
    raise InvalidInput(
        f"{_shown(app)} takes {', '.join(needed) or 'no arguments'}; a handler takes one request;"
        " if it is an application, say so: wsgi= or asgi="
    )


def declared(keyword: str, value: Any) -> Found:
    """Return what a keyword says a receiver is. Raises `InvalidInput` where it cannot be that."""
    if keyword == "url":
        if not isinstance(value, str):
            raise InvalidInput(f"url is {quoted(value)}; write an address like localhost:3000")
        return Found("url", value)
    app = value if keyword == "handler" else clients.application(value)
    if keyword == "asgi" and _is_aiohttp(app):
        raise InvalidInput("an aiohttp application is no ASGI application; give it without asgi=")
    needs, words = _CALLS[keyword]
    if not callable(app) or not _binds(app, needs):
        raise InvalidInput(f"{keyword} is {_shown(app)}, which cannot be called with {words}")
    return Found(keyword, app)


_CALLS = {
    "handler": (1, "one request"),
    "wsgi": (2, "environ and start_response"),
    "asgi": (3, "scope, receive and send"),
}


def is_async(app: Any) -> bool:
    """Say whether calling it gives a coroutine."""
    while isinstance(app, partial):
        app = app.func
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(_method(app))


def _method(app: Any) -> Any:
    return None if inspect.isroutine(app) or inspect.isclass(app) else type(app).__call__


def _needed(app: Callable[..., Any]) -> list[str] | None:
    """Return the names of the arguments that have to be given; None where it does not say."""
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):  # a builtin
        return None
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind not in optional]


def _binds(app: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(app).bind(*[None] * count)
    except TypeError:
        return False
    except ValueError:  # a builtin does not say
        return True
    return True


def _looks(app: Any, needed: list[str], names: frozenset[str]) -> bool:
    """Say whether the arguments are named as those of an application, whatever is around them; an
    object that is called is hardly anything else.
    """
    words = {name.strip("_").lower() for name in needed}
    return bool(words & names) or not (inspect.isroutine(app) or inspect.isclass(app))


def _is_aiohttp(app: Any) -> bool:
    web = sys.modules.get("aiohttp.web")
    return web is not None and isinstance(app, web.Application)


def _no_receiver(app: Any) -> str:
    said = f"{_shown(app)} is no receiver; give a URL, an application, or a function of one request"
    if isinstance(app, int):
        return f'{said}; for the port {app} of this machine write "{app}"'
    if not inspect.ismodule(app):
        return said
    inside = [f"{app.__name__}.{name}" for name in _attributes(app)]
    return f"{said}; did you mean {inside[0]}?" if inside else said


def _attributes(module: Any) -> Iterator[str]:
    for name in ("application", "app", "webhook", "handler"):
        if callable(getattr(module, name, None)):
            yield name


def _shown(app: Any) -> str:
    return f"module {app.__name__}" if inspect.ismodule(app) else quoted(app)
