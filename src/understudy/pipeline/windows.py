"""Which window was where, and when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from understudy.records.events import Windows, WindowState


class WindowHistory:
    """The windows of a recording over time, asked by moment and place."""

    def __init__(self, snapshots: Sequence[Windows]) -> None:
        self._snapshots = snapshots
        self._times = [snapshot.time_ns for snapshot in snapshots]

    def snapshot(self, time_ns: int) -> Windows | None:
        """The windows in force at `time_ns`, None before the first snapshot."""
        at = bisect_right(self._times, time_ns) - 1
        return self._snapshots[at] if at >= 0 else None

    def under(self, time_ns: int, x: int, y: int) -> WindowState | None:
        """The topmost window at a point, None when there is none or it is unknown.

        For menus and other windows without a name of their own, the window of the same program that they belong to
        (the active one, else the topmost).
        """
        snapshot = self.snapshot(time_ns)
        if snapshot is None:
            return None
        for window in reversed(snapshot.windows):
            if window.rect.contains(x, y):
                return _owner(window, snapshot) if window.override else window
        return None

    def popup(self, time_ns: int, x: int, y: int) -> WindowState | None:
        """The menu or other window without a name of its own that lies topmost at a point; None: none does."""
        snapshot = self.snapshot(time_ns)
        shown = reversed(snapshot.windows) if snapshot is not None else ()
        top = next((window for window in shown if window.rect.contains(x, y)), None)
        return top if top is not None and top.override else None

    def since(self, time_ns: int, window: int) -> int:
        """When the window that is there at `time_ns` appeared, ns."""
        at = bisect_right(self._times, time_ns) - 1
        while at > 0 and any(each.id == window for each in self._snapshots[at - 1].windows):
            at -= 1
        return self._times[at]

    def active(self, time_ns: int) -> WindowState | None:
        """The window with the keyboard focus, None when there is none or it is unknown."""
        snapshot = self.snapshot(time_ns)
        if snapshot is None or snapshot.active is None:
            return None
        return next((window for window in snapshot.windows if window.id == snapshot.active), None)


def _owner(window: WindowState, snapshot: Windows) -> WindowState:
    if not window.pid:
        return window
    own = [w for w in snapshot.windows if w.pid == window.pid and not w.override]
    for candidate in own:
        if candidate.id == snapshot.active:
            return candidate
    return own[-1] if own else window
