"""Addresses: what people type, and what is public."""

import pytest

from pocketsflow_emulator.delivery import addresses
from pocketsflow_emulator.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("3000", "http://127.0.0.1:3000/"),
        (" 3000 ", "http://127.0.0.1:3000/"),
        ("80/webhooks", "http://127.0.0.1:80/webhooks"),
        ("3000/a/b?c=d", "http://127.0.0.1:3000/a/b?c=d"),
        ("localhost:3000", "http://localhost:3000/"),
        ("localhost:3000/hooks", "http://localhost:3000/hooks"),
        ("localhost", "http://localhost/"),
        ("myapp.test/hooks", "http://myapp.test/hooks"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/"),
        ("http://localhost:3000", "http://localhost:3000/"),
        ("https://example.com/x?y=1#part", "https://example.com/x?y=1"),
        ("HTTPS://Example.com", "https://Example.com/"),
        ("http://[::1]:3000", "http://[::1]:3000/"),
        ("http://user:word@localhost/", "http://user:word@localhost/"),
    ],
)
def test_short_forms(typed, expected):
    """A port, host:port, either with a path, or a full URL: all name a receiver."""
    assert expected == addresses.url(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://",
        "http://:80",
        "ftp://localhost",
        "file:///etc/passwd",
        "javascript://x",
        "0",
        "0/x",
        "99999",
        "localhost:65536",
        "localhost:x",
        "http://[::1",
        "http://local host/",
        "http://localhost/a b",
        "http://localhost/a\nb",
        "http://localhost/a\tb",
        "http://localhost/\\b",
        "http://localhost/\x00",
    ],
)
def test_what_is_no_address(typed):
    """What cannot be posted to is refused, and the message repeats what was typed."""
    with pytest.raises(InvalidInput) as caught:
        addresses.url(typed)

    assert str(caught.value).startswith(repr(typed))


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:3000/",
        "http://LOCALHOST/",
        "http://localhost./",
        "http://app.localhost/",
        "http://127.0.0.1/",
        "http://127.8.9.10/",
        "http://0.0.0.0:3000/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/",
        "http://[::1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://[2002:7f00:1::1]/",
        "http://web:8000/",
        "http://host.docker.internal/",
        "http://printer.local/",
        "http://myapp.test/",
        "http://a.b.example/",
        "pull:",
    ],
)
def test_what_stays_at_home(address):
    """Loopback, private networks, single names and reserved domains are not public."""
    assert not addresses.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/",
        "https://EXAMPLE.COM./",
        "https://shop.example.co.uk/hooks",
        "http://8.8.8.8/",
        "http://[2606:4700::1111]/",
        "http://[::ffff:8.8.8.8]/",
        "http://[2002:808:808::1]/",
        "http://localhost.example.com/",
        "http://test.com/",
        "http://user@example.com:8080/",
        "http://exämple.com/",
    ],
)
def test_what_is_public(address):
    """A host that anybody on the internet may own is public."""
    assert addresses.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://134744072/",
        "http://0x8080808/",
        "http://example\N{IDEOGRAPHIC FULL STOP}com/",
        "http://example\N{FULLWIDTH FULL STOP}com/",
    ],
    ids=["decimal", "hexadecimal", "ideographic full stop", "full-width full stop"],
)
def test_a_public_host_in_disguise_is_public(address):
    """Other ways to write a public address, which resolvers take, do not get past the guard."""
    assert addresses.is_public(address)
