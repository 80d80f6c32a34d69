"""Next-action prediction on demonstrations of people whom no policy learnt from: the network, the ranker, the majority.

    python benchmarks/bench_next_action.py
    python benchmarks/bench_next_action.py --epochs 60 --most 0

Needs the data of real people in ../shared/data; without it, says so and measures nothing. Imports MiniWoB++
demonstrations through the ordinary pipeline (or opens a dataset that was built before, --home and --dataset), holds out
people, trains on the others and asks at every turn of the held out. Writes benchmarks/out/next_action.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import torch

from understudy.build import build_dataset, open_dataset
from understudy.catalogue import Catalogue
from understudy.cli.importing import Importing
from understudy.importers.formats import FORMATS
from understudy.learn import predict, ranker
from understudy.learn.examples import LearntEpisode, episodes_of
from understudy.learn.policy import LearntPolicy
from understudy.learn.settings import Progress, TrainingSettings
from understudy.learn.train import train
from understudy.redact.policy_file import preset, read_policy
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.batch import BatchLog

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "miniwob-demos"
OUT = ROOT / "benchmarks" / "out" / "next_action.json"


def episodes_from(options: argparse.Namespace, scratch: Path) -> list[LearntEpisode]:
    """The successful episodes: of the dataset that was named, else of a fresh import of the first batch."""
    if options.home is not None:
        dataset = open_dataset(Home(options.home), options.dataset)
    else:
        home = Home(scratch)
        identity.create(home.identity, "none")
        policy = read_policy(preset("imported"), source="imported.toml")
        with BatchLog(home.spool) as log, Catalogue.open(home.catalogue) as catalogue:
            Importing(home, catalogue, log, FORMATS["miniwob"], policy).run(DATA / "first-turk.tar.xz")
        build_dataset(home, "miniwob", identity=identity.load(home.identity), second_pass=False)
        dataset = open_dataset(home, "miniwob")
    return [episode for episode in episodes_of(dataset) if episode.outcome == "success"]


def main() -> None:
    options = parse()
    if options.home is None and not DATA.is_dir():
        print(f"the data of real people is not in {DATA}: nothing to measure")
        return
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory(prefix="understudy-bench-") as scratch:
        episodes = episodes_from(options, Path(scratch) / "home")
    learnt, asked = predict.split(episodes, held_out=options.held_out)
    began = time.monotonic()
    settings = TrainingSettings(epochs=options.epochs, epoch_size=options.epoch_size)
    trained = train(learnt, settings, tell)
    train_s = time.monotonic() - began
    network = LearntPolicy(trained.network, trained.curriculum.operations, trained.curriculum.vocabulary)
    guesses = {
        "network": predict.by_network(network),
        "ranker": predict.by_ranker(ranker.fit(learnt)),
        "majority": predict.by_majority(ranker.MajorityPolicy(predict.lessons_with_episodes(learnt))),
    }
    pages = predict.turns_of(asked)
    rows: dict[str, dict[str, dict[str, float]]] = {}
    for page, turns in sorted(pages.items()):
        rows[page] = {}
        for name, guess in guesses.items():
            told = predict.score(guess, turns[: options.most] if options.most else turns)
            rows[page][name] = {"turns": told.turns, "top1": round(told.top1, 3), "top3": round(told.top3, 3)}
    print_table(rows, tuple(guesses))
    means = {
        name: {kind: round(sum(row[name][kind] for row in rows.values()) / len(rows), 3) for kind in ("top1", "top3")}
        for name in guesses
    }
    print(f"{len(learnt)} episodes learnt from, {len(asked)} asked about; trained in {train_s:.0f} s")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    told_all = {
        "episodes_learnt": len(learnt),
        "episodes_asked": len(asked),
        "contributors_asked": len({episode.contributor for episode in asked}),
        "looks_trained": settings.epochs * settings.epoch_size,
        "train_s": round(train_s, 1),
        "threads": options.threads,
        "means": means,
        "pages": rows,
    }
    OUT.write_text(json.dumps(told_all, indent=2) + "\n")
    print(f"written: {OUT}")


def print_table(rows: dict[str, dict[str, dict[str, float]]], names: tuple[str, ...]) -> None:
    print(f"{'page':<32}{'turns':>6}" + "".join(f"{name:>20}" for name in names))
    print(f"{'':<38}" + "".join(f"{'top-1':>12}{'top-3':>8}" for _ in names))
    for page, row in rows.items():
        cells = "".join(f"{row[name]['top1']:>12.2f}{row[name]['top3']:>8.2f}" for name in names)
        print(f"{page:<32}{row[names[0]]['turns']:>6}{cells}")
    means = (sum(row[name][kind] for row in rows.values()) / len(rows) for name in names for kind in ("top1", "top3"))
    cells = "".join(f"{mean:>{12 if nth % 2 == 0 else 8}.3f}" for nth, mean in enumerate(means))
    print(f"{'mean of the pages':<38}{cells}")


def tell(progress: Progress) -> None:
    if sys.stderr.isatty() and progress.step % 25 == 0:
        print(f"\r{progress.share:.0%} loss {progress.loss:.2f} right {progress.accuracy:.0%}", end="", file=sys.stderr)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="a home with a dataset that was built before")
    parser.add_argument("--dataset", default="miniwob", help="its name")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--epoch-size", type=int, default=4000)
    parser.add_argument("--held-out", type=float, default=0.15, help="share of the people held out")
    parser.add_argument("--most", type=int, default=40, help="most turns asked of a page; 0: all")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
