"""The brain: what Pocketsflow is. Pure and deterministic; knows no wire format and does no I/O."""
