"""The program, as it is installed and as `python -m pocketsflow_emulator`: signals first.

While modules are loading, a KeyboardInterrupt would be a traceback or get lost in an import.
"""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn


def main() -> NoReturn:
    """Run the program; every error a user can cause ends in a sentence and an exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, leave)
    from pocketsflow_emulator import cli

    cli.console.prepare()
    cli.collect_less_often()
    sys.exit(cli.outcome(sys.argv[1:]))


def leave(number: int, _frame: FrameType | None = None) -> NoReturn:
    """End at once, with the exit code of the signal: nothing is under way that must be ended."""
    try:
        os.write(2, b"broken off\n")
    finally:
        os._exit(128 + number)


if __name__ == "__main__":
    main()
