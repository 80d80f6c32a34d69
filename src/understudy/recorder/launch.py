"""Starting the recorder's process and following it: what `understudy record` does while a recording runs."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType, TracebackType

from understudy.recorder.children import Child
from understudy.recorder.job import Begun, Confine, Ended, FromRecorder, Halt, RecorderJob, Remark, StopCause


@dataclass
class Follower:
    """What the command line hears: `begun(notes)` once, `remark(text)` now and then."""

    begun: Callable[[tuple[str, ...]], None]
    remark: Callable[[str], None]


class StopSignals:
    """SIGINT, SIGTERM and SIGHUP as a wish, while the block lasts: none of them breaks off what is being done.

    `fileno` is readable once one came, for select. Main thread only.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> StopSignals:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._before = {number: signal.signal(number, self._note) for number in self.SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._read)
        os.close(self._write)

    def fileno(self) -> int:
        """The descriptor for select."""
        return self._read

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self.came:
            self.came = True
            os.write(self._write, b"x")


class RecorderProcess:
    """The recorder as a child process.

    `follow` blocks until it has ended; `ask_to_stop(now_s)` is called a few times a second and returns a cause when
    the recording shall end. Ctrl+C, and a terminal or session that ends, are wishes to stop, too.
    """

    STEP_S = 0.2
    STOP_S = 60.0
    """A recorder that was told to stop and hasn't by then is ended; what it has sealed stays readable."""

    def __init__(self, job: RecorderJob) -> None:
        self._child: Child[FromRecorder] = Child(
            # The job may be large (a directory of names), and is read only once all is imported.
            *("understudy.recorder", (), FromRecorder),
            tell_timeout_s=60,
        )
        self._child.tell(Confine(job.folder))
        self._child.tell(job)

    @property
    def pid(self) -> int:
        """The recorder's process id."""
        return self._child.pid

    def follow(self, follower: Follower, ask_to_stop: Callable[[], StopCause | None]) -> Ended:
        """Hear the recorder until it has ended; what it said last."""
        with StopSignals() as signals:
            return self._follow(follower, ask_to_stop, signals)

    def _follow(self, follower: Follower, ask_to_stop: Callable[[], StopCause | None], signals: StopSignals) -> Ended:
        told_s: float | None = None
        wire = self._child.wire
        while True:
            if told_s is None:
                cause: StopCause | None = "asked" if signals.came else ask_to_stop()
                if cause is not None and self._child.tell(Halt(cause)):
                    told_s = time.monotonic()
            elif time.monotonic() - told_s > self.STOP_S:
                self._child.end(0)
                return _by_itself(f"the recorder did not stop within {self.STOP_S:.0f} s and was ended")
            # The signal's descriptor stays readable: once it has been heard it wakes nobody any more.
            waiting = [wire.fileno()] if signals.came else [wire.fileno(), signals.fileno()]
            ready, _, _ = select.select(waiting, [], [], self.STEP_S)
            if wire.fileno() not in ready:
                continue
            try:
                messages = wire.receive()
            except EOFError:
                code = self._child.end(5)
                return _by_itself(f"the recorder ended by itself (exit code {code})")
            for message in messages:
                match message:
                    case Begun(notes=notes):
                        follower.begun(notes)
                    case Remark(text=text):
                        follower.remark(text)
                    case Ended():
                        self._child.end(5)
                        return message

    def close(self) -> None:
        """End the process if it still runs; twice is harmless."""
        self._child.end(5)


def _by_itself(what: str) -> Ended:
    return Ended(cause="failed", message=f"{what}; what it had sealed is readable", stats={})
