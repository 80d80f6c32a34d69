"""Which element is at a point and which has the focus, asked of the programs while a replay runs."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

from understudy.act.elements_channel import ElementsChannel
from understudy.act.replay_plan import TOKEN
from understudy.capture.source import CaptureUnavailable, Source, Stop
from understudy.records.elements import Element

log = logging.getLogger(__name__)

ASK_AGAIN_S = 0.1

USABLE = frozenset({"enabled", "sensitive"})
"""States without which an element takes no press."""


class Eyes:
    """Asks an elements source, which runs in a thread for the length of the block."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._channel = ElementsChannel(keep_trees=False)
        self._thread = threading.Thread(target=self._run, name="replay-eyes", daemon=True)

    def __enter__(self) -> Eyes:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._channel.tell(Stop())
        self._thread.join(5)
        self._channel.close()

    def _run(self) -> None:
        try:
            self._source.run(self._channel)
        except (CaptureUnavailable, OSError) as error:
            # Without elements every answer is "none", and steps that need one say so.
            log.warning("elements can't be asked: %s", type(error).__name__)

    def at(self, x: int, y: int) -> Element | None:
        """The element at (x, y), root px, now; None when the program tells none."""
        return self._channel.at(x, y)

    def focused(self) -> Element | None:
        """The element that last told that it got the focus; None when none did yet."""
        return self._channel.focus

    def wait_at(self, wanted: Element, x: int, y: int, patience_s: float) -> bool:
        """True once `wanted` is at (x, y) and takes presses; False when it wasn't within `patience_s`."""
        deadline = time.monotonic() + patience_s
        while not _usable(wanted, self.at(x, y)):
            if time.monotonic() >= deadline:
                return False
            time.sleep(ASK_AGAIN_S)
        return True

    def wait_focus(self, wanted: Element, patience_s: float) -> bool:
        """True once `wanted` has the focus; False when it hadn't within `patience_s`."""
        deadline = time.monotonic() + patience_s
        while (found := self.focused()) is None or not same(wanted, found):
            if time.monotonic() >= deadline:
                return False
            time.sleep(ASK_AGAIN_S / 2)
        return True


def same(recorded: Element, live: Element) -> bool:
    """True when a live element may be the recorded one: its role, and its name where that was kept whole."""
    if recorded.role != live.role:
        return False
    return not recorded.name or TOKEN.search(recorded.name) is not None or recorded.name == live.name


def _usable(recorded: Element, live: Element | None) -> bool:
    if live is None or not same(recorded, live):
        return False
    return USABLE.intersection(recorded.states) <= set(live.states)
