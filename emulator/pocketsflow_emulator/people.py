"""Buyers nobody described: names and addresses from Faker (en_US), the same for the same seed."""

import threading
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from faker import Faker


class Person(NamedTuple):
    """An invented buyer. The e-mail is at example.com, which is nobody's."""

    email: str
    first_name: str
    last_name: str
    zip: str
    state: str


_DRAWING = threading.Lock()
"""One seed at a time: the worlds of a server and of a test are in different threads."""


@cache
def _faker() -> "Faker":
    from faker import Faker  # 0.1 s that only runs without own data should pay

    return Faker("en_US")


def person(seed: int, purpose: str) -> Person:
    """Return the person of this seed and purpose (a number, or the e-mail they are known by)."""
    with _DRAWING:
        fake = _faker()
        fake.seed_instance(f"{seed}/people/{purpose}".encode(errors="surrogatepass"))
        first, last, state = fake.first_name(), fake.last_name(), fake.state_abbr(False)
        number, zip = fake.random_int(10, 99), fake.zipcode_in_state(state)
    email = f"{first}.{last}{number}@example.com".lower()
    return Person(email, first, last, zip, state)
