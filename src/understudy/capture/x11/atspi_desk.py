"""One connection's worth of listening: events become records, in order for each program; trees are read again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from typing import Any

import msgspec
from dbus_fast import Message

from understudy.capture.source import Ask
from understudy.capture.x11.atspi_bus import AtspiBus
from understudy.capture.x11.atspi_calls import ROOT_PATH, NoAnswer, Program, Ref, urgent
from understudy.capture.x11.atspi_events import Event, understood
from understudy.capture.x11.atspi_hit import HitTest
from understudy.capture.x11.atspi_names import POPUPS, only_bullets
from understudy.capture.x11.atspi_outbox import Outbox
from understudy.capture.x11.atspi_pointed import PointedWindows
from understudy.capture.x11.atspi_reader import Reader, takes_text, without_value
from understudy.capture.x11.atspi_tree import TreeReader
from understudy.records.elements import Element

_log = logging.getLogger(__name__)

SETTLE_S = 0.22
"""A program's windows are read again when nothing has changed for this long: pixels are read up to 0.1 s after they
changed, and a tree vouches for them that is begun 0.1 s later (`redact.pictures`),"""
SETTLE_AT_MOST_S = 0.9
"""but at the latest this long after the first change: a page that never rests is read too,"""
BETWEEN_S = 0.5
"""and never more often than this by themselves,"""
SHARE = 6
"""nor for more than one part in so many of the time: a page that takes long to read is read less often."""
LOADED_S = 0.15
"""A document that was loaded and a window that opened are read at once, or so long after the last reading began."""
MAX_WAITING = 400
"""Most events of one program that wait to be looked up; a flood beyond it is told as loss."""
AGAIN_S = 0.06
"""What is under a resting pointer is asked again this long after its program told of a change,"""
AGAIN_AT_MOST_EACH_S = 0.3
"""but not more often than this."""
INSIST_S = (0.04, 0.08, 0.16)
"""Where nothing was told of what is under a resting pointer (a pop-up that is just opening), it is asked again after
each of these pauses."""
STIR_S = 0.04
"""What a program tells of its changes is passed on together this long after the first word,"""
MAX_STIRRED = 64
"""and without saying where when there is more of it than this."""
MAX_ASKS = 6
"""Most questions under way; more are answered with "none" at once."""


class _Watched:
    """A program whose events are looked up one after the other, and whose windows are read again."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.events: asyncio.Queue[tuple[Event, int]] = asyncio.Queue(MAX_WAITING)
        self.listener: asyncio.Task[None] | None = None
        self.reader: asyncio.Task[None] | None = None
        self.wake = asyncio.Event()
        self.asked = False
        self.changed_s = self.dirty_s = self.next_s = self.began_s = self.soon_s = 0.0
        self.stirred: set[str] | None = None
        """Elements that changed since this was passed on last; "" stands for what can't be named, None: none did."""


class Desk:
    """What the elements source does while a bus is there. Made anew for each connection; `close` ends all its work."""

    def __init__(self, bus: AtspiBus, outbox: Outbox, pointed: PointedWindows) -> None:
        self._bus, self._outbox, self._pointed = bus, outbox, pointed
        self._reader = Reader(bus)
        self._trees = TreeReader(bus, self._reader)
        self._hits = HitTest(bus, self._reader, self._trees)
        self._watched: dict[str, _Watched] = {}
        self._pids: frozenset[int] = frozenset()
        self._focus: Ref | None = None
        self._focus_ns = 0
        self._asks = 0
        self._newest: Ask | None = None
        self._rested: tuple[Ask, _Watched | None, Element | None] | None = None
        self._again: asyncio.Task[None] | None = None
        self._again_s = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    async def start(self) -> None:
        """Listen. Raises NoAnswer when the bus or its registry doesn't let us."""
        self._bus.on_signal(self._signal)
        await self._bus.listen()
        for name in await self._bus.programs():
            with suppress(NoAnswer):
                await self._watch(name)

    async def close(self) -> None:
        """Give up everything that is under way."""
        tasks = [*self._tasks]
        self.drop_all()
        if tasks:
            await asyncio.wait(tasks, timeout=1)

    def drop_all(self) -> None:
        """Forget what was heard but not yet told, questions under way and readings due; secure fields stay known."""
        for task in [*self._tasks]:
            task.cancel()
        self._watched.clear()
        self._focus = self._rested = self._again = None

    def crawl(self, pids: Iterable[int], now: Iterable[int] | None = None) -> None:
        """Read the windows of these processes again whenever they change, until the next crawl; those of `now` (None:
        all of them) at once."""
        self._pids = frozenset(pids)
        self._spawn(self._crawl(self._pids if now is None else self._pids & frozenset(now)))

    def ask(self, ask: Ask) -> None:
        """Answer what is at a point, sooner or later, always."""
        if self._asks >= MAX_ASKS:
            self._outbox.asked(ask, None, stable=False)
            return
        self._asks += 1
        self._newest = ask
        self._spawn(self._answer(ask))

    def left_alone(self) -> None:
        """The pointer has left the place asked about last: what is there now is asked no more."""
        self._newest = self._rested = None

    # Events

    def _signal(self, message: Message) -> None:
        if self._outbox.paused:
            return
        event = understood(message)
        if event is None:
            return
        if event.kind == "left":
            self._left(event.ref.bus)
            return
        told_ns = time.monotonic_ns()
        if event.kind in ("changed", "moved", "checked"):
            self._reader.stale(event.ref)
        elif event.kind in ("loaded", "window"):
            self._reader.stale_program(event.ref.bus)
        watched = self._watched.get(event.ref.bus)
        if watched is None:
            self._spawn(self._meet(event, told_ns))
        else:
            self._heard(watched, event, told_ns)

    def _heard(self, watched: _Watched, event: Event, told_ns: int) -> None:
        if event.kind == "focus":
            self._focus_ns = told_ns
        if event.kind in ("focus", "checked", "insert", "delete"):
            try:
                watched.events.put_nowait((event, told_ns))
            except asyncio.QueueFull:
                _log.warning("process %d tells more than can be looked up", watched.program.pid)
                self._outbox.mark("source_lost_events")
        if event.kind == "focus":
            return
        if event.kind != "window" and watched.program.pid in self._pids:
            self._stirred(watched, "" if event.kind == "loaded" else self._reader.id_of(event.ref))
        now = watched.changed_s = self._loop.time()
        if watched.program.pid in self._pids:
            watched.dirty_s = watched.dirty_s or now
            anew = event.kind in ("loaded", "window") or event.ref.path == ROOT_PATH
            if anew:
                # Nothing of a new page is recorded before its address is known, no option before its pop-up was read.
                watched.soon_s = max(now, watched.began_s + LOADED_S)
            watched.wake.set()
        if self._again is None and self._rested is not None and self._rested[1] is watched:
            self._again = self._spawn(self._ask_again())

    def _stirred(self, watched: _Watched, element: str) -> None:
        if watched.stirred is None:
            watched.stirred = set()
            self._loop.call_later(STIR_S, self._tell_stirred, watched)
        if len(watched.stirred) <= MAX_STIRRED:
            watched.stirred.add(element)

    def _tell_stirred(self, watched: _Watched) -> None:
        stirred, watched.stirred = watched.stirred or set(), None
        known = len(stirred) <= MAX_STIRRED and "" not in stirred
        self._outbox.stir(watched.program.pid, tuple(sorted(stirred)) if known else None)

    async def _meet(self, event: Event, told_ns: int) -> None:
        with suppress(NoAnswer):
            self._heard(await self._watch(event.ref.bus), event, told_ns)

    async def _watch(self, name: str) -> _Watched:
        program = await self._bus.program(name)
        watched = self._watched.get(name)
        if watched is None:
            watched = self._watched[name] = _Watched(program)
            watched.listener = self._spawn(self._look_up(watched))
            watched.reader = self._spawn(self._read_again(watched))
            if program.pid in self._pids:
                watched.asked = True
                watched.wake.set()
        return watched

    def _left(self, name: str) -> None:
        self._bus.forget(name)
        self._trees.left(name)
        watched = self._watched.pop(name, None)
        if watched is None:
            return
        self._reader.stale_program(name, gone=True)
        for task in (watched.listener, watched.reader):
            if task is not None:
                task.cancel()

    async def _look_up(self, watched: _Watched) -> None:
        while True:
            event, told_ns = await watched.events.get()
            try:
                await self._tell(event, told_ns)
                if event.kind == "focus" and not self._trees.shows(watched.program, self._reader.id_of(event.ref)):
                    # A page that a dialog hid is back: Chromium tells no more of it than the focus.
                    self._read_soon(watched)
            except NoAnswer:
                _log.debug("an event's element does not answer")

    def _read_soon(self, watched: _Watched) -> None:
        if watched.program.pid in self._pids:
            watched.changed_s = self._loop.time()
            watched.dirty_s = watched.dirty_s or watched.changed_s
            watched.wake.set()

    async def _tell(self, event: Event, told_ns: int) -> None:
        if event.kind == "focus":
            element = await self._reader.element(event.ref)
            self._focus = event.ref
            self._outbox.focused(without_value(element) if element.secure else element, told_ns)
            if element.role in POPUPS and (watched := self._watched.get(event.ref.bus)) is not None:
                with urgent():
                    await self._trees.opened(watched.program, event.ref, element.role)
            return
        if event.kind == "checked":
            element = await self._reader.element(event.ref)
            if "focused" in element.states and not element.secure:
                # Pressing its label, which Chromium's tree leaves out, gives a box the focus that it may have already.
                self._outbox.focused(element, told_ns)
            return
        if event.kind not in ("insert", "delete"):
            raise ValueError(f"{event.kind} is no event to tell")
        if only_bullets(event.text):
            # Shown instead of a secret, whatever role the program gives the field.
            self._reader.secure(event.ref, "", event.text)
            self._reader.stale(event.ref)
        element = await self._reader.element(event.ref, fresh=False)
        if element.secure or takes_text(element):
            # Not the value: it is older than this very event.
            self._outbox.text(event.kind, without_value(element), event.offset, event.text, told_ns)

    # Trees

    async def _crawl(self, pids: frozenset[int]) -> None:
        with suppress(NoAnswer):
            for name, program in (await self._bus.programs()).items():
                if program.pid in pids:
                    watched = await self._watch(name)
                    watched.asked = True
                    watched.wake.set()

    async def _read_again(self, watched: _Watched) -> None:
        while True:
            await self._due(watched)
            watched.asked, watched.dirty_s, watched.soon_s = False, 0.0, 0.0
            began_s = watched.began_s = self._loop.time()
            try:
                for tree in await self._trees.windows(watched.program):
                    self._outbox.tree(watched.program.pid, tree)
                    await self._found_focus(tree.focused, tree.started_ns)
                self._doubt(watched)
            except NoAnswer:
                _log.debug("process %d does not tell its windows", watched.program.pid)
            watched.next_s = began_s + max(BETWEEN_S, SHARE * (self._loop.time() - began_s))

    async def _due(self, watched: _Watched) -> None:
        """Returns when the program's windows shall be read: at once when asked, else once they have settled."""
        while not watched.asked:
            watched.wake.clear()
            timeout_s: float | None = None
            if watched.dirty_s:
                settled_s = min(watched.changed_s + SETTLE_S, watched.dirty_s + SETTLE_AT_MOST_S)
                timeout_s = (watched.soon_s or max(settled_s, watched.next_s)) - self._loop.time()
                if timeout_s <= 0:
                    return
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await watched.wake.wait()

    async def _found_focus(self, ref: Ref | None, began_ns: int) -> None:
        """Tell the focus that a tree shows but no event told: at the start, and where a page focuses while loading.

        An event since the tree's reading began knows better: the tree may show the focus of before it.
        """
        if ref is None or ref == self._focus or self._focus_ns >= began_ns:
            return
        with suppress(NoAnswer):
            element = await self._reader.element(ref)
            if self._focus_ns < began_ns:
                self._focus = ref
                self._outbox.focused(element, time.monotonic_ns())

    # Questions

    async def _answer(self, ask: Ask) -> None:
        element, stable = None, False
        try:
            element, stable = await self._at(ask)
        finally:
            self._asks -= 1
        self._outbox.asked(ask, element, stable=stable)
        if element is not None and not stable and ask.cause == "rest" and self._again is None:
            self._again = self._spawn(self._ask_again())
        if element is None and self._rested is not None and self._rested[0] is ask:
            await self._insist(ask)

    async def _insist(self, ask: Ask) -> None:
        """A program that is on the bus told nothing: ask again until it does or the pointer is elsewhere."""
        for pause_s in INSIST_S:
            await asyncio.sleep(pause_s)
            if self._newest is not ask:
                return
            anew = msgspec.structs.replace(ask, time_ns=time.monotonic_ns())
            element, stable = await self._at(anew)
            if element is not None:
                self._outbox.asked(anew, element, stable=stable)
                return

    async def _at(self, ask: Ask) -> tuple[Element | None, bool]:
        asked_s = self._loop.time()
        try:
            pointed = self._pointed.at(ask.x, ask.y)
            watched = await self._watched_of(pointed.pid) if pointed is not None else None
            if pointed is None or watched is None:
                return None, False
            with urgent():
                element, stable = await self._hits.at(
                    watched.program,
                    pointed,
                    ask.x,
                    ask.y,
                    unchanged=lambda: ask.cause != "press" or watched.changed_s < asked_s,
                )
        except NoAnswer:
            return None, False
        if ask.cause == "rest":
            self._rested = ask, watched, element
        return element, stable

    def _doubt(self, watched: _Watched) -> None:
        """A program's windows were read: ask again when they show more under the pointer than was told."""
        if self._rested is None or self._rested[1] is not watched or self._again is not None:
            return
        ask, _, element = self._rested
        if element is not None and self._trees.inside(watched.program, element.id, ask.x, ask.y) is not None:
            self._again = self._spawn(self._ask_again())

    async def _ask_again(self) -> None:
        """A program changed beneath a resting pointer: tell what is there now, if that is something else."""
        await asyncio.sleep(max(AGAIN_S, self._again_s - self._loop.time()))
        self._again, self._again_s = None, self._loop.time() + AGAIN_AT_MOST_EACH_S
        if self._rested is None:
            return
        ask, _, before = self._rested
        anew = msgspec.structs.replace(ask, time_ns=time.monotonic_ns())
        element, stable = await self._at(anew)
        if element is not None and (before is None or _differ(element, before)):
            self._outbox.asked(anew, element, stable=stable)

    async def _watched_of(self, pid: int) -> _Watched | None:
        for watched in self._watched.values():
            if watched.program.pid == pid:
                return watched
        found = next((name for name, each in (await self._bus.programs()).items() if each.pid == pid), None)
        return await self._watch(found) if found is not None else None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # A bug of ours in one answer must not end the recording's elements; its text may hold content.
            _log.error("work on elements failed: %s", type(error).__name__)


def _differ(one: Element, other: Element) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in ("id", "role", "name", "bounds", "url"))
