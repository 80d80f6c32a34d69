"""An elements source within one process: what it tells, and what it is asked."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from understudy.capture.source import Ask, Control
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Raw, Tree

ANSWER_S = 2.0
"""Longest wait for one answer: the source's own time-outs are shorter."""


class ElementsChannel:
    """The source sends its records here from its own thread; whoever looks asks and waits.

    `keep_trees` False: trees that come are not kept, and `trees` has none to tell.
    """

    def __init__(self, *, keep_trees: bool) -> None:
        self._keep_trees = keep_trees
        self._ours, self._theirs = socket.socketpair()
        self._changed = threading.Condition()
        self._controls: list[Control] = []
        self._answers: dict[int, ElementAt] = {}
        self._trees: list[Tree] = []
        self._closed = False
        self.focus: Element | None = None

    def send(self, records: Sequence[Raw]) -> None:
        """Take records of the source."""
        with self._changed:
            for record in records:
                if isinstance(record, Tree):
                    if self._keep_trees:
                        self._trees.append(record)
                elif isinstance(record, ElementAt) and record.cause == "focus":
                    self.focus = record.element
                elif isinstance(record, ElementAt):
                    self._answers[record.asked_ns] = record
            self._changed.notify_all()

    def poll(self, timeout_s: float) -> list[Control]:
        """What the source is asked to do, waiting at most `timeout_s`. Raises EOFError once closed."""
        if not select.select([self._theirs], [], [], timeout_s)[0]:
            return []
        with self._changed:
            if self._closed:
                raise EOFError
            self._theirs.recv(4096)
            controls, self._controls = self._controls, []
            return controls

    def fileno(self) -> int:
        """The descriptor that becomes readable when the source is asked something."""
        return self._theirs.fileno()

    def tell(self, control: Control) -> None:
        """Ask the source for something."""
        with self._changed, suppress(OSError):
            self._controls.append(control)
            self._ours.send(b"x")

    def answer(self, asked_ns: int, timeout_s: float) -> ElementAt | None:
        """The answer to the question asked at `asked_ns`; None when it didn't come within `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: asked_ns in self._answers, timeout_s)
            found = self._answers.pop(asked_ns, None)
            # What came too late for its question is of no use to a later one.
            self._answers = {asked: late for asked, late in self._answers.items() if asked > asked_ns}
            return found

    def at(self, x: int, y: int) -> Element | None:
        """The element at (x, y), root px, now; None when the program tells none, or nothing for `ANSWER_S`."""
        asked_ns = time.monotonic_ns()
        self.tell(Ask(x=x, y=y, time_ns=asked_ns, cause="press"))
        answer = self.answer(asked_ns, ANSWER_S)
        return answer.element if answer is not None else None

    def trees(self, timeout_s: float) -> list[Tree]:
        """The trees that came since the last call, waiting for the first."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._trees), timeout_s)
            trees, self._trees = self._trees, []
            return trees

    def close(self) -> None:
        """No more questions: the source ends."""
        with self._changed:
            self._closed = True
        self._ours.close()
        self._theirs.close()
