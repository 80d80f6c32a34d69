"""Each stage between a hand and a policy is needed: broken on purpose, it costs more than twenty points.

Demonstrations on a made-up desktop go through the real guard, reducing, grounding and training; what is held out is
judged by the next action. `benchmarks/bench_teach.py --sabotage` does the same on a real desktop, judged by success.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import pytest
import torch

from benchmarks.tasks import sabotage, simulated
from understudy.cli.teach_learn import FEW, ended, learn_from
from understudy.learn.acting import Choice, Policy
from understudy.learn.examples import LearntEpisode, Turn
from understudy.learn.model import Sizes

HELD_OUT = 1_000
LEARN = msgspec.structs.replace(FEW, epochs=4, epoch_size=320, sizes=Sizes(width=48, layers=2))
COST = 0.20


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def held_out() -> list[LearntEpisode]:
    return sabotage.episodes(simulated.recordings(HELD_OUT, 10))


def taught(broken: sabotage.Stage | None) -> list[LearntEpisode]:
    return sabotage.episodes(simulated.recordings(0, 6, slips=(2,)), broken)


def accuracy(policy: Policy, episodes: Sequence[LearntEpisode]) -> float:
    """Share of the turns at which the policy does what the person did."""
    turns = [(episode.task, turn) for episode in episodes for turn in episode.turns]
    right = [right_at(policy.choose(task, turn.observation, turn.done), turn) for task, turn in turns]
    return sum(right) / len(right)


def right_at(choice: Choice, turn: Turn) -> bool:
    wanted = turn.choice
    return (choice.kind, choice.element, choice.text) == (wanted.kind, wanted.element, wanted.text)


@pytest.fixture(scope="module")
def learnt() -> Policy:
    return learn_from(taught(None), LEARN)


@pytest.fixture(scope="module")
def whole(learnt: Policy, held_out: list[LearntEpisode]) -> float:
    return accuracy(learnt, held_out)


def test_what_is_whole_is_learnt(whole: float, held_out: list[LearntEpisode]) -> None:
    demonstrated = {episode.task for episode in taught(None)}
    assert not demonstrated & {episode.task for episode in held_out}
    assert whole >= 0.75


def test_the_end_is_learnt_from_what_was_there_in_the_end(learnt: Policy, held_out: list[LearntEpisode]) -> None:
    ends = [(episode.task, ended(episode).turns[-1]) for episode in held_out]
    assert all(turn.choice.kind == "stop" and turn.observation.elements for _, turn in ends)
    stopped = [learnt.choose(task, turn.observation, turn.done).kind == "stop" for task, turn in ends]
    assert sum(stopped) >= 0.8 * len(stopped)


@pytest.mark.parametrize("broken", sabotage.STAGES)
def test_a_broken_stage_costs_twenty_points(
    broken: sabotage.Stage, whole: float, held_out: list[LearntEpisode]
) -> None:
    assert accuracy(learn_from(taught(broken), LEARN), held_out) <= whole - COST
