"""A fake of an OpenAI-compatible chat address, on this machine, without any model: it answers what the test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, str], bytes]
Answering = Callable[[dict[str, Any]], str | Reply]


class FakeOpenAI:
    """What it was asked: the paths, headers and bodies, in order; `url` is its address."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []


@contextmanager
def fake_openai(answer: Answering) -> Iterator[FakeOpenAI]:
    """A server that answers each question with `answer(body)`: words, or (status, headers, body)."""

    class Handler(BaseHTTPRequestHandler):
        server_version = "FakeOpenAI"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.paths.append(self.path)
            fake.headers.append(dict(self.headers))
            fake.bodies.append(body)
            made = answer(body)
            if isinstance(made, str):
                choices = [{"index": 0, "message": {"role": "assistant", "content": made}, "finish_reason": "stop"}]
                made = (200, {}, json.dumps({"object": "chat.completion", "choices": choices}).encode())
            status, headers, data = made
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = FakeOpenAI(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
