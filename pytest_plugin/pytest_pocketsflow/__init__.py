"""The pytest face of the Pocketsflow emulator: the fixture `pocketsflow` and its mark."""
