"""The pytest face of the emulator."""
