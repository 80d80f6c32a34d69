"""A handful of demonstrations, told in other words: what the task names is exchanged for something else on the screen.

Five demonstrations of a keypad show few of its keys. Where the task names an element, another of the same kind could
have been named as well; then it would have stood in the sentence, and it would have been pressed. What is the same
in every demonstration (a button "Save") is never exchanged. No rule here knows a task.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

import msgspec

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.examples import LearntEpisode, Turn

COPIES = 12
"""Exchanged tellings of each demonstration, besides its own."""


def exchanged(episodes: Sequence[LearntEpisode], seed: int, copies: int = COPIES) -> list[LearntEpisode]:
    """The episodes, and `copies` of each with names exchanged; the same ones for the same seed."""
    fixed = {
        name
        for episode in episodes
        for name in _pressed(episode)
        if not _says(episode.task, name) or all(_says(each.task, name) for each in episodes)
    }
    chance = random.Random(seed)
    found = list(episodes)
    for episode in episodes:
        for _ in range(copies):
            swaps = _swaps(episode, fixed, chance)
            if swaps:
                found.append(_told(episode, swaps))
    return found


def _pressed(episode: LearntEpisode) -> list[str]:
    """The names of what was acted upon."""
    names = []
    for turn in episode.turns:
        if turn.choice.element is not None:
            names.append(turn.observation.elements[turn.choice.element].name)
    return [name for name in dict.fromkeys(names) if name]


def _says(task: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", task) is not None


def _swaps(episode: LearntEpisode, fixed: set[str], chance: random.Random) -> dict[str, str]:
    """Which name becomes which, both ways."""
    swaps: dict[str, str] = {}
    for turn in episode.turns:
        at = turn.choice.element
        target = turn.observation.elements[at] if at is not None else None
        if target is None or not target.name or target.name in fixed or not _says(episode.task, target.name):
            continue
        others = [
            each.name
            for each in turn.observation.elements
            if each.role == target.role and each.name not in ("", target.name, *fixed, *swaps)
        ]
        if target.name in swaps or not others:
            continue
        other = chance.choice(others)
        if "<" in other + target.name:
            continue
        swaps[target.name], swaps[other] = other, target.name
    return {name: other for name, other in swaps.items() if name != other}


def _told(episode: LearntEpisode, swaps: Mapping[str, str]) -> LearntEpisode:
    words = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in sorted(swaps, key=len, reverse=True)))

    def said(text: str) -> str:
        return words.sub(lambda found: swaps[found.group()], text)

    def shown(each: Shown) -> Shown:
        if each.name not in swaps and each.text not in swaps:
            return each
        return msgspec.structs.replace(each, name=swaps.get(each.name, each.name), text=swaps.get(each.text, each.text))

    def seen(observation: Observation) -> Observation:
        return msgspec.structs.replace(observation, elements=tuple(map(shown, observation.elements)))

    def chosen(choice: Choice) -> Choice:
        return msgspec.structs.replace(choice, text=swaps.get(choice.text, choice.text)) if choice.text else choice

    def done(each: Done) -> Done:
        target = shown(each.target) if each.target is not None else None
        return msgspec.structs.replace(each, choice=chosen(each.choice), target=target)

    def turn(each: Turn) -> Turn:
        return msgspec.structs.replace(
            each, observation=seen(each.observation), choice=chosen(each.choice), done=tuple(map(done, each.done))
        )

    return msgspec.structs.replace(
        episode,
        task=said(episode.task),
        turns=tuple(map(turn, episode.turns)),
        end=seen(episode.end) if episode.end is not None else None,
    )
