"""The yardstick: a linear ranker over elements with hand-made features, one model a page; and policies that learn less.

A conditional logit, as the published one: among the elements shown, the likelier is the one whose features fit best.
What kind of action it is comes from how often each was done to that kind of element at that place in the episode.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.examples import LearntEpisode
from understudy.learn.lessons import ENTRIES, Lesson, lessons_of
from understudy.learn.pieces import pieces_of

ROLES = (
    *("push button", "link", "entry", "password text", "check box", "radio button", "combo box", "menu item"),
    *("list item", "page tab", "heading", "section", "static", "image", "spin button", "date editor", "label"),
)
MATCHES = 9
FEATURES = len(ROLES) + MATCHES + 10
ROUNDS, RATE, RIDGE = 150, 0.5, 1e-3
STEPS = 6
"""Places in an episode that kinds of actions are counted apart for; later ones count as the last."""


class Fitted(NamedTuple):
    """One page's ranker: a weight a feature, and what is done to elements of a role at a place in the episode."""

    weights: npt.NDArray[np.float64]
    kinds: dict[tuple[str, int], Choice]
    likely: Choice


class RankerPolicy:
    """The linear ranker as a policy. A page is told by its title; one that it never saw it stops at."""

    def __init__(self, pages: dict[str, Fitted]) -> None:
        self._pages = pages

    def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        """The element that fits best, and what is mostly done to such."""
        ranked = self.rank(task, observation, done, 1)
        if not ranked:
            return Choice(kind="stop")
        element = observation.elements[ranked[0]]
        kind = kind_for(self._pages[observation.title], element, done)
        text = quoted(task, done) if kind.kind == "type" else ""
        return Choice(kind=kind.kind, element=ranked[0], text=text, keys=kind.keys, button=kind.button)

    def kind(self, observation: Observation, element: int, done: Sequence[Done]) -> str:
        """What is mostly done to an element of a page that it knows."""
        return kind_for(self._pages[observation.title], observation.elements[element], done).kind

    def rank(self, task: str, observation: Observation, done: Sequence[Done], most: int) -> list[int]:
        """The `most` best elements, the best first; none for a page that it never saw."""
        fitted = self._pages.get(observation.title)
        if fitted is None or not observation.elements:
            return []
        scores = features(task, observation, done) @ fitted.weights
        return [int(index) for index in np.argsort(-scores, kind="stable")[:most]]


class RandomPolicy:
    """Chooses among all elements alike, and types a word of the task into fields."""

    def __init__(self, seed: int = 0) -> None:
        self._maker = random.Random(seed)

    def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        """A click on any element, or a word of the task where it is a field."""
        if not observation.elements:
            return Choice(kind="wait")
        index = self._maker.randrange(len(observation.elements))
        words = [piece.text for piece in pieces_of(task)]
        if observation.elements[index].role in ENTRIES and words and self._maker.random() < 0.5:
            return Choice(kind="type", element=index, text=self._maker.choice(words))
        return Choice(kind="click", element=index, button="left")


class MajorityPolicy:
    """Does at each place of an episode what was mostly done there on the page, to the element of that role and name."""

    def __init__(self, lessons: Sequence[tuple[LearntEpisode, Lesson]]) -> None:
        counts: dict[tuple[str, int], Counter[tuple[str, str, str, str]]] = {}
        for episode, lesson in lessons:
            choice = lesson.choice
            if choice.element is None:
                continue
            element = lesson.observation.elements[choice.element]
            key = episode.page, min(len(lesson.done), STEPS)
            counts.setdefault(key, Counter())[(choice.kind, element.role, element.name, choice.text)] += 1
        self._counts = counts

    def rank(self, task: str, observation: Observation, done: Sequence[Done], most: int) -> list[tuple[str, int]]:
        """The `most` commonest (kind, element) that are there."""
        return [(kind, index) for kind, index, _ in self._there(observation, done)][:most]

    def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        """The commonest that is there; stops where nothing is."""
        for kind, index, text in self._there(observation, done):
            if kind == "type":
                return Choice(kind="type", element=index, text=text)
            return Choice(kind="click", element=index, button="left")
        return Choice(kind="stop")

    def _there(self, observation: Observation, done: Sequence[Done]) -> Iterator[tuple[str, int, str]]:
        counted = self._counts.get((observation.title, min(len(done), STEPS)), Counter())
        first = {(element.role, element.name): index for index, element in reversed([*enumerate(observation.elements)])}
        for (kind, role, name, text), _ in counted.most_common():
            if (role, name) in first:
                yield kind, first[role, name], text


def fit(episodes: Sequence[LearntEpisode]) -> RankerPolicy:
    """A ranker for each page of the episodes; deterministic."""
    pages: dict[str, list[tuple[str, Lesson]]] = {}
    for episode in episodes:
        for lesson in lessons_of(episode, corrections="drop"):
            if lesson.weight > 0 and lesson.choice.element is not None:
                pages.setdefault(lesson.observation.title, []).append((episode.task, lesson))
    return RankerPolicy({page: _fit(lessons) for page, lessons in sorted(pages.items())})


def _fit(lessons: Sequence[tuple[str, Lesson]]) -> Fitted:
    looks = [features(task, lesson.observation, lesson.done) for task, lesson in lessons]
    targets = [int(lesson.choice.element or 0) for _, lesson in lessons]
    rows = np.concatenate(looks)
    starts = np.cumsum([0, *(len(look) for look in looks)])
    owner = np.repeat(np.arange(len(looks)), [len(look) for look in looks])
    wanted = rows[starts[:-1] + np.array(targets)].sum(0)
    weights = np.zeros(FEATURES)
    memory = np.full(FEATURES, 1e-8)
    for _ in range(ROUNDS):
        scores = rows @ weights
        scores -= np.maximum.reduceat(scores, starts[:-1])[owner]
        chances = np.exp(scores)
        chances /= np.add.reduceat(chances, starts[:-1])[owner]
        slope = (wanted - chances @ rows) / len(looks) - RIDGE * weights
        memory += slope**2
        weights += RATE * slope / np.sqrt(memory)
    counts: dict[tuple[str, int], Counter[Choice]] = {}
    overall: Counter[Choice] = Counter()
    for _, lesson in lessons:
        element = lesson.observation.elements[int(lesson.choice.element or 0)]
        told = Choice(kind=lesson.choice.kind, keys=lesson.choice.keys, button=lesson.choice.button)
        counts.setdefault((element.role, _repeats(element, lesson.done)), Counter())[told] += 1
        overall[told] += 1
    kinds = {key: found.most_common(1)[0][0] for key, found in counts.items()}
    return Fitted(weights, kinds, overall.most_common(1)[0][0])


def kind_for(fitted: Fitted, element: Shown, done: Sequence[Done]) -> Choice:
    """What is mostly done to such an element, by how often it was acted upon already."""
    return fitted.kinds.get((element.role, _repeats(element, done)), fitted.likely)


def _repeats(element: Shown, done: Sequence[Done]) -> int:
    same = [each for each in done if each.target is not None and _alike(each.target, element)]
    return min(len(same), 2)


def _alike(one: Shown, other: Shown) -> bool:
    return (one.role, one.name, one.bounds) == (other.role, other.name, other.bounds)


def quoted(task: str, done: Sequence[Done]) -> str:
    """The first quoted text of the task that was not typed yet, else its last word."""
    typed = {each.choice.text for each in done if each.choice.kind == "type"}
    parts = task.split('"')[1::2]
    left = [part for part in parts if part not in typed] or parts
    words = [piece.text for piece in pieces_of(task) if piece.text[0].isalnum() or piece.text[0] == "<"]
    return left[0] if left else words[-1] if words else ""


def features(task: str, observation: Observation, done: Sequence[Done]) -> npt.NDArray[np.float64]:
    """float64 (n, FEATURES): role, how the name matches the task's words, place, state, what was done to it."""
    folded = task.casefold()
    words = [piece.text.casefold() for piece in pieces_of(task) if piece.text[0].isalnum()]
    said = set(words)
    window = observation.bounds
    out = np.zeros((len(observation.elements), FEATURES))
    for index, element in enumerate(observation.elements):
        row = out[index]
        if element.role in ROLES:
            row[ROLES.index(element.role)] = 1
        at = len(ROLES)
        name = element.name.casefold()
        pieces = [piece.text.casefold() for piece in pieces_of(name) if piece.text[0].isalnum()]
        hints = [piece.text.casefold() for piece in pieces_of(element.hint)]
        shared = [piece for piece in pieces if piece in said]
        row[at] = bool(name) and name in folded
        row[at + 1] = bool(name) and f'"{name}"' in folded
        row[at + 2] = len(shared) / len(pieces) if pieces else 0
        row[at + 3] = bool(pieces) and len(shared) == len(pieces)
        row[at + 4] = bool(said & set(hints))
        row[at + 5] = bool(name) and bool(words) and words[-1] in pieces
        row[at + 6] = bool(pieces) and pieces[0] in said
        row[at + 7] = bool(name) and name in ("submit", "ok", "search", "login")
        row[at + 8] = bool(name)
        at += MATCHES
        before = [each for each in done if each.target is not None and _alike(each.target, element)]
        row[at] = bool(before)
        row[at + 1] = bool(before) and done[-1] in before
        row[at + 2] = "focused" in element.states
        row[at + 3] = "checked" in element.states or "selected" in element.states
        row[at + 4] = element.value_class == "empty"
        if element.bounds is not None and window.height > 0 and window.width > 0:
            row[at + 5] = (element.bounds.y - window.y) / window.height
            row[at + 6] = (element.bounds.x - window.x) / window.width
            row[at + 7] = min(1.0, element.bounds.width * element.bounds.height / (window.width * window.height))
        row[at + 8] = min(len(done), STEPS) / STEPS * (element.role == "push button")
        row[at + 9] = min(len(done), STEPS) / STEPS * (element.role in ENTRIES)
    return out
