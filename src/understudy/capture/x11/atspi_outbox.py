"""Numbers the records of the elements source and hands them over; nothing goes out while paused."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from understudy.capture.source import Ask, Channel
from understudy.capture.x11.atspi_tree import WindowTree
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Insert, Mark, Raw, Stir, Tree


class Outbox:
    """Sends to a channel, in the order of the calls. `on_gone` is called once when the recorder is gone."""

    def __init__(self, channel: Channel, on_gone: Callable[[BrokenPipeError], None]) -> None:
        self._channel, self._on_gone = channel, on_gone
        self._seq = 0
        self.paused = False

    def mark(self, reason: Literal["no_tree", "source_lost_events"]) -> None:
        """Say that there is no accessibility bus, or that there was none for a while."""
        self._send(
            lambda seq: Mark(time_ns=time.monotonic_ns(), seq=seq, kind="source", reason=reason, detail="elements")
        )

    def focused(self, element: Element, told_ns: int) -> None:
        """An element got the focus; the bus said so at `told_ns`."""
        self._send(lambda seq: ElementAt(time_ns=told_ns, seq=seq, cause="focus", element=element, asked_ns=told_ns))

    def asked(self, ask: Ask, element: Element | None, *, stable: bool) -> None:
        """The answer to an `Ask`; `element` None: nothing is known of that point."""
        self._send(
            lambda seq: ElementAt(
                time_ns=time.monotonic_ns(),
                seq=seq,
                cause=ask.cause,
                element=element,
                asked_ns=ask.time_ns,
                x=ask.x,
                y=ask.y,
                stable=stable,
            )
        )

    def text(self, op: Literal["insert", "delete"], element: Element, offset: int, text: str, told_ns: int) -> None:
        """An element received or lost text. Of a secure element neither the text nor its place goes out."""
        if element.secure:
            offset, text = 0, ""
        self._send(lambda seq: Insert(time_ns=told_ns, seq=seq, op=op, element=element, offset=offset, text=text))

    def tree(self, pid: int, tree: WindowTree) -> None:
        """What one window shows."""
        self._send(
            lambda seq: Tree(
                time_ns=tree.ended_ns,
                seq=seq,
                started_ns=tree.started_ns,
                pid=pid,
                bounds=tree.bounds,
                nodes=tree.nodes,
                title=tree.title,
                url=tree.url,
                complete=tree.complete,
                stirs=True,
            )
        )

    def stir(self, pid: int, elements: tuple[str, ...] | None) -> None:
        """A program told of changes in these elements; None: too many, or all of a window."""
        self._send(lambda seq: Stir(time_ns=time.monotonic_ns(), seq=seq, pid=pid, elements=elements))

    def _send(self, make: Callable[[int], Raw]) -> None:
        if self.paused:
            return
        try:
            self._channel.send([make(self._seq)])
        except BrokenPipeError as error:
            self._on_gone(error)
            return
        self._seq += 1
