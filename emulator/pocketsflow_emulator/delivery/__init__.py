"""Getting events out and remembering what came of it."""
