"""Starting the recorder's process and following it: what `understudy record` does while a recording runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from understudy.recorder.children import Child
from understudy.recorder.job import Begun, Ended, FromRecorder, Halt, RecorderJob, Remark, StopCause


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

    def __init__(self, job: RecorderJob) -> None:
        self._child: Child[FromRecorder] = Child("understudy.recorder", (), FromRecorder)
        self._child.tell(job)

    @property
    def pid(self) -> int:
        """The recorder's process id."""
        return self._child.pid

    def follow(self, follower: Follower, ask_to_stop: Callable[[], StopCause | None]) -> Ended:
        """Hear the recorder until it has ended; what it said last."""
        told = False
        while True:
            try:
                cause = None if told else ask_to_stop()
                if cause is not None:
                    told = self._child.tell(Halt(cause))
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
                told = True
            except EOFError:
                code = self._child.end(5)
                return Ended(
                    cause="failed",
                    message=f"the recorder ended by itself (exit code {code}); what it had sealed is readable",
                    stats={},
                )

    def close(self) -> None:
        """End the process if it still runs; twice is harmless."""
        self._child.end(5)
