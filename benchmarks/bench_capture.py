"""What the input source costs: CPU an event at several rates, and whether every event made was recorded.

The source runs in a process of its own, as it does in the recorder. Prints a table, writes benchmarks/out/capture.json.
Figures compare only within one run: the X server, the injector and the source share the machine.
"""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.synchronize
import resource
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.capture.source import Control, DesktopEnv, Stop
from understudy.capture.x11.input import InputSource
from understudy.records.events import Key, Pointer, Raw

OUT = Path(__file__).parent / "out" / "capture.json"
SECONDS = 4.0
RATES_HZ = (0, 125, 1000, 4000)


class Counting:
    """A channel that only notes when records came and how late they were."""

    def __init__(self, stop: multiprocessing.synchronize.Event) -> None:
        self.events = 0
        self.late_ms: list[float] = []
        self._stop = stop
        self._ours, self._theirs = socket.socketpair()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        self._stop.wait()
        self._ours.send(b"x")

    def send(self, records: Sequence[Raw]) -> None:
        now_ns = time.monotonic_ns()
        for record in records:
            if isinstance(record, Pointer | Key) and record.seq >= 0:
                self.events += 1
                self.late_ms.append((now_ns - record.time_ns) / 1e6)

    def poll(self, timeout_s: float) -> list[Control]:
        return [Stop()]

    def fileno(self) -> int:
        return self._theirs.fileno()


def record(
    display: str, stop: multiprocessing.synchronize.Event, results: multiprocessing.Queue[dict[str, float]]
) -> None:
    channel = Counting(stop)
    before = resource.getrusage(resource.RUSAGE_SELF)
    started_s = time.monotonic()
    InputSource(DesktopEnv(display)).run(channel)
    after = resource.getrusage(resource.RUSAGE_SELF)
    late = sorted(channel.late_ms) or [0.0]
    results.put(
        {
            "recorded": channel.events,
            "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            "wall_s": time.monotonic() - started_s,
            "late_p50_ms": late[len(late) // 2],
            "late_p99_ms": late[len(late) * 99 // 100],
            "peak_mb": after.ru_maxrss / 1024,
        }
    )


def inject(hands: XTest, rate_hz: int) -> int:
    """Events made in SECONDS: moves at `rate_hz` and a key now and then; 0 Hz makes none."""
    hands.clock.clear()
    started_s = time.monotonic()
    index = 0
    while rate_hz and (passed_s := time.monotonic() - started_s) < SECONDS:
        if index > passed_s * rate_hz:
            time.sleep(index / rate_hz - passed_s)
        # Every 50th event is a key going down or up.
        if index % 50 == 49:
            (hands.key_down if index % 100 == 49 else hands.key_up)("a")
        else:
            hands.move(100 + index % 700, 100 + index // 700 % 500)
        index += 1
    if not rate_hz:
        time.sleep(SECONDS)
    return len(hands.clock)


def main() -> None:
    context = multiprocessing.get_context("spawn")
    rows = []
    with VirtualDesktop() as desktop, XTest(desktop.display) as hands:
        for rate_hz in RATES_HZ:
            stop, results = context.Event(), context.Queue()
            process = context.Process(target=record, args=(desktop.display, stop, results))
            process.start()
            time.sleep(2)
            made = inject(hands, rate_hz)
            time.sleep(0.5)
            stop.set()
            row = {"rate_hz": rate_hz, "made": made, **results.get(timeout=20)}
            process.join(20)
            rows.append(row)
    idle_cpu = rows[0]["cpu_s"] / rows[0]["wall_s"]
    for row in rows:
        row["us_per_event"] = (
            1e6 * max(0.0, row["cpu_s"] - idle_cpu * row["wall_s"]) / row["made"] if row["made"] else 0.0
        )
    print(
        f"{'rate':>6} {'made':>7} {'recorded':>9} {'CPU %':>6} {'us/event':>9} {'late p50':>9} {'p99, ms':>8} {'MB':>5}"
    )
    for row in rows:
        print(
            f"{row['rate_hz']:>6} {row['made']:>7} {row['recorded']:>9.0f} {100 * row['cpu_s'] / row['wall_s']:>6.1f} "
            f"{row['us_per_event']:>9.1f} {row['late_p50_ms']:>9.1f} {row['late_p99_ms']:>8.1f} {row['peak_mb']:>5.0f}"
        )
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
