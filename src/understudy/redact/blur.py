"""Windows of which only a coarse mosaic is shown: where there is much and where there is little, and nothing to read.

Weaker than showing nothing: whoever knows all that may have stood there can rule some of it out by rendering each. How
little a mosaic of this coarseness rules out is measured in tests/redact/test_blur.py.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from understudy.records.events import Patch
from understudy.records.geometry import Rect
from understudy.redact.pixels import BLANK, HIDDEN, Change, Pixels

BLOCK_PX = 96
"""Twice the height of the largest text that is expected: a line of it fills half of a block."""
COLOUR_STEP = 64
"""R, G and B of a block are told in this coarse steps: a few letters more or less change none."""
PACE_NS = 2_000_000_000
"""A mosaic is made anew at most this often, at times that what is drawn doesn't choose: no typing shows in it."""


class BlurredWindow:
    """One window's mosaic, blank until all of it was read once; rectangles in px relative to its client area."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self.area = Rect(0, 0, width_px, height_px)
        self.shown: Pixels = np.full((height_px, width_px), BLANK, "<u4")
        self._latest = np.zeros((height_px, width_px, 3), np.uint8)
        self._known = np.zeros((height_px, width_px), np.bool_)
        self._stirred = False
        self._due_ns = 0

    def patch(self, patch: Patch) -> None:
        """Take over new pixels."""
        rect = patch.rect.intersect(self.area)
        if rect.empty or len(patch.pixels) != 3 * patch.rect.width * patch.rect.height:
            return
        source = np.frombuffer(patch.pixels, np.uint8).reshape(patch.rect.height, patch.rect.width, 3)
        left, top = rect.x - patch.rect.x, rect.y - patch.rect.y
        here = slice(rect.y, rect.bottom), slice(rect.x, rect.right)
        self._latest[here] = source[top : top + rect.height, left : left + rect.width]
        self._known[here] = True
        self._stirred = True

    def advance(self, now_ns: int) -> Change | None:
        """Show what is there now, when it is time to; None when it looks as before."""
        if not self._stirred or now_ns < self._due_ns:
            return None
        self._stirred, self._due_ns = False, now_ns - now_ns % PACE_NS + PACE_NS
        new = mosaic(self._latest)
        new[~_whole_blocks(self._known)] = BLANK
        if (new == self.shown).all():
            return None
        self.shown = new
        return Change(now_ns, now_ns, self.area)


def mosaic(rgb: npt.NDArray[np.uint8]) -> Pixels:
    """A picture (height_px, width_px, 3) in blocks of one colour each."""
    height, width = rgb.shape[:2]
    rows, columns = _starts(height), _starts(width)
    sums = np.add.reduceat(np.add.reduceat(rgb, rows, axis=0, dtype=np.uint32), columns, axis=1, dtype=np.uint32)
    counts = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))
    means = sums // counts[..., None]
    told = (means // COLOUR_STEP * COLOUR_STEP + COLOUR_STEP // 2).astype(np.uint32)
    colours = HIDDEN << 24 | told[..., 2] << 16 | told[..., 1] << 8 | told[..., 0]
    down, across = (np.diff([*starts, size]) for starts, size in ((rows, height), (columns, width)))
    result: Pixels = colours.astype("<u4").repeat(down, 0).repeat(across, 1)
    return result


def _starts(size: int) -> list[int]:
    """Where blocks begin; the last takes what is left of less than a block."""
    return list(range(0, max(size - BLOCK_PX, 0) + 1, BLOCK_PX))


def _whole_blocks(known: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    height, width = known.shape
    rows, columns = _starts(height), _starts(width)
    whole = np.logical_and.reduceat(np.logical_and.reduceat(known, rows, axis=0), columns, axis=1)
    down, across = (np.diff([*starts, size]) for starts, size in ((rows, height), (columns, width)))
    result: npt.NDArray[np.bool_] = whole.repeat(down, 0).repeat(across, 1)
    return result
