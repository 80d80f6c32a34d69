"""Windows of programs without a usable tree: their pixels are read, and shown as far as what was read may be.

What changed is copied and asked about, one part at a time; the answer comes as a `Read` record like all else, and lets
those very pixels be shown, with everything painted over that is sensitive, unsure, or looks like text that nobody read.
Until then the old picture stays. A part that isn't read in time is dropped, and waits for a later question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from understudy.records.events import Patch, Read, ReadWord
from understudy.records.geometry import Rect
from understudy.redact.ocr_words import Find, judge
from understudy.redact.pixels import BLANK, MASK, NEVER, TILE_PX, Change, Pixels
from understudy.redact.structure import Flags, Structure, empty_tiles, level, structure_of
from understudy.redact.tiles import Tiles, any_in_tiles, boxes_of, runs_of, tiles_of

BUDGET_NS = 4_000_000_000
"""A part that wasn't read by then is dropped."""
CONTEXT_PX = 48
"""Rows above and below a change that are read with it: its lines whole, and their neighbours."""
GAP_PX = 160
"""What stands further to the side, with nothing between, is not read with it."""
BESIDE_PX = 48
"""So much ground on both sides: letters at the very edge are read badly, and masks reach beyond what they hide."""
MOST_PX = 480_000
"""The largest part, px: about half a second of reading. Not read in time, it is halved, down to LEAST_PX."""
LEAST_PX = MOST_PX // 2
TYPING_NS = 30_000_000_000
"""So long after a key a text may go on where it ends."""
TYPING_REST_NS = 600_000_000
"""While keys come faster than this, what they change is not asked about."""
LONGEST_REST_NS = 3_000_000_000
FIRST_PAUSE_NS, LONGEST_PAUSE_NS = 1_000_000_000, 16_000_000_000
"""How long nothing is asked after a part was not read in time."""
CARET_PX, CARET_HEIGHT_PX = 3, 64
UNREAD_PX = 8
"""What nobody read is covered in squares of this size."""
PLAIN_PX = 2


class Question(NamedTuple):
    """Part of a window to be read: `grey` row by row, width * height bytes."""

    number: int
    width: int
    height: int
    grey: bytes


@dataclass(frozen=True)
class Part:
    """A copy of `box` (px in the window, in whole tiles) as it was read at `read_ns`; `asked` are its tiles that wait.

    `changed_ns` is when the first change in them was told.
    """

    box: Rect
    pixels: Pixels
    structure: Structure
    asked: Tiles
    changed_ns: int
    read_ns: int

    @property
    def bare(self) -> bool:
        """True when there is nothing that could be read."""
        return not self.structure.marks.any()

    def question(self, number: int) -> Question:
        """What to ask about it."""
        channels = self.pixels.view(np.uint8).reshape(self.box.height, self.box.width, 4)
        grey = (channels[..., :3] @ np.array((77, 150, 29), np.uint16)) >> 8
        return Question(number, self.box.width, self.box.height, grey.astype(np.uint8).tobytes())


class ReadWindow:
    """One window's picture as far as it was read; rectangles in px relative to its client area."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self.area = Rect(0, 0, width_px, height_px)
        self.shown: Pixels = np.full((height_px, width_px), BLANK, "<u4")
        self._latest: Pixels = np.zeros((height_px, width_px), "<u4")
        grid = (-(-height_px // TILE_PX), -(-width_px // TILE_PX))
        self._known = np.zeros((height_px, width_px), np.bool_)
        self._waits = np.zeros(grid, np.bool_)
        self._first = np.full(grid, NEVER, np.int64)
        self._read = np.zeros(grid, np.int64)
        self.typed_ns = -TYPING_NS

    def patch(self, patch: Patch, read_ns: int) -> None:
        """Take over new pixels; what differs by more than a caret waits to be read."""
        rect = patch.rect.intersect(self.area)
        if rect.empty or len(patch.pixels) != 3 * patch.rect.width * patch.rect.height:
            return
        source = np.frombuffer(patch.pixels, np.uint8).reshape(patch.rect.height, patch.rect.width, 3)
        left, top = rect.x - patch.rect.x, rect.y - patch.rect.y
        new = np.zeros((rect.height, rect.width), "<u4")
        channels = new.view(np.uint8).reshape(rect.height, rect.width, 4)
        channels[..., :3] = source[top : top + rect.height, left : left + rect.width]
        here = slice(rect.y, rect.bottom), slice(rect.x, rect.right)
        caret = rect.width <= CARET_PX and rect.height <= CARET_HEIGHT_PX and bool(self._known[here].all())
        differs = np.zeros(self._known.shape, np.bool_)
        differs[here] = (new != self._latest[here]) | ~self._known[here]
        self._latest[here] = new
        self._known[here] = True
        if caret or not differs.any():
            return
        part = tiles_of(rect, TILE_PX)
        rows, columns = part
        inside = differs[rows.start * TILE_PX : rows.stop * TILE_PX, columns.start * TILE_PX : columns.stop * TILE_PX]
        tiles = any_in_tiles(inside, TILE_PX)
        self._waits[part] |= tiles
        self._first[part] = np.where(tiles, np.minimum(self._first[part], patch.damaged_ns), self._first[part])
        self._read[part] = np.where(tiles, read_ns, self._read[part])

    def waits_since(self, now_ns: int) -> int | None:
        """When the first change was told that is to be asked about now; None: nothing is."""
        if not self._waits.any():
            return None
        first = int(self._first[self._waits].min())
        rests = now_ns - self.typed_ns >= TYPING_REST_NS or now_ns - first >= LONGEST_REST_NS
        return first if rests else None

    def part(self, most_px: int) -> Part:
        """Something that waits, with what stands around it, copied; from now on it waits no more.

        It has about `most_px`, more only where a window is very wide.
        """
        rows = self._rows(most_px)
        columns = np.flatnonzero(self._waits[rows].any(0))
        core = Rect(
            int(columns[0]) * TILE_PX,
            rows.start * TILE_PX,
            (int(columns[-1]) + 1 - int(columns[0])) * TILE_PX,
            (rows.stop - rows.start) * TILE_PX,
        )
        band = Rect(0, core.y - CONTEXT_PX, self.area.width, core.height + 2 * CONTEXT_PX).intersect(self.area)
        structure = structure_of(self._rgb(band))
        left, right = _reach(structure, core, self.area.width)
        box = Rect(left, band.y, right - left, band.height)
        inside = slice(None), slice(left, right)
        place = tiles_of(box, TILE_PX)
        asked = np.zeros_like(self._waits[place])
        top = rows.start - place[0].start
        asked[top : top + rows.stop - rows.start] = self._waits[rows, place[1]]
        part = Part(
            box=box,
            pixels=self._latest[box.y : box.bottom, box.x : box.right].copy(),
            structure=Structure(structure.marks[inside], structure.lines[inside]),
            asked=asked,
            changed_ns=int(self._first[place][asked].min()),
            read_ns=int(self._read[place][asked].max()),
        )
        self._waits[place] &= ~asked
        self._first[place][asked] = NEVER
        return part

    def _rows(self, most_px: int) -> slice:
        """The first rows of tiles that wait, with others nearby, as many as may be read at once."""
        waiting: Tiles = self._waits.any(1)  # type: ignore[assignment]
        most = max(1, (most_px // self.area.width - 2 * CONTEXT_PX) // TILE_PX)
        start, stop = runs_of(waiting)[0]
        for first, end in runs_of(waiting):
            if (first - stop) * TILE_PX <= 2 * CONTEXT_PX:
                stop = end
        return slice(start, min(stop, start + most))

    def _rgb(self, box: Rect) -> npt.NDArray[np.uint8]:
        channels = self._latest.view(np.uint8).reshape(*self._latest.shape, 4)
        return channels[box.y : box.bottom, box.x : box.right, :3]

    def ask_again(self, part: Part) -> None:
        """A part was not read: it waits as before."""
        place = tiles_of(part.box, TILE_PX)
        self._waits[place] |= part.asked
        first = self._first[place]
        first[part.asked] = np.minimum(first[part.asked], part.changed_ns)

    def show(
        self, part: Part, words: Sequence[ReadWord], find: Find, now_ns: int, *, covered: Iterable[Rect] = ()
    ) -> Change | None:
        """Show a part by what was read in it; None when it looks as before. `covered` is masked whatever was read."""
        judged = judge(words, find, typing=part.read_ns - self.typed_ns < TYPING_NS)
        box = part.box
        masks = [*judged.secret, *(rect.shift(-box.x, -box.y) for rect in covered)]
        empty = empty_tiles(part.structure, TILE_PX)
        then = part.pixels.copy()
        level(then, empty, TILE_PX)
        unread = part.structure.marks.copy()
        for rect in judged.plain:
            unread[_inside(rect.grow(PLAIN_PX), box)] = False
        for rect in masks:
            unread[_inside(rect, box)] = False
        left_out = [place.grow(PLAIN_PX) for place in boxes_of(any_in_tiles(unread, UNREAD_PX), UNREAD_PX)]
        for rect in (*judged.wide, *left_out):
            then[_inside(rect, box)] = MASK
        for rect in judged.plain:
            then[_inside(rect, box)] = part.pixels[_inside(rect, box)]
        for rect in masks:
            then[_inside(rect, box)] = MASK
        now = self.shown[box.y : box.bottom, box.x : box.right]
        # What shows nothing hides nothing. All other pixels that haven't changed keep what was painted over them.
        fresh = (part.asked | empty).repeat(TILE_PX, 0)[: box.height].repeat(TILE_PX, 1)[:, : box.width]
        then = np.where(fresh, then, now)
        for rect in masks:
            then[_inside(rect, box)] = MASK
        differs = then != now
        if not differs.any():
            return None
        # When something came beneath a mask is nobody's business.
        hidden = bool(((then[differs] >> 24 != 0) & (now[differs] >> 24 != 0)).all())
        now[:] = then
        return Change(now_ns, now_ns, box) if hidden else Change(part.changed_ns, part.read_ns, box)


def _inside(rect: Rect, box: Rect) -> tuple[slice, slice]:
    """A rectangle (px in a box) as rows and columns of that box."""
    part = rect.intersect(Rect(0, 0, box.width, box.height))
    return slice(part.y, part.bottom), slice(part.x, part.right)


def _reach(structure: Structure, core: Rect, width_px: int) -> tuple[int, int]:
    """How far to the left and right of `core` there is something, without a gap; in whole tiles."""
    columns: Flags = structure.marks.any(0)  # type: ignore[assignment]
    left, right = core.x, core.right
    found = np.flatnonzero(columns[:left])
    while found.size and left - int(found[-1]) <= GAP_PX:
        left = int(found[-1])
        found = found[found < left]
    found = np.flatnonzero(columns[right:]) + right
    while found.size and int(found[0]) - right <= GAP_PX:
        right = int(found[0]) + 1
        found = found[found >= right]
    return max(0, left // TILE_PX * TILE_PX - BESIDE_PX), min(width_px, -(-right // TILE_PX) * TILE_PX + BESIDE_PX)


@dataclass(frozen=True)
class _Asked:
    question: Question
    window: int
    part: Part
    asked_ns: int


class OcrLane:
    """The windows whose pixels are read, and the one question under way. `find` tells what is sensitive in a text."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self.windows: dict[int, ReadWindow] = {}
        self._asked: _Asked | None = None
        self._told = False
        self._number = 0
        self._next_ns = 0
        self._pause_ns = FIRST_PAUSE_NS
        self._lost = False
        self._missed = 0
        self._most_px = MOST_PX

    def forget(self) -> None:
        """Know no pixels any more; answers to what was asked before tell nothing."""
        self.windows = {}
        self._asked = None

    def typed(self, window: int, time_ns: int) -> None:
        """A key that makes text went to a window."""
        if window in self.windows:
            self.windows[window].typed_ns = time_ns

    def question(self) -> Question | None:
        """What to have read now; told once."""
        if self._asked is None or self._told:
            return None
        self._told = True
        return self._asked.question

    def missed(self) -> int:
        """How many spells of parts not read in time have begun since the last call."""
        missed, self._missed = self._missed, 0
        return missed

    def advance(self, now_ns: int) -> list[tuple[int, Change]]:
        """Give up what isn't read in time, and ask about what waits longest.

        Returns (window, change) for what holds nothing to be read, and is shown at once.
        """
        if self._asked is not None and now_ns - self._asked.asked_ns > BUDGET_NS:
            self._miss(now_ns)
        changes = []
        while self._asked is None and now_ns >= self._next_ns:
            waiting = [
                (since, id_) for id_, each in self.windows.items() if (since := each.waits_since(now_ns)) is not None
            ]
            if not waiting:
                break
            window = min(waiting)[1]
            part = self.windows[window].part(self._most_px)
            if part.bare:
                change = self.windows[window].show(part, (), self._find, now_ns)
                if change is not None:
                    changes.append((window, change))
                continue
            self._asked, self._told = _Asked(part.question(self._number), window, part, now_ns), False
            self._number += 1
        return changes

    def answer(self, read: Read, covered: Sequence[Rect]) -> tuple[int, Change] | None:
        """What was read. None when nothing looks different, or nobody waits for it any more.

        `covered` (px in the window) is masked whatever was read there.
        """
        asked = self._asked
        if asked is None or asked.question.number != read.question:
            return None
        if read.words is None:
            self._miss(read.time_ns)
            return None
        self._asked, self._lost, self._pause_ns = None, False, FIRST_PAUSE_NS
        self._most_px = min(2 * self._most_px, MOST_PX)
        pixels = self.windows.get(asked.window)
        if pixels is None or pixels.area.intersect(asked.part.box) != asked.part.box:
            return None
        change = pixels.show(asked.part, read.words, self._find, read.time_ns, covered=covered)
        return None if change is None else (asked.window, change)

    @property
    def asked_window(self) -> int | None:
        """The window that the question under way is about."""
        return None if self._asked is None else self._asked.window

    def place(self, window: int, rect: Rect) -> None:
        """A window stands at `rect`: known anew when its size is another."""
        pixels = self.windows.get(window)
        if pixels is None or (pixels.area.width, pixels.area.height) != (rect.width, rect.height):
            self.drop(window)
            self.windows[window] = ReadWindow(rect.width, rect.height)

    def drop(self, window: int) -> None:
        """A window is gone, or out of scope."""
        self.windows.pop(window, None)
        if self._asked is not None and self._asked.window == window:
            self._asked = None

    def _miss(self, now_ns: int) -> None:
        assert self._asked is not None
        if self._asked.window in self.windows:
            self.windows[self._asked.window].ask_again(self._asked.part)
        self._asked = None
        self._next_ns, self._pause_ns = now_ns + self._pause_ns, min(2 * self._pause_ns, LONGEST_PAUSE_NS)
        self._missed += not self._lost
        self._most_px = max(self._most_px // 2, LEAST_PX)
        self._lost = True
