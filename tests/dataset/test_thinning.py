from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.dataset import thinning
from understudy.records.levels import Motion

POINTS = st.lists(st.tuples(st.integers(0, 60_000), st.integers(-50, 4000), st.integers(-50, 4000)), max_size=60).map(
    lambda points: sorted(points)
)
TIMINGS = ("none", "bucketed", "full")


@given(st.integers(-100_000, 100_000_000))
def test_times_never_run_ahead_and_full_is_exact(time_ms: int) -> None:
    assert thinning.at(time_ms, "full") == time_ms
    for timing in ("none", "bucketed"):
        assert 0 <= time_ms - thinning.at(time_ms, timing) < thinning.TIME_GRID_MS


@given(st.integers(-5000, 5000))
def test_intervals_fall_into_few_buckets(interval_ms: int) -> None:
    bucket = thinning.interval(interval_ms, "bucketed")
    assert bucket % thinning.KEY_BUCKET_MS == 0
    assert -thinning.KEY_LONGEST_MS <= bucket <= thinning.KEY_LONGEST_MS
    if abs(interval_ms) <= thinning.KEY_LONGEST_MS:
        assert abs(bucket - interval_ms) <= thinning.KEY_BUCKET_MS / 2
    assert thinning.interval(interval_ms, "full") == interval_ms


@given(POINTS, POINTS.filter(lambda points: len(points) <= 2))
def test_ends_are_exact_at_every_level_and_paths_are_in_order(
    moves: list[thinning.Point], ends: list[thinning.Point]
) -> None:
    places = [(x, y) for _, x, y in ends]
    assert [(x, y) for _, x, y in thinning.path(moves, ends, "targets")] == places
    coarse = thinning.path(moves, ends, "coarse")
    assert set(places) <= {(x, y) for _, x, y in coarse}
    assert [time_ms for time_ms, _, _ in coarse] == sorted(time_ms for time_ms, _, _ in coarse)
    assert len(coarse) <= len({time_ms // thinning.COARSE_TIME_MS for time_ms, _, _ in moves}) + len(ends)
    for time_ms, x, y in coarse:
        assert time_ms % thinning.COARSE_TIME_MS == 0
        assert (x, y) in places or (x % thinning.COARSE_GRID_PX, y % thinning.COARSE_GRID_PX) == (0, 0)
    assert thinning.path(moves, ends, "full") == (moves or ends)


@pytest.mark.parametrize("motion", ["targets", "coarse", "full"])
def test_nothing_gives_nothing(motion: Motion) -> None:
    assert thinning.path([], [], motion) == []


def test_unknown_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="everything"):
        thinning.at(1, "everything")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="everything"):
        thinning.path([], [], "everything")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="none"):
        thinning.interval(1, "none")


def test_durations_of_the_hand_are_withheld_at_none() -> None:
    assert thinning.duration("click", 87, "none") is None
    assert thinning.duration("type", 2000, "none") is None
    assert thinning.duration("wait", 2345, "none") == 2300
    assert [thinning.duration("click", 187, timing) for timing in TIMINGS] == [None, 100, 187]
