"""Where a picture shows anything that may be text, by its edges alone: what no reader made out counts as unread.

Edges that run straight for longer than any letter's are borders and rules, and no text.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from understudy.redact.tiles import Tiles, any_in_tiles

Flags = npt.NDArray[np.bool_]
"""A flag for each pixel, (height_px, width_px)."""

FAINT = 8
"""Neighbouring pixels that differ by more than this in R, G or B make an edge. Nobody sees less; `level` evens it."""
STRAIGHT_PX = 64
SIDE_PX, TOUCH_PX = 12, 2
"""Shorter ones are straight, too, when they join two straight ones: both ends so near to them."""


class Structure(NamedTuple):
    """`marks` are edges that may be text's, `lines` the straight ones."""

    marks: Flags
    lines: Flags


def structure_of(rgb: npt.NDArray[np.uint8]) -> Structure:
    """The edges of a picture, (height_px, width_px, 3)."""
    across, down = np.zeros(rgb.shape[:2], np.bool_), np.zeros(rgb.shape[:2], np.bool_)
    across[:, 1:] = _differ(rgb[:, 1:], rgb[:, :-1])
    down[1:] = _differ(rgb[1:], rgb[:-1])
    straight_down, straight_across = _straight(across.T).T, _straight(down)
    straight_down |= _between(across, straight_across)
    marks = (across & ~straight_down) | (down & ~straight_across)
    return Structure(_both_sides(marks), _both_sides(straight_down | straight_across))


def _differ(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> Flags:
    # Without a sign: the larger less the smaller.
    far = (np.maximum(one, other) - np.minimum(one, other)) > FAINT
    result: Flags = far[..., 0] | far[..., 1] | far[..., 2]
    return result


def _straight(edges: Flags) -> Flags:
    """Of edges, those in runs of STRAIGHT_PX or more along a row."""
    height, width = edges.shape
    found = np.zeros((height, width), np.bool_)
    if width < STRAIGHT_PX:
        return found
    counts = np.zeros((height, width + 1), np.int32)
    np.cumsum(edges, axis=1, out=counts[:, 1:])
    starts = (counts[:, STRAIGHT_PX:] - counts[:, :-STRAIGHT_PX]) == STRAIGHT_PX
    if not starts.any():
        return found
    begun = np.zeros((height, width + 1), np.int32)
    np.cumsum(starts, axis=1, out=begun[:, 1 : starts.shape[1] + 1])
    begun[:, starts.shape[1] + 1 :] = begun[:, starts.shape[1] : starts.shape[1] + 1]
    # A pixel is in a run when a start lies at it or up to STRAIGHT_PX - 1 before it.
    before = np.zeros((height, width), np.int32)
    before[:, STRAIGHT_PX:] = begun[:, 1 : width - STRAIGHT_PX + 1]
    found[:] = begun[:, 1:] > before
    return found


def _between(edges: Flags, rules: Flags) -> Flags:
    """Of edges, those in runs down a column that reach from one rule to another: the sides of boxes."""
    height, width = edges.shape
    near = np.zeros((height + 2 * TOUCH_PX, width + 2 * TOUCH_PX), np.bool_)
    for y in range(2 * TOUCH_PX + 1):
        for x in range(2 * TOUCH_PX + 1):
            near[y : y + height, x : x + width] |= rules
    near = near[TOUCH_PX : TOUCH_PX + height, TOUCH_PX : TOUCH_PX + width]
    padded = np.zeros((width, height + 2), np.int8)
    padded[:, 1:-1] = edges.T
    steps = np.diff(padded, axis=1)
    columns, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    sides = (ends - starts >= SIDE_PX) & near[starts, columns] & near[ends - 1, columns]
    found = np.zeros((height, width), np.bool_)
    for column, start, end in zip(columns[sides], starts[sides], ends[sides], strict=True):
        found[start:end, column] = True
    return found


def _both_sides(edges: Flags) -> Flags:
    """An edge lies between a pixel and the one before it: both count."""
    result = edges.copy()
    result[:, :-1] |= edges[:, 1:]
    result[:-1] |= edges[1:]
    return result


def empty_tiles(structure: Structure, tile_px: int) -> Tiles:
    """Which tiles show no edge at all."""
    found: Tiles = ~any_in_tiles(structure.marks | structure.lines, tile_px)
    return found


def level(pixels: npt.NDArray[np.uint32], empty: Tiles, tile_px: int) -> None:
    """Give each empty tile of `pixels` one colour, its middle one: what differs too little to be an edge is gone."""
    channels = pixels.view(np.uint8).reshape(*pixels.shape, 4)
    for row, column in zip(*np.nonzero(empty), strict=True):
        tile = channels[row * tile_px : (row + 1) * tile_px, column * tile_px : (column + 1) * tile_px]
        if (tile != tile[0, 0]).any():
            tile[:] = np.median(tile.reshape(-1, 4), axis=0).astype(np.uint8)
