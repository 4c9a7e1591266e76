"""A server that is in no hurry: it says nothing, or a body byte by byte."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY_BYTES, BYTE_EVERY_SEC = 20, 0.1


class Slowpoke(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *, drips: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Visit)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.drips = drips
        self.closing = threading.Event()

    def __enter__(self) -> Slowpoke:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()


class _Visit(BaseHTTPRequestHandler):
    server: Slowpoke

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.drips:
            self.server.closing.wait()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(BODY_BYTES))
        self.end_headers()
        try:
            for _ in range(BODY_BYTES):
                self.wfile.write(b" ")
                if self.server.closing.wait(BYTE_EVERY_SEC):
                    return
        except OSError:
            return  # the client has given up

    def log_message(self, *_: object) -> None:
        """Nothing: pytest shows what matters."""
