"""HTTP: the control API, and what guards it."""
