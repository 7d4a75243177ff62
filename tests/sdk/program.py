"""A program that uses the official client, driven by lines of JSON."""

import json
import subprocess

from clients import KEY

BOUND = 120
"""Seconds."""


class Sdk:
    """The client in a process of its own, called by lines of JSON."""

    def __init__(self, folder, url, key=KEY):
        self.called = set()
        self._process = subprocess.Popen(
            ["node", "call.mjs", url, key],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, method, *given):
        """Call a method; returns {"answer"} or {"error"}."""
        self.called.add(method)
        self._process.stdin.write(json.dumps({"method": method, "arguments": given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the client has ended"
        return json.loads(line)

    def close(self):
        """End it."""
        self._process.communicate(timeout=BOUND)
