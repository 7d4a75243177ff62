"""As much TypeScript as the client's declarations are written in, to hold answers against them."""

import re
from typing import Any, NamedTuple

_TOKEN = re.compile(r"\s*(?:(/\*.*?\*/|//[^\n]*)|('[^']*')|([A-Za-z_]\w*)|(.))", re.DOTALL)
_WHOLE = re.MULTILINE | re.DOTALL
_PRIMITIVES = {"string": (str,), "number": (int, float), "boolean": (bool,)}


class Field(NamedTuple):
    """A field of an object type."""

    optional: bool
    type: Any


class Declarations:
    """Interfaces, type aliases and the methods of classes, by name."""

    def __init__(self, text):
        self.types = {}
        self.classes = {}
        self.seen = set()
        """Fields that a checked value had, as `Interface.field`."""
        for name, bases, body in re.findall(
            r"^interface (\w+)(?:<\w+>)?(?: extends ([\w, ]+))? \{(.*?)^\}",
            text,
            _WHOLE,
        ):
            fields = _Parser(body).fields()
            for base in filter(None, bases.split(", ")):
                fields = {**self.types[base][1], **fields}
            self.types[name] = ("object", fields, name)
        for name, body in re.findall(r"^type (\w+) = (.*?);$", text, _WHOLE):
            self.types[name] = _Parser(body).type()
        for name, body in re.findall(r"^declare class (\w+) \{(.*?)^\}", text, _WHOLE):
            self.classes[name] = body

    def resources(self):
        """Return the client's resources: name -> the class of its methods."""
        return dict(
            re.findall(r"^    (\w+): (\w+Resource);", self.classes["Pocketsflow"], re.MULTILINE)
        )

    def methods(self):
        """Return what every method promises: `resource.method` -> type."""
        found = {}
        for resource, name in self.resources().items():
            promises = re.findall(
                r"^    (\w+)\([^)]*\): Promise<(.*?)>;$",
                self.classes[name],
                _WHOLE,
            )
            for method, promised in promises:
                found[f"{resource}.{method}"] = _Parser(promised).type()
        return found

    def fields(self):
        """Return every field of every interface that a method can answer with."""
        wanted, todo = set(), list(self.methods().values())
        while todo:
            kind = todo.pop()
            match kind:
                case ("name", name) if name in self.types:
                    todo.append(self.types[name])
                case ("array", inner):
                    todo.append(inner)
                case ("union", kinds):
                    todo += kinds
                case ("object", fields, name):
                    new = {f"{name}.{field}" for field in fields} - wanted if name else fields
                    wanted |= new if name else set()
                    todo += [field.type for field in fields.values()] if new else []
        return wanted

    def problems(self, value, kind, path="answer"):
        """Return where a value is not of a type."""
        match kind:
            case ("name", "any" | "unknown"):
                return []
            case ("name", name) if name in _PRIMITIVES:
                fits = isinstance(value, _PRIMITIVES[name])
                fits = fits and (name == "boolean") == isinstance(value, bool)
                return [] if fits else [f"{path} is {value!r}, no {name}"]
            case ("name", "Record"):
                return [] if isinstance(value, dict) else [f"{path} is {value!r}, no object"]
            case ("name", name):
                return self.problems(value, self.types[name], path)
            case ("literal", text):
                return [] if value == text else [f"{path} is {value!r}, not {text!r}"]
            case ("union", kinds):
                found = [self.problems(value, one, path) for one in kinds]
                return [] if [] in found else [f"{path} is {value!r}, none of {kinds}"]
            case ("array", inner):
                if not isinstance(value, list):
                    return [f"{path} is {value!r}, no array"]
                return [
                    problem
                    for number, item in enumerate(value)
                    for problem in self.problems(item, inner, f"{path}[{number}]")
                ]
            case ("object", fields, name):
                return self._object(value, fields, name, path)
        raise AssertionError(f"unknown type {kind}")

    def _object(self, value, fields, name, path):
        if not isinstance(value, dict):
            return [f"{path} is {value!r}, no object"]
        found = []
        for field, declared in fields.items():
            if field in value:
                self.seen.add(f"{name}.{field}")
                found += self.problems(value[field], declared.type, f"{path}.{field}")
            elif not declared.optional:
                found.append(f"{path} has no {field}")
        return found


class _Parser:
    """Reads types; a type is a tuple: ("name", n), ("literal", t), ("array", t), ("union", ts),
    ("object", fields, name).
    """

    def __init__(self, text):
        tokens = (match.groups() for match in _TOKEN.finditer(text))
        self.tokens = [b or c or d for a, b, c, d in tokens if a is None and (b or c or d).strip()]
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def fields(self):
        found = {}
        while self.peek() not in ("", "}"):
            name = self.next()
            optional = self.peek() == "?"
            if optional:
                self.next()
            assert self.next() == ":"
            found[name] = Field(optional, self.type())
            assert self.next() == ";"
        return found

    def type(self):
        kinds = [self.one()]
        while self.peek() == "|":
            self.next()
            kinds.append(self.one())
        return kinds[0] if len(kinds) == 1 else ("union", kinds)

    def one(self):
        token = self.next()
        if token.startswith("'"):
            kind = ("literal", token.strip("'"))
        elif token == "{":
            kind = ("object", self.fields(), "")
            assert self.next() == "}"
        else:
            kind = ("name", token)
            if self.peek() == "<":
                self.next()
                while self.next() != ">":
                    continue
        while self.peek() == "[":
            self.next()
            assert self.next() == "]"
            kind = ("array", kind)
        return kind
