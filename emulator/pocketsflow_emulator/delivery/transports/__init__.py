"""The only outgoing I/O: one module per way to reach a receiver. They do not know each other."""
