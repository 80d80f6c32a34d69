"""What moves on a real page in Chromium is kept, and never with a text that flashes up, or jumps, within it."""

from __future__ import annotations

import http.server
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.driven import Desk, Recorder
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.pipeline.stills import Stills

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

PAGE = b"""<!doctype html><title>Orders</title>
<style>body { margin: 0; font: bold 22px sans-serif }
  #strip { position: absolute; left: 40px; top: 100px; width: 320px; height: 40px; display: flex }
  #strip i { flex: 1 } .flash { position: absolute; left: 60px; top: 106px; color: #f0f }
  #there { color: #f00 } #home { position: absolute; left: 40px; top: 240px; color: #00f }</style>
<p style="margin: 20px">Orders of this week</p><div id="strip"></div>
<div id="there" class="flash" style="visibility: hidden">bob.ray@example.org</div>
<div id="home">ann.lee@example.com</div>
<script>
"use strict"
const strip = document.getElementById("strip"), there = document.getElementById("there")
const home = document.getElementById("home")
for (let i = 0; i < 16; i++) strip.append(document.createElement("i"))
setInterval(() => {
  for (const cell of strip.children) cell.style.background = Math.random() < .5 ? "#036" : "#9c6"
}, 50)
const flashes = [
  ms => { const one = document.createElement("div"); one.className = "flash"; one.textContent = "eve.fox@example.net"
          document.body.append(one); setTimeout(() => one.remove(), ms) },
  ms => { there.style.visibility = "visible"; setTimeout(() => { there.style.visibility = "hidden" }, ms) },
  ms => { home.style.transform = "translate(20px, -134px)"; setTimeout(() => { home.style.transform = "" }, ms) },
]
// Each in turn, for 40, 120 and 250 ms; three in a row, then a rest in which what moves may be shown.
let turn = 0
const flash = () => flashes[turn % 3]([40, 120, 250][Math.floor(turn++ / 3) % 3])
setTimeout(() => setInterval(() => { flash(); setTimeout(flash, 400); setTimeout(flash, 800) }, 5000), 2000)
</script>"""
POLICY = """\
version = 1
profile = "own-work"

[[app]]
name = "Orders"
program = "chromium"
keys = "text"
urls = ["{site}"]
"""
COLOURS = {"is added": (255, 0, 255), "becomes visible": (255, 0, 0), "jumps": (0, 0, 255)}
LEAST_SEEN = 3
"""Different pictures of the strip that must be kept, or nothing was shown of the attacks' place at all."""


@pytest.fixture
def site() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_flashes_within_what_moves_are_in_no_picture(site: str, tmp_path: Path) -> None:
    dice = random.Random(5)
    with VirtualDesktop() as desktop, Desk(desktop.display) as desk, XTest(desktop.display) as hands:
        desktop.chromium(site + "/")
        area = desk.place(desk.find("chromium"), 0, 40, 700, 500)
        with Recorder(desktop, tmp_path, policy=POLICY.format(site=site)) as recorder:
            recorder.begin()
            until_s = time.monotonic() + 20
            while time.monotonic() < until_s:
                time.sleep(dice.uniform(0.15, 0.5))
                hands.move(area[0] + 500 + dice.randrange(40), area[1] + 400)
                hands.click()
            assert recorder.stop() == 0
            recording = recorder.recording()
    stills = Stills(recording)
    left, top = area[0] + 40, area[1] + 100
    seen = set()
    for frame in recording.frame:
        screen = stills.at(frame.seq)
        for name, colour in COLOURS.items():
            told = int(np.count_nonzero((np.abs(screen.astype(int) - colour) < 60).all(2)))
            assert not told, f"frame {frame.seq} shows {told} px of what {name}"
        seen.add(screen[top : top + 40, left : left + 320].tobytes())
    assert len(seen) >= LEAST_SEEN
