"""Whether a recording rests: what the person wants of it done, from the pause to the forgetting of the last minutes."""

from __future__ import annotations

import logging
from collections.abc import Callable

from understudy.capture.source import Pause, Resume
from understudy.recorder.controls import FORGET_S, PRESSES, Wish, minutes
from understudy.recorder.intake import Intake
from understudy.recorder.passage import Passage
from understudy.recorder.showing import Showing
from understudy.recorder.sources import Sources
from understudy.recorder.steering import Steering
from understudy.records.events import Pointer

log = logging.getLogger(__name__)

SAME_PRESS_NS = 50_000_000
"""A press of a hotkey is told twice, by the input source and by the indicator; the X server's clock counts whole ms,
and a remote one is calibrated to some."""
OWN_CLICK_NS = 1_000_000_000
"""A panel tells of a click on our entry after it; presses this shortly before are taken for it."""


class Pausing:
    """One recording's rests; it begins without one. Stopping is not done here.

    `begin` makes the marks with which a recording begins, `remark` tells the person a line.
    """

    def __init__(
        self,
        sources: Sources,
        passage: Passage,
        intake: Intake,
        steering: Steering,
        showing: Showing,
        *,
        begin: Callable[[], None],
        remark: Callable[[str], None],
        clock_ns: Callable[[], int],
    ) -> None:
        self._sources, self._passage, self._intake = sources, passage, intake
        self._steering, self._showing = steering, showing
        self._begin, self._remark, self._clock_ns = begin, remark, clock_ns
        self._obeyed: dict[Wish, int] = {}
        self.paused = False
        """True while nothing may be taken from the sources."""
        self.locked = False
        """True while it is paused because the screen is locked."""
        self.resumed_ns = 0
        """What happened before this is no part of the recording, when the sources tell of it after a pause."""

    def obey(self, wish: Wish, time_ns: int) -> None:
        """Do what the person wants; once, when two tell of the same press. Raises SpoolFull."""
        if wish in PRESSES:
            if abs(time_ns - self._obeyed.get(wish, -SAME_PRESS_NS)) < SAME_PRESS_NS:
                return
            self._obeyed[wish] = time_ns
        match wish:
            case "pause" if not self.paused:
                self._pause(time_ns)
            case "pause":
                self._resume()
            case "forget":
                self._forget()
            case "locked" if not self.paused:
                self.locked = True
                self._pause(time_ns)
            case "unlocked" if self.locked:
                self._resume()
                self._showing.say("the screen is unlocked: recording goes on", self._clock_ns())
            case "locked" | "unlocked":
                pass  # the person had paused before, and is the one who resumes
            case "touched":
                self._untouch(time_ns)
            case _:
                raise ValueError(f"unknown wish {wish!r}")

    def _pause(self, time_ns: int) -> None:
        self._sources.tell_all(Pause())
        self._passage.discard(after_ns=time_ns)
        self._passage.feed(time_ns)
        self.paused = True
        self._intake.anew()
        self._passage.mark("pause", time_ns=time_ns, detail="lock" if self.locked else "")
        self._passage.flush()

    def _forget(self) -> None:
        """Everything of the last FORGET_S goes: what waits, what is known of the desktop, what is sealed."""
        now_ns = self._clock_ns()
        self._sources.tell_all(Pause())
        self._intake.anew()
        gone = self._passage.forget(now_ns - FORGET_S * 1_000_000_000)
        span_ns = now_ns - gone.from_ns if gone.from_ns else 0
        if not gone.kept.get("mark"):
            # The recording's own beginning went with the rest.
            self._begin()
        self._passage.mark("forgotten", time_ns=now_ns, detail=str(span_ns // 1_000_000))
        if self.paused:
            self._passage.mark("pause", time_ns=now_ns, detail="lock" if self.locked else "")
        else:
            self._go_on()
        # First: on a full disk nothing is promised.
        self._passage.flush()
        log.info("forgot %d segments", gone.segments)
        self._showing.say("the last 5 minutes are forgotten", self._clock_ns())
        self._remark(f"the last 5 minutes are forgotten ({minutes(span_ns)} of the recording went)")

    def _untouch(self, time_ns: int) -> None:
        """The person clicked something of ours in another program's window: that click is no part of the recording."""
        gone = self._passage.drop(
            lambda record: (
                isinstance(record, Pointer)
                and record.kind in ("down", "up")
                and time_ns - OWN_CLICK_NS <= record.time_ns <= time_ns
            )
        )
        if gone:
            self._passage.mark("dropped", time_ns=time_ns, reason="own_window", what="pointer")

    def _resume(self) -> None:
        self._passage.mark("resume", detail="lock" if self.locked else "")
        self.paused = self.locked = False
        self._showing.hush()
        self._go_on()

    def _go_on(self) -> None:
        """Have the sources tell everything anew."""
        # Our own clock, not the server's time of the key: what the sources saw of the resuming itself stays out.
        self.resumed_ns = self._clock_ns()
        self._steering.anew()
        self._sources.tell_all(Resume())
