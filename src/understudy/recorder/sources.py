"""The source processes of one recording: started, heard, told, started again, ended."""

from __future__ import annotations

import logging
import select
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from understudy.capture.source import Control, DesktopEnv, SourceName, Stop
from understudy.recorder.children import Child
from understudy.recorder.host import SourceJob
from understudy.recorder.wire import FromSource, Records, SourceReady
from understudy.records.events import Raw

log = logging.getLogger(__name__)

SOURCES: tuple[SourceName, ...] = ("input", "screen", "elements")


class Sources:
    """The sources of the desktop `desktop`. `first` are processes that wait for their job; without them new ones start.

    A source counts as listening once it has said that it is ready: what is told before would be lost.
    """

    def __init__(
        self, desktop: DesktopEnv, first: Mapping[SourceName, Child[FromSource]], grabs_per_s: float = 10.0
    ) -> None:
        self._job = SourceJob(desktop, grabs_per_s)
        self._first = dict(first)
        self._children: dict[SourceName, Child[FromSource]] = {}
        self._ready: set[SourceName] = set()
        self._restarts: Counter[SourceName] = Counter()
        self._expected: Counter[SourceName] = Counter()
        self.turn = 0
        """Another number each time that a source comes or goes."""

    def start(self, name: SourceName) -> None:
        """Give a source its job, in the process that waits for it or in a new one."""
        child = self._first.pop(name, None)
        if child is None:
            child = Child("understudy.recorder.host", (name,), FromSource)
        child.tell(self._job)
        self._expected[name] = 0
        self._children[name] = child
        self.turn += 1

    def descriptors(self) -> dict[SourceName, int]:
        """What to wait for, by source."""
        return {name: child.wire.fileno() for name, child in self._children.items()}

    def wait(self, name: SourceName, timeout_s: float) -> Sequence[FromSource]:
        """What a source says within `timeout_s`, returning at the first message. Raises EOFError when it has ended."""
        messages = self._children[name].wire.wait(timeout_s)
        self._note_ready(name, messages)
        return messages

    def hear(self, name: SourceName) -> tuple[Sequence[FromSource], bool]:
        """What a source has said, and True when it is the first since it was started again. Raises EOFError."""
        messages = self._children[name].wire.receive()
        return messages, self._note_ready(name, messages)

    def lost(self, name: SourceName, records: Sequence[Raw]) -> bool:
        """True when numbers are missing among these records of a source or between them and those before."""
        numbers = [record.seq for record in records if record.seq >= 0]
        if not numbers:
            return False
        expected, self._expected[name] = self._expected[name], numbers[-1] + 1
        return numbers != list(range(expected, expected + len(numbers)))

    def tell(self, name: SourceName, control: Control) -> None:
        """Tell a source that listens."""
        child = self._children.get(name) if name in self._ready else None
        if child is not None:
            child.tell(control)

    def tell_all(self, control: Control) -> None:
        """Tell all that listen."""
        for name in self._children:
            self.tell(name, control)

    def ended(self, name: SourceName) -> int:
        """A source's connection ended: so does its process. How often it did in this recording."""
        self._children.pop(name).end(0.2)
        self.turn += 1
        self._ready.discard(name)
        self._restarts[name] += 1
        log.warning("source %s ended, restart %d", name, self._restarts[name])
        return self._restarts[name]

    def stop(self, timeout_s: float) -> Iterator[tuple[SourceName, Sequence[Raw]]]:
        """Have all hand over what they have, at most for `timeout_s`; none runs afterwards."""
        self.tell_all(Stop())
        deadline_s = time.monotonic() + timeout_s
        waiting = dict(self._children)
        while waiting and (left_s := deadline_s - time.monotonic()) > 0:
            ready, _, _ = select.select([child.wire.fileno() for child in waiting.values()], [], [], left_s)
            for name, child in list(waiting.items()):
                if child.wire.fileno() not in ready:
                    continue
                try:
                    messages = child.wire.receive()
                except EOFError:
                    del waiting[name]
                    continue
                yield from ((name, message.records) for message in messages if isinstance(message, Records))
        for name, child in self._children.items():
            if name in waiting:
                log.warning("source %s did not stop in time", name)
            child.end(0.05 if name in waiting else 1.0)
        for child in self._first.values():
            child.end(0)
        self._children.clear()
        self._first.clear()

    def _note_ready(self, name: SourceName, messages: Sequence[FromSource]) -> bool:
        new = name not in self._ready and any(isinstance(message, SourceReady) for message in messages)
        if new:
            self._ready.add(name)
        return new
