"""Which program's window is at a point of the screen: the X server's word, since AT-SPI knows no stacking."""

from __future__ import annotations

from typing import Any, NamedTuple

import xcffib
import xcffib.res
import xcffib.xproto

from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.capture.x11.connect import Connection, connect, disconnect, has_extension, screen_of
from understudy.capture.x11.grabs import pid_of_resource
from understudy.records.geometry import Rect

MAX_DEPTH = 12


class Pointed(NamedTuple):
    """The window at a point: its process (0 unknown), its client area in root px, whether it is a menu or the like."""

    pid: int
    rect: Rect
    override: bool


class PointedWindows:
    """Asks one X connection of its own. `close` twice is harmless."""

    def __init__(self, env: DesktopEnv) -> None:
        self._connection: Connection | None = None
        self._root = self._pid_atom = 0
        self._res: Any = None
        try:
            self._connection = connect(env)
        except CaptureUnavailable:
            return
        self._root = int(screen_of(self._connection).root)
        self._pid_atom = self._atom("_NET_WM_PID")
        if has_extension(self._connection, "X-Resource"):
            self._res = self._connection(xcffib.res.key)

    def close(self) -> None:
        """End the connection."""
        disconnect(self._connection)
        self._connection = None

    def at(self, x: int, y: int) -> Pointed | None:
        """The window at (x, y), root px; None over the bare root, and when the X server doesn't tell."""
        if self._connection is None:
            return None
        try:
            return self._at(x, y)
        except xcffib.ConnectionException:
            self.close()
            return None
        except xcffib.XcffibException:
            # The window went away between two questions.
            return None

    def _at(self, x: int, y: int) -> Pointed | None:
        core = self._core
        window, found = self._root, None
        override = False
        for _ in range(MAX_DEPTH):
            child = int(core.TranslateCoordinates(self._root, window, x, y).reply().child)
            if child == 0:
                break
            if window == self._root:
                override = bool(core.GetWindowAttributes(child).reply().override_redirect)
            window = child
            pid = self._pid(window)
            if pid or found is None:
                found = Pointed(pid, self._rect(window), override)
        if found is not None and not found.pid and override and self._res is not None:
            # Chromium's select pop-ups say nothing of themselves; the server knows who made them.
            found = found._replace(pid=pid_of_resource(self._res, window))
        return found

    @property
    def _core(self) -> Any:  # noqa: ANN401
        return self._connection.core if self._connection is not None else None

    def _rect(self, window: int) -> Rect:
        geometry = self._core.GetGeometry(window).reply()
        place = self._core.TranslateCoordinates(window, self._root, 0, 0).reply()
        return Rect(place.dst_x, place.dst_y, geometry.width, geometry.height)

    def _pid(self, window: int) -> int:
        reply = self._core.GetProperty(False, window, self._pid_atom, xcffib.xproto.Atom.CARDINAL, 0, 1).reply()
        values = reply.value.to_atoms()
        return int(values[0]) if values else 0

    def _atom(self, name: str) -> int:
        return int(self._core.InternAtom(False, len(name), name).reply().atom)
