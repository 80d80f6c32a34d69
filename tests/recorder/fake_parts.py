"""Stand-ins for the recorder's parts: each writes what is asked of it into one list, in order."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from understudy.capture.source import Stop
from understudy.recorder.controls import FromIndicator
from understudy.recorder.wire import FromSource, SourceReady, Wire
from understudy.records.events import Mark, Raw
from understudy.records.redacted import Redacted
from understudy.spool.writer import Forgotten, SpoolFull

Calls = list[tuple[Any, ...]]


class FakeClock:
    """A clock that stands until it is set."""

    def __init__(self, now_ns: int = 0) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        return self.now_ns


class Failing:
    """Something that may raise; `full` names the calls that find the disk full."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.full: set[str] = set()

    def asked(self, *call: object) -> None:
        self.calls.append(call)
        if call[0] in self.full:
            raise SpoolFull("the disk is full")


class FakeSources:
    """As much of `Sources` as rests need."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def tell_all(self, control: object) -> None:
        self._calls.append(("tell all", type(control).__name__))


class FakePassage(Failing):
    """As much of `Passage` as rests need. `waiting` is held; `gone` is what `forget` answers."""

    def __init__(self, calls: Calls) -> None:
        super().__init__(calls)
        self.waiting: list[Raw] = []
        self.gone = Forgotten(0, 0, {}, {})

    def discard(self, after_ns: int) -> None:
        self.asked("discard", after_ns)

    def feed(self, until_ns: int) -> None:
        self.asked("feed", until_ns)

    def mark(
        self, kind: str, *, time_ns: int | None = None, reason: str = "", detail: str = "", what: str = ""
    ) -> None:
        told = {"time_ns": time_ns, "reason": reason, "detail": detail, "what": what}
        self.asked("mark", kind, {name: value for name, value in told.items() if value not in (None, "")})

    def flush(self) -> None:
        self.asked("flush")

    def forget(self, since_ns: int) -> Forgotten:
        self.asked("forget", since_ns)
        return self.gone

    def drop(self, unwanted: Callable[[Raw], bool]) -> int:
        before = len(self.waiting)
        self.waiting = [record for record in self.waiting if not unwanted(record)]
        return before - len(self.waiting)


class FakeAnew:
    """The intake or the steering: begins anew."""

    def __init__(self, calls: Calls, name: str) -> None:
        self._calls, self._name = calls, name

    def anew(self) -> None:
        self._calls.append((self._name, "anew"))


class FakeGuard:
    """Lets everything through that has a stream, and says what it is set to say."""

    def __init__(self) -> None:
        self.fed: list[Raw] = []
        self.calls: Calls = []
        self.on_feed: Callable[[], None] = lambda: None
        self.allowed_windows: frozenset[int] = frozenset()
        self.crawl_pids: tuple[int, ...] = ()
        self.due: tuple[int, ...] = ()
        self.active_app: tuple[str, str] | None = None
        self.focused_app = ""

    def feed(self, record: Raw) -> list[Redacted]:
        self.on_feed()
        self.fed.append(record)
        return [Redacted(record)] if type(record).__name__ in ("Pointer", "Mark") else []  # type: ignore[arg-type]

    def close(self, time_ns: int) -> list[Redacted]:
        self.calls.append(("close", time_ns))
        return [Redacted(Mark(time_ns=time_ns, seq=0, kind="left_scope"))]

    def rekey(self) -> None:
        self.calls.append(("rekey",))

    def forget_pictures(self) -> None:
        self.calls.append(("forget pictures",))

    def unwind(self, kept: Mapping[str, int], issued: Mapping[str, int]) -> None:
        self.calls.append(("unwind", dict(kept), dict(issued)))

    def crawl_due(self) -> tuple[int, ...]:
        due, self.due = self.due, ()
        return due


class FakeFlusher(Failing):
    """Keeps the batches that it is given."""

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__([] if calls is None else calls)
        self.batches: list[list[Redacted]] = []
        self.key_frame = False
        self.gone = Forgotten(0, 0, {}, {})

    @property
    def records(self) -> list[Any]:
        """Everything that was put, in order."""
        return [one.record for batch in self.batches for one in batch]

    def key_frame_wanted(self) -> bool:
        wanted, self.key_frame = self.key_frame, False
        return wanted

    def put(self, batch: Sequence[Redacted]) -> None:
        self.asked("put")
        self.batches.append(list(batch))

    def check(self) -> None:
        self.asked("check")

    def forget(self, since_ns: int) -> Forgotten:
        self.asked("forget", since_ns)
        return self.gone

    def end(self) -> None:
        self.asked("end")


class FakeWriter(Failing):
    """A writer for the last records and the manifest."""

    bytes_written, picture_bytes = 100, 40

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__([] if calls is None else calls)
        self.last: list[Any] = []

    def append(self, records: Sequence[Redacted]) -> int:
        self.asked("append")
        self.last += [one.record for one in records]
        return 0

    def close(self, stats: object) -> None:
        self.asked("close")


class FakeSourceChild:
    """A source's process: ready at once; hangs up when it is told to stop, or by `die`."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.wire: Wire[FromSource] = Wire(ours, FromSource)
        self._peer: Wire[Any] = Wire(theirs, Any)
        self.told: list[Any] = []
        self.says(SourceReady())

    def says(self, message: FromSource) -> None:
        self._peer.send(message)

    def die(self) -> None:
        self._peer.close()

    def tell(self, message: object) -> bool:
        self.told.append(message)
        if isinstance(message, Stop):
            self.die()
        return True

    def end(self, timeout_s: float) -> int:
        self.wire.close()
        self._peer.close()
        return 0


class FakeIndicatorWire:
    """The recorder's end of the indicator's wire. `waits` are what `wait` gives in turn, () at last.

    Each message of `later` is what one `receive` gives: the wire is readable until all were taken.
    """

    def __init__(self, waits: Sequence[Sequence[FromIndicator]], later: Sequence[Sequence[FromIndicator]] = ()) -> None:
        self._waits, self._later = list(waits), list(later)
        self._ours, self._peer = socket.socketpair()
        self._peer.send(b"x" * len(self._later))

    def fileno(self) -> int:
        return self._ours.fileno()

    def wait(self, timeout_s: float) -> list[FromIndicator]:
        return list(self._waits.pop(0)) if self._waits else []

    def receive(self) -> list[FromIndicator]:
        self._ours.recv(1)
        return list(self._later.pop(0))

    def close(self) -> None:
        self._ours.close()
        self._peer.close()


class FakeIndicatorChild:
    """The indicator's process; `told` is what it was told."""

    def __init__(self, wire: FakeIndicatorWire) -> None:
        self.wire = wire
        self.told: list[Any] = []

    def tell(self, message: object) -> bool:
        self.told.append(message)
        return True

    def end(self, timeout_s: float) -> int:
        self.wire.close()
        return 0
