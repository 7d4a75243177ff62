"""`verify`: exit codes, what it reads, and what it says."""

import io
import json
import subprocess
import sys

import pytest

from pocketsflow_emulator import cli, sign

SECRET = "whsec_1a2b3c4d5e6f7g8h9i0j"
BODY = '{"event":"order.completed","timestamp":1896048000000,"name":"Zoë"}'.encode()
GOOD = sign(BODY, SECRET)


@pytest.fixture
def file(tmp_path):
    """A file with the body."""
    path = tmp_path / "body.json"
    path.write_bytes(BODY)
    return str(path)


@pytest.fixture
def verify(capsys, monkeypatch):
    """Call `verify` in this process; returns (exit code, stdout, stderr)."""
    monkeypatch.delenv("POCKETSFLOW_WEBHOOK_SECRET", raising=False)

    def call(*words):
        code = cli.outcome(["verify", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_correct_signature(verify, file):
    """Exit 0, and which secret it was: by where it came from, never by itself."""
    actual = verify(file, "--secret", SECRET, "--signature", GOOD)

    assert actual == (0, "correct: the body is signed with the secret of --secret\n", "")


def test_a_signature_with_its_reason(verify, file):
    """Exit 1, what is the case, and what to change in the handler."""
    code, out, err = verify(file, "--secret", SECRET, "--signature", f"sha256={GOOD}")

    assert (code, err) == (1, "")
    assert out == (
        "not correct: The signature begins with 'sha256='; Pocketsflow sends bare digits.\n"
        "What to change: Compare with the header's 64 digits and no more.\n"
    )


def test_headers_as_they_came(verify, file):
    """A header is given whole, as a log shows it; its timestamp is tried too."""
    stamped = sign(b"1896048000999." + BODY, SECRET)
    headers = ["--header", f"x-pocketsflow-signature: {stamped}"]
    headers += ["--header", "X-Pocketsflow-Timestamp: 1896048000999"]

    good = verify(file, "--secret", SECRET, "--header", f"X-Pocketsflow-Signature: {GOOD}")
    code, out, _ = verify(file, "--secret", SECRET, *headers)

    assert good[0] == 0
    assert code == 1
    assert "the body with `1896048000999.` before it" in out


def test_the_secret_of_the_environment(verify, file, monkeypatch):
    """Without --secret it is that of the environment; beside it, that one is tried too."""
    monkeypatch.setenv("POCKETSFLOW_WEBHOOK_SECRET", SECRET)

    alone = verify(file, "--signature", GOOD)
    code, out, _ = verify(file, "--secret", "whsec_another", "--signature", GOOD)

    assert alone == (
        0,
        "correct: the body is signed with the secret of $POCKETSFLOW_WEBHOOK_SECRET\n",
        "",
    )
    assert code == 1
    assert "another secret, the one that ends in ...9i0j" in out
    assert SECRET not in out


def test_candidates(verify, file):
    """Every secret one has can be given; the one that was used is named by its end."""
    words = ["--secret", "whsec_another", "--candidate", "whsec_x", "--candidate", SECRET]

    code, out, _ = verify(file, *words, "--signature", GOOD)

    assert code == 1
    assert "the one that ends in ...9i0j" in out


def test_a_document_for_programs(verify, file):
    """`--format json` is one document and nothing else."""
    code, out, err = verify(
        file, "--secret", SECRET, "--signature", GOOD.upper(), "--format", "json"
    )

    document = json.loads(out)
    assert (code, err) == (1, "")
    assert {name: document[name] for name in ("version", "correct", "explained", "reason")} == {
        "version": 1,
        "correct": False,
        "explained": True,
        "reason": "The signature has upper-case digits; Pocketsflow sends lower-case ones.",
    }
    assert [mistake["name"] for mistake in document["mistakes"]] == ["upper-case"]


def test_standard_input():
    """`-` reads the body from a pipe, byte for byte."""
    words = ["verify", "-", "--secret", SECRET, "--signature", sign(b"\xff\r\n\x00", SECRET)]

    done = subprocess.run(
        [sys.executable, "-m", "pocketsflow_emulator", *words],
        input=b"\xff\r\n\x00",
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{file}"], "give --signature HEX, or --header"),
        (["{file}", "--signature", "a", "--header", "X-Pocketsflow-Signature: a"], "once"),
        (["{file}", "--header", "X-Signature: a"], "--header 'X-Signature: a': write"),
        (["{file}", "--header", "nothing"], "--header 'nothing': write"),
        (["{file}", "--signature", "a", "--secret", ""], "--secret is empty"),
        (["nowhere.json", "--signature", "a"], "nowhere.json: cannot be read: No such file"),
        (["/", "--signature", "a"], "/: cannot be read: Is a directory"),
        (["--signature", "a"], "Missing argument 'FILE'"),
    ],
)
def test_wrong_use(verify, file, words, said):
    """What cannot be asked ends in exit 2 and a sentence."""
    code, out, err = verify(*(word.replace("{file}", file) for word in words))

    assert (code, out) == (2, "")
    assert said in err


def test_a_file_that_is_no_webhook(verify, monkeypatch):
    """A file without end is not read to its end."""
    monkeypatch.setattr("pocketsflow_emulator.cli.verify.LARGEST", 10)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x" * 11)))

    code, _, err = verify("-", "--signature", "a")

    assert code == 2
    assert "is larger than 10 bytes; that is no webhook" in err
