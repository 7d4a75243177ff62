"""The timeline of a scenario, drawn: a lane for every event, virtual time from left to right."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from pocketsflow_emulator import timeline
from pocketsflow_emulator.cli import sent
from pocketsflow_emulator.core import clock

Json = Mapping[str, Any]

_LABELS, _WIDTH, _LANE, _HEAD, _MARGIN = 330, 1000, 24, 40, 20
_RADIUS = 6
_APART = 84
"""How far apart two dates must be for both to be written."""


def svg(scenario: Json) -> str:
    """Return the drawing; it needs no script, and no style but its classes."""
    lanes = list(dict.fromkeys(row["event"] for row in scenario["deliveries"]))
    height = _HEAD + len(lanes) * _LANE + _MARGIN
    place = _places(scenario)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(scenario['name'])}: when each event was sent</title>",
        *_dates(place, height),
    ]
    for number, event in enumerate(lanes):
        y = _HEAD + number * _LANE + _LANE // 2
        parts.append(f'<line class="lane" x1="{_LABELS}" x2="{_WIDTH - 10}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="event" x="4" y="{y + 4}">{escape(event)}</text>')
        rows = [row for row in scenario["deliveries"] if row["event"] == event]
        parts += _dots(rows, place, y)
    return "\n".join([*parts, "</svg>"])


def _places(scenario: Json) -> dict[str, float]:
    """Return where each instant stands: half by its time, half by its turn, so that what is close
    together can be told apart.
    """
    times = {row["at"]: clock.parse(row["at"]) for row in scenario["deliveries"]}
    instants = sorted(times, key=lambda at: times[at])
    if not instants:
        return {}
    first, last = times[instants[0]], times[instants[-1]]
    left, wide = _LABELS + 20, _WIDTH - _LABELS - 60
    turns = max(1, len(instants) - 1)
    shares = (
        (at, (times[at] - first) / max(1, last - first) / 2 + turn / turns / 2)
        for turn, at in enumerate(instants)
    )
    return {at: round(left + share * wide, 1) for at, share in shares}


def _dates(place: Mapping[str, float], height: int) -> Iterator[str]:
    written = float("-inf")
    for at, x in place.items():
        yield f'<line class="day" x1="{x}" x2="{x}" y1="{_HEAD - 12}" y2="{height - _MARGIN}"/>'
        if x - written >= _APART:
            written = x
            yield f'<text class="date" x="{x}" y="{_HEAD - 20}">{_date(at)}</text>'


def _date(at: str) -> str:
    return timeline.moment(clock.parse(at))[:10]


def _dots(rows: list[Json], place: Mapping[str, float], y: int) -> Iterator[str]:
    """Yield a mark for every delivery; those of one instant stand side by side."""
    seen: dict[str, int] = {}
    for row in rows:
        beside = seen.get(row["at"], 0)
        seen[row["at"]] = beside + 1
        x = place[row["at"]] + beside * _RADIUS
        kind = "bad" if sent.went_wrong(row) else "good" if row["status"] else "open"
        words = f"{row['event']} {sent.result(row)}, {sent.moment(row)}: {row['about']}"
        yield (
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y}" r="{_RADIUS}">'
            f"<title>{escape(words)}</title></circle>"
        )
