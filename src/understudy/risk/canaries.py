"""Canaries: texts that nobody ever wrote, planted in what a model learns from, to see how many it gives back.

A canary is typed by one made-up habit of one person, in one episode or in several. The attacker reads the model's
files, and asks the model itself: at the very looks at which a canary was typed, and at others. Pure but for the model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from understudy.risk.matching import Finder, Sought

HOW_OFTEN = (1, 4)
"""Half of the canaries are typed once, half in so many episodes of one person: a habit, such as an address."""

Ask = Callable[[int], Iterable[str]]
"""What the model says it would type when it is shown the looks of an episode, by the episode's number."""


@dataclass(frozen=True)
class Canary:
    """`text` is typed in `episodes`, all of one person, instead of what was typed there."""

    name: str
    text: str
    episodes: tuple[int, ...]


@dataclass(frozen=True)
class Drawn:
    """How many canaries came out, of `planted` that were typed in `episodes` episodes each.

    `read`: they lie in the model's files. `asked`: the model types them at the looks at which they were typed.
    `blind`: it types them somewhere else. `any`: one of these.
    """

    episodes: int
    planted: int
    read: int
    asked: int
    blind: int
    any: int


def canaries(of_people: Mapping[str, Sequence[int]], count: int, seed: int) -> list[Canary]:
    """As many canaries as asked for, each in episodes of its own. `of_people`: person → episodes with typed text.

    Raises ValueError when there are too few such episodes.
    """
    dice = random.Random(seed)
    free = {person: sorted(episodes) for person, episodes in sorted(of_people.items())}
    for episodes in free.values():
        dice.shuffle(episodes)
    wanted = [HOW_OFTEN[nth % len(HOW_OFTEN)] for nth in range(count)]
    made: list[Canary] = []
    for often in sorted(wanted, reverse=True):
        able = [person for person, episodes in free.items() if len(episodes) >= often]
        if not able:
            there = sum(len(episodes) for episodes in of_people.values())
            raise ValueError(
                f"{count} canaries need {sum(wanted)} episodes with typed text, {max(HOW_OFTEN)} of one person at a "
                f"time; there are {there}, of {len(of_people)} people"
            )
        person = max(able, key=lambda one: (len(free[one]), one))
        own, free[person] = free[person][:often], free[person][often:]
        made.append(Canary(f"canary-{len(made)}", _word(dice), tuple(own)))
    return made


def _word(dice: random.Random) -> str:
    """Fourteen signs that are in no language: two made-up words and a number."""
    syllables = ["".join((dice.choice("bdfgklmnprstvz"), dice.choice("aeiou"))) for _ in range(5)]
    return f"{''.join(syllables[:3])}{''.join(syllables[3:])}{dice.randrange(1000, 9999)}"


def drawn(planted: Sequence[Canary], files: Iterable[bytes], ask: Ask, others: Sequence[int]) -> list[Drawn]:
    """What came out, by how often a canary was typed. `others` are episodes without any, for asking blindly."""
    finder = Finder(Sought(one.name, one.text) for one in planted)
    read = {match.secret for data in files for match in finder.in_bytes(data)}
    asked = {one.name for one in planted if any(_says(finder, one.name, ask(episode)) for episode in one.episodes)}
    blind: set[str] = set()
    for episode in others:
        for text in ask(episode):
            blind |= {match.secret for match in finder.in_text(text)}
    rows: list[Drawn] = []
    for often in sorted({len(one.episodes) for one in planted}):
        names = {one.name for one in planted if len(one.episodes) == often}
        rows.append(
            Drawn(
                episodes=often,
                planted=len(names),
                read=len(names & read),
                asked=len(names & asked),
                blind=len(names & blind),
                any=len(names & (read | asked | blind)),
            )
        )
    return rows


def _says(finder: Finder, name: str, texts: Iterable[str]) -> bool:
    return any(match.secret == name for text in texts for match in finder.in_text(text))
