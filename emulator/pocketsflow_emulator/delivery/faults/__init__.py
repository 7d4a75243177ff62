"""Deliberate misbehaviour: one module per kind of fault, on one of three seams.

To add one: a module with a function under `plans`, `bends` or `behaves`, and its name below. What
a fault is stands in `kind.py`, how people write one in `asked.py`, whom it hits in `book.py`.
"""

from pocketsflow_emulator.delivery.faults import (
    connection_reset,
    corrupt_body,
    deep_json,
    delay,
    drop,
    duplicate,
    duplicate_keys,
    extra_fields,
    foreign_webhook,
    future_timestamp,
    half_close,
    header_mismatch,
    hold,
    missing_field,
    missing_signature,
    not_json,
    oversize,
    prefixed_signature,
    reorder,
    replay,
    slow_body,
    stale_timestamp,
    test_mode_flip,
    unknown_event,
    uppercase_signature,
    wrong_content_type,
    wrong_secret,
)
from pocketsflow_emulator.delivery.faults.asked import Asked, read
from pocketsflow_emulator.delivery.faults.book import Book
from pocketsflow_emulator.delivery.faults.kind import KINDS, Kind

__all__ = [
    "KINDS",
    "Asked",
    "Book",
    "Kind",
    "connection_reset",
    "corrupt_body",
    "deep_json",
    "delay",
    "drop",
    "duplicate",
    "duplicate_keys",
    "extra_fields",
    "foreign_webhook",
    "future_timestamp",
    "half_close",
    "header_mismatch",
    "hold",
    "missing_field",
    "missing_signature",
    "not_json",
    "oversize",
    "prefixed_signature",
    "read",
    "reorder",
    "replay",
    "slow_body",
    "stale_timestamp",
    "test_mode_flip",
    "unknown_event",
    "uppercase_signature",
    "wrong_content_type",
    "wrong_secret",
]
