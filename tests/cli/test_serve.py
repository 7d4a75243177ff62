"""`serve` and `ready`: a real process on a free port."""

import json
import signal
from http.client import HTTPConnection
from time import monotonic

import pytest

import receivers
from cli.programs import serving
from clients import Client
from pocketsflow_emulator import cli

BOUND = 30.0


def post(url, path, body):
    connection = HTTPConnection(url.removeprefix("http://"), timeout=BOUND)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", f"/_emulator/{path}", json.dumps(body), headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_three_seconds(number):
    """SIGTERM and Ctrl-C end the server with exit 0, also while a client holds a connection."""
    with serving() as (process, url):
        held = HTTPConnection(url.removeprefix("http://"), timeout=BOUND)
        held.request("GET", "/_emulator/health")
        held.getresponse().read()

        begun = monotonic()
        process.send_signal(number)
        process.wait(BOUND)

        assert process.returncode == 0
        assert monotonic() - begun < 3
        held.close()


def test_a_served_world_sends_to_its_receiver():
    """A scenario run over the control API reaches the webhook of the command line."""
    with receivers.answering(200) as receiver:
        options = ["--webhook", str(receiver.port), "--clock", "virtual", "--seed", "7"]
        with serving(*options, "--start", "2030-01-01", "--dialect", "current") as (_, url):
            answer = post(url, "scenarios/refund/run", {})

    assert answer["result"]["ok"]
    assert [d["outcome"] for d in answer["deliveries"]] == ["delivered"] * 3
    assert len(receiver.requests) == 3
    assert b'"webhookId"' in receiver.requests[0]


def test_what_is_due_on_a_real_clock_is_caught_up_with():
    """With `--clock real` an advance adds to the time that passes."""
    with serving("--start", "2030-01-01") as (_, url):
        answer = post(url, "clock/advance", {"days": 31})

    assert answer["now"].startswith("2030-02-01T00:00:")


def test_every_flag_is_a_variable_too():
    """`POCKETSFLOW_EMULATOR_START` is `--start`; the repeat line names all that was chosen."""
    variables = {"POCKETSFLOW_EMULATOR_START": "2031-05-05", "POCKETSFLOW_EMULATOR_SEED": "9"}

    with serving("--webhook", "3000", **variables) as (process, url):
        now = post(url, "clock/advance", {"seconds": 0})["now"]
        process.terminate()
        _, said = process.communicate(timeout=BOUND)

    assert now.startswith("2031-05-05T00:00:")
    assert "--webhook http://127.0.0.1:3000/" in said
    assert "--seed 9 --start 2031-05-05T00:00:00Z" in said


def test_all_flags_are_the_template_of_every_world(tmp_path):
    """What the command line chose holds for the world of any key, and is in the line to repeat."""
    seeds = tmp_path / "seeds.yaml"
    seeds.write_text('products: [{id: prod_course, price: "60.00"}]')
    flags = ["--worlds", "per-key", "--policy", "retry-ladder", "--dunning", "strict"]
    flags += [
        "--timestamps",
        "wall",
        "--concurrency",
        "4",
        "--rate-limit",
        "2",
        "--public-url",
        "pay.example.com",
    ]
    flags += ["--fault", "drop=invoice.*,nth=2", "--fault", "half-close"]

    with serving(*flags, "--seed-file", str(seeds)) as (process, url):
        client = Client(url, "pk_live_any")
        product = client.get("/products/prod_course").json
        session = client.post("/checkout/sessions", {"productId": product["_id"]}).json
        refused = client.get("/products").status
        process.terminate()
        _, said = process.communicate(timeout=BOUND)

    assert product["testMode"] is False
    assert session["url"].startswith("http://pay.example.com/checkout/cs_")
    assert refused == 429
    assert "--worlds per-key --policy retry-ladder --dunning strict --concurrency 4" in said
    assert "--rate-limit 2" in said
    assert "--fault 'drop=invoice.*,nth=2' --fault 'half-close=*'" in said


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--fault", "duplicat=order.*", "unknown fault 'duplicat'; did you mean 'duplicate'?"),
        ("--fault", "drop=order.*,nth=0", "nth is 0; write a whole number"),
        ("--policy", "5m,1m", "must rise"),
        ("--policy", "retry", "unknown delivery policy 'retry'"),
    ],
)
def test_policies_and_faults_are_read_at_once(capsys, flag, value, said):
    """A fault or a policy that cannot be ends it before anything is served."""
    code = cli.outcome(["serve", "--port", "0", flag, value])

    assert code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("products: [{prise: 1}]", 2, "seeds.yaml:1:13: create_product has no argument 'prise'"),
        ("products:\n  - {price: x}", 2, "seeds.yaml:2:5: price is 'x'"),
        (None, 3, "cannot be read"),
    ],
)
def test_a_seed_file_that_cannot_be_used_ends_it_at_once(tmp_path, capsys, text, code, said):
    """Exit 2 with file, line and column; 3 where there is no such file."""
    seeds = tmp_path / "seeds.yaml"
    if text is not None:
        seeds.write_text(text)

    ended = cli.outcome(["serve", "--port", "0", "--seed-file", str(seeds)])

    assert code == ended
    assert said in capsys.readouterr().err


def test_a_port_that_is_taken_is_the_environments_fault(capsys):
    """Exit 3, the address, and what to do."""
    with receivers.answering(200) as other:
        code = cli.outcome(["serve", "--port", str(other.port)])

    assert code == 3
    assert f"cannot listen on 127.0.0.1:{other.port}" in capsys.readouterr().err


def test_public_receivers_need_the_flag(capsys):
    """A webhook on the internet is refused unless it is allowed."""
    code = cli.outcome(["serve", "--webhook", "https://example.org/hooks"])

    assert code == 2
    assert "--allow-public-targets" in capsys.readouterr().err


def test_a_refused_receiver_keeps_its_password(capsys):
    """What an address of a receiver says before its @ is not written anywhere."""
    code = cli.outcome(["serve", "--webhook", "https://jane:topsecret@example.com/hooks"])

    assert code == cli.USAGE
    assert "topsecret" not in capsys.readouterr().err


def test_ready_says_whether_a_server_is_there(capsys):
    """`ready` is 0 for a healthy server and 1 for anything else, and waits if asked to."""
    with serving() as (_, url):
        assert cli.outcome(["ready", "--server", url, "--wait", "5"]) == 0
    with receivers.refusing() as gone, receivers.answering(200) as other:
        assert cli.outcome(["ready", "--server", gone.url, "--wait", "0.1"]) == 1
        assert cli.outcome(["ready", "--server", other.url]) == 1
        assert cli.outcome(["ready", "--server", "ftp://x"]) == 2

    said = capsys.readouterr()
    assert "ready: " in said.out
    assert "not ready: " in said.err
