"""An entry in the desktop's panel: a StatusNotifierItem with a menu (freedesktop's specification, as KDE, Xfce, MATE,
Cinnamon, LXQt and GNOME with an extension show it). Where no panel asks for such items, there is none.

Panels draw it, so clicks on it are clicks on the panel; each call of theirs is told as "touched", so that the click
behind it can be taken out of the recording.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, DBusError, InvalidAddressError
from PIL import Image

from understudy.capture.source import DesktopEnv
from understudy.recorder.controls import Wish
from understudy.recorder.picture import Shown, icon
from understudy.recorder.tray_xml import ITEM_XML, MENU_XML

log = logging.getLogger(__name__)

WATCHER, WATCHER_PATH = "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher"
ITEM, ITEM_PATH = "org.kde.StatusNotifierItem", "/StatusNotifierItem"
MENU, MENU_PATH = "com.canonical.dbusmenu", "/MenuBar"
_DAEMON, _DAEMON_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
_PROPERTIES, _INTROSPECT = "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.Introspectable"

ICON_SIZES_PX = (22, 48)
CALL_S = 3.0
RETRY_S = 15.0

_WISHES: dict[int, Wish] = {3: "pause", 4: "forget", 6: "stop"}
"""Menu entries that do something, by their number."""


class Tray:
    """The entry, on the session bus. `wish` is called with what the person chose; `run` serves until cancelled."""

    def __init__(self, desktop: DesktopEnv, shown: Shown, wish: Callable[[Wish], None]) -> None:
        self._address = desktop.session_bus_address
        self._shown = shown
        self._wish = wish
        self._bus: MessageBus | None = None
        self._revision = 1
        self._icons: dict[str, list[list[Any]]] = {}

    async def run(self) -> None:
        """Be in the panel whenever there is one. A session bus that goes away is tried again now and then."""
        while self._address:
            bus = None
            try:
                bus = await asyncio.wait_for(MessageBus(bus_address=self._address).connect(), CALL_S)
                await self._serve(bus)
            except (OSError, EOFError, AuthError, DBusError, InvalidAddressError, TimeoutError) as error:
                log.debug("no panel entry: %s", type(error).__name__)
            finally:
                self._bus = None
                if bus is not None:
                    bus.disconnect()
            await asyncio.sleep(RETRY_S)

    def show(self, shown: Shown) -> None:
        """Show something else."""
        if shown == self._shown:
            return
        self._shown = shown
        self._revision += 1
        for member in ("NewIcon", "NewToolTip", "NewTitle"):
            self._signal(ITEM_PATH, ITEM, member)
        self._signal(MENU_PATH, MENU, "LayoutUpdated", "ui", self._revision, 0)

    async def _serve(self, bus: MessageBus) -> None:
        bus.add_message_handler(self._take)
        rule = f"type='signal',sender='{_DAEMON}',member='NameOwnerChanged',arg0='{WATCHER}'"
        await _call(bus, _DAEMON, _DAEMON_PATH, _DAEMON, "AddMatch", "s", [rule])
        self._bus = bus
        await self._register(bus)
        # The library left this one method without types.
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    async def _register(self, bus: MessageBus) -> None:
        owned = await _call(bus, _DAEMON, _DAEMON_PATH, _DAEMON, "NameHasOwner", "s", [WATCHER])
        if owned and owned[0]:
            # By our unique name: asking for a name of our own is what the specification says and nobody needs.
            await _call(bus, WATCHER, WATCHER_PATH, WATCHER, "RegisterStatusNotifierItem", "s", [str(bus.unique_name)])

    def _signal(self, path: str, interface: str, member: str, signature: str = "", *body: object) -> None:
        if self._bus is not None and self._bus.connected:
            self._bus.send(Message.new_signal(path, interface, member, signature, list(body)))

    # --- what panels ask -------------------------------------------------------------------------------------------

    def _take(self, message: Message) -> Message | None:
        if message.message_type is MessageType.SIGNAL:
            if message.member == "NameOwnerChanged" and message.body[0] == WATCHER and message.body[2]:
                bus = self._bus
                if bus is not None:
                    asyncio.get_running_loop().create_task(self._register(bus))
            return None
        if message.message_type is not MessageType.METHOD_CALL or message.path not in (ITEM_PATH, MENU_PATH):
            return None
        answer = self._answer(message)
        if answer is None:
            return None
        return Message.new_method_return(message, *answer)

    def _answer(self, message: Message) -> tuple[str, list[Any]] | None:
        """(signature, body) of the answer; None for what is not ours to answer."""
        item = message.path == ITEM_PATH
        match message.interface, message.member:
            case _, "Introspect":
                return "s", [ITEM_XML if item else MENU_XML]
            case _, "GetAll" if message.interface == _PROPERTIES:
                return "a{sv}", [self._item() if item else _MENU_PROPERTIES]
            case _, "Get" if message.interface == _PROPERTIES:
                known = (self._item() if item else _MENU_PROPERTIES).get(message.body[1])
                return None if known is None else ("v", [known])
            case _, "Activate" | "SecondaryActivate" if item:
                self._wish("touched")
                self._wish("pause")
                return "", []
            case _, "ContextMenu" | "Scroll" if item:
                self._wish("touched")
                return "", []
            case _, "GetLayout" if not item:
                return "u(ia{sv}av)", [self._revision, self._layout()]
            case _, "GetGroupProperties" if not item:
                return "a(ia{sv})", [[[n, entry] for n, entry in self._entries().items()]]
            case _, "GetProperty" if not item:
                value = self._entries().get(message.body[0], {}).get(message.body[1])
                return None if value is None else ("v", [value])
            case _, "AboutToShow" if not item:
                self._wish("touched")
                return "b", [False]
            case _, "AboutToShowGroup" if not item:
                self._wish("touched")
                return "aiai", [[], []]
            case _, "Event" if not item:
                self._event(message.body[0], message.body[1])
                return "", []
            case _, "EventGroup" if not item:
                for number, kind, _data, _time in message.body[0]:
                    self._event(number, kind)
                return "ai", [[]]
        return None

    def _event(self, number: int, kind: str) -> None:
        if kind not in ("clicked", "opened"):
            return
        self._wish("touched")
        wish = _WISHES.get(number)
        if kind == "clicked" and wish is not None:
            self._wish(wish)

    # --- what it shows ---------------------------------------------------------------------------------------------

    def _item(self) -> dict[str, Variant]:
        words = self._shown.words()
        return {
            "Category": Variant("s", "ApplicationStatus"),
            "Id": Variant("s", "understudy"),
            "Title": Variant("s", "Understudy"),
            "Status": Variant("s", "Active"),
            "WindowId": Variant("i", 0),
            "IconName": Variant("s", ""),
            "IconPixmap": Variant("a(iiay)", self._icon()),
            "OverlayIconName": Variant("s", ""),
            "AttentionIconName": Variant("s", ""),
            "ToolTip": Variant("(sa(iiay)ss)", ["", [], "Understudy", words]),
            "ItemIsMenu": Variant("b", False),
            "Menu": Variant("o", MENU_PATH),
        }

    def _icon(self) -> list[list[Any]]:
        state = self._shown.state
        if state not in self._icons:
            pixmaps = []
            for size in ICON_SIZES_PX:
                # ARGB32 in network byte order.
                red, green, blue, alpha = icon(state, size).split()
                argb = Image.merge("RGBA", (alpha, red, green, blue))
                pixmaps.append([size, size, argb.tobytes()])
            self._icons[state] = pixmaps
        return self._icons[state]

    def _entries(self) -> dict[int, dict[str, Variant]]:
        """The menu's entries by number, in order."""
        paused = self._shown.state in ("paused", "locked")
        line = {"type": Variant("s", "separator")}
        return {
            0: {"children-display": Variant("s", "submenu")},
            1: {**_entry(self._shown.words()), "enabled": Variant("b", False)},
            2: line,
            3: _entry("Resume" if paused else "Pause"),
            4: _entry("Forget the last 5 minutes"),
            5: line,
            6: _entry("Stop recording"),
        }

    def _layout(self) -> list[Any]:
        entries = self._entries()
        return [0, entries.pop(0), [Variant("(ia{sv}av)", [n, entry, []]) for n, entry in entries.items()]]


_MENU_PROPERTIES = {
    "Version": Variant("u", 3),
    "TextDirection": Variant("s", "ltr"),
    "Status": Variant("s", "normal"),
    "IconThemePath": Variant("as", []),
}


def _entry(label: str) -> dict[str, Variant]:
    # An underscore would mark the letter that chooses the entry.
    return {
        "label": Variant("s", label.replace("_", "__")),
        "enabled": Variant("b", True),
        "visible": Variant("b", True),
    }


async def _call(
    bus: MessageBus, destination: str, path: str, interface: str, member: str, signature: str, body: list[Any]
) -> list[Any] | None:
    """The answer, None when there is none in time or it is an error."""
    message = Message(
        destination=destination, path=path, interface=interface, member=member, signature=signature, body=body
    )
    try:
        reply = await asyncio.wait_for(bus.call(message), CALL_S)
    except TimeoutError:
        return None
    return None if reply is None or reply.message_type is MessageType.ERROR else list(reply.body)
