"""The accessibility bus: calls that always end, the programs on it, and their events.

Every call has a time-out, and a program that misses several in a row is left alone for some seconds, so that a
stopped program costs the others nothing. Nothing of what is read here is ever logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, DBusError, InvalidAddressError

from understudy.capture.x11.atspi_calls import ATSPI, ROOT_PATH, Call, NoAnswer, Program, Ref, Switchboard, prop

CONNECT_TIMEOUT_S = 3.0

CACHE_PATH = "/org/a11y/atspi/cache"
_REGISTRY = "org.a11y.atspi.Registry"
_DAEMON = "org.freedesktop.DBus"

EVENTS = (
    *("focus:", "object:state-changed:focused", "object:state-changed:showing", "object:state-changed:checked"),
    *("object:text-changed",),
    *("object:children-changed", "object:bounds-changed", "object:property-change:accessible-name"),
    *("document:load-complete", "document:reload", "window:"),
)
"""What programs are asked to tell. They send nothing that nobody registered for."""

MATCH_RULES = (
    "type='signal',interface='org.a11y.atspi.Event.Object',member='StateChanged',arg0='focused'",
    "type='signal',interface='org.a11y.atspi.Event.Object',member='StateChanged',arg0='showing'",
    "type='signal',interface='org.a11y.atspi.Event.Object',member='StateChanged',arg0='checked'",
    "type='signal',interface='org.a11y.atspi.Event.Object',member='TextChanged'",
    "type='signal',interface='org.a11y.atspi.Event.Object',member='ChildrenChanged'",
    "type='signal',interface='org.a11y.atspi.Event.Object',member='BoundsChanged'",
    "type='signal',interface='org.a11y.atspi.Event.Object',member='PropertyChange',arg0='accessible-name'",
    "type='signal',interface='org.a11y.atspi.Event.Focus'",
    "type='signal',interface='org.a11y.atspi.Event.Document'",
    "type='signal',interface='org.a11y.atspi.Event.Window'",
    f"type='signal',sender='{_DAEMON}',interface='{_DAEMON}',member='NameOwnerChanged'",
)


class BusUnavailable(Exception):
    """There is no accessibility bus to talk to now; the message says at which step it was missing."""


class AtspiBus:
    """One connection to the accessibility bus; made by `open_bus`, ended by `close` (twice is harmless)."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._programs: dict[str, Program] = {}
        self._take_signal: Callable[[Message], None] = lambda _: None
        self._board = Switchboard(bus, lambda message: self._take_signal(message))

    async def closed(self) -> None:
        """Returns once the connection is gone, for whatever reason."""
        with suppress(OSError, EOFError, DBusError):
            # The library left this one method without types.
            await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """End the connection."""
        if self._bus.connected:
            self._bus.disconnect()

    def on_signal(self, take: Callable[[Message], None]) -> None:
        """Hand every signal to `take`, in the order of the bus."""
        self._take_signal = take

    async def listen(self) -> None:
        """Ask programs for `EVENTS` and the bus for their signals. Raises NoAnswer."""
        for rule in MATCH_RULES:
            await self._plain(Ref(_DAEMON, "/org/freedesktop/DBus"), _DAEMON, "AddMatch", "s", rule)
        registry = Ref(_REGISTRY, "/org/a11y/atspi/registry")
        for event in EVENTS:
            try:
                await self._plain(registry, _REGISTRY, "RegisterEvent", "sas", event, [])
            except NoAnswer:
                # AT-SPI before 2.35 takes no list of properties.
                await self._plain(registry, _REGISTRY, "RegisterEvent", "s", event)

    async def programs(self) -> dict[str, Program]:
        """The programs on the bus by their bus name. Raises NoAnswer when the registry doesn't tell."""
        children = await self._plain(Ref(_REGISTRY, ROOT_PATH), f"{ATSPI}Accessible", "GetChildren", "")
        names = {name for name, _ in children[0]}
        for name in names - self._programs.keys():
            with suppress(NoAnswer):
                await self.program(name)
        return {name: self._programs[name] for name in names if name in self._programs}

    async def program(self, name: str) -> Program:
        """The program with this bus name. Raises NoAnswer when there is none."""
        if (known := self._programs.get(name)) is None:
            daemon = Ref(_DAEMON, "/org/freedesktop/DBus")
            answer = await self._plain(daemon, _DAEMON, "GetConnectionUnixProcessID", "s", name)
            known = self._programs.setdefault(name, Program(name, int(answer[0])))
        return known

    def forget(self, name: str) -> Program | None:
        """A program left the bus; returns what was known of it."""
        return self._programs.pop(name, None)

    async def call(self, ref: Ref, interface: str, member: str, signature: str = "", *values: Any) -> Any:  # noqa: ANN401
        """What `org.a11y.atspi.<interface>.<member>` of an accessible answers: its first value. Raises NoAnswer."""
        return await self.answer(Call(ref, interface, member, signature, values))

    async def get(self, ref: Ref, interface: str, name: str) -> Any:  # noqa: ANN401
        """A property's value. Raises NoAnswer."""
        return await self.answer(prop(ref, interface, name))

    async def answer(self, call: Call) -> Any:  # noqa: ANN401
        """What is answered to one question. Raises NoAnswer."""
        program = self._programs.get(call.ref.bus) or await self.program(call.ref.bus)
        (answer,) = await self._board.ask(program, [call])
        if isinstance(answer, NoAnswer):
            raise NoAnswer(str(answer), late=answer.late)
        return answer

    async def calls(self, wanted: Sequence[Call]) -> list[Any]:
        """What is answered to each question, in order; None where there was no answer. They go out together."""
        found: list[Any] = [None] * len(wanted)
        at_programs: dict[str, list[int]] = {}
        for index, call in enumerate(wanted):
            at_programs.setdefault(call.ref.bus, []).append(index)

        async def ask(name: str, indices: list[int]) -> None:
            try:
                program = self._programs.get(name) or await self.program(name)
            except NoAnswer:
                return
            answers = await self._board.ask(program, [wanted[index] for index in indices])
            for index, answer in zip(indices, answers, strict=True):
                found[index] = None if isinstance(answer, NoAnswer) else answer

        if len(at_programs) == 1:
            await ask(*at_programs.popitem())
        else:
            await asyncio.gather(*(ask(name, indices) for name, indices in at_programs.items()))
        return found

    async def _plain(self, ref: Ref, interface: str, member: str, signature: str, *values: Any) -> list[Any]:  # noqa: ANN401
        message = Message(
            destination=ref.bus,
            path=ref.path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(values),
        )
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return _body(await self._send(message), member)
        except TimeoutError:
            raise NoAnswer(f"{member} took too long") from None

    async def _send(self, message: Message) -> Message | None:
        try:
            return await self._bus.call(message)
        except (OSError, EOFError, DBusError, AttributeError) as error:
            # AttributeError: dbus-fast drops its writer when the bus goes away beneath a call.
            raise NoAnswer(f"the bus is gone ({type(error).__name__})") from None


async def open_bus(session_bus_address: str) -> AtspiBus:
    """Connect to the accessibility bus that the session bus names. Raises BusUnavailable."""
    if not session_bus_address:
        raise BusUnavailable("no session bus")
    session = await _connect(session_bus_address, "the session bus")
    try:
        message = Message(
            destination="org.a11y.Bus", path="/org/a11y/bus", interface="org.a11y.Bus", member="GetAddress"
        )
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            body = _body(await session.call(message), "GetAddress")
    except (TimeoutError, NoAnswer, OSError, EOFError, DBusError):
        raise BusUnavailable("the session bus knows no accessibility bus") from None
    finally:
        session.disconnect()
    return AtspiBus(await _connect(str(body[0]), "the accessibility bus"))


async def _connect(address: str, what: str) -> MessageBus:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            return await MessageBus(address, auth_timeout=CONNECT_TIMEOUT_S).connect()
    except (OSError, EOFError, TimeoutError, AuthError, InvalidAddressError, DBusError, ValueError) as error:
        raise BusUnavailable(f"{what} does not answer ({type(error).__name__})") from None


def _body(reply: Message | None, member: str) -> list[Any]:
    if reply is None or reply.message_type is MessageType.ERROR:
        raise NoAnswer(f"{member}: {reply.error_name if reply is not None else 'no reply'}")
    return list(reply.body)
