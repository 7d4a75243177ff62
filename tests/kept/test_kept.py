"""`serve --data`: what was answered survives a killed process, and a damaged file is refused."""

import os
import resource
import signal
import sqlite3
import stat
import subprocess
from contextlib import closing
from urllib.request import urlopen

import pytest

import receivers
from cli.programs import BOUND, PROGRAM, begun, program
from clients import Client
from kept.damage import cuts, flips, survives, told
from kept.killing import client_of, left_behind, log, outlived, server
from kept.life import SECRET, flags
from pocketsflow_emulator.api.datafile import DataFile
from pocketsflow_emulator.core.clock import DAY

COURSE = {"id": "prod_course", "price": "60.00", "quiet": True}
VIRTUAL = ["--clock", "virtual", "--start", "2020-01-01"]
PURCHASE = {"product": "prod_course", "email": "jane@example.com"}


@pytest.fixture
def path(tmp_path):
    """Where a data file may be."""
    return tmp_path / "data" / "worlds.db"


@pytest.fixture(autouse=True)
def _folder(path):
    path.parent.mkdir()


def served(path, *words, **more):
    """A server with a data file, on a virtual clock."""
    start = ["--clock", "virtual", "--start", "2030-01-31", "--seed", "7", "--secret", SECRET]
    return begun("serve", "--port", "0", "--data", str(path), *start, *words, **more)


def ended(process, number=signal.SIGTERM):
    """End a server; returns what it has said."""
    process.send_signal(number)
    return process.communicate(timeout=BOUND)[1]


def webhook(client):
    """The one webhook of a world."""
    (one,) = client.get("/_emulator/state").json["result"]["objects"]["webhook"]
    return one


# ---- going on ----------------------------------------------------------------------------------


def test_a_life_with_kills_is_the_life_without(path):
    """Servers are killed in the middle of things; what was answered stays, nothing is sent twice,
    and what was out is `unknown`. All else comes as if nothing had happened.
    """
    outlived(path, seed=4, steps=80, kills=5)


def test_a_server_goes_on_where_it_was(path):
    """After SIGTERM as after a kill: objects, clock, deliveries, and who listens."""
    with receivers.answering() as receiver:
        with served(path, "--webhook", receiver.url) as process:
            client = client_of(process)
            client.act("create_product", **COURSE)
            order = client.act("purchase", **PURCHASE)
            now = client.control("clock/advance", {"days": 3})["now"]
            ended(process)
        with served(path, "--webhook", receiver.url) as process:
            client = client_of(process)
            kept = client.get(f"/orders/{order['id']}").json
            refund = client.control("actions/refund", {"order": order["id"]})
            said = ended(process)

    assert kept["_id"] == order["api_id"]
    assert refund["now"] == now
    assert [delivery["outcome"] for delivery in refund["deliveries"]] == ["delivered"]
    assert len(receiver.requests) == 3
    assert f"{path}: the world test goes on at {now}, after 2 events; it sends to" in said


def test_a_secret_that_does_not_count_is_said(path):
    """A webhook of the file keeps its secret; who starts with another one is told."""
    with served(path, "--webhook", "3001") as process:
        client_of(process)
        ended(process)
    with begun("serve", "--port", "0", "--data", str(path), "--webhook", "3001") as process:
        client_of(process)
        said = ended(process)

    assert "signs for http://127.0.0.1:3001/ with the secret it was made with" in said
    assert SECRET not in said


def test_worlds_of_keys_go_on_too(path):
    """Every world of the server is kept: those of keys, and the live one."""
    with served(path, "--worlds", "per-key") as process:
        url = client_of(process).url
        for key in ("pk_test_a", "pk_test_b", "pk_live_c"):
            Client(url, key).post("/products", {"name": key, "price": 1})
        process.kill()
    with served(path, "--worlds", "per-key") as process:
        url = client_of(process).url
        kept = [Client(url, key).get("/products").json for key in ("pk_test_b", "pk_live_c")]

    names = [[(one["name"], one["testMode"]) for one in found] for found in kept]
    assert names == [[("pk_test_b", True)], [("pk_live_c", False)]]


def test_a_try_that_was_out_is_unknown(path):
    """A receiver had the request and its answer never came back: the try is `unknown`, and not
    made again, as the policy is to try once.
    """
    with receivers.silent() as receiver:
        with served(path, "--webhook", receiver.url) as process:
            client = client_of(process)
            client.act("create_product", **COURSE)
            client.post("/_emulator/actions/purchase?wait=false", PURCHASE)
            assert receiver.asked.wait(BOUND)
            process.kill()
        with served(path, "--webhook", receiver.url) as process:
            client = client_of(process)
            first = client.get("/_emulator/deliveries/1").json["result"]
            process.kill()

    assert first["outcome"] == "unknown"
    assert "the server ended while the try was out" in first["explanation"]


def test_what_a_stream_has_told_is_kept(path):
    """Whoever was told of an outcome finds it again, however soon the process ends."""
    with receivers.answering() as receiver:
        with served(path, "--webhook", receiver.url) as process:
            client = client_of(process)
            client.act("create_product", **COURSE)
            with urlopen(f"{client.url}/_emulator/stream", timeout=BOUND) as stream:
                client.post("/_emulator/actions/purchase?wait=false", PURCHASE)
                told = next(line for line in stream if line.startswith(b"data:"))
                process.kill()
        with served(path) as process:
            first = client_of(process).get("/_emulator/deliveries/1").json["result"]

    assert b'"outcome": "delivered"' in told
    assert first["outcome"] == "delivered"


def test_a_ladder_tries_again_what_was_out(path):
    """With a policy that tries again, `unknown` is an outcome like any other that failed."""
    with receivers.silent() as silent, receivers.answering() as receiver:
        with served(path, "--webhook", silent.url, "--policy", "1m") as process:
            client = client_of(process)
            client.act("create_product", **COURSE)
            client.post("/_emulator/actions/purchase?wait=false", PURCHASE)
            assert silent.asked.wait(BOUND)
            process.kill()
        with served(path) as process:
            client = client_of(process)
            client.act("update_webhook", webhook=webhook(client), url=receiver.url)
            made = client.control("clock/advance", {"minutes": 1})
            process.kill()

    assert made["pending"] == 0
    assert [request.split()[0] for request in receiver.requests] == [b"POST"] * 2


def test_a_pulled_try_waits_again_after_the_end(path):
    """SIGTERM puts back what a receiver has pulled and not decided, as it does what was sent."""
    with served(path, "--webhook", "pull:") as process:
        client = client_of(process)
        client.act("create_product", **COURSE)
        client.act("purchase", **PURCHASE)
        before = client.post("/_emulator/attempts/next").json
        ended(process)
    with served(path) as process:
        again = client_of(process).post("/_emulator/attempts/next").json

    assert again["body"] == before["body"]
    assert again["id"] > before["id"]


def test_an_advance_that_was_under_way_goes_on(path):
    """A server that is killed on the way to a date gets there after the next start."""
    with receivers.silent() as receiver:
        with served(path, "--webhook", receiver.url) as process:
            client = client_of(process)
            client.act("create_offer", id="prod_pro", price="29.00")
            client.act("update_webhook", webhook=webhook(client), active=False)
            client.act("subscribe", offer="prod_pro", email="jane@example.com")
            client.act("update_webhook", webhook=webhook(client), active=True)
            client.post("/_emulator/actions/advance?wait=false", {"to": "2030-03-15"})
            assert receiver.asked.wait(BOUND)
            process.kill()
        with receivers.answering() as another, served(path) as process:
            client = client_of(process)
            client.act("update_webhook", webhook=webhook(client), url=another.url)
            now = client.control("settle")["now"]
            process.kill()

    assert now == "2030-03-15T00:00:00.000Z"


def test_real_time_passes_while_no_server_runs(path):
    """On a real clock a world is as far ahead of the wall as it was."""
    words = ["serve", "--port", "0", "--data", str(path), "--start", "2030-01-01"]
    with begun(*words) as process:
        client = client_of(process)
        before = client.control("clock/advance", {"days": 31})["now"]
        process.kill()
    with begun(*words, "--start", "2035-01-01") as process:
        after = client_of(process).get("/_emulator/clock").json["now"]

    assert before < after < "2030-02-01T00:05"


def test_a_clock_that_stood_runs_on_from_where_it_stood(path):
    """A world of `--clock virtual` does not jump to the date of the wall when its clock runs."""
    with begun("serve", "--port", "0", "--data", str(path), *VIRTUAL) as process:
        client_of(process).control("clock/advance", {"days": 1})
        process.kill()
    with begun("serve", "--port", "0", "--data", str(path)) as process:
        now = client_of(process).get("/_emulator/clock").json["now"]

    assert "2020-01-02T00:00" <= now < "2020-01-02T00:05"


def test_real_time_passes_for_a_world_that_must_send_first(path):
    """What waited when the server ended is sent at the instant it belongs to; then the time that no
    server ran has passed all the same.
    """
    words = ["serve", "--port", "0", "--data", str(path), "--start", "2030-01-01"]
    with receivers.silent() as silent, begun(*words, "--webhook", silent.url) as process:
        client = client_of(process)
        client.act("create_product", **COURSE)
        client.post("/_emulator/actions/purchase?wait=false", PURCHASE)
        assert silent.asked.wait(BOUND)
        ended(process)
    pass_over(path, days=3)
    with receivers.answering() as receiver, begun(*words) as process:
        client = client_of(process)
        client.act("update_webhook", webhook=webhook(client), url=receiver.url)
        client.control("settle")
        now = client.control("settle")["now"]
        at = client.get("/_emulator/deliveries/2").json["result"]["at"]

    assert at < "2030-01-01T00:05"
    assert "2030-01-04T00:00" <= now < "2030-01-04T00:05"


def test_real_time_passes_for_a_world_on_its_way_to_a_date(path):
    """An advance that was under way gets there, and then the time that no server ran has passed."""
    words = ["serve", "--port", "0", "--data", str(path), "--start", "2030-01-01"]
    with receivers.silent() as silent, begun(*words, "--webhook", silent.url) as process:
        client = client_of(process)
        client.act("update_webhook", webhook=webhook(client), active=False)
        client.act("create_offer", id="prod_pro", price="29.00")
        client.act("subscribe", offer="prod_pro", email="jane@example.com")
        client.act("update_webhook", webhook=webhook(client), active=True)
        client.post("/_emulator/actions/advance?wait=false", {"to": "2030-01-31"})
        assert silent.asked.wait(BOUND)
        process.kill()
    pass_over(path, days=20)
    with receivers.answering() as receiver, begun(*words) as process:
        client = client_of(process)
        client.act("update_webhook", webhook=webhook(client), url=receiver.url)
        client.control("settle")
        now = client.control("settle")["now"]

    assert "2030-02-20T00:00" <= now < "2030-02-20T00:05"


def pass_over(path, days):
    """Let a file be as if its server had ended so many days ago."""
    with closing(DataFile(path)) as data:
        ((name, stand),) = data.worlds().items()
        data.save([(name, stand.lead + days * DAY)])


def test_a_reset_begins_anew_for_good(path):
    """After a reset nothing of the world before is left in the file."""
    with served(path) as process:
        client = client_of(process)
        client.act("create_product", **COURSE)
        client.control("reset")
        process.kill()
    with served(path) as process:
        client = client_of(process)
        products = client.get("/products").json
        kinds = [line["kind"] for line in log(client)]

    assert (products, kinds) == ([], ["world"])


def test_scenarios_that_were_sent_are_kept(path):
    """A scenario that was put on the server is there after a restart."""
    text = "version: 1\nname: mine\ntitle: Mine\nsteps: [{advance: 1 day}]\n"
    with served(path) as process:
        put = client_of(process).ask("PUT", "/_emulator/scenarios/mine", text)
        process.kill()
    with served(path) as process:
        kept = client_of(process).get("/_emulator/scenarios/mine").text

    assert (put.status, kept) == (201, text)


def test_flags_hold_for_what_is_made_later(path):
    """Worlds of the file stay as they were made; a webhook that is new is added to them."""
    with served(path, "--webhook", "3001", "--policy", "1m") as process:
        client_of(process).act("create_product", **COURSE)
        process.kill()
    with served(path, "--webhook", "3001", "--webhook", "3002", "--policy", "5m") as process:
        client = client_of(process)
        old = client.get("/_emulator/state").json["result"]
        first = next(log(client))
        client.world = "another"
        second = next(log(client))

    urls = [webhook["url"] for webhook in old["objects"]["webhook"].values()]
    assert urls == ["http://127.0.0.1:3001/", "http://127.0.0.1:3002/"]
    assert (first["policy"], second["policy"]) == ("1m", "5m")


def test_the_folder_of_the_start_is_played_once(path, tmp_path):
    """A world that goes on has had the scenarios of `--init`."""
    folder = tmp_path / "init"
    folder.mkdir()
    (folder / "day.yaml").write_text(
        "version: 1\nname: day\ntitle: A day\nsteps: [{advance: 1 day}]\n"
    )
    nows = []
    for _ in range(2):
        with served(path, "--init", str(folder)) as process:
            client = client_of(process)
            client.control("settle")
            nows.append(client.get("/_emulator/clock").json["now"])
            ready = client.get("/_emulator/health").status
            ended(process)

    assert nows == ["2030-02-01T00:00:00.000Z"] * 2
    assert ready == 200


def test_a_start_that_was_cut_short_begins_anew(path, tmp_path):
    """A server that is killed while it plays the folder of its start has not begun: the next one
    plays all of it, in a world that is new.
    """
    folder = tmp_path / "init"
    folder.mkdir()
    steps = "steps: [{create_product: {id: prod_a}}, {advance: 1 day}]"
    (folder / "day.yaml").write_text(f"version: 1\nname: day\ntitle: A day\n{steps}\n")
    words = ["--init", str(folder)]
    with receivers.silent() as silent, served(path, "--webhook", silent.url, *words) as process:
        cut_short = client_of(process).get("/_emulator/health").json["status"]
        assert silent.asked.wait(BOUND)
        process.kill()
    with receivers.answering() as receiver:
        with served(path, "--webhook", receiver.url, *words) as process:
            client = client_of(process)
            client.control("settle")
            first = client.get("/_emulator/clock").json["now"], client.get("/products").json
            process.kill()
        with served(path, *words) as process:
            client = client_of(process)
            second = client.get("/_emulator/clock").json["now"], client.get("/products").json

    assert cut_short == "starting"
    assert first == second
    assert first[0] == "2030-02-01T00:00:00.000Z"
    assert [request.split()[0] for request in receiver.requests] == [b"POST"]


def test_numbers_of_pulled_tries_do_not_come_again(path):
    """The outcome of a try that was pulled before a kill is not taken for that of another."""
    with served(path, "--webhook", "pull:") as process:
        client = client_of(process)
        client.act("create_product", **COURSE)
        client.act("purchase", **PURCHASE)
        before = client.post("/_emulator/attempts/next").json["id"]
        process.kill()
    with served(path) as process:
        client = client_of(process)
        late = client.post(f"/_emulator/attempts/{before}/outcome", {"status": 200})
        after = client.post("/_emulator/attempts/next").json["id"]

    assert late.status == 404
    assert after > before


def test_a_small_ring_keeps_the_file_whole(path):
    """The ring lets lines go from memory; the file has them all, and the world comes again."""
    with served(path, "--journal-ring", "3") as process:
        client = client_of(process)
        client.act("create_offer", id="prod_pro", price="29.00")
        client.act("subscribe", offer="prod_pro", email="jane@example.com")
        client.act("advance", months=12)
        before = client.get("/_emulator/state").json["result"]
        process.kill()
    with served(path) as process:
        after = client_of(process).get("/_emulator/state").json["result"]

    assert before == after


# ---- the file ----------------------------------------------------------------------------------


def test_the_file_is_its_owners_alone(path):
    """There are secrets in it: nobody else may read it."""
    with served(path) as process:
        client_of(process)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_may_have_any_name(path, monkeypatch):
    """Also one that SQLite takes for something else."""
    monkeypatch.chdir(path.parent)
    with served(":memory:") as process:
        client_of(process).act("create_product", **COURSE)
        process.kill()
    with served(":memory:") as process:
        kept = client_of(process).get("/products").json

    assert [one["name"] for one in kept] == ["Product"]


def test_two_servers_do_not_share_a_file(path):
    """The second says that the file is in use, with exit 3."""
    with served(path) as process:
        client_of(process)
        second = program("serve", "--port", "0", "--data", str(path))

    assert second.returncode == 3
    assert second.stderr == f"error: --data {path}: another server has it open\n"


def foreign(path):
    """An SQLite file of somebody else."""
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE precious (one)")
    theirs.close()


def future(path):
    """A file of a later version."""
    left_empty(path)
    with sqlite3.connect(path) as ours:
        ours.execute("PRAGMA user_version = 9")
    ours.close()


def left_empty(path):
    """A file of a server in which nothing happened."""
    with served(path) as process:
        client_of(process)


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (lambda path: path.write_text("name: Pro"), 2, "the file is something else; name one"),
        (foreign, 2, "the file is something else; name one that is not there yet"),
        (future, 2, "the file has version 9, and this program reads 1; start with another"),
        (lambda path: path.mkdir(), 3, "Is a directory"),
        (os.mkfifo, 3, "disk I/O error"),
        (lambda path: path.parent.rmdir(), 3, "No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(path, make, code, said):
    """The server does not start, says why, and leaves the file as it was."""
    make(path)
    before = path.read_bytes() if path.is_file() else None

    done = program("serve", "--port", "0", "--data", str(path))

    assert done.returncode == code
    assert done.stderr.startswith(f"error: --data {path}: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert before == (path.read_bytes() if path.is_file() else None)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"stamp":', '"stamp":1', "test:3: this does not come again as it was recorded"),
        ('"kind":"fact"', '"kind":"thought"', "test:3: unknown kind 'thought'"),
        ('"journal":1', '"journal":2', "test:1: the journal has version 2"),
    ],
)
def test_a_world_that_does_not_come_again_is_refused(path, old, new, said):
    """A log that other rules have written is not believed: the line is named, and what to do."""
    with served(path) as process:
        client_of(process).act("create_product", id="prod_course", price="60.00")
    rewritten(path, old, new)

    done = program("serve", "--port", "0", "--data", str(path))

    assert done.returncode == 2
    assert f"error: --data {path}, world {said}" in done.stderr
    assert "Start with another file, or with the version of the program" in done.stderr


def test_a_start_that_is_refused_leaves_the_file_alone(path):
    """No world of a file goes on where one of them cannot: the file is as it was, whatever was out
    or is new on the command line.
    """
    with receivers.silent() as receiver, served(path, "--webhook", receiver.url) as process:
        client = client_of(process)
        client.world = "zebra"
        client.act("create_product", id="prod_course", price="60.00")
        client.world = "ant"
        client.act("create_product", **COURSE)
        client.post("/_emulator/actions/purchase?wait=false", PURCHASE)
        assert receiver.asked.wait(BOUND)
        process.kill()
    rewritten(path, '"stamp":', '"stamp":1', world="zebra")
    before = told(path)

    done = program("serve", "--port", "0", "--data", str(path), "--webhook", "3009")

    assert done.returncode == 2
    assert "world zebra:" in done.stderr
    assert "Traceback" not in done.stderr
    assert told(path) == before


def test_a_start_that_fails_begins_no_world(path):
    """What the command line has wrong can be put right: the next start makes the world whole."""
    wrong = program("serve", "--data", str(path), "--fault", "drop=order.*,webhook=hook_none")
    with served(path, "--fault", "drop=order.completed") as process:
        faults = client_of(process).get("/_emulator/faults").json["result"]

    assert (wrong.returncode, "there is no webhook" in wrong.stderr) == (2, True)
    assert [one["fault"] for one in faults] == ["drop=order.completed"]


def rewritten(path, old, new, world="test"):
    """Change lines of a data file as one would who knows how its sums are made."""
    with closing(DataFile(path)) as data:
        lines = [line.replace(old, new) for line in data.lines(world)]
        data.forget(world)
        data.keep(world, lines)
        data.save([(world, 0)])


def test_damaged_files_are_refused(path, tmp_path):
    """Cut off, or with a bit turned: a data file is refused or tells of an earlier moment, never of
    anything that has not been. More of them in `make campaign-data`.
    """
    left_behind(path, seed=3, steps=20)
    _, older = survives(path, tmp_path / "killed", some(path))
    whole = told(path)  # opening it moves what was written last into the file itself
    refused, _ = survives(path, tmp_path / "closed", some(path))

    assert len(whole["test"]) > 50
    assert older > 20
    assert refused > 50


def some(path):
    """Some ways to damage a file."""
    every = list(cuts(path))
    return [*every[:: len(every) // 40], *flips(path, 3, 60)]


@pytest.mark.parametrize("hears", [False, True])
def test_a_full_disk_ends_the_answers(path, hears):
    """What could not be kept is not answered, but with a 500 that says why; after the next start
    all that was answered is there. So it is where somebody is to be told of what was done.
    """

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    hook = ["--webhook", "pull:"] if hears else []
    words = [*PROGRAM, "serve", "--port", "0", "--data", str(path), *flags(7), *hook]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    answered = []
    with subprocess.Popen(words, **pipes, env=environment, preexec_fn=small_files) as process:
        client = client_of(process)
        for number in range(2_000):
            answer = client.post("/products", {"name": f"Course {number}", "price": 1})
            if answer.status != 201:
                break
            answered.append(answer.json["_id"])
        reading = client.get("/_emulator/health")
        said = ended(process)
    with server(path, 7, "3001") as process:
        there = [client_of(process).get(f"/products/{id}").status for id in answered[-1:]]

    assert (answer.status, answer.json["code"]) == (500, "NOT_KEPT")
    assert "cannot be written" in answer.json["message"]
    assert "make room, and start the server again" in answer.json["message"]
    assert reading.status == 500
    assert said.count("cannot be written") == 1
    assert "Traceback" not in said
    assert there == [200]
