"""`python -m demo`: the whole path, from real work to a dataset, and proof that what was secret stayed out.

Runs the product as a person would, through its command line, on a private virtual desktop. Writes `demo-output/`,
emptied first; touches neither the user's display nor the user's own Understudy home. Exit code 0 when nothing leaked
and no channel of the search was blind, 1 otherwise, with one line that says why.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template
from types import FrameType

from rich.console import Console
from rich.table import Table

from demo.commands import Commands, DemoFailed
from demo.everything import Output, everything
from demo.performer import Performer
from demo.search import as_json, table_of, verdict
from demo.secrets import Planted, plant
from demo.site import shop_of
from demo.stage import Stage, open_stage
from demo.unsealed import open_recording
from demo.windows import WindowMissing
from understudy.act.desktop import DesktopUnavailable
from understudy.act.devtools import BrowserUnavailable
from understudy.act.xtest import NotTypeable, XTest
from understudy.build import open_dataset
from understudy.capture.source import CaptureUnavailable
from understudy.dataset import DatasetError
from understudy.records.recording import Recording
from understudy.risk.leaks import Result, search
from understudy.risk.reading import ReadingFailed
from understudy.seal.errors import SealError
from understudy.spool.keystore import KeyGone

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "demo-output"
MARK = ".demo-output"
"""The file by which a run knows that a folder may be emptied."""
DATASET = "demo"
FORMATS = ("opencua", "openai")
POLICY = Path(__file__).with_name("policy.toml")
STEPS = 6

FAILURES = (
    *(DemoFailed, DesktopUnavailable, WindowMissing, BrowserUnavailable, NotTypeable, CaptureUnavailable),
    *(ReadingFailed, SealError, KeyGone, DatasetError, OSError, ValueError),
)
"""What is told in one line. Anything else is a fault of the demonstration itself and shows its traceback."""


class Told:
    """Tells the person at the terminal what happens, with the time since the start."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.started_s = time.monotonic()
        self._step = 0

    def step(self, what: str) -> None:
        """The next numbered step begins."""
        self._step += 1
        self.console.print(f"[bold cyan]{self._step}/{STEPS}[/] [bold]{what}[/] [dim]{self.clock()}[/]")

    def line(self, what: str) -> None:
        """Something within the step."""
        self.console.print(f"    [dim]{self.clock()}[/]  {what}")

    def clock(self) -> str:
        """Minutes and seconds since the start."""
        seconds = int(time.monotonic() - self.started_s)
        return f"{seconds // 60}:{seconds % 60:02d}"


def main(arguments: Sequence[str]) -> int:
    """Run the demonstration; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUTPUT, help="where to write; emptied first (default: demo-output)")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    for number in (signal.SIGINT, signal.SIGTERM):
        # SIGINT too: a shell ignores it for what it puts in the background, and our commands would inherit that.
        signal.signal(number, _stop)
    try:
        with emptied(options.out.absolute()) as output:
            return run(Told(console), output)
    except FAILURES as failure:
        Console(stderr=True, highlight=False).print(f"demo: {failure}", soft_wrap=True, markup=False)
    except KeyboardInterrupt:
        Console(stderr=True).print("demo: stopped")
    return 1


@contextlib.contextmanager
def emptied(folder: Path) -> Iterator[Output]:
    """The folder of a run, empty and ours alone as long as the block lasts.

    Raises DemoFailed when another run is using it, or when it holds something that no run of this wrote.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / MARK).exists():
        raise DemoFailed(f"{folder} holds something else than a demonstration's output; choose another with --out")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoFailed(f"another demonstration is writing {folder}; wait for it, or choose --out") from None
        (folder / MARK).touch()
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != MARK:
                path.unlink()
        yield Output(folder)
    finally:
        os.close(descriptor)


def run(told: Told, output: Output) -> int:
    """All six steps; the exit code. Raises what FAILURES lists."""
    planted = plant()
    shop = shop_of(planted, seed=secrets.randbelow(10_000))

    told.step("A private virtual desktop starts: Chromium with a small shop's back office, an editor, a terminal")
    with open_stage(planted, shop) as stage:
        commands = Commands(output, stage.desktop.env)
        policy = _write_policy(stage, planted, output)
        told.step("The notice is shown, a demo consent is put on file, and recording begins")
        told.line("the contributor is the demonstration's own; the notice is in logs/0-record.log")
        task = f"Pack the order, {planted.controls.task} goes on top"
        with commands.record(
            *("--policy", str(policy), "--profile", "own-work", "--task", task),
            *("--consent", "demo", "--identity", "none", "--seconds-max", "300"),
        ) as record:
            recording_id = record.wait_until_begun()
            told.line(f"recording {recording_id[:8]}")
            told.step("A scripted performer works there through real X events, at a person's pace")
            with XTest(stage.desktop.display) as hands:
                Performer(
                    hands,
                    stage.page,
                    browser=stage.browser,
                    editor=stage.editor,
                    terminal=stage.terminal,
                    planted=planted,
                    shop=shop,
                    seed=secrets.randbelow(10_000),
                    announce=told.line,
                ).perform()
            record.stop()
            told.line("recording stopped")

    told.step("The recording becomes a dataset, and is exported in two formats")
    commands.run("recordings", "verify", recording_id[:8])
    commands.run("recordings", "show", recording_id[:8])
    commands.run("build", DATASET, "--motion", "full", "--timing", "full")
    output.exports.mkdir()
    for name in FORMATS:
        commands.run("export", DATASET, "--to", name, "--out", str(output.exports / name))
        told.line(f"exported as {name}")
    told.step("The report is written")
    commands.run("inspect", DATASET, "--html", str(output.report))

    told.step("Everything that was written is searched for what was planted")
    recording = open_recording(output.home, recording_id)
    dataset = open_dataset(output.home, DATASET)
    with told.console.status("searching"):
        results = search(everything(output, recording, dataset, planted.controls), planted.secrets)
    return _conclude(told, output, recording, results)


def _write_policy(stage: Stage, planted: Planted, output: Output) -> Path:
    """The policy with this run's address; a copy for people to look at, without the directory of names."""
    folder = stage.desktop.home / "contributor"
    folder.mkdir()
    (folder / "names.txt").write_text(planted.person.value + "\n")
    text = Template(POLICY.read_text()).substitute(SITE=stage.site.url, NAMES="names.txt")
    (folder / "policy.toml").write_text(text)
    (output.root / "policy.toml").write_text(text)
    return folder / "policy.toml"


def _conclude(told: Told, output: Output, recording: Recording, results: list[Result]) -> int:
    console = told.console
    console.print()
    console.print(table_of(results))
    console.print()
    (output.root / "summary.json").write_text(json.dumps(as_json(results), indent=2) + "\n")
    if failure := verdict(results):
        raise DemoFailed(failure)
    console.print(_summary(output, recording))
    console.print()
    searched = len(results)
    console.print(
        f"[bold green]Nothing leaked[/]: 0 of the planted secrets in {searched} places, "
        f"the harmless word found in each. [dim]{told.clock()} min[/]"
    )
    shown = output.report.relative_to(Path.cwd()) if output.report.is_relative_to(Path.cwd()) else output.report
    console.print(f"Look at [bold]{shown}[/] first, then at {output.exports.name}/ and policy.toml beside it.")
    return 0


def _summary(output: Output, recording: Recording) -> Table:
    """What was kept and what was dropped, in figures."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    streams = ("pointer", "keys", "text", "window", "element", "frame", "mark")
    times = [record.time_ns for stream in streams for record in getattr(recording, stream)]
    seconds = (max(times) - min(times)) / 1e9 if times else 0.0
    table.add_row("recorded", f"{seconds:.0f} s, sealed in {_bytes_under(output.home.spool) / 1000:,.0f} kB")
    table.add_row("kept", ", ".join(f"{len(getattr(recording, stream)):,} {stream}" for stream in streams))
    dropped = Counter(
        f"{mark.what or 'all'}: {mark.reason.replace('_', ' ')}" for mark in recording.mark if mark.kind == "dropped"
    )
    table.add_row("dropped", ", ".join(f"{count} × {what}" for what, count in dropped.most_common()) or "nothing")
    runs = [run for run in recording.text if run.scrubbed]
    table.add_row("scrubbed", f"{len(runs)} of {len(recording.text)} typed runs held something sensitive")
    table.add_row("dataset", f"{_bytes_under(output.home.datasets) / 1000:,.0f} kB, sealed")
    return table


def _bytes_under(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _stop(signum: int, frame: FrameType | None) -> None:
    # Every block on the way out ends what it started.
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
