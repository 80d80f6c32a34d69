"""Splits: whole units on one side, the same however the dataset grows, near-duplicates never held out."""

from __future__ import annotations

from collections import defaultdict

import pytest

from understudy.dataset.splits import ORDER, By, Case, case_of, split


def cases(count: int, *, people: int = 20, tasks: int = 15) -> list[Case]:
    return [
        Case(f"e{n}", f"p{n * 7 % people}", f"r{n}", f"task {n % tasks}", tuple(range(64 * n, 64 * n + 64)))
        for n in range(count)
    ]


@pytest.mark.parametrize("by", ["contributor", "template"])
def test_a_unit_lies_on_one_side(by: By) -> None:
    sides = split(cases(400), by=by, test=0.3, validation=0.2)
    units: dict[str, set[str | None]] = defaultdict(set)
    for case in cases(400):
        units[case.contributor if by == "contributor" else case.template].add(sides[case.episode_id])
    assert all(len(found) == 1 for found in units.values())
    assert {side for found in units.values() for side in found} == set(ORDER)


@pytest.mark.parametrize("by", ["contributor", "template"])
def test_sides_stay_when_the_dataset_grows(by: By) -> None:
    few, many = split(cases(100), by=by), split(cases(400)[::-1], by=by)
    assert {name: many[name] for name in few} == few


def test_shares_are_kept_on_the_whole_and_a_key_draws_anew() -> None:
    people = [Case(f"e{n}", f"p{n}", "r", "t") for n in range(3000)]
    sides = split(people, test=0.2, validation=0.1)
    held = [sum(side == name for side in sides.values()) for name in ORDER]
    assert held[0] == pytest.approx(2100, abs=120) and held[1] == pytest.approx(300, abs=80)
    assert split(people, key="b") != split(people)
    assert split(people, key="b") == split(people[::-1], key="b")


def test_near_duplicates_of_what_is_trained_on_are_not_held_out() -> None:
    listed = cases(200)
    before = split(listed)
    held = [case for case in listed if before[case.episode_id] == "test"]
    taught = next(case for case in listed if before[case.episode_id] == "train")
    # The same work again, by somebody whose work is trained on.
    twin = Case("twin", taught.contributor, "r", "other words", (*held[0].likeness[:-4], 7, 7, 7, 7))
    after = split([*listed, twin])
    assert after["twin"] == "train" and after[held[0].episode_id] is None
    assert {name for name in before if after[name] != before[name]} == {held[0].episode_id}


def test_work_without_a_task_goes_by_its_recording() -> None:
    untold = [Case(f"e{n}", "p", f"r{n}", "") for n in range(60)]
    assert len(set(split(untold, by="template", test=0.5).values())) == 2


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="together below 1"):
        split(cases(3), test=0.8, validation=0.2)
    with pytest.raises(ValueError, match="by contributor or by template"):
        split(cases(3), by="colour")  # type: ignore[arg-type]


def test_versions_without_templates_take_what_the_task_tells() -> None:
    row = {
        "episode_id": "e",
        "contributor": "p",
        "recording_id": "r",
        "template": None,
        "task": "Pay 5",
        "likeness": None,
    }
    assert case_of(row) == Case("e", "p", "r", "pay ·", ())
    assert case_of(row | {"template": "pay", "likeness": [1, 2]}) == Case("e", "p", "r", "pay", (1, 2))
