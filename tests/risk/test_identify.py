from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from understudy.risk.attackers import Forest, Recurrent
from understudy.risk.identify import FEWEST_PEOPLE, SIGHTS, AttackerName, Identified, identify
from understudy.risk.quasi import shared
from understudy.risk.sessions import Session, Split, split, windows
from understudy.risk.telling import figures, lines, strongest
from understudy.risk.traits import VIEWS, traits

PEOPLE = 12


def step(nth: int, **changes: object) -> dict[str, object]:
    told: dict[str, object] = {
        "step_id": f"s{nth}", "episode_id": "e", "kind": "click", "start_ms": 1000 * nth, "duration_ms": None,
        "x": 100 * (nth % 7), "y": 50 * (nth % 5), "to_x": None, "to_y": None, "button": "left", "modifiers": [],
        "keys": [], "count": 1, "text": "", "corrections": 0, "scroll_x": 0, "scroll_y": 0, "frame_age_ms": 0.0,
        "screen_width": 1920, "screen_height": 1080, "target_x": None, "target_y": None, "target_width": None,
        "target_height": None, "app": "app", "window_title": "", "url": "", "target_role": "button",
        "target_name": "OK",
    }  # fmt: skip
    return told | changes


def session(person: int, seed: int, *, paced: bool, keyed: bool = False, steps: int = 60) -> Session:
    """A session of somebody whose pace (and whose keys) are their own, where they are told at all."""
    dice = np.random.default_rng(1000 * person + seed)
    now, rows, keys = 0, [], {}
    for nth in range(steps):
        now += int(dice.normal(800 + 150 * person, 60)) if paced else 1000
        rows.append(step(nth, start_ms=now, x=int(dice.integers(0, 1900)), y=int(dice.integers(0, 1000))))
        if keyed:
            keys[f"s{nth}"] = [{"dwell_ms": 50 + 9 * person + int(dice.integers(0, 9)), "flight_ms": 100}]
    return Session(person, steps, traits(rows, {}, keys))  # type: ignore[arg-type]


def parted(people: int = PEOPLE, **how: bool) -> Split:
    sessions = [session(person, nth, **how, steps=60 - 20 * nth) for person in range(people) for nth in range(2)]  # type: ignore[arg-type]
    return split(sessions)


def attacked(shown: Split, *sights: str, attackers: tuple[AttackerName, ...] = ("forest",)) -> Identified:
    torch.set_num_threads(1)

    def make(name: AttackerName) -> Forest | Recurrent:
        return Forest(1, trees=30) if name == "forest" else Recurrent(1, epochs=4)

    chosen = [sight for sight in SIGHTS if sight.name in sights]
    return identify(shown, make, contributors=PEOPLE, seed=1, sights=chosen, attackers=attackers, window_steps=(5,))


def test_the_longer_half_is_known_and_the_shorter_sought() -> None:
    three = [session(0, nth, paced=True, steps=length) for nth, length in enumerate((40, 60, 50))]
    shown = split([*three, session(1, 0, paced=True)])
    assert shown.people == 1
    assert [one.steps for one in shown.known] == [60, 50]
    assert [one.steps for one in shown.sought] == [40]


def test_windows_are_runs_of_steps() -> None:
    rows = np.arange(12.0).reshape(6, 2)
    assert windows(rows, 5).shape == (2, 5, 2)
    assert windows(rows, 5)[1, 0].tolist() == [2, 3]
    assert windows(rows[:2], 4)[0].tolist() == [[0, 1], [2, 3], [2, 3], [2, 3]]


def test_people_are_found_by_their_pace_where_it_is_told() -> None:
    told = attacked(parted(paced=True), "pace")
    (best,) = strongest(told)
    assert best.found.rank1.value > 0.6
    assert best.found.auc.value > 0.9


def test_nobody_is_found_by_a_pace_that_is_nobodys() -> None:
    told = attacked(parted(paced=False), "pace", "keys", "hand")
    assert [one.sight for one in told.refused] == ["keys"]
    assert "tells nothing of it" in told.refused[0].why
    assert max(attack.found.rank1.value for attack in told.attacks) < 0.35


def test_people_are_found_by_their_keys() -> None:
    told = attacked(parted(paced=False, keyed=True), "keys")
    assert strongest(told)[0].found.rank1.value > 0.6


def test_both_attackers_find_what_is_there() -> None:
    told = attacked(parted(paced=True), "hand", attackers=("forest", "recurrent"))
    assert {attack.attacker for attack in told.attacks} == {"forest", "recurrent"}
    for attack in told.attacks:
        if attack.pool is None:
            assert attack.found.rank1.value > 2 * attack.found.rank1_chance, attack.attacker


def test_the_same_seed_finds_the_same() -> None:
    one, two = (attacked(parted(paced=True), "hand", attackers=("forest", "recurrent")) for _ in range(2))
    assert one == two


def test_too_few_people_give_no_figure() -> None:
    told = attacked(parted(people=FEWEST_PEOPLE - 1, paced=True), "pace")
    assert told.attacks == ()
    assert f"below {FEWEST_PEOPLE}" in told.refused[0].why
    sentences = lines(told, (), 1)
    assert len(sentences) == 1
    assert sentences[0].startswith("Not looked for")


def test_the_hand_knows_no_size_of_a_screen() -> None:
    small = [step(nth, x=37 * nth % 800, y=11 * nth % 500) for nth in range(40)]
    large = [row | {"x": 2 * row["x"], "y": 2 * row["y"], "screen_width": 3840} for row in small]  # type: ignore[operator]
    one, two = traits(small, {}, {}), traits(large, {}, {})  # type: ignore[arg-type]
    for view in VIEWS:
        assert np.allclose(one[view], two[view], equal_nan=True) == (view != "places"), view


def test_findings_are_told_with_chance_and_interval_and_of_nobody() -> None:
    episodes = [
        {
            "contributor": f"person-{nth}", "recording_id": f"r{nth}", "episode_id": f"e{nth}",
            "product_version": "1", "policy_sha256": "ab", "notice_version": "1",
        }
        for nth in range(PEOPLE)
    ]  # fmt: skip
    screens = [{"episode_id": f"e{nth}", "screen_width": 1000 + nth // 4, "screen_height": 9} for nth in range(PEOPLE)]
    apps = [{"recording_id": f"r{nth}", "app": "mail" if nth else "rare"} for nth in range(PEOPLE)]
    shares = shared(episodes, screens, apps)
    of = {one.name: (one.classes, one.fewest, one.alone) for one in shares}
    assert of["screens"] == (3, 4, 0)
    assert of["applications"] == (2, 1, 1)
    assert of["all of them"] == (4, 1, 1)
    told = attacked(parted(paced=True), "pace")
    sentences = lines(told, shares, 7)
    text = " ".join(sentences)
    assert "guessing: 0.083" in text
    assert "seed 7" in text
    assert "1 of 12 people are alone" in text
    assert "person-" not in text + json.dumps(figures(told, shares))


def test_nobody_shares_nothing() -> None:
    assert shared([], [], []) == ()


def test_the_net_wants_to_learn_first() -> None:
    with pytest.raises(RuntimeError, match="nothing was learnt"):
        Recurrent(1).tell(np.zeros((1, 5, 3)))
