"""`replay`: a recorded run once more, byte for byte."""

import io
import json
import signal
import subprocess
import sys
import threading

import pytest

import receivers
from cli.programs import BOUND, begun
from pocketsflow_emulator import cli, read_journal, verify

SECRET = "whsec_mine"
OWN = (b"x-pocketsflow-", b"content-type")


@pytest.fixture
def replay(capsys, monkeypatch):
    """Call `replay` in this process; returns (exit code, stdout, stderr)."""
    monkeypatch.delenv("POCKETSFLOW_WEBHOOK_SECRET", raising=False)

    def call(*words):
        code = cli.outcome(["replay", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def recorded(tmp_path, capsys):
    """Run scenarios against a receiver; returns the journal's file and what the receiver saw."""

    def record(*names, behaviour=receivers.answering):
        file = tmp_path / "run.ndjson"
        with behaviour() as receiver:
            words = ["--to", receiver.url, "--secret", SECRET, "--journal", str(file)]
            cli.outcome(["run", *names, *words, "--seed", "7", "--start", "2030-01-31"])
        capsys.readouterr()
        return file, receiver.requests

    return record


def parts(request):
    """The lines and the body of a request, but for the lines of the connection."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if line.lower().startswith(OWN)]
    return lines, body


def test_a_run_is_sent_again_byte_for_byte(recorded, replay):
    """The same bodies, signatures and timestamps in the same order, whatever the address."""
    file, first = recorded("renewal-failure-recovers")

    with receivers.answering(204) as receiver:
        code, out, err = replay(file, "--to", receiver.url)

    assert (code, err) == (0, "")
    assert [parts(request) for request in first] == [parts(r) for r in receiver.requests]
    assert len(first) == 15
    assert "Sending 15 recorded tries to http://127.0.0.1:" in out
    assert "signed as recorded." in out
    assert "✓ invoice.payment_failed" in out
    assert "15 of 15 sent, 15 answered with 2xx in time" in out


def test_what_was_recorded_twice_is_the_same_bytes(recorded, replay, tmp_path):
    """A replay of several scenarios keeps them apart, and sends each in its order."""
    file, first = recorded("purchase", "refund")

    with receivers.answering() as receiver:
        code, out, _ = replay(file, "--to", receiver.url)

    assert code == 0
    assert [parts(request) for request in first] == [parts(r) for r in receiver.requests]
    assert out.index("\npurchase\n") < out.index("\nrefund\n")


def test_a_masked_journal_has_its_signatures(recorded, replay):
    """A journal carries no secret, and its signatures verify all the same."""
    file, _ = recorded("purchase")

    with receivers.answering() as receiver:
        replay(file, "--to", receiver.url)

    assert SECRET not in file.read_text()
    for request in receiver.requests:
        assert verify(parts(request)[1], _signature(request), SECRET)


def test_a_run_can_be_signed_anew(recorded, replay):
    """With --secret the same bodies carry the signatures of that secret; this is said."""
    file, _ = recorded("purchase")

    with receivers.answering() as receiver:
        code, out, _ = replay(file, "--to", receiver.url, "--secret", "whsec_other")

    assert code == 0
    assert "signed anew with --secret" in out
    assert "whsec_other" not in out
    for request in receiver.requests:
        assert verify(parts(request)[1], _signature(request), "whsec_other")


def _signature(request):
    lines = parts(request)[0]
    (line,) = [line for line in lines if line.lower().startswith(b"x-pocketsflow-signature")]
    return line.split(b": ")[1].decode()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--event", "invoice.*"], 8),
        (["--event", "invoice.upcoming", "--event", "customer.created"], 3),
        (["--event", "customer.subscription.pause"], 0),
        (["--delivery", "3"], 1),
        (["--delivery", "1", "--delivery", "2", "--event", "invoice.created"], 1),
        (["--webhook", "nobody"], 0),
    ],
)
def test_a_part_of_a_run(recorded, replay, words, expected):
    """Events by name or pattern, deliveries by number; nothing selected is exit 5."""
    file, _ = recorded("renewal-failure-recovers")

    with receivers.answering() as receiver:
        code, _, err = replay(file, "--to", receiver.url, *words)

    assert len(receiver.requests) == expected
    assert code == (0 if expected else 5)
    assert expected or "has no try that was sent and is asked for" in err


def test_an_answer_that_is_not_2xx(recorded, replay):
    """Exit 1; each line says what came of it this time and, where it differs, the first time."""
    file, _ = recorded("purchase")
    answers = [receivers.answer(200), receivers.answer(500)]

    with receivers.answering_in_turn(*answers) as receiver:
        code, out, _ = replay(file, "--to", receiver.url)

    assert code == 1
    assert "✗ order.completed" in out
    assert "500 rejected delivery 2, was 200" in out
    assert "2 of 2 sent, 1 answered with 2xx in time" in out
    assert "rejected: The receiver answered, but not with a 2xx status." in out


def test_a_receiver_that_is_not_there(recorded, replay):
    """Exit 3: nothing more is sent where the first try could not connect."""
    file, _ = recorded("purchase")
    with receivers.answering() as gone:
        pass

    code, out, err = replay(file, "--to", gone.url)

    assert code == 3
    assert "1 of 2 sent, 0 answered" in out
    assert f"error: cannot reach {gone.url} (refused" in err


def test_what_was_never_sent_is_not_replayed(recorded, replay):
    """A try that was broken off and made again is sent once; one that was blocked never."""
    file, _ = recorded("purchase")
    written = file.read_text().splitlines()
    take, record = written[-4:-2]
    release = json.dumps({**json.loads(record), "kind": "release"})
    blocked = record.replace('"outcome":"delivered"', '"outcome":"blocked"')
    file.write_text("\n".join([*written[:-4], take, release, take, blocked, *written[-2:], ""]))

    with receivers.answering() as receiver:
        code, _, _ = replay(file, "--to", receiver.url)

    assert code == 0
    assert len(receiver.requests) == 1


def test_a_document_for_programs(recorded, replay):
    """`--format json` is one document: what was sent, what came of it, and what it was before."""
    file, _ = recorded("purchase")

    with receivers.answering(500) as receiver:
        code, out, err = replay(file, "--to", receiver.url, "--format", "json")

    document = json.loads(out)
    assert (code, err) == (1, "")
    assert (document["ok"], document["error"], document["selected"]) == (False, None, 2)
    first = document["sent"][0]
    assert first.pop("durationMs") > 0
    assert first == {
        "run": "purchase",
        "delivery": 1,
        "try": 1,
        "event": "customer.created",
        "outcome": "rejected",
        "status": 500,
        "detail": "answered 500 Status",
        "recorded": {"outcome": "delivered", "status": 200},
    }


def test_a_journal_whose_process_was_killed(recorded, replay):
    """Half a last line is left out, and that is said."""
    file, _ = recorded("purchase")
    file.write_bytes(file.read_bytes()[:-40])

    with receivers.answering() as receiver:
        code, _, err = replay(file, "--to", receiver.url)

    assert code == 0
    assert err == f"{file} ends within a line; that one is left out\n"
    assert len(receiver.requests) == 2


def test_a_run_that_was_killed_leaves_its_journal(tmp_path, replay):
    """What came of a try is in the file before the next one goes out; `kill -9` changes nothing."""
    file, fourth = tmp_path / "run.ndjson", threading.Event()

    def behave(connection, receiver):
        while receivers.take(connection, receiver):
            if len(receiver.requests) == 4:
                fourth.set()
                receivers.hang(connection, receiver)
                return
            connection.sendall(receivers.OK)

    with receivers.serving(behave) as receiver:
        words = ["refund", "purchase", "--to", receiver.url, "--journal", str(file)]
        process = subprocess.Popen(
            [sys.executable, "-m", "pocketsflow_emulator", "run", *words],
            stdout=subprocess.DEVNULL,
        )
        with process:
            assert fourth.wait(BOUND)
            process.kill()
    refund = read_journal(str(file))[0]
    with receivers.answering() as receiver:
        code, out, _ = replay(file, "--to", receiver.url)

    assert [attempt.outcome.kind for attempt in refund.tries] == ["delivered"] * 3
    assert code == 0
    assert "3 of 3 sent" in out


def test_a_journal_from_a_pipe(recorded, replay, monkeypatch):
    """`-` is standard input."""
    file, _ = recorded("purchase")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))

    with receivers.answering() as receiver:
        code, _, _ = replay("-", "--to", receiver.url)

    assert code == 0
    assert len(receiver.requests) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.ndjson", "--to", "3000"], "nowhere.ndjson: cannot be read: No such file"),
        (["/", "--to", "3000"], "/: cannot be read: Is a directory"),
        (["{file}"], "Missing option '--to'"),
        (["{file}", "--to", "example.com"], "is a public address; add --allow-public-targets"),
        (["{file}", "--to", "3000", "--secret", ""], "secret is empty"),
        (["{file}", "--to", "3000", "--event", "invoice.pade"], "did you mean"),
        (["{file}", "--to", "3000", "--delivery", "0"], "0 is not in the range"),
        (["{broken}", "--to", "3000"], "broken.ndjson:2: b'no\\n' is not a line of JSON"),
        (["{header}", "--to", "3000"], "header.ndjson:7: headers has ('X: Y', ''), which cannot"),
    ],
)
def test_wrong_use(recorded, replay, tmp_path, words, said):
    """What cannot be asked, and what is no journal, ends in exit 2 and a sentence."""
    file, _ = recorded("purchase-declined")
    broken, header = tmp_path / "broken.ndjson", tmp_path / "header.ndjson"
    broken.write_bytes(file.read_bytes().partition(b"\n")[0] + b"\nno\n")
    header.write_text(file.read_text().replace('"headers":[[', '"headers":[["X: Y",""],['))
    files = {"{file}": str(file), "{broken}": str(broken), "{header}": str(header)}

    code, out, err = replay(*(files.get(word, word) for word in words))

    assert (code, out) == (2, "")
    assert said in err


def test_the_time_it_may_take(recorded, replay):
    """`--timeout` ends it with 124, after the sum of what was done."""
    file, _ = recorded("purchase")

    with receivers.silent() as receiver:
        code, out, err = replay(file, "--to", receiver.url, "--timeout", "0.2")

    assert code == 124
    assert "0 of 2 sent, 0 answered" in out
    assert err == "error: --timeout: not done after 0.2 s\n"


def test_a_replay_that_is_broken_off(recorded):
    """Ctrl-C ends it with 130, after the sum of what was done."""
    file, _ = recorded("purchase")

    with (
        receivers.silent() as receiver,
        begun("replay", str(file), "--to", receiver.url) as process,
    ):
        assert receiver.asked.wait(BOUND)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=BOUND)

    assert process.returncode == 130
    assert "0 of 2 sent" in out
    assert err == "error: broken off by Ctrl-C\n"
