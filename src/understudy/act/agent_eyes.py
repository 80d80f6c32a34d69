"""What the agent sees: the windows of a display and the elements in them, asked for when it wants to know."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from understudy.act.elements_channel import ElementsChannel
from understudy.capture.source import CaptureUnavailable, Crawl, DesktopEnv, Source, Stop
from understudy.capture.x11.connect import connect, disconnect, next_event
from understudy.capture.x11.windows import WindowTracker
from understudy.learn.acting import Observation
from understudy.records.elements import Element
from understudy.records.events import Tree, Windows, WindowState

log = logging.getLogger(__name__)

AGAIN_S = 0.25
"""A program that doesn't tell its window is asked again this often."""
BETWEEN_S = 0.05
"""Between two looks at a window that may still be changing."""
SETTLE_AT_MOST_S = 1.5
"""A window that never rests is taken as it is after this long."""


@dataclass(frozen=True)
class Seen:
    """The window that has the keyboard, as a policy may see it, beside what the program really told.

    `observation.elements` and `tree.nodes` stand for the same elements in the same order, as far as the former go.
    """

    observation: Observation
    tree: Tree
    window: WindowState


class View(Protocol):
    """Turns what the programs tell into what a policy may see: the same redaction as in the data it learnt from."""

    def learn(self, record: Windows | Tree) -> None:
        """The windows changed, or one was read."""

    def seen(self, typed_into: frozenset[str]) -> Seen | None:
        """The window that has the keyboard; None when it is out of scope, unknown, or hasn't been read.

        `typed_into`: ids of elements that something was typed into just now.
        """


class AgentEyes:
    """Asks an elements source, which runs in a thread for the length of the block, and the X server for windows.

    Raises CaptureUnavailable when the display can't be reached.
    """

    def __init__(self, source: Source, env: DesktopEnv, view: View) -> None:
        self._source, self._env, self._view = source, env, view
        self._channel = ElementsChannel(keep_trees=True)
        self._thread = threading.Thread(target=self._run, name="agent-eyes", daemon=True)

    def __enter__(self) -> AgentEyes:
        self._connection = connect(self._env)
        self._tracker = WindowTracker(self._connection, self._env)
        self._windows: Windows | None = None
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.tell(Stop())
        self._thread.join(5)
        self._channel.close()
        disconnect(self._connection)

    def _run(self) -> None:
        try:
            self._source.run(self._channel)
        except (CaptureUnavailable, OSError) as error:
            # Without elements nothing is seen, and the agent says so.
            log.warning("elements can't be asked: %s", type(error).__name__)

    def windows_now(self) -> Windows:
        """The windows as they are now, changed or not."""
        self._windows = None
        self._tracker = WindowTracker(self._connection, self._env)
        return self.windows()

    def windows(self) -> Windows:
        """The windows as they are now, the view told where they changed."""
        while (event := next_event(self._connection)) is not None:
            self._tracker.handle(event)
        snapshot = self._tracker.snapshot(time.monotonic_ns(), 0)
        if snapshot is not None:
            self._windows = snapshot
            self._view.learn(snapshot)
        if self._windows is None:
            raise RuntimeError("the X server told no windows at the first look")
        return self._windows

    def look(self, patience_s: float, typed_into: frozenset[str] = frozenset()) -> Seen | None:
        """The window that has the keyboard, read after this was called; None when nothing may be seen of it in time."""
        deadline = time.monotonic() + patience_s
        asked_ns = time.monotonic_ns()
        while True:
            windows = self.windows()
            active = next((each for each in windows.windows if each.id == windows.active), None)
            if active is not None and active.pid:
                self._channel.tell(Crawl(pids=(active.pid,)))
                again_s = min(deadline, time.monotonic() + AGAIN_S)
                while (left_s := again_s - time.monotonic()) > 0:
                    trees = self._channel.trees(left_s)
                    self.windows()
                    for tree in trees:
                        self._view.learn(tree)
                    seen = self._view.seen(typed_into) if trees else None
                    if seen is not None and seen.tree.started_ns >= asked_ns:
                        return seen
            if time.monotonic() >= deadline:
                return None
            if active is None or not active.pid:
                time.sleep(BETWEEN_S)

    def settled(self, patience_s: float, typed_into: frozenset[str] = frozenset()) -> Seen | None:
        """As `look`, once two looks told the same: what a press changed has changed by then."""
        seen = self.look(patience_s, typed_into)
        deadline = time.monotonic() + SETTLE_AT_MOST_S
        while seen is not None and time.monotonic() < deadline:
            time.sleep(BETWEEN_S)
            later = self.look(patience_s, typed_into)
            if later is not None and later.observation == seen.observation and later.window == seen.window:
                return later
            seen = later
        return seen

    def at(self, x: int, y: int) -> Element | None:
        """The element at (x, y), root px, now; None when the program tells none."""
        return self._channel.at(x, y)

    def focused(self) -> Element | None:
        """The element that last told that it got the focus; None when none did yet."""
        return self._channel.focus
