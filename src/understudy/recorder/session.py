"""One recording from its start to its end: who is heard, what goes wrong, why it ends.

The records' own way, sources → merge → guard → spool, is in `intake` and `passage`; rests are in `pausing`.
"""

from __future__ import annotations

import datetime
import functools
import logging
import resource
import select
import time
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from understudy.capture.source import Pause, SourceName
from understudy.recorder.children import Child
from understudy.recorder.controls import (
    FromIndicator,
    IndicatorFailed,
    IndicatorJob,
    IndicatorReady,
    Keycodes,
    Wanted,
    Wish,
    hotkeys_of,
)
from understudy.recorder.crew import Crew
from understudy.recorder.flusher import Flusher
from understudy.recorder.indicator import DISPLAY_GONE
from understudy.recorder.intake import Intake
from understudy.recorder.job import Begun, Ended, Halt, RecorderJob, Remark, Stats, StopCause, ToRecorder
from understudy.recorder.ocr import PictureReader
from understudy.recorder.passage import Passage
from understudy.recorder.pausing import Pausing
from understudy.recorder.picture import Shown
from understudy.recorder.showing import Showing
from understudy.recorder.sources import SOURCES, Sources
from understudy.recorder.steering import Steering
from understudy.recorder.wire import Records, SourceFailed, SourceReady, Wire
from understudy.records.events import Raw, Read, Tick
from understudy.redact.guard import Guard
from understudy.spool.writer import SpoolFull, SpoolWriter

log = logging.getLogger(__name__)

START_TIMEOUT_S = 15.0
TICK_NS = 100_000_000
STEP_NS = 40_000_000
"""What has waited long enough is looked at this often while something comes, else with each tick: waking up costs more
than most of what is done then."""
CLOCK_NS = 60_000_000_000
"""A wall-clock anchor each minute: suspend stops the monotonic clock."""
WORK_SLICE_NS = 20_000_000
"""Redaction works at most this long before the sources are heard again."""
MOST_RESTARTS = 3
"""A source that ends is started again this often in one recording; then the recording ends (input, screen)."""
CATCH_UP_NS = 60_000_000
"""How long a pause waits for what happened before it: it stops everything within 100 ms."""
STOP_S = 0.5
"""How long the sources get to hand over what they have when the recording stops."""
FINISH_NS = 200_000_000
"""How long redaction gets then before it lets pictures go."""


class Session:
    """A recording in the making. `run` returns when it is closed; nothing it starts outlives it."""

    def __init__(
        self,
        job: RecorderJob,
        control: Wire[ToRecorder],
        writer: SpoolWriter,
        flusher: Flusher,
        guard: Guard,
        crew: Crew,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._job = job
        self._control = control
        self._guard = guard
        self._crew = crew
        self._clock_ns = clock_ns
        self._passage = Passage(guard, flusher, writer, clock_ns)
        self._sources = Sources(job.desktop, crew.sources, job.settings.grabs_per_s)
        self._intake = Intake(hotkeys_of(job.policy), self._sources.tell)
        self._steering = Steering(guard, self._sources.tell)
        self._showing = Showing(job.info.profile, job.policy.hotkey_pause)
        self._pausing = Pausing(
            self._sources,
            self._passage,
            self._intake,
            self._steering,
            self._showing,
            begin=self._begin_marks,
            remark=lambda line: control.send(Remark(line)),
            clock_ns=clock_ns,
        )
        # Pictures that are read cost a process: only where the policy asks for it.
        self._reader = PictureReader() if any(rule.pixels == "ocr" for rule in job.policy.apps) else None
        self._poll = select.poll()
        self._hearers: dict[int, Callable[[], None]] = {}
        self._there: tuple[int, Child[FromIndicator] | None, int | None] = (-1, None, None)
        self._indicator: Child[FromIndicator] | None = None
        self._told: deque[FromIndicator] = deque()
        self._obeying = False
        self._ending: StopCause | None = None
        self._message = ""
        self._shown: Shown | None = None
        now_ns = clock_ns()
        self._tick_ns = self._clock_mark_ns = self._flushed_ns = self._step_ns = now_ns
        self._started_ns = now_ns

    # --- start -----------------------------------------------------------------------------------------------------

    def run(self) -> Ended:
        """Record until told to stop, until the desktop goes, or until the disk is full."""
        try:
            if self._start():
                self._obey_told()
                self._loop()
        finally:
            ended = self._close()
        return ended

    def _start(self) -> bool:
        """Indicator first: nothing is recorded before it is on the screen. False when it can't start."""
        self._indicator = indicator = self._crew.indicator
        self._shown = self._what_to_show()
        policy = self._job.policy
        indicator.tell(IndicatorJob(self._job.desktop, self._shown, hotkeys_of(policy)))
        # Whatever comes until the recording has begun waits: its own marks are the first.
        self._obeying = True
        answer = self._first(indicator)
        if not isinstance(answer, IndicatorReady):
            message = answer.message if isinstance(answer, IndicatorFailed) else "the indicator did not start"
            return self._end("failed", message)
        self._intake.moved(answer.codes)
        for name in SOURCES:
            self._sources.start(name)
        for name in SOURCES:
            if not self._source_started(name):
                return self._end("failed", f"the {name} source did not start")
        if self._reader is not None:
            self._reader.start()
        self._begin_marks()
        notes = tuple(
            f"the hotkey {key} is held by another program; the indicator pauses, Ctrl+C here stops"
            for key in answer.taken
        )
        self._control.send(Begun(notes))
        self._obeying = False
        return True

    def _source_started(self, name: SourceName) -> bool:
        try:
            messages = self._sources.wait(name, START_TIMEOUT_S)
        except EOFError:
            return False
        self._take_source_messages(name, messages[1:])
        return bool(messages) and isinstance(messages[0], SourceReady)

    def _first(self, child: Child[FromIndicator]) -> object:
        """The first message of the indicator, None when none comes in time. What came with it is not lost."""
        try:
            messages = child.wire.wait(START_TIMEOUT_S)
        except EOFError:
            return None
        self._told.extend(messages[1:])
        return messages[0] if messages else None

    def _begin_marks(self) -> None:
        info = self._job.info
        self._passage.mark("start", detail=info.profile)
        self._passage.mark("clock", detail=_wall_clock())
        self._passage.mark("settings", detail=msgspec.json.encode(self._job.desktop_settings).decode())
        if info.task:
            self._passage.mark("task", detail=info.task)

    # --- the loop --------------------------------------------------------------------------------------------------

    def _loop(self) -> None:
        while self._ending is None:
            heard = self._listen(self._step_ns - self._clock_ns())
            now_ns = self._clock_ns()
            if heard:
                self._step_ns = min(self._step_ns, now_ns + STEP_NS)
            if now_ns >= self._step_ns:
                if not self._pausing.paused:
                    self._passage.add(self._intake.due(now_ns))
                done = self._work()
                self._steer()
                self._keep_time()
                busy = self._passage.busy or (self._reader is not None and self._reader.busy)
                self._step_ns = now_ns + (STEP_NS if busy else TICK_NS) if done else now_ns

    def _listen(self, timeout_ns: int) -> bool:
        """Hear everybody who has something to say; True when somebody had."""
        answers = None if self._reader is None else self._reader.fileno()
        if (self._sources.turn, self._indicator, answers) != self._there:
            self._see_who_is_there(answers)
        # poll counts whole ms: rounded up, so that what is due is over when it returns.
        ready = self._poll.poll(max(0, -(-timeout_ns // 1_000_000)))
        hearers = self._hearers
        for descriptor, _ in ready:
            hearers[descriptor]()
            if self._sources.turn != self._there[0]:
                # A source came or went: the rest is heard at the next look, with whoever is there then.
                break
        return bool(ready)

    def _see_who_is_there(self, answers: int | None) -> None:
        self._there = self._sources.turn, self._indicator, answers
        self._hearers = {self._control.fileno(): self._hear_control}
        if self._indicator is not None:
            self._hearers[self._indicator.wire.fileno()] = self._hear_indicator
        for name, descriptor in self._sources.descriptors().items():
            self._hearers[descriptor] = functools.partial(self._hear_source, name)
        if answers is not None:
            self._hearers[answers] = self._hear_reader
        self._poll = select.poll()
        for descriptor in self._hearers:
            self._poll.register(descriptor, select.POLLIN)

    def _hear_control(self) -> None:
        try:
            messages = self._control.receive()
        except EOFError:
            # Without the command line nobody watches the consent any more.
            self._end("parent_gone", "the command that started the recorder is gone")
            return
        for message in messages:
            if isinstance(message, Halt):
                self._end(message.cause, "")

    def _hear_indicator(self) -> None:
        if self._indicator is None:
            return
        try:
            messages = self._indicator.wire.receive()
        except EOFError:
            gone, self._indicator = self._indicator, None
            if gone.end(0.5) == DISPLAY_GONE:
                self._end("desktop_gone", "the X server went away")
            else:
                self._end("indicator_gone", "the indicator ended; without it nothing may be recorded")
            return
        self._hear_messages(messages)

    def _hear_messages(self, messages: Sequence[FromIndicator]) -> None:
        self._told.extend(messages)
        self._obey_told()

    def _obey_told(self) -> None:
        """Do what the indicator told, in its order: what is heard meanwhile (a source that ends) waits for its turn."""
        if self._obeying:
            return
        self._obeying = True
        while self._told:
            message = self._told.popleft()
            if isinstance(message, Wanted):
                if message.wish in ("pause", "locked") and not self._pausing.paused:
                    self._catch_up(message.time_ns)
                self._obey(message.wish, message.time_ns)
            elif isinstance(message, Keycodes):
                self._intake.moved(message.codes)
        self._obeying = False

    def _obey(self, wish: Wish, time_ns: int) -> None:
        if wish == "stop":
            self._end("asked", "")
            return
        try:
            self._pausing.obey(wish, time_ns)
        except SpoolFull as full:
            self._end("disk_full", str(full))

    def _catch_up(self, time_ns: int) -> None:
        """What happened before a pause was wanted may still be on its way here: the click that wants it, for one."""
        self._sources.tell("input", Pause())
        deadline_ns = self._clock_ns() + CATCH_UP_NS
        while self._intake.told_ns < time_ns and (left_ns := deadline_ns - self._clock_ns()) > 0:
            descriptor = self._sources.descriptors().get("input")
            if descriptor is None or not select.select([descriptor], [], [], left_ns / 1e9)[0]:
                return
            self._hear_source("input")

    def _hear_source(self, name: SourceName) -> None:
        try:
            messages, back = self._sources.hear(name)
        except EOFError:
            self._source_ended(name)
            return
        if back:
            self._source_back(name)
        self._take_source_messages(name, messages)

    def _hear_reader(self) -> None:
        if self._reader is None:
            return
        told = bool(self._reader.missing)
        for answer in self._reader.hear():
            if not self._pausing.paused:
                now_ns, seq = self._clock_ns(), self._passage.next_seq()
                self._passage.add([Read(time_ns=now_ns, seq=seq, question=answer.question, words=answer.words)])
        if self._reader.missing and not told:
            self._control.send(Remark(f"programs whose pictures are read show none. {self._reader.missing}"))

    def _take_source_messages(self, name: SourceName, messages: Sequence[object]) -> None:
        for message in messages:
            match message:
                case Records(records=records):
                    self._take(name, records)
                case SourceFailed(message=text, unavailable=unavailable):
                    log.warning("a source failed, unavailable %s", unavailable)
                    self._message = text
                    if unavailable and not self._x_answers():
                        self._end("desktop_gone", text)
                case _:
                    pass

    def _take(self, name: SourceName, records: Sequence[Raw]) -> None:
        if self._sources.lost(name, records):
            self._passage.mark("loss", reason="source_lost_events", detail=name)
        if self._pausing.paused:
            return
        kept: list[Raw] = []
        for record in records:
            if record.time_ns < self._pausing.resumed_ns:
                continue
            kept.extend(self._intake.see(record, self._clock_ns()))
            if (pressed := self._intake.pressed()) is not None:
                # Here the press stands in its place among all others: nothing after it gets further.
                self._passage.add(kept)
                kept = []
                self._obey(*pressed)
                if self._pausing.paused:
                    return
        self._passage.add(kept)

    def _work(self) -> bool:
        """Feed what has waited long enough to the guard; False when there is more than can be done at once."""
        now_ns = self._clock_ns()
        self._passage.rekey()
        if now_ns - self._tick_ns >= TICK_NS and not self._pausing.paused:
            self._tick_ns = now_ns
            self._passage.add([Tick(now_ns, self._passage.next_seq())])
        until_ns = now_ns - self._job.settings.hold_ms * 1_000_000
        if self._passage.feed(until_ns, deadline_ns=now_ns + WORK_SLICE_NS):
            return True
        if self._passage.behind(until_ns):
            self._shed()
        return False

    def _shed(self) -> None:
        """Redaction can't keep up: pictures, which cost the most, are let go until all else is done."""
        if self._passage.drop_pictures():
            self._steering.pictures_anew()

    def _steer(self) -> None:
        """Tell the sources and the indicator what the guard's state asks for."""
        if not self._pausing.paused:
            self._steering.steer()
        if self._reader is not None:
            if (question := self._guard.question()) is not None:
                self._reader.ask(question)
            self._reader.go_on()
        shown = self._what_to_show()
        if shown != self._shown and self._indicator is not None:
            self._shown = shown
            self._indicator.tell(shown)

    def _keep_time(self) -> None:
        now_ns = self._clock_ns()
        if now_ns - self._clock_mark_ns >= CLOCK_NS:
            self._clock_mark_ns = now_ns
            self._passage.mark("clock", detail=_wall_clock())
        if now_ns - self._flushed_ns >= self._job.settings.flush_ms * 1_000_000:
            self._flushed_ns = now_ns
            self._flush()
            self._check_disk()

    def _flush(self) -> None:
        try:
            self._passage.flush()
        except SpoolFull as full:
            self._end("disk_full", str(full))

    def _check_disk(self) -> None:
        try:
            self._passage.check()
        except SpoolFull as full:
            self._end("disk_full", str(full))

    # --- trouble --------------------------------------------------------------------------------------------------

    def _source_ended(self, name: SourceName) -> None:
        times = self._sources.ended(name)
        if not self._x_answers():
            self._end("desktop_gone", self._message or "the X server went away")
            return
        self._passage.mark("source", reason="source_failed", detail=name)
        if times > MOST_RESTARTS:
            if name == "elements":
                self._control.send(Remark("elements can't be read any more; typed text is dropped from here on"))
                return
            self._end("failed", self._message or f"the {name} source keeps failing")
            return
        self._passage.mark("loss", reason="source_lost_events", detail=name)
        self._sources.start(name)

    def _source_back(self, name: SourceName) -> None:
        """A source that was started again listens: tell it what the others know."""
        if self._pausing.paused:
            self._sources.tell(name, Pause())
        self._steering.anew()

    def _x_answers(self) -> bool:
        """True while the indicator, which holds an X connection of its own, is alive."""
        if self._indicator is None:
            return False
        try:
            # Its end may take a moment to show.
            messages = self._indicator.wire.wait(0.3)
        except EOFError:
            return False
        self._hear_messages(messages)
        return True

    def _end(self, cause: StopCause, message: str) -> bool:
        """Remember why to stop (the first cause stays); returns False, for the use in `_start`."""
        if self._ending is None:
            self._ending, self._message = cause, message
        return False

    # --- the end ---------------------------------------------------------------------------------------------------

    def _close(self) -> Ended:
        cause = self._ending or "failed"
        self._say_stopping()
        hear = cause not in ("disk_full", "failed") and not self._pausing.paused
        for name, records in self._sources.stop(STOP_S):
            if hear:
                self._take(name, records)
        stats: Stats = {}
        try:
            self._finish()
            self._passage.settle()
            stats = self._stats()
            self._seal_end(cause, stats)
        finally:
            if self._reader is not None:
                self._reader.end()
            if self._indicator is not None:
                self._indicator.end(0.5)
        return Ended(cause=self._ending or cause, message=self._message if cause != "asked" else "", stats=stats)

    def _finish(self) -> None:
        """Redact what is held still, and have it written."""
        now_ns = self._clock_ns()
        if not self._passage.feed(now_ns, deadline_ns=now_ns + FINISH_NS):
            self._shed()
            self._passage.feed(now_ns)
        self._passage.finish(now_ns)
        if self._ending != "disk_full":
            self._flush()

    def _seal_end(self, cause: StopCause, stats: Stats) -> None:
        """The last marks and the manifest; nobody else writes any more."""
        try:
            self._passage.seal_end(cause, stats)
        except SpoolFull as full:
            self._end("disk_full", str(full))
        self._passage.close(stats)

    def _say_stopping(self) -> None:
        if self._indicator is not None and self._shown is not None:
            self._indicator.tell(self._showing.stopping())

    def _stats(self) -> Stats:
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "duration_s": round((self._clock_ns() - self._started_ns) / 1e9, 3),
            "cpu_s": round(own.ru_utime + own.ru_stime, 3),
            "sources_cpu_s": round(children.ru_utime + children.ru_stime, 3),
            # ru_maxrss is in KiB on Linux (getrusage(2)).
            "peak_rss_bytes": own.ru_maxrss * 1024,
            "largest_source_rss_bytes": children.ru_maxrss * 1024,
            **self._passage.counted(),
        }

    def _what_to_show(self) -> Shown:
        return self._showing.now(
            self._guard, self._clock_ns(), paused=self._pausing.paused, locked=self._pausing.locked
        )


def _wall_clock() -> str:
    return datetime.datetime.now(datetime.UTC).astimezone().isoformat(timespec="milliseconds")
