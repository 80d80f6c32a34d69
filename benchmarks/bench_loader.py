"""How fast the training's data comes: encoding once, batches, variations, against the network's own steps.

    python benchmarks/bench_loader.py
    python benchmarks/bench_loader.py --home HOME --dataset miniwob --threads 2

By default on made-up pages of the sizes of the MiniWoB++ demonstrations (33 elements, 25 pieces in the mean); with
--home on a dataset that was built before. Writes benchmarks/out/loader.json.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from understudy.build import open_dataset
from understudy.learn.acting import Choice, Observation, Shown
from understudy.learn.augment import Augment
from understudy.learn.curriculum import Curriculum, curriculum_of
from understudy.learn.examples import LearntEpisode, Turn, episodes_of
from understudy.learn.loader import batches, order_of_epoch
from understudy.learn.model import Pointer
from understudy.learn.policy import LearntPolicy
from understudy.learn.settings import TrainingSettings
from understudy.learn.train import train
from understudy.records.geometry import Rect
from understudy.settings import Home

OUT = Path(__file__).parent / "out" / "loader.json"
T = TypeVar("T")
WINDOW = Rect(0, 0, 800, 600)
ROLES = ("push button", "link", "check box", "section", "list item")


def made_up(count: int) -> list[LearntEpisode]:
    """`count` episodes of two turns on pages of 10 to 60 elements."""
    maker = random.Random(0)
    words = ["".join(maker.choice("abcdefghilmnoprstu") for _ in range(maker.randint(3, 9))) for _ in range(2000)]
    found: list[LearntEpisode] = []
    for nth in range(count):
        shown = [Shown(role="document web", bounds=WINDOW)]
        for place in range(maker.randint(10, 56)):
            shown.append(
                Shown(
                    role=maker.choice(ROLES),
                    parent=maker.randrange(len(shown)) if maker.random() < 0.3 else 0,
                    name=" ".join(maker.choices(words, k=maker.randint(0, 3))),
                    states=("enabled", "showing"),
                    bounds=Rect(20 * (place % 30), 10 * place, 80, 10),
                    hint="div item",
                )
            )
        observation = Observation(elements=tuple(shown), bounds=WINDOW)
        targets = [maker.randrange(1, len(shown)) for _ in range(2)]
        others = " ".join(maker.choices(words, k=12))
        task = f"Find {shown[targets[0]].name} and then {shown[targets[1]].name} {others}"
        turns = tuple(Turn(observation=observation, choice=Choice(kind="click", element=each)) for each in targets)
        found.append(
            LearntEpisode(
                task=task,
                page=f"page {nth % 20}",
                outcome="success",
                contributor="c",
                recording_id=f"r{nth}",
                episode_id=f"e{nth}",
                turns=turns,
            )
        )
    return found


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    if options.home is not None:
        dataset = open_dataset(Home(options.home), options.dataset)
        episodes, read_s = timed(lambda: [each for each in episodes_of(dataset) if each.outcome != "failure"])
    else:
        episodes, read_s = made_up(options.episodes), 0.0
    settings = TrainingSettings(epochs=1, epoch_size=options.looks)
    curriculum, encode_s = timed(lambda: curriculum_of(episodes, settings))
    plain = loading(curriculum, settings, None)
    varied = loading(curriculum, settings, Augment(curriculum.table, settings.variation, 0))
    trained, train_s = timed(lambda: train(episodes, settings))
    look_s = train_s - encode_s
    choose = choosing(
        LearntPolicy(trained.network, curriculum.operations, curriculum.vocabulary), episodes[: options.choices]
    )
    looks = len(curriculum.samples)
    sizes = [len(sample.look.kept) for sample in curriculum.samples]
    rows = {
        "looks": looks,
        "elements_mean": round(float(np.mean(sizes)), 1),
        "threads": options.threads,
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "read_per_s": round(looks / read_s, 1) if read_s else None,
        "encode_per_s": round(looks / encode_s, 1),
        "batches_per_s_looks": round(plain, 1),
        "varied_per_s_looks": round(varied, 1),
        "train_per_s_looks": round(options.looks / look_s, 1),
        "train_steps_per_s": round(options.looks / settings.batch_size / look_s, 2),
        "loader_share_of_training": round(options.looks / varied / look_s, 3),
        "choose_ms": choose,
        "parameters": sum(each.numel() for each in Pointer(8, 8, settings.sizes).parameters()),
    }
    for name, value in rows.items():
        print(f"{name:<28}{value!s:>12}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(rows, indent=2) + "\n")
    print(f"written: {OUT}")


def loading(curriculum: Curriculum, settings: TrainingSettings, augment: Augment | None) -> float:
    """Looks a second that the loader gives."""
    order = order_of_epoch(curriculum.samples, 0, 0, evenness=settings.evenness, size=settings.epoch_size)

    def run() -> int:
        told = batches(
            curriculum.samples, order, curriculum.table, size=settings.batch_size, augment=augment, seed=(0, 0)
        )
        return sum(len(answers.ops) for _, answers in told)

    count, seconds = timed(run)
    return count / seconds


def choosing(policy: LearntPolicy, episodes: list[LearntEpisode]) -> dict[str, float]:
    """ms a choice on one thread: median and 95th percentile."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    times: list[float] = []
    for episode in episodes:
        for turn in episode.turns:
            began = time.perf_counter()
            policy.choose(episode.task, turn.observation, turn.done)
            times.append(1000 * (time.perf_counter() - began))
    torch.set_num_threads(threads)
    return {"p50": round(float(np.median(times)), 1), "p95": round(float(np.quantile(times, 0.95)), 1)}


def timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="a home with a dataset that was built before")
    parser.add_argument("--dataset", default="miniwob", help="its name")
    parser.add_argument("--episodes", type=int, default=400, help="made-up episodes")
    parser.add_argument("--looks", type=int, default=2000, help="looks trained on")
    parser.add_argument("--choices", type=int, default=40, help="episodes whose turns are asked")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
