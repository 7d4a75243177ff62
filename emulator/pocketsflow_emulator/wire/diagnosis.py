"""Why a signature does not match its body: the usual mistakes, tried out one by one.

For people who look for a fault, not for handlers: those ask `verify`.
"""

import hashlib
import hmac
import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from pocketsflow_emulator.wire.rewritings import LARGEST, looks_rewritten, rewritings
from pocketsflow_emulator.wire.signature import DEFAULT_SECRET, sign, verify

RAW = (
    "Check the raw bytes of the request, before anything parses them: request.get_data() in Flask,"
    " request.body in Django, await request.body() in FastAPI, express.raw({type:"
    " 'application/json'}) in Express, file_get_contents('php://input') in PHP, io.ReadAll(r.Body)"
    " in Go."
)
"""How to get at the bytes that were signed."""


class Mistake(NamedTuple):
    """One thing that is wrong: its name, what is the case, and what to change."""

    name: str
    told: str
    remedy: str


class Diagnosis(NamedTuple):
    """Whether a signature is correct; if not, the `mistakes` that together explain it. Where they
    do not (`explained` is False), they are what can be said all the same.
    """

    correct: bool
    explained: bool
    mistakes: tuple[Mistake, ...]

    @property
    def reason(self) -> str:
        """What is the case, in a sentence or two."""
        return " ".join(mistake.told for mistake in self.mistakes) or "The signature is correct."

    @property
    def remedy(self) -> str:
        """What to change."""
        return " ".join(dict.fromkeys(mistake.remedy for mistake in self.mistakes))


def diagnose(
    body: bytes,
    signature: str,
    secret: str,
    *,
    candidates: Iterable[str] = (),
    timestamp: str = "",
) -> Diagnosis:
    """Find out why `signature` is not that of `body` under `secret`.

    The usual mistakes are tried, alone and together: other secrets (`candidates`, and the
    emulator's constant), the secret in other forms, the body written anew in other ways, another
    hash, a signature in another form, the `timestamp` of the header mixed in. The explanation with
    the fewest mistakes is given. Raises `TypeError` and `ValueError` as `sign` does.
    """
    sign(body, secret)
    if verify(body, signature, secret):
        return Diagnosis(True, True, ())
    readings = list(_readings(signature))
    stamps = tuple(_stamps(body, signature, timestamp))
    found = min(
        _explanations(body, readings, list(_keys(secret, candidates)), stamps),
        key=len,
        default=None,
    )
    if found is not None:
        return Diagnosis(False, True, found)
    return Diagnosis(
        False,
        False,
        (
            _unexplained(
                body, signature, secret, any(len(r.digest) in _BY_LENGTH for r in readings)
            ),
        ),
    )


# ---- the search --------------------------------------------------------------------------------


class Reading(NamedTuple):
    """A digest that a signature may mean, and what was wrong with how it was written."""

    digest: bytes
    mistakes: tuple[Mistake, ...]


class Key(NamedTuple):
    """A key that may have been used, and what is wrong with it."""

    key: bytes
    mistakes: tuple[Mistake, ...]


def _explanations(
    body: bytes, readings: list[Reading], keys: list[Key], stamps: tuple[str, ...]
) -> Iterator[tuple[Mistake, ...]]:
    """Yield every set of mistakes under which the signature is correct."""
    bodies: list[tuple[bytes, tuple[Mistake, ...]]] = [(body, ())]
    bodies += [(o.body, (_of_body(o.name, o.told),)) for o in rewritings(body, stamps)]
    for reading in readings:
        name = _BY_LENGTH.get(len(reading.digest))
        if name is None:
            continue
        of_hash = () if name == "sha256" else (_of_hash(name),)
        for content, of_body in bodies:
            for key, of_key in keys:
                if hmac.compare_digest(hmac.digest(key, content, name), reading.digest):
                    yield (*reading.mistakes, *of_hash, *of_key, *of_body)
            for plain in _misused(content, reading.digest, keys[0].key):
                yield (*reading.mistakes, plain, *of_body)


_BY_LENGTH = {
    20: "sha1",
    32: "sha256",
    48: "sha384",
    64: "sha512",
}
"""Bytes of a digest -> the hash that makes such."""


def _misused(body: bytes, digest: bytes, key: bytes) -> Iterator[Mistake]:
    """Yield what a digest is that was made without HMAC, or with its arguments exchanged."""
    if hmac.compare_digest(hmac.digest(body, key, "sha256"), digest):
        told = "The signature was made with secret and body in each other's place."
        yield Mistake("no-hmac", told, "The secret is the key, the body is the message.")
    for told, content in (
        ("the plain SHA-256 of the body, without any secret", body),
        ("the SHA-256 of secret and body one after the other", key + body),
        ("the SHA-256 of body and secret one after the other", body + key),
    ):
        if hashlib.sha256(content).digest() == digest:
            yield Mistake(
                "no-hmac",
                f"The signature is {told}.",
                "Use HMAC: hmac.new(secret.encode(), body, hashlib.sha256) in Python,"
                " crypto.createHmac('sha256', secret) in Node.",
            )


# ---- the signature -----------------------------------------------------------------------------

_PREFIX = re.compile(
    r"(x-pocketsflow-signature:\s*)?((t=\d+,)?[a-z][a-z0-9-]*[=:]\s*)?", re.IGNORECASE
)


def _readings(text: str) -> Iterator[Reading]:
    """Yield the digests that the text of a signature may stand for."""
    found: list[Mistake] = []
    bare = text.strip().strip("\"'")
    if bare != text:
        found.append(_WHITE_SPACE)
    prefix = _PREFIX.match(bare)
    beginning = prefix[0] if prefix else ""
    rest = bare[len(beginning) :].partition(",")[0]
    if beginning and _digest(rest) is not None:
        told = f"The signature begins with {beginning.strip()!r}; Pocketsflow sends bare digits."
        found.append(Mistake("prefix", told, "Compare with the header's 64 digits and no more."))
        bare = rest
    digest = _digest(bare)
    if digest is not None:
        if bare != bare.lower():
            found.append(_UPPER_CASE)
        yield Reading(digest, tuple(found))
        return
    for encoded in _decoded(bare):
        inner = _digest(encoded.decode("ascii", "replace"))
        yield Reading(inner or encoded, (*found, _BASE64))


def _digest(text: str) -> bytes | None:
    if len(text) // 2 not in _BY_LENGTH or not re.fullmatch("([0-9a-fA-F]{2})+", text):
        return None
    return bytes.fromhex(text)


def _decoded(text: str) -> Iterator[bytes]:
    """Yield what a text is that is base64, of the common or the URL alphabet."""
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    with suppress(ValueError):
        yield b64decode(bare + "=" * (-len(bare) % 4), validate=True)


_WHITE_SPACE = Mistake(
    "white-space",
    "There is white space, or a quotation mark, around the signature.",
    "Strip the header's value before it is compared.",
)
_UPPER_CASE = Mistake(
    "upper-case",
    "The signature has upper-case digits; Pocketsflow sends lower-case ones.",
    "Write the digest in lower case: hexdigest() in Python, digest('hex') in Node.",
)
_BASE64 = Mistake(
    "base64",
    "The signature is written in base64; Pocketsflow writes hexadecimal digits.",
    "Use hexdigest() in Python, digest('hex') in Node, hex.EncodeToString in Go.",
)


def _of_hash(name: str) -> Mistake:
    told = f"The signature was made with {name.upper()}; Pocketsflow uses SHA256."
    return Mistake("hash", told, "Use SHA-256.")


# ---- the secret --------------------------------------------------------------------------------


def _keys(secret: str, candidates: Iterable[str]) -> Iterator[Key]:
    """Yield the keys that may have been used, the secret itself first."""
    yield Key(secret.encode(), ())
    for other in dict.fromkeys((*candidates, DEFAULT_SECRET)):
        if other != secret:
            yield Key(other.encode(errors="replace"), (_of_candidate(other),))
    bare = secret.strip().strip("\"'")
    core = bare.removeprefix("whsec_")
    for told, form in (
        ("The secret was used without the white space or the quotation marks around it.", bare),
        ("The secret was used with a newline after it.", secret + "\n"),
        ("The secret was used without its whsec_.", core),
        ("The secret was used with whsec_ before it.", f"whsec_{bare}"),
        ("The secret was empty.", ""),
        ("There was no secret: the text undefined was used.", "undefined"),
        ("There was no secret: the text None was used.", "None"),
        ("There was no secret: the text null was used.", "null"),
    ):
        yield _of_secret(form.encode(), told)
    for told, text in (
        ("The secret was decoded from base64.", bare),
        ("What follows whsec_ was decoded from base64.", core),
    ):
        for key in _decoded(text) if text.isascii() else ():
            yield _of_secret(key, told)
    if re.fullmatch("([0-9a-fA-F]{2})+", core):
        yield _of_secret(bytes.fromhex(core), "The secret was decoded from hexadecimal digits.")


def _of_candidate(other: str) -> Mistake:
    if other == DEFAULT_SECRET:
        told = f"It was signed with {DEFAULT_SECRET}, the emulator's secret where none is given."
    else:
        told = f"It was signed with another secret{_end(other)}."
    return Mistake("secret", told, "Give both sides the same secret.")


def _of_secret(key: bytes, told: str) -> Key:
    remedy = "Use the whole secret as it is shown, whsec_ included, as UTF-8 text."
    return Key(key, (Mistake("secret-form", told, remedy),))


def _end(secret: str) -> str:
    return f", the one that ends in ...{secret[-4:]}" if len(secret) >= 16 else ""


# ---- the body ----------------------------------------------------------------------------------


def _stamps(body: bytes, signature: str, timestamp: str) -> Iterator[str]:
    """Yield the timestamps that may have been signed along, in milliseconds and in seconds."""
    stamps = [timestamp.strip(), *re.findall(r"\bt=(\d+)", signature)]
    with suppress(ValueError, TypeError, KeyError, RecursionError):
        stamps.append(str(json.loads(body)["timestamp"]))
    for stamp in dict.fromkeys(filter(str.isdecimal, stamps)):
        yield stamp
        if len(stamp) > 10:
            yield stamp[:-3]


def _of_body(name: str, told: str) -> Mistake:
    if name == "timestamp":
        remedy = "Pocketsflow signs the body alone; sign the body without the timestamp."
    elif name == "empty":
        remedy = f"Read the body once, and keep it. {RAW}"
    else:
        remedy = RAW
    return Mistake(name, f"The signature is that of {told}.", remedy)


def _unexplained(body: bytes, signature: str, secret: str, readable: bool) -> Mistake:
    """Return what can be said where no usual mistake explains a signature."""
    expected = sign(body, secret)
    length = len(signature)
    if not signature.strip():
        return Mistake("missing", "There is no signature.", "Read X-Pocketsflow-Signature.")
    if len(signature) >= 8 and expected.startswith(signature.lower()):
        told = f"The signature is cut off: it has {length} of 64 digits."
        return Mistake("cut-off", told, "Keep all of the header's value.")
    if not readable:
        told = f"A signature is 64 hexadecimal digits; this one has {length} characters."
        return Mistake("malformed", told, "Read X-Pocketsflow-Signature as it is.")
    sign_of_it = "the body is larger than 1 MiB" if len(body) > LARGEST else looks_rewritten(body)
    if sign_of_it:
        told = f"No usual mistake explains the signature, but {sign_of_it}."
        return Mistake("body", told, RAW)
    return Mistake(
        "unknown",
        "No usual mistake explains the signature: it was made with another secret, or over another"
        " body.",
        "Compare the last characters of the secret on both sides, and the body byte for byte.",
    )
