"""Pixels of single windows, from their own pixmaps: what lies above or below a window is never read.

Every top-level window is redirected (COMPOSITE), so its content exists apart from the screen; DAMAGE tells which
rectangles changed. Nothing passes through shared memory, which other processes could map.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import xcffib
import xcffib.composite
import xcffib.damage
import xcffib.xfixes
import xcffib.xproto

from understudy.capture.source import CaptureUnavailable
from understudy.capture.x11.connect import Connection, raw_reply, screen_of
from understudy.capture.x11.windows import Toplevel
from understudy.records.events import Patch
from understudy.records.geometry import Rect

MAX_RECTS = 24
"""More damaged rectangles than this are read as one: each costs a request."""

MOST_ASKED_PX = 1 << 18
"""Most pixels asked for before the first of them are taken: a whole screen at once would lie in memory three times."""

_Z_PIXMAP = 2
_ALL_PLANES = 0xFFFFFFFF
_NON_EMPTY = 3
_AUTOMATIC = 0
_TRUE_COLOUR = (0xFF0000, 0x00FF00, 0x0000FF)


@dataclass
class _Watched:
    """A window whose pixels may be read. `size`: of the client area at the last patch, None before the first."""

    damage: int
    region: int
    size: tuple[int, int] | None = None
    damaged_ns: int | None = None


class Pixels:
    """Reads what changed in the windows that were allowed, and in no other.

    `allow` sets them; `damaged` takes the server's word that one changed; `read` gives the patches, best called under
    a server grab together with stacking and geometry. Raises CaptureUnavailable when the server lacks an extension
    or its pixels aren't 24-bit true colour.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._core = connection.core
        screen = screen_of(connection)
        self._root = screen.root
        _check_visual(screen)
        self._composite = connection(xcffib.composite.key)
        self._damage = connection(xcffib.damage.key)
        self._fixes = connection(xcffib.xfixes.key)
        self._composite.QueryVersion(0, 4).reply()
        self._fixes.QueryVersion(2, 0).reply()
        self._damage.QueryVersion(1, 1).reply()
        # Beside a desktop's own compositor, automatic redirection by us changes nothing.
        self._composite.RedirectSubwindowsChecked(self._root, _AUTOMATIC).check()
        self._watched: dict[int, _Watched] = {}
        self._by_damage: dict[int, int] = {}

    @property
    def pending(self) -> bool:
        """True when an allowed window has changed since it was last read."""
        return any(watched.damaged_ns is not None for watched in self._watched.values())

    def allow(self, windows: frozenset[int], now_ns: int) -> bool:
        """Only these windows may be read from now on. True when that is a change."""
        gone, fresh = self._watched.keys() - windows, windows - self._watched.keys()
        for window in gone:
            self._unwatch(window)
        for window in sorted(fresh):
            self._watch(window, now_ns)
        return bool(gone or fresh)

    def _watch(self, window: int, now_ns: int) -> None:
        damage, region = self._connection.generate_id(), self._connection.generate_id()
        try:
            self._damage.CreateChecked(damage, window, _NON_EMPTY).check()
        except xcffib.Error:
            return  # gone already
        self._fixes.CreateRegion(region, 0, [])
        self._watched[window] = _Watched(damage, region, damaged_ns=now_ns)
        self._by_damage[damage] = window

    def _unwatch(self, window: int) -> None:
        watched = self._watched.pop(window)
        self._by_damage.pop(watched.damage)
        # Fails harmlessly when the window has died, and its damage with it.
        self._damage.Destroy(watched.damage)
        self._fixes.DestroyRegion(watched.region)

    def damaged(self, damage: int, time_ns: int) -> None:
        """The server said that a window changed at `time_ns`."""
        watched = self._watched.get(self._by_damage.get(damage, 0))
        if watched is not None and watched.damaged_ns is None:
            watched.damaged_ns = time_ns

    def forget(self) -> None:
        """Read nothing any more until windows are allowed anew."""
        for window in list(self._watched):
            self._unwatch(window)

    def hidden(self, mapped: set[int], now_ns: int) -> None:
        """Windows not mapped now are sent whole when they come back."""
        for window, watched in self._watched.items():
            if window not in mapped:
                watched.size, watched.damaged_ns = None, None
            elif watched.size is None:
                watched.damaged_ns = watched.damaged_ns or now_ns

    def captured(self, window: int) -> bool:
        """True when patches of the window were read since it was allowed, and cover all of it."""
        watched = self._watched.get(window)
        return watched is not None and watched.size is not None

    def read(self, toplevels: tuple[Toplevel, ...], now_ns: int) -> tuple[Patch, ...]:
        """The patches of allowed windows that changed or are new; two round trips, and one for each 1 MB."""
        wanted: list[tuple[Toplevel, _Watched, Any]] = []
        for top in toplevels:
            watched = self._watched.get(top.client)
            if watched is None:
                continue
            if watched.size != (top.rect.width, top.rect.height):
                watched.size = None
            if watched.damaged_ns is None and watched.size is not None:
                continue
            self._damage.Subtract(watched.damage, 0, watched.region)
            wanted.append((top, watched, self._fixes.FetchRegion(watched.region)))
        patches: list[Patch] = []
        for top, watched, cookie in wanted:
            rects = self._rects(top, watched, cookie)
            if rects:
                patches += self._patches(top, watched, rects, now_ns)
            elif watched.size is not None:
                watched.damaged_ns = None
        return tuple(patches)

    def _rects(self, top: Toplevel, watched: _Watched, cookie: Any) -> list[Rect]:  # noqa: ANN401
        """What to read of a window, relative to its client area."""
        try:
            region = cookie.reply()
        except xcffib.Error:
            return []
        inside = Rect(0, 0, top.rect.width, top.rect.height)
        if watched.size is None:
            return [] if inside.empty else [inside]
        rects = [Rect(r.x, r.y, r.width, r.height).intersect(inside) for r in region.rectangles]
        rects = [rect for rect in rects if not rect.empty]
        extents = region.extents
        whole = Rect(extents.x, extents.y, extents.width, extents.height).intersect(inside)
        few = sum(r.width * r.height for r in rects) < 0.7 * whole.width * whole.height
        return rects if len(rects) <= 1 or (few and len(rects) <= MAX_RECTS) else [whole]

    def _patches(self, top: Toplevel, watched: _Watched, rects: list[Rect], now_ns: int) -> list[Patch]:
        damaged_ns = watched.damaged_ns if watched.damaged_ns is not None else now_ns
        # The frame's pixmap holds the client area and no window above it, on the screen or not.
        pixmap = self._connection.generate_id()
        self._composite.NameWindowPixmap(top.frame, pixmap)
        dx, dy = top.rect.x - top.frame_rect.x, top.rect.y - top.frame_rect.y
        patches: list[Patch] = []
        whole = True
        for few in _together(rects):
            sent = [
                self._core.GetImage(
                    _Z_PIXMAP, pixmap, rect.x + dx, rect.y + dy, rect.width, rect.height, _ALL_PLANES
                ).sequence
                for rect in few
            ]
            for rect, sequence in zip(few, sent, strict=True):
                raw = raw_reply(self._connection, sequence)
                whole = whole and raw is not None
                if raw is not None and whole:
                    pixels = rgb(memoryview(raw)[32:], rect.width, rect.height)
                    patches.append(Patch(window=top.client, rect=rect, pixels=pixels, damaged_ns=damaged_ns))
        self._core.FreePixmap(pixmap)
        if not whole:
            # Unmapped or resized this moment: the next look sends it whole.
            watched.size, watched.damaged_ns = None, None
            return []
        watched.size, watched.damaged_ns = (top.rect.width, top.rect.height), None
        return patches


def _together(rects: list[Rect]) -> list[list[Rect]]:
    """The rectangles, large ones in bands, in groups of at most MOST_ASKED_PX pixels."""
    groups: list[list[Rect]] = [[]]
    asked_px = 0
    for rect in rects:
        height = max(1, MOST_ASKED_PX // rect.width)
        for top in range(rect.y, rect.bottom, height):
            band = rect.intersect(Rect(rect.x, top, rect.width, height))
            if groups[-1] and asked_px + band.width * band.height > MOST_ASKED_PX:
                groups.append([])
                asked_px = 0
            groups[-1].append(band)
            asked_px += band.width * band.height
    return groups


def rgb(image: bytes | memoryview, width_px: int, height_px: int) -> bytes:
    """A Z pixmap of 32-bit pixels (0xRRGGBB) as RGB bytes, row by row."""
    pixels = np.frombuffer(image, np.uint8, count=4 * width_px * height_px).reshape(height_px, width_px, 4)
    return (pixels[:, :, 2::-1] if sys.byteorder == "little" else pixels[:, :, 1:]).tobytes()


def _check_visual(screen: Any) -> None:  # noqa: ANN401
    visuals = {v.visual_id: v for depth in screen.allowed_depths for v in depth.visuals}
    root = visuals[screen.root_visual]
    if screen.root_depth != 24 or (root.red_mask, root.green_mask, root.blue_mask) != _TRUE_COLOUR:
        raise CaptureUnavailable(
            f"the X screen has depth {screen.root_depth}, recording needs 24-bit true colour: set it for the session"
        )
