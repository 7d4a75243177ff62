"""Measurements, always against a bare baseline in the same run and reported as a ratio."""
