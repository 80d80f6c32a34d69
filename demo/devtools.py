"""Asks Chromium where things are on its page, over its own debugging port on this machine.

The performer's eyes: a person sees where a button is, a script has to ask. Nothing is clicked or typed this way.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import time
import urllib.request
from pathlib import Path
from types import TracebackType

PORT_FILE = "DevToolsActivePort"
"""In Chromium's profile folder once it listens: the port, then the browser's own path (--remote-debugging-port=0)."""

_FINAL_TEXT = 0x81
_FINAL_PONG = 0x8A
_PING, _CLOSE = 0x9, 0x8


class PageUnavailable(Exception):
    """The browser, or what was looked for on its page, isn't there; the message says what and how long was waited."""


def wait_for_port(profile: Path, timeout_s: float = 30) -> int:
    """The debugging port of the Chromium that uses the folder `profile`; raises PageUnavailable."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            return int((profile / PORT_FILE).read_text().split()[0])
        except (FileNotFoundError, IndexError):
            time.sleep(0.1)
    raise PageUnavailable(f"Chromium did not open its debugging port within {timeout_s:.0f} s")


class Page:
    """The first page of the Chromium at `port`. A context manager; one question at a time.

    Speaks as much of WebSocket (RFC 6455) as this needs: text messages, masked, without extensions.
    """

    def __init__(self, port: int, timeout_s: float = 20) -> None:
        self._timeout_s = timeout_s
        path = self._path_of_page(port)
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self._unread = b""
        self._last_id = 0
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self._unread:
            self._receive()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise PageUnavailable("Chromium refused the debugging connection")

    def _path_of_page(self, port: int) -> str:
        # No proxy of the environment may stand between us and our own machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + self._timeout_s
        while time.monotonic() < deadline:
            with opener.open(f"http://127.0.0.1:{port}/json/list", timeout=self._timeout_s) as answer:
                targets = json.load(answer)
            for target in targets:
                if target.get("type") == "page":
                    return "/" + str(target["webSocketDebuggerUrl"]).split("/", 3)[3]
            time.sleep(0.1)
        raise PageUnavailable(f"Chromium showed no page within {self._timeout_s:.0f} s")

    def __enter__(self) -> Page:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; twice is harmless."""
        self._socket.close()

    def evaluate(self, expression: str) -> object:
        """The value of a JavaScript expression on the page, as JSON tells it; raises PageUnavailable if it throws."""
        self._last_id += 1
        self._send(
            json.dumps(
                {
                    "id": self._last_id,
                    "method": "Runtime.evaluate",
                    "params": {"expression": expression, "returnByValue": True},
                }
            ).encode()
        )
        while True:
            message = json.loads(self._message())
            if message.get("id") == self._last_id:
                break
        result = message.get("result", {})
        if "error" in message or "exceptionDetails" in result:
            raise PageUnavailable(f"the page could not evaluate: {expression[:80]}")
        return result.get("result", {}).get("value")

    def wait_for(self, expression: str, timeout_s: float = 15) -> object:
        """The first value of `expression` that is true in JavaScript's sense; raises PageUnavailable."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            try:
                if value := self.evaluate(expression):
                    return value
            except PageUnavailable:
                # Between two pages there is no document to ask.
                pass
            time.sleep(0.1)
        raise PageUnavailable(f"the page did not get there within {timeout_s:.0f} s: {expression[:80]}")

    def wait_for_path(self, path: str) -> None:
        """Wait until the page at `path` has loaded."""
        self.wait_for(f"location.pathname === {json.dumps(path)} && document.readyState === 'complete'")

    def box(self, selector: str) -> tuple[float, float, float, float]:
        """(x, y, width, height) of the first element that the CSS selector matches, CSS px in the page's viewport."""
        found = self.wait_for(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null;"
            " const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()"
        )
        if not isinstance(found, list):
            raise PageUnavailable(f"the page has no {selector}")
        x, y, width, height = (float(value) for value in found)
        return x, y, width, height

    def _send(self, payload: bytes) -> None:
        mask = os.urandom(4)
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2, "big")
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self._socket.sendall(bytes([_FINAL_TEXT]) + length + mask + masked)

    def _message(self) -> bytes:
        whole = b""
        while True:
            first, second = self._take(2)
            size = second & 0x7F
            if size == 126:
                size = int.from_bytes(self._take(2), "big")
            elif size == 127:
                size = int.from_bytes(self._take(8), "big")
            payload = self._take(size)
            kind = first & 0x0F
            if kind == _CLOSE:
                raise PageUnavailable("Chromium closed the debugging connection")
            if kind == _PING:
                self._socket.sendall(bytes([_FINAL_PONG, 0x80]) + os.urandom(4))
                continue
            whole += payload
            if first & 0x80:
                return whole

    def _take(self, size: int) -> bytes:
        while len(self._unread) < size:
            self._receive()
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken

    def _receive(self) -> None:
        try:
            chunk = self._socket.recv(65536)
        except TimeoutError:
            raise PageUnavailable(f"Chromium did not answer within {self._timeout_s:.0f} s") from None
        if not chunk:
            raise PageUnavailable("Chromium hung up")
        self._unread += chunk
