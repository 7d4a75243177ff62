"""A life in a server with a data file, which is killed again and again on the way."""

import json
from collections import Counter
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPException
from random import Random
from threading import Timer

import receivers
from cli.programs import BOUND, begun
from clients import Client, serving
from kept.life import SECRET, flags, lived, template
from pocketsflow_emulator.delivery.rebuilding import rebuilt
from pocketsflow_emulator.delivery.recorded import read

START = 0.5
"""Seconds within which a server that dies at its start has died."""

MOMENT = 0.02
"""Seconds after the beginning of a step within which a server dies."""


def outlived(path, seed, steps, kills):
    """Live a life in a server that is killed so many times, and compare what became of it with a
    life that nobody disturbed. Returns how many tries were out when it was killed.
    """
    random = Random(f"kills/{seed}")
    with (
        receivers.answering() as undisturbed,
        serving(**template(seed, undisturbed.url)) as client,
    ):
        life = lived(client, seed, steps)
        expected = journal(client).canonical()
    with receivers.answering() as receiver:
        for number in range(kills):
            with server(path, seed, receiver.url) as process:
                if number % 5 == 4:
                    Timer(random.uniform(0, START), process.kill).start()
                    process.wait(BOUND)
                else:
                    with suppress(OSError, HTTPException):
                        after = random.randrange(2 * steps // kills)
                        go_on(client_of(process), life, after, partial(die, process, random))
        with server(path, seed, receiver.url) as process:
            client = client_of(process)
            go_on(client, life)
            found = journal(client).canonical()
    return compare(expected, found, receiver.requests)


def left_behind(path, seed, steps):
    """Leave the data file of a server behind that was killed after a life."""
    with receivers.answering() as receiver:
        with serving(**template(seed, receiver.url)) as client:
            life = lived(client, seed, steps)
        with server(path, seed, receiver.url) as process:
            go_on(client_of(process), life)


@contextmanager
def server(path, seed, to):
    """A server with a data file; gives the process."""
    words = ["serve", "--port", "0", "--data", str(path), "--webhook", to, *flags(seed)]
    with begun(*words) as process:
        yield process


def client_of(process):
    """A client of a server, which has begun to listen."""
    return Client(process.stdout.readline().removeprefix("listening on ").strip())


def die(process, random):
    """Let a server be killed within a moment."""
    Timer(random.uniform(0, MOMENT), process.kill).start()


def go_on(client, life, count=None, then=None):
    """Do what has not been done yet; after so many steps something happens."""
    client.control("settle")
    done = sum(line["kind"] == "input" for line in log(client)) - 1  # the webhook was first
    for number, step in enumerate(life[done:]):
        if number == count:
            then()
        client.act(step.verb, **step.arguments)


def log(client):
    """Return the lines of the world's log."""
    return map(json.loads, client.get("/_emulator/journal").text.splitlines())


def journal(client):
    """Return the journal of a world, made again from its log."""
    text = client.get("/_emulator/journal").text
    (run,) = read(text.encode().splitlines(keepends=True), "exported")
    return rebuilt(run, secret=SECRET).journal


def compare(expected, found, requests):
    """See that two lives are the same but for what was out at a kill, and that nothing was sent
    twice; returns how many tries were out.
    """
    unknown = 0
    bodies = Counter(request.partition(b"\r\n\r\n")[2].decode() for request in requests)
    sent = None
    assert len(expected) == len(found)
    for ours, theirs in zip(map(json.loads, found), map(json.loads, expected), strict=True):
        if ours.get("outcome") == "unknown":
            unknown += 1
            for name in ("outcome", "status", "answer"):
                ours[name] = theirs[name]
            assert bodies.pop(sent, 0) <= 1
        elif "outcome" in ours:
            assert bodies.pop(sent) == 1
        sent = ours.get("body")
        assert ours == theirs
    assert not bodies
    return unknown
