"""Do episodes that score well teach better? And what scores, templates and near-duplicates come out on real people.

    python benchmarks/bench_quality.py
    python benchmarks/bench_quality.py --tasks all --seeds 5 --epochs 8

Needs the MiniWoB++ demonstrations in ../shared/data; without them, says so and measures nothing. They go the ordinary
way: imported, built, opened. Contributors are split; of the training side's successful episodes the best-scored half
of each page, and for each seed a random half of the same size, train the same network from the same seed. Both are
judged by next-action prediction (operation and element) on the held-out people's successful episodes, each page
counting the same. Ties in the score are broken by the seed. Writes benchmarks/out/quality.json.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from understudy.build import build_dataset, open_dataset
from understudy.catalogue import Catalogue
from understudy.cli.importing import Importing
from understudy.dataset import Dataset
from understudy.importers import files
from understudy.importers.formats import FORMATS
from understudy.importers.miniwob import SUFFIXES
from understudy.learn.encode import operation_of
from understudy.learn.examples import LearntEpisode, episodes_of
from understudy.learn.lessons import SLIPS, Corrections
from understudy.learn.policy import LearntPolicy
from understudy.learn.settings import TrainingSettings
from understudy.learn.train import train
from understudy.redact.policy_file import preset, read_policy
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.batch import BatchLog

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "miniwob-demos"
OUT = ROOT / "benchmarks" / "out" / "quality.json"
BATCHES = ("first-turk", "second-turk", "third-turk")
SMALL = ("choose-list", "click-checkboxes", "click-option", "enter-text")
HELD_OUT = 0.3
NOT_JUDGED = ("wait", "scroll", "stop")


def main() -> None:
    """Measure and print."""
    options = _options()
    if not DATA.is_dir():
        print(f"the data of real people is not beside the checkout ({DATA}): nothing measured")
        return
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as scratch:
        home = options.home or Path(scratch) / "home"
        dataset, built = dataset_of(Home(home), options.name, options.tasks, Path(scratch))
        told = describe(dataset) | built
        print(json.dumps(told, indent=1))
        runs = compare(dataset, options)
    result = {"settings": {name: str(value) for name, value in vars(options).items()}, "data": told, **runs}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--tasks", default=",".join(SMALL), help='pages, with commas between, or "all"')
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--epoch-size", type=int, default=600)
    parser.add_argument("--share", type=float, default=0.5, help="of the training episodes of each page, to train on")
    parser.add_argument(
        "--corrections",
        choices=("keep", "drop", "weight"),
        default="keep",
        help="labelled slips in training; keep: like other steps, the score alone counts",
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--home", type=Path, help="a home whose dataset is used, or made when it has none")
    parser.add_argument("--name", default="quality", help="of that dataset")
    parser.add_argument("--worst", action="store_true", help="train on the worst-scored half too")
    return parser.parse_args()


def dataset_of(home: Home, name: str, tasks: str, scratch: Path) -> tuple[Dataset, dict[str, float]]:
    """The dataset `name` of a home, made where there is none: imported and built the ordinary way."""
    if not home.catalogue.exists():
        began = time.perf_counter()
        home.root.mkdir(parents=True, exist_ok=True)
        identity.create(home.identity, "none")
        policy = read_policy(preset("imported"), source="imported.toml")
        unpack(scratch / "demos", None if tasks == "all" else tasks.split(","))
        with BatchLog(home.spool) as log, Catalogue.open(home.catalogue) as catalogue:
            Importing(home, catalogue, log, FORMATS["miniwob"], policy).run(scratch / "demos")
        imported = time.perf_counter()
        build_dataset(home, name, identity=identity.load(home.identity), second_pass=False)
        seconds = {"import_s": round(imported - began, 1), "build_s": round(time.perf_counter() - imported, 1)}
    else:
        seconds = {}
    return open_dataset(home, name), seconds


def unpack(folder: Path, tasks: Sequence[str] | None) -> None:
    """The demonstrations of the pages, as files in a scratch folder outside the project."""
    folder.mkdir()
    for batch in BATCHES:
        for name, data in files.read(DATA / f"{batch}.tar.xz", SUFFIXES):
            task = Path(name).parent.name
            if isinstance(data, bytes) and (tasks is None or task in tasks):
                (folder / f"{batch}_{task}").mkdir(exist_ok=True)
                (folder / f"{batch}_{task}" / Path(name).name).write_bytes(data)


def describe(dataset: Dataset) -> dict[str, Any]:
    """Scores, corrections, templates and near-duplicates, counted."""
    rows = list(dataset.episodes())
    pages = {step["episode_id"]: step["window_title"] for step in dataset.steps()}
    by_page: dict[str, Counter[str]] = defaultdict(Counter)
    by_template: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        by_page[pages[row["episode_id"]]][row["template"] or ""] += 1
        by_template[row["template"] or ""][pages[row["episode_id"]]] += 1
    good = [row["quality"] for row in rows if row["outcome"] == "success"]
    parts = {
        name: round(statistics.mean(values), 3)
        for name in ("grounded", "busy", "readable", "unique", "direct")
        if (values := [value for row in rows if (value := row["quality_parts"][name]) is not None])
    }
    found = dataset.card.findings
    return {
        "episodes": len(rows),
        "successful": len(good),
        "contributors": found.units["contributor"],
        "quality of the successful": {
            "median": round(statistics.median(good), 3),
            "least": round(min(good), 3),
            "below 1": sum(value < 0.999 for value in good),
        },
        "mean parts": parts,
        "corrections": found.corrections,
        "share of steps": found.corrected,
        "pages": len(by_page),
        "templates": found.units["template"],
        "episodes in their page's commonest template": share(by_page, len(rows)),
        "episodes of their template's commonest page": share(by_template, len(rows)),
        "near-duplicates": sum(row["quality_parts"]["unique"] < 1 for row in rows),
        "splits": found.splits,
    }


def share(groups: dict[str, Counter[str]], total: int) -> float:
    return round(sum(max(counts.values()) for counts in groups.values()) / total, 3)


def compare(dataset: Dataset, options: argparse.Namespace) -> dict[str, Any]:
    """Train on the best half and a random half, for each seed."""
    pages = None if options.tasks == "all" else options.tasks.split(",")
    sides = dataset.split(by="contributor", test=HELD_OUT)
    episodes = [
        episode
        for episode in episodes_of(dataset)
        if episode.outcome == "success" and (pages is None or episode.page in pages)
    ]
    taught = [episode for episode in episodes if sides[episode.episode_id] == "train"]
    judged = [episode for episode in episodes if sides[episode.episode_id] == "test"]
    print(f"{len(taught)} episodes to draw from, {len(judged)} to be judged on\n")
    print("next action, % of held-out steps, the mean over pages:")
    kinds = ("best", "random", "worst") if options.worst else ("best", "random")
    rows = []
    for seed in range(options.seeds):
        row: dict[str, Any] = {"seed": seed}
        for which in kinds:
            half = halves(taught, which, seed, options.share)
            row[which], row[f"{which} by page"] = accuracy(half, judged, seed, options)
            row[f"{which} episodes"] = len(half)
        rows.append(row)
        told = ", ".join(f"{which} {100 * row[which]:.1f}" for which in kinds)
        print(f"seed {seed}: {told}; best - random {100 * (row['best'] - row['random']):+.1f}", flush=True)
    gains = [row["best"] - row["random"] for row in rows]
    ahead = sum(gain > 0 for gain in gains)
    print(f"mean {100 * statistics.mean(gains):+.1f} points, the best half ahead in {ahead} of {len(rows)} seeds")
    return {"rows": rows, "mean gain": round(statistics.mean(gains), 4), "ahead": ahead, "taught": len(taught),
            "judged": len(judged)}  # fmt: skip


def halves(episodes: Sequence[LearntEpisode], which: str, seed: int, part: float) -> list[LearntEpisode]:
    """A share of each page's episodes: the best, the worst, or any."""
    pages: dict[str, list[LearntEpisode]] = defaultdict(list)
    for episode in episodes:
        pages[episode.page].append(episode)
    found: list[LearntEpisode] = []
    for page, members in sorted(pages.items()):
        order = sorted(members, key=lambda episode: episode.episode_id)
        random.Random(f"{seed} {page} {which}").shuffle(order)
        if which != "random":
            order.sort(key=lambda episode: -(episode.quality or 0) if which == "best" else (episode.quality or 0))
        found += order[: max(1, round(part * len(order)))]
    return found


def accuracy(
    episodes: Sequence[LearntEpisode], judged: Sequence[LearntEpisode], seed: int, options: argparse.Namespace
) -> tuple[float, dict[str, float]]:
    """The share of held-out steps whose operation and element are predicted, the mean over pages, and by page."""
    corrections: Corrections = options.corrections
    settings = TrainingSettings(
        seed=seed, epochs=options.epochs, epoch_size=options.epoch_size, corrections=corrections
    )
    trained = train(episodes, settings)
    policy = LearntPolicy(trained.network, trained.curriculum.operations, trained.curriculum.vocabulary)
    right: dict[str, list[bool]] = defaultdict(list)
    for episode in judged:
        for turn in episode.turns:
            if turn.choice.kind in NOT_JUDGED or turn.choice.element is None or turn.correction in SLIPS:
                continue
            ranked = policy.rank(episode.task, turn.observation, turn.done, 1)
            wanted = (operation_of(turn.choice), turn.choice.element)
            right[episode.page].append(bool(ranked) and (ranked[0].operation, ranked[0].element) == wanted)
    by_page = {page: round(statistics.mean(hits), 4) for page, hits in sorted(right.items())}
    return statistics.mean(by_page.values()), by_page


if __name__ == "__main__":
    main()
