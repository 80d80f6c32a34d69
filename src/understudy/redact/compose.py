"""The whole screen out of the windows that may be shown, and the frames that are kept of it.

Only what may have changed is composed and compared: a line of text costs a line of text, not a screen.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from understudy.records.events import Placement
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, FramePatch
from understudy.redact.pixels import BLANK, Change, Pixels, painted
from understudy.redact.tiles import any_in_tiles, around, boxes_of

TILE_PX = 64
ROOT = painted(0, 0x80)
"""The bare desktop: nobody's window, so not counted as painted over."""
WEBP_EFFORT, WEBP_QUALITY = 4, 50
"""Lossless all the same. Office work in lines, menus and dialogs: a third less than (1, 20), in 2 ms a patch for 0.8;
a whole 1080p page of text 42 KB in 56 ms for 85 KB in 26. (6, 100) saves 4 % more, in 220 ms a patch."""
FINE_PX = 16
"""What changed is cut out along squares of this size."""
BAND_PX = 2 * TILE_PX
MOST_AREAS = 12
"""Areas that changed are looked at one by one up to this number, then as one."""


class Shown(Protocol):
    """What of a window may be shown: `shown` in px relative to its client area `area`."""

    area: Rect
    shown: Pixels


class Screen:
    """The composed screen: what was last kept of it, and what has changed since."""

    def __init__(self, area: Rect) -> None:
        self.area = area
        self._kept: Pixels | None = None
        self._masked_px = 0
        self._dirty: list[Rect] = []
        self._changed_ns: int | None = None
        self._time_ns = 0
        self._last_ns = 0

    def touch(self, change: Change, area: Rect | None = None) -> None:
        """Something may look different from now on: inside `area` (root px), None: anywhere."""
        self._changed_ns = change.changed_ns if self._changed_ns is None else min(self._changed_ns, change.changed_ns)
        self._time_ns = max(self._time_ns, change.time_ns)
        self._mark(area)

    def _mark(self, area: Rect | None) -> None:
        # In whole tiles, so that the patches don't depend on where in a tile something changed.
        place = self.area if area is None else _whole_tiles(area.shift(-self.area.x, -self.area.y)).shift(*self._origin)
        place = place.intersect(self.area)
        while near := next((each for each in self._dirty if not each.intersect(place).empty), None):
            self._dirty.remove(near)
            place = around(place, near)
        if not place.empty:
            self._dirty.append(place)
        if len(self._dirty) > MOST_AREAS:
            first, *others = self._dirty
            for each in others:
                first = around(first, each)
            self._dirty = [first]

    @property
    def touched(self) -> bool:
        """True when something may look different from the last frame."""
        return self._changed_ns is not None

    @property
    def time_ns(self) -> int:
        """When the newest of what may look different was read; 0 when nothing may."""
        return self._time_ns

    @property
    def last_ns(self) -> int:
        """The time of the last frame, 0 before the first."""
        return self._last_ns

    @property
    def _origin(self) -> tuple[int, int]:
        return self.area.x, self.area.y

    def frame(
        self, stack: Sequence[Placement], windows: Mapping[int, Shown], *, now_ns: int, key: bool
    ) -> Frame | None:
        """The frame to keep now (seq 0), None when nothing looks different and none is asked for by `key`.

        Windows that aren't in `windows` are blank and hide what lies beneath. Raises ValueError for times that run
        backwards.
        """
        whole = self._kept is None
        key = key or whole
        if self._kept is None:
            self._kept = np.full((self.area.height, self.area.width), ROOT, "<u4")
        boxes = []
        for area in [self.area] if whole else self._dirty:
            for band in _bands(area):
                boxes += self._update(self._kept, band, stack, windows)
        self._dirty = []
        changed_ns, time_ns = self._changed_ns, self._time_ns
        self._changed_ns, self._time_ns = None, 0
        if not boxes and not key:
            return None
        if not boxes or changed_ns is None:
            # A picture repeated for a new segment: nothing changed before it.
            changed_ns = time_ns = now_ns
        time_ns = max(self._last_ns, min(time_ns, now_ns))
        self._last_ns = time_ns
        if key:
            boxes = _bands(self.area.shift(-self.area.x, -self.area.y))
        return Frame(
            time_ns=time_ns,
            seq=0,
            changed_ns=min(changed_ns, time_ns),
            width=self.area.width,
            height=self.area.height,
            key=key,
            patches=tuple(self._patch(self._kept, box) for box in sorted(boxes, key=lambda box: (box.y, box.x))),
            masked_px=self._masked_px,
        )

    def past(
        self,
        change: Change,
        areas: Sequence[Rect],
        stack: Sequence[Placement],
        windows: Mapping[int, Shown],
        *,
        current: bool,
    ) -> Frame | None:
        """The frame of a moment that has passed, when only `areas` (root px) had changed since the last one.

        What else has changed by now comes with the next frame. `current`: `stack` is still that of now.
        """
        waiting = self._dirty, self._changed_ns, self._time_ns
        if self._kept is None or (current and self._time_ns <= change.time_ns):
            waiting = [], None, 0
        else:
            self._dirty, self._changed_ns, self._time_ns = [], None, 0
        for area in areas:
            self.touch(change, area)
        frame = self.frame(stack, windows, now_ns=change.time_ns, key=False)
        dirty, self._changed_ns, self._time_ns = waiting
        for area in dirty if current else [*dirty, *areas]:
            self._mark(area)
        if not current and self._changed_ns is None:
            self._changed_ns, self._time_ns = change.changed_ns, change.time_ns
        return frame

    def _update(self, kept: Pixels, area: Rect, stack: Sequence[Placement], windows: Mapping[int, Shown]) -> list[Rect]:
        """Bring `area` (root px) of what is kept up to date; the boxes (screen px) that look different."""
        at = area.shift(-self.area.x, -self.area.y)
        then = kept[at.y : at.bottom, at.x : at.right]
        now = _compose(area, stack, windows)
        differs = now != then
        boxes = [
            _trimmed(box.intersect(Rect(0, 0, at.width, at.height)), differs).shift(at.x, at.y)
            for box in boxes_of(any_in_tiles(differs, TILE_PX), TILE_PX)
        ]
        for box in boxes:
            inside = box.shift(-at.x, -at.y)
            new = now[inside.y : inside.bottom, inside.x : inside.right]
            old = then[inside.y : inside.bottom, inside.x : inside.right]
            self._masked_px += _painted_px(new) - _painted_px(old)
            old[:] = new
        return boxes

    def _patch(self, screen: Pixels, box: Rect) -> FramePatch:
        pixels = screen[box.y : box.bottom, box.x : box.right].tobytes()
        # As they lie in memory: WebP takes R, G and B of each pixel, and nothing of its flag.
        image = Image.frombuffer("RGBX", (box.width, box.height), pixels, "raw", "RGBX", 0, 1)
        out = io.BytesIO()
        image.save(out, "WEBP", lossless=True, method=WEBP_EFFORT, quality=WEBP_QUALITY, exact=True)
        return FramePatch(box.x + self.area.x, box.y + self.area.y, box.width, box.height, out.getvalue())


def _compose(area: Rect, stack: Sequence[Placement], windows: Mapping[int, Shown]) -> Pixels:
    """What `area` (root px) shows."""
    screen: Pixels = np.full((area.height, area.width), ROOT, "<u4")
    for place in stack:
        part = place.rect.intersect(area)
        if part.empty:
            continue
        target = screen[part.y - area.y : part.bottom - area.y, part.x - area.x : part.right - area.x]
        pixels = windows.get(place.window)
        if pixels is None or (pixels.area.width, pixels.area.height) != (place.rect.width, place.rect.height):
            target[:] = BLANK
        else:
            inside = part.shift(-place.rect.x, -place.rect.y)
            target[:] = pixels.shown[inside.y : inside.bottom, inside.x : inside.right]
    return screen


def _bands(area: Rect) -> list[Rect]:
    """An area in pieces of at most BAND_PX rows: encoding a whole screen at once takes much memory."""
    return [area.intersect(Rect(area.x, top, area.width, BAND_PX)) for top in range(area.y, area.bottom, BAND_PX)]


def _trimmed(box: Rect, differs: npt.NDArray[np.bool_]) -> Rect:
    """The part of `box` in which something differs, along squares of FINE_PX."""
    part = differs[box.y : box.bottom, box.x : box.right]
    down, across = np.flatnonzero(part.any(1)) // FINE_PX, np.flatnonzero(part.any(0)) // FINE_PX
    left, top = box.x + int(across[0]) * FINE_PX, box.y + int(down[0]) * FINE_PX
    right, bottom = box.x + (int(across[-1]) + 1) * FINE_PX, box.y + (int(down[-1]) + 1) * FINE_PX
    return Rect(left, top, right - left, bottom - top).intersect(box)


def _painted_px(pixels: Pixels) -> int:
    return int(np.count_nonzero(pixels > 0xFFFFFF))


def _whole_tiles(area: Rect) -> Rect:
    left, top = area.x // TILE_PX * TILE_PX, area.y // TILE_PX * TILE_PX
    return Rect(left, top, -(-area.right // TILE_PX) * TILE_PX - left, -(-area.bottom // TILE_PX) * TILE_PX - top)
