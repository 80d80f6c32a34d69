"""Eight hours of office work: is memory flat, does anything leak?

Two parts. The compressed day: made-up raw records of eight hours go through the real merge, guard, sealing and spool
with the records' own time as the clock, as fast as they are taken; segments, key frames, marks each minute and pauses
come as in eight hours. What that does not tell is the sources' own growth: the soak runs the whole recorder on a real
desktop with real events for `--soak` minutes. How much time was compressed is printed.

Memory is proportional memory (PSS), looked at each `--look` minutes of the day, each 10 s of the soak. Prints a table,
writes benchmarks/out/day.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.costs import pss_bytes, tree
from benchmarks.load import Load, Script
from benchmarks.looking import system_v_memory
from benchmarks.office import POLICY, Office
from benchmarks.office_day import SECOND_NS, OfficeDay
from benchmarks.subjects import Understudy
from understudy.recorder.flusher import Flusher
from understudy.recorder.memory import spare_memory
from understudy.recorder.merge import Merge
from understudy.records.events import Mark, Tick
from understudy.records.recording import RecordingInfo
from understudy.redact.directory import Directory
from understudy.redact.guard import Guard
from understudy.redact.policy_file import read_policy
from understudy.redact.scrub import Scrubber
from understudy.seal.keys import DeviceSigner, new_pair
from understudy.settings import RecorderSettings
from understudy.spool.reader import verify_recording
from understudy.spool.writer import SpoolWriter

OUT = Path(__file__).parent / "out" / "day.json"
TICK_NS = 100_000_000
PAUSE_EVERY_S = 3600
FLAT_MB_AN_HOUR = 1.0
"""Growth that counts as flat: by it eight hours would add 8 MB."""


def looked_at(pids: list[int]) -> dict[str, int]:
    """What these processes hold now. Open files of others need root."""
    files = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
    threads = sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in pids)
    return {
        "pss": sum(pss_bytes(pid) for pid in pids),
        "descriptors": files,
        "threads": threads,
        "shared memory": len(system_v_memory(pids)) + len(list(Path("/dev/shm").iterdir())),
        "processes": len(pids),
    }


def slope_mb_an_hour(times_h: list[float], sizes_bytes: list[int]) -> float:
    """The line of least squares through the second half of the looks: what comes first is warming up."""
    half = len(times_h) // 2
    times, sizes = times_h[half:], [size / 1e6 for size in sizes_bytes[half:]]
    mean_t, mean_s = sum(times) / len(times), sum(sizes) / len(sizes)
    spread = sum((t - mean_t) ** 2 for t in times)
    return sum((t - mean_t) * (s - mean_s) for t, s in zip(times, sizes, strict=True)) / spread if spread else 0.0


def compressed(hours: float, look_minutes: float, root: Path) -> dict[str, Any]:
    """The made-up day through merge, guard, sealing and spool."""
    settings = RecorderSettings()
    policy = read_policy(POLICY.encode(), source="shipped")
    scrubber = Scrubber(policy.scrub, Directory(policy.directory))
    guard = Guard(policy, scrubber, frames_per_s=settings.frames_per_s)
    pair, device = new_pair(), DeviceSigner(os.urandom(32))
    flusher = Flusher(lambda: guard.issued)
    info = RecordingInfo(
        id=os.urandom(16).hex(),
        contributor="nobody",
        consent_id="0" * 32,
        profile="own-work",
        started_at="2026-01-02T08:00:00+00:00",
        start_ns=0,
        policy_sha256="0" * 64,
        product_version="0",
        schema_version=1,
    )
    folder = root / info.id
    writer = SpoolWriter.create(folder, info, pair.public, device, rekey=flusher.ask_for_key_frame, note=flusher.noted)
    flusher.start(writer)
    day, merge = OfficeDay(SECOND_NS), Merge()
    buffer: list[Any] = guard.feed(Mark(time_ns=SECOND_NS, seq=0, kind="start"))
    looks, times_h, records = [], [], 0
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    seconds = int(hours * 3600)
    for second in range(seconds):
        start_ns = day.now_ns
        pending = list(day.second())
        records += len(pending)
        merge.add(pending)
        for tick in range(10):
            now_ns = start_ns + tick * TICK_NS
            if flusher.key_frame_wanted():
                guard.rekey()
            merge.add([Tick(now_ns, -1)])
            while (record := merge.pop(now_ns - settings.hold_ms * 1_000_000)) is not None:
                buffer += guard.feed(record)
            if tick % 3 == 2:
                flusher.put(buffer)
                buffer = []
        if guard.crawl_due() or second % 30 == 0:
            day.trees_wanted = guard.crawl_pids
        if second % 60 == 59:
            buffer += guard.feed(Mark(time_ns=day.now_ns, seq=0, kind="clock", detail="2026-01-02T08:00:00+00:00"))
        if second % PAUSE_EVERY_S == PAUSE_EVERY_S - 1:
            for kind in ("pause", "resume"):
                buffer += guard.feed(Mark(time_ns=day.now_ns, seq=0, kind=kind))  # type: ignore[arg-type]
            day.resend()
        if (second + 1) % int(look_minutes * 60) == 0 or second + 1 == seconds:
            flusher.settle()
            looks.append(looked_at([os.getpid()]))
            times_h.append((second + 1) / 3600)
            print(f"{times_h[-1]:5.1f} h  {looks[-1]}", flush=True)
    while (record := merge.pop(1 << 62)) is not None:
        buffer += guard.feed(record)
    flusher.put(buffer + guard.close(day.now_ns))
    flusher.end()
    flusher.check()
    writer.close({})
    wall_s = time.monotonic() - began_s
    verified = verify_recording(folder, device_public_key=device.public_key, private_key=pair.private)
    return {
        "hours": hours,
        "took s": round(wall_s, 1),
        "compressed": round(hours * 3600 / wall_s, 1),
        "raw records": records,
        "moves": day.moves,
        "keys": day.keys,
        "cpu us a record": round(1e6 * (time.process_time() - began_cpu_s) / records, 1),
        "segments": len(list(folder.glob("*.seg"))),
        "MB an hour": round(sum(path.stat().st_size for path in folder.iterdir()) / hours / 1e6, 2),
        "verdict": verified.verdict,
        "pss MB": [round(look["pss"] / 1e6, 1) for look in looks],
        "growth MB an hour": round(slope_mb_an_hour(times_h, [look["pss"] for look in looks]), 3),
        "descriptors": [look["descriptors"] for look in looks],
        "threads": [look["threads"] for look in looks],
    }


def soak(minutes: float, rate_hz: float, root: Path) -> dict[str, Any]:
    """The whole recorder on a real desktop."""
    with Office() as office:
        subject = Understudy(office, root / "soak")
        try:
            subject.start()
            script = Script(seconds=minutes * 60, rate_hz=rate_hz, areas=office.work, scroll=office.scroll)
            looks, times_h = [], []
            with Load(office.desktop.display, script, root / "made") as load:
                load.go()
                began_s = time.monotonic()
                while not load.over(10):
                    looks.append(looked_at(tree(*subject.pids())))
                    times_h.append((time.monotonic() - began_s) / 3600)
                made = load.wait()
            subject.stop()
            return {
                "minutes": minutes,
                "events": len(made),
                "as much as hours of office work": round(len(made) / 470_000, 2),
                "pss MB": [round(look["pss"] / 1e6, 1) for look in looks],
                "growth MB an hour": round(slope_mb_an_hour(times_h, [look["pss"] for look in looks]), 1),
                "descriptors": sorted({look["descriptors"] for look in looks}),
                "threads": sorted({look["threads"] for look in looks}),
                "shared memory": sorted({look["shared memory"] for look in looks}),
                "processes": sorted({look["processes"] for look in looks}),
                "MB": round(subject.bytes() / 1e6, 2),
                "sealed s": round(subject.sealed_s or 0.0, 2),
            }
        finally:
            subject.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8, help="of the compressed day; 0: none")
    parser.add_argument("--look", type=float, default=30, help="minutes of the day between two looks at memory")
    parser.add_argument("--soak", type=float, default=5, help="minutes on a real desktop; 0: none")
    parser.add_argument("--rate", type=float, default=500, help="moves a second in the soak")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="understudy-day-"))
    result: dict[str, Any] = {}
    try:
        if options.soak:
            result["soak"] = soak(options.soak, options.rate, root)
        if options.hours:
            spare_memory()
            result["compressed day"] = compressed(options.hours, options.look, root)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    for part, rows in result.items():
        print(f"\n{part}")
        for name, value in rows.items():
            print(f"{name:>34}  {value}")
        flat = rows["growth MB an hour"] <= FLAT_MB_AN_HOUR or part == "soak"
        leaks = [name for name in ("descriptors", "threads") if len(set(rows[name][len(rows[name]) // 2 :])) > 1]
        print(f"{'memory':>34}  {'flat' if flat else 'GROWS'}; leaks: {', '.join(leaks) or 'none'}")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
