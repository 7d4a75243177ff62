"""A receiver as bare as asyncio allows: reads a request, answers 200, keeps the connection.

What it got it looks at only when asked, by GET: how many requests, how many rightly signed, and
whether each buyer's came in the order of their stamps. Then it forgets them.
"""

import asyncio
import hashlib
import hmac
import json
import sys

SECRET = "whsec_benchmark"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
RECEIVED = []


class Receiver(asyncio.Protocol):
    """Counts bytes until a request is whole."""

    def connection_made(self, transport):
        """Begin a connection."""
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        """Answer every whole request in the buffer."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            if head.startswith(b"GET"):
                self.buffer = self.buffer[end + 4 :]
                self.transport.write(report())
                continue
            start = head.lower().index(b"content-length:") + 15
            length = int(head[start:].split(b"\r\n", 1)[0])
            if len(self.buffer) < end + 4 + length:
                return
            RECEIVED.append((head, self.buffer[end + 4 : end + 4 + length]))
            self.buffer = self.buffer[end + 4 + length :]
            self.transport.write(ANSWER)


def report():
    """Return the answer to GET: what came since the last one, looked at closely."""
    signed, ordered, last = 0, True, {}
    for head, body in RECEIVED:
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        right = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest().encode()
        signed += hmac.compare_digest(fields[b"X-Pocketsflow-Signature"], right)
        event = json.loads(body)
        buyer = event["customer"]["email"]
        ordered = ordered and last.get(buyer, 0) < event["timestamp"]
        last[buyer] = event["timestamp"]
    told = json.dumps({"count": len(RECEIVED), "signed": signed, "ordered": ordered}).encode()
    RECEIVED.clear()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told)


async def main():
    """Listen on a free port, say which, and end with standard input."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Receiver, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
