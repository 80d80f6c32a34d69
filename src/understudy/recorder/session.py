"""One recording from its start to its end: sources → merge → guard → spool."""

from __future__ import annotations

import contextlib
import datetime
import functools
import json
import logging
import resource
import select
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from understudy.capture.source import (
    Allow,
    Ask,
    Crawl,
    Left,
    Pause,
    Press,
    Resume,
    SourceName,
)
from understudy.recorder.children import Child
from understudy.recorder.controls import (
    FORGET_S,
    PRESSES,
    FromIndicator,
    IndicatorFailed,
    IndicatorJob,
    IndicatorReady,
    Keycodes,
    Wanted,
    Wish,
    hotkeys_of,
    minutes,
    spoken,
)
from understudy.recorder.crew import Crew
from understudy.recorder.flusher import Flusher
from understudy.recorder.hotkeys import Hotkey, HotkeyFilter
from understudy.recorder.indicator import DISPLAY_GONE
from understudy.recorder.job import Begun, Ended, Halt, RecorderJob, Remark, Stats, StopCause, ToRecorder
from understudy.recorder.merge import Merge
from understudy.recorder.ocr import PictureReader
from understudy.recorder.picture import Shown
from understudy.recorder.rest import PointerRest
from understudy.recorder.sources import SOURCES, Sources
from understudy.recorder.wire import Records, SourceFailed, SourceReady, Wire
from understudy.records.events import Key, Mark, MarkKind, Pointer, Raw, RawFrame, Read, Reason, Tick
from understudy.records.redacted import Redacted
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
MODIFIER_WAIT_NS = 3_000_000_000
"""How long a modifier's press waits for a hotkey to complete, unless another key, its own release or a button tells
before: people press a hotkey's keys one by one. It comes out with its own time."""
MOST_RESTARTS = 3
"""A source that ends is started again this often in one recording; then the recording ends (input, screen)."""
SAME_PRESS_NS = 50_000_000
"""A press of a hotkey is told twice, by the input source and by the indicator; the X server's clock counts whole ms,
and a remote one is calibrated to some."""
OWN_CLICK_NS = 1_000_000_000
"""A panel tells of a click on our entry after it; presses this shortly before are taken for it."""
NOTE_S = 6.0
"""How long the indicator shows what just happened."""
CATCH_UP_NS = 60_000_000
"""How long a pause waits for what happened before it: it stops everything within 100 ms."""
STOP_S = 0.5
"""How long the sources get to hand over what they have when the recording stops."""
FINISH_NS = 200_000_000
"""How long redaction gets then before it lets pictures go."""
BEHIND_NS = 1_000_000_000
"""Redaction that is so much behind lets pictures go."""


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
        self._writer = writer
        self._flusher = flusher
        self._guard = guard
        self._crew = crew
        self._clock_ns = clock_ns
        self._merge = Merge()
        self._rest = PointerRest()
        self._wishes = {Hotkey.parse(text): wish for wish, text in hotkeys_of(job.policy).items()}
        self._hotkeys = HotkeyFilter(tuple(self._wishes))
        self._obeyed: dict[Wish, int] = {}
        self._locked = False
        self._note, self._note_until_ns = "", 0
        self._sources = Sources(job.desktop, crew.sources, job.settings.grabs_per_s)
        # Pictures that are read cost a process: only where the policy asks for it.
        self._reader = PictureReader() if any(rule.pixels == "ocr" for rule in job.policy.apps) else None
        self._poll = select.poll()
        self._hearers: dict[int, Callable[[], None]] = {}
        self._there: tuple[int, Child[FromIndicator] | None, int | None] = (-1, None, None)
        self._indicator: Child[FromIndicator] | None = None
        self._buffer: list[Redacted] = []
        self._written = Counter[str]()
        self._seq = 0
        self._paused_since_ns: int | None = None
        self._resumed_ns = 0
        self._ending: StopCause | None = None
        self._message = ""
        self._allowed: frozenset[int] = frozenset()
        self._crawled: tuple[int, ...] = ()
        self._shown: Shown | None = None
        now_ns = clock_ns()
        self._tick_ns = self._clock_mark_ns = self._flushed_ns = self._step_ns = now_ns
        self._told_ns = 0
        self._started_ns = now_ns

    # --- start -----------------------------------------------------------------------------------------------------

    def run(self) -> Ended:
        """Record until told to stop, until the desktop goes, or until the disk is full."""
        try:
            if self._start():
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
        answer = self._first(indicator)
        if not isinstance(answer, IndicatorReady):
            message = answer.message if isinstance(answer, IndicatorFailed) else "the indicator did not start"
            return self._end("failed", message)
        self._take_keycodes(answer.codes)
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
        return True

    def _source_started(self, name: SourceName) -> bool:
        try:
            messages = self._sources.wait(name, START_TIMEOUT_S)
        except EOFError:
            return False
        self._take_source_messages(name, messages[1:])
        return bool(messages) and isinstance(messages[0], SourceReady)

    def _first(self, child: Child[FromIndicator]) -> object:
        """The first message of the indicator, None when none comes in time."""
        try:
            messages = child.wire.wait(START_TIMEOUT_S)
        except EOFError:
            return None
        return messages[0] if messages else None

    def _begin_marks(self) -> None:
        info = self._job.info
        self._mark("start", detail=info.profile)
        self._mark("clock", detail=_wall_clock())
        self._mark("settings", detail=msgspec.json.encode(self._job.desktop_settings).decode())
        if info.task:
            self._mark("task", detail=info.task)

    # --- the loop --------------------------------------------------------------------------------------------------

    def _loop(self) -> None:
        while self._ending is None:
            heard = self._listen(self._step_ns - self._clock_ns())
            now_ns = self._clock_ns()
            if heard:
                self._step_ns = min(self._step_ns, now_ns + STEP_NS)
            if now_ns >= self._step_ns:
                self._ask()
                done = self._work()
                self._steer()
                self._keep_time()
                busy = bool(self._buffer) or len(self._merge) or (self._reader is not None and self._reader.busy)
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
        for message in messages:
            if isinstance(message, Wanted):
                if message.wish in ("pause", "locked") and self._paused_since_ns is None:
                    self._catch_up(message.time_ns)
                self._obey(message.wish, message.time_ns)
            elif isinstance(message, Keycodes):
                self._take_keycodes(message.codes)

    def _take_keycodes(self, codes: Mapping[Wish, int]) -> None:
        self._hotkeys.moved({hotkey: codes[wish] for hotkey, wish in self._wishes.items() if wish in codes})

    def _obey(self, wish: Wish, time_ns: int) -> None:
        """Do what the person wants; once, when two tell of the same press."""
        if wish in PRESSES:
            if abs(time_ns - self._obeyed.get(wish, -SAME_PRESS_NS)) < SAME_PRESS_NS:
                return
            self._obeyed[wish] = time_ns
        match wish:
            case "stop":
                self._end("asked", "")
            case "pause" if self._paused_since_ns is None:
                self._pause(time_ns)
            case "pause":
                self._resume()
            case "forget":
                self._forget()
            case "locked" if self._paused_since_ns is None:
                self._locked = True
                self._pause(time_ns)
            case "unlocked" if self._locked:
                self._resume()
                self._say("the screen is unlocked: recording goes on")
            case "locked" | "unlocked":
                pass  # the person had paused before, and is the one who resumes
            case "touched":
                self._untouch(time_ns)
            case _:
                raise ValueError(f"unknown wish {wish!r}")

    def _catch_up(self, time_ns: int) -> None:
        """What happened before a pause was wanted may still be on its way here: the click that wants it, for one."""
        self._sources.tell("input", Pause())
        deadline_ns = self._clock_ns() + CATCH_UP_NS
        while self._told_ns < time_ns and (left_ns := deadline_ns - self._clock_ns()) > 0:
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
            if self._paused_since_ns is None:
                now_ns, seq = self._clock_ns(), self._next_seq()
                self._merge.add([Read(time_ns=now_ns, seq=seq, question=answer.question, words=answer.words)])
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
            self._mark("loss", reason="source_lost_events", detail=name)
        if self._paused_since_ns is not None:
            return
        kept: list[Raw] = []
        for record in records:
            if record.time_ns < self._resumed_ns:
                continue
            if isinstance(record, Tick):
                # The input source: nothing came since its last record.
                self._told_ns = record.time_ns
                self._question(self._rest.due(self._clock_ns(), self._told_ns))
                continue
            if isinstance(record, Key):
                kept.extend(self._hotkeys.see(record))
                if (pressed := self._hotkeys.pressed()) is not None:
                    # Here the press stands in its place among all others: nothing after it gets further.
                    self._merge.add(kept)
                    kept = []
                    self._obey(self._wishes[pressed[0]], pressed[1])
                    if self._paused_since_ns is not None:
                        return
                continue
            if isinstance(record, Pointer):
                self._question(self._rest.see(record))
                if record.kind in ("down", "scroll"):
                    kept.extend(self._hotkeys.flush(record.time_ns + 1))
                if record.kind == "down":
                    self._sources.tell("screen", Press(record.time_ns))
            kept.append(record)
        self._merge.add(kept)

    def _ask(self) -> None:
        if self._paused_since_ns is None:
            now_ns = self._clock_ns()
            self._question(self._rest.due(now_ns, self._told_ns))
            self._merge.add(self._hotkeys.flush(now_ns - MODIFIER_WAIT_NS))

    def _question(self, ask: Ask | Left | None) -> None:
        if ask is not None:
            self._sources.tell("elements", ask)

    def _work(self) -> bool:
        """Feed what has waited long enough to the guard; False when there is more than can be done at once."""
        now_ns = self._clock_ns()
        if self._flusher.key_frame_wanted():
            self._guard.rekey()
        if now_ns - self._tick_ns >= TICK_NS and self._paused_since_ns is None:
            self._tick_ns = now_ns
            self._merge.add([Tick(now_ns, self._next_seq())])
        until_ns = now_ns - self._job.settings.hold_ms * 1_000_000
        if self._feed(until_ns, deadline_ns=now_ns + WORK_SLICE_NS):
            return True
        if self._merge.since_ns() < until_ns - BEHIND_NS:
            self._shed()
        return False

    def _feed(self, until_ns: int, deadline_ns: int | None = None) -> bool:
        """Feed what is held up to `until_ns` to the guard; False when the time was over before all was fed."""
        while (record := self._merge.pop(until_ns)) is not None:
            self._buffer += self._guard.feed(record)
            if deadline_ns is not None and self._clock_ns() > deadline_ns:
                return False
        return True

    def _shed(self) -> None:
        """Redaction can't keep up: pictures, which cost the most, are let go until all else is done."""
        if not self._merge.drop(lambda record: isinstance(record, RawFrame)):
            return
        log.warning("redaction is behind: pictures were let go")
        self._guard.forget_pictures()
        self._mark("dropped", reason="time_out", what="frame")
        # What the source believes to be known here is not: all of it anew.
        self._sources.tell("screen", Allow(()))
        self._allowed = frozenset()

    def _steer(self) -> None:
        """Tell the sources and the indicator what the guard's state asks for."""
        if self._paused_since_ns is None:
            if self._guard.allowed_windows != self._allowed:
                self._allowed = self._guard.allowed_windows
                self._sources.tell("screen", Allow(tuple(sorted(self._allowed))))
            if self._guard.crawl_pids != self._crawled:
                self._crawled = self._guard.crawl_pids
                self._sources.tell("elements", Crawl(self._crawled))
            elif due := self._guard.crawl_due():
                self._sources.tell("elements", Crawl(self._crawled, due))
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
            self._mark("clock", detail=_wall_clock())
        if now_ns - self._flushed_ns >= self._job.settings.flush_ms * 1_000_000:
            self._flushed_ns = now_ns
            self._flush()
            self._check_disk()

    def _flush(self) -> None:
        batch, self._buffer = self._buffer, []
        if not batch:
            return
        try:
            self._flusher.put(batch)
        except SpoolFull as full:
            self._end("disk_full", str(full))
            return
        self._written.update(entry.stream for entry in batch)

    def _check_disk(self) -> None:
        try:
            self._flusher.check()
        except SpoolFull as full:
            self._end("disk_full", str(full))

    # --- pause and trouble -----------------------------------------------------------------------------------------

    def _pause(self, time_ns: int) -> None:
        self._sources.tell_all(Pause())
        self._merge.discard(after_ns=time_ns)
        self._feed(time_ns)
        self._paused_since_ns = time_ns
        self._hotkeys = self._hotkeys.anew()
        self._rest = PointerRest()
        self._mark("pause", time_ns=time_ns, detail="lock" if self._locked else "")
        self._flush()

    def _forget(self) -> None:
        """Everything of the last FORGET_S goes: what waits, what is known of the desktop, what is sealed."""
        now_ns = self._clock_ns()
        paused = self._paused_since_ns is not None
        self._sources.tell_all(Pause())
        self._merge = Merge()
        self._buffer = []
        self._hotkeys = self._hotkeys.anew()
        self._rest = PointerRest()
        try:
            gone = self._flusher.forget(now_ns - FORGET_S * 1_000_000_000)
        except SpoolFull as full:
            self._end("disk_full", str(full))
            return
        self._guard.unwind(gone.kept, gone.noted)
        self._written = Counter(gone.kept)
        span_ns = now_ns - gone.from_ns if gone.from_ns else 0
        if not gone.kept.get("mark"):
            # The recording's own beginning went with the rest.
            self._begin_marks()
        self._mark("forgotten", time_ns=now_ns, detail=str(span_ns // 1_000_000))
        if paused:
            self._mark("pause", time_ns=now_ns, detail="lock" if self._locked else "")
        else:
            self._go_on()
        self._flush()
        log.info("forgot %d segments", gone.segments)
        self._say("the last 5 minutes are forgotten")
        self._control.send(Remark(f"the last 5 minutes are forgotten ({minutes(span_ns)} of the recording went)"))

    def _untouch(self, time_ns: int) -> None:
        """The person clicked something of ours in another program's window: that click is no part of the recording."""
        gone = self._merge.drop(
            lambda record: (
                isinstance(record, Pointer)
                and record.kind in ("down", "up")
                and time_ns - OWN_CLICK_NS <= record.time_ns <= time_ns
            )
        )
        if gone:
            self._mark("dropped", time_ns=time_ns, reason="own_window", what="pointer")

    def _say(self, note: str) -> None:
        """Have the indicator show something for a while."""
        self._note, self._note_until_ns = note, self._clock_ns() + int(NOTE_S * 1e9)

    def _resume(self) -> None:
        self._mark("resume", detail="lock" if self._locked else "")
        self._paused_since_ns, self._locked = None, False
        self._note = ""
        self._go_on()

    def _go_on(self) -> None:
        """Have the sources tell everything anew."""
        # Our own clock, not the server's time of the key: what the sources saw of the resuming itself stays out.
        self._resumed_ns = self._clock_ns()
        self._allowed, self._crawled = frozenset(), ()
        self._sources.tell_all(Resume())

    def _source_ended(self, name: SourceName) -> None:
        times = self._sources.ended(name)
        if not self._x_answers():
            self._end("desktop_gone", self._message or "the X server went away")
            return
        self._mark("source", reason="source_failed", detail=name)
        if times > MOST_RESTARTS:
            if name == "elements":
                self._control.send(Remark("elements can't be read any more; typed text is dropped from here on"))
                return
            self._end("failed", self._message or f"the {name} source keeps failing")
            return
        self._mark("loss", reason="source_lost_events", detail=name)
        self._sources.start(name)

    def _source_back(self, name: SourceName) -> None:
        """A source that was started again listens: tell it what the others know."""
        if self._paused_since_ns is not None:
            self._sources.tell(name, Pause())
        self._allowed, self._crawled = frozenset(), ()

    def _x_answers(self) -> bool:
        """True while the indicator, which holds an X connection of its own, is alive."""
        if self._indicator is None:
            return False
        try:
            # Its end may take a moment to show.
            for message in self._indicator.wire.wait(0.3):
                if isinstance(message, Wanted) and message.wish == "stop":
                    self._end("asked", "")
        except EOFError:
            return False
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
        hear = cause not in ("disk_full", "failed") and self._paused_since_ns is None
        for name, records in self._sources.stop(STOP_S):
            if hear:
                self._take(name, records)
        stats: Stats = {}
        try:
            self._finish()
            self._flusher.end()
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
        if not self._feed(now_ns, deadline_ns=now_ns + FINISH_NS):
            self._shed()
            self._feed(now_ns)
        self._buffer += self._guard.close(now_ns)
        if self._ending != "disk_full":
            self._flush()

    def _seal_end(self, cause: StopCause, stats: Mapping[str, object]) -> None:
        """The last marks and the manifest; nobody else writes any more. Without one the rest reads all the same."""
        try:
            self._flusher.check()
            self._mark("stats", detail=json.dumps(stats))
            self._mark("stop", detail=cause)
            self._writer.append(self._buffer)
        except SpoolFull as full:
            self._end("disk_full", str(full))
        with contextlib.suppress(SpoolFull):  # said once
            self._writer.close(stats)

    def _say_stopping(self) -> None:
        if self._indicator is not None and self._shown is not None:
            self._indicator.tell(Shown("stopping", profile=self._job.info.profile))

    def _stats(self) -> Stats:
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return {
            "duration_s": round((self._clock_ns() - self._started_ns) / 1e9, 3),
            "cpu_s": round(own.ru_utime + own.ru_stime, 3),
            "sources_cpu_s": round(children.ru_utime + children.ru_stime, 3),
            # ru_maxrss is in KiB on Linux (getrusage(2)).
            "peak_rss_bytes": own.ru_maxrss * 1024,
            "largest_source_rss_bytes": children.ru_maxrss * 1024,
            "sealed_bytes": self._writer.bytes_written,
            "stream_bytes": {
                "pictures": self._writer.picture_bytes,
                "everything else": self._writer.bytes_written - self._writer.picture_bytes,
            },
            "records": dict(sorted(self._written.items())),
        }

    # --- small things ----------------------------------------------------------------------------------------------

    def _mark(
        self,
        kind: MarkKind,
        *,
        time_ns: int | None = None,
        reason: Reason = "",
        detail: str = "",
        what: Literal["", "pointer", "frame"] = "",
    ) -> None:
        when_ns = self._clock_ns() if time_ns is None else time_ns
        self._buffer += self._guard.feed(
            Mark(time_ns=when_ns, seq=self._next_seq(), kind=kind, reason=reason, detail=detail, what=what)
        )

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq - 1

    def _what_to_show(self) -> Shown:
        profile, key = self._job.info.profile, spoken(self._job.policy.hotkey_pause)
        note = self._note if self._clock_ns() < self._note_until_ns else ""
        if self._locked:
            return Shown("locked", profile=profile, hotkeys="goes on when it is unlocked")
        if self._paused_since_ns is not None:
            return Shown("paused", profile=profile, hotkeys=f"{key} resumes", note=note)
        active = self._guard.active_app
        if active is None:
            return Shown("elsewhere", self._guard.focused_app, "", profile, f"{key} pauses", note)
        return Shown("recording", active[0], active[1], profile, f"{key} pauses", note)


def _wall_clock() -> str:
    return datetime.datetime.now(datetime.UTC).astimezone().isoformat(timespec="milliseconds")
