"""Requests as they go over the wire: addresses taken apart, heads written."""

import pytest

from pocketsflow_emulator.delivery.transports import requests


def sent(url: str, *headers: tuple[str, str], length: int = 0) -> list[str]:
    return requests.head(requests.target(url), headers, length).decode().split("\r\n")


@pytest.mark.parametrize(
    ("url", "line", "host"),
    [
        ("http://localhost:3000/a", "/a", "localhost:3000"),
        ("http://localhost", "/", "localhost"),
        ("http://localhost:80/", "/", "localhost"),
        ("https://localhost:443/", "/", "localhost"),
        ("https://localhost:80/", "/", "localhost:80"),
        ("HTTP://LOCALHOST:3000/A", "/A", "localhost:3000"),
        ("http://[::1]:3000/", "/", "[::1]:3000"),
        ("http://localhost/a%2Fb?x=%20y", "/a%2Fb?x=%20y", "localhost"),
        ("http://localhost?x=1#part", "/?x=1", "localhost"),
        ("http://localhost/caf\xe9?q=\xeb", "/caf%C3%A9?q=%C3%AB", "localhost"),
        ("http://b\xfccher.example/", "/", "xn--bcher-kva.example"),
        ("http://web_1:8000/", "/", "web_1:8000"),
    ],
)
def test_an_address_gives_the_request_line_and_the_host(url, line, host):
    """The path goes out as it was registered; only what cannot be sent is escaped."""
    first, second, *_ = sent(url)

    assert f"POST {line} HTTP/1.1" == first
    assert f"Host: {host}" == second


def test_a_name_and_a_password_in_the_address():
    """They become basic authorization, and are no part of the host."""
    lines = sent("http://jane:p%40ss@localhost:3000/")

    assert lines[1] == "Host: localhost:3000"
    assert "Authorization: Basic amFuZTpwQHNz" in lines


def test_a_header_of_the_try_takes_the_place_of_ours():
    """Each header is sent once, in the words of the try."""
    lines = sent("http://localhost/", ("user-agent", "x"), ("CONTENT-LENGTH", "3"), length=7)

    assert lines == [
        "POST / HTTP/1.1",
        "Host: localhost",
        "Accept: */*",
        "user-agent: x",
        "CONTENT-LENGTH: 3",
        "",
        "",
    ]


@pytest.mark.parametrize("bad", ["a\r\nX-Injected: b", "a\nb", "a\rb", "a\0b"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_header_that_would_be_two_is_refused(bad, place):
    """A line break in a name or a value never goes out."""
    header = ("X", bad) if place else (bad, "x")

    with pytest.raises(ValueError, match="a header that cannot be sent"):
        sent("http://localhost/", header)


@pytest.mark.parametrize("url", ["http://a b/", "http://a\0b/", "localhost:3000", "http://123/"])
def test_an_address_that_is_none(url):
    """What has no host that a name or an address could be is refused before anything is asked."""
    with pytest.raises(ValueError, match=r"http://host|characters"):
        requests.target(url)
