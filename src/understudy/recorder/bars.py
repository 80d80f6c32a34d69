"""The indicator's windows: one on each screen, above everything else, put right whenever somebody moves or hides it."""

from __future__ import annotations

import logging
import os
import struct
import time
from dataclasses import dataclass
from typing import Any

import xcffib
import xcffib.randr
import xcffib.xproto as xp
from PIL import Image

from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import Connection, Event, screen_of
from understudy.capture.x11.monitors import Screens
from understudy.recorder.picture import Shown, draw
from understudy.records.geometry import Rect

log = logging.getLogger(__name__)

WINDOW_CLASS = "Understudy"
"""Class part of WM_CLASS of Understudy's own windows: never part of a recording."""

LOOK_S = 0.1
"""At most this often the stacking of windows is looked at, after something about it changed."""
RAISE_S = 0.5
"""At most this often the indicator comes back to the top: two always-on-top windows must not fight."""
CHECK_S = 2.0
"""This often everything is looked at even when no event told of a change."""

MEASURE_S = 30.0
"""This often the scale is asked for anew: a change of GTK's factor alone is told by no event that we see."""

_ABOVE_ALL = "_NET_WM_WINDOW_TYPE_DOCK"
_BACK_PIXEL = 0x1C1D21
_CHUNK_BYTES = 1 << 17
"""Largest part of a picture sent in one request: far below what every X server takes (256 KiB)."""
_BAR_EVENTS = (
    xp.EventMask.Exposure | xp.EventMask.ButtonPress | xp.EventMask.VisibilityChange | xp.EventMask.StructureNotify
)
_ROOT_EVENTS = xp.EventMask.SubstructureNotify | xp.EventMask.StructureNotify | xp.EventMask.PropertyChange
_STRUCTURE: Any = (
    *(xp.MapNotifyEvent, xp.UnmapNotifyEvent, xp.DestroyNotifyEvent, xp.ConfigureNotifyEvent),
    *(xp.ReparentNotifyEvent, xp.CirculateNotifyEvent, xp.CreateNotifyEvent, xp.GravityNotifyEvent),
)
_SCREENS_CHANGED: Any = (xcffib.randr.ScreenChangeNotifyEvent, xcffib.randr.NotifyEvent)


@dataclass
class _Bar:
    """One window and where it belongs, root px."""

    window: int
    place: Rect


class Bars:
    """The windows on one X connection. Raises xcffib.ConnectionException when the server is gone."""

    def __init__(self, connection: Connection, desktop: DesktopEnv, shown: Shown) -> None:
        self._x, self._core, self._desktop = connection, connection.core, desktop
        self._screen = screen_of(connection)
        self._root = self._screen.root
        self._gc = connection.generate_id()
        self._core.CreateGC(self._gc, self._root, 0, [])
        self._core.ChangeWindowAttributes(self._root, xp.CW.EventMask, [_ROOT_EVENTS])
        self._screens = Screens(connection)
        self._shown = shown
        self._scale = self._screens.scale(desktop)
        self._picture = draw(shown, self._scale)
        self._bars: list[_Bar] = []
        self._looked_s = self._raised_s = self._measured_s = 0.0
        self._look = self._measure = True
        self.tend()

    @property
    def windows(self) -> frozenset[int]:
        """The windows' ids."""
        return frozenset(bar.window for bar in self._bars)

    def show(self, shown: Shown) -> None:
        """Show something else."""
        if shown == self._shown:
            return
        self._shown = shown
        self._picture = draw(shown, self._scale)
        self._look = True
        self._fit(self._screens.now())
        self._paint_all()

    def take(self, event: Event) -> bool:
        """Take note of an event; True when it is a click on the indicator."""
        if isinstance(event, xp.ButtonPressEvent):
            return event.event in self.windows and event.detail == 1
        if isinstance(event, xp.ExposeEvent):
            self._paint(event.window)
        elif isinstance(event, _SCREENS_CHANGED):
            self._measure = self._look = True
        elif isinstance(event, xp.PropertyNotifyEvent):
            self._measure = self._measure or event.atom == xp.Atom.RESOURCE_MANAGER
        elif isinstance(event, (xp.VisibilityNotifyEvent, *_STRUCTURE)):
            self._look = True
            self._measure = self._measure or getattr(event, "window", 0) == self._root
        return False

    def tend(self) -> float:
        """See to it that every screen shows its bar; the seconds after which to call again at the latest."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= CHECK_S:
            self._look = True
        if now_s - self._measured_s >= MEASURE_S:
            self._measure = True
        if self._look and now_s - self._looked_s < LOOK_S:
            return LOOK_S - (now_s - self._looked_s)
        if not (self._look or self._measure):
            return CHECK_S
        self._looked_s = now_s
        if self._measure:
            self._measured_s = now_s
            self._rescale()
        self._fit(self._screens.now())
        self._look = self._measure = False
        if not self._uncover(now_s):
            # Covered, and raised a moment ago: again when that is over.
            self._look = True
            return RAISE_S
        return CHECK_S

    def _rescale(self) -> None:
        scale = self._screens.scale(self._desktop)
        if scale != self._scale:
            self._scale = scale
            self._picture = draw(self._shown, scale)

    # --- where -----------------------------------------------------------------------------------------------------

    def _wanted(self, screen: Rect) -> Rect:
        """At the top, right of the middle, where few programs keep buttons."""
        width, height = self._picture.size
        left = screen.x + min(screen.width * 2 // 3 - width // 2, screen.width - width)
        return Rect(max(screen.x, left), screen.y, width, height)

    def _fit(self, screens: tuple[Rect, ...]) -> None:
        """As many windows as screens, each in its place, mapped, a child of the root."""
        places = [self._wanted(screen) for screen in screens]
        states = [self._state(bar.window) for bar in self._bars]
        kept: list[_Bar] = []
        for bar, state in zip(self._bars, states, strict=True):
            if state is None or len(kept) == len(places):
                self._core.DestroyWindow(bar.window)
                continue
            bar.place = places[len(kept)]
            if state[0] != bar.place:
                self._core.ConfigureWindow(
                    bar.window,
                    xp.ConfigWindow.X | xp.ConfigWindow.Y | xp.ConfigWindow.Width | xp.ConfigWindow.Height,
                    [bar.place.x, bar.place.y, bar.place.width, bar.place.height],
                )
                self._paint(bar.window)
            if not state[1]:
                self._core.MapWindow(bar.window)
            kept.append(bar)
        kept += [self._open(place) for place in places[len(kept) :]]
        self._bars = kept
        self._x.flush()

    def _state(self, window: int) -> tuple[Rect, bool] | None:
        """(where it is, True when mapped), None when it is gone or hangs elsewhere than on the root."""
        cookies = (
            self._core.GetGeometry(window),
            self._core.GetWindowAttributes(window),
            self._core.QueryTree(window),
        )
        try:
            box, attributes, tree = (cookie.reply() for cookie in cookies)
        except xcffib.Error:
            return None
        if tree.parent != self._root:
            return None
        return Rect(box.x, box.y, box.width, box.height), attributes.map_state != xp.MapState.Unmapped

    def _open(self, place: Rect) -> _Bar:
        window = self._x.generate_id()
        self._core.CreateWindow(
            *(self._screen.root_depth, window, self._root, place.x, place.y, place.width, place.height, 0),
            *(xp.WindowClass.InputOutput, self._screen.root_visual),
            xp.CW.BackPixel | xp.CW.OverrideRedirect | xp.CW.EventMask,
            [_BACK_PIXEL, 1, _BAR_EVENTS],
        )
        for name, kind, data in (
            ("WM_CLASS", "STRING", b"understudy\0" + WINDOW_CLASS.encode() + b"\0"),
            ("_NET_WM_NAME", "UTF8_STRING", b"Understudy"),
        ):
            self._core.ChangeProperty(
                xp.PropMode.Replace, window, self._atom(name), self._atom(kind), 8, len(data), data
            )
        for name, kind, value in (
            ("_NET_WM_PID", "CARDINAL", os.getpid()),
            ("_NET_WM_WINDOW_TYPE", "ATOM", self._atom(_ABOVE_ALL)),
        ):
            self._core.ChangeProperty(
                *(xp.PropMode.Replace, window, self._atom(name), self._atom(kind), 32, 1), struct.pack("=I", value)
            )
        self._core.MapWindow(window)
        self._paint(window)
        return _Bar(window, place)

    def _atom(self, name: str) -> int:
        return int(self._core.InternAtom(False, len(name), name).reply().atom)

    # --- above everything ------------------------------------------------------------------------------------------

    def _uncover(self, now_s: float) -> bool:
        """Raise what is covered; False when it is, and was raised too short a time ago."""
        if self._shown.state == "locked":
            return True  # a locker must cover everything
        covered = self._covered()
        if not covered:
            return True
        if now_s - self._raised_s < RAISE_S:
            return False
        self._raised_s = now_s
        for window in covered:
            self._core.ConfigureWindow(window, xp.ConfigWindow.StackMode, [xp.StackMode.Above])
        self._x.flush()
        return True

    def _covered(self) -> list[int]:
        """Our windows that another one lies over."""
        ours = {bar.window: bar.place for bar in self._bars}
        children = list(self._core.QueryTree(self._root).reply().children)
        first = next((index for index, child in enumerate(children) if child in ours), len(children))
        asked = [
            (child, self._core.GetWindowAttributes(child), self._core.GetGeometry(child))
            for child in children[first:]
            if child not in ours
        ]
        above: dict[int, Rect] = {}
        for child, attributes_cookie, geometry_cookie in asked:
            try:
                attributes, box = attributes_cookie.reply(), geometry_cookie.reply()
            except xcffib.Error:
                continue  # gone meanwhile
            if attributes.map_state == xp.MapState.Viewable and attributes._class == xp.WindowClass.InputOutput:
                border = 2 * box.border_width
                above[child] = Rect(box.x, box.y, box.width + border, box.height + border)
        rank = {child: index for index, child in enumerate(children)}
        return [
            window
            for window, place in ours.items()
            if any(
                rank[other] > rank.get(window, -1) and not rect.intersect(place).empty for other, rect in above.items()
            )
        ]

    # --- pixels ----------------------------------------------------------------------------------------------------

    def _paint_all(self) -> None:
        for bar in self._bars:
            self._paint(bar.window)
        self._x.flush()

    def _paint(self, window: int) -> None:
        picture: Image.Image = self._picture
        data = picture.convert("RGBX").tobytes("raw", "BGRX")
        row_bytes = picture.width * 4
        rows = max(1, _CHUNK_BYTES // row_bytes)
        for top in range(0, picture.height, rows):
            part = data[top * row_bytes : (top + rows) * row_bytes]
            self._core.PutImage(
                *(xp.ImageFormat.ZPixmap, window, self._gc, picture.width, len(part) // row_bytes, 0, top, 0),
                *(self._screen.root_depth, len(part), part),
            )
        self._x.flush()
