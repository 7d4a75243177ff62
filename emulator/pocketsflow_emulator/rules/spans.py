"""Spans of time as rules write them."""

from pocketsflow_emulator.core.clock import DAY, HOUR, MINUTE


def written(span: int) -> str:
    """Return a span (ms) in the largest unit that divides it: `3 days`, `2 h`, `5 min`."""
    if span % DAY == 0:
        return f"{span // DAY} day{'' if span == DAY else 's'}"
    return f"{span // HOUR} h" if span % HOUR == 0 else f"{span // MINUTE} min"


def listed(spans: tuple[int, ...]) -> str:
    """Return several spans: `2, 5 and 9 days` where all are days, else each with its unit."""
    parts = [written(span) for span in spans]
    if all(span % DAY == 0 for span in spans):
        parts = [part.partition(" ")[0] for part in parts[:-1]] + parts[-1:]
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
