"""Rectangles around what changed: nothing left out, nothing twice, no two nearer than asked."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.records.geometry import Rect
from understudy.redact.tiles import Tiles, any_in_tiles, boxes_of, islands_of, runs_of, tiles_of

TILE_PX = 16


@st.composite
def grids(draw: st.DrawFn) -> Tiles:
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    flags = draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))
    return np.array(flags, np.bool_).reshape(rows, columns)


def covered(rects: list[Rect], shape: tuple[int, ...]) -> Tiles:
    count = np.zeros(shape, np.int64)
    for rect in rects:
        count[tiles_of(rect, TILE_PX)] += 1
    assert count.max(initial=0) <= 1
    return count > 0


@settings(deadline=None)
@given(grids())
def test_boxes_cover_the_set_tiles_and_no_others(tiles: Tiles) -> None:
    assert (covered(boxes_of(tiles, TILE_PX), tiles.shape) == tiles).all()


@settings(deadline=None)
@given(grids(), st.integers(0, 40))
def test_islands_hold_all_set_tiles_and_are_apart(tiles: Tiles, apart_px: int) -> None:
    islands = islands_of(tiles, TILE_PX, apart_px)
    assert (covered(islands, tiles.shape) | ~tiles).all()
    for at, one in enumerate(islands):
        assert tiles[tiles_of(one, TILE_PX)].any()
        assert all(one.grow(apart_px).intersect(other).empty for other in islands[at + 1 :])


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=40))
def test_runs(flags: list[bool]) -> None:
    again = [False] * len(flags)
    runs = runs_of(np.array(flags, np.bool_))
    for first, end in runs:
        again[first:end] = [True] * (end - first)
    assert again == flags
    assert all(one[1] < other[0] for one, other in itertools.pairwise(runs))


@settings(deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.data())
def test_a_tile_is_set_when_one_of_its_pixels_is(height: int, width: int, data: st.DataObject) -> None:
    flags = np.zeros((height, width), np.bool_)
    y, x = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    flags[y, x] = True
    tiles = any_in_tiles(flags, TILE_PX)
    assert tiles.shape == (-(-height // TILE_PX), -(-width // TILE_PX))
    assert np.argwhere(tiles).tolist() == [[y // TILE_PX, x // TILE_PX]]
