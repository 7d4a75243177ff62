"""Pocketsflow, emulated."""
