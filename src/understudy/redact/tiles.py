"""A picture as a grid of square tiles: which of them changed, and rectangles around those that did."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from understudy.records.geometry import Rect

Tiles = npt.NDArray[np.bool_]
"""A flag for each tile, (rows, columns)."""


def tiles_of(rect: Rect, tile_px: int) -> tuple[slice, slice]:
    """Rows and columns of the tiles that a rectangle (px, not left of or above the picture) touches."""
    if rect.empty:
        return slice(0, 0), slice(0, 0)
    return (
        slice(rect.y // tile_px, -(-rect.bottom // tile_px)),
        slice(rect.x // tile_px, -(-rect.right // tile_px)),
    )


def any_in_tiles(flags: npt.NDArray[np.bool_], tile_px: int) -> Tiles:
    """A flag for each tile: is one of its pixels set? The picture's edge may cut through a tile."""
    height, width = flags.shape
    rows, columns = -(-height // tile_px), -(-width // tile_px)
    if (height, width) != (rows * tile_px, columns * tile_px):
        padded = np.zeros((rows * tile_px, columns * tile_px), np.bool_)
        padded[:height, :width] = flags
        flags = padded
    # Down the columns first, eight flags at a time: thirty times as fast as asking for both axes at once.
    eights = np.ascontiguousarray(flags).view(np.uint64).reshape(rows, tile_px, columns * tile_px // 8)
    down = np.bitwise_or.reduce(eights, axis=1)
    found: Tiles = down.reshape(rows, columns, tile_px // 8).any(2)
    return found


def boxes_of(tiles: Tiles, tile_px: int) -> list[Rect]:
    """Rectangles (px) that cover the set tiles and no others: runs in a row, joined with equal runs below."""
    set_rows = np.flatnonzero(tiles.any(1))
    if not set_rows.size:
        return []
    first, last = int(set_rows[0]), int(set_rows[-1])
    open_runs: dict[tuple[int, int], int] = {}
    boxes: list[Rect] = []

    def close(run: tuple[int, int], top: int, bottom: int) -> None:
        boxes.append(Rect(run[0] * tile_px, top * tile_px, (run[1] - run[0]) * tile_px, (bottom - top) * tile_px))

    for row in range(first, last + 2):
        runs = set(runs_of(tiles[row])) if row <= last else set()
        for run in [run for run in open_runs if run not in runs]:
            close(run, open_runs.pop(run), row)
        for run in runs:
            open_runs.setdefault(run, row)
    return sorted(boxes, key=lambda box: (box.y, box.x))


def islands_of(tiles: Tiles, tile_px: int, apart_px: int) -> list[Rect]:
    """Rectangles (px) that together hold all set tiles, any two of them `apart_px` or more from each other."""
    islands: list[Rect] = []
    for box in boxes_of(tiles, tile_px):
        grown = box
        while near := [island for island in islands if not island.grow(apart_px).intersect(grown).empty]:
            for island in near:
                islands.remove(island)
                grown = around(grown, island)
        islands.append(grown)
    return sorted(islands, key=lambda box: (box.y, box.x))


def around(one: Rect, other: Rect) -> Rect:
    """The smallest rectangle that holds both."""
    x, y = min(one.x, other.x), min(one.y, other.y)
    return Rect(x, y, max(one.right, other.right) - x, max(one.bottom, other.bottom) - y)


def runs_of(row: Tiles) -> list[tuple[int, int]]:
    """[first, end) of each stretch of set flags."""
    edges = np.flatnonzero(row[1:] != row[:-1]) + 1
    ends = edges.tolist()
    if row.size and row[0]:
        ends.insert(0, 0)
    if row.size and row[-1]:
        ends.append(row.size)
    return list(zip(ends[::2], ends[1::2], strict=True))
