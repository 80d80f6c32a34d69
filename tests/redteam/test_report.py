"""The report tells leaks, blindness and too few controls, and never more than its counts allow."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.redteam.__main__ import _enough
from tests.redteam.canaries import SCRUBBED, Maker
from tests.redteam.judging import Found, rows_of
from tests.redteam.papers import csv_of, pdf_of
from tests.redteam.plan import Plan
from tests.redteam.report import Row, as_values, joined, table_of, upper_bound, verdict

from understudy.redact.directory import Directory
from understudy.redact.scrub import Scrubber

GOOD = Row("fields", planted=50, leaked=0, controls=20, kept=20)


@pytest.mark.parametrize(
    ("found", "of", "bound"),
    # From the quantiles of the beta distribution, as statistics tables print them.
    [(0, 50, 0.0582), (0, 1000, 0.0030), (1, 50, 0.0914), (3, 30, 0.2386), (0, 1, 0.95), (7, 7, 1.0), (0, 0, 1.0)],
)
def test_the_bound_is_clopper_and_pearson_s(found: int, of: int, bound: float) -> None:
    assert upper_bound(found, of) == pytest.approx(bound, abs=5e-4)


def test_more_leaks_than_canaries_can_t_be() -> None:
    with pytest.raises(ValueError):
        upper_bound(2, 1)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (Row("a", 50, 1, 20, 20, where=("a 1: frame 3",)), "1 of 50 leaked: a 1: frame 3"),
        (Row("a", 50, 0, 20, 0), "blind"),
        (Row("a", 49, 0, 20, 20), "only 49"),
        (Row("a", 50, 0, 20, 20, note="broke off: no window"), "broke off"),
        (Row("a", 50, 0, 40, 36), "56 of 60 controls"),
        (Row("a", 50, 0, 0, 0), ""),
    ],
)
def test_what_fails_a_run(row: Row, fault: str) -> None:
    faults = verdict([GOOD, row], fewest=50)
    assert (fault in faults[0]) if fault else not faults


def test_nothing_planted_is_no_clean_run() -> None:
    assert verdict([], fewest=0) and verdict([Row("a", 5, 0, 0, 0)], fewest=5)


def test_rows_as_values_and_as_a_table() -> None:
    assert as_values([GOOD])[0]["leak_share_at_most"] == 0.0582
    assert table_of([GOOD]).row_count == 2


def test_a_seed_plants_the_same_again_and_each_value_once() -> None:
    one, other = Maker(7, names=20), Maker(7, names=20)
    kinds = (*SCRUBBED, "password", "phrase")
    values = [one.value(kind) for kind in kinds for _ in range(15)]
    assert values == [other.value(kind) for kind in kinds for _ in range(15)]
    assert len(set(values)) == len(values) and one.words() == other.words()
    assert Maker(8).value("email") not in values


def test_the_scrubber_finds_each_kind_that_it_should() -> None:
    maker = Maker(3, names=30)
    scrubber = Scrubber(("email", "card", "iban", "id", "secret", "name"), Directory(maker.names))
    for kind in SCRUBBED:
        for _ in range(20):
            value = maker.value(kind)
            assert scrubber.hits(value), (kind, value)


def test_controls_hold_nothing_that_is_scrubbed() -> None:
    maker = Maker(4)
    scrubber = Scrubber(("email", "card", "phone", "iban", "id", "secret", "name"), Directory(maker.names))
    assert not any(scrubber.hits(maker.words()) for _ in range(500))


def test_what_nobody_could_read_does_not_count_unless_it_leaked() -> None:
    plan = Plan(Maker(5))
    with plan.playing("page"):
        seen, unseen, leaked = (plan.canary("email", shown=True) for _ in range(3))
        typed = plan.canary("password")
        kept, lost = plan.control("text"), plan.control("pixels")
    found = Found(leaks={leaked.id: {"pictures: frame 1"}}, kept={"page control 0"}, seen={seen.id})
    (row,) = rows_of(plan, found)
    assert (row.planted, row.leaked, row.unseen, row.controls, row.kept) == (3, 1, 1, 2, 1)
    assert kept not in row.lost[0] and lost in row.lost[0]
    assert unseen.value not in str(row) and typed.value not in str(row) and leaked.value not in str(row)


def test_a_scene_that_broke_off_is_told() -> None:
    plan = Plan(Maker(6), failed={"page": "broke off: no window"})
    assert rows_of(plan, Found())[0].note == "broke off: no window"


def test_papers_hold_their_lines() -> None:
    assert b"(one \\(two\\)) Tj" in pdf_of(["one (two)"])
    assert csv_of([("a", "b c")]) == '"a","b c"\n'


def test_a_channel_short_of_canaries_is_attacked_once_more(tmp_path: Path) -> None:
    few = Row("title bars", 46, 1, 3, 2, 1, where=("a",), lost=("b",))
    more = Row("title bars", 54, 0, 4, 4, 2, where=(), lost=("c",))
    told: list[str] = []

    def play(*, root: Path, channel: str) -> list[Row]:
        assert root.is_relative_to(tmp_path) and channel == "title bars"
        return [Row("title bars at scale", 1, 0, 0, 0), more]

    both = _enough(few, 50, play, tmp_path, told.append)
    assert both == joined(few, more) == Row("title bars", 100, 1, 7, 6, 3, where=("a",), lost=("b", "c"))
    assert told == ["title bars: only 46 arrived, once more"]

    def never(**_: object) -> list[Row]:
        raise AssertionError("enough arrived")

    assert _enough(more, 50, never, tmp_path, told.append) == more
    broken = Row("programs", 0, 0, 0, 0, note="could not be played")
    assert _enough(broken, 50, never, tmp_path, told.append) == broken
