"""The screens of a desktop, as the X server tells them, and how large things are drawn there."""

from __future__ import annotations

import contextlib
import logging

import xcffib
import xcffib.randr
from xcffib.xproto import Atom

from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.capture.x11.connect import Connection, has_extension, screen_of
from understudy.capture.x11.xsettings import read_xsettings
from understudy.records.geometry import Rect

log = logging.getLogger(__name__)

_WATCHED = (
    xcffib.randr.NotifyMask.ScreenChange | xcffib.randr.NotifyMask.CrtcChange | xcffib.randr.NotifyMask.OutputChange
)
_DPI = 96
"""What X programs take for scale 1 (Xft.dpi)."""
_SCALES = (1.0, 4.0)


class Screens:
    """Each monitor's rectangle, root px. Servers without RANDR 1.5 have one: all of the X screen."""

    def __init__(self, connection: Connection) -> None:
        self._core, self._root = connection.core, screen_of(connection).root
        self._randr = None
        if has_extension(connection, "RANDR"):
            randr = connection(xcffib.randr.key)
            version = randr.QueryVersion(1, 5).reply()
            if (version.major_version, version.minor_version) >= (1, 5):
                self._randr = randr
                randr.SelectInput(self._root, _WATCHED)

    def now(self) -> tuple[Rect, ...]:
        """The monitors, those that show the same place once; from the left, then from the top."""
        whole = self._core.GetGeometry(self._root).reply()
        everything = Rect(0, 0, whole.width, whole.height)
        if self._randr is None:
            return (everything,)
        monitors = self._randr.GetMonitors(self._root, True).reply().monitors
        found = {Rect(m.x, m.y, m.width, m.height).intersect(everything) for m in monitors}
        return tuple(sorted((r for r in found if not r.empty), key=lambda r: (r.x, r.y))) or (everything,)

    def scale(self, desktop: DesktopEnv) -> float:
        """How much larger than at 96 dpi the person has things drawn: 1 to 4, by GTK's factor and Xft.dpi."""
        told: dict[str, int | str] | None = None
        with contextlib.suppress(CaptureUnavailable, ValueError):
            told = read_xsettings(desktop)
        factor, dpi = (told or {}).get("Gdk/WindowScalingFactor", 1), self._dpi()
        chosen = max(float(factor) if isinstance(factor, int) else 1.0, dpi / _DPI)
        return min(max(round(chosen * 4) / 4, _SCALES[0]), _SCALES[1])

    def _dpi(self) -> float:
        """Xft.dpi of the X resources, 96 when it isn't there."""
        reply = self._core.GetProperty(False, self._root, Atom.RESOURCE_MANAGER, Atom.STRING, 0, 1 << 14).reply()
        for line in bytes(reply.value.buf()).decode("latin-1").splitlines():
            name, _, value = line.partition(":")
            if name.strip().lower() == "xft.dpi":
                with contextlib.suppress(ValueError):
                    return float(value)
        return _DPI
