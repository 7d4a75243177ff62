"""Testcontainers for Python: the image of the emulator, for a test that brings its own receiver.

Not executed by this project's tests, which have no Docker engine.
"""

import json
from urllib.request import Request, urlopen

import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

SECRET = "whsec_pocketsflow_emulator"


@pytest.fixture(scope="session")
def emulator():
    """The address of a running emulator."""
    container = (
        DockerContainer("registry.example.com/pocketsflow-emulator:0.1")
        .with_exposed_ports(6060)
        .with_env("POCKETSFLOW_EMULATOR_CLOCK", "virtual")
        # the way back: the test's own receiver is at host.docker.internal, and listens on 0.0.0.0
        .with_kwargs(extra_hosts={"host.docker.internal": "host-gateway"})
        .waiting_for(HttpWaitStrategy(6060, "/_emulator/health"))
    )
    with container:
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(6060)}"


def act(emulator, verb, **arguments):
    """Do a verb, and wait until what it causes has been delivered."""
    headers = {"Content-Type": "application/json"}
    asked = Request(f"{emulator}/_emulator/actions/{verb}", json.dumps(arguments).encode(), headers)
    with urlopen(asked) as answer:
        return json.load(answer)


def test_a_purchase_reaches_the_shop(emulator, shop):  # `shop`: your application, on a port
    url = f"http://host.docker.internal:{shop.port}/webhooks"
    act(emulator, "create_webhook", url=url, secret=SECRET)
    course = act(emulator, "create_product", name="Course", price="60.00")["result"]
    bought = act(emulator, "purchase", product=course["id"], email="jane@example.com")
    assert [one["outcome"] for one in bought["deliveries"]] == ["delivered", "delivered"]
