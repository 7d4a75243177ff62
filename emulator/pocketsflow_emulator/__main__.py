"""`python -m pocketsflow_emulator` is the program."""

from pocketsflow_emulator.cli import main

main()
