"""Starting the recorder's process and following it: what `understudy record` does while a recording runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from understudy.recorder.children import Child
from understudy.recorder.job import Begun, Confine, Ended, FromRecorder, Halt, RecorderJob, Remark, StopCause


@dataclass
class Follower:
    """What the command line hears: `begun(notes)` once, `remark(text)` now and then."""

    begun: Callable[[tuple[str, ...]], None]
    remark: Callable[[str], None]


class RecorderProcess:
    """The recorder as a child process.

    `follow` blocks until it has ended; `ask_to_stop(now_s)` is called a few times a second and returns a cause when
    the recording shall end. KeyboardInterrupt (Ctrl+C) is a wish to stop, too.
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
        told_s: float | None = None
        while True:
            try:
                cause = ask_to_stop() if told_s is None else None
                if cause is not None and self._child.tell(Halt(cause)):
                    told_s = time.monotonic()
                if told_s is not None and time.monotonic() - told_s > self.STOP_S:
                    self._child.end(0)
                    return _by_itself(f"the recorder did not stop within {self.STOP_S:.0f} s and was ended")
                for message in self._child.wire.wait(self.STEP_S):
                    match message:
                        case Begun(notes=notes):
                            follower.begun(notes)
                        case Remark(text=text):
                            follower.remark(text)
                        case Ended():
                            self._child.end(5)
                            return message
            except KeyboardInterrupt:
                self._child.tell(Halt("asked"))
                told_s = told_s or time.monotonic()
            except EOFError:
                code = self._child.end(5)
                return _by_itself(f"the recorder ended by itself (exit code {code})")

    def close(self) -> None:
        """End the process if it still runs; twice is harmless."""
        self._child.end(5)


def _by_itself(what: str) -> Ended:
    return Ended(cause="failed", message=f"{what}; what it had sealed is readable", stats={})
