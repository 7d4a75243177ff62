"""Scenarios: lifecycles as files, what they do and what must be true afterwards."""
