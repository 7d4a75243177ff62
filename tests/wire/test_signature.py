"""The signature is plain HMAC-SHA256; openssl and node are asked whether it is."""

import shutil
import subprocess

import pytest

from pocketsflow_emulator.wire.signature import sign, verify

OPENSSL = shutil.which("openssl")
NODE = shutil.which("node")
NODE_SIGN = """
const body = require("fs").readFileSync(0);
const hmac = require("crypto").createHmac("sha256", process.argv[1]);
process.stdout.write(hmac.update(body).digest("hex"));
"""

SECRET = "whsec_5f0c0ffee1234567890ab"
BODY = b'{"webhookId":"webhook_1","event":"order.completed","amount":60}'

CASES = [
    pytest.param(BODY, SECRET, id="a webhook"),
    pytest.param(b"", SECRET, id="empty body"),
    pytest.param("Zoë \U0001f600".encode(), "whsec_Zoë\U0001f600", id="outside ASCII"),
    pytest.param(bytes(range(256)) * 5, SECRET, id="any bytes"),
    pytest.param(b"line\r\nline\n", "with space\tand\nline", id="white space"),
    pytest.param(BODY, "k" * 64, id="secret of one block"),
    pytest.param(BODY, "k" * 65, id="secret longer than a block"),
    pytest.param(BODY, "\xaa" * 131, id="secret of several blocks"),
]


@pytest.mark.parametrize(
    ("body", "secret", "expected"),
    [
        pytest.param(
            b"Hi There",
            "\x0b" * 20,
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            id="case 1",
        ),
        pytest.param(
            b"what do ya want for nothing?",
            "Jefe",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            id="case 2",
        ),
        pytest.param(
            b"\xcd" * 50,
            bytes(range(1, 26)).decode(),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            id="case 4",
        ),
    ],
)
def test_signatures_agree_with_rfc_4231(body, secret, expected):
    """The signature is HMAC-SHA256 as RFC 4231 has it."""
    actual = sign(body, secret)

    assert expected == actual


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not on PATH")
@pytest.mark.parametrize(("body", "secret"), CASES)
def test_openssl_makes_the_same_signature(body, secret):
    """Anyone can check a signature with `openssl dgst -sha256 -hmac <secret>`."""
    command = [OPENSSL, "dgst", "-sha256", "-hmac", secret]
    done = subprocess.run(command, input=body, capture_output=True, check=True, timeout=60)
    expected = done.stdout.decode().split()[-1]

    actual = sign(body, secret)

    assert expected == actual


@pytest.mark.skipif(NODE is None, reason="node is not on PATH")
@pytest.mark.parametrize(("body", "secret"), CASES)
def test_node_makes_the_same_signature(body, secret):
    """A receiver in JavaScript gets the same signature from crypto.createHmac."""
    command = [NODE, "-e", NODE_SIGN, "--", secret]
    done = subprocess.run(command, input=body, capture_output=True, check=True, timeout=60)
    expected = done.stdout.decode()

    actual = sign(body, secret)

    assert expected == actual


@pytest.mark.parametrize(("body", "secret"), [*CASES, pytest.param(BODY, "", id="empty secret")])
def test_a_signature_verifies(body, secret):
    """What was signed with a secret verifies with the same one."""
    signature = sign(body, secret)

    actual = verify(body, signature, secret)

    assert actual is True


GOOD = sign(BODY, SECRET)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(GOOD.upper(), id="upper case"),
        pytest.param("sha256=" + GOOD, id="prefix"),
        pytest.param(GOOD + "\n", id="trailing newline"),
        pytest.param(" " + GOOD, id="leading space"),
        pytest.param(GOOD[:-1], id="too short"),
        pytest.param(GOOD + "0", id="too long"),
        pytest.param(("1" if GOOD[0] == "0" else "0") + GOOD[1:], id="another digit"),
        pytest.param("", id="empty"),
        pytest.param("é" + GOOD[1:], id="outside ASCII"),
        pytest.param("\ud800" + GOOD[1:], id="lone surrogate"),
        pytest.param("\x00" * 64, id="controls"),
        pytest.param(GOOD.encode(), id="bytes"),
        pytest.param(None, id="None"),
        pytest.param(int(GOOD, 16), id="int"),
        pytest.param([GOOD], id="list"),
    ],
)
def test_any_other_signature_is_false(signature):
    """Only the exact 64 lower-case digits verify; anything else is False and never an error."""
    actual = verify(BODY, signature, SECRET)

    assert actual is False


@pytest.mark.parametrize(
    ("body", "secret"),
    [
        pytest.param(BODY + b" ", SECRET, id="changed body"),
        pytest.param(BODY.replace(b"60", b"60.0"), SECRET, id="body written anew"),
        pytest.param(b"", SECRET, id="no body"),
        pytest.param(BODY, SECRET + "x", id="wrong secret"),
        pytest.param(BODY, SECRET.removeprefix("whsec_"), id="secret without its prefix"),
        pytest.param(BODY, "", id="empty secret"),
        pytest.param(BODY, "\ud800", id="secret without a UTF-8 form"),
        pytest.param(BODY.decode(), SECRET, id="body is str"),
        pytest.param(None, SECRET, id="body is None"),
        pytest.param(BODY, SECRET.encode(), id="secret is bytes"),
        pytest.param(BODY, None, id="secret is None"),
    ],
)
def test_another_body_or_secret_is_false(body, secret):
    """The signature belongs to the exact bytes of the body and the whole secret."""
    actual = verify(body, GOOD, secret)

    assert actual is False


@pytest.mark.parametrize(
    ("body", "secret", "error", "text"),
    [
        (BODY.decode(), SECRET, TypeError, "body is str; give the raw bytes"),
        (BODY, SECRET.encode(), TypeError, "secret is bytes; give it as str"),
        (BODY, None, TypeError, "secret is NoneType; give it as str"),
        (BODY, "\ud800", UnicodeEncodeError, "surrogates not allowed"),
    ],
)
def test_signing_says_what_it_cannot_sign(body, secret, error, text):
    """Signing takes bytes and a str and says so when it is given anything else."""
    with pytest.raises(error, match=text):
        sign(body, secret)
