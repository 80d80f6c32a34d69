"""Show it a few times, then have it done: scripted demonstrations of each task, then instances that nobody showed.

For each task: five demonstrations on a virtual desktop (real programs, real X events, one action in twenty a slip that
is mended), recorded, built and trained as `understudy teach` does it; then the agent performs unseen instances, and the
program itself says whether exactly what was asked for was done. `--sabotage` does it all again with each stage broken.
`--home` keeps the demonstrations, or uses those that are there. Prints a table, writes benchmarks/out/teach.json.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.tasks.exam import Mark, examine
from benchmarks.tasks.instances import TASKS, Instance
from benchmarks.tasks.sabotage import BROKEN, STAGES, Stage, episodes
from benchmarks.tasks.school import School, demonstrate
from benchmarks.tasks.stage import TaskStage
from understudy.cli.teach_learn import FEW, learn_from
from understudy.learn.examples import LearntEpisode, episodes_of
from understudy.learn.intervals import wilson

OUT = Path(__file__).parent / "out" / "teach.json"
UNSEEN = 100_000
"""The first seed of the instances that nobody showed."""


def main() -> None:
    """Run the tasks that were asked for."""
    options = _options()
    began_s = time.monotonic()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        homes = options.home or Path(temporary)
        for task in options.tasks:
            rows += _task(task, homes / task, options)
            told = {
                "machine": f"{platform.machine()}, {platform.python_version()}",
                "instances": options.instances,
                "seconds": round(time.monotonic() - began_s),
                "rows": rows,
            }
            options.out.parent.mkdir(exist_ok=True)
            options.out.write_text(json.dumps(told, indent=1) + "\n")
    print()
    print(f"{'task':10} {'broken':10} {'done':>9}  {'95 %':>11}  {'train s':>7} {'s each':>6}  slips  why not")
    for row in rows:
        low, high = row["interval"]
        why = ", ".join(f"{count} {end}" for end, count in row["failures"].items())
        print(
            f"{row['task']:10} {row['broken']:10} {row['succeeded']:>4}/{row['instances']:<4}  "
            f"{low:4.2f}–{high:4.2f}    {row['train_s']:>7.0f} {row['seconds_each']:>6.1f}  "
            f"{row['slips']}/{row['actions']}  {why}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", nargs="+", choices=tuple(TASKS), default=["files"], metavar="TASK")
    parser.add_argument("--all", action="store_true", help="every task")
    parser.add_argument("--instances", type=int, default=10, help="unseen instances a task")
    parser.add_argument("--sabotage", action="store_true", help="each stage broken, too")
    parser.add_argument("--home", type=Path, help="where demonstrations are kept from one run to the next")
    parser.add_argument("--seed", type=int, default=0, help="of the training")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--failures", action="store_true", help="print what was done in each instance that failed")
    options = parser.parse_args()
    if options.all:
        options.tasks = list(TASKS)
    return options


def _task(task: str, root: Path, options: argparse.Namespace) -> list[dict[str, object]]:
    rows = []
    with TaskStage((task,)) as stage:
        school = _school(stage, task, root)
        clean = list(episodes_of(school.dataset))
        wanted: tuple[Stage | None, ...] = (None, *(STAGES if options.sabotage else ()))
        for broken in wanted:
            taught = clean if broken is None else episodes(school.unsealed(), broken)
            row = _one(stage, school, taught, broken, options)
            print(json.dumps({key: row[key] for key in ("task", "broken", "succeeded", "instances", "train_s")}))
            rows.append(row)
    return rows


def _school(stage: TaskStage, task: str, root: Path) -> School:
    """The demonstrations: those that are kept there, else new ones."""
    kept = root / "school.json"
    if kept.exists():
        return School.read(kept)
    school = demonstrate(stage, task, root)
    school.write(kept)
    return school


def _one(
    stage: TaskStage,
    school: School,
    taught: Sequence[LearntEpisode],
    broken: Stage | None,
    options: argparse.Namespace,
) -> dict[str, object]:
    began_s = time.monotonic()
    policy = learn_from(taught, msgspec.structs.replace(FEW, seed=options.seed))
    train_s = time.monotonic() - began_s
    unseen = _unseen(school, options.instances)
    marks = examine(stage, policy, unseen)
    failed = [mark for mark in marks if not mark.succeeded]
    if options.failures:
        for mark in failed:
            print(f"  {mark.seed} {mark.end}", *mark.did, sep="\n      ")
    done = len(marks) - len(failed)
    return {
        "task": school.task,
        "sentence": TASKS[school.task].sentence,
        "broken": broken or "",
        "how": BROKEN[broken] if broken else "",
        "instances": len(marks),
        "succeeded": done,
        "interval": [round(each, 3) for each in wilson(done, len(marks))],
        "failures": dict(Counter(mark.end for mark in failed)),
        "train_s": round(train_s, 1),
        "seconds_each": round(sum(mark.seconds for mark in marks) / len(marks), 2),
        "choosing_s_each": round(sum(mark.choosing_s for mark in marks) / len(marks), 3),
        "demonstrations": len(school.recordings),
        "actions": school.actions,
        "slips": school.slips,
        "asked": sum(len(mark.asked) for mark in marks),
        "marks": [msgspec.to_builtins(_short(mark)) for mark in marks],
    }


def _unseen(school: School, count: int) -> list[Instance]:
    """Instances whose sentence wasn't demonstrated."""
    every = (TASKS[school.task].instance(UNSEEN + nth) for nth in itertools.count())
    return list(itertools.islice((each for each in every if each.sentence not in school.sentences), count))


def _short(mark: Mark) -> dict[str, object]:
    return {"seed": mark.seed, "succeeded": mark.succeeded, "end": mark.end, "steps": len(mark.did)}


if __name__ == "__main__":
    main()
