"""Scenario files for tests, and runs of them by the real runner against a real receiver."""

import asyncio
from contextlib import AsyncExitStack
from typing import NamedTuple

from pocketsflow_emulator.core import clock
from pocketsflow_emulator.scenario.load import read
from pocketsflow_emulator.scenario.receiver import Receiver
from pocketsflow_emulator.scenario.session import Chosen, Plan, Session

SECRET = "whsec_test"
SEED = 7
START = "2030-01-31"

HEAD = "version: 1\nname: story\ntitle: A story\n"
"""Three lines that every file begins with: what follows begins in line 4."""

GIVEN = (
    HEAD + "given: {pro: {create_offer: {}}, course: {create_product: {price: '60.00'}}}\nsteps:\n"
)
"""Five lines: an offer $pro of 10.00 a month and a product $course of 60.00; then the steps."""


def story(steps, head=GIVEN):
    """Return the scenario with these steps."""
    return read(head + steps, "a.yaml")


class Run(NamedTuple):
    """What came of scenarios that were run one after the other, and what the receiver counted."""

    played: list
    verified: int
    refused: int

    @property
    def misses(self):
        """The misses of all of them, as text."""
        return [str(miss) for one in self.played for miss in one.result.misses]

    @property
    def deliveries(self):
        """Everything that was sent and holds."""
        return [made for one in self.played for made in one.journal.deliveries()]

    @property
    def sent(self):
        """The same, with those of branches that were left."""
        records = [record for one in self.played for record in one.journal.facts]
        return [delivery for record in records for delivery in record.deliveries]


def run(
    *scenarios, start=START, seed=SEED, url=None, secret=SECRET, told=None, begun=None, **options
):
    """Run scenarios as the command line does; without a URL, against the receiver it brings."""

    async def running():
        async with AsyncExitStack() as stack:
            receiver = Receiver(SECRET)
            if url is None:
                await stack.enter_async_context(receiver)
            chosen = [Chosen(scenario, options) for scenario in scenarios]
            plan = Plan(chosen, url or receiver.url, secret, seed, clock.parse(start))
            played = [one async for one in Session(plan, told, begun).run()]
            return Run(played, receiver.verified, receiver.refused)

    return asyncio.run(running())
