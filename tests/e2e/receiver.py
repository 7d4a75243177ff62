"""A merchant's receiver, as one would write it in Python: it shares nothing with the emulator.

Prints its port. Answers 200 to what is signed with $SECRET and 401 to the rest. When its standard
input ends it prints {"verified", "unverified", "signatures"} and is gone.
"""

import hashlib
import hmac
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REPORT = {"verified": 0, "unverified": 0, "signatures": []}
SECRET = os.environ["SECRET"].encode()


class Webhooks(BaseHTTPRequestHandler):
    """Checks every POST."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Answer 200 to what is signed, and 401 to the rest."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signature = self.headers.get("X-Pocketsflow-Signature", "")
        expected = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        signed = hmac.compare_digest(expected.encode(), signature.encode())
        REPORT["verified" if signed else "unverified"] += 1
        REPORT["signatures"].append(signature)
        self.send_response(200 if signed else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Webhooks)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdout.write(f"{server.server_port}\n")
sys.stdout.flush()
sys.stdin.read()
json.dump(REPORT, sys.stdout)
