"""What pictures cost and how old they are at each press: the whole recorder on a real page at 1920x1080.

One recording; a page in Chromium that moves, tells text that never rests, is hovered, typed into, scrolled, or changes
as office work does (five changes a second: a line of text, a menu, a dialog). Two ages of the picture at a press:
- told: press minus `time_ns` of the newest frame before it; 0 when the next frame says that nothing changed before;
- seen (moving and text; "none" counts pictures without a readable clock): the page paints its own clock as black and
  white cells, read back from the kept frame, so this is how long before the press the screen looked as the kept picture
  does, drawing included;
- lit (hover): pictures that show the button under the pointer lit up, as it was when it was pressed.
Also frames kept, bytes an hour at this pace, and CPU by process. Writes benchmarks/out/screen.json.
`--seconds 10` for each kind of page; `--only moving,text`; `--video 30`.
"""

from __future__ import annotations

import argparse
import http.server
import json
import os
import random
import sys
import tempfile
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.driven import Desk, Recorder, wait_until
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.pipeline.stills import Stills
from understudy.records.kept import Frame
from understudy.records.recording import Recording

OUT = Path(__file__).parent / "out" / "screen.json"
PAGE = Path(__file__).with_name("screen_page.html")
LIT = (0x99, 0xCC, 0xFF)
"""The page's button under the pointer."""
BITS, UNIT_MS, CELL_PX = 16, 20, 28
STRIPS = {"moving": (40, 132), "text": (40, 205)}
"""Where the page paints its clock, px in the page; the row read of the text's cells lies above its letters."""
KINDS = ("still", "moving", "text", "hover", "typing", "office", "scroll")
PRESSED_EVERY_S = 0.9

POLICY = """\
version = 1
profile = "own-work"

[[app]]
name = "Orders"
program = "chromium"
keys = "text"
urls = ["{site}"]
"""


class Site:
    """The page, its clock against ours, and what it shall do."""

    def __init__(self) -> None:
        self.mode, self.changed = "still", threading.Condition()
        self.offsets: list[float] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                now_ms = time.monotonic_ns() / 1e6
                path, _, told = self.path.partition("?")
                body = b""
                if path == "/":
                    body = PAGE.read_bytes()
                elif path == "/clock":
                    site.offsets.append(now_ms - float(told))
                elif path == "/mode":
                    with site.changed:
                        site.changed.wait_for(lambda: site.mode != told, 20)
                    body = site.mode.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def enter(self, mode: str) -> None:
        with self.changed:
            self.mode = mode
            self.changed.notify_all()

    def close(self) -> None:
        self.enter("still-end")
        self._server.shutdown()


@dataclass
class Phase:
    """One kind of page: [from_ns, to_ns), the presses made, CPU seconds by process."""

    kind: str
    from_ns: int
    presses: list[int] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    to_ns: int = 0
    cpu_s: dict[str, float] = field(default_factory=dict)


def cpu_s(pids: Sequence[int]) -> float:
    total = 0
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(words[11]) + int(words[12])
    return total / os.sysconf("SC_CLK_TCK")


def own_peak_mb(pid: int) -> float:
    """The most memory that a process had in RAM, MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def of_display(display: str, word: bytes) -> list[int]:
    """Processes with a word in their command line that live on this display."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue
        if word in command and (f"DISPLAY={display}".encode() in environment or display.encode() in command):
            found.append(int(folder.name))
    return found


def below(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


class Bench:
    def __init__(self, desktop: VirtualDesktop, hands: XTest, site: Site, area: tuple[int, int, int, int]) -> None:
        self._desktop, self._hands, self._site, self._area = desktop, hands, site, area
        self._chance = random.Random(3)

    def run(self, kind: str, seconds: float, groups: dict[str, list[int]]) -> Phase:
        self._site.enter(f"{kind if kind not in ('hover', 'typing') else 'still'}-{kind}")
        self._hands.move(self._area[0] + 560, self._area[1] + 60)
        time.sleep(2.5)
        before = {name: cpu_s(pids) for name, pids in groups.items()}
        phase = Phase(kind, time.monotonic_ns())
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            getattr(self, f"_{kind}", self._plain)(phase)
        phase.to_ns = time.monotonic_ns()
        phase.cpu_s = {name: cpu_s(pids) - before[name] for name, pids in groups.items()}
        time.sleep(2.0)
        return phase

    def _press(self, phase: Phase, x: int, y: int) -> None:
        self._hands.move(self._area[0] + x, self._area[1] + y)
        phase.places.append((self._area[0] + x, self._area[1] + y))
        phase.presses.append(time.monotonic_ns())
        self._hands.click()

    def _plain(self, phase: Phase) -> None:
        time.sleep(PRESSED_EVERY_S + self._chance.uniform(-0.2, 0.2))
        self._press(phase, 560, 90)

    def _still(self, phase: Phase) -> None:
        time.sleep(0.5)

    def _office(self, phase: Phase) -> None:
        time.sleep(0.5)

    def _hover(self, phase: Phase) -> None:
        """Over a few buttons to one of them, rest a moment, press."""
        for _ in range(4):
            x, y = 670 + 148 * self._chance.randrange(5), 242 + 44 * self._chance.randrange(7)
            self._hands.move(self._area[0] + x, self._area[1] + y, 0.15)
        time.sleep(self._chance.uniform(0.15, 0.5))
        self._press(phase, x, y)
        time.sleep(0.2)

    def _typing(self, phase: Phase) -> None:
        self._press(phase, 200, 315)
        self._hands.type_text("seven crates ", 0.08)
        self._press(phase, 690, 150)
        time.sleep(0.3)

    def _scroll(self, phase: Phase) -> None:
        self._hands.move(self._area[0] + 1500, self._area[1] + 400)
        for _ in range(3):
            self._hands.scroll(1 if self._chance.random() < 0.6 else -1)
            time.sleep(0.05)
        time.sleep(self._chance.uniform(0.2, 1.6))
        self._press(phase, 1500, 500)
        time.sleep(0.3)


def told_age_ms(frames: Sequence[Frame], press_ns: int) -> float:
    times = [frame.time_ns for frame in frames]
    after = bisect_right(times, press_ns)
    if after == 0:
        return float("inf")
    if after == len(frames) or frames[after].changed_ns > press_ns:
        return 0.0
    return (press_ns - times[after - 1]) / 1e6


class Clock:
    """Reads the page's own clock out of kept frames."""

    def __init__(self, recording: Recording, area: tuple[int, int, int, int], offset_ms: float) -> None:
        self._frames, self._stills = recording.frame, Stills(recording)
        self._times = [frame.time_ns for frame in recording.frame]
        self._area, self._offset_ms = area, offset_ms

    def seen_age_ms(self, press_ns: int, kind: str) -> float | None:
        """None when the newest frame before the press shows no clock, or one torn between two times."""
        at = bisect_right(self._times, press_ns) - 1
        if at < 0:
            return None
        value = self._value(self._frames[at].seq, *STRIPS[kind])
        if value is None:
            return None
        now = (press_ns / 1e6 - self._offset_ms) / UNIT_MS
        age_ms = ((now - value + 10) % (1 << BITS) - 10) * UNIT_MS
        return age_ms if age_ms < 100_000 else None

    def lit(self, press_ns: int, place: tuple[int, int]) -> bool:
        """True when the picture at a press shows the button under the pointer as such a button looks."""
        at = bisect_right(self._times, press_ns) - 1
        return at >= 0 and tuple(self._stills.at(self._frames[at].seq)[place[1] + 13, place[0] - 60]) == LIT

    def _value(self, seq: int, x: int, y: int) -> int | None:
        row = self._stills.at(seq)[self._area[1] + y, self._area[0] + x :]
        gray = 0
        for bit in range(BITS):
            red, green, blue = (int(part) for part in row[CELL_PX * bit + 2])
            if not red == green == blue or red not in (0, 255):
                return None
            gray |= (red == 0) << bit
        value, shift = gray, gray >> 1
        while shift:
            value, shift = value ^ shift, shift >> 1
        return value


def spread(ages: Sequence[float]) -> dict[str, float]:
    told = sorted(ages)
    if not told:
        return {}
    return {
        "p50_ms": told[len(told) // 2],
        "p95_ms": told[min(len(told) - 1, len(told) * 95 // 100)],
        "max_ms": told[-1],
    }


def measured(phase: Phase, recording: Recording, clock: Clock) -> dict[str, object]:
    seconds = (phase.to_ns - phase.from_ns) / 1e9
    times = [frame.time_ns for frame in recording.frame]
    frames = recording.frame[bisect_left(times, phase.from_ns) : bisect_left(times, phase.to_ns)]
    sizes = sum(len(patch.webp) for frame in frames if not frame.key for patch in frame.patches)
    whole = sum(len(patch.webp) for frame in frames if frame.key for patch in frame.patches)
    downs = [one.time_ns for one in recording.pointer if one.kind == "down"]
    presses = [downs[i] for press in phase.presses if (i := bisect_left(downs, press - 1_000_000)) < len(downs)]
    seen = [clock.seen_age_ms(press, phase.kind) for press in presses] if phase.kind in STRIPS else []
    return {
        "kind": phase.kind,
        "seconds": round(seconds, 1),
        "presses": len(presses),
        "told": spread([told_age_ms(recording.frame, press) for press in presses]),
        "seen": spread([age for age in seen if age is not None]),
        "lit": sum(clock.lit(press, place) for press, place in zip(presses, phase.places, strict=True))
        if phase.kind == "hover"
        else None,
        "not_seen": sum(age is None for age in seen),
        "frames_per_s": len(frames) / seconds,
        "mb_per_hour": sizes / seconds * 3600 / 1e6,
        "whole_frames_kb": whole / 1e3,
        "cpu_percent": {name: 100 * spent / seconds for name, spent in phase.cpu_s.items()},
    }


def record(kinds: Sequence[str], seconds: float, video: int) -> dict[str, object]:
    site = Site()
    with (
        tempfile.TemporaryDirectory() as folder,
        VirtualDesktop(1920, 1080) as desktop,
        Desk(desktop.display) as desk,
        XTest(desktop.display) as hands,
    ):
        browser = desktop.chromium(site.url)
        window = desk.find("chromium")
        area = desk.place(window, 0, 0, 1920, 1060)
        wait_until(lambda: len(site.offsets) >= 8, "the page's clock")
        words = ("--consent", "demo", "--identity", "none", *(("--video", str(video)) if video else ()))
        with Recorder(desktop, Path(folder), *words, policy=POLICY.format(site=site.url.rstrip("/"))) as recorder:
            recorder.begin()
            time.sleep(4)
            crew = recorder.crew()
            groups = {name: [pid] for name, pid in crew.others.items() if name != "indicator"}
            groups |= {"recorder": [crew.recorder], "X": of_display(desktop.display, b"Xvfb")}
            groups["chromium"] = below(browser.pid)
            bench = Bench(desktop, hands, site, area)
            phases = [bench.run(kind, seconds, groups) for kind in kinds]
            if recorder.code is not None:
                raise SystemExit(f"the recording ended early: {recorder.said()[-300:]}")
            peaks = {name: own_peak_mb(pids[0]) for name, pids in groups.items() if name not in ("X", "chromium")}
            recorder.stop()
            recording = recorder.recording()
        site.close()
    clock = Clock(recording, area, min(site.offsets))
    rows = [measured(phase, recording, clock) for phase in phases]
    return {"video": video, "rows": rows, "peak_mb": peaks}


def show(result: dict[str, object]) -> None:
    ages = "told p50    p95    max | seen p50    p95    max  none"
    print(f"{'page':8} {'presses':>7}  {ages} | frames/s   MB/h | CPU % of a core")
    for row in result["rows"]:  # type: ignore[attr-defined]
        told, seen = (
            " ".join(f"{part[name]:>6.0f}" for name in ("p50_ms", "p95_ms", "max_ms")) if part else " " * 20
            for part in (row["told"], row["seen"])
        )
        cpu = ", ".join(f"{name} {value:.1f}" for name, value in row["cpu_percent"].items())
        print(
            f"{row['kind']:8} {row['presses']:>7}    {told} |   {seen} {row['not_seen']:>5} |"
            f" {row['frames_per_s']:>8.2f} {row['mb_per_hour']:>6.1f} | {cpu}"
            + (f" | {row['lit']} of {row['presses']} lit" if row["lit"] is not None else "")
        )
    print("peak MB:", ", ".join(f"{name} {value:.0f}" for name, value in result["peak_mb"].items()))  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each kind of page is shown")
    parser.add_argument("--only", default=",".join(KINDS), help="kinds of page, with commas between")
    parser.add_argument("--video", type=int, default=0, help="record with --video FPS as well")
    given = parser.parse_args()
    result = record(given.only.split(","), given.seconds, given.video)
    show(result)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
