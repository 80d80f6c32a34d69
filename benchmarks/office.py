"""The desk of the recorder's benchmarks: Chromium with a page of our own, an editor beside it, and the page's log.

The page notes when each key, press and move reached it, by its own clock, which is told against ours.
"""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from benchmarks.driven import Desk
from benchmarks.load import Area
from demo.devtools import Page
from understudy.act.desktop import VirtualDesktop
from understudy.act.devtools import wait_for_port
from understudy.redact.policy_file import preset

PAGE = """\
<!doctype html><meta charset="utf-8"><title>Stock list</title>
<style>
body { margin: 0; font: 15px sans-serif; display: flex; height: 100vh }
main { width: 55%; overflow-y: scroll } form { width: 45%; padding: 12px; box-sizing: border-box }
textarea { width: 100%; height: 70%; box-sizing: border-box; resize: none } td { padding: 6px 14px }
</style>
<form><label for="note">Note</label><textarea id="note"></textarea><p id="count">0 characters</p></form>
<main><h1>Stock list</h1><table id="rows"></table></main>
<script>
const rows = document.getElementById('rows'), note = document.getElementById('note');
for (let i = 0; i < 200; i++)
  rows.insertRow().innerHTML = `<td>${i}</td><td>Crate of jars, shelf ${i % 17}</td><td>${(i * 7) % 50}</td>`;
note.addEventListener('input', () => document.getElementById('count').textContent = note.value.length + ' characters');
const log = { keydown: [], pointerdown: [], pointerrawupdate: [] };
for (const kind of Object.keys(log))
  addEventListener(kind, event => {
    const now = performance.now();
    if (kind === 'pointerrawupdate')
      for (const each of event.getCoalescedEvents()) log[kind].push([now, each.timeStamp, each.screenX, each.screenY]);
    else log[kind].push([now, event.timeStamp, event.screenX || 0, event.screenY || 0]);
  }, { capture: true, passive: true });
</script>
"""

POLICY = preset("own-work").decode()
"""As shipped: both programs in scope, text kept after scrubbing, pixels masked by the tree."""


@dataclass(frozen=True)
class Reached:
    """An event as the page saw it: `handled_ns` when its handler ran, `stamped_ns` the event's own time stamp."""

    handled_ns: int
    stamped_ns: int
    x: int
    y: int


class Office:
    """The two programs, running and in place. A context manager; nothing outlives it.

    `work` are the areas to work in, `scroll` those to turn the wheel over, one for one.
    """

    def __init__(self, width_px: int = 1920, height_px: int = 1080, *, editor_only: bool = False) -> None:
        self.desktop = VirtualDesktop(width_px, height_px)
        self._editor_only = editor_only
        self.work: tuple[Area, ...] = ()
        self.scroll: tuple[Area, ...] = ()
        self._page: Page | None = None
        self._server: http.server.ThreadingHTTPServer | None = None

    def __enter__(self) -> Office:
        self.desktop.__enter__()
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End both programs and the desktop; twice is harmless."""
        if self._page is not None:
            self._page.close()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.desktop.close()

    def _open(self) -> None:
        self.desktop.spawn(["mousepad", "--disable-server"])
        half = self.desktop.width_px // 2
        height = self.desktop.height_px - 120
        with Desk(self.desktop.display) as desk:
            if not self._editor_only:
                self._start_browser(half, height)
                browser = desk.place(desk.find("chromium"), 0, 60, half, height)
            x, y, width, height = desk.place(desk.find("mousepad"), half + 4, 40, half - 8, height)
        editor = (x + 20, y + 60, width - 60, height - 100)
        if self._editor_only:
            self.work, self.scroll = (editor,), (editor,)
            return
        self._page = Page(wait_for_port(self.desktop.home / "chromium"))
        self._page.wait_for("document.readyState === 'complete'")
        x, y, width, height = browser
        note = (x + 24, y + 60, int(width * 0.45) - 60, int(height * 0.6))
        table = (x + int(width * 0.5), y + 60, int(width * 0.45), height - 120)
        self.work, self.scroll = (note, editor), (table, editor)

    def _start_browser(self, width: int, height: int) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = PAGE.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        (self.desktop.home / "chromium/Default").mkdir(parents=True)
        self.desktop.chromium(
            f"http://127.0.0.1:{self._server.server_address[1]}/",
            "--remote-debugging-port=0",
            *("--window-position=0,60", f"--window-size={width},{height}"),
        )

    def forget_reached(self) -> None:
        """Empty the page's log."""
        assert self._page is not None
        self._page.run("for (const kind in log) log[kind] = []")

    def reached(self) -> Mapping[str, list[Reached]]:
        """What has reached the page since `forget_reached`, by kind of event, in ns of our monotonic clock."""
        assert self._page is not None
        offset_ns = self._page_zero_ns(self._page)
        told = self._page.run("log")
        assert isinstance(told, dict)
        return {
            kind: [
                Reached(offset_ns + int(row[0] * 1e6), offset_ns + int(row[1] * 1e6), int(row[2]), int(row[3]))
                for row in rows
            ]
            for kind, rows in told.items()
        }

    def _page_zero_ns(self, page: Page) -> int:
        """Our time when the page's clock was 0, by the quickest of several answers."""
        best = (1 << 62, 0)
        for _ in range(30):
            before_ns = time.monotonic_ns()
            now_ms = page.run("performance.now()")
            after_ns = time.monotonic_ns()
            assert isinstance(now_ms, int | float)
            best = min(best, (after_ns - before_ns, (before_ns + after_ns) // 2 - int(now_ms * 1e6)))
        return best[1]

    def program_pids(self) -> list[int]:
        """The observed programs, the X server and the buses: all that the desktop started."""
        return [process.pid for process in self.desktop._processes]
