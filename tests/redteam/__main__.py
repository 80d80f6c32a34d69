"""`python -m tests.redteam`: attacks the recorder on a real desktop and reports, channel by channel, what got through.

Ends with code 0 when nothing leaked and the harmless controls were kept, 1 otherwise.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import functools
import json
import multiprocessing
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from tests.redteam.groups import GROUPS
from tests.redteam.playing import play_group
from tests.redteam.report import Row, as_values, joined, table_of, verdict

OUT = Path(__file__).parents[2] / "benchmarks" / "out" / "redteam.json"
EACH = 54
"""Canaries a channel: at least 50 after some that turn out not to have arrived."""
FEWEST = 50
JOBS = 3


def main(arguments: Sequence[str]) -> int:
    """Run the suite; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.redteam", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, help="plant the same again (default: a new seed, printed)")
    parser.add_argument("--each", type=int, default=EACH, help=f"canaries a channel (default: {EACH})")
    parser.add_argument("--fewest", type=int, default=FEWEST, help=f"fewest that must arrive (default: {FEWEST})")
    parser.add_argument("--jobs", type=int, default=JOBS, help=f"groups played at once (default: {JOBS})")
    parser.add_argument("--group", default="", help="only groups whose name holds this")
    parser.add_argument("--channel", default="", help="only channels whose name holds this")
    parser.add_argument("--keep", type=Path, help="work in this new folder and leave everything there")
    parser.add_argument("--out", type=Path, default=OUT, help="where the report goes as JSON")
    parser.add_argument("--places", action="store_true", help="print every place of every leak and each lost control")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)
    console.print(f"seed {seed}: make it again with --seed {seed}")
    started_s = time.monotonic()

    def say(what: str) -> None:
        seconds = int(time.monotonic() - started_s)
        console.print(f"[dim]{seconds // 60}:{seconds % 60:02d}[/]  {what}")

    chosen = [
        group.name
        for group in GROUPS
        if options.group in group.name and any(options.channel in channel for channel, _ in group.scenes)
    ]
    with tempfile.TemporaryDirectory(prefix="redteam-") as temporary:
        job = functools.partial(
            play_group, seed=seed, root=options.keep or Path(temporary), each=options.each, channel=options.channel
        )
        # Most of it is waiting for programs, so several groups play at once, each on a desktop of its own.
        with concurrent.futures.ProcessPoolExecutor(
            options.jobs, mp_context=multiprocessing.get_context("spawn")
        ) as pool:
            started = {pool.submit(job, name): name for name in chosen}
            by_group: dict[str, list[Row]] = {}
            for done in concurrent.futures.as_completed(started):
                name, failure = started[done], done.exception()
                # What the others found is still told; a group without an answer fails the run.
                by_group[name] = (
                    [Row(name, 0, 0, 0, 0, note=f"ended with {failure!r}"[:200])] if failure else done.result()
                )
                leaked, kept, controls = (
                    sum(getattr(row, field) for row in by_group[name]) for field in ("leaked", "kept", "controls")
                )
                say(f"{name}: done, {leaked} leaked, {kept} of {controls} controls kept")
        for name in chosen:
            again = functools.partial(play_group, name, seed=seed + 1, each=options.each)
            root = (options.keep or Path(temporary)) / "again"
            by_group[name] = [_enough(row, options.fewest, again, root, say) for row in by_group[name]]
    rows = [row for name in chosen for row in by_group[name]]
    console.print()
    console.print(table_of(rows))
    faults = verdict(rows, fewest=options.fewest)
    minutes = (time.monotonic() - started_s) / 60
    options.out.parent.mkdir(parents=True, exist_ok=True)
    value = {"seed": seed, "minutes": round(minutes, 1), "channels": as_values(rows), "faults": faults}
    options.out.write_text(json.dumps(value, indent=2) + "\n")
    if options.places:
        for row in rows:
            for line in (*row.where, *(f"lost: {one}" for one in row.lost)):
                console.print(line, soft_wrap=True, markup=False)
    console.print()
    for fault in faults:
        console.print(f"[bold red]failed[/] {fault}", soft_wrap=True)
    if not faults:
        planted = sum(row.planted for row in rows)
        console.print(
            f"[bold green]0 of {planted:,} canaries leaked[/], {minutes:.1f} min; {options.out}", soft_wrap=True
        )
    return 1 if faults else 0


def _enough(row: Row, fewest: int, play: Callable[..., list[Row]], root: Path, say: Callable[[str], None]) -> Row:
    """A channel in which too few canaries arrived (on a busy machine programs may be late) is attacked once more."""
    if row.planted >= fewest or row.note:
        return row
    say(f"{row.channel}: only {row.planted} arrived, once more")
    more = [each for each in play(root=root / row.channel, channel=row.channel) if each.channel == row.channel]
    return joined(row, more[0]) if more else row


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
