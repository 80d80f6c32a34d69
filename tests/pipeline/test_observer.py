"""The observer effect: found where it was put, not where it wasn't, and told of no fewer than five people."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.pipeline.observer import LEAST_SESSIONS, LEVEL, K, Session, alone, change_point, group, session_of
from understudy.records.actions import Action, Episode, Step


def sessions(people: int, count: int, *, change: int | None = None, seed: int = 0) -> list[Session]:
    """Pace about 2 s with people's own level and noise; from session `change` on a quarter faster, with another app."""
    dice = np.random.default_rng(seed)
    own = dice.uniform(1.5, 3, people)
    return [
        Session(
            person=f"p{person}",
            pace_s=float(own[person] * (0.75 if change is not None and nth >= change else 1) * dice.normal(1, 0.08)),
            corrections=float(abs(dice.normal(0.1, 0.02))),
            apps={"mail": 50 + int(dice.integers(9)), "shop": 60 if change is not None and nth >= change else 10},
        )
        for nth in range(count)
        for person in range(people)
    ]


def test_a_change_of_the_group_is_found_where_it_was() -> None:
    found = {effect.measure: effect for effect in group(sessions(6, 12, change=5)).effects}
    pace, apps = found["pace"], found["applications"]
    assert pace.after == 5 and pace.people == 6 and pace.sessions == 12 and pace.p < LEVEL
    assert pace.before is not None and pace.behind == pytest.approx(0.75 * pace.before, rel=0.1)
    assert apps.after == 5 and apps.behind is not None and 0.2 < apps.behind < 0.6
    assert found["corrections"].after is None


def test_without_a_change_none_is_told() -> None:
    told = [effect.after for seed in range(12) for effect in group(sessions(5, 10, seed=seed)).effects]
    # 36 tests at a level of 0.017: two or more by chance in 12 of 100 such runs; the seeds are fixed.
    assert sum(after is not None for after in told) <= 2


def test_p_is_even_where_nothing_changes() -> None:
    dice = np.random.default_rng(4)
    ps = [change_point([dice.normal(size=(10, 1))], together=True, seed=n)[1] for n in range(60)]
    assert 0.35 < float(np.mean(ps)) < 0.65


def test_fewer_than_five_people_are_told_nothing_of() -> None:
    told = group(sessions(K - 1, 20, change=5))
    assert not told.effects and "fewer than 5 people" in told.why_not
    # A fifth person with too few sessions makes no group of five.
    few = [*sessions(K - 1, 20, change=5), *(Session(person="x", pace_s=1.0, corrections=0, apps={"a": 1}),) * 3]
    assert not group(few).effects and "fewer than 5 people" in group(few).why_not
    assert "nothing in it was recorded here" in group([]).why_not


def test_pace_that_is_not_known_of_five_is_not_told() -> None:
    told = sessions(5, 10)
    unknown = [Session(person=one.person, pace_s=None, corrections=one.corrections, apps=one.apps)
               if one.person == "p0" else one for one in told]  # fmt: skip
    assert [effect.measure for effect in group(unknown).effects] == ["corrections", "applications"]


def test_no_name_and_no_figure_of_one_person_is_in_what_is_told() -> None:
    told = group(sessions(5, 10, change=4))
    assert not any(f"p{n}" in repr(told) for n in range(5))
    assert all(effect.people >= K for effect in told.effects)


def test_alone_is_for_one() -> None:
    found = {effect.measure: effect for effect in alone(sessions(1, 16, change=8)).effects}
    assert found["pace"].after == 8 and found["pace"].people == 1
    assert f"fewer than {LEAST_SESSIONS} sessions" in alone(sessions(1, 3)).why_not
    with pytest.raises(ValueError, match="2 people"):
        alone(sessions(2, 10))


def test_a_session_of_steps() -> None:
    def step(kind: str, at_s: float, correction: str | None = None) -> Step:
        action = Action(kind=kind, start_ns=int(at_s * 1e9), end_ns=int(at_s * 1e9))  # type: ignore[arg-type]
        return Step(
            index=0, action=action, frame_seq=None, frame_age_ms=None, target=None, target_confidence="none",
            app="mail", correction=correction,  # type: ignore[arg-type]
        )  # fmt: skip

    steps = (step("click", 0), step("wait", 0.5), step("click", 2), step("click", 3, "slip"), step("click", 300))
    episode = Episode(index=0, task="", start_ns=0, end_ns=0, steps=steps, cause="end")
    assert session_of("p", [episode]) == Session(person="p", pace_s=1.5, corrections=0.25, apps={"mail": 4})
