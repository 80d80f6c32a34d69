"""Whether the screen is locked, by everybody who may know: lockers' windows, the X server's own saver, the desktop's
screen saver on the session bus, logind on the system bus.

One who says so is enough to pause. A password typed into a locker is out of scope in any case (the locker holds the
keyboard); the pause is for what lies on the screen before and after, and for the time in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

import xcffib
import xcffib.res
import xcffib.screensaver
import xcffib.xproto as xp
from dbus_fast import Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, DBusError, InvalidAddressError

from understudy.capture.source import DesktopEnv
from understudy.capture.x11.connect import Connection, Event, has_extension, screen_of
from understudy.capture.x11.grabs import pid_of_resource
from understudy.capture.x11.windows import program_of
from understudy.recorder.controls import Wish

log = logging.getLogger(__name__)

LOCKERS = frozenset(
    (
        *("betterlockscreen", "cinnamon-screensaver", "gnome-screensaver", "i3lock", "kscreenlocker_greet"),
        *("light-locker", "lightdm-gtk-greeter", "mate-screensaver", "mate-screensaver-dialog", "physlock", "slock"),
        *("xfce4-screensaver", "xlock", "xscreensaver", "xscreensaver-gfx", "xsecurelock", "xtrlock"),
    )
)
"""Programs (and classes of WM_CLASS), in lower case, whose window on the screen means that it is locked."""

SAVERS = tuple(f"org.{desktop}.ScreenSaver" for desktop in ("freedesktop", "gnome", "mate", "cinnamon", "xfce"))
_SAVER_PATHS = ("/org/freedesktop/ScreenSaver", "/ScreenSaver")

_DAEMON, _PROPERTIES = "org.freedesktop.DBus", "org.freedesktop.DBus.Properties"
_LOGIND, _MANAGER = "org.freedesktop.login1", "org.freedesktop.login1.Manager"
_SESSION = "org.freedesktop.login1.Session"
_LOGIND_PATH = "/org/freedesktop/login1"
ASKED = "logind's wish"
"""Who asks for a lock without being one: it holds until a locker that came gives the screen free again."""
RETRY_S = 10.0
CALL_S = 3.0


class LockWatch:
    """Keeps who says that the screen is locked: tells of each lock, and of the unlocking when nobody says so any more.

    Whoever said so and can't be heard any more still counts: recording then goes on when the person asks for it.
    """

    def __init__(self) -> None:
        self._tell: Callable[[Wish], None] = lambda wish: None
        self._who: set[str] = set()

    def begin(self, tell: Callable[[Wish], None]) -> None:
        """Tell from now on; at once when somebody has said so already: a locker that was there before us."""
        self._tell = tell
        if self._who:
            tell("locked")

    def say(self, who: str, locked: bool) -> None:
        """`who` says that the screen is locked, or that it is not."""
        if locked:
            self._who.add(who)
            self._tell("locked")
        elif who in self._who:
            self._who -= {who, ASKED}
            if not self._who:
                self._tell("unlocked")


class XLocks:
    """What the X server tells: its own screen saver, and windows of programs that lock."""

    def __init__(self, connection: Connection, watch: LockWatch) -> None:
        self._core, self._watch = connection.core, watch
        root = screen_of(connection).root
        self._res = connection(xcffib.res.key) if has_extension(connection, "X-Resource") else None
        if has_extension(connection, "MIT-SCREEN-SAVER"):
            saver = connection(xcffib.screensaver.key)
            saver.QueryVersion(1, 1).reply()
            saver.SelectInput(root, xcffib.screensaver.Event.NotifyMask)
        self._lockers: set[int] = set()
        for window in self._core.QueryTree(root).reply().children:
            with contextlib.suppress(xcffib.Error):
                if self._core.GetWindowAttributes(window).reply().map_state == xp.MapState.Viewable:
                    self._mapped(window)

    def take(self, event: Event) -> None:
        """Take note of an event. The connection must have SubstructureNotify of the root selected."""
        if isinstance(event, xcffib.screensaver.NotifyEvent):
            on = event.state in (xcffib.screensaver.State.On, xcffib.screensaver.State.Cycle)
            self._watch.say("X server", on)
        elif isinstance(event, xp.MapNotifyEvent):
            self._mapped(event.window)
        elif isinstance(event, xp.UnmapNotifyEvent | xp.DestroyNotifyEvent) and event.window in self._lockers:
            self._lockers.discard(event.window)
            if not self._lockers:
                self._watch.say("locker", False)

    def _mapped(self, window: int) -> None:
        if not LOCKERS.isdisjoint(self._names(window)):
            self._lockers.add(window)
            self._watch.say("locker", True)

    def _names(self, window: int) -> set[str]:
        """What a window's program is called: its class and its executable, lower case."""
        try:
            reply = self._core.GetProperty(False, window, xp.Atom.WM_CLASS, xp.Atom.STRING, 0, 64).reply()
        except xcffib.Error:
            return set()
        names = set(bytes(reply.value.buf()).decode("latin-1").lower().split("\0"))
        if self._res is not None:
            names.add(program_of(pid_of_resource(self._res, window)).lower())
        return names - {""}


class BusLocks:
    """What is told over D-Bus. A bus that isn't there is tried again now and then."""

    def __init__(self, desktop: DesktopEnv, watch: LockWatch) -> None:
        self._desktop, self._watch = desktop, watch

    async def run(self) -> None:
        """Listen on both buses until cancelled."""
        await asyncio.gather(
            self._keep(self._desktop.session_bus_address, self._savers),
            self._keep(self._desktop.system_bus_address, self._logind),
        )

    async def _keep(self, address: str, begin: Callable[[MessageBus], Awaitable[None]]) -> None:
        while address:
            bus = None
            try:
                bus = await asyncio.wait_for(MessageBus(bus_address=address).connect(), CALL_S)
                await begin(bus)
                # The library left this one method without types.
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
            except (OSError, EOFError, AuthError, DBusError, InvalidAddressError, TimeoutError) as error:
                log.debug("a bus that tells of locks can't be heard: %s", type(error).__name__)
            finally:
                if bus is not None:
                    bus.disconnect()
            await asyncio.sleep(RETRY_S)

    # --- the desktop's screen saver --------------------------------------------------------------------------------

    async def _savers(self, bus: MessageBus) -> None:
        def heard(message: Message) -> None:
            if message.message_type is not MessageType.SIGNAL:
                return
            if message.member == "ActiveChanged" and message.interface in SAVERS and message.body:
                self._watch.say(f"saver {message.interface}", message.body[0] is True)

        bus.add_message_handler(heard)
        for name in SAVERS:
            await _match(bus, f"type='signal',interface='{name}',member='ActiveChanged'")
        for name in SAVERS:
            owned = await _ask(bus, _DAEMON, "/org/freedesktop/DBus", _DAEMON, "NameHasOwner", "s", [name])
            for path in (f"/{name.replace('.', '/')}", *_SAVER_PATHS) if owned and owned[0] else ():
                active = await _ask(bus, name, path, name, "GetActive")
                if active:
                    self._watch.say(f"saver {name}", active[0] is True)
                    break

    # --- logind ----------------------------------------------------------------------------------------------------

    async def _logind(self, bus: MessageBus) -> None:
        session = await self._session(bus)
        if session is None:
            await asyncio.sleep(RETRY_S * 6)
            return

        def heard(message: Message) -> None:
            if message.message_type is not MessageType.SIGNAL or message.path != session:
                return
            if message.interface == _SESSION and message.member == "Lock":
                self._watch.say(ASKED, True)
            elif message.interface == _SESSION and message.member == "Unlock":
                self._watch.say(ASKED, False)
            elif message.member == "PropertiesChanged" and len(message.body) == 3 and message.body[0] == _SESSION:
                hint = message.body[1].get("LockedHint")
                if isinstance(hint, Variant):
                    self._watch.say("logind", hint.value is True)

        bus.add_message_handler(heard)
        for interface in (_SESSION, _PROPERTIES):
            await _match(bus, f"type='signal',sender='{_LOGIND}',interface='{interface}',path='{session}'")
        hint = await _ask(bus, _LOGIND, session, _PROPERTIES, "Get", "ss", [_SESSION, "LockedHint"])
        if hint and isinstance(hint[0], Variant):
            self._watch.say("logind", hint[0].value is True)

    async def _session(self, bus: MessageBus) -> str | None:
        """The object path of our login session; None where logind knows none."""
        told = await _ask(bus, _LOGIND, _LOGIND_PATH, _MANAGER, "GetSessionByPID", "u", [os.getpid()])
        if told:
            return str(told[0])
        # Started by the user's own service manager, we belong to no session: the one on the screen is meant.
        user = await _ask(bus, _LOGIND, _LOGIND_PATH, _MANAGER, "GetUser", "u", [os.getuid()])
        if not user:
            return None
        display = await _ask(
            bus, _LOGIND, str(user[0]), _PROPERTIES, "Get", "ss", ["org.freedesktop.login1.User", "Display"]
        )
        if not display or not isinstance(display[0], Variant) or not display[0].value[0]:
            return None
        return str(display[0].value[1])


async def _match(bus: MessageBus, rule: str) -> None:
    await _ask(bus, _DAEMON, "/org/freedesktop/DBus", _DAEMON, "AddMatch", "s", [rule])


async def _ask(
    bus: MessageBus,
    destination: str,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    body: list[Any] | None = None,
) -> list[Any] | None:
    """The answer to a call, None when there is none in time or it is an error. Never starts a service."""
    message = Message(
        destination=destination,
        path=path,
        interface=interface,
        member=member,
        signature=signature,
        body=body or [],
        flags=MessageFlag.NO_AUTOSTART,
    )
    try:
        reply = await asyncio.wait_for(bus.call(message), CALL_S)
    except TimeoutError:
        return None
    if reply is None or reply.message_type is MessageType.ERROR:
        return None
    return list(reply.body)
