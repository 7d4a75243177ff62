"""Where this process runs, as far as it explains what cannot be reached."""

import os
from functools import cache
from pathlib import Path

_MARKS = ("/.dockerenv", "/run/.containerenv")  # Docker; Podman


@cache
def in_container() -> bool:
    """Say whether this process runs in a container."""
    return "KUBERNETES_SERVICE_HOST" in os.environ or any(Path(mark).exists() for mark in _MARKS)
