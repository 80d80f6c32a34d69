"""Questions to programs on the accessibility bus, many at a time: each gets an answer or none, always soon.

Asking one by one, each with a task and a timer of its own, costs more than everything that is done with the answers.
Here a list of questions is one wait: they go out as earlier ones are answered, and one timer watches them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol

from dbus_fast import Message, MessageType, Variant
from dbus_fast.errors import DBusError

_log = logging.getLogger(__name__)

CALL_TIMEOUT_S = 0.3
"""Longest wait for one answer. Chromium's slowest answers while a page loads were 40 ms."""
MISSES_BEFORE_REST = 2
REST_S = (2.0, 5.0, 10.0)
"""How long a program that doesn't answer is left alone: the first, the second, and each later time."""
IN_FLIGHT = 48
"""Most calls that one program has to answer at a time: some 2 ms of its time, so that events still come through."""

ATSPI = "org.a11y.atspi."
PROPERTIES = "org.freedesktop.DBus.Properties"
ROOT_PATH = "/org/a11y/atspi/accessible/root"

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


class NoAnswer(Exception):
    """The program did not answer: too slow (`late`), left alone for now, gone, or the element is."""

    def __init__(self, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        self.late = late


class Ref(NamedTuple):
    """An accessible: the unique name of its program on the bus and its object path."""

    bus: str
    path: str

    @property
    def null(self) -> bool:
        """True for AT-SPI's way of saying "none"."""
        return not self.bus or self.path.endswith("/null")


class Call(NamedTuple):
    """One question: `org.a11y.atspi.<interface>.<member>` of an accessible. `timeout_s` is its longest wait."""

    ref: Ref
    interface: str
    member: str
    signature: str = ""
    values: tuple[Any, ...] = ()
    timeout_s: float = CALL_TIMEOUT_S


def prop(ref: Ref, interface: str, name: str) -> Call:
    """The question for a property's value."""
    return Call(ref, PROPERTIES, "Get", "ss", (ATSPI + interface, name))


class Program:
    """One program on the bus: its process and how well it answers."""

    def __init__(self, name: str, pid: int) -> None:
        self.name, self.pid = name, pid
        self.root = Ref(name, ROOT_PATH)
        self.in_flight = 0
        self.waiting: deque[_Batch] = deque()
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


class Sender(Protocol):
    """As much of dbus-fast's MessageBus as is used here."""

    def send(self, msg: Message) -> asyncio.Future[Any]:
        """Number a message and send it."""

    def add_message_handler(self, handler: Callable[[Message], bool]) -> None:
        """Have `handler` see every message; True: it was taken."""


class _Batch:
    """Questions asked together. `answers` holds values, and a NoAnswer in the place of each that is missing."""

    def __init__(self, program: Program, calls: Sequence[Call], done: asyncio.Future[None], *, hurried: bool) -> None:
        self.program, self.calls, self.done, self.hurried = program, calls, done, hurried
        self.answers: list[Any] = [NoAnswer("not asked")] * len(calls)
        self.next = 0
        self.sent: dict[int, tuple[int, float]] = {}
        """By the message's number: which of the calls, and when it was sent; oldest first."""


class Switchboard:
    """All questions of one connection. Everything here happens on the event loop's thread."""

    def __init__(self, bus: Sender, on_signal: Callable[[Message], None]) -> None:
        self._bus, self._on_signal = bus, on_signal
        self._loop = asyncio.get_running_loop()
        self._asked: dict[int, _Batch] = {}
        self._timer: asyncio.TimerHandle | None = None
        bus.add_message_handler(self._take)

    async def ask(self, program: Program, calls: Sequence[Call]) -> list[Any]:
        """The answers in order, a NoAnswer in the place of each that is missing. Never raises NoAnswer."""
        if not calls:
            return []
        batch = _Batch(program, calls, self._loop.create_future(), hurried=_URGENT.get())
        if batch.hurried:
            self._send(batch, len(calls))
        else:
            program.waiting.append(batch)
            self._pump(program)
        try:
            await batch.done
        finally:
            self._forget(batch)
        return batch.answers

    def _pump(self, program: Program) -> None:
        while program.waiting and program.in_flight < IN_FLIGHT:
            batch = program.waiting[0]
            if batch.next < len(batch.calls):
                self._send(batch, min(IN_FLIGHT - program.in_flight, len(batch.calls) - batch.next))
            if batch.next >= len(batch.calls):
                program.waiting.popleft()

    def _send(self, batch: _Batch, count: int) -> None:
        now_s = self._loop.time()
        if batch.program.resting(now_s):
            rest = NoAnswer("left alone for now")
            batch.answers[batch.next :] = [rest] * (len(batch.calls) - batch.next)
            batch.next = len(batch.calls)
        for number in range(batch.next, min(batch.next + count, len(batch.calls))):
            batch.next = number + 1
            call = batch.calls[number]
            message = Message(
                destination=call.ref.bus,
                path=call.ref.path,
                interface=call.interface if call.interface == PROPERTIES else ATSPI + call.interface,
                member=call.member,
                signature=call.signature,
                body=list(call.values),
            )
            try:
                self._bus.send(message)
            except (OSError, EOFError, DBusError, AttributeError) as error:
                # AttributeError: dbus-fast drops its writer when the bus goes away beneath a call.
                batch.answers[number] = NoAnswer(f"the bus is gone ({type(error).__name__})")
                continue
            batch.sent[message.serial] = number, now_s
            self._asked[message.serial] = batch
            if not batch.hurried:
                batch.program.in_flight += 1
        self._finish(batch)
        if batch.sent and self._timer is None:
            self._timer = self._loop.call_later(CALL_TIMEOUT_S, self._look)

    def _take(self, message: Message) -> bool:
        kind = message.message_type
        if kind is MessageType.SIGNAL:
            self._on_signal(message)
            return False
        batch = self._asked.pop(message.reply_serial, None)
        if batch is None:
            return False
        number, _ = batch.sent.pop(message.reply_serial)
        program = batch.program
        program.answered()
        call = batch.calls[number]
        if kind is MessageType.METHOD_RETURN:
            body = message.body
            value: Any = body[0] if len(body) == 1 else body
            if call.interface == PROPERTIES:
                value = value.value if isinstance(value, Variant) else NoAnswer(f"{call.member}: no value")
            batch.answers[number] = value
        else:
            batch.answers[number] = NoAnswer(f"{call.member}: {message.error_name}")
        if not batch.hurried:
            program.in_flight -= 1
            self._pump(program)
        self._finish(batch)
        return True

    def _finish(self, batch: _Batch) -> None:
        if not batch.sent and batch.next >= len(batch.calls) and not batch.done.done():
            batch.done.set_result(None)

    def _look(self) -> None:
        """Give up what was not answered in time."""
        self._timer = None
        now_s, next_s = self._loop.time(), float("inf")
        for batch in dict.fromkeys(self._asked.values()):
            late = False
            for serial, (number, sent_s) in list(batch.sent.items()):
                call = batch.calls[number]
                if sent_s + call.timeout_s > now_s:
                    next_s = min(next_s, sent_s + call.timeout_s)
                    continue
                self._give_up(batch, serial)
                batch.answers[number] = NoAnswer(f"{call.member} took too long", late=True)
                late = True
                if not batch.hurried:
                    # A question that came while the program was busy is no reason to leave it alone for seconds.
                    batch.program.missed(sent_s, now_s)
            if late:
                self._pump(batch.program)
                self._finish(batch)
        if self._timer is None and self._asked:
            self._timer = self._loop.call_later(max(0.0, min(next_s - now_s, CALL_TIMEOUT_S)), self._look)

    def _give_up(self, batch: _Batch, serial: int) -> None:
        del batch.sent[serial]
        del self._asked[serial]
        if not batch.hurried:
            batch.program.in_flight -= 1

    def _forget(self, batch: _Batch) -> None:
        """Nobody waits for it any more."""
        batch.next = len(batch.calls)
        for serial in list(batch.sent):
            self._give_up(batch, serial)
        if batch in batch.program.waiting:
            batch.program.waiting.remove(batch)
        self._pump(batch.program)
