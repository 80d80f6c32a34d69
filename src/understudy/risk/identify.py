"""Attacks that look for people: whose session is this, by how they move, type and work?

The attacker knows some sessions of everybody and is shown others, as the dataset tells them. For each thing that he
may look at (a `Sight`), a new attacker learns on the known ones and names the makers of the others, from one window of
steps, from ten in a row, and from the whole session.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from understudy.risk.scores import Found, Scores, found, pooled
from understudy.risk.sessions import Session, Split, rows_of, windows
from understudy.risk.traits import Numbers, View

FEWEST_PEOPLE = 10
"""Among fewer, one person more or less found moves rank-1 by more than a tenth: no figure is told."""
WINDOW_STEPS = (5, 20)
"""Steps a window. Short ones are many, long ones show pace and reach; the attacker tries both."""
POOLS: tuple[int | None, ...] = (1, 10, None)
"""How many windows of a session are taken together; None for all."""
MOST_TRIALS = 40
"""Of each person and pool: more are thinned evenly."""

AttackerName = Literal["forest", "recurrent"]
Labels = npt.NDArray[np.int64]


class Attacker(Protocol):
    """Learns from known windows; then tells how likely each person made a window."""

    def learn(self, windows: Numbers, whose: Labels, people: int) -> None:
        """`windows` (n, steps, numbers) of known people, `whose` (n,) from 0 to `people` - 1."""

    def tell(self, windows: Numbers) -> Scores:
        """(n, people): logarithms of how likely each is."""


@dataclass(frozen=True)
class Sight:
    """What an attacker looks at. `words` finishes the sentence "people are looked for by …"."""

    name: str
    views: tuple[View, ...]
    words: str


SIGHTS = (
    Sight("paths", ("paths",), "how the pointer moves and where in its target a press lands"),
    Sight("pace", ("pace",), "when steps begin and how long they take"),
    Sight("keys", ("keys",), "how long keys are held and what lies between them"),
    Sight("hand", ("paths", "pace", "keys", "choices"), "everything that the hand does: paths, pace, keys, choices"),
    Sight("places", ("places",), "where on the screen things were, and how large it is"),
    Sight("work", ("work",), "programs, pages and elements used"),
    Sight("everything", ("paths", "pace", "keys", "choices", "places", "work"), "all of it together"),
)
"""Every attack. "hand" is what the motion and timing levels are for; "places" and "work" are kept at every level."""


@dataclass(frozen=True)
class Attack:
    """One attacker's findings. `pool` None: all windows of a session together."""

    sight: str
    attacker: AttackerName
    window_steps: int
    pool: int | None
    found: Found


@dataclass(frozen=True)
class Refused:
    """An attack that was not made, and why no figure would mean anything."""

    sight: str
    why: str


@dataclass(frozen=True)
class Identified:
    """All attacks on one dataset. `people` had sessions enough, of `contributors` in it."""

    people: int
    contributors: int
    known: int
    sought: int
    attacks: tuple[Attack, ...]
    refused: tuple[Refused, ...]


Make = Callable[[AttackerName], Attacker]
Tell = Callable[[str, int, int], None]
"""(what is under way, attacks done, attacks in all)"""


def identify(
    parted: Split,
    make: Make,
    *,
    contributors: int,
    seed: int,
    sights: Sequence[Sight] = SIGHTS,
    attackers: Sequence[AttackerName] = ("forest", "recurrent"),
    window_steps: Sequence[int] = WINDOW_STEPS,
    tell: Tell = lambda _what, _done, _total: None,
) -> Identified:
    """Attack with every attacker, on every sight, with windows of each length. `make` gives an attacker who knows
    nothing yet. The recurrent net reads the combined sights only: alone each is a part of them.
    """
    attacks: list[Attack] = []
    refused: list[Refused] = []
    plan = [
        (sight, attacker, steps)
        for sight in sights
        for attacker in attackers
        for steps in window_steps
        if attacker == "forest" or (len(sight.views) > 1 and steps == max(window_steps))
    ]
    if parted.people < FEWEST_PEOPLE:
        why = (
            f"{parted.people} of {contributors} people have two sessions or more; below {FEWEST_PEOPLE} a share of "
            "people found is no figure"
        )
        return Identified(
            parted.people, contributors, len(parted.known), len(parted.sought), (),
            tuple(Refused(sight.name, why) for sight in sights),
        )  # fmt: skip
    empty = {sight.name for sight in sights if not _told(parted.known, sight)}
    refused += [Refused(name, "this dataset tells nothing of it") for name in sorted(empty)]
    plan = [one for one in plan if one[0].name not in empty]
    for done, (sight, attacker, steps) in enumerate(plan):
        tell(f"{sight.name}, {attacker}, windows of {steps} steps", done, len(plan))
        attacks += _attack(parted, make(attacker), sight, attacker, steps, seed)
    tell("", len(plan), len(plan))
    return Identified(
        parted.people, contributors, len(parted.known), len(parted.sought), tuple(attacks), tuple(refused)
    )


def _told(sessions: Sequence[Session], sight: Sight) -> bool:
    """Whether anything of it differs at all, anywhere."""
    for view in sight.views:
        stacked = np.concatenate([session.traits[view] for session in sessions])
        there = np.where(np.isfinite(stacked), stacked, -1.0)
        if (there != there[0]).any():
            return True
    return False


def _attack(parted: Split, attacker: Attacker, sight: Sight, name: AttackerName, steps: int, seed: int) -> list[Attack]:
    known = [(session.person, windows(rows_of(session, sight.views), steps)) for session in parted.known]
    attacker.learn(
        np.concatenate([shown for _, shown in known]),
        np.concatenate([np.full(len(shown), person, np.int64) for person, shown in known]),
        parted.people,
    )
    told = [(session.person, attacker.tell(windows(rows_of(session, sight.views), steps))) for session in parted.sought]
    made: list[Attack] = []
    for pool in POOLS:
        trials = [(person, _thin(pooled(scores, pool))) for person, scores in told]
        result = found(
            np.concatenate([scores for _, scores in trials]),
            np.concatenate([np.full(len(scores), person, np.int64) for person, scores in trials]),
            seed=seed,
        )
        made.append(Attack(sight.name, name, steps, pool, result))
    return made


def _thin(trials: Scores) -> Scores:
    if len(trials) <= MOST_TRIALS:
        return trials
    kept: Scores = trials[np.linspace(0, len(trials) - 1, MOST_TRIALS).astype(np.int64)]
    return kept
