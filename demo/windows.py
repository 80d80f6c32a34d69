"""Finds and places the windows of the demonstration's programs, as a person would when tidying a desk."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import xcffib
import xcffib.xproto

_X, _Y, _WIDTH, _HEIGHT = 1, 2, 4, 8
"""Bits of ConfigureWindow's value mask (X protocol, request 12)."""


class WindowMissing(Exception):
    """A program did not open its window in time; the message names the program."""


@dataclass(frozen=True)
class Area:
    """A window's client area, root px."""

    x: int
    y: int
    width: int
    height: int

    def at(self, across: float, down: float) -> tuple[int, int]:
        """The point at these shares of width and height, root px."""
        return round(self.x + across * self.width), round(self.y + down * self.height)


class Windows:
    """The top-level windows of a display. A context manager."""

    def __init__(self, display: str) -> None:
        # xcffib tells no types.
        connect: Any = xcffib.connect
        self._connection: Any = connect(display)
        self._root = self._connection.get_setup().roots[0].root
        core = self._connection.core
        self._clients = core.InternAtom(False, 16, "_NET_CLIENT_LIST").reply().atom

    def __enter__(self) -> Windows:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.disconnect()

    def find(self, program: str, timeout_s: float = 30) -> int:
        """The id of the window whose class holds `program`, without case, once it is there; raises WindowMissing."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for window in self._listed():
                if program.lower() in self._class_of(window).lower():
                    return window
            time.sleep(0.05)
        raise WindowMissing(f"{program} did not open a window within {timeout_s:.0f} s")

    def place(self, window: int, x: int, y: int, width: int, height: int) -> None:
        """Ask the window manager for this place of the frame and this size of the client area, px."""
        self._connection.core.ConfigureWindow(
            window, _X | _Y | _WIDTH | _HEIGHT, [x, y, width, height], is_checked=True
        ).check()

    def area(self, window: int) -> Area:
        """Where the window's client area is now."""
        geometry = self._connection.core.GetGeometry(window).reply()
        place = self._connection.core.TranslateCoordinates(window, self._root, 0, 0).reply()
        return Area(place.dst_x, place.dst_y, geometry.width, geometry.height)

    def settled(self, window: int, quiet_s: float = 0.4, timeout_s: float = 10) -> Area:
        """The window's area once it has stayed the same for `quiet_s`; after `timeout_s` as it is."""
        deadline = time.monotonic() + timeout_s
        last, since = self.area(window), time.monotonic()
        while time.monotonic() < deadline and time.monotonic() - since < quiet_s:
            time.sleep(0.05)
            now = self.area(window)
            if now != last:
                last, since = now, time.monotonic()
        return last

    def _listed(self) -> list[int]:
        reply = self._connection.core.GetProperty(False, self._root, self._clients, xcffib.xproto.Atom.WINDOW, 0, 256)
        return [int(window) for window in reply.reply().value.to_atoms()]

    def _class_of(self, window: int) -> str:
        try:
            reply = self._connection.core.GetProperty(
                False, window, xcffib.xproto.Atom.WM_CLASS, xcffib.xproto.Atom.STRING, 0, 64
            ).reply()
        except xcffib.xproto.WindowError:
            # It closed between the list and the question.
            return ""
        return str(reply.value.to_string())
