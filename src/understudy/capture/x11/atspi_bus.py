"""The accessibility bus: calls that always end, the programs on it, and their events.

Every call has a time-out, and a program that misses several in a row is left alone for some seconds, so that a
stopped program costs the others nothing. Nothing of what is read here is ever logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, DBusError, InvalidAddressError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

CALL_TIMEOUT_S = 0.3
"""Longest wait for one answer. Chromium's slowest answers while a page loads were 40 ms."""
CONNECT_TIMEOUT_S = 3.0
MISSES_BEFORE_REST = 2
REST_S = (2.0, 5.0, 10.0)
"""How long a program that doesn't answer is left alone: the first, the second, and each later time."""
IN_FLIGHT = 48
"""Most calls that one program has to answer at a time: some 2 ms of its time, so that events still come through."""

ATSPI = "org.a11y.atspi."
PROPERTIES = "org.freedesktop.DBus.Properties"
ROOT_PATH = "/org/a11y/atspi/accessible/root"
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


_URGENT: ContextVar[bool] = ContextVar("urgent", default=False)


@contextmanager
def urgent() -> Iterator[None]:
    """Calls made inside, in tasks begun inside too, don't queue behind the hundreds of a tree that is being read."""
    token = _URGENT.set(True)
    try:
        yield
    finally:
        _URGENT.reset(token)


@contextmanager
def patient() -> Iterator[None]:
    """The contrary of `urgent`, inside it."""
    token = _URGENT.set(False)
    try:
        yield
    finally:
        _URGENT.reset(token)


class BusUnavailable(Exception):
    """There is no accessibility bus to talk to now; the message says at which step it was missing."""


class NoAnswer(Exception):
    """The program did not answer: too slow, left alone for now, gone, or the element is."""


class Ref(NamedTuple):
    """An accessible: the unique name of its program on the bus and its object path."""

    bus: str
    path: str

    @property
    def null(self) -> bool:
        """True for AT-SPI's way of saying "none"."""
        return not self.bus or self.path.endswith("/null")


class Program:
    """One program on the bus: its process and how well it answers."""

    def __init__(self, name: str, pid: int) -> None:
        self.name, self.pid = name, pid
        self.root = Ref(name, ROOT_PATH)
        self.slots = asyncio.Semaphore(IN_FLIGHT)
        self._misses = self._rests = 0
        self._missed_at = self._rest_until = 0.0

    def resting(self, now_s: float) -> bool:
        """True while it is left alone."""
        return now_s < self._rest_until

    def answered(self) -> None:
        """It answered: all is forgiven."""
        self._misses = self._rests = 0

    def missed(self, sent_s: float, now_s: float) -> None:
        """A call sent at `sent_s` was not answered in time. Calls sent together count as one miss."""
        if sent_s < self._missed_at:
            return
        self._missed_at = now_s
        self._misses += 1
        if self._misses >= MISSES_BEFORE_REST:
            self._rest_until = now_s + REST_S[min(self._rests, len(REST_S) - 1)]
            self._rests += 1
            _log.info("a program with process %d does not answer; left alone for a while", self.pid)


class AtspiBus:
    """One connection to the accessibility bus; made by `open_bus`, ended by `close` (twice is harmless)."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._programs: dict[str, Program] = {}
        self._loop = asyncio.get_running_loop()

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

        def handler(message: Message) -> bool:
            if message.message_type is MessageType.SIGNAL:
                take(message)
            return False

        self._bus.add_message_handler(handler)

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
        program = self._programs.get(ref.bus) or await self.program(ref.bus)
        async with nullcontext() if _URGENT.get() else program.slots:
            sent_s = self._loop.time()
            if program.resting(sent_s):
                raise NoAnswer("left alone for now")
            name = interface if interface == PROPERTIES else ATSPI + interface
            message = Message(
                destination=ref.bus,
                path=ref.path,
                interface=name,
                member=member,
                signature=signature,
                body=list(values),
            )
            try:
                async with asyncio.timeout(CALL_TIMEOUT_S):
                    reply = await self._send(message)
            except TimeoutError:
                if not _URGENT.get():
                    # A question that came while the program was busy is no reason to leave it alone for seconds.
                    program.missed(sent_s, self._loop.time())
                raise NoAnswer(f"{member} took too long") from None
        program.answered()
        body = _body(reply, member)
        if len(body) == 1:
            return body[0]
        return body

    async def get(self, ref: Ref, interface: str, name: str) -> Any:  # noqa: ANN401
        """A property's value. Raises NoAnswer."""
        return (await self.call(ref, PROPERTIES, "Get", "ss", ATSPI + interface, name)).value

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


async def all_answers(calls: Sequence[Awaitable[_T]]) -> list[_T | None]:
    """The answers to calls made at once, in order; None where there was none."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    told: list[_T | None] = []
    for answer in answers:
        if isinstance(answer, NoAnswer):
            told.append(None)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            told.append(answer)
    return told


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
