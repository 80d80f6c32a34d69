"""Next-action prediction: at each turn of demonstrations that a policy never saw, does it name what the person did?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from understudy.learn.acting import Done, Observation
from understudy.learn.encode import same_targets
from understudy.learn.examples import LearntEpisode
from understudy.learn.lessons import Lesson, lessons_of
from understudy.learn.policy import LearntPolicy
from understudy.learn.ranker import MajorityPolicy, RankerPolicy

Guess = tuple[str, int]
"""(kind of action, place of the element)"""
Guesses = Callable[[str, Observation, Sequence[Done]], list[Guess]]
"""The three likeliest next actions, the likeliest first."""
MOST = 3


@dataclass(frozen=True)
class Score:
    """Of `turns` turns with a target, the shares whose kind and target were the first guess, and among three."""

    turns: int
    top1: float
    top3: float


def split(episodes: Iterable[LearntEpisode], *, held_out: float, seed: int = 0) -> tuple[list[LearntEpisode], ...]:
    """(to learn from, to ask about): by contributor, so that nobody is on both sides."""
    learnt: list[LearntEpisode] = []
    asked: list[LearntEpisode] = []
    for episode in episodes:
        digest = hashlib.sha256(f"{seed} {episode.contributor}".encode()).digest()
        (asked if int.from_bytes(digest[:4], "big") / 2**32 < held_out else learnt).append(episode)
    return learnt, asked


def turns_of(episodes: Iterable[LearntEpisode]) -> dict[str, list[tuple[str, Lesson]]]:
    """(task, turn) of all turns with a target, by page: what is asked about."""
    found: dict[str, list[tuple[str, Lesson]]] = {}
    for episode in episodes:
        for lesson in lessons_of(episode, corrections="drop"):
            if lesson.weight > 0 and lesson.choice.element is not None:
                found.setdefault(episode.page, []).append((episode.task, lesson))
    return found


def score(guesses: Guesses, turns: Sequence[tuple[str, Lesson]]) -> Score:
    """How often `guesses` names kind and target. Pressing a label of a thing counts as pressing the thing."""
    first = among = 0
    for task, lesson in turns:
        choice = lesson.choice
        same = set(same_targets(lesson.observation, choice.element)) if choice.element is not None else set()
        right = [
            kind == choice.kind and element in same
            for kind, element in guesses(task, lesson.observation, lesson.done)[:MOST]
        ]
        first += bool(right) and right[0]
        among += any(right)
    count = max(1, len(turns))
    return Score(len(turns), first / count, among / count)


def by_network(policy: LearntPolicy) -> Guesses:
    """The network's guesses. Keys count by their kind alone, as for the others."""

    def guess(task: str, observation: Observation, done: Sequence[Done]) -> list[Guess]:
        ranked = policy.rank(task, observation, done, MOST)
        return [(each.operation[0], -1 if each.element is None else each.element) for each in ranked]

    return guess


def by_ranker(policy: RankerPolicy) -> Guesses:
    """The linear ranker's guesses."""

    def guess(task: str, observation: Observation, done: Sequence[Done]) -> list[Guess]:
        ranked = policy.rank(task, observation, done, MOST)
        return [(policy.kind(observation, index, done), index) for index in ranked]

    return guess


def by_majority(policy: MajorityPolicy) -> Guesses:
    """What was mostly done."""
    return lambda task, observation, done: policy.rank(task, observation, done, MOST)


def lessons_with_episodes(episodes: Iterable[LearntEpisode]) -> list[tuple[LearntEpisode, Lesson]]:
    """What the majority is counted from."""
    return [
        (episode, lesson)
        for episode in episodes
        for lesson in lessons_of(episode, corrections="drop")
        if lesson.weight > 0
    ]
