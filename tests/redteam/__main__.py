"""`python -m tests.redteam`: attacks the recorder on a real desktop and reports, channel by channel, what got through.

Ends with code 0 when nothing leaked and the harmless controls were kept, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from tests.redteam.canaries import Maker
from tests.redteam.groups import GROUPS
from tests.redteam.judging import rows_of
from tests.redteam.playing import play
from tests.redteam.report import Row, as_values, table_of, verdict

OUT = Path(__file__).parents[2] / "benchmarks" / "out" / "redteam.json"
EACH = 52
"""Canaries a channel: at least 50 after some that turn out not to have arrived."""
FEWEST = 50


def main(arguments: Sequence[str]) -> int:
    """Run the suite; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.redteam", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, help="plant the same again (default: a new seed, printed)")
    parser.add_argument("--each", type=int, default=EACH, help=f"canaries a channel (default: {EACH})")
    parser.add_argument("--fewest", type=int, default=FEWEST, help=f"fewest that must arrive (default: {FEWEST})")
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

    rows: list[Row] = []
    maker = Maker(seed)
    with tempfile.TemporaryDirectory(prefix="redteam-") as temporary:
        root = options.keep or Path(temporary)
        for group in GROUPS:
            if options.group in group.name and any(options.channel in channel for channel, _ in group.scenes):
                folder = root / group.name.replace(" ", "-")
                plan, found = play(group, maker, folder, options.each, options.channel, say)
                rows += rows_of(plan, found)
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
