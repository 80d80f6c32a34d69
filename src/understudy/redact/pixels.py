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
        self._changed = np.zeros(grid, np.bool_)
        self._covered = np.zeros(grid, np.bool_)
        self._recheck = False
        self._painted: tuple[frozenset[Rect], ...] = ()

    def patch(self, patch: Patch) -> int:
        """Take over new pixels; returns how many px, in whole tiles, look different and are not covered.

        Programs redraw far more than they change: only what differs needs a new check (`damaged`). Beneath a mask
        every redrawing counts, since whether pixels differ there depends on what the mask hides.
        """
        rect = patch.rect.intersect(self.area)
        if rect.empty or len(patch.pixels) != 3 * patch.rect.width * patch.rect.height:
            return 0
        source = np.frombuffer(patch.pixels, np.uint8).reshape(patch.rect.height, patch.rect.width, 3)
        left, top = rect.x - patch.rect.x, rect.y - patch.rect.y
        new = np.zeros((rect.height, rect.width), "<u4")
        new.view(np.uint8).reshape(rect.height, rect.width, 4)[..., :3] = source[
            top : top + rect.height, left : left + rect.width
        ]
        target = self._latest[rect.y : rect.bottom, rect.x : rect.right]
        rows, columns = _tiles(rect)
        # Aligned to the tiles, which begin left of and above the patch.
        differs = np.zeros(((rows.stop - rows.start) * TILE_PX, (columns.stop - columns.start) * TILE_PX), np.bool_)
        y, x = rect.y - rows.start * TILE_PX, rect.x - columns.start * TILE_PX
        np.not_equal(new, target, out=differs[y : y + rect.height, x : x + rect.width])
        tiles = any_in_tiles(differs) | (self._ready[rows, columns] == NEVER)
        target[:] = new
        covered = self._covered[rows, columns]
        self._changed[rows, columns] |= tiles | covered
        return int(np.count_nonzero(tiles & ~covered)) * TILE_PX * TILE_PX

    def cover(self, rect: Rect) -> None:
        """Something is being typed here: until the next check it counts as covered."""
        self._covered[_tiles(rect.intersect(self.area))] = True

    def damaged(self, damaged_ns: int, read_ns: int, settle_ns: int) -> None:
        """What the patches since the last call changed waits for a tree begun `settle_ns` after they were read.

        `damaged_ns` is when the first change was told; the last may have come at any time up to `read_ns`.
        """
        changed = self._changed
        ready = np.where(self._ready == NEVER, 0, self._ready)
        self._ready = np.where(changed, np.maximum(ready, read_ns + settle_ns), self._ready)
        self._first = np.where(changed, np.minimum(self._first, damaged_ns), self._first)
        self._read = np.where(changed, np.maximum(self._read, read_ns), self._read)
        changed[:] = False

    def ignore(self) -> None:
        """What the patches since the last call changed needs no new check (the blinking of a caret)."""
        self._changed[:] = False

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
            self._recheck = True
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
        known = self._ready != NEVER
        waiting = self._ready[known if self._recheck else known & (self._first != NEVER)]
        return int(waiting.min()) if waiting.size else None

    @property
    def known(self) -> bool:
        """True when every part of the window has been read once."""
        return not (self._ready == NEVER).any()

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
        for rect in layers[0] | layers[1]:
            # How far a secret has been typed must not show at the edge of its mask: all around it waits together.
            part = _tiles(rect.intersect(self.area))
            stable[part] &= stable[part].all()
        new = stable & (self._first != NEVER)
        whole = self._recheck or layers != self._painted
        look = self._ready != NEVER if whole else new
        if not look.any():
            return None
        rows, columns, box = self._around(look)
        now = self.shown[box.y : box.bottom, box.x : box.right]
        sure = _pixels_of(stable[rows, columns], now.shape)
        then = np.where(sure, self._latest[box.y : box.bottom, box.x : box.right], now)
        self._paint(then, box, layers)
        # The same pixels hide the same secret, whatever the tree says by now.
        keep = ~_pixels_of(new[rows, columns], now.shape) & (now >> 24 == MASKED)
        then[keep] = now[keep]
        before = self._covered[rows, columns]
        after = any_in_tiles((then >> 24 == MASKED) | (then >> 24 == TYPED))
        tiles = any_in_tiles(then != now)
        result = self._change(tiles, before | after, rows, columns, started_ns)
        now[:] = then
        self._covered[rows, columns] = after
        self._first[rows, columns][new[rows, columns]] = NEVER
        self._painted = layers
        self._recheck = whole and bool((~stable & look).any())
        return result

    def _around(self, tiles: npt.NDArray[np.bool_]) -> tuple[slice, slice, Rect]:
        """The rows and columns that hold the set tiles, and their pixels."""
        down, across = np.flatnonzero(tiles.any(1)), np.flatnonzero(tiles.any(0))
        rows, columns = slice(int(down[0]), int(down[-1]) + 1), slice(int(across[0]), int(across[-1]) + 1)
        left, top = columns.start * TILE_PX, rows.start * TILE_PX
        box = Rect(left, top, columns.stop * TILE_PX - left, rows.stop * TILE_PX - top)
        return rows, columns, box.intersect(self.area)

    def _change(
        self,
        tiles: npt.NDArray[np.bool_],
        covered: npt.NDArray[np.bool_],
        rows: slice,
        columns: slice,
        started_ns: int,
    ) -> Change | None:
        if not tiles.any():
            return None
        first, read = self._first[rows, columns], self._read[rows, columns]
        # Beneath and beside a mask the pixels' own times would tell when what it hides was typed.
        lit = tiles & ~covered & (first != NEVER)
        if not lit.any():
            return Change(started_ns, started_ns)
        if (tiles & ~lit).any():
            return Change(min(int(first[lit].min()), started_ns), max(int(read[lit].max()), started_ns))
        return Change(int(first[lit].min()), int(read[lit].max()))

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
    if rect.empty:
        return slice(0, 0), slice(0, 0)
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
