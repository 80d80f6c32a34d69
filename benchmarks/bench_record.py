"""The whole recorder beside others, in one run: what it records, how true, and what that costs.

The same scripted load (real X events into Chromium and an editor on a virtual desktop: 125 Hz motion without rest,
typing, clicks, the wheel) with no recorder, with Understudy at its shipped policy, with a bare pynput logger as the
floor, and with openadapt-capture from the package index, in an environment that is made here for both. Then, for
Understudy alone: stops, `kill -9`, and the faithfulness trials on busy cores (a minute at 1 kHz, a burst of 16,000).

Prints tables, writes benchmarks/out/record.json. `--seconds`, `--idle`, `--stops` and `--faithful` for longer or
shorter parts, `--subjects understudy,nobody` for some of them only, `--subjects none` for the faithfulness trials and
stops alone. Figures compare within one run only. Where there is an ffmpeg (Debian's package of that name),
openadapt-capture records its default, video; else pictures.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.costs import Busy, Watch
from benchmarks.judging import ages_ms, judge, latencies_ms, told
from benchmarks.load import DOWN, KEY_DOWN, MOVE, Load, Made, Script
from benchmarks.office import Office
from benchmarks.subjects import SUBJECTS, OpenAdapt, Subject, Understudy

OUT = Path(__file__).parent / "out" / "record.json"
SETTLE_S = 4.0
BURST = 16_000
BURST_HZ = 8_000
"""As fast as the fastest mice tell; far above it an X server that finds our socket full loses some (ADR 0249)."""
BURST_BATCH = 40
"""Events of a burst that share one answer of the server: each waiting for its own would not reach 6 kHz when busy."""


def chosen(names: str) -> list[type[Subject]]:
    """The subjects of these names, which commas part, in their usual order; of "none" none. Raises ValueError."""
    wanted = [] if names == "none" else names.split(",")
    if unknown := set(wanted) - {kind.name for kind in SUBJECTS}:
        known = ", ".join(kind.name for kind in SUBJECTS)
        raise ValueError(
            f"--subjects: no {', '.join(map(repr, sorted(unknown)))}; there are {known}; or none of them: none"
        )
    return [kind for kind in SUBJECTS if kind.name in wanted]


def office_work(office: Office, seconds: float, rate_hz: float) -> Script:
    """What is done in the two programs."""
    return Script(seconds=seconds, rate_hz=rate_hz, areas=office.work, scroll=office.scroll)


def perform(office: Office, script: Script, root: Path, subject: Subject) -> tuple[list[Made], Watch, Watch]:
    """Do it, watching what the recorder and the desktop cost."""
    with (
        Load(office.desktop.display, script, root / "made") as load,
        Watch(subject.pids) as recorder,
        Watch(office.program_pids, every_s=0) as programs,
    ):
        load.go()
        made = load.wait()
    return made, recorder, programs


def programs_cpu(watch: Watch) -> dict[str, float]:
    """CPU of the desktop's processes, % of a core: the X server, the observed programs, the buses."""
    found = {"server": 0.0, "programs": 0.0, "buses": 0.0}
    for name, used_s in watch.cpu_by_name().items():
        kind = "server" if name.startswith("Xvfb") else "buses" if "dbus" in name or "at-spi" in name else "programs"
        found[kind] += 100 * used_s / watch.wall_s
    return found


def run_one(kind: type[Subject], office: Office, root: Path, options: argparse.Namespace) -> dict[str, Any]:
    """One recorder through idle and active, stopped, judged."""
    subject = kind(office, root / "one")
    try:
        subject.start()
        time.sleep(SETTLE_S)
        office.forget_reached()
        _, idle, _ = perform(office, office_work(office, options.idle, 0), root, subject)
        made, active, programs = perform(office, office_work(office, options.seconds, options.rate), root, subject)
        reached = office.reached()
        time.sleep(1)
        subject.stop()
        row: dict[str, Any] = {
            "subject": subject.name,
            "cpu idle %": round(idle.cpu_percent, 2),
            "cpu active %": round(active.cpu_percent, 2),
            "cpu active by process %": {
                name: round(100 * used / active.wall_s, 2) for name, used in active.cpu_by_name().items()
            },
            "pss peak MB": round(max(idle.pss_peak_bytes, active.pss_peak_bytes) / 1e6, 1),
            "pss by process MB": {name: round(size / 1e6, 1) for name, size in active.pss_at_peak.items()},
            "desktop cpu %": {name: round(value, 2) for name, value in programs_cpu(programs).items()},
            "stop s": round(subject.stop_s, 2),
            "sealed s": None if subject.sealed_s is None else round(subject.sealed_s, 2),
            "bytes": subject.bytes(),
            "MB an hour": round(subject.bytes() * 3600 / (options.seconds + options.idle + SETTLE_S) / 1e6, 1),
            "latency ms": {
                name: latencies_ms(made, [(one.stamped_ns, one.handled_ns) for one in reached[name]], number)
                for name, number in (("keydown", KEY_DOWN), ("pointerdown", DOWN), ("pointerrawupdate", MOVE))
            },
        }
        events = subject.events()
        if events is not None:
            row["events"] = asdict(judge(made, events, keys=True))
        if isinstance(subject, Understudy):
            row["picture age ms"] = told(ages_ms(subject.recording, made))
        elif isinstance(subject, OpenAdapt):
            row["picture age ms"] = told(newest_ms(subject.pictures_ns(), made))
        return row
    finally:
        subject.close()


def newest_ms(pictures_ns: Sequence[int], made: Sequence[Made]) -> list[float]:
    """From the newest picture to each press, whether or not the screen changed between: no more is told."""
    presses = [one.before_ns for one in made if one.kind == DOWN and one.detail == 1]
    ages = [(press - max((t for t in pictures_ns if t <= press), default=0)) / 1e6 for press in presses]
    return [age for age in ages if age < 1e9]


def kill_one(kind: type[Subject], office: Office, root: Path, options: argparse.Namespace) -> dict[str, object]:
    """Work for a few seconds, `kill -9`, look."""
    subject = kind(office, root / "killed")
    try:
        subject.start()
        time.sleep(SETTLE_S)
        made, _, _ = perform(office, office_work(office, 3, options.rate), root, subject)
        return {"events made": len(made), **subject.kill()}
    finally:
        subject.close()


def stops(office: Office, root: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Stop after a second or so of work, again and again, each time with the next recording begun at once."""
    sealed, ended = [], []
    for number in range(options.stops):
        subject = Understudy(office, root / "stops")
        try:
            subject.start()
            script = office_work(office, 1.5 + number % 3 * 0.5, options.rate)
            perform(office, script, root, subject)
            subject.stop()
            sealed.append(subject.sealed_s or 0.0)
            ended.append(subject.stop_s)
        finally:
            subject.close()
    return {"sealed s": told(sealed), "command ended s": told(ended)}


def faithful(root: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """A minute at 1 kHz and bursts, with every core kept busy, through the whole recorder and read again."""
    rows = []
    cores = os.cpu_count() or 1
    with Office(editor_only=True) as office:
        area = office.work
        scripts = [
            ("1 kHz", Script(seconds=options.faithful, rate_hz=1000, areas=area, scroll=area), cores),
            ("1 kHz, idle machine", Script(seconds=options.faithful / 4, rate_hz=1000, areas=area, scroll=area), 0),
            (
                "burst",
                Script(
                    seconds=60, rate_hz=BURST_HZ, areas=area, count=BURST, batch=BURST_BATCH, typing_hz=0, clicks=False
                ),
                cores,
            ),
        ]
        for name, script, busy in scripts:
            subject = Understudy(office, root / "faithful")
            try:
                subject.start()
                time.sleep(SETTLE_S)
                with Busy(busy):
                    made, watch, _ = perform(office, script, root, subject)
                    subject.stop()
                span_s = (made[-1].after_ns - made[0].before_ns) / 1e9
                moves = sum(one.kind == MOVE for one in made)
                rows.append(
                    {
                        "trial": name,
                        "cores kept busy": busy,
                        "moves a second": round(moves / span_s),
                        "us an event, input source": round(
                            1e6 * watch.cpu_by_name().get("input", 0.0) / max(1, len(made)), 1
                        ),
                        "us an event, all": round(1e6 * watch.cpu_s / max(1, len(made)), 1),
                        "pss peak MB": round(watch.pss_peak_bytes / 1e6, 1),
                        "stop s": round(subject.stop_s, 2),
                        **asdict(judge(made, subject.events() or [], keys=True)),
                        "pointer": asdict(judge(made, subject.events() or [], keys=False)),
                        "loss marks": sum(mark.kind == "loss" for mark in subject.recording.mark),
                        "span of an injection, p95 ms": told([(one.after_ns - one.before_ns) / 1e6 for one in made]),
                    }
                )
            finally:
                subject.close()
    return rows


def latency_table(rows: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """Latency into the page by kind of event and by subject; the runs without a recorder taken together."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    for kind in ("keydown", "pointerdown", "pointerrawupdate"):
        by_subject: dict[str, list[float]] = {}
        for row in rows:
            by_subject.setdefault(row["subject"], []).extend(row["latency ms"][kind])
        table[kind] = {name: told(values) for name, values in by_subject.items()}
    return table


def show(rows: Sequence[dict[str, Any]]) -> None:
    """The rows side by side."""
    alone = [row["desktop cpu %"] for row in rows if row["subject"] == "nobody"]
    base = {name: sum(one[name] for one in alone) / len(alone) for name in alone[0]} if alone else {}
    print(f"{'':32}" + "".join(f"{row['subject']:>20}" for row in rows))

    def line(name: str, values: Sequence[object]) -> None:
        print(f"{name:>32}" + "".join(f"{'' if value is None else value!s:>20}" for value in values))

    for name in ("made", "recorded", "out_of_order", "within_1_ms", "error_p50_ms", "error_p95_ms", "error_max_ms"):
        values = [row.get("events", {}).get(name) for row in rows]
        line(f"events: {name}", [round(v, 4) if isinstance(v, float) else v for v in values])
    for name in ("cpu idle %", "cpu active %", "pss peak MB", "bytes", "MB an hour", "sealed s", "stop s"):
        line(name, [row[name] for row in rows])
    for name, value in base.items():
        added = [round(row["desktop cpu %"][name] - value, 2) for row in rows]
        line(f"added to {name}, cpu %", added)
    for name in ("p50", "p95"):
        line(f"age of picture at a press, {name}", [row.get("picture age ms", {}).get(name) for row in rows])
    for name in ("processes left", "verdict", "events made", "events readable"):
        line(f"kill -9: {name}", [row.get("killed", {}).get(name) for row in rows])
    print("\nCPU by process, %; memory by process at its peak, MB")
    for row in rows:
        if row["subject"] != "nobody":
            print(f"{row['subject']:>20}  {row['cpu active by process %']}  {row['pss by process MB']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=45, help="of work with each recorder")
    parser.add_argument("--idle", type=float, default=15, help="seconds on a still screen")
    parser.add_argument("--rate", type=float, default=125, help="moves a second")
    parser.add_argument("--stops", type=int, default=20)
    parser.add_argument("--faithful", type=float, default=60, help="seconds at 1 kHz on busy cores; 0: no such trials")
    parser.add_argument("--subjects", default=",".join(kind.name for kind in SUBJECTS), help="some of them, or none")
    options = parser.parse_args()
    try:
        kinds = chosen(options.subjects)
    except ValueError as error:
        parser.exit(2, f"{error}\n")
    # Without a recorder first and last: what the machine does by itself may drift.
    if kinds and kinds[0].name == "nobody":
        kinds.append(kinds[0])
    root = Path(tempfile.mkdtemp(prefix="understudy-record-"))
    result: dict[str, Any] = {
        "options": vars(options),
        "load before": os.getloadavg()[0],
        "openadapt-capture records": "video" if shutil.which("ffmpeg") else "pictures, for want of ffmpeg",
    }
    rows: list[dict[str, Any]] = []
    try:
        with Office() as office:
            for kind in kinds:
                row = run_one(kind, office, root, options)
                if kind.name != "nobody":
                    row["killed"] = kill_one(kind, office, root, options)
                rows.append(row)
                print(f"{kind.name} done", flush=True)
            if options.stops:
                result["stops"] = stops(office, root, options)
        if options.faithful:
            result["faithful"] = faithful(root, options)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    if rows:
        show(rows)
        result["latency ms"] = latency_table(rows)
        print("\nlatency into the page, ms")
        for name, by_subject in result["latency ms"].items():
            for subject, values in by_subject.items():
                print(f"{name:>18} {subject:>20}  {values}")
    for name in ("stops", "faithful"):
        if name in result:
            print(f"\n{name}")
            for one in result[name] if isinstance(result[name], list) else [result[name]]:
                print(f"  {one}")
    for row in rows:
        row["latency ms"] = {name: told(values) for name, values in row["latency ms"].items()}
    result["rows"] = rows
    result["load after"] = os.getloadavg()[0]
    bar(rows)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n")


def bar(rows: Sequence[dict[str, Any]]) -> None:
    """Say whether Understudy took at most a tenth of openadapt-capture's CPU in this run."""
    cpu = {row["subject"]: row["cpu active %"] for row in rows}
    if {"understudy", "openadapt-capture"} <= cpu.keys():
        share = cpu["understudy"] / cpu["openadapt-capture"]
        print(f"\nCPU of openadapt-capture's in this run: {share:.3f} ({'held' if share <= 0.1 else 'MISSED'}: <= 0.1)")


if __name__ == "__main__":
    main()
