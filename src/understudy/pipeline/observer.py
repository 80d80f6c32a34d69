"""The observer effect: did the way of working change after the recording began? Over a group, or for oneself alone.

Three measures a session: pace (median seconds from one action to the next), corrections (share of steps that are part
of one) and applications (share of actions in each). For each, a change-point test asks whether there is a session after
which it was otherwise. CUSUM after E. S. Page, "Continuous inspection schemes" (1954), its significance by shuffling
the order of the sessions after W. A. Taylor, "Change-point analysis: a powerful new tool for detecting changes" (2000):
if nothing changed with time, any order is as likely as the one seen.

Nothing here gives a figure about one person to anybody else: `group` refuses fewer than `K` people, and what it tells
is a mean over all of them.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from understudy.records.actions import Episode

Measure = Literal["pace", "corrections", "applications"]
MEASURES: tuple[Measure, ...] = ("pace", "corrections", "applications")

K = 5
"""Fewest people over whom anything is told."""
LEAST_SESSIONS = 6
"""Fewest sessions of a person in which a change can show: of 6 there are 720 orders, so p can reach 0.01."""
MOST_GAP_S = 60.0
"""A longer gap between two actions is a break or reading, no pace."""
SHUFFLES = 999
LEVEL = 0.05 / 3
"""p below which a change is told: 0.05 over the three measures (Bonferroni)."""

Array = npt.NDArray[np.float64]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One recording of a person, in the order in which they were made.

    `pace_s` None where too little was done to tell; `corrections` from 0 to 1; `apps` counts actions by application.
    """

    person: str
    pace_s: float | None
    corrections: float
    apps: Mapping[str, int]


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What the test found for one measure.

    `after`: the change lies behind this session (counted from 1), None where none is significant. `before` and `behind`
    are the means on both sides (pace in s, corrections as a share); for applications `before` is None and `behind` the
    share of actions that went to other applications than before. `p` is the test's.
    """

    measure: Measure
    people: int
    sessions: int
    p: float
    after: int | None = None
    before: float | None = None
    behind: float | None = None


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """The effects, or (none) why they are not told, in words."""

    effects: tuple[Effect, ...] = ()
    why_not: str = ""


def session_of(person: str, episodes: Sequence[Episode]) -> Session:
    """What a recording's episodes (corrections labelled) tell for the test."""
    gaps: list[float] = []
    acted = [[step for step in episode.steps if step.action.kind != "wait"] for episode in episodes]
    for steps in acted:
        for one, two in itertools.pairwise(steps):
            gap_s = (two.action.start_ns - one.action.start_ns) / 1e9
            if gap_s <= MOST_GAP_S:
                gaps.append(gap_s)
    flat = [step for steps in acted for step in steps]
    apps: dict[str, int] = defaultdict(int)
    for step in flat:
        apps[step.app] += 1
    return Session(
        person=person,
        pace_s=float(np.median(gaps)) if gaps else None,
        corrections=sum(step.correction is not None for step in flat) / max(1, len(flat)),
        apps=dict(apps),
    )


def group(sessions: Sequence[Session], *, seed: int = 0) -> Observed:
    """The effects over all people with enough sessions; none when these are fewer than `K`.

    Sessions stand in order of time. Of each person as many of the first ones are taken as at least `K` people have.
    """
    if not sessions:
        return Observed(why_not="nothing in it was recorded here from a first session on: it is imported or made up")
    people = [listed for listed in _by_person(sessions) if len(listed) >= LEAST_SESSIONS]
    if len(people) < K:
        return Observed(
            why_not=f"fewer than {K} people have {LEAST_SESSIONS} sessions or more, and it is told over groups only"
        )
    length = sorted((len(listed) for listed in people), reverse=True)[K - 1]
    return _effects([listed[:length] for listed in people if len(listed) >= length], seed)


def alone(sessions: Sequence[Session], *, seed: int = 0) -> Observed:
    """The effects in one's own sessions, for that person's eyes only. Raises ValueError for several people's."""
    people = _by_person(sessions)
    if len(people) > 1:
        raise ValueError(f"one's own sessions were expected, not those of {len(people)} people")
    if not people or len(people[0]) < LEAST_SESSIONS:
        return Observed(why_not=f"fewer than {LEAST_SESSIONS} sessions were recorded")
    return _effects(people, seed)


def _by_person(sessions: Sequence[Session]) -> list[list[Session]]:
    found: dict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        found[session.person].append(session)
    return list(found.values())


def _effects(people: Sequence[Sequence[Session]], seed: int) -> Observed:
    return Observed(effects=tuple(effect for measure in MEASURES if (effect := _effect(people, measure, seed))))


def _effect(people: Sequence[Sequence[Session]], measure: Measure, seed: int) -> Effect | None:
    """The test of one measure; None where it isn't known of every session of enough people."""
    series = [told for listed in people if (told := _series(listed, measure)) is not None]
    if len(series) < min(K, len(people)):
        return None
    after, p = change_point(series, together=measure != "applications", seed=seed)
    effect = Effect(measure=measure, people=len(series), sessions=len(series[0]), p=round(p, 3))
    if p >= LEVEL:
        return effect
    if measure == "applications":
        moved = np.mean([np.abs(one[:after].mean(axis=0) - one[after:].mean(axis=0)).sum() / 2 for one in series])
        return msgspec.structs.replace(effect, after=after, behind=round(float(moved), 2))
    before = float(np.mean([one[:after].mean() for one in series]))
    behind = float(np.mean([one[after:].mean() for one in series]))
    return msgspec.structs.replace(effect, after=after, before=round(before, 2), behind=round(behind, 2))


def _series(sessions: Sequence[Session], measure: Measure) -> Array | None:
    """float64 (sessions, values): one value, or a share of each application."""
    if measure == "pace":
        paces = [session.pace_s for session in sessions if session.pace_s is not None]
        return np.array(paces)[:, None] if len(paces) == len(sessions) else None
    if measure == "corrections":
        return np.array([session.corrections for session in sessions])[:, None]
    if measure == "applications":
        names = sorted({name for session in sessions for name in session.apps})
        counts = np.array([[session.apps.get(name, 0) for name in names] for session in sessions], dtype=np.float64)
        totals = counts.sum(axis=1, keepdims=True)
        return counts / totals if len(names) and bool((totals > 0).all()) else None
    raise ValueError(f"no measure is called {measure!r}")


def change_point(series: Sequence[Array], *, together: bool, seed: int = 0) -> tuple[int, float]:
    """After how many sessions the change lies that is the likeliest, and how likely as large a one is by chance.

    `series`: for each person float64 (sessions, values), all of one length. `together`: the people's values, each
    person's scaled to a spread of 1, are averaged, so that only a change in one direction counts; else any change at
    the same time does.
    """
    scaled = [_scaled(one)[None] for one in series]
    seen = _departures(scaled, together=together)[0]
    after = int(seen.argmax())
    dice = np.random.default_rng(seed)
    shuffled = [one[0, dice.permuted(np.tile(np.arange(one.shape[1]), (SHUFFLES, 1)), axis=1)] for one in scaled]
    as_large = (_departures(shuffled, together=together).max(axis=1) >= seen[after] - 1e-12).sum()
    return after + 1, float(1 + as_large) / (1 + SHUFFLES)


def _scaled(one: Array) -> Array:
    centred: Array = one - one.mean(axis=0, keepdims=True)
    spread = float(np.sqrt((centred**2).sum(axis=1).mean()))
    return centred / spread if spread > 0 else centred


def _departures(series: Sequence[Array], *, together: bool) -> Array:
    """How far the running sums of what is centred lie from 0 after each session but the last.

    `series`: for each person float64 (orders, sessions, values); gives float64 (orders, sessions - 1).
    """
    sums = [one.cumsum(axis=1)[:, :-1] for one in series]
    if together:
        departures: Array = np.abs(np.mean(sums, axis=0)).sum(axis=2)
        return departures
    apart: Array = np.sum([np.abs(each).sum(axis=2) for each in sums], axis=0)
    return apart
