"""The desktop's windows: whole snapshots of what is open, where, what it is called and whose it is.

Driven by events alone. A window's id is the program's own window (inside the window manager's frame); windows that
die while they are asked about are left out, their end comes as an event.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import xcffib
import xcffib.randr
import xcffib.res
import xcffib.xproto
from xcffib.xproto import Atom, EventMask

from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import Connection, Event, has_extension, screen_of
from understudy.capture.x11.grabs import pid_of_resource
from understudy.capture.x11.monitors import Screens
from understudy.records.events import Windows, WindowState
from understudy.records.geometry import Rect

log = logging.getLogger(__name__)

_ROOT_EVENTS = EventMask.SubstructureNotify | EventMask.StructureNotify | EventMask.PropertyChange
_WINDOW_EVENTS = EventMask.StructureNotify | EventMask.PropertyChange | EventMask.FocusChange
_FRAME_DEPTH = 3
"""How far below a child of the root a program's own window is looked for: a frame, at most two levels of it."""
_TITLE_WORDS = 256
"""Longest title read, in 4-byte words."""
_VIEWABLE = 2
_INPUT_ONLY = 2
_POINTER_ROOT = 1

_ATOMS = ("_NET_ACTIVE_WINDOW", "_NET_CLIENT_LIST", "_NET_WM_NAME", "_NET_WM_PID", "WM_STATE")

_STRUCTURE: Any = (
    xcffib.xproto.CreateNotifyEvent,
    xcffib.xproto.DestroyNotifyEvent,
    xcffib.xproto.MapNotifyEvent,
    xcffib.xproto.UnmapNotifyEvent,
    xcffib.xproto.ReparentNotifyEvent,
    xcffib.xproto.ConfigureNotifyEvent,
    xcffib.xproto.CirculateNotifyEvent,
    xcffib.xproto.GravityNotifyEvent,
)
_MONITORS: Any = (xcffib.randr.ScreenChangeNotifyEvent, xcffib.randr.NotifyEvent)
_FOCUS: Any = (xcffib.xproto.FocusInEvent, xcffib.xproto.FocusOutEvent)


@dataclass(frozen=True)
class Toplevel:
    """A mapped child of the root and what it shows.

    `frame` is the child of the root, `frame_rect` with its border; `client` the program's own window inside it (or
    itself), `rect` the client area, root px.
    """

    frame: int
    frame_rect: Rect
    client: int
    rect: Rect
    override: bool


@dataclass
class _Facts:
    """What a window says of itself; `stale` until it is asked (again)."""

    title: str = ""
    app: str = ""
    pid: int = 0
    program: str = ""
    stale: bool = True


class WindowTracker:
    """Follows the windows of one X screen over `connection`.

    Feed it events (`handle`), then ask for a `snapshot`. `toplevels` is the stacking order of the last look, bottom
    first. Raises ConnectionException when the server is gone.
    """

    def __init__(self, connection: Connection, desktop: DesktopEnv) -> None:
        self._connection, self._desktop = connection, desktop
        self._core = connection.core
        self._root = screen_of(connection).root
        self._res = None
        if has_extension(connection, "X-Resource"):
            self._res = connection(xcffib.res.key)
        cookies = [(name, self._core.InternAtom(False, len(name), name)) for name in _ATOMS]
        self._atoms: dict[str, int] = {name: cookie.reply().atom for name, cookie in cookies}
        self._facts: dict[int, _Facts] = {}
        self._clients: dict[int, int] = {}
        self._last: Windows | None = None
        self._screens = Screens(connection)
        self._monitors: tuple[Rect, ...] = ()
        self._scale_percent = 0
        self.toplevels: tuple[Toplevel, ...] = ()
        self.screen = Rect(0, 0, 0, 0)
        self.dirty = True
        self._core.ChangeWindowAttributes(self._root, xcffib.xproto.CW.EventMask, [_ROOT_EVENTS])

    def handle(self, event: Event) -> bool:
        """Take note of an event; True when it may change the snapshot."""
        changed = True
        if isinstance(event, xcffib.xproto.PropertyNotifyEvent):
            changed = self._property_changed(event)
        elif isinstance(event, _STRUCTURE):
            if isinstance(event, xcffib.xproto.DestroyNotifyEvent):
                self._facts.pop(event.window, None)
                self._clients.pop(event.window, None)
            elif isinstance(event, xcffib.xproto.ReparentNotifyEvent):
                self._clients.clear()
            elif isinstance(event, xcffib.xproto.ConfigureNotifyEvent) and event.window == self._root:
                # Also told when monitors are split or joined and the screen stays as it is.
                self._monitors = ()
        elif isinstance(event, _MONITORS):
            self._monitors = ()
        else:
            changed = isinstance(event, _FOCUS)
        self.dirty = self.dirty or changed
        return changed

    def _property_changed(self, event: Event) -> bool:
        if event.window == self._root:
            if event.atom == Atom.RESOURCE_MANAGER:
                self._scale_percent = 0
                return True
            return event.atom in (self._atoms["_NET_ACTIVE_WINDOW"], self._atoms["_NET_CLIENT_LIST"])
        names = (Atom.WM_NAME, Atom.WM_CLASS, self._atoms["_NET_WM_NAME"], self._atoms["_NET_WM_PID"])
        if event.atom == self._atoms["WM_STATE"]:
            self._clients.clear()
            return True
        facts = self._facts.get(event.window)
        if facts is not None and event.atom in names:
            facts.stale = True
            return True
        return False

    def look(self) -> None:
        """Read stacking and geometry anew into `toplevels` and `screen`: two round trips when no window is new."""
        geometry = self._core.GetGeometry(self._root)
        frames = list(self._core.QueryTree(self._root).reply().children)
        shape = geometry.reply()
        if (shape.width, shape.height) != (self.screen.width, self.screen.height):
            self._monitors = ()
        self.screen = Rect(0, 0, shape.width, shape.height)
        asked = [(f, self._core.GetWindowAttributes(f), self._core.GetGeometry(f)) for f in frames]
        visible: list[tuple[int, Rect, int, bool]] = []
        for frame, attributes_cookie, geometry_cookie in asked:
            attributes, box = _reply(attributes_cookie), _reply(geometry_cookie)
            if attributes is None or box is None:
                continue
            if attributes._class == _INPUT_ONLY:
                continue
            if frame not in self._facts:
                self._watch(frame)
            if attributes.map_state == _VIEWABLE:
                border = 2 * box.border_width
                rect = Rect(box.x, box.y, box.width + border, box.height + border)
                if rect.intersect(self.screen).empty:
                    continue  # a window manager's own, parked beside the screen
                visible.append((frame, rect, box.border_width, bool(attributes.override_redirect)))
        self.toplevels = tuple(self._placed(visible))

    def _placed(self, visible: list[tuple[int, Rect, int, bool]]) -> list[Toplevel]:
        inside = [(item, self._client_of(item[0])) for item in visible]
        asked = [
            (item, client, self._core.GetGeometry(client), self._core.TranslateCoordinates(client, self._root, 0, 0))
            for item, client in inside
            if client is not None and client != item[0]
        ]
        found: dict[int, tuple[int, Rect]] = {}
        for item, window, geometry_cookie, place_cookie in asked:
            box, place = _reply(geometry_cookie), _reply(place_cookie)
            if box is not None and place is not None:
                found[item[0]] = window, Rect(place.dst_x, place.dst_y, box.width, box.height)
        placed = []
        for (frame, frame_rect, border_px, override), client in inside:
            window, rect = found.get(frame, (frame, frame_rect.grow(-border_px)))
            # A frame is override-redirect too; what it holds is an ordinary window.
            placed.append(Toplevel(frame, frame_rect, window, rect, override and client is None))
        return placed

    def _client_of(self, frame: int) -> int | None:
        """The window with WM_STATE at or below a child of the root; None when it has none (menus, tooltips)."""
        if frame in self._clients:
            return self._clients[frame]
        level = [frame]
        for _ in range(_FRAME_DEPTH):
            states = [(w, self._core.GetProperty(False, w, self._atoms["WM_STATE"], 0, 0, 0)) for w in level]
            for window, cookie in states:
                state = _reply(cookie)
                if state is not None and state.type != Atom._None:
                    self._clients[frame] = window
                    if window not in self._facts:
                        self._watch(window)
                    return window
            trees = [_reply(cookie) for cookie in [self._core.QueryTree(window) for window in level]]
            level = [child for tree in trees if tree is not None for child in tree.children]
        return None

    def _watch(self, window: int) -> None:
        self._core.ChangeWindowAttributes(window, xcffib.xproto.CW.EventMask, [_WINDOW_EVENTS])
        self._facts[window] = _Facts()

    def snapshot(self, time_ns: int, seq: int) -> Windows | None:
        """The windows now, None when nothing has changed since the last snapshot."""
        self.dirty = False
        self.look()
        self._ask([top.client for top in self.toplevels])
        states = tuple(self._state(top) for top in self.toplevels)
        active = self._active({top.client for top in self.toplevels})
        self._monitors = self._monitors or self._screens.now()
        self._scale_percent = self._scale_percent or round(100 * self._screens.scale(self._desktop))
        now = Windows(
            time_ns=0,
            seq=0,
            active=active,
            windows=states,
            screen=self.screen,
            monitors=self._monitors,
            scale_percent=self._scale_percent,
        )
        if now == self._last:
            return None
        self._last = now
        return msgspec.structs.replace(now, time_ns=time_ns, seq=seq)

    def forget(self) -> None:
        """Make the next snapshot a whole new one."""
        self._last = None
        self.dirty = True

    def _state(self, top: Toplevel) -> WindowState:
        facts = self._facts.get(top.client, _Facts())
        return WindowState(
            id=top.client,
            rect=top.rect,
            program=facts.program,
            app=facts.app,
            title=facts.title,
            pid=facts.pid,
            override=top.override,
        )

    def _ask(self, windows: list[int]) -> None:
        """Fetch titles, classes and processes of the windows whose facts are stale, all at once."""
        stale = [window for window in windows if (facts := self._facts.get(window)) is not None and facts.stale]
        asked = [
            (
                window,
                self._core.GetProperty(False, window, self._atoms["_NET_WM_NAME"], 0, 0, _TITLE_WORDS),
                self._core.GetProperty(False, window, Atom.WM_NAME, 0, 0, _TITLE_WORDS),
                self._core.GetProperty(False, window, Atom.WM_CLASS, 0, 0, _TITLE_WORDS),
                self._core.GetProperty(False, window, self._atoms["_NET_WM_PID"], Atom.CARDINAL, 0, 1),
            )
            for window in stale
        ]
        for window, *cookies in asked:
            net_name, name, class_, pid = (_value(_reply(cookie)) for cookie in cookies)
            facts = self._facts[window]
            facts.stale = False
            facts.title = net_name.decode("utf-8", "replace") if net_name else _legacy_text(name)
            parts = class_.decode("utf-8", "replace").split("\0")
            facts.app = parts[1] if len(parts) > 1 else parts[0]
            # The server knows the process by its socket; what a program says of itself is wrong inside containers.
            facts.pid = pid_of_resource(self._res, window) if self._res is not None else 0
            if not facts.pid and len(pid) == 4:
                facts.pid = int.from_bytes(pid, "little")
            facts.program = program_of(facts.pid)

    def _active(self, clients: set[int]) -> int | None:
        """The window with the keyboard focus: X's focus climbed to a top-level, else what the window manager says."""
        said = self._core.GetProperty(False, self._root, self._atoms["_NET_ACTIVE_WINDOW"], Atom.WINDOW, 0, 1)
        window = int(self._core.GetInputFocus().reply().focus)
        active = int.from_bytes(_value(_reply(said))[:4], "little")
        while window > _POINTER_ROOT and window != self._root:
            if window in clients:
                return window
            tree = _reply(self._core.QueryTree(window))
            window = int(tree.parent) if tree is not None else 0
        return active if active in clients else None


def program_of(pid: int) -> str:
    """The base name that a process was started under; "" when unknown.

    Not /proc/PID/exe: a process under Landlock, as the recorder is, may not read that of others (ADR 0011).
    """
    if pid <= 0:
        return ""
    try:
        started_as = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0", 1)[0].decode("utf-8", "replace")
        name = started_as.rpartition("/")[2].removeprefix("-")  # a login shell is called "-bash"
        short = Path(f"/proc/{pid}/comm").read_text().strip()
        if " " in started_as and not (short and name.startswith(short)):
            # Chromium writes its whole command line, joined by spaces, over the first argument.
            name = started_as.split(" ", 1)[0].rpartition("/")[2]
        return name or short
    except OSError:
        return ""


def _reply(cookie: Any) -> Any:  # noqa: ANN401
    """A reply, None when the window has gone."""
    try:
        return cookie.reply()
    except xcffib.Error:
        return None


def _value(reply: Any) -> bytes:  # noqa: ANN401
    """A property's bytes, b"" when there is none."""
    return bytes(reply.value.buf()[: reply.value_len * reply.format // 8]) if reply is not None else b""


def _legacy_text(value: bytes) -> str:
    """WM_NAME may be UTF-8 or Latin-1, whatever type it claims."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
