"""Puts live windows where a recording had them: found by program and title, placed, brought to the front."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

import xcffib
import xcffib.xproto

from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import connect, disconnect, next_event, screen_of
from understudy.capture.x11.windows import WindowTracker
from understudy.records.events import Windows, WindowState
from understudy.records.geometry import Rect

_X, _Y, _WIDTH, _HEIGHT = 1, 2, 4, 8
"""Bits of ConfigureWindow's value mask (X protocol, request 12)."""
_FROM_PAGER = 2
"""Source indication of _NET_ACTIVE_WINDOW (EWMH): asked for by the person, not by a program for itself."""
SETTLED_S = 0.25
"""A window's place counts once it has stayed for this long."""
PLACE_S = 5.0
TURN_S = 0.04
PING_TURN_S = 0.01


_Owner = tuple[int, int]
"""The process of a window, and the window itself where its process isn't known (0 where it is)."""


class WindowMissing(Exception):
    """A window that a step needs isn't there; the message names its program, never its title."""


class Stage:
    """The live windows of a display beside the recorded ones. A context manager.

    Raises CaptureUnavailable when the display can't be reached.
    """

    def __init__(self, display: str) -> None:
        self._connection: Any = connect(DesktopEnv(display=display))
        self._core = self._connection.core
        self._root = screen_of(self._connection).root
        self._activate_atom, self._protocols_atom, self._ping_atom = (
            self._core.InternAtom(False, len(name), name).reply().atom
            for name in ("_NET_ACTIVE_WINDOW", "WM_PROTOCOLS", "_NET_WM_PING")
        )
        self._pinged: set[int] = set()
        """Windows that haven't answered yet."""
        self._tracker = WindowTracker(self._connection, DesktopEnv(display=display))
        self._live: Windows | None = None
        self._known: dict[int, int] = {}
        """Recorded window's id → live one's."""
        self._acted_on: set[_Owner] = set()

    def __enter__(self) -> Stage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the display; twice is harmless."""
        disconnect(self._connection)
        self._connection = None

    def set_up(self, recorded: Windows, needed: frozenset[int], patience_s: float) -> None:
        """Before the first step: windows in their places and in the recorded order, the active one active.

        `needed` are the ids of recorded windows that must be there (raises WindowMissing); others only if they are.
        """
        for window in recorded.windows:
            if window.override or not (window.program or window.app):
                continue
            live = self._wait_for(window, recorded, patience_s if window.id in needed else 0)
            if live is not None:
                if window.id in needed:
                    self._remember(live)
                if self._rect(live) != window.rect:
                    self._place(live, window.rect)
                self._raise(live)
            elif window.id in needed:
                raise _missing(window, patience_s)
        if recorded.active in self._known:
            self._focus(self._known[recorded.active])

    def get_ready(self, wanted: WindowState, recorded: Windows, patience_s: float, *, for_keys: bool) -> None:
        """The window that a step acts upon: there, in its place, and under the hands.

        Menus and other windows that the window manager leaves alone only have to be there. Raises WindowMissing.
        """
        if wanted.override:
            return
        live = self._wait_for(wanted, recorded, patience_s)
        if live is None:
            raise _missing(wanted, patience_s)
        self._remember(live)
        if self._rect(live) != wanted.rect:
            self._place(live, wanted.rect)
        if for_keys:
            # The focus follows what was done before a moment later; only then is it put right.
            deadline = time.monotonic() + 0.5
            while self._look().active != live and time.monotonic() < deadline:
                time.sleep(TURN_S)
            if self._look().active != live:
                self._focus(live)

    def uncover(self, wanted: WindowState, x: int, y: int) -> None:
        """Bring the live counterpart of `wanted` to the front when another ordinary window covers (x, y)."""
        live = self._known.get(wanted.id)
        if live is None or wanted.override:
            return
        over = next((each for each in reversed(self._look().windows) if each.rect.contains(x, y)), None)
        if over is not None and over.id != live and not over.override:
            self._raise(live)
            time.sleep(SETTLED_S)

    def wait_until_heard(self, patience_s: float) -> bool:
        """Wait until programs have taken in all that was done to their windows; False when one didn't say so in time.

        Each window that knows _NET_WM_PING (EWMH) is sent one: its program reads that after all events before it. Only
        programs that a step acts upon are asked, with all their windows: others on the display may hang as they like.
        """
        proto: Any = xcffib.xproto
        asked = (each for each in self._look().windows if not each.override and _owner(each) in self._acted_on)
        self._pinged = {each.id for each in asked if self._pings(each.id)}
        for window in self._pinged:
            data = proto.ClientMessageData.synthetic([self._ping_atom, 0, window, 0, 0], "IIIII")
            message = proto.ClientMessageEvent.synthetic(32, window, self._protocols_atom, data)
            self._core.SendEvent(False, window, 0, message.pack())
        self._core.GetInputFocus().reply()
        deadline = time.monotonic() + patience_s
        while self._pinged and time.monotonic() < deadline:
            time.sleep(PING_TURN_S)
            # A window that closed owes no answer.
            self._pinged &= {each.id for each in self._look().windows}
        return not self._pinged

    def _remember(self, live: int) -> None:
        """A step acts upon this window, and so upon its program."""
        self._acted_on |= {_owner(each) for each in self._look().windows if each.id == live}

    def _pings(self, window: int) -> bool:
        atom = xcffib.xproto.Atom.ATOM
        try:
            reply = self._core.GetProperty(False, window, self._protocols_atom, atom, 0, 64).reply()
        except xcffib.xproto.WindowError:
            return False
        return self._ping_atom in reply.value.to_atoms()

    def _look(self) -> Windows:
        while (event := next_event(self._connection)) is not None:
            if isinstance(event, xcffib.xproto.ClientMessageEvent) and event.type == self._protocols_atom:
                what, _, window, _, _ = event.data.data32
                if what == self._ping_atom:
                    self._pinged.discard(window)
            else:
                self._tracker.handle(event)
        seen = self._tracker.snapshot(time.monotonic_ns(), 0)
        if seen is not None:
            self._live = seen
        if self._live is None:
            raise RuntimeError("the X server told no windows at the first look")
        return self._live

    def _wait_for(self, wanted: WindowState, recorded: Windows, patience_s: float) -> int | None:
        deadline = time.monotonic() + patience_s
        while (found := self._counterpart(wanted, recorded)) is None and time.monotonic() < deadline:
            time.sleep(TURN_S)
        return found

    def _counterpart(self, wanted: WindowState, recorded: Windows) -> int | None:
        live = self._look()
        ids = {each.id for each in live.windows}
        self._known = {was: now for was, now in self._known.items() if now in ids}
        if wanted.id in self._known:
            return self._known[wanted.id]
        taken = set(self._known.values())
        alike = [each for each in live.windows if each.id not in taken and not each.override and _alike(wanted, each)]
        titled = [each for each in alike if wanted.title and each.title == wanted.title]
        awaited = [e for e in recorded.windows if e.id not in self._known and not e.override and _alike(wanted, e)]
        # Of several windows of one program the title tells which; without it, none is guessed until all are there.
        if not titled and len(alike) < len(awaited):
            return None
        if not alike:
            return None
        found = self._known[wanted.id] = (titled or alike)[-1].id
        return found

    def _rect(self, window: int) -> Rect:
        geometry = self._core.GetGeometry(window).reply()
        place = self._core.TranslateCoordinates(window, self._root, 0, 0).reply()
        return Rect(place.dst_x, place.dst_y, geometry.width, geometry.height)

    def _place(self, window: int, rect: Rect) -> None:
        """Move and resize until the client area is at `rect`, as near as the window manager lets it."""
        deadline = time.monotonic() + PLACE_S
        asked = rect
        now = self._settled(window, deadline)
        while now != rect and time.monotonic() < deadline:
            values = [asked.x, asked.y, asked.width, asked.height]
            # The window manager takes a frame's place; its values are 32 bits, negative ones as X writes them.
            packed = [value & 0xFFFFFFFF for value in values]
            self._core.ConfigureWindow(window, _X | _Y | _WIDTH | _HEIGHT, packed)
            self._core.GetInputFocus().reply()
            before, now = now, self._settled(window, deadline)
            if now == before and now.width != rect.width:
                return  # it has a size of its own
            asked = asked.shift(rect.x - now.x, rect.y - now.y)

    def _settled(self, window: int, deadline: float) -> Rect:
        last, since = self._rect(window), time.monotonic()
        while time.monotonic() - since < SETTLED_S and time.monotonic() < deadline:
            time.sleep(TURN_S)
            if (now := self._rect(window)) != last:
                last, since = now, time.monotonic()
        return last

    def _raise(self, window: int) -> None:
        self._core.ConfigureWindow(window, xcffib.xproto.ConfigWindow.StackMode, [xcffib.xproto.StackMode.Above])
        self._core.GetInputFocus().reply()

    def _focus(self, window: int) -> None:
        """Ask the window manager to give it the keyboard, and wait a moment until it has."""
        proto: Any = xcffib.xproto
        data = proto.ClientMessageData.synthetic([_FROM_PAGER, 0, 0, 0, 0], "IIIII")
        message = proto.ClientMessageEvent.synthetic(32, window, self._activate_atom, data)
        mask = xcffib.xproto.EventMask.SubstructureRedirect | xcffib.xproto.EventMask.SubstructureNotify
        self._core.SendEvent(False, self._root, mask, message.pack())
        self._core.GetInputFocus().reply()
        deadline = time.monotonic() + 2
        while self._look().active != window and time.monotonic() < deadline:
            time.sleep(TURN_S)


def _owner(window: WindowState) -> _Owner:
    return window.pid, 0 if window.pid else window.id


def _missing(window: WindowState, waited_s: float) -> WindowMissing:
    return WindowMissing(f"no window of {window.program or window.app} is there (waited {waited_s:.0f} s)")


def _alike(one: WindowState, other: WindowState) -> bool:
    if one.program and other.program and one.program == other.program:
        return True
    return bool(one.app) and one.app == other.app
