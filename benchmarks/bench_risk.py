"""What SapiMouse's sessions and MiniWoB++'s demonstrations give away, level by level, through the ordinary path.

    python benchmarks/bench_risk.py [--people 80] [--miniwob] [--seed 1] [--again]

Needs the data of real people in ../shared/data; without it, says so and measures nothing. Imports the sessions, builds
a dataset a level, and attacks each with every attacker, each trained anew on that level's data. At the default levels
it compares what must not change with the level that keeps everything: places, kinds, texts. A control looks for people
by nothing but the size of the area that their clicks reach. With --miniwob the keys of the demonstrations too, by the
identifier in their names, which stands for an assignment and probably for one sitting: reported, not a bar.
Writes benchmarks/out/risk.json after each level and goes on from there; --again begins anew.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench_import import import_into
from understudy.build import build_dataset, open_dataset
from understudy.dataset import Dataset
from understudy.records.levels import Motion, Timing
from understudy.risk.attackers import Forest, Recurrent
from understudy.risk.identify import SIGHTS, AttackerName, identify
from understudy.risk.scores import Estimate, found
from understudy.risk.sessions import Split, rows_of, sessions_of, split
from understudy.risk.telling import interval
from understudy.settings import Home
from understudy.spool import identity

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
OUT = ROOT / "benchmarks" / "out" / "risk.json"
LEVELS: tuple[tuple[Motion, Timing], ...] = (
    ("targets", "none"),
    ("targets", "bucketed"),
    ("coarse", "bucketed"),
    ("full", "full"),
)
"""The defaults of both profiles first; how each was built stands in the manifest."""
BAR = 0.10
SAME = ("kind", "x", "y", "to_x", "to_y", "button", "modifiers", "keys", "count", "text", "scroll_x", "scroll_y")
"""Columns of `steps` that no level may change."""


def extract(people: int, folder: Path) -> Path:
    """The first people's sessions, unpacked."""
    with tarfile.open(DATA / "sapimouse" / "sapimouse-80-users.tar.xz") as archive:
        names = sorted({Path(name).parts[-2] for name in archive.getnames() if name.endswith(".csv")})[:people]
        for member in archive:
            if member.name.endswith(".csv") and Path(member.name).parts[-2] in names:
                archive.extract(member, folder, filter="data")
    return folder


def built(home: Home, name: str, motion: Motion, timing: Timing) -> Dataset:
    """A dataset of everything in the home at these levels."""
    holder = identity.load(home.identity)
    build_dataset(home, name, identity=holder, motion=motion, timing=timing, second_pass=False)
    return open_dataset(home, name, identity=holder)


def attacked(parted: Split, contributors: int, seed: int, sights: Sequence[str], *, quick: bool) -> dict[str, Any]:
    """All attacks on these sights, as JSON."""

    def make(name: AttackerName) -> Forest | Recurrent:
        return Forest(seed, jobs=-1, trees=60 if quick else 200) if name == "forest" else Recurrent(seed)

    started = time.perf_counter()
    told = identify(
        parted,
        make,
        contributors=contributors,
        seed=seed,
        sights=[sight for sight in SIGHTS if sight.name in sights],
        attackers=("forest",) if quick else ("forest", "recurrent"),
        tell=lambda what, done, total: print(f"    {what} {done}/{total}", file=sys.stderr),
    )
    return dataclasses.asdict(told) | {"wall_s": round(time.perf_counter() - started, 1)}


def reach_alone(parted: Split, seed: int) -> dict[str, Any]:
    """Looked for by two numbers a session: how far to the right and down its presses reach."""
    known = {session.person: _reach(session) for session in parted.known}
    people = np.array([known[person] for person in range(parted.people)])
    scores = np.array([-np.abs(people - _reach(session)).sum(axis=1) for session in parted.sought])
    return dataclasses.asdict(found(scores, np.array([session.person for session in parted.sought]), seed=seed))


def _reach(session: Any) -> np.ndarray:  # noqa: ANN401
    return np.nanmax(rows_of(session, ("places",))[:, :2], axis=0)


def changed(one: Dataset, other: Dataset) -> dict[str, int]:
    """Steps whose columns differ between two levels, by column, and how far presses are apart at most."""
    rows = [list(dataset.steps()) for dataset in (one, other)]
    if len(rows[0]) != len(rows[1]):
        raise SystemExit(f"{len(rows[0])} steps at one level, {len(rows[1])} at the other")
    pairs = list(zip(*rows, strict=True))
    differing = {name: sum(a[name] != b[name] for a, b in pairs) for name in SAME}
    apart = [max(abs(a["x"] - b["x"]), abs(a["y"] - b["y"])) for a, b in pairs if a["x"] is not None]
    return {"steps": len(pairs), "displaced_px": max(apart, default=0)} | differing


def sapimouse(people: int, seed: int, done: dict[str, Any], *, quick: bool) -> None:
    """Every level of the sessions, into `done`."""
    if all(f"{motion}/{timing}" in done for motion, timing in LEVELS):
        return
    with tempfile.TemporaryDirectory(prefix="understudy-risk-") as scratch:
        home = Home(Path(scratch) / "home")
        counts, _, _ = import_into(home, "sapimouse", extract(people, Path(scratch) / "sessions"))
        print(f"  {counts.imported} sessions imported", file=sys.stderr)
        for motion, timing in LEVELS:
            key = f"{motion}/{timing}"
            if key in done:
                continue
            dataset = built(home, key.replace("/", "-"), motion, timing)
            parted = split(sessions_of(dataset))
            sights = ("paths", "pace", "hand") if quick else ("paths", "pace", "hand", "places", "everything")
            row = attacked(parted, people, seed, sights, quick=quick)
            if key == "targets/none":
                row["reach_alone"] = reach_alone(parted, seed)
                row["changed"] = changed(dataset, built(home, "exact", "full", "full"))
            done[key] = row
            _save(done)


def miniwob(seed: int, done: dict[str, Any]) -> None:
    """The demonstrations' keys at every timing level, into `done`."""
    names = [f"miniwob keys {timing}" for timing in ("full", "bucketed", "none")]
    if all(name in done for name in names):
        return
    with tempfile.TemporaryDirectory(prefix="understudy-risk-") as scratch:
        home = Home(Path(scratch) / "home")
        for batch in ("first-turk", "second-turk", "third-turk"):
            import_into(home, "miniwob", DATA / "miniwob-demos" / f"{batch}.tar.xz")
        for timing in ("full", "bucketed", "none"):
            key = f"miniwob keys {timing}"
            if key in done:
                continue
            dataset = built(home, f"keys-{timing}", "targets", timing)  # type: ignore[arg-type]
            contributors = len({row["contributor"] for row in dataset.episodes()})
            done[key] = attacked(split(sessions_of(dataset)), contributors, seed, ("keys", "pace", "hand"), quick=False)
            _save(done)


def _save(done: dict[str, Any]) -> None:
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(done, indent=1) + "\n")


def show(done: dict[str, Any]) -> None:
    """The strongest attack with a whole session, a line for each level and sight."""
    print(f"{'levels':<24}{'looked for by':<14}{'rank-1 (95 %)':<20}{'chance':<8}{'EER':<6}{'AUC':<6}attacker")
    for key, row in done.items():
        if key == "settings":
            continue
        best: dict[str, Any] = {}
        for attack in row["attacks"]:
            before = best.get(attack["sight"])
            if attack["pool"] is None and (not before or attack["found"]["rank1"]["value"] > _rank1(before)):
                best[attack["sight"]] = attack
        for sight, attack in best.items():
            told = attack["found"]
            rank1 = interval(Estimate(**told["rank1"]))
            print(
                f"{key:<24}{sight:<14}{rank1:<20}{told['rank1_chance']:<8.3f}{told['eer']['value']:<6.2f}"
                f"{told['auc']['value']:<6.2f}{attack['attacker']} {attack['window_steps']}"
            )
        for why in dict.fromkeys(one["why"] for one in row["refused"]):
            print(f"{key:<24}no figure for {', '.join(r['sight'] for r in row['refused'] if r['why'] == why)}: {why}")
    if row := done.get("targets/none"):
        told = row["reach_alone"]
        print(f"control, by how far clicks reach alone: rank-1 {told['rank1']['value']:.2f}")
        print(f"steps that differ from full/full, by column: {row['changed']}")
        hand = [_rank1(attack) for attack in row["attacks"] if attack["sight"] in ("hand", "paths", "pace")]
        if hand:
            print(f"bar: the hand at the defaults, strongest of all attacks {max(hand):.3f}, at most {BAR:.2f}")


def _rank1(attack: Any) -> float:  # noqa: ANN401
    return float(attack["found"]["rank1"]["value"])


def main() -> None:
    """Measure, show, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=16, help="how many of the 80 people (default 16)")
    parser.add_argument("--miniwob", action="store_true", help="the demonstrations' keys too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="forget what was measured before")
    options = parser.parse_args()
    if not (DATA / "sapimouse").is_dir():
        print("no data of real people in ../shared/data: nothing measured")
        return
    torch.set_num_threads(1)
    settings = {"people": options.people, "seed": options.seed}
    done: dict[str, Any] = {"settings": settings}
    if OUT.exists() and not options.again:
        before = json.loads(OUT.read_text())
        done = before if before.get("settings") == settings else done
    sapimouse(options.people, options.seed, done, quick=options.people < 40)
    if options.miniwob:
        miniwob(options.seed, done)
    _save(done)
    show(done)


if __name__ == "__main__":
    main()
