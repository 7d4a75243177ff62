"""Why signatures do not match: each usual mistake, made here, is found and named."""

import base64
import hashlib
import hmac
import json

import pytest

import pocketsflow_emulator
from pocketsflow_emulator.wire.diagnosis import diagnose
from pocketsflow_emulator.wire.rewritings import LARGEST, rewritings
from pocketsflow_emulator.wire.signature import sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = SECRET.encode()
STAMP = 1_896_048_000_123
BODY = (
    '{"webhookId":"webhook_1","event":"order.completed","timestamp":1896048000123,"testMode":true,'
    '"url":"https://example.com/a","amount":60,"customer":{"name":"Zoë <x>","email":null}}'
).encode()
VALUE = json.loads(BODY)
GOOD = sign(BODY, SECRET)


def made(key=KEY, body=BODY, name="sha256"):
    """A signature as somebody makes it who does one thing differently."""
    return hmac.new(key, body, name)


def signed(body):
    """The signature of other bytes, under the right secret."""
    return sign(body, SECRET)


def dumped(**options):
    """The body written anew by Python."""
    return json.dumps(VALUE, **options).encode()


ENCODED = base64.b64encode(bytes.fromhex(GOOD)).decode()
COMPACT = {"separators": (",", ":"), "ensure_ascii": False}

SIGNATURES = {
    "prefix sha256=": (f"sha256={GOOD}", "prefix"),
    "prefix v1=": (f"v1={GOOD}", "prefix"),
    "as Stripe writes it": (f"t=1896048000,v1={GOOD}", "prefix"),
    "the whole header": (f"X-Pocketsflow-Signature: {GOOD}", "prefix"),
    "upper case": (GOOD.upper(), "upper-case"),
    "newline": (f"{GOOD}\n", "white-space"),
    "space": (f" {GOOD}", "white-space"),
    "quotes": (f'"{GOOD}"', "white-space"),
    "base64": (ENCODED, "base64"),
    "base64 without padding": (ENCODED.rstrip("="), "base64"),
    "base64 for URLs": (ENCODED.replace("+", "-").replace("/", "_"), "base64"),
    "base64 of the digits": (base64.b64encode(GOOD.encode()).decode(), "base64"),
    "sha1": (made(name="sha1").hexdigest(), "hash"),
    "sha512": (made(name="sha512").hexdigest(), "hash"),
    "sha384": (made(name="sha384").hexdigest(), "hash"),
    "no secret at all": (hashlib.sha256(BODY).hexdigest(), "no-hmac"),
    "secret before body": (hashlib.sha256(SECRET.encode() + BODY).hexdigest(), "no-hmac"),
    "secret after body": (hashlib.sha256(BODY + SECRET.encode()).hexdigest(), "no-hmac"),
    "exchanged": (made(key=BODY, body=SECRET.encode()).hexdigest(), "no-hmac"),
}

SECRETS = {
    "without whsec_": SECRET.removeprefix("whsec_").encode(),
    "with a newline": f"{SECRET}\n".encode(),
    "empty": b"",
    "undefined": b"undefined",
    "None": b"None",
    "null": b"null",
    "base64-decoded": base64.b64decode(SECRET.removeprefix("whsec_")),
}

BODIES = {
    "json.dumps": (dumped(), "rewritten"),
    "json.dumps, as UTF-8": (dumped(ensure_ascii=False), "rewritten"),
    "escaped": (dumped(separators=(",", ":")), "rewritten"),
    "keys sorted": (dumped(sort_keys=True, **COMPACT), "rewritten"),
    "keys sorted by json.dumps": (dumped(sort_keys=True), "rewritten"),
    "indented by 2": (dumped(indent=2, ensure_ascii=False), "rewritten"),
    "indented by 4": (dumped(indent=4), "rewritten"),
    "tabs": (dumped(indent="\t", ensure_ascii=False), "rewritten"),
    "PHP": (dumped(separators=(",", ":")).replace(b"/", b"\\/"), "rewritten"),
    "Go": (
        dumped(sort_keys=True, **COMPACT).replace(b"<", b"\\u003c").replace(b">", b"\\u003e"),
        "rewritten",
    ),
    "str(dict)": (str(VALUE).encode(), "rewritten"),
    "newline": (BODY + b"\n", "newline"),
    "CR LF": (BODY + b"\r\n", "newline"),
    "BOM": (b"\xef\xbb\xbf" + BODY, "bom"),
    "as Stripe signs": (f"{STAMP // 1000}.".encode() + BODY, "timestamp"),
    "milliseconds before": (f"{STAMP}.".encode() + BODY, "timestamp"),
    "timestamp after": (BODY + str(STAMP).encode(), "timestamp"),
    "read before": (b"", "empty"),
    "an object": (b"[object Object]", "object"),
    "Latin-1": (BODY.decode("latin-1").encode(), "encoding"),
    "a text in JSON": (json.dumps(BODY.decode(), ensure_ascii=False).encode(), "quoted"),
    "bytes as text": (repr(BODY).encode(), "quoted"),
}


def names(found):
    """The names of the mistakes that were found."""
    return [mistake.name for mistake in found.mistakes]


@pytest.mark.parametrize("case", SIGNATURES)
def test_a_signature_in_another_form_is_named(case):
    """What was done to the digits, or which hash they are of, is found out."""
    signature, expected = SIGNATURES[case]

    found = diagnose(BODY, signature, SECRET)

    assert (found.correct, found.explained, names(found)) == (False, True, [expected])


@pytest.mark.parametrize("case", SECRETS)
def test_a_secret_in_another_form_is_named(case):
    """A secret that was cut, decoded, missing or read with a line end is found out."""
    found = diagnose(BODY, made(key=SECRETS[case]).hexdigest(), SECRET)

    assert (found.explained, names(found)) == (True, ["secret-form"])


@pytest.mark.parametrize("case", BODIES)
def test_a_signature_over_a_body_that_was_changed_is_named(case):
    """The body is what was sent, and the signature was computed over what became of it."""
    body, expected = BODIES[case]

    found = diagnose(BODY, signed(body), SECRET)

    assert (found.explained, names(found)) == (True, [expected])


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("json.dumps", "rewritten"),
        ("escaped", "rewritten"),
        ("indented by 2", "rewritten"),
        ("PHP", "rewritten"),
        ("newline", "white-space"),
        ("CR LF", "white-space"),
        ("BOM", "bom"),
    ],
)
def test_a_body_that_was_changed_under_the_right_signature_is_named(case, expected):
    """The other way round: the signature is what was sent, and the body is not."""
    found = diagnose(BODIES[case][0], GOOD, SECRET)

    assert (found.explained, names(found)) == (True, [expected])
    assert "raw bytes" in found.remedy


def test_line_ends_that_were_changed_are_named():
    """A body of several lines, whose line ends some tool has changed."""
    unix, dos = b'{\n "a": 1\n}', b'{\r\n "a": 1\r\n}'

    assert names(diagnose(unix, signed(dos), SECRET)) == ["line-ends"]
    assert names(diagnose(dos, signed(unix), SECRET)) == ["line-ends"]


def test_mistakes_that_come_together_are_all_named():
    """A prefix before an upper-case digest of a body that was written anew with half a secret."""
    key = SECRET.removeprefix("whsec_").encode()
    signature = f"sha256={made(key, dumped()).hexdigest().upper()}"

    found = diagnose(BODY, signature, SECRET)

    assert names(found) == ["prefix", "upper-case", "secret-form", "rewritten"]


def test_another_secret_is_found_among_candidates():
    """Who has several secrets gives them all; the one that was used is named by its end."""
    signature = sign(BODY, "whsec_another_secret_of_mine")

    found = diagnose(
        BODY, signature, SECRET, candidates=["whsec_x", "whsec_another_secret_of_mine"]
    )

    assert names(found) == ["secret"]
    assert "the one that ends in ...mine" in found.reason
    assert "whsec_another" not in found.reason


def test_the_secret_of_the_emulator_is_always_a_candidate():
    """An application that was given no secret, or one that the emulator was not told of."""
    found = diagnose(BODY, sign(BODY, "whsec_pocketsflow_emulator"), SECRET)

    assert names(found) == ["secret"]
    assert "the emulator's secret where none is given" in found.reason


def test_a_secret_of_hexadecimal_digits_may_have_been_decoded():
    """A secret that looks like bytes in hexadecimal is text all the same."""
    secret = "whsec_00ff1234"

    found = diagnose(BODY, made(key=bytes.fromhex("00ff1234")).hexdigest(), secret)

    assert names(found) == ["secret-form"]
    assert "hexadecimal" in found.reason


def test_the_secret_itself_is_no_candidate():
    """Who gives the secret among the candidates too is told the same."""
    found = diagnose(BODY, "0" * 64, SECRET, candidates=[SECRET])

    assert names(found) == ["unknown"]


def test_the_timestamp_of_the_header_may_have_been_signed():
    """Where the body has no timestamp, the header's is tried."""
    body = b'{"invoice":{}}'

    found = diagnose(body, signed(b"1896048000123." + body), SECRET, timestamp="1896048000123")

    assert names(found) == ["timestamp"]


@pytest.mark.parametrize(
    ("body", "signature", "expected"),
    [
        (BODY, "", "missing"),
        (BODY, " \n", "missing"),
        (BODY, GOOD[:40], "cut-off"),
        (BODY, GOOD[:63].upper(), "cut-off"),
        (BODY, "zz", "malformed"),
        (BODY, "é" * 64, "malformed"),
        (BODY, "\ud800", "malformed"),
        (BODY, "0" * 65, "malformed"),
        (BODY, "0" * 64, "unknown"),
        (dumped(sort_keys=True, **COMPACT), GOOD, "body"),
        (dumped(sort_keys=True), GOOD, "body"),
        (b"event=order.completed", GOOD, "body"),
        (b"\xff\xfe", GOOD, "body"),
        (b"[" * 5000, GOOD, "body"),
        (b" " * (LARGEST + 1), GOOD, "body"),
    ],
)
def test_what_cannot_be_explained_is_described(body, signature, expected):
    """Where no usual mistake is the cause, it says what can be seen, and does not pretend."""
    found = diagnose(body, signature, SECRET)

    assert (found.correct, found.explained, names(found)) == (False, False, [expected])
    assert found.reason
    assert found.remedy


def test_a_correct_signature_has_no_mistakes():
    """What `verify` accepts is correct, and nothing is said against it."""
    found = diagnose(BODY, GOOD, SECRET)

    assert (found.correct, found.mistakes, found.remedy) == (True, (), "")
    assert found.reason == "The signature is correct."


def test_a_diagnosis_takes_what_sign_takes():
    """Arguments of other types are refused as `sign` refuses them."""
    with pytest.raises(TypeError, match="give the raw bytes"):
        diagnose(BODY.decode(), GOOD, SECRET)


def test_no_way_of_rewriting_gives_the_same_bytes_twice():
    """Each result is tried once, so the first name that fits is the only one."""
    found = [rewriting.body for rewriting in rewritings(BODY, ("1", "2"))]

    assert len(set(found)) == len(found) > 30
    assert BODY not in found


def test_the_names_for_merchants_are_public():
    """`sign`, `verify` and `diagnose` are imported from the package itself."""
    assert pocketsflow_emulator.sign(BODY, SECRET) == GOOD
    assert pocketsflow_emulator.verify(BODY, GOOD, SECRET)
    assert pocketsflow_emulator.diagnose(BODY, GOOD, SECRET).correct
