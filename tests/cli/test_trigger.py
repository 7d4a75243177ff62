"""`trigger`: one event, to a server's receivers or to one address."""

import json
import shlex

import pytest

import receivers
from clients import serving
from pocketsflow_emulator import cli, verify


@pytest.fixture
def call(capsys):
    """Call `trigger` in this process; returns (exit code, stdout, stderr)."""

    def outcome(*words):
        code = cli.outcome(["trigger", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return outcome


def test_an_address_needs_no_server(call, receiver):
    """`--to` is sent one signed event, with one's own values."""
    words = ["--set", "customer.email=jane@example.com", "--secret", "whsec_mine"]

    code, out, _ = call("order.completed", "--to", receiver.url, *words)

    [request] = receiver.requests
    head, _, body = request.partition(b"\r\n\r\n")
    signature = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert (code, len(out.splitlines())) == (0, 1)
    assert json.loads(body)["customer"]["email"] == "jane@example.com"
    assert verify(body, signature[b"X-Pocketsflow-Signature"].decode(), "whsec_mine")


def test_a_server_sends_it_to_its_receivers(call, receiver):
    """Without `--to`, the webhooks of a running server hear it."""
    with serving() as server:
        server.act("create_webhook", url=receiver.url)
        code, out, _ = call("invoice.upcoming", "--server", server.url)

    assert code == 0
    assert "✓ invoice.upcoming" in out
    assert len(receiver.requests) == 1


def test_the_command_that_sends_it(call):
    """`--print curl` sends nothing; the same seed and start print the same bytes."""
    words = ["--print", "curl", "--to", "3000/hooks", "--seed", "7", "--start", "2030-01-01"]

    code, out, _ = call("order.completed", *words)

    typed = shlex.split(out.replace("\\\n", " "))
    assert code == 0
    assert typed[:5] == ["curl", "-i", "-X", "POST", "http://127.0.0.1:3000/hooks"]
    assert "X-Pocketsflow-Timestamp: 1893456000000" in typed
    assert json.loads(typed[typed.index("--data-raw") + 1])["event"] == "order.completed"
    assert out == call("order.completed", *words)[1]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["order.completd", "--to", "1"], 2, "did you mean 'order.completed'?"),
        (["order.completed", "--to", "1", "--set", "amount=much"], 2, "amount"),
        (["order.completed", "--to", "1", "--set", "amount"], 2, "write name=value"),
        (["order.completed", "--to", "https://example.org/"], 2, "--allow-public-targets"),
    ],
)
def test_wrong_use_is_a_sentence(call, words, code, said):
    """What is misspelt or forbidden by the schema is named."""
    actual, _, err = call(*words)

    assert actual == code
    assert said in err


def test_a_receiver_that_refuses(call):
    """A delivery that goes wrong is exit 1."""
    with receivers.answering(500) as broken:
        code, out, _ = call("order.completed", "--to", broken.url)

    assert code == 1
    assert "500 rejected" in out
