"""The source "elements": what has the focus, what is under the pointer, what text arrived, what a window shows.

Asked over AT-SPI on an asyncio loop in a process of its own, never on the input path. Every call has a time-out; a
stopped program is left alone; a bus that dies is told in a mark and looked for again. Without any bus the source
answers every `Ask` with "none" and goes on looking.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from understudy.capture.source import (
    Allow,
    Ask,
    Channel,
    Control,
    Crawl,
    DesktopEnv,
    Left,
    Pause,
    Press,
    Resume,
    SourceName,
    Stop,
)
from understudy.capture.x11.atspi_bus import AtspiBus, BusUnavailable, open_bus
from understudy.capture.x11.atspi_calls import NoAnswer
from understudy.capture.x11.atspi_desk import Desk
from understudy.capture.x11.atspi_outbox import Outbox
from understudy.capture.x11.atspi_pointed import PointedWindows

RETRY_S = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Pauses between attempts to reach the accessibility bus: the last one for ever."""


class ElementsSource:
    """Yields `ElementAt`, `Insert` and `Tree`; obeys Ask, Crawl, Pause, Resume and Stop (see `capture.source`).

    Records go out as their answers come. `Insert` and focus records carry the time at which the bus told them, which
    may lie some ms before that of a record sent earlier. The element of an `Insert` carries no value: the event's own
    text is newer. Of secure elements neither value nor inserted text ever leaves this process.
    """

    name: SourceName = "elements"

    def __init__(self, env: DesktopEnv) -> None:
        self._env = env

    def run(self, channel: Channel) -> None:
        """Yield records until `Stop` or until the recorder is gone. A missing bus is told in a mark, never raised."""
        with suppress(EOFError, BrokenPipeError):
            asyncio.run(self._run(channel))

    async def _run(self, channel: Channel) -> None:
        await _Running(self._env, channel).run()


class _Running:
    """One run of the source."""

    def __init__(self, env: DesktopEnv, channel: Channel) -> None:
        self._env, self._channel = env, channel
        self._outbox = Outbox(channel, self._end)
        self._pids: tuple[int, ...] = ()
        self._desk: Desk | None = None
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pointed = PointedWindows(env)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._channel.fileno(), self._controls)
        keeper = loop.create_task(self._keep_connected())
        keeper.add_done_callback(self._keeper_ended)
        try:
            await self._over
        finally:
            loop.remove_reader(self._channel.fileno())
            keeper.cancel()
            await asyncio.wait([keeper], timeout=2)
            self._pointed.close()

    def _end(self, error: BaseException | None = None) -> None:
        if self._over.done():
            return
        if error is None:
            self._over.set_result(None)
        else:
            self._over.set_exception(error)

    def _keeper_ended(self, keeper: asyncio.Task[None]) -> None:
        if not keeper.cancelled() and (error := keeper.exception()) is not None:
            self._end(error)

    def _controls(self) -> None:
        try:
            for control in self._channel.poll(0):
                self._obey(control)
        except EOFError as error:
            self._end(error)

    def _obey(self, control: Control) -> None:
        match control:
            case Stop():
                self._end()
            case Pause():
                self._outbox.paused = True
                if self._desk is not None:
                    self._desk.drop_all()
            case Resume():
                self._outbox.paused = False
                if self._desk is not None and self._pids:
                    self._desk.crawl(self._pids)
            case Ask():
                self._ask(control)
            case Left():
                if self._desk is not None:
                    self._desk.left_alone()
            case Crawl(pids=pids, now=now):
                self._pids = pids
                if self._desk is not None and not self._outbox.paused:
                    self._desk.crawl(pids, now)
            case Allow() | Press():
                return
            case _:
                raise TypeError(f"{type(control).__name__} is no control of a source")

    def _ask(self, ask: Ask) -> None:
        if self._outbox.paused:
            return
        if self._desk is None:
            self._outbox.asked(ask, None, stable=False)
        else:
            self._desk.ask(ask)

    async def _keep_connected(self) -> None:
        """Connect, listen until the bus dies, tell it, and begin again."""
        told_missing, failures = False, 0
        while True:
            try:
                bus = await open_bus(self._env.session_bus_address)
            except BusUnavailable:
                if not told_missing:
                    told_missing = True
                    self._outbox.mark("no_tree")
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
                continue
            if await self._listen(bus):
                failures, told_missing = 0, True
                self._outbox.mark("source_lost_events")
            else:
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1

    async def _listen(self, bus: AtspiBus) -> bool:
        """Work on one connection until it dies; False when it never began to work."""
        desk = Desk(bus, self._outbox, self._pointed)
        try:
            await desk.start()
            self._desk = desk
            if self._pids and not self._outbox.paused:
                desk.crawl(self._pids)
            await bus.closed()
            return True
        except NoAnswer:
            return False
        finally:
            self._desk = None
            await desk.close()
            bus.close()
