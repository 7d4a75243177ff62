"""Timestamps of the wall: the stamp follows the real present, every date the world's."""

import json

from pocketsflow_emulator import Emulator
from pocketsflow_emulator.delivery.engine import Engine
from pocketsflow_emulator.delivery.tries import Outcome
from pocketsflow_emulator.driver import Driver

START = 1_893_456_000_000  # 2030-01-01
WALL = 1_790_000_000_000  # 2026


def _subscribed(engine):
    engine.submit("create_webhook", {"url": "http://localhost/x"})
    offer = engine.submit("create_offer", {"id": "prod_pro", "trial_days": 14})
    people = {"email": "jane@example.com", "first_name": "Jane", "last_name": "Doe"}
    engine.submit("subscribe", {"offer": offer.id, **people})


def _stamps(engine):
    return [record.fact.stamp for record in engine.journal.living()]


def test_stamps_come_from_the_wall_and_still_rise():
    """Stamps begin at the wall's time, and a buyer's rise strictly though the wall stands, also
    after the world has moved; instants are the world's.
    """
    engine = Engine(7, START)
    engine.see_wall(WALL)

    _subscribed(engine)
    engine.submit("advance", {"to": START + 20 * 86_400_000})
    engine.pass_time()
    while (attempt := engine.take()) is not None:
        engine.record(attempt, Outcome("delivered", 200))

    stamps = _stamps(engine)
    assert stamps == [WALL + n for n in range(len(stamps))]
    assert len(stamps) > 5
    assert engine.now == START + 20 * 86_400_000


def test_the_wall_is_part_of_the_world():
    """What was seen of the wall is logged, and belongs to the state and its copies."""
    engine = Engine(7, START)
    plain = engine.world.state.plain()

    engine.see_wall(WALL)

    assert "wall" not in plain
    assert engine.world.state.copy().plain()["wall"] == WALL
    line = json.loads(list(engine.journal.log())[-1])
    assert line == {"kind": "wall", "at": "2030-01-01T00:00:00.000Z", "wall": WALL}


def test_the_driver_passes_the_wall_with_each_step():
    """A driver looks at the wall before every input and while something is under way, and leaves
    a quiet world alone.
    """
    ticks = iter(range(WALL, WALL + 1_000))
    driver = Driver(Engine(7, START), wall=lambda: next(ticks))

    driver.drive()
    untouched = driver.engine.untouched
    driver.do("create_product", {})
    driver.do("create_product", {})

    assert untouched
    assert _stamps(driver.engine) == [WALL, WALL + 1]


def test_without_it_stamps_are_virtual():
    """The default leaves everything as it was: no line in the log, the instant as the stamp."""
    with Emulator() as emulator:
        emulator.create_product()

        kinds = {json.loads(line)["kind"] for line in emulator.log()}
        assert "wall" not in kinds
        assert emulator.sent() == ()
        assert emulator.timestamps == "virtual"
