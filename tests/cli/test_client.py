"""`act`, `deliveries` and `ready` against a running server."""

import json

import pytest

import receivers
from clients import serving
from pocketsflow_emulator import cli


@pytest.fixture
def server(monkeypatch):
    """A served world, named by the variable; gives a client of it."""
    with serving() as client:
        monkeypatch.setenv("POCKETSFLOW_EMULATOR_SERVER", client.url)
        yield client


@pytest.fixture
def call(server, capsys):
    """Call the program in this process; returns (exit code, stdout, stderr)."""

    def outcome(*words):
        code = cli.outcome(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return outcome


def test_a_verb_is_done_and_its_deliveries_are_told(server, call, receiver):
    """`act` says what a verb gives and what it caused; the clock and the world go to stderr."""
    server.act("create_webhook", url=receiver.url)

    code, out, err = call("act", "create_product", "id=prod_course", "price=60.00")

    assert code == 0
    assert "id: prod_course\n" in out
    assert "price: 60.00\n" in out
    assert "✓ product.created                         200\n" in out
    assert err == "2030-01-31T00:00:00.000Z  world test\n"


@pytest.mark.parametrize(
    ("typed", "field", "expected"),
    [
        ("zip=01234", "zip", "01234"),
        ("zip=12345", "zip", "12345"),
        ('metadata={"user": 7}', "metadata", {"user": 7}),
        ("email=jane@example.com", "email", "jane@example.com"),
        ("clientReferenceId=42", "client_reference_id", "42"),
        ('vat_number="7"', "vat_number", "7"),
    ],
)
def test_values_are_read_as_the_verb_takes_them(server, call, typed, field, expected):
    """Text stays text, also where it looks like a number; objects are JSON."""
    server.act("create_product", id="prod_course")

    code, out, _ = call("act", "purchase", "product=prod_course", typed, "--format", "json")

    assert code == 0
    assert expected == json.loads(out)["result"][field]


def test_whole_numbers_are_numbers(call):
    """`trial_days=14` and `days=3` need no quotes."""
    call("act", "create_offer", "id=prod_pro", "trial_days=14")

    subscribed, _, _ = call("act", "subscribe", "offer=prod_pro")
    code, _, err = call("act", "advance", "days=14")

    assert (subscribed, code) == (0, 0)
    assert err.startswith("2030-02-14T00:00:00.000Z")


def test_an_option_of_a_scenario_may_be_a_number(call):
    """`act run_scenario` takes the scenario's options."""
    code, out, _ = call(
        *("act", "run_scenario", "name=trial-converts", "trial_days=9", "--format", "json")
    )

    answer = json.loads(out)
    assert (code, answer["version"], answer["result"]["ok"]) == (0, 1, True)
    assert answer["now"].startswith("2030-02-09")


def test_a_delivery_that_goes_wrong_is_exit_1(server, call):
    """A receiver that answers 500 makes the verb fail, and its line has a cross."""
    with receivers.answering(500) as broken:
        server.act("create_webhook", url=broken.url)
        code, out, _ = call("act", "create_product")

    assert code == 1
    assert "✗ product.created                         500 rejected" in out


def test_worlds_are_named(call):
    """`--world` speaks to another account."""
    call("act", "create_product", "id=prod_x", "--world", "other")

    code, _, err = call("act", "update_product", "product=prod_x", "name=Y")

    assert code == 2
    assert "there is no product 'prod_x'" in err


def test_deliveries_are_listed_and_shown(server, call, receiver):
    """`deliveries` lists them, by event where asked; one of them is shown whole."""
    server.act("create_webhook", url=receiver.url)
    server.act("create_product", id="prod_course")
    server.act("purchase", product="prod_course", email="jane@example.com")

    _, listed, _ = call("deliveries")
    _, orders, _ = call("deliveries", "--event", "order.*", "--format", "json")
    code, shown, _ = call("deliveries", "3")

    assert len(listed.splitlines()) == 3
    assert [one["event"] for one in json.loads(orders)["result"]] == ["order.completed"]
    assert code == 0
    assert "X-Pocketsflow-Signature: " in shown
    assert "order.completed: delivered 200" in shown
    assert json.loads(shown.splitlines()[-1])["customer"]["email"] == "jane@example.com"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["act", "purchse"], 2, "unknown verb 'purchse'; did you mean 'purchase'?"),
        (["act", "purchase", "prod"], 2, "'prod' is not an argument; write name=value"),
        (["act", "purchase", "a=1", "a=2"], 2, "a is given twice"),
        (["act", "purchase", "metadata={"], 2, "which is not JSON"),
        (["act", "refund", "order=nope"], 2, "there is no order or subscription 'nope'"),
        (["deliveries", "77"], 2, "there is no delivery 77"),
        (["deliveries", "../state"], 2, "there is no delivery ../state"),
        (["deliveries", "--server", "ftp://x"], 2, "is not the address of a server"),
        (["deliveries", "--server", "http://[::1"], 2, "is not the address of a server"),
    ],
)
def test_what_a_server_refuses_is_a_sentence(call, words, code, said):
    """What the server says is said here, with the exit code of wrong use."""
    actual, out, err = call(*words)

    assert (actual, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_where_no_emulator_answers(call):
    """Nobody there, or somebody else: exit 3, and what to do."""
    with receivers.refusing() as nobody, receivers.answering(200) as other:
        gone = call("deliveries", "--server", nobody.url)
        wrong = call("deliveries", "--server", other.url)

    assert (gone[0], wrong[0]) == (3, 3)
    assert "start one with `pocketsflow-emulator serve`" in gone[2]
    assert "answered 200, and not as an emulator does" in wrong[2]
