"""How fast a pause is a pause: from the person's press to the last thing that any source tells.

Two measurements on a virtual desktop under load (a pointer at 125 Hz, typing, a terminal that never stops printing):

- recorded: the real recorder is paused by hotkey and by click, and resumed; in what it sealed, the last record of each
  stream before it was resumed, against the injector's clock just before the press. Nothing may lie in a pause.
- sources: each source alone is told to pause; how long after that the last record leaves it.

Prints tables, writes benchmarks/out/pause.json. `--times 40` for more, `--busy` with both cores kept busy besides.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.driven import Desk, Recorder, wait_until
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.capture.source import Allow, DesktopEnv, Pause, Resume, SourceName, Stop
from understudy.recorder.children import Child
from understudy.recorder.host import SourceJob
from understudy.recorder.wire import FromSource, Records, SourceReady
from understudy.records.events import Windows

OUT = Path(__file__).parent / "out" / "pause.json"
STREAMS = ("pointer", "keys", "text", "window", "element", "frame")
SOURCES: tuple[SourceName, ...] = ("input", "screen", "elements")
BAR_MS = 100.0
PAUSED_S = 0.8
RECORDED_S = 1.2

POLICY = """\
version = 1
profile = "own-work"

[[app]]
name = "Mousepad"
program = "mousepad"
keys = "text"

[[app]]
name = "Terminal"
program = "xterm"
keys = "nothing"
"""


class Load:
    """Somebody who never rests: moves at 125 Hz and types into the editor, until `stop`."""

    def __init__(self, display: str, area: tuple[int, int, int, int]) -> None:
        self._display, self._area = display, area
        self._done, self._still = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join(10)

    @contextlib.contextmanager
    def still(self) -> Iterator[None]:
        """Nothing is pressed or moved meanwhile: a hotkey is pressed with the hands free."""
        self._still.set()
        time.sleep(0.06)
        try:
            yield
        finally:
            self._still.clear()

    def _run(self) -> None:
        left, top, width, height = self._area
        with XTest(self._display) as hands:
            step = 0
            while not self._done.wait(0.008):
                if self._still.is_set():
                    continue
                step += 1
                hands.move(left + 20 + step * 7 % (width - 40), top + 60 + step * 3 % (height - 80))
                if step % 20 == 0:
                    hands.key("abcdefgh"[step // 20 % 8])


@contextlib.contextmanager
def busy(wanted: bool) -> Iterator[None]:
    """Both cores kept busy by something else."""
    burners = [
        multiprocessing.get_context("spawn").Process(target=_burn, daemon=True)
        for _ in range((os.cpu_count() or 2) if wanted else 0)
    ]
    for burner in burners:
        burner.start()
    try:
        yield
    finally:
        for burner in burners:
            burner.terminate()
            burner.join(5)


def _burn() -> None:
    while True:
        sum(range(10_000))


def recorded(desktop: VirtualDesktop, desk: Desk, area: tuple[int, int, int, int], times: int) -> dict[str, object]:
    """Pauses by hotkey and by click in turn; what was sealed of them."""
    presses: list[int] = []
    with (
        tempfile.TemporaryDirectory() as root,
        XTest(desktop.display) as hands,
        Recorder(desktop, Path(root), policy=POLICY) as recorder,
    ):
        recorder.begin()
        time.sleep(2.0)
        hands.move(area[0] + 200, area[1] + 200)
        hands.click()
        with Load(desktop.display, area) as load:
            for index in range(times):
                time.sleep(RECORDED_S)
                with load.still():
                    presses.append(_press(hands, desk, by_click=index % 2 == 1))
                time.sleep(PAUSED_S)
                with load.still():
                    _press(hands, desk, by_click=False)
            time.sleep(RECORDED_S)
        recorder.stop()
        recording = recorder.recording()
        verdict = recorder.verdict()
    resumed = [mark.time_ns for mark in recording.mark if mark.kind == "resume"]
    paused = [mark.time_ns for mark in recording.mark if mark.kind == "pause"]
    spans = list(zip(paused, resumed, strict=True))
    if len(spans) != len(presses):
        raise AssertionError(f"{len(presses)} presses made {len(spans)} pauses")
    marked = [(start - press) / 1e6 for (start, _), press in zip(spans, presses, strict=True)]
    rows: dict[str, list[float]] = {"the pause, as marked": marked}
    inside = 0
    for stream in STREAMS:
        times_ns = [record.time_ns for record in getattr(recording, stream)]
        late = []
        for press_ns, (_, resumed_ns) in zip(presses, spans, strict=True):
            after = [one for one in times_ns if press_ns < one < resumed_ns]
            late.append(max(((one - press_ns) / 1e6 for one in after), default=0.0))
        inside += sum(1 for start, end in spans for one in times_ns if start < one < end)
        rows[stream] = late
    return {
        "pauses": len(spans),
        "verdict": verdict,
        "records": {stream: len(getattr(recording, stream)) for stream in STREAMS},
        "records_inside_pauses": inside,
        "last_record_after_the_press_ms": {name: summary(values) for name, values in rows.items()},
    }


def _press(hands: XTest, desk: Desk, *, by_click: bool) -> int:
    """Press for a pause or its end; the injector's clock just before the event that counts, ns."""
    if by_click:
        x, y, width, height = desk.indicator()
        hands.move(x + width // 2, y + height // 2)
        pressed_ns = time.monotonic_ns()
        hands.click()
        return pressed_ns
    for key in ("ctrl", "alt", "shift"):
        hands.key_down(key)
    pressed_ns = time.monotonic_ns()
    hands.key_down("p")
    for key in ("p", "shift", "alt", "ctrl"):
        hands.key_up(key)
    return pressed_ns


def sources(desktop: VirtualDesktop, area: tuple[int, int, int, int], times: int) -> dict[str, object]:
    """Each source alone: how long after it was told to pause its last record leaves it, ms."""
    found: dict[str, object] = {}
    env = DesktopEnv(display=desktop.display, session_bus_address=desktop.env["DBUS_SESSION_BUS_ADDRESS"])
    with Load(desktop.display, area):
        for name in SOURCES:
            child: Child[FromSource] = Child("understudy.recorder.host", (name,), FromSource)
            try:
                child.tell(SourceJob(env))
                found[name] = _pauses(child, times)
            finally:
                child.tell(Stop())
                child.end(3)
    return found


def _pauses(child: Child[FromSource], times: int) -> dict[str, object]:
    heard: list[tuple[int, int]] = []
    windows: list[int] = []

    def listen(seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            for message in child.wire.wait(left_s):
                if isinstance(message, Records):
                    heard.append((time.monotonic_ns(), len(message.records)))
                    for record in message.records:
                        if isinstance(record, Windows):
                            windows[:] = [window.id for window in record.windows if window.pid]
                elif isinstance(message, SourceReady):
                    heard.append((time.monotonic_ns(), 0))

    wait_until(lambda: listen(0.1) or heard, "the source to start", 30)
    listen(1.0)
    late, before = [], 0
    for _ in range(times):
        if windows:
            child.tell(Allow(tuple(windows)))
        heard.clear()
        listen(0.5)
        before += sum(count for _, count in heard)
        heard.clear()
        told_ns = time.monotonic_ns()
        child.tell(Pause())
        listen(0.5)
        after = [when_ns for when_ns, count in heard if count]
        late.append(max(((when_ns - told_ns) / 1e6 for when_ns in after), default=0.0))
        child.tell(Resume())
        listen(0.3)
    return {"records_before": before, "last_record_after_ms": summary(late)}


def summary(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 (nearest rank) and the greatest."""
    ordered = sorted(values)
    ranks = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    return {name: round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1) for name, share in ranks.items()}


def table(title: str, rows: dict[str, dict[str, float]]) -> None:
    """One line a row: p50, p95, max, ms."""
    print(f"\n{title:<44}{'p50':>9}{'p95':>9}{'max':>9}")
    for name, row in rows.items():
        print(f"  {name:<42}" + "".join(f"{row[key]:>9.1f}" for key in ("p50", "p95", "max")))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=20, help="pauses, and pauses of each source")
    parser.add_argument("--busy", action="store_true", help="keep both cores busy besides")
    arguments = parser.parse_args()
    with VirtualDesktop() as desktop, Desk(desktop.display) as desk, busy(arguments.busy):
        desktop.spawn(["mousepad", "--disable-server"])
        desktop.spawn(["xterm", "-e", "sh", "-c", "while :; do date +%N; sleep 0.05; done"])
        desk.place(desk.find("xterm"), 640, 80, 600, 600)
        area = desk.place(desk.find("mousepad"), 20, 80, 600, 600)
        told: dict[str, object] = {"times": arguments.times, "busy": arguments.busy, "load": os.getloadavg()}
        told["recorded"] = whole = recorded(desktop, desk, area, arguments.times)
        told["sources"] = alone = sources(desktop, area, arguments.times)
    table("Last record after the press, recorded (ms)", whole["last_record_after_the_press_ms"])  # type: ignore[arg-type]
    print(f"  {whole['pauses']} pauses, {whole['records_inside_pauses']} records inside, verdict {whole['verdict']}")
    rows = {name: one["last_record_after_ms"] for name, one in alone.items()}  # type: ignore[index]
    table("Last record after Pause, each source alone (ms)", rows)
    worst = max(row["max"] for row in rows.values())
    print(f"  bar {BAR_MS:.0f} ms: {'held' if worst <= BAR_MS else 'not held'} (load {os.getloadavg()[0]:.1f})")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
