"""A life of an account, as requests to the control API: random, but the same for a seed."""

from random import Random
from typing import Any, NamedTuple

EPOCH = "2030-01-31"
SECRET = "whsec_kept"


class Step(NamedTuple):
    """A verb, and what it is asked with."""

    verb: str
    arguments: dict[str, Any]


def flags(seed):
    """Return what makes the world of a life on the command line of `serve`."""
    return ["--clock", "virtual", "--start", EPOCH, "--seed", str(seed), "--secret", SECRET]


def template(seed, url):
    """Return what makes the same world in this process."""
    return {"seed": seed, "webhooks": (url,), "secret": SECRET}


def lived(client, seed, count):
    """Live a life of so many steps in the world of a client; returns the steps."""
    random = Random(f"kept/{seed}")
    life = _Life(client, random)
    life.do("create_product", id="prod_course", price="60.00")
    life.do("create_offer", id="prod_pro", price="29.00", trial_days=0)
    life.do("create_offer", id="prod_trial", price="9.00", frequency="weekly", trial_days=5)
    while len(life.steps) < count:
        life.move()
    return life.steps


class _Life:
    def __init__(self, client, random):
        self.client, self.random = client, random
        self.steps, self.orders, self.subscriptions = [], [], []

    def do(self, verb, **arguments):
        self.steps.append(Step(verb, arguments))
        return self.client.act(verb, **arguments)

    def move(self):
        email = f"buyer{len(self.steps)}@example.com"
        match self.random.randrange(8):
            case 0 | 1:
                made = self.do("purchase", product="prod_course", email=email)
                self.orders.append(made["id"])
            case 2:
                offer = self.random.choice(("prod_pro", "prod_trial"))
                made = self.do("subscribe", offer=offer, email=email)
                self.subscriptions.append(made["id"])
            case 3 if self.orders:
                self.do("refund", order=self.orders.pop())
            case 4 if self.subscriptions:
                self.do("cancel", subscription=self.subscriptions.pop(0))
            case 5 if self.subscriptions:
                self.do("decline_next", payer=self.random.choice(self.subscriptions))
            case 6:
                self.do("update_product", product="prod_course", name=email)
            case _:
                self.do("advance", days=self.random.randint(1, 6))
