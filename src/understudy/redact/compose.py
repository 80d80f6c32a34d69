"""The whole screen out of the windows that may be shown, and the frames that are kept of it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from understudy.records.events import Placement
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, FramePatch
from understudy.redact.pixels import BLANK, Change, Pixels, WindowPixels, any_in_tiles, painted

TILE_PX = 64
ROOT = painted(0, 0x80)
"""The bare desktop: nobody's window, so not counted as painted over."""
WEBP_EFFORT = 1
"""Pillow's `method` 1 with `quality` 20: a 1080p page of text in 42 ms and 4 KB (method 0: 76 ms, 16 KB)."""


class Screen:
    """The composed screen: what was last kept of it, and what has changed since."""

    def __init__(self, area: Rect) -> None:
        self.area = area
        self._kept: Pixels | None = None
        self._changed_ns: int | None = None
        self._time_ns = 0
        self._last_ns = 0

    def touch(self, change: Change) -> None:
        """Something may look different from now on."""
        self._changed_ns = change.changed_ns if self._changed_ns is None else min(self._changed_ns, change.changed_ns)
        self._time_ns = max(self._time_ns, change.time_ns)

    @property
    def touched(self) -> bool:
        """True when something may look different from the last frame."""
        return self._changed_ns is not None

    def frame(
        self, stack: Sequence[Placement], windows: Mapping[int, WindowPixels], *, now_ns: int, key: bool
    ) -> Frame | None:
        """The frame to keep now (seq 0), None when nothing looks different and none is asked for by `key`.

        Windows that aren't in `windows` are blank and hide what lies beneath. Raises ValueError for times that run
        backwards.
        """
        screen = self._compose(stack, windows)
        key = key or self._kept is None
        differs = None if self._kept is None else any_in_tiles(screen != self._kept, TILE_PX)
        same = differs is not None and not differs.any()
        changed_ns, time_ns = self._changed_ns, self._time_ns
        self._changed_ns, self._time_ns = None, 0
        if same and not key:
            return None
        if same or changed_ns is None:
            # A picture repeated for a new segment: nothing changed before it.
            changed_ns = time_ns = now_ns
        time_ns = max(self._last_ns, min(time_ns, now_ns))
        self._last_ns, self._kept = time_ns, screen
        boxes = [self.area.shift(-self.area.x, -self.area.y)] if key or differs is None else boxes_of(differs)
        patches = tuple(self._patch(screen, box) for box in boxes)
        return Frame(
            time_ns=time_ns,
            seq=0,
            changed_ns=min(changed_ns, time_ns),
            width=self.area.width,
            height=self.area.height,
            key=key,
            patches=patches,
            masked_px=int(np.count_nonzero(screen >> 24)),
        )

    def _compose(self, stack: Sequence[Placement], windows: Mapping[int, WindowPixels]) -> Pixels:
        screen: Pixels = np.full((self.area.height, self.area.width), ROOT, "<u4")
        for place in stack:
            part = place.rect.intersect(self.area)
            if part.empty:
                continue
            target = screen[
                part.y - self.area.y : part.bottom - self.area.y, part.x - self.area.x : part.right - self.area.x
            ]
            pixels = windows.get(place.window)
            if pixels is None or (pixels.area.width, pixels.area.height) != (place.rect.width, place.rect.height):
                target[:] = BLANK
            else:
                inside = part.shift(-place.rect.x, -place.rect.y)
                target[:] = pixels.shown[inside.y : inside.bottom, inside.x : inside.right]
        return screen

    def _patch(self, screen: Pixels, box: Rect) -> FramePatch:
        box = box.intersect(Rect(0, 0, self.area.width, self.area.height))
        channels = screen.view(np.uint8).reshape(self.area.height, self.area.width, 4)
        rgb = np.ascontiguousarray(channels[box.y : box.bottom, box.x : box.right, :3])
        out = io.BytesIO()
        Image.fromarray(rgb).save(out, "WEBP", lossless=True, method=WEBP_EFFORT, quality=20, exact=True)
        return FramePatch(box.x + self.area.x, box.y + self.area.y, box.width, box.height, out.getvalue())


def boxes_of(tiles: npt.NDArray[np.bool_]) -> list[Rect]:
    """Rectangles (px) that cover the set tiles and no others: runs in a row, joined with equal runs below."""
    open_runs: dict[tuple[int, int], int] = {}
    boxes: list[Rect] = []

    def close(run: tuple[int, int], top: int, bottom: int) -> None:
        boxes.append(Rect(run[0] * TILE_PX, top * TILE_PX, (run[1] - run[0]) * TILE_PX, (bottom - top) * TILE_PX))

    for row in range(tiles.shape[0] + 1):
        runs = set(_runs(tiles[row])) if row < tiles.shape[0] else set()
        for run in [run for run in open_runs if run not in runs]:
            close(run, open_runs.pop(run), row)
        for run in runs:
            open_runs.setdefault(run, row)
    return sorted(boxes, key=lambda box: (box.y, box.x))


def _runs(row: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """[first, end) of each stretch of set flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
    return [(int(edges[i]), int(edges[i + 1])) for i in range(0, len(edges), 2)]
