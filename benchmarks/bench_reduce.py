"""How long an hour of work takes to reduce: 450,000 moves and 10,000 keys, with clicks, drags, scrolls and runs.

Beside it openadapt-capture's own processing of the same hour, in a virtual environment that is made here for it (the
package is no dependency of ours; the column says why when it can't be had). Prints a table and writes
benchmarks/out/reduce.json. `--alone` leaves the other package out.
"""

from __future__ import annotations

import gc
import json
import platform
import random
import subprocess
import sys
import time
import tracemalloc
import venv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from understudy.pipeline.ground import ground
from understudy.pipeline.reduce import reduce
from understudy.pipeline.segment import segment
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import TextRun
from understudy.records.recording import Recording, RecordingInfo

MOVES, KEYS, HOUR_NS = 450_000, 10_000, 3_600_000_000_000
RUN_KEYS = 20
NS_PER_MS = 1_000_000
ROUNDS = 5
LIMIT_S = 1.0
"""What an hour may take on one core."""
OUT = Path(__file__).parent / "out" / "reduce.json"
OPENADAPT = "openadapt-capture==1.3.0"
OPENADAPT_HOME = OUT.parent / "openadapt-venv"
INSTALL_S, OPENADAPT_S = 600, 900


class Worker:
    """Writes an hour event by event: hands go from the keyboard to the mouse and back."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._now_ns, self._x, self._y = 0, 640, 400
        self.pointer: list[Pointer] = []
        self.keys: list[Key] = []
        self.text: list[TextRun] = []
        self.element: list[ElementAt] = []

    def type(self) -> None:
        """One run of 20 keys, one each 120 ms."""
        start_ns = self._now_ns
        for _ in range(RUN_KEYS):
            for down, wait_ms in ((True, 80), (False, 40)):
                self.keys.append(
                    Key(
                        time_ns=self._now_ns, seq=len(self.keys), down=down, keycode=38, keysym="a",
                        text="a" if down else "", run=len(self.text),
                    )
                )  # fmt: skip
                self._now_ns += wait_ms * NS_PER_MS
        self.text.append(
            TextRun(
                time_ns=self.keys[-2].time_ns, seq=len(self.text), run=len(self.text), start_ns=start_ns,
                text="a" * RUN_KEYS, level="text", element=None,
            )
        )  # fmt: skip

    def move(self, count: int) -> None:
        """Moves 4 ms apart (a mouse of 250 Hz), a few px each."""
        for _ in range(count):
            self._x = min(1279, max(0, self._x + self._dice.randint(-4, 4)))
            self._y = min(799, max(0, self._y + self._dice.randint(-4, 4)))
            self._point("move")
            self._now_ns += 4 * NS_PER_MS

    def press(self, moves: int = 0) -> None:
        """A click, or a drag of so many moves, on an element that was asked before."""
        bounds = Rect(self._x - 20, self._y - 20, 40, 40)
        self.element.append(
            ElementAt(
                time_ns=self._now_ns, seq=len(self.element), cause="rest", asked_ns=self._now_ns, x=self._x, y=self._y,
                element=Element(id=str(len(self.element)), role="push button", name="b", bounds=bounds), stable=True,
            )
        )  # fmt: skip
        self._now_ns += 100 * NS_PER_MS
        self._point("down", button=1)
        self.move(moves)
        self._now_ns += 80 * NS_PER_MS
        self._point("up", button=1)

    def scroll(self) -> None:
        """Five notches."""
        for _ in range(5):
            self._now_ns += 60 * NS_PER_MS
            self._point("scroll", scroll_y=1)

    def rest_until(self, time_ns: int) -> None:
        """Do nothing."""
        assert self._now_ns <= time_ns, "the hour is longer than an hour"
        self._now_ns = time_ns

    def _point(self, kind: Literal["move", "down", "up", "scroll"], button: int = 0, scroll_y: int = 0) -> None:
        self.pointer.append(
            Pointer(
                time_ns=self._now_ns, seq=len(self.pointer), kind=kind, x=self._x, y=self._y, button=button,
                scroll_y=scroll_y,
            )
        )  # fmt: skip


def hour(seed: int = 7) -> Recording:
    """An hour of 500 rounds: a run of typing, then 900 moves with a click and a click or drag, at times a scroll."""
    worker = Worker(seed)
    rounds = KEYS // RUN_KEYS
    moves = MOVES // rounds
    for nth in range(rounds):
        worker.rest_until(nth * (HOUR_NS // rounds))
        worker.type()
        worker.move(moves // 3)
        worker.press()
        worker.move(moves // 3)
        worker.press(moves // 3 if nth % 5 == 0 else 0)
        if nth % 3 == 0:
            worker.scroll()
        worker.move(0 if nth % 5 == 0 else moves // 3)
    window = WindowState(id=1, rect=Rect(0, 0, 1280, 800), program="editor", app="Editor")
    info = RecordingInfo(
        id="0" * 32, contributor="c", consent_id="0" * 32, profile="own-work", started_at="2026-01-01T00:00:00+00:00",
        start_ns=0, policy_sha256="", product_version="", schema_version=1,
    )  # fmt: skip
    return Recording(
        info=info,
        pointer=tuple(worker.pointer),
        keys=tuple(worker.keys),
        text=tuple(worker.text),
        element=tuple(worker.element),
        window=(Windows(time_ns=0, seq=0, active=1, windows=(window,), screen=Rect(0, 0, 1280, 800)),),
    )


def rows_for_openadapt(recording: Recording) -> Iterator[str]:
    """The hour's events as that package names their fields, in order of time, a JSON line each."""
    merged = sorted([*recording.pointer, *recording.keys], key=lambda event: event.time_ns)
    for event in merged:
        row: dict[str, Any] = {"timestamp": event.time_ns / 1e9}
        if isinstance(event, Key):
            row |= {"kind": "key_down" if event.down else "key_up", "key_char": event.keysym}
        else:
            row |= {"kind": event.kind, "x": float(event.x), "y": float(event.y)}
            if event.kind == "scroll":
                row |= {"dx": float(event.scroll_x), "dy": -float(event.scroll_y)}
            elif event.kind != "move":
                row["button"] = "left"
        yield json.dumps(row) + "\n"


def openadapt(recording: Recording) -> dict[str, Any]:
    """What openadapt-capture makes of the hour (see openadapt_hour.py), or `skipped`: why it made nothing."""
    python = OPENADAPT_HOME / "bin" / "python"
    try:
        if not python.exists():
            venv.create(OPENADAPT_HOME, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", OPENADAPT]
        installed = subprocess.run(install, capture_output=True, text=True, timeout=INSTALL_S, check=False)
        if installed.returncode:
            last = (installed.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
            return {"skipped": f"{OPENADAPT} can't be installed: {last}"}
        done = subprocess.run(
            [str(python), str(Path(__file__).with_name("openadapt_hour.py")), str(ROUNDS)],
            input="".join(rows_for_openadapt(recording)),
            capture_output=True,
            text=True,
            timeout=OPENADAPT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return {"skipped": f"{OPENADAPT} took longer than {late.timeout:.0f} s"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        return {"skipped": f"{OPENADAPT} failed on this hour: {last}"}
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def measure(call: Callable[[], object]) -> tuple[float, float]:
    """(median seconds of CPU on one core, peak MB) of a call: other work on the machine doesn't count."""
    times = []
    for _ in range(ROUNDS):
        gc.collect()
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return sorted(times)[ROUNDS // 2], peak / 1e6


def main() -> None:
    recording = hour()
    actions = reduce(recording)
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("reduce", lambda: reduce(recording)),
        ("ground", lambda: ground(recording, actions)),
        ("segment", lambda: segment(recording, ground(recording, actions))),
    )
    rows: list[dict[str, Any]] = []
    for name, call in steps:
        median_s, peak_mb = measure(call)
        rows.append({"step": name, "median_s": round(median_s, 3), "peak_mb": round(peak_mb, 1)})
    other = {"skipped": "left out by --alone"} if "--alone" in sys.argv[1:] else openadapt(recording)
    kinds = Counter(action.kind for action in actions)
    events = {"pointer": len(recording.pointer), "keys": len(recording.keys), "runs": len(recording.text)}
    print(f"one hour: {events['pointer']:,} pointer events, {events['keys']:,} key events → {len(actions):,} actions\n")
    print("| step | median CPU s | peak MB beside the recording | actions |\n|---|---|---|---|")
    for row in rows:
        count = f"{len(actions):,}" if row["step"] == "reduce" else ""
        print(f"| {row['step']} | {row['median_s']} | {row['peak_mb']} | {count} |")
    if "skipped" in other:
        print(f"| openadapt-capture | – | – | {other['skipped']} |")
    else:
        name = f"openadapt-capture {other['version']}"
        print(f"| {name} | {other['median_s']:.3f} | {other['peak_mb']:.1f} | {other['actions']:,} |")
        print(f"\nours: {dict(kinds.most_common())}\ntheirs: {other['kinds']}")
    OUT.parent.mkdir(exist_ok=True)
    written = {"events": events, "actions": dict(kinds), "python": platform.python_version(), "rows": rows}
    OUT.write_text(json.dumps({**written, "openadapt_capture": other}, indent=1) + "\n")
    if rows[0]["median_s"] > LIMIT_S:
        sys.exit(f"an hour took {rows[0]['median_s']} s to reduce; {LIMIT_S} s are allowed")


if __name__ == "__main__":
    main()
