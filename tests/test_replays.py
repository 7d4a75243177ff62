"""Deliveries that a test sends once more, on both faces."""

import asyncio

from pocketsflow_emulator import AsyncEmulator, Emulator, read_journal


def well(request):
    """Answer 200."""
    return 200


def test_a_delivery_is_replayed_from_a_test():
    """`replay` takes a delivery, its number or its event, and returns what it has sent."""
    bodies = []
    with Emulator(start="2030-01-31", seed=7) as emulator:
        emulator.deliver_to(lambda request: bodies.append(request.body))
        emulator.purchase(emulator.create_product(price="60.00"), email="jane@example.com")
        sold = emulator.deliveries.of("order.completed").last

        (again,) = emulator.replay(sold)
        (changed,) = emulator.replay(sold.id, edits={"tax.amount": 5}, timestamp="now")

        assert bodies[-2] == sold.body == again.body
        assert again.headers == sold.headers
        assert (again.id, again.outcome, changed.json["tax"]["amount"]) == (4, "delivered", 5)
        assert sold.tries == 1
        (newest,) = emulator.replay("order.completed")
        assert newest.body == sold.body


def test_a_delivery_is_replayed_from_a_coroutine():
    """The asynchronous face does the same, awaited, and gives the same journal."""

    async def awaited():
        async with AsyncEmulator(start="2030-01-31", seed=7) as emulator:
            emulator.deliver_to(well)
            await emulator.purchase(await emulator.create_product(), email="jane@example.com")
            sold = (await emulator.deliveries()).of("order.completed").last
            (again,) = await emulator.replay(sold, resign=True)
            assert again.body == sold.body
            return emulator.journal()

    with Emulator(start="2030-01-31", seed=7) as emulator:
        emulator.deliver_to(well)
        emulator.purchase(emulator.create_product(), email="jane@example.com")
        emulator.replay(3, resign=True)
        expected = emulator.journal()

    assert expected == asyncio.run(awaited())


def test_a_journal_is_written_by_a_test(tmp_path):
    """`log` is the journal as a file has it; `read_journal` reads it back."""
    file = tmp_path / "journal.ndjson"
    with Emulator(start="2030-01-31", seed=7, ring=6, secret="whsec_mine") as emulator:
        emulator.deliver_to(well)
        emulator.purchase(emulator.create_product(), email="jane@example.com")
        file.write_text("\n".join(emulator.log()))
        whole = emulator.log(secrets=True)

    (run,) = read_journal(str(file))

    assert (run.seed, run.template["ring"], len(run.log), run.let_go) == (7, 6, 6, 9)
    assert "whsec_mine" not in file.read_text()
    assert len(whole) == 7
