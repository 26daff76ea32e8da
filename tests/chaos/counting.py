"""The world outside: a real HTTP server that counts how often each attempt had its effect."""

from __future__ import annotations

import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER_SECONDS = 0.1
"""Between the effect and its answer, so that whoever asked can be killed in between."""


class Counting:
    """A server on loopback; each request body is one effect."""

    def __init__(self) -> None:
        self.effects: Counter[str] = Counter()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where effects are had."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def start(self) -> None:
        """Begins to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        effects, lock = self.effects, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            """Counts first and answers later."""

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                attempt = self.rfile.read(length)
                if len(attempt) < length:
                    return  # Who asked was killed while it asked: nothing was had.
                with lock:
                    effects[attempt.decode()] += 1
                time.sleep(ANSWER_SECONDS)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - so its base names it
                """Says nothing."""

        return Handler
