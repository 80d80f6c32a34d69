"""What privacy costs: for each level how well an agent does that learnt from it, and how many people are found in it.

    python benchmarks/bench_price.py [--episodes 200] [--minutes 8] [--seeds 1] [--tasks a,b] [--work FOLDER]

Needs MiniWoB++'s demonstrations in ../shared/data; without them, says so and measures nothing. Each level is a policy
and a build: the demonstrations of each task go through the ordinary import by that policy and the ordinary build at
that level, all but a fifth to learn from; a model learns from them with the same settings and seed, does the same
unseen episodes of each task in Chromium, seeing the page by the same policy, and names the next action of the fifth
that was held out. Levels of which an agent learns the same (what it is shown is compared turn by turn) share a model.
Tasks with typed text stand apart: a workplace keeps the shape of what was typed, not the text. The shares of people
found come from benchmarks/out/risk.json (bench_risk.py), for the motion and timing of each level.
Every stage is written to benchmarks/out/price.json and not done again; --again begins anew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from understudy.act.miniwob import Headless
from understudy.build import build_dataset, open_dataset
from understudy.build.grants import grant_self
from understudy.catalogue import Catalogue
from understudy.cli.importing import Importing
from understudy.cli.seeing import PageSeer
from understudy.dataset import Dataset
from understudy.importers.formats import FORMATS
from understudy.learn import checkpoint
from understudy.learn.encode import operation_of, same_targets
from understudy.learn.evaluate import play, seeds_of
from understudy.learn.examples import LearntEpisode, episodes_of
from understudy.learn.lessons import lessons_of
from understudy.learn.policy import LearntPolicy
from understudy.learn.settings import TrainingSettings
from understudy.learn.train import train
from understudy.records.levels import Motion, Timing
from understudy.redact.policy import Policy
from understudy.redact.policy_file import preset, read_policy
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.batch import BatchLog

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "miniwob-demos"
OUT = ROOT / "benchmarks" / "out" / "price.json"
RISK = ROOT / "benchmarks" / "out" / "risk.json"
PLAIN = (
    *("click-test-2", "click-button", "click-link", "click-dialog", "click-dialog-2", "click-tab", "click-option"),
    *("click-checkboxes", "click-widget", "focus-text", "click-collapsible-nodelay", "navigate-tree"),
)
TYPED = ("enter-text", "login-user", "enter-password", "search-engine", "email-inbox")
"""Somebody's own words, names and passwords are typed in these."""
HELD_OUT = 5
"""One demonstration in so many is held out."""
BLOCK = 20
"""Episodes of a task at a time."""
BAR_POINTS = 2.0
WIDTHS = (9, 7, 16, 7, 7, 7, 7, 7)
WORKPLACE_APP = '\n[[app]]\nname = "MiniWoB++ page"\napp = "miniwob"\nkeys = "shape"\n'
"""The shipped workplace policy names no program; this one is named in it, with the defaults of a named program."""


@dataclass(frozen=True)
class Level:
    """One row of the table: who keeps what of texts, motion and timing."""

    name: str
    policy: str
    motion: Motion
    timing: Timing


LEVELS = (
    Level("own-work, all motion and times", "own-work", "full", "full"),
    Level("own-work, coarse paths", "own-work", "coarse", "bucketed"),
    Level("own-work, shipped default", "own-work", "targets", "none"),
    Level("workplace, shipped default", "workplace", "targets", "none"),
)


def policy_of(name: str) -> Policy:
    """The shipped policy for imports, or the shipped workplace policy with the pages named in it."""
    if name == "own-work":
        return read_policy(preset("imported"), source="imported.toml")
    if name == "workplace":
        return read_policy(preset("workplace") + WORKPLACE_APP.encode(), source="workplace.toml")
    raise ValueError(f"no policy {name}")


def extract(tasks: Sequence[str], work: Path) -> None:
    """The tasks' demonstrations into `work`/learn and `work`/held, by the hash of their names."""
    if (work / "extracted").exists():
        return
    for archive in sorted(DATA.glob("*.tar.xz")):
        with tarfile.open(archive) as files:
            for member in files:
                parts = Path(member.name).parts
                if not member.isfile() or len(parts) < 2 or parts[-2] not in tasks:
                    continue
                held = int(hashlib.sha256(parts[-1].encode()).hexdigest(), 16) % HELD_OUT == 0
                folder = work / ("held" if held else "learn") / parts[-2]
                folder.mkdir(parents=True, exist_ok=True)
                data = files.extractfile(member)
                assert data is not None
                (folder / parts[-1]).write_bytes(data.read())
    (work / "extracted").touch()


def built(work: Path, level: Level, which: str) -> Dataset:
    """The dataset of the demonstrations in `work`/`which`, imported by the level's policy and built at it, once."""
    home = Home(work / f"home-{level.policy}-{which}")
    if not identity.exists(home.identity):
        identity.create(home.identity, "none")
        with BatchLog(home.spool) as log, Catalogue.open(home.catalogue) as catalogue:
            Importing(home, catalogue, log, FORMATS["miniwob"], policy_of(level.policy)).run(work / which)
    holder = identity.load(home.identity)
    name = f"{level.motion}-{level.timing}"
    with Catalogue.open(home.catalogue) as catalogue:
        there = {row.name for row in catalogue.versions()}
    if name not in there:
        result = build_dataset(home, name, identity=holder, motion=level.motion, timing=level.timing)
        if not result.granted:
            with Catalogue.open(home.catalogue) as catalogue:
                grant_self(catalogue, result.version, holder)
    return open_dataset(home, name, identity=holder)


def taught(episodes: Sequence[LearntEpisode]) -> str:
    """A hash of everything that an agent is shown and told to do in these episodes."""
    digest = hashlib.sha256()
    for episode in episodes:
        digest.update(msgspec.json.encode([episode.task, episode.page, episode.outcome, episode.turns]))
    return digest.hexdigest()[:32]


def model_of(work: Path, key: str, episodes: Sequence[LearntEpisode], settings: TrainingSettings) -> LearntPolicy:
    """The policy that learns from these episodes, once."""
    folder = work / f"model-{key}"
    if not (folder / checkpoint.MANIFEST).exists():
        started = time.perf_counter()
        trained = train(
            episodes,
            settings,
            lambda told: print(f"    {told.share:.0%} {told.accuracy:.2f}", end="\r", file=sys.stderr),
        )
        checkpoint.save(trained, folder, checkpoint.DatasetOfModel())
        print(f"  learnt {key[:8]} in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return checkpoint.load(folder)


def next_actions(policy: LearntPolicy, episodes: Sequence[LearntEpisode]) -> dict[str, list[int]]:
    """page → 1 or 0 for each next action of the held-out episodes that the policy names: kind, target and text."""
    told: dict[str, list[int]] = {}
    for episode in episodes:
        if episode.outcome == "failure":
            continue
        for lesson in lessons_of(episode):
            choice = policy.choose(episode.task, lesson.observation, lesson.done)
            wanted = lesson.choice
            same = operation_of(choice) == operation_of(wanted) and choice.text == wanted.text
            if same and wanted.element is not None:
                same = choice.element in same_targets(lesson.observation, wanted.element)
            told.setdefault(episode.page, []).append(int(same))
    return told


def success(
    worlds: dict[str, Headless], policies: dict[str, LearntPolicy], task: str, seeds: Sequence[str]
) -> dict[str, list[int]]:
    """policy → 1 or 0 for each episode of a task, the same episodes for all."""
    found: dict[str, list[int]] = {name: [] for name in policies}
    for episode in seeds:
        for name, policy in policies.items():
            found[name].append(int(play(policy, worlds[name], task, episode).success))
    return found


def risks(level: Level) -> dict[str, float | None]:
    """Rank-1 and EER of the strongest attacks on the hand and on everything, at this level's motion and timing."""
    told: dict[str, float | None] = {}
    row = json.loads(RISK.read_text()).get(f"{level.motion}/{level.timing}") if RISK.exists() else None
    for sight in ("hand", "everything"):
        attacks = [
            attack["found"] for attack in (row or {}).get("attacks", ())
            if attack["sight"] == sight and attack["pool"] is None
        ]  # fmt: skip
        best = max(attacks, key=lambda found: found["rank1"]["value"], default=None)
        told[f"{sight} rank-1"] = best["rank1"]["value"] if best else None
        told[f"{sight} EER"] = best["eer"]["value"] if best else None
    return told


def measure(options: argparse.Namespace, work: Path, done: dict[str, Any]) -> None:
    """Every stage that isn't in `done` yet."""
    tasks = [*options.tasks, *options.typed]
    extract(tasks, work)
    for seed in range(options.seeds):
        settings = TrainingSettings(seed=seed, minutes=options.minutes)
        policies: dict[str, LearntPolicy] = {}
        held: list[LearntEpisode] = []
        for level in LEVELS:
            print(f"  {level.name}, seed {seed}", file=sys.stderr)
            episodes = list(episodes_of(built(work, level, "learn")))
            shown = taught(episodes)
            done["levels"].setdefault(level.name, {})["taught"] = shown
            done["levels"][level.name]["episodes"] = len(episodes)
            if level.policy not in policies:
                # The other motion and timing levels of one policy must teach the same, or the comparison is void.
                policies[level.policy] = model_of(work, f"{shown}-{seed}", episodes, settings)
                done["shown"][level.policy] = shown
            elif done["shown"][level.policy] != shown:
                raise SystemExit(f"{level.name}: teaches something else than the levels before it of its policy")
            save(done)
            if level.policy == "own-work" and not held:
                held = list(episodes_of(built(work, level, "held")))
        for name, policy in policies.items():
            key = f"{name} {seed}"
            if key not in done["next"]:
                done["next"][key] = next_actions(policy, held)
                save(done)
        with ExitStack() as stack:
            worlds = {name: stack.enter_context(Headless(PageSeer(policy_of(name)))) for name in policies}
            # A block of every task before the next: stopped at any time, all tasks have about as many episodes.
            for begin in range(0, options.episodes, BLOCK):
                for task in tasks:
                    key = f"{task} {seed} {begin}"
                    most = options.episodes if task in options.tasks else min(options.episodes, options.apart)
                    seeds = seeds_of(task, most, seed)[begin : begin + BLOCK]
                    if key in done["success"] or not seeds:
                        continue
                    done["success"][key] = success(worlds, policies, task, seeds)
                    save(done)
                    told = {name: round(float(np.mean(each)), 3) for name, each in done["success"][key].items()}
                    print(f"  {task} from {begin}: {told}", file=sys.stderr)


def save(done: dict[str, Any]) -> None:
    """What was measured so far."""
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(done, indent=1) + "\n")


def outcomes(done: dict[str, Any], tasks: Sequence[str], policy: str) -> dict[str, list[int]]:
    """task and seed → 1 or 0 for each episode, in order."""
    found: dict[str, list[int]] = {}
    for key, told in done["success"].items():
        task, seed, _ = key.split()
        if task in tasks and policy in told:
            found.setdefault(f"{task} {seed}", []).extend(told[policy])
    return found


def paired(done: dict[str, Any], tasks: Sequence[str], one: str, other: str) -> tuple[float, float, float]:
    """(points that `one` does better than `other`, from, to): of the same episodes; draws of tasks and episodes."""
    left, right = outcomes(done, tasks, one), outcomes(done, tasks, other)
    gaps = [100.0 * (np.array(left[key], float) - np.array(right[key], float)) for key in left]
    if not gaps:
        return float("nan"), float("nan"), float("nan")
    dice = np.random.default_rng(0)
    drawn = [
        np.mean([dice.choice(gaps[nth], len(gaps[nth])).mean() for nth in dice.integers(0, len(gaps), len(gaps))])
        for _ in range(1000)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(np.mean([gap.mean() for gap in gaps])), float(low), float(high)


def mean_of(done: dict[str, Any], tasks: Sequence[str], policy: str) -> float:
    """Mean success over tasks, in percent."""
    found = [np.mean(each) for each in outcomes(done, tasks, policy).values()]
    return 100 * float(np.mean(found)) if found else float("nan")


def next_of(done: dict[str, Any], tasks: Sequence[str], policy: str) -> float:
    """Mean share of next actions named right over the pages of tasks, in percent."""
    shares = [
        np.mean(hits)
        for key, pages in done["next"].items()
        if key.split()[0] == policy
        for page, hits in pages.items()
        if page in tasks
    ]
    return 100 * float(np.mean(shares)) if shares else float("nan")


def show(done: dict[str, Any], options: argparse.Namespace) -> None:
    """The table."""
    heads = zip(("success", "next", "typed: success", "next", "hand", "EER", "all", "EER"), WIDTHS, strict=True)
    print(f"{'level':<34}{''.join(f'{head:>{width}}' for head, width in heads)}")
    for level in LEVELS:
        risk = risks(level)
        cells: list[float | None] = [
            score(done, tasks, level.policy) for tasks in (options.tasks, options.typed) for score in (mean_of, next_of)
        ]
        told = ["–" if value is None else f"{value:.1f}" for value in cells]
        told += ["–" if value is None else f"{value:.3f}" for value in risk.values()]
        row = "".join(f"{cell:>{width}}" for cell, width in zip(told, WIDTHS, strict=True))
        print(f"{level.name:<34}{row}")
    for tasks, words in ((options.tasks, "without typed text"), (options.typed, "with it")):
        gap, low, high = paired(done, tasks, "own-work", "workplace")
        found = outcomes(done, tasks, "workplace")
        episodes = sorted({len(each) for each in found.values()})
        print(
            f"{len(found)} tasks {words}, {episodes} episodes each: the workplace default costs {gap:.1f} points of "
            f"success ({low:.1f} to {high:.1f})"
        )
    print(f"bar: at most {BAR_POINTS:.0f} points without typed text")


def main() -> None:
    """Measure, show, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=5, help="unseen episodes a task (default 5)")
    parser.add_argument("--apart", type=int, default=50, help="at most so many of tasks with typed text (default 50)")
    parser.add_argument("--minutes", type=float, default=0.4, help="of training a model (default 0.4)")
    parser.add_argument("--seeds", type=int, default=1, help="trainings a level (default 1)")
    parser.add_argument("--tasks", type=lambda told: told.split(","), default=None, help="without typed text")
    parser.add_argument("--typed", type=lambda told: told.split(","), default=None, help="with typed text")
    parser.add_argument("--work", type=Path, default=None, help="where data and models lie, to go on with later")
    parser.add_argument("--again", action="store_true", help="forget what was measured before")
    options = parser.parse_args()
    small = options.episodes < 20
    options.tasks = options.tasks or list(PLAIN[:3] if small else PLAIN)
    options.typed = options.typed or list(TYPED[:1] if small else TYPED)
    if not DATA.is_dir():
        print("no demonstrations of real people in ../shared/data: nothing measured")
        return
    torch.set_num_threads(2)
    settings = {name: getattr(options, name) for name in ("minutes", "tasks", "typed")}
    done: dict[str, Any] = {"settings": settings, "levels": {}, "shown": {}, "next": {}, "success": {}}
    if OUT.exists() and not options.again and options.work is not None:
        before = json.loads(OUT.read_text())
        done = before if before.get("settings") == settings else done
    work = options.work or Path(tempfile.mkdtemp(prefix="understudy-price-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        measure(options, work, done)
    finally:
        if options.work is None:
            shutil.rmtree(work, ignore_errors=True)
    save(done)
    show(done, options)


if __name__ == "__main__":
    main()
