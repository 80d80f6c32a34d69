"""One window's pixels: what was read, and what of it has been checked and may be shown.

New pixels stay hidden until a tree of their program, begun long enough after they changed and with no change since,
has told where text stands on them. Masks are painted into what is shown, so that they last as long as the pixels
beneath them. Two ways are shorter: the same picture in other colours needs no tree (`recolour`), and of what never
rests versions are set aside (`pieces`) for others to vouch for (`moving`) and to show (`reveal`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from understudy.records.events import Patch
from understudy.records.geometry import Rect
from understudy.redact.tiles import Tiles, any_in_tiles, around, boxes_of, islands_of, runs_of, tiles_of

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


APART_PX = 48
"""Changes nearer to each other than this are one: what a text was replaced with may be shorter than the text."""
SPELL_NS = 1_500_000_000
"""What was redrawn this long ago or less is still moving."""
SPELL_PX = 32
BUSY_NS = 500_000_000
"""What is redrawn at least this often does not rest."""
BAND_TILES = 16
"""Rows of tiles that are checked at a time: what is needed meanwhile stays small."""
SAME_COLOUR = 12
"""Pixels of one colour that become another one may differ from each other by this much in each of R, G, B: smooth edges
are rounded."""
LEAST_OF_A_VALUE = 16
"""A picture with fewer pixels of each value than this, on average, could become any other."""
LEAST_BLOCK_PX = 16
MOST_BLOCKS = 8
MOST_RECOLOURED_PX = 200_000


class Change(NamedTuple):
    """The shown picture changed in `area` (px in the window): first told at `changed_ns`, read at `time_ns`."""

    changed_ns: int
    time_ns: int
    area: Rect | None = None


class Piece(NamedTuple):
    """Part of a version of a window: its pixels in `box` (px in the window).

    `changed_ns` is when the first change was told since the last version of it was set aside, `read_ns` when it was
    read, `spell_ns` since when it has been moving. `sure`: it is what was shown there in other colours.
    """

    box: Rect
    pixels: Pixels
    changed_ns: int
    spell_ns: int
    read_ns: int
    sure: bool


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
        self._fresh = np.full(grid, NEVER, np.int64)
        self._spell = np.full(grid, NEVER, np.int64)
        self._busy = np.full(grid, NEVER, np.int64)
        self._drawn = np.zeros(grid, np.int64)
        self._aside = np.zeros(grid, np.bool_)
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
        changed_px = 0
        band_px = BAND_TILES * TILE_PX
        for top in range(rect.y - rect.y % band_px, rect.bottom, band_px):
            band = rect.intersect(Rect(0, top, self.area.width, band_px))
            left, above = band.x - patch.rect.x, band.y - patch.rect.y
            changed_px += self._take(source[above : above + band.height, left : left + band.width], band)
        return changed_px

    def _take(self, source: npt.NDArray[np.uint8], rect: Rect) -> int:
        channels = np.zeros((rect.height, rect.width, 4), np.uint8)
        for channel in range(3):
            # Three times as fast as all of them in one assignment.
            channels[..., channel] = source[..., channel]
        new = channels.view("<u4")[..., 0]
        target = self._latest[rect.y : rect.bottom, rect.x : rect.right]
        rows, columns = _tiles(rect)
        # Aligned to the tiles, which begin left of and above the patch.
        differs = np.zeros(((rows.stop - rows.start) * TILE_PX, (columns.stop - columns.start) * TILE_PX), np.bool_)
        y, x = rect.y - rows.start * TILE_PX, rect.x - columns.start * TILE_PX
        np.not_equal(new, target, out=differs[y : y + rect.height, x : x + rect.width])
        tiles = any_in_tiles(differs, TILE_PX) | (self._ready[rows, columns] == NEVER)
        target[:] = new
        covered = self._covered[rows, columns]
        self._changed[rows, columns] |= tiles | covered
        return int(np.count_nonzero(tiles & ~covered)) * TILE_PX * TILE_PX

    def cover(self, rect: Rect) -> None:
        """Something is being typed here: until the next check it counts as covered."""
        self._covered[_tiles(rect.intersect(self.area))] = True

    def islands(self) -> list[Rect]:
        """Where the patches since the last call of `damaged` changed something."""
        return islands_of(self._changed, TILE_PX, APART_PX) if self._changed.any() else []

    def _open(self, box: Rect, *, shown: bool) -> bool:
        """True when nothing in `box` is covered; `shown`: nor hidden, so that what is shown there was vouched for."""
        if self._recheck or self._covered[_tiles(box)].any():
            return False
        flags = self.shown[box.y : box.bottom, box.x : box.right] >> 24
        return not bool(flags.any() if shown else ((flags == MASKED) | (flags == TYPED)).any())

    def in_place(self, since_ns: int) -> bool:
        """True when what the patches since the last call of `damaged` changed has not rested since then."""
        return bool(self._changed.any() and (self._busy[self._changed] <= since_ns).all())

    def recolour(self, box: Rect) -> bool:
        """Show the latest pixels of `box` when they are what is shown there in other colours. True when they are.

        Whatever it says, it can't be read: pixels that looked the same still do.
        """
        box = box.intersect(self.area)
        if not self._open(box, shown=True) or not self._recoloured(box):
            return False
        here = slice(box.y, box.bottom), slice(box.x, box.right)
        self.shown[here] = self._latest[here]
        part = _tiles(box)
        self._changed[part] = False
        self._first[part] = self._fresh[part] = NEVER
        return True

    def _recoloured(self, box: Rect) -> bool:
        here = slice(box.y, box.bottom), slice(box.x, box.right)
        return box.width * box.height <= MOST_RECOLOURED_PX and recoloured(self.shown[here], self._latest[here])

    def damaged(self, damaged_ns: int, read_ns: int, settle_ns: int, *, jumped: bool = False) -> None:
        """What the patches since the last call changed waits for a tree begun `settle_ns` after they were read.

        `damaged_ns` is when the first change was told; the last may have come at any time up to `read_ns`. `jumped`:
        it is no movement of something in its place (all was redrawn, or scrolled).
        """
        changed = self._changed
        if not changed.any():
            return
        for island in () if jumped else self.islands():
            part, near = _tiles(island.intersect(self.area)), _tiles(island.grow(SPELL_PX).intersect(self.area))
            spells = self._spell[near][self._read[near] > damaged_ns - SPELL_NS]
            spells = spells[spells != NEVER]
            self._spell[part][changed[part]] = int(spells.min()) if spells.size else damaged_ns
        if jumped:
            self._spell[changed] = NEVER
        self._busy[changed & (self._drawn <= damaged_ns - BUSY_NS)] = damaged_ns
        self._drawn[changed] = read_ns
        ready = np.where(self._ready == NEVER, 0, self._ready)
        self._ready = np.where(changed, np.maximum(ready, read_ns + settle_ns), self._ready)
        self._first = np.where(changed, np.minimum(self._first, damaged_ns), self._first)
        self._fresh = np.where(changed, np.minimum(self._fresh, damaged_ns), self._fresh)
        self._read = np.where(changed, np.maximum(self._read, read_ns), self._read)
        for box in boxes_of(changed, TILE_PX):
            # What looks again as it is shown waits for nothing.
            place = box.intersect(self.area)
            here = slice(place.y, place.bottom), slice(place.x, place.right)
            back = ~any_in_tiles(self._latest[here] != self.shown[here], TILE_PX)
            self._first[_tiles(place)][back] = NEVER
        changed[:] = False

    def ignore(self) -> None:
        """What the patches since the last call changed needs no new check (the blinking of a caret)."""
        self._changed[:] = False

    def waits(self) -> Tiles:
        """Which tiles look otherwise than what was vouched for."""
        waits: Tiles = (self._first != NEVER) & (self._ready != NEVER)
        return waits

    def pieces(self, bare: Callable[[Rect], bool], inputs: Callable[[Rect], bool]) -> list[Piece]:
        """What waits, was not set aside as it is now, and may be vouched for later; from now on it counts as set aside.

        `bare` says whether nothing is told of a part of the window, `inputs` whether something there takes text.
        """
        waits = self.waits() | self._aside
        if not (waits & (self._fresh != NEVER)).any():
            return []
        found = []
        for island in islands_of(waits, TILE_PX, APART_PX):
            box = island.intersect(self.area)
            part = _tiles(box)
            tiles, fresh = waits[part], self._fresh[part]
            if not (fresh != NEVER).any() or not self._open(box, shown=False):
                continue
            spell_ns = int(self._spell[part][tiles].max())
            sure = not inputs(box) and self._open(box, shown=True) and self._recoloured(box)
            if not sure and (spell_ns == NEVER or not bare(box)):
                continue
            found.append(
                Piece(
                    box=box,
                    pixels=self._latest[box.y : box.bottom, box.x : box.right].copy(),
                    changed_ns=int(fresh.min()),
                    spell_ns=spell_ns,
                    read_ns=int(self._read[part][tiles].max()),
                    sure=sure,
                )
            )
            fresh[:] = NEVER
            self._aside[part] = True
        return found

    def reveal(self, piece: Piece) -> bool:
        """Show a piece that was set aside. False when something there is covered by now."""
        box = piece.box
        if not self._open(box, shown=piece.sure):
            return False
        self.shown[box.y : box.bottom, box.x : box.right] = piece.pixels
        # What has changed since then waits, also where it changed back to what was shown before.
        differs = any_in_tiles(self._latest[box.y : box.bottom, box.x : box.right] != piece.pixels, TILE_PX)
        self._first[_tiles(box)] = np.where(differs, piece.read_ns, NEVER)
        return True

    def aside(self, boxes: Iterable[Rect]) -> None:
        """Where something is still set aside: a later version of it tells of the whole of these places."""
        self._aside[:] = False
        for box in boxes:
            self._aside[_tiles(box)] = True

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
        self,
        started_ns: int,
        masks: Iterable[Rect],
        typing: Iterable[Rect],
        only: Iterable[Rect] | None = None,
        apart: Iterable[Rect] = (),
    ) -> Change | None:
        """Show what a tree begun at `started_ns` vouches for: all that hasn't changed since, with masks painted.

        `only`: everything outside these rectangles stays hidden; `apart`: pixels there wait, since others show them.
        None when the shown picture is the same as before.
        """
        layers = (frozenset(masks), frozenset(typing), frozenset(only if only is not None else (self.area,)))
        stable = self._ready <= started_ns
        for rect in apart:
            stable[_tiles(rect.intersect(self.area))] = False
        for rect in layers[0] | layers[1]:
            # How far a secret has been typed must not show at the edge of its mask: all around it waits together.
            part = _tiles(rect.intersect(self.area))
            stable[part] &= stable[part].all()
        new = stable & (self._first != NEVER)
        whole = self._recheck or layers != self._painted
        look = self._ready != NEVER if whole else new
        change: Change | None = None
        for top in range(0, look.shape[0], BAND_TILES):
            rows = slice(top, min(top + BAND_TILES, look.shape[0]))
            if look[rows].any():
                change = _both(change, self._check_band(rows, look[rows], stable, new, layers, started_ns))
        self._first[new] = self._fresh[new] = NEVER
        if look.any():
            self._painted = layers
            self._recheck = whole and bool((~stable & look).any())
        return change

    def _check_band(
        self, band: slice, look: Tiles, stable: Tiles, new: Tiles, layers: tuple[frozenset[Rect], ...], started_ns: int
    ) -> Change | None:
        rows, columns, box = self._around(look, band.start)
        now = self.shown[box.y : box.bottom, box.x : box.right]
        latest, sure = self._latest[box.y : box.bottom, box.x : box.right], stable[rows, columns]
        then = latest.copy() if sure.all() else np.where(_pixels_of(sure, now.shape), latest, now)
        self._paint(then, box, layers)
        before, old = self._covered[rows, columns], ~new[rows, columns]
        if (before & old).any():
            # The same pixels hide the same secret, whatever the tree says by now. Where nothing is covered none does.
            keep = _pixels_of(old, now.shape) & (now >> 24 == MASKED)
            then[keep] = now[keep]
        # A painted pixel has a flag above its colours.
        after = np.zeros(before.shape, np.bool_)
        if int(then.max()) > 0xFFFFFF:
            flags = then >> 24
            after = any_in_tiles((flags == MASKED) | (flags == TYPED), TILE_PX)
        tiles = any_in_tiles(then != now, TILE_PX)
        result = self._change(tiles, before | after, rows, columns, started_ns)
        now[:] = then
        self._covered[rows, columns] = after
        return None if result is None else result._replace(area=box)

    def _around(self, tiles: Tiles, first_row: int) -> tuple[slice, slice, Rect]:
        """The rows and columns that hold the set tiles, and their pixels."""
        down, across = np.flatnonzero(tiles.any(1)) + first_row, np.flatnonzero(tiles.any(0))
        rows, columns = slice(int(down[0]), int(down[-1]) + 1), slice(int(across[0]), int(across[-1]) + 1)
        left, top = columns.start * TILE_PX, rows.start * TILE_PX
        box = Rect(left, top, columns.stop * TILE_PX - left, rows.stop * TILE_PX - top)
        return rows, columns, box.intersect(self.area)

    def _change(self, tiles: Tiles, covered: Tiles, rows: slice, columns: slice, started_ns: int) -> Change | None:
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


def _both(one: Change | None, other: Change | None) -> Change | None:
    """Two changes of one picture as one."""
    if one is None or other is None:
        return one or other
    area = around(one.area, other.area) if one.area is not None and other.area is not None else None
    return Change(min(one.changed_ns, other.changed_ns), max(one.time_ns, other.time_ns), area)


def _tiles(rect: Rect) -> tuple[slice, slice]:
    return tiles_of(rect, TILE_PX)


def _pixels_of(tiles: Tiles, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """A flag for each pixel out of one for each tile."""
    grown: npt.NDArray[np.bool_] = tiles.repeat(TILE_PX, 0)[: shape[0]].repeat(TILE_PX, 1)[:, : shape[1]]
    return grown


def recoloured(then: Pixels, now: Pixels) -> bool:
    """True when `now` (same shape) is `then` in other colours: nothing can be read in it that wasn't there before.

    Each block of pixels that changed is judged by itself; a block smaller than a button is never taken for one.
    """
    differs = then != now
    blocks = [
        (slice(top, bottom), slice(left, right))
        for top, bottom in runs_of(differs.any(1))
        for left, right in runs_of(differs[top:bottom].any(0))
    ]
    return 0 < len(blocks) <= MOST_BLOCKS and all(_other_colours(then[block], now[block]) for block in blocks)


def _other_colours(then: Pixels, now: Pixels) -> bool:
    """In each of R, G, B, pixels with one value before have one value now: so it is with text on smooth ground, too."""
    if min(then.shape) < LEAST_BLOCK_PX:
        return False
    before, after = (np.ascontiguousarray(each).view(np.uint8).reshape(-1, 4) for each in (then, now))
    for channel in range(3):
        order = np.argsort(before[:, channel], kind="stable")
        edges = np.flatnonzero(np.diff(before[order, channel])) + 1
        if (edges.size + 1) * LEAST_OF_A_VALUE > order.size:
            return False
        starts, values = np.concatenate(([0], edges)), after[order, channel]
        spread = np.maximum.reduceat(values, starts) - np.minimum.reduceat(values, starts)
        if int(spread.max()) > SAME_COLOUR:
            return False
    return True
