"""The calendar, whole: every start day of 42 years, in every interval, for 48 periods."""

from datetime import UTC, datetime

import pytest

import oracles
from pocketsflow_emulator.core import billing

PERIODS = 48
DAY = 86_400_000
FIRST, LAST = (int(datetime(*day, tzinfo=UTC).timestamp()) * 1000 for day in FROM_TO)
