"""What `kill -9` of the recorder costs: at moments by chance, how much of what was done just before is lost.

Each trial records a real editor on a virtual desktop, works there through real X events, kills the recorder, and opens
what it had sealed. Prints a table, writes benchmarks/out/kill.json. `--times 100` for more than the default, `--busy`
with both cores kept busy by something else all the while.

The bar is one second. A machine that stands still holds up the recorder as well as whoever works: how long a sleeper
of 8 ms was kept waiting at the worst is told beside each trial, and kills that lost more than a second without such a
stall are counted apart from those with one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.costs import Busy
from benchmarks.driven import Crew, Desk, Recorder, alive, wait_until
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import Sent, XTest
from understudy.catalogue.catalogue import Catalogue
from understudy.records.recording import Recording

OUT = Path(__file__).parent / "out" / "kill.json"
PROMISED_NS = 1_000_000_000
"""Everything older than this is readable."""
ORPHANS_S = 5.0
STEP_S = 0.008
PICTURE_BYTES = 6000
"""A segment with only marks and window records is smaller, one with a picture of the editor larger."""

Area = tuple[int, int, int, int]


@dataclass(frozen=True)
class Line:
    """A line typed and ended by Return: `text`, and when the Return had been sent, ns."""

    text: str
    done_ns: int


@dataclass(frozen=True)
class Outcome:
    """One trial. `lost_ms` is the age at the kill of the oldest event that isn't readable (0: none is missing).

    `older` counts events older than 1 s that aren't readable, `missing` events and lines older than 1 s and `stall_ms`
    that aren't; `stall_ms` is how long the machine let a sleeper of 8 ms wait at the worst. `survivors` are processes
    that lived on. A line's run is still open until it ends: the design excepts it, so lines count only once ended.
    """

    after_s: float
    made: int
    readable: int
    older: int
    missing: int
    lost_ms: float
    stall_ms: float
    survivors: int
    verdict: str
    catalogue: str
    code: int


class Worker:
    """Works in the editor until told to stop: moves, clicks, turns the wheel, types lines."""

    def __init__(self, hands: XTest, area: Area, chance: random.Random) -> None:
        self.lines: list[Line] = []
        self.stall_ns = 0
        self._hands, self._area, self._chance = hands, area, chance
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Worker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10)

    def _work(self) -> None:
        left, top, width, height = self._area
        while not self._over.is_set():
            for _ in range(self._chance.randrange(5, 25)):
                self._hands.move(
                    left + self._chance.randrange(20, width - 40), top + self._chance.randrange(90, height - 20)
                )
                before_ns = time.monotonic_ns()
                time.sleep(STEP_S)
                self.stall_ns = max(self.stall_ns, time.monotonic_ns() - before_ns - int(STEP_S * 1e9))
            what = self._chance.randrange(3)
            if what == 0:
                self._hands.click()
            elif what == 1:
                self._hands.scroll(self._chance.choice((-2, 2)))
            else:
                self._hands.key("ctrl+End")
                text = "".join(self._chance.choice("bdfgklmnprst") + self._chance.choice("aeiou") for _ in range(4))
                self._hands.type_text(text + "\n", 0.02)
                self.lines.append(Line(text, time.monotonic_ns()))
            time.sleep(0.05)


def pointer_events(sent: Sequence[Sent]) -> list[tuple[int, str, int]]:
    """(when at the earliest, kind, x or button) of the pointer events among those sent, as a recording tells them.

    Moves to where the pointer is already make no event, and a wheel's notch is one record.
    """
    found: list[tuple[int, str, int]] = []
    place = (-1, -1)
    for one in sent:
        if one.kind == "move":
            if (one.x, one.y) != place:
                found.append((one.before_ns, "move", one.x))
            place = (one.x, one.y)
        elif one.kind in ("down", "up") and one.detail in (4, 5):
            if one.kind == "down":
                found.append((one.before_ns, "scroll", one.detail))
        elif one.kind in ("down", "up"):
            found.append((one.before_ns, one.kind, one.detail))
    return found


def recorded_events(recording: Recording) -> list[tuple[str, int]]:
    """(kind, x or button) of the pointer records."""
    return [
        (one.kind, {"move": one.x, "scroll": 5 if one.scroll_y > 0 else 4}.get(one.kind, one.button))
        for one in recording.pointer
    ]


def survivors(crew: Crew, timeout_s: float = ORPHANS_S) -> list[int]:
    """Those of the recorder's processes that still run after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and any(alive(pid) for pid in crew.pids):
        time.sleep(0.02)
    return [pid for pid in crew.pids if alive(pid)]


def trial(
    recorder: Recorder, hands: XTest, area: Area, chance: random.Random, kill_signal: signal.Signals = signal.SIGKILL
) -> Outcome:
    """Record, work, kill the recorder at a moment by chance, and compare what was done with what is readable."""
    recorder.begin()
    crew = recorder.crew()
    # Once a picture is sealed the editor is known to be in scope, and its tree is known.
    segment = recorder.home.spool / recorder.id / "000000.seg"
    wait_until(lambda: segment.stat().st_size > PICTURE_BYTES, "a first picture to be sealed", 60)
    hands.clock.clear()
    # What came before is of no account: the pointer starts where no move goes.
    hands.move(area[0] + 5, area[1] + 85)
    after_s = chance.uniform(0.2, 4.0)
    with Worker(hands, area, chance) as worker:
        time.sleep(after_s)
        killed_ns = time.monotonic_ns()
        os.kill(crew.recorder, kill_signal)
    left = survivors(crew)
    code = recorder.wait()
    recording = recorder.recording()
    made = [event for event in pointer_events(hands.clock) if event[0] < killed_ns]
    found = recorded_events(recording)
    start = next((index for index, event in enumerate(found) if event == made[0][1:]), len(found))
    same = 0
    for event, kept in zip(made, found[start:], strict=False):
        if event[1:] != kept:
            break
        same += 1
    # A pause in typing may divide a line into runs.
    texts = "".join(run.text for run in recording.text)
    readable_ns = killed_ns - PROMISED_NS - worker.stall_ns
    lines = [line for line in worker.lines if line.done_ns < readable_ns]
    missing = [event for event in made[same:] if event[0] < readable_ns]
    older = [event for event in made[same:] if event[0] < killed_ns - PROMISED_NS]
    with Catalogue.open(recorder.home.catalogue) as catalogue:
        state = catalogue.recording(recorder.id).state
    return Outcome(
        after_s=round(after_s, 2),
        made=len(made),
        readable=same,
        older=len(older),
        missing=len(missing) + sum(line.text not in texts for line in lines),
        lost_ms=round((killed_ns - made[same][0]) / 1e6, 1) if same < len(made) else 0.0,
        stall_ms=round(worker.stall_ns / 1e6, 1),
        survivors=len(left),
        verdict=recorder.verdict(),
        catalogue=state,
        code=code,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--busy", action="store_true", help="keep every core busy beside it")
    arguments = parser.parse_args()
    chance, outcomes = random.Random(arguments.seed), list[Outcome]()
    root = Path(tempfile.mkdtemp(prefix="understudy-kill-"))
    try:
        with (
            Busy((os.cpu_count() or 1) if arguments.busy else 0),
            VirtualDesktop() as desktop,
            Desk(desktop.display) as desk,
            XTest(desktop.display) as hands,
        ):
            desktop.spawn(["mousepad", "--disable-server"])
            area = desk.place(desk.find("mousepad"), 0, 100, 1000, 600)
            for number in range(arguments.times):
                with Recorder(desktop, root / "one") as recorder:
                    outcomes.append(trial(recorder, hands, area, chance))
                print(f"{number + 1:>4}  {outcomes[-1]}", flush=True)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    lost = sorted(one.lost_ms for one in outcomes)
    rows = {
        "every core kept busy": arguments.busy,
        "kills": len(outcomes),
        "events made": sum(one.made for one in outcomes),
        "kills that lost more than 1 s": sum(one.older > 0 for one in outcomes),
        "… and no stall explains it": sum(one.lost_ms - one.stall_ms > PROMISED_NS / 1e6 for one in outcomes),
        "events and lines missing, stalls apart": sum(one.missing for one in outcomes),
        "oldest event lost, p50, ms": lost[len(lost) // 2],
        "oldest event lost, p95, ms": lost[len(lost) * 95 // 100],
        "oldest event lost, max, ms": lost[-1],
        "longest stall of the machine, ms": max(one.stall_ms for one in outcomes),
        "processes that lived on": sum(one.survivors for one in outcomes),
        "verdicts": {one.verdict: sum(each.verdict == one.verdict for each in outcomes) for one in outcomes},
        "catalogue": {one.catalogue: sum(each.catalogue == one.catalogue for each in outcomes) for one in outcomes},
    }
    for name, value in rows.items():
        print(f"{name:>38}  {value}")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"summary": rows, "kills": [asdict(one) for one in outcomes]}, indent=2) + "\n")


if __name__ == "__main__":
    main()
