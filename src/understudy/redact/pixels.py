"""One window's pixels: what was read, and what of it has been checked and may be shown.

New pixels stay hidden until a tree of their program, begun long enough after they changed and with no change since,
has told where text stands on them. Masks are painted into what is shown, so that they last as long as the pixels
beneath them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from understudy.records.events import Patch
from understudy.records.geometry import Rect

Pixels = npt.NDArray[np.uint32]
"""uint32 (height_px, width_px), little-endian: bytes R, G, B and a flag."""

TILE_PX = 16
NEVER = np.iinfo(np.int64).max
MASKED, HIDDEN, TYPED = 1, 2, 3
"""Flags of painted pixels: something sensitive; not (yet) to be shown; covered while a run is open."""


def painted(flag: int, shade: int) -> int:
    """A grey pixel, `shade` 0 to 255, with a flag."""
    return flag << 24 | shade << 16 | shade << 8 | shade


MASK, BLANK, TYPING = painted(MASKED, 0x28), painted(HIDDEN, 0x80), painted(TYPED, 0x28)


class Change(NamedTuple):
    """The shown picture changed: first told at `changed_ns`, read from the screen at `time_ns`."""

    changed_ns: int
    time_ns: int


class WindowPixels:
    """The picture of one window; all rectangles in px relative to its client area."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self.area = Rect(0, 0, width_px, height_px)
        self.shown: Pixels = np.full((height_px, width_px), BLANK, "<u4")
        self._latest: Pixels = np.zeros((height_px, width_px), "<u4")
        grid = (-(-height_px // TILE_PX), -(-width_px // TILE_PX))
        self._ready = np.full(grid, NEVER, np.int64)
        self._first = np.full(grid, NEVER, np.int64)
        self._read = np.zeros(grid, np.int64)
        self._painted: tuple[frozenset[Rect], ...] = ()

    def patch(self, patch: Patch, read_ns: int, settle_ns: int, *, caret: bool = False) -> None:
        """Take over new pixels, to be checked by a tree begun `settle_ns` after their change.

        `caret`: the blinking of a caret, which asks for no new check.
        """
        rect = patch.rect.intersect(self.area)
        if rect.empty or len(patch.pixels) != 3 * patch.rect.width * patch.rect.height:
            return
        source = np.frombuffer(patch.pixels, np.uint8).reshape(patch.rect.height, patch.rect.width, 3)
        left, top = rect.x - patch.rect.x, rect.y - patch.rect.y
        target = self._latest.view(np.uint8).reshape(self.area.height, self.area.width, 4)
        target[rect.y : rect.bottom, rect.x : rect.right, :3] = source[
            top : top + rect.height, left : left + rect.width
        ]
        rows, columns = _tiles(rect)
        if caret and not (self._ready[rows, columns] == NEVER).any():
            return
        fresh = self._ready[rows, columns] == NEVER
        at = np.where(fresh, 0, self._ready[rows, columns])
        self._ready[rows, columns] = np.maximum(at, patch.damaged_ns + settle_ns)
        self._first[rows, columns] = np.minimum(self._first[rows, columns], patch.damaged_ns)
        self._read[rows, columns] = np.maximum(self._read[rows, columns], read_ns)

    def unsettle(self, area: Rect, time_ns: int, until_ns: int, *, hide: bool) -> bool:
        """Check `area` anew, by a tree begun after `until_ns`; `hide` blanks it till then. True when that shows."""
        area = area.intersect(self.area)
        if area.empty:
            return False
        rows, columns = _tiles(area)
        ready = self._ready[rows, columns]
        known = ready != NEVER
        ready[known] = np.maximum(ready[known], until_ns)
        if not hide:
            # The next check looks at everything again.
            self._painted = ()
            return False
        first = self._first[rows, columns]
        first[known] = np.minimum(first[known], time_ns)
        self._read[rows, columns] = np.maximum(self._read[rows, columns], time_ns)
        part = self.shown[area.y : area.bottom, area.x : area.right]
        changed = bool((part != BLANK).any())
        part[:] = BLANK
        return changed

    def waits_since(self) -> int | None:
        """The earliest time from which a tree would let something new be shown; None when all is checked."""
        waiting = self._ready[(self._first != NEVER) & (self._ready != NEVER)]
        return int(waiting.min()) if waiting.size else None

    @property
    def covers_typing(self) -> bool:
        """True while a part is covered because something was being typed there."""
        return bool(self._painted and self._painted[1])

    def check(
        self, started_ns: int, masks: Iterable[Rect], typing: Iterable[Rect], only: Iterable[Rect] | None = None
    ) -> Change | None:
        """Show what a tree begun at `started_ns` vouches for: all that hasn't changed since, with masks painted.

        `only`: everything outside these rectangles stays hidden. None when the shown picture is the same as before.
        """
        layers = (frozenset(masks), frozenset(typing), frozenset(only if only is not None else (self.area,)))
        stable = self._ready <= started_ns
        new = stable & (self._first != NEVER)
        whole = layers != self._painted
        look = stable if whole else new
        if not look.any():
            return None
        down, across = np.flatnonzero(look.any(1)), np.flatnonzero(look.any(0))
        rows, columns = slice(down[0], down[-1] + 1), slice(across[0], across[-1] + 1)
        box = Rect(
            columns.start * TILE_PX,
            rows.start * TILE_PX,
            (columns.stop - columns.start) * TILE_PX,
            (rows.stop - rows.start) * TILE_PX,
        ).intersect(self.area)
        now = self.shown[box.y : box.bottom, box.x : box.right]
        then = self._latest[box.y : box.bottom, box.x : box.right].copy()
        self._paint(then, box, layers)
        same = _pixels_of(stable[rows, columns] & ~new[rows, columns], then.shape)
        # The same pixels hide the same secret, whatever the tree says by now.
        keep = same & (now >> 24 == MASKED)
        then[keep] = now[keep]
        np.copyto(then, now, where=_pixels_of(~stable[rows, columns], then.shape))
        differs = then != now
        self._painted = layers
        result = self._change(differs, now, rows, columns, started_ns)
        now[:] = then
        self._first[rows, columns][new[rows, columns]] = NEVER
        return result

    def _change(
        self, differs: npt.NDArray[np.bool_], now: Pixels, rows: slice, columns: slice, started_ns: int
    ) -> Change | None:
        tiles = any_in_tiles(differs)
        if not tiles.any():
            return None
        # What was typed in the dark comes to light at the tree's time: the pixels' own would tell when keys were hit.
        first, read = self._first[rows, columns], self._read[rows, columns]
        dark = any_in_tiles(differs & (now >> 24 == TYPED))
        dark[first == NEVER] = True
        lit = tiles & ~dark
        changed = [int(first[lit].min())] if lit.any() else []
        times = [int(read[lit].max())] if lit.any() else []
        if (tiles & dark).any():
            changed.append(started_ns)
            times.append(started_ns)
        return Change(min(changed), max(times))

    def _paint(self, then: Pixels, box: Rect, layers: tuple[frozenset[Rect], ...]) -> None:
        masks, typing, only = layers
        if only != frozenset((self.area,)):
            seen = np.zeros(then.shape, np.bool_)
            for rect in only:
                part = rect.intersect(box).shift(-box.x, -box.y)
                seen[part.y : part.bottom, part.x : part.right] = True
            then[~seen] = BLANK
        for rects, colour in ((typing, TYPING), (masks, MASK)):
            for rect in rects:
                part = rect.intersect(box).shift(-box.x, -box.y)
                if not part.empty:
                    then[part.y : part.bottom, part.x : part.right] = colour


def _tiles(rect: Rect) -> tuple[slice, slice]:
    """Rows and columns of the tiles that a rectangle touches."""
    return (
        slice(rect.y // TILE_PX, -(-rect.bottom // TILE_PX)),
        slice(rect.x // TILE_PX, -(-rect.right // TILE_PX)),
    )


def _pixels_of(tiles: npt.NDArray[np.bool_], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """A flag for each pixel out of one for each tile."""
    grown: npt.NDArray[np.bool_] = tiles.repeat(TILE_PX, 0)[: shape[0]].repeat(TILE_PX, 1)[:, : shape[1]]
    return grown


def any_in_tiles(flags: npt.NDArray[np.bool_], tile_px: int = TILE_PX) -> npt.NDArray[np.bool_]:
    """A flag for each tile: is one of its pixels set?"""
    height, width = flags.shape
    rows, columns = -(-height // tile_px), -(-width // tile_px)
    padded = np.zeros((rows * tile_px, columns * tile_px), np.bool_)
    padded[:height, :width] = flags
    found: npt.NDArray[np.bool_] = padded.reshape(rows, tile_px, columns, tile_px).any((1, 3))  # type: ignore[assignment]
    return found
