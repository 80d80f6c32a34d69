"""A fake of a desktop's screen saver on a session bus: it tells that the screen is locked, and locks nothing."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType

from dbus_fast import Message, MessageType, RequestNameReply
from dbus_fast.aio import MessageBus


class FakeSaver:
    """A context manager that owns the name of a screen saver; `active` has it say so."""

    def __init__(self, address: str, name: str = "org.gnome.ScreenSaver") -> None:
        self._address, self._name = address, name
        self._path = f"/{name.replace('.', '/')}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._bus: MessageBus | None = None
        self._active = False

    def __enter__(self) -> FakeSaver:
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
        self._bus.add_message_handler(self._answer)
        assert await self._bus.request_name(self._name) is RequestNameReply.PRIMARY_OWNER

    def _answer(self, message: Message) -> Message | None:
        if message.message_type is MessageType.METHOD_CALL and message.member == "GetActive":
            return Message.new_method_return(message, "b", [self._active])
        return None

    def active(self, active: bool) -> None:
        """Say that the screen is locked, or free again."""
        asyncio.run_coroutine_threadsafe(self._say(active), self._loop).result(20)

    async def _say(self, active: bool) -> None:
        assert self._bus is not None
        self._active = active
        await self._bus.send(Message.new_signal(self._path, self._name, "ActiveChanged", "b", [active]))
