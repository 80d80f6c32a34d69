"""Pages for benchmarks/bench_elements.py: served on loopback, each with the script that tells what was pressed.

Two ports, one named by address and one by name, so that frames of another origin are of another site too.
"""

# ruff: noqa: E501 - markup

from __future__ import annotations

import importlib.util
import json
import queue
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

TRUTH = Path(__file__).with_name("hits_truth.js")
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
SCRIPT = b'<script src="/truth.js"></script>'

STYLE = """<style>
body { margin: 0; font: 15px sans-serif; background: #fff }
.at { position: absolute; box-sizing: border-box; margin: 0 }
iframe { border: 0 }
</style>"""

INNER = """<h3>Order form @who@</h3><button>Confirm @who@</button> <a href="#terms">Terms for @who@</a>
<p>Paragraph inside @who@</p><label><input type="checkbox"> Gift wrap @who@</label><br>
<input aria-label="Amount @who@" value="12"> <select aria-label="Size @who@"><option>small<option>large</select>
<ul><li>first thing<li>second thing</ul>"""

PAGES = {
    "frames": """<h2 class="at" style="left:20px;top:10px">Frames</h2>
<button class="at" style="left:220px;top:10px;width:140px;height:30px">Outside</button>
<iframe class="at" style="left:20px;top:60px;width:420px;height:300px" src="/own/inner?who=same&at={x:20},{y:60}"></iframe>
<iframe class="at" style="left:480px;top:60px;width:420px;height:300px"
 src="{other}/own/inner?who=cross&at={x:480},{y:60}"></iframe>
<iframe class="at" style="left:20px;top:380px;width:600px;height:300px" src="{other}/own/nest?at={x:20},{y:380}"></iframe>
<a class="at" style="left:700px;top:420px" href="#below">Link beside the frames</a>""",
    "nest": """<button class="at" style="left:10px;top:5px">In the outer frame</button>
<iframe class="at" style="left:10px;top:50px;width:500px;height:240px" src="{first}/own/inner?who=nested&at={x:10},{y:50}">
</iframe>""",
    "inner": INNER,
    "shadow": """<h2>Shadow roots</h2><my-card who="one"></my-card><my-card who="two"></my-card><my-shell></my-shell>
<script>
class Card extends HTMLElement { connectedCallback() {
  const who = this.getAttribute("who"), root = this.attachShadow({ mode: "open" });
  root.innerHTML = `<style>button { padding: 8px; margin: 6px } .row { padding: 4px }</style>
   <div class="row"><button>Buy ${who}</button><button aria-label="Remove ${who}">✕</button>
   <a href="#x"><b>Details</b> of ${who}</a></div>
   <div class="row"><input placeholder="Coupon ${who}"><input type="radio" name="r" aria-label="Fast ${who}">
   <span tabindex="0" role="switch" aria-checked="false" aria-label="Notify ${who}">○ notify</span></div>
   <p>Text of card ${who}</p>`; } }
class Shell extends HTMLElement { connectedCallback() {
  const root = this.attachShadow({ mode: "open" });
  root.innerHTML = `<p>Shell</p><my-card who="inside"></my-card><slot></slot>`; } }
customElements.define("my-card", Card); customElements.define("my-shell", Shell);
</script>""",
    "menus": """<style>[role=menu] { position: absolute; top: 34px; background: #eee; border: 1px solid #888; min-width: 150px }
[role=menuitem] { display: block; padding: 5px 10px } .bar > div { position: relative; display: inline-block; padding: 8px 16px }
[role=menu] [role=menuitem]:hover { background: #bdf } dialog { top: 180px; width: 360px }
[role=tab] { display: inline-block; padding: 6px 18px; border: 1px solid #888 }</style>
<div class="bar" role="menubar"><div role="menuitem" tabindex="0" aria-haspopup="true" aria-label="File">File</div>
<div role="menuitem" tabindex="0" aria-haspopup="true" aria-label="Edit">Edit</div></div>
<div role="menu" hidden style="left:10px;top:40px" id="m0"><div role="menuitem" tabindex="-1">New window</div>
<div role="menuitem" tabindex="-1">Open recent</div><div role="menuitem" tabindex="-1">Print…</div></div>
<div role="menu" hidden style="left:80px;top:40px" id="m1"><div role="menuitem" tabindex="-1">Undo typing</div>
<div role="menuitemcheckbox" aria-checked="true" tabindex="-1">Spell check</div></div>
<div style="margin-top:90px" role="tablist"><div role="tab" tabindex="0" aria-selected="true">General</div><div role="tab"
 tabindex="0">Advanced</div><div role="tab" tabindex="0">About</div></div><div role="tabpanel" id="panel">General settings</div>
<p><button id="ask">Open dialog</button> <button popovertarget="pop">Show pop-over</button></p>
<div popover id="pop"><button>Inside the pop-over</button> <p>Words in the pop-over</p></div>
<dialog id="d"><h3>Really leave?</h3><p>Changes are lost.</p><form method="dialog"><button>Stay here</button>
<button>Leave now</button> <label><input type="checkbox"> Don't ask again</label></form></dialog>
<details style="margin-top:40px"><summary>More options</summary><p>Hidden words</p><input type="range" aria-label="Zoom"></details>
<script>
const heads = document.querySelectorAll(".bar > div");
heads.forEach((head, i) => head.addEventListener("click", () => { for (const m of document.querySelectorAll("[role=menu]"))
  m.hidden = m.id !== "m" + i || !m.hidden; }));
document.querySelectorAll("[role=menu] > *").forEach((e) => e.addEventListener("click", () => { e.parentElement.hidden = true; }));
document.querySelectorAll("[role=tab]").forEach((t) => t.addEventListener("click", () => {
  document.querySelectorAll("[role=tab]").forEach((o) => o.setAttribute("aria-selected", o === t)); panel.textContent = t.textContent + " settings"; }));
ask.onclick = () => d.showModal();
</script>""",
    "selects": """<h2>Selects</h2><p><label>Country <select id="a"><option>Austria<option>Belgium<option>Croatia<option>Denmark</select></label>
<select aria-label="Colour" style="margin-left:80px"><option>red<option>green<option>blue</select></p>
<p style="margin-top:160px"><select size="4" aria-label="Fruit"><option>apple<option>banana<option>cherry<option>date</select>
<select multiple size="4" aria-label="Many"><option>one<option>two<option>three<option>four</select></p>
<table border="1"><tr><th>Item<th>Price</tr><tr><td>Pen<td>1.20</tr><tr><td>Ink <a href="#ink">more</a><td>3.40</tr></table>""",
    "canvas": """<h2>Canvas</h2><canvas id="c" width="500" height="320" style="border:1px solid #888"></canvas>
<button style="vertical-align:top">Clear drawing</button>
<canvas width="200" height="100" aria-label="Chart of sales" role="img"></canvas>
<script>const g = c.getContext("2d"); g.fillStyle = "#c33"; g.fillRect(60, 60, 120, 80); g.fillStyle = "#333";
g.font = "20px sans-serif"; g.fillText("Drawn button", 70, 105);</script>""",
    "controls": """<h2>Controls</h2><p>Some <a href="#w">linked words that wrap over a line because the column is narrow</a> and
 <b>bold text</b> and an image <img alt="A red dot" width="24" height="24"
 src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><circle cx='12' cy='12' r='10' fill='red'/></svg>"></p>
<p><button><span>Save</span> <i>draft</i></button> <button disabled>Can't press</button> <button aria-pressed="true">Bold</button>
<input type="submit" value="Send"> <input type="number" aria-label="Count" value="3"> <input type="search" aria-label="Find">
<input type="email" placeholder="Mail"></p>
<p><label for="z">Zip code</label> <input id="z"> <label><input type="radio" name="q"> Fast lane</label>
<input type="password" aria-label="Secret"> <textarea aria-label="Notes">some notes</textarea></p>
<div contenteditable="true" aria-label="Editor" style="border:1px solid #aaa;padding:6px">Editable <b>rich</b> text</div>
<div style="overflow:auto;height:90px;border:1px solid #aaa;width:400px" id="scroller"><p>Row one</p><p>Row two</p><p>Row <a href="#3">three</a></p>
<p>Row four</p><p>Row five</p></div><div tabindex="0" style="width:200px">Focusable block</div>
<div onclick="this.textContent='pressed'" style="width:200px;background:#eee">Script only</div>
<ul><li>Plain item<li><a href="#i">Item link</a></ul>""",
    "long": "<h2>Long</h2>" + "".join(
        f'<p><button>Row {i} button</button> <a href="#r{i}">Row {i} link</a> words of row {i}</p>' for i in range(120)
    ),
}  # fmt: skip


class Site:
    """Serves the pages and collects what they tell. A context manager.

    `told` is called from a server's thread with each message, its time of arrival (monotonic, s) under "s".
    """

    def __init__(self, told: Callable[[dict[str, Any]], None]) -> None:
        self._told = told
        self._streams: list[queue.SimpleQueue[str]] = []
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"site": self})
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, daemon=True).start()

    @property
    def first(self) -> str:
        """The origin of the pages."""
        return f"http://127.0.0.1:{self._servers[0].server_port}"

    @property
    def other(self) -> str:
        """Another origin, of another site."""
        return f"http://localhost:{self._servers[1].server_port}"

    def __enter__(self) -> Site:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.command("end")
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def command(self, words: str) -> None:
        """Tell every open document and frame: "look LEFT TOP", "go URL", "scroll"."""
        with self._lock:
            streams = list(self._streams)
        for stream in streams:
            stream.put(words)

    def listen(self) -> queue.SimpleQueue[str]:
        """A new document's stream of commands."""
        stream: queue.SimpleQueue[str] = queue.SimpleQueue()
        with self._lock:
            self._streams.append(stream)
        return stream

    def leave(self, stream: queue.SimpleQueue[str]) -> None:
        """A document is gone."""
        with self._lock:
            self._streams.remove(stream)

    def hear(self, message: dict[str, Any]) -> None:
        """A page told something."""
        message["s"] = time.monotonic()
        self._told(message)

    def page(self, name: str, query: str) -> bytes:
        """One of `PAGES`, with its frames' places and origins filled in."""
        fields = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
        left, top = (int(part) for part in fields.get("at", "0,0").replace("%2C", ",").split(","))
        body = PAGES[name].replace("{other}", self.other).replace("{first}", self.first)
        body = body.replace("@who@", fields.get("who", ""))
        for mark, base in (("x", left), ("y", top)):
            while (start := body.find(f"{{{mark}:")) >= 0:
                end = body.index("}", start)
                body = f"{body[:start]}{base + int(body[start + 3 : end])}{body[end + 1 :]}"
        return (
            f"<!doctype html><html lang=en><head><title>{name}</title>{STYLE}</head><body>{body}</body></html>".encode()
        )


def miniwob() -> Path:
    """The folder of MiniWoB++'s pages in the package `miniwob`; nothing of its Python is imported."""
    spec = importlib.util.find_spec("miniwob")
    if spec is None or spec.origin is None:
        raise SystemExit("the package miniwob is missing: pip install --no-deps miniwob==1.1.0")
    return Path(spec.origin).parent / "html"


class _Handler(BaseHTTPRequestHandler):
    site: ClassVar[Site]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/commands":
            self._stream()
        elif path == "/truth.js":
            self._answer(TRUTH.read_bytes(), "text/javascript")
        elif path.startswith("/own/") and path[5:] in PAGES:
            self._answer(self._with_truth(self.site.page(path[5:], query)), "text/html; charset=utf-8")
        elif path.startswith("/miniwob/"):
            file = miniwob() / path.removeprefix("/miniwob/")
            if ".." in path or not file.is_file():
                self.send_error(404)
                return
            body = file.read_bytes()
            kind = TYPES.get(file.suffix, "application/octet-stream")
            self._answer(self._with_truth(body) if file.suffix == ".html" else body, kind)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        self.site.hear(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(b"", "text/plain")

    def _with_truth(self, body: bytes) -> bytes:
        return body.replace(b"<head>", b"<head>" + SCRIPT, 1)

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        stream = self.site.listen()
        try:
            while True:
                try:
                    words = stream.get(timeout=1)
                except queue.Empty:
                    self.wfile.write(b":\n\n")
                    continue
                if words == "end":
                    return
                self.wfile.write(f"data: {words}\n\n".encode())
        except OSError:
            return
        finally:
            self.site.leave(stream)
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        return
