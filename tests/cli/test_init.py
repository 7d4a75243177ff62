"""The start of a server: `--init`, `--scenarios`, and a health check that names what fails."""

import pytest

import receivers
from cli.programs import BOUND, program, serving
from clients import Client
from pocketsflow_emulator import cli

SHOP = 'products: [{id: prod_course, name: Course, price: "60.00"}]\n'
SALE = """\
version: 1
name: sale
title: A sale
steps:
  - purchase: {product: prod_course, email: jane@example.com}
"""


@pytest.fixture
def folder(tmp_path):
    """A folder for the start; give it files by name."""

    def write(**files):
        for name, text in files.items():
            (tmp_path / name.replace("__", ".")).write_text(text)
        return str(tmp_path)

    return write


def state(client):
    """The objects of a world."""
    return client.get("/_emulator/state").json["result"]["objects"]


def ready(url):
    """What `ready` says once the start is over."""
    return program("ready", "--server", url, "--wait", "20")


def test_seeds_stay_and_scenarios_are_played_once(folder, receiver):
    """Every world begins with the objects; the sale is one of the default world, until a reset."""
    files = folder(a_shop__yaml=SHOP, b_sale__yaml=SALE)

    with serving("--init", files, "--webhook", receiver.url) as (process, url):
        said = ready(url)
        client = Client(url)
        first, other = state(client), state(Client(url, world="other"))
        client.control("reset")
        after = state(client)
        process.terminate()
        _, told = process.communicate(timeout=BOUND)

    assert (said.returncode, said.stdout) == (0, f"ready: {url}\n")
    assert [len(one["product"]) for one in (first, other, after)] == [1, 1, 1]
    assert [len(one.get("order", ())) for one in (first, other, after)] == [1, 0, 0]
    assert len(receiver.requests) == 2
    assert f"--init {files} " in told


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "x__yaml",
            "products: [{prise: 1}]",
            "x.yaml:1:13: create_product has no argument 'prise'",
        ),
        ("x__yaml", "products: [{price: free}]", "x.yaml:1:12: price is 'free'"),
        ("x__yaml", "version: 1\nsteps: []", "x.yaml:1:1: a scenario needs 'name'"),
        ("x__yaml", SALE.replace("prod_course", "prod_none"), "x.yaml:5: step 1 (purchase): was"),
        ("x__yaml", "{", "x.yaml:1:2: not YAML"),
        ("x__sh", "echo", "x.sh: neither YAML nor JSON; take it out of the folder"),
    ],
)
def test_a_file_that_fails_is_named_and_the_server_is_not_ready(folder, file, text, said):
    """Health is 503 with the file, line and column; the rest of the start is done, and served."""
    files = folder(a_shop__yaml=SHOP, **{file: text})

    with serving("--init", files) as (process, url):
        asked = ready(url)
        health = Client(url).get("/_emulator/health")
        products = state(Client(url))["product"]
        process.terminate()
        _, told = process.communicate(timeout=BOUND)

    assert asked.returncode == 1
    assert said in asked.stderr
    assert (health.status, health.json["status"]) == (503, "failed")
    assert said in health.json["problems"][0]
    assert len(products) == 1
    assert "not ready: " in told


def test_a_server_is_not_ready_before_the_start_is_over(folder):
    """While a scenario of the start waits for its receiver, the health check says `starting`."""
    files = folder(a_shop__yaml=SHOP, b_sale__yaml=SALE)

    with (
        receivers.silent() as silent,
        serving("--init", files, "--webhook", silent.url) as (_, url),
    ):
        assert silent.asked.wait(BOUND)
        health = Client(url).get("/_emulator/health")
        once = program("ready", "--server", url)

    assert (health.status, health.json["status"]) == (503, "starting")
    assert (once.returncode, once.stderr) == (1, f"not ready: {url}: still starting\n")


def test_scenarios_of_a_folder_are_run_by_name(folder):
    """`--scenarios` adds to those that the server knows."""
    files = folder(a__pocketsflow__yaml=SALE.replace("{product: prod_course", "{product: prod_1"))

    with serving("--scenarios", files) as (_, url):
        client = Client(url)
        client.act("create_product", id="prod_1")
        played = client.control("scenarios/sale/run")["result"]

    assert (played["name"], played["ok"]) == ("sale", True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--init", "/nowhere"], "/nowhere: there is no such folder to begin with"),
        (["--scenarios", "/nowhere"], "/nowhere: there is no such folder of scenarios"),
    ],
)
def test_a_folder_that_is_not_there(capsys, words, said):
    """It is wrong use, and ends the server."""
    assert cli.outcome(["serve", "--port", "0", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_malformed_scenario_of_a_folder_ends_the_server(folder, capsys):
    """What is to be run by name must be one."""
    files = folder(a__pocketsflow__yaml="version: 1")

    assert cli.outcome(["serve", "--port", "0", "--scenarios", files]) == 2
    assert "a.pocketsflow.yaml:1:1: a scenario needs 'name'" in capsys.readouterr().err


def test_a_folder_of_scenarios_under_other_names_ends_the_server(folder, capsys):
    """A file that would be passed over in silence is named, with how it must be called."""
    files = folder(a__yaml=SALE)

    assert cli.outcome(["serve", "--port", "0", "--scenarios", files]) == 2
    said = capsys.readouterr().err
    assert "a.yaml is passed over: the name of a scenario file ends in .pocketsflow.yaml" in said


def test_the_variables_of_the_image(folder):
    """In the image both folders are variables, and empty ones do no harm."""
    empty = folder()
    variables = dict.fromkeys(
        ("POCKETSFLOW_EMULATOR_INIT", "POCKETSFLOW_EMULATOR_SCENARIOS"), empty
    )

    with serving(**variables) as (_, url):
        said = ready(url)

    assert said.returncode == 0
