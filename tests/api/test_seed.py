"""Seeding: objects with their own ids, made quietly, from a file or over the control API."""

import json
import os

import pytest

from clients import Client, serving
from pocketsflow_emulator.errors import EnvironmentFailure, ScenarioError
from pocketsflow_emulator.scenario.seed import Seed

TEXT = """\
products:
  - {id: prod_course, name: Course, price: "60.00"}
variants:
  - {id: var_team, product: prod_course, name: Team, price: 240}
offers:
  - {id: prod_pro, name: Pro, price: "29.00", frequency: monthly, trialDays: 14}
customers:
  - {id: cust_jane, email: jane@example.com, firstName: Jane}
discounts:
  - {code: HALF, value: 50, products: [prod_course]}
webhooks:
  - {url: "http://127.0.0.1:9/hooks", events: ["invoice.*"], secret: whsec_mine}
"""


def test_a_seed_file_is_what_every_world_begins_with():
    """All kinds of objects are there, under their own ids, in each world and after a reset."""
    with serving(objects=(Seed.read(TEXT, "seed.yaml"),)) as api:
        for client in (api, Client(api.url, "pk_live_1")):
            assert client.get("/products/prod_course").json["name"] == "Course"
            assert client.get("/subscriptions/prod_pro").json["trialPeriod"] == 14
            assert client.get("/customers/cust_jane").json["firstName"] == "Jane"
            assert client.get("/discounts").json[0]["code"] == "HALF"
            assert client.get("/webhooks").json[0]["events"] == ["invoice.*"]
        api.control("reset")
        order = api.act("purchase", product="prod_course", variant="var_team", discount="half")

    assert order["amount"] == "120.00"


def test_seeding_is_quiet(api, receiver):
    """Nothing is sent for what is seeded."""
    answer = api.ask("POST", "/_emulator/seed", TEXT, {"Content-Type": "application/yaml"})

    assert answer.status == 200
    assert answer.json["result"]["ids"][:3] == ["prod_course", "var_team", "prod_pro"]
    assert (answer.json["deliveries"], receiver.requests) == ([], [])


def test_seeds_may_be_json(api):
    """JSON is read by the same rules."""
    body = {"products": [{"id": "prod_course", "name": "Course", "price": 60.5}]}

    api.control("seed", body)

    assert api.get("/products/prod_course").json["price"] == 60.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("products: [{price: 1}]\nprodcts: []", "seed.yaml:2:1: unknown key 'prodcts'; did you"),
        ("products: {price: 1}", "seed.yaml:1:11: products must be a list"),
        ("products:\n  - Course", "seed.yaml:2:5: create_product takes a mapping"),
        ("products:\n  - {prise: 1}", "seed.yaml:2:6: create_product has no argument 'prise'"),
        ("products:\n  - {quiet: false}", "seed.yaml:2:6: create_product has no argument"),
        ("products:\n  - {price: 0.001}", "seed.yaml:2:5: price"),
        ("offers:\n  - {price: 1}\n  - {frequency: daily}", "seed.yaml:3:5: unknown frequency"),
        ("variants:\n  - {product: x, price: 1}", "seed.yaml:2:5: product: there is no product"),
        ("- 1", "seed.yaml:1:1: a seed file must be a mapping"),
        ("products: [", "seed.yaml:1:12: not YAML"),
        ("products: !x []", "seed.yaml:1:11: the tag"),
    ],
)
def test_a_mistake_is_shown_where_it_stands(text, said):
    """File, line and column, and the nearest name."""
    complaint = _complaint(text)

    assert complaint.startswith(said)


def _complaint(text):
    """Return what is said of a seed file, when it is read or when a world is made of it."""
    try:
        seed = Seed.read(text, "seed.yaml")
    except ScenarioError as error:
        return str(error)
    with serving(objects=(seed,)) as api:
        return api.get("/products").json["message"]


def test_a_seed_is_made_whole_or_not_at_all(api):
    """One bad entry, and nothing is made."""
    body = {"products": [{"id": "prod_a", "price": 1}, {"id": "prod_a", "price": 1}]}

    refused = api.post("/_emulator/seed", body)

    assert (refused.status, refused.json["code"]) == (400, "INVALID_FILE")
    assert "the body:1:" in refused.json["message"]
    assert api.get("/products").json == []


@pytest.mark.parametrize("body", [b"\xff\xfe", b"", json.dumps([]).encode()])
def test_a_seed_that_is_none_is_refused(api, body):
    """Bytes that are no text, nothing at all, and a list."""
    assert api.post("/_emulator/seed", body).status == 400


def test_a_file_that_is_missing_is_the_environments_fault(tmp_path):
    """The file, and why."""
    with pytest.raises(EnvironmentFailure, match=r"missing\.yaml: cannot be read: No such file"):
        Seed.from_file(tmp_path / "missing.yaml")


def test_a_file_is_read_as_a_scenarios_is(tmp_path):
    """What is no text has its place; a pipe is not waited for, and a gigabyte not read."""
    binary, pipe, large = (tmp_path / name for name in ("b.yaml", "p.yaml", "l.yaml"))
    binary.write_bytes(b"a: \xff")
    os.mkfifo(pipe)
    with large.open("wb") as file:
        file.truncate(2**30)

    with pytest.raises(ScenarioError, match=r"b\.yaml:1:4: is not UTF-8 text"):
        Seed.from_file(binary)
    with pytest.raises(ScenarioError, match="a pipe or a device cannot be read"):
        Seed.from_file(pipe)
    with pytest.raises(ScenarioError, match="larger than 1048576 bytes"):
        Seed.from_file(large)
