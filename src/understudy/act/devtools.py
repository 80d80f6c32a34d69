"""A Chromium's page over the browser's debugging port on this machine: questions, answers, where things are.

Needs the package `websockets` (the extra `evaluate`).
"""

from __future__ import annotations

import json
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from understudy.learn.evaluate import WorldFault

PORT_FILE = "DevToolsActivePort"
"""In Chromium's profile folder once it listens: the port, then the browser's own path."""
START_S = 60.0
ANSWER_S = 30.0


class BrowserUnavailable(WorldFault):
    """The browser is missing, did not start or stopped answering; the message says which and what to do."""


def wait_for_port(profile: Path, timeout_s: float = START_S) -> int:
    """The debugging port of the Chromium that uses the folder `profile`. Raises BrowserUnavailable."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            return int((profile / PORT_FILE).read_text().split()[0])
        except (FileNotFoundError, IndexError):
            time.sleep(0.05)
    raise BrowserUnavailable(f"Chromium did not open its debugging port within {timeout_s:.0f} s")


class Tab:
    """The first page of the Chromium at `port`. A context manager; one question at a time."""

    def __init__(self, port: int) -> None:
        try:
            from websockets.exceptions import WebSocketException
            from websockets.sync.client import connect
        except ImportError:
            raise BrowserUnavailable("the package websockets is missing: pip install 'understudy[evaluate]'") from None
        self._lost: tuple[type[Exception], ...] = (WebSocketException, OSError, TimeoutError)
        self._last_id = 0
        try:
            self._socket = connect(_page_address(port), max_size=None, proxy=None, open_timeout=ANSWER_S)
        except self._lost as error:
            raise BrowserUnavailable(f"Chromium refused its debugging port: {type(error).__name__}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; twice is harmless."""
        with suppress(*self._lost):
            self._socket.close()

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """The browser's answer to one command of its protocol. Raises BrowserUnavailable."""
        self._last_id += 1
        try:
            self._socket.send(json.dumps({"id": self._last_id, "method": method, "params": params}))
            while True:
                message = json.loads(self._socket.recv(timeout=ANSWER_S))
                if message.get("id") == self._last_id:
                    break
        except self._lost as error:
            raise BrowserUnavailable(f"Chromium stopped answering ({method}): {type(error).__name__}") from None
        if "error" in message:
            raise BrowserUnavailable(f"Chromium refused {method}: {message['error'].get('message', '')}")
        result = message.get("result", {})
        return result if isinstance(result, dict) else {}

    def run(self, expression: str) -> Any:  # noqa: ANN401 - what JSON tells
        """The value of a JavaScript expression, as JSON tells it. Raises BrowserUnavailable if it throws."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            told = answer["exceptionDetails"].get("exception", {}).get("description", "")
            raise BrowserUnavailable(f"the page could not do {expression[:60]!r}: {str(told)[:120]}")
        return answer.get("result", {}).get("value")

    def open(self, url: str) -> None:
        """Show another page and wait until it has loaded. Raises BrowserUnavailable."""
        answer = self.ask("Page.navigate", url=url)
        if answer.get("errorText"):
            raise BrowserUnavailable(f"Chromium could not open {url}: {answer['errorText']}")
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline:
            with suppress(BrowserUnavailable):  # between two pages there is no document to ask
                if self.run(f"document.readyState === 'complete' && location.href === {json.dumps(url)}"):
                    return
            time.sleep(0.01)
        raise BrowserUnavailable(f"{url} did not load within {ANSWER_S:.0f} s")


def _page_address(port: int) -> str:
    # No proxy of the environment may stand between us and our own machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with suppress(OSError), opener.open(f"http://127.0.0.1:{port}/json/list", timeout=ANSWER_S) as answer:
            for target in json.load(answer):
                if target.get("type") == "page" and not str(target.get("url", "")).startswith("chrome-extension:"):
                    return str(target["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise BrowserUnavailable(f"Chromium showed no page within {START_S:.0f} s")
