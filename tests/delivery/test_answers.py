"""Reading answers: the same meaning in one piece, byte by byte and cut anywhere."""

import time

import pytest

import receivers
from pocketsflow_emulator.delivery.transports.answers import BROKE_OFF, LARGEST_HEAD, Answer
from pocketsflow_emulator.delivery.tries import KEPT_RESPONSE

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def read(*parts: bytes, ended: bool = True) -> Answer:
    answer = Answer()
    for part in parts:
        answer.feed(part)
    if ended:
        answer.end()
    return answer


def told(answer: Answer) -> tuple[object, ...]:
    """Everything that an outcome is made of."""
    return (
        *(answer.status, answer.reason, answer.headers, answer.body, answer.cut),
        *(answer.over, answer.refusal, answer.is_http),
    )


ANSWERS = {
    "plain": receivers.answer(200, b"hello"),
    "empty": receivers.answer(500),
    "bare line ends": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    "until the end": b"HTTP/1.0 200 OK\r\n\r\nhello",
    "cut short": HEAD + b"Content-Length: 9\r\n\r\nhello",
    "no body": b"HTTP/1.1 204 No\r\n\r\n",
    "interim": b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" + receivers.answer(201, b"made"),
    "chunks": CHUNKED + b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n",
    "trailer": CHUNKED + b"2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
    "no end of chunks": CHUNKED + b"2\r\nok\r\n",
    "bad size": CHUNKED + b"2\r\nok\r\nzz\r\n",
    "no end of chunk": CHUNKED + b"2\r\nokay\r\n0\r\n\r\n",
    "endless size": CHUNKED + b"1" * 2000 + b"\r\n",
    "two lengths that agree": HEAD + b"Content-Length: 2\r\ncontent-length: 2\r\n\r\nok",
    "negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "odd name": HEAD + b"X Y: 1\r\n\r\n",
    "folded": HEAD + b"X-A: 1\r\n  2\r\n\r\n",
    "no http": b"SSH-2.0-OpenSSH\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nConte",
    "nothing": b"",
}


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_where_packets_end_means_nothing(said):
    """Cut in two anywhere, and byte by byte, an answer says the same."""
    whole = told(read(said))

    pieces = [told(read(said[:at], said[at:])) for at in range(len(said))]

    assert [whole] * len(said) == pieces
    assert whole == told(read(*(bytes([byte]) for byte in said)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain", (200, b"hello", "")),
        ("bare line ends", (200, b"ok", "")),
        ("no reason", (200, b"", "")),
        ("until the end", (200, b"hello", "")),
        ("cut short", (200, b"hello", BROKE_OFF)),
        ("interim", (201, b"made", "")),
        ("chunks", (200, b"hello world", "")),
        ("trailer", (200, b"ok", "")),
        ("no end of chunks", (200, b"ok", BROKE_OFF)),
        ("bad size", (200, b"ok", BROKE_OFF)),
        ("no end of chunk", (200, b"ok", BROKE_OFF)),
        ("endless size", (200, b"", BROKE_OFF)),
        ("two lengths that agree", (200, b"ok", "")),
        ("negative length", (0, b"", "")),
        ("odd name", (0, b"", "")),
        ("folded", (0, b"", "")),
        ("no http", (0, b"", "")),
        ("half a head", (0, b"", "")),
    ],
)
def test_what_an_answer_says(name, expected):
    """Status, body and why it is not the whole body."""
    answer = read(ANSWERS[name])

    assert expected == (answer.status, answer.body, answer.cut)


@pytest.mark.parametrize(
    ("said", "keeps"),
    [
        (receivers.answer(200, b"ok"), True),
        (receivers.answer(204), True),
        (CHUNKED + b"0\r\n\r\n", True),
        (receivers.answer(200, b"ok", (("Connection", "Close"),)), False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
        (receivers.answer(200, b"ok") + b"more", False),
        (b"HTTP/1.1 101 Up\r\n\r\n", False),
        (HEAD + b"\r\nuntil the end", False),
        (receivers.answer(200, b"x" * (KEPT_RESPONSE + 1)), False),
    ],
)
def test_a_connection_is_kept_where_both_sides_know_the_end(said, keeps):
    """What was closed, cut or continued unasked is good for nothing more."""
    answer = read(said)

    assert answer.over
    assert answer.keeps is keeps


def test_the_largest_head():
    """A head may have 64 kB, to the byte; of more than that no more is kept."""
    filling = LARGEST_HEAD - len(HEAD + b"X: \r\n\r\n")

    fits = read(HEAD + b"X: " + b"x" * filling + b"\r\n\r\n")
    too_large = read(HEAD + b"X: " + b"x" * (filling + 1) + b"\r\n\r\n")
    endless = read(HEAD + b"X: ", b"x" * LARGEST_HEAD, ended=False)

    assert fits.status == 200
    assert (too_large.status, too_large.refusal) == (0, "its head has more than 65536 bytes")
    assert endless.over


def test_nothing_is_read_beyond_what_is_kept():
    """A long body is over as soon as more has come than is kept, whatever its framing."""
    block = b"x" * 4096
    starts = [HEAD + b"\r\n", HEAD + b"Content-Length: 99999999\r\n\r\n", CHUNKED + b"fffffff\r\n"]

    answers = [read(start, *[block] * 17, ended=False) for start in starts]

    assert [answer.over for answer in answers] == [True] * 3
    assert {block * 16} == {bytes(answer.body) for answer in answers}
    assert {"only 65536 bytes of the body are kept"} == {answer.cut for answer in answers}


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50_000,
        CHUNKED + b"1\r\nx\r\n" * 50_000,
        CHUNKED + b"0\r\n" + b"X: y\r\n" * 200_000,
        b"\r\n" * 500_000,
        HEAD + b"\r\n" + b"x" * 1_000_000,
    ],
    ids=["interim answers", "small chunks", "trailers", "blank lines", "body"],
)
def test_the_effort_is_in_proportion_to_the_bytes(said):
    """A megabyte of the smallest parts in one packet holds nobody up."""
    begun = time.process_time()

    read(said, ended=False)

    assert time.process_time() - begun < 1
