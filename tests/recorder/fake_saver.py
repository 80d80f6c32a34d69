"""Fakes of those who tell on a bus that the screen is locked: a desktop's screen saver, logind. They lock nothing."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Any, Self

from dbus_fast import Message, MessageType, RequestNameReply, Variant
from dbus_fast.aio import MessageBus


class _Fake:
    """A context manager that owns a name on a bus, in a thread of its own."""

    def __init__(self, address: str, name: str) -> None:
        self._address, self._name = address, name
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._bus: MessageBus | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bus is not None:
            self._loop.call_soon_threadsafe(self._bus.disconnect)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _begin(self) -> None:
        self._bus = await MessageBus(bus_address=self._address).connect()
        self._bus.add_message_handler(self._take)
        assert await self._bus.request_name(self._name) is RequestNameReply.PRIMARY_OWNER

    def _take(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        answer = self._answer(message)
        return None if answer is None else Message.new_method_return(message, *answer)

    def _answer(self, message: Message) -> tuple[str, list[Any]] | None:
        raise NotImplementedError

    def _tell(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        async def send() -> None:
            assert self._bus is not None
            await self._bus.send(Message.new_signal(path, interface, member, signature, body))

        asyncio.run_coroutine_threadsafe(send(), self._loop).result(20)


class FakeSaver(_Fake):
    """A screen saver by one of the names that desktops give theirs; `active` has it say so."""

    def __init__(self, address: str, name: str = "org.gnome.ScreenSaver") -> None:
        super().__init__(address, name)
        self._active = False

    def _answer(self, message: Message) -> tuple[str, list[Any]] | None:
        return ("b", [self._active]) if message.member == "GetActive" else None

    def active(self, active: bool) -> None:
        """Say that the screen is locked, or free again."""
        self._active = active
        self._tell(f"/{self._name.replace('.', '/')}", self._name, "ActiveChanged", "b", [active])


class FakeLogind(_Fake):
    """logind with one session. `of_session` False: our process belongs to none, as below the user's own manager."""

    SESSION, USER = "/org/freedesktop/login1/session/_31", "/org/freedesktop/login1/user/_0"

    def __init__(self, address: str, *, of_session: bool) -> None:
        super().__init__(address, "org.freedesktop.login1")
        self._of_session = of_session

    def _answer(self, message: Message) -> tuple[str, list[Any]] | None:
        match message.member:
            case "GetSessionByPID" if self._of_session:
                return "o", [self.SESSION]
            case "GetUser":
                return "o", [self.USER]
            case "Get" if message.body[1] == "LockedHint":
                return "v", [Variant("b", False)]
            case "Get" if message.body[1] == "Display":
                return "v", [Variant("(so)", ["1", self.SESSION])]
        return None

    def signal(self, member: str) -> None:
        """Ask the session for "Lock" or "Unlock"."""
        self._tell(self.SESSION, "org.freedesktop.login1.Session", member, "", [])

    def hint(self, locked: bool) -> None:
        """Change the session's LockedHint."""
        changed = {"LockedHint": Variant("b", locked)}
        body = ["org.freedesktop.login1.Session", changed, []]
        self._tell(self.SESSION, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", body)
