"""One recording from its start to its end: sources → merge → guard → spool."""

from __future__ import annotations

import contextlib
import datetime
import json
import logging
import resource
import select
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from understudy.capture.source import (
    Allow,
    Ask,
    Control,
    Crawl,
    Pause,
    Press,
    Resume,
    SourceName,
    Stop,
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
from understudy.recorder.host import SourceJob
from understudy.recorder.hotkeys import Hotkey, HotkeyFilter
from understudy.recorder.indicator import DISPLAY_GONE
from understudy.recorder.job import Begun, Ended, Halt, RecorderJob, Remark, StopCause, ToRecorder
from understudy.recorder.merge import Merge
from understudy.recorder.picture import Shown
from understudy.recorder.rest import PointerRest
from understudy.recorder.wire import FromSource, Records, SourceFailed, SourceReady, Wire
from understudy.records.events import Key, Mark, MarkKind, Pointer, Raw, Reason, Tick
from understudy.records.redacted import Redacted
from understudy.redact.guard import Guard
from understudy.spool.writer import SpoolFull, SpoolWriter

log = logging.getLogger(__name__)

SOURCES: tuple[SourceName, ...] = ("input", "screen", "elements")
START_TIMEOUT_S = 15.0
TICK_NS = 100_000_000
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
STOP_S = 0.6
"""How long the sources get to hand over what they have when the recording stops."""


class Session:
    """A recording in the making. `run` returns when it is closed; nothing it starts outlives it."""

    def __init__(
        self,
        job: RecorderJob,
        control: Wire[ToRecorder],
        writer: SpoolWriter,
        guard: Guard,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._job = job
        self._control = control
        self._writer = writer
        self._guard = guard
        self._clock_ns = clock_ns
        self._merge = Merge()
        self._rest = PointerRest()
        self._wishes = {Hotkey.parse(text): wish for wish, text in hotkeys_of(job.policy).items()}
        self._hotkeys = HotkeyFilter(tuple(self._wishes))
        self._obeyed: dict[Wish, int] = {}
        self._locked = False
        self._note, self._note_until_ns = "", 0
        self._sources: dict[SourceName, Child[FromSource]] = {}
        self._ready: set[SourceName] = set()
        self._restarts: Counter[SourceName] = Counter()
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
        self._tick_ns = self._clock_mark_ns = self._flushed_ns = now_ns
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
        indicator: Child[FromIndicator] = Child("understudy.recorder.indicator", (), FromIndicator)
        self._indicator = indicator
        self._shown = self._what_to_show()
        policy = self._job.policy
        indicator.tell(IndicatorJob(self._job.desktop, self._shown, hotkeys_of(policy)))
        answer = self._first(indicator)
        if not isinstance(answer, IndicatorReady):
            message = answer.message if isinstance(answer, IndicatorFailed) else "the indicator did not start"
            return self._end("failed", message)
        self._take_keycodes(answer.codes)
        for name in SOURCES:
            self._start_source(name)
        for name, child in list(self._sources.items()):
            if not isinstance(self._first(child), SourceReady):
                return self._end("failed", f"the {name} source did not start")
            self._ready.add(name)
        self._begin_marks()
        notes = tuple(
            f"the hotkey {key} is held by another program; the indicator pauses, Ctrl+C here stops"
            for key in answer.taken
        )
        self._control.send(Begun(notes))
        return True

    def _start_source(self, name: SourceName) -> None:
        child: Child[FromSource] = Child("understudy.recorder.host", (name,), FromSource)
        child.tell(SourceJob(self._job.desktop))
        self._sources[name] = child

    def _first(self, child: Child[FromSource] | Child[FromIndicator]) -> object:
        """The first message of a child, None when none comes in time."""
        try:
            messages = child.wire.wait(START_TIMEOUT_S)
        except EOFError:
            return None
        if len(messages) > 1:
            self._take_source_messages(messages[1:])
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
            self._listen(0.01)
            self._ask()
            self._work()
            self._steer()
            self._keep_time()

    def _listen(self, timeout_s: float) -> None:
        """Hear everybody who has something to say."""
        wires: dict[int, Callable[[], None]] = {self._control.fileno(): self._hear_control}
        if self._indicator is not None:
            wires[self._indicator.wire.fileno()] = self._hear_indicator
        for name, child in self._sources.items():
            wires[child.wire.fileno()] = lambda name=name: self._hear_source(name)  # type: ignore[misc]
        ready, _, _ = select.select(list(wires), [], [], timeout_s)
        for descriptor in ready:
            wires[descriptor]()

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

    def _hear_source(self, name: SourceName) -> None:
        child = self._sources[name]
        try:
            messages = child.wire.receive()
        except EOFError:
            self._source_ended(name)
            return
        if name not in self._ready and any(isinstance(message, SourceReady) for message in messages):
            self._source_back(name)
        self._take_source_messages(messages)

    def _take_source_messages(self, messages: Sequence[object]) -> None:
        for message in messages:
            match message:
                case Records(records=records):
                    self._take(records)
                case SourceFailed(message=text, unavailable=unavailable):
                    log.warning("a source failed, unavailable %s", unavailable)
                    self._message = text
                    if unavailable and not self._x_answers():
                        self._end("desktop_gone", text)
                case _:
                    pass

    def _take(self, records: Iterable[Raw]) -> None:
        if self._paused_since_ns is not None:
            return
        kept: list[Raw] = []
        for record in records:
            if record.time_ns < self._resumed_ns:
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
                    self._tell("screen", Press(record.time_ns))
            kept.append(record)
        self._merge.add(kept)

    def _ask(self) -> None:
        if self._paused_since_ns is None:
            now_ns = self._clock_ns()
            self._question(self._rest.due(now_ns))
            self._merge.add(self._hotkeys.flush(now_ns - MODIFIER_WAIT_NS))

    def _question(self, ask: Ask | None) -> None:
        if ask is not None:
            self._tell("elements", ask)

    def _work(self) -> None:
        """Feed what has waited long enough to the guard."""
        now_ns = self._clock_ns()
        if now_ns - self._tick_ns >= TICK_NS and self._paused_since_ns is None:
            self._tick_ns = now_ns
            self._merge.add([Tick(now_ns, self._next_seq())])
        until_ns = now_ns - self._job.settings.hold_ms * 1_000_000
        self._feed(self._merge.release(until_ns), deadline_ns=now_ns + WORK_SLICE_NS)

    def _feed(self, records: Sequence[Raw], deadline_ns: int | None = None) -> None:
        for index, record in enumerate(records):
            self._buffer += self._guard.feed(record)
            if deadline_ns is not None and self._clock_ns() > deadline_ns:
                self._merge.add(records[index + 1 :])
                return

    def _steer(self) -> None:
        """Tell the sources and the indicator what the guard's state asks for."""
        if self._paused_since_ns is None:
            if self._guard.allowed_windows != self._allowed:
                self._allowed = self._guard.allowed_windows
                self._tell("screen", Allow(tuple(sorted(self._allowed))))
            if self._guard.crawl_pids != self._crawled or self._guard.crawl_due():
                self._crawled = self._guard.crawl_pids
                self._tell("elements", Crawl(self._crawled))
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

    def _flush(self) -> None:
        batch, self._buffer = self._buffer, []
        if not batch:
            return
        try:
            self._writer.append(batch)
        except SpoolFull as full:
            self._end("disk_full", str(full))
            return
        self._written.update(entry.stream for entry in batch)

    # --- pause and trouble -----------------------------------------------------------------------------------------

    def _pause(self, time_ns: int) -> None:
        for name in self._sources:
            self._tell(name, Pause())
        self._merge.discard(after_ns=time_ns)
        self._feed(self._merge.release(time_ns))
        self._paused_since_ns = time_ns
        self._hotkeys = self._hotkeys.anew()
        self._rest = PointerRest()
        self._mark("pause", time_ns=time_ns, detail="lock" if self._locked else "")
        self._flush()

    def _forget(self) -> None:
        """Everything of the last FORGET_S goes: what waits, what is known of the desktop, what is sealed."""
        now_ns = self._clock_ns()
        paused = self._paused_since_ns is not None
        for name in self._sources:
            self._tell(name, Pause())
        self._merge = Merge()
        self._buffer = []
        self._hotkeys = self._hotkeys.anew()
        self._rest = PointerRest()
        try:
            gone = self._writer.forget(now_ns - FORGET_S * 1_000_000_000)
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
        for name in self._sources:
            self._tell(name, Resume())

    def _source_ended(self, name: SourceName) -> None:
        self._sources.pop(name).end(0.2)
        self._ready.discard(name)
        self._restarts[name] += 1
        log.warning("source %s ended, restart %d", name, self._restarts[name])
        if not self._x_answers():
            self._end("desktop_gone", self._message or "the X server went away")
            return
        self._mark("source", reason="source_failed", detail=name)
        if self._restarts[name] > MOST_RESTARTS:
            if name == "elements":
                self._control.send(Remark("elements can't be read any more; typed text is dropped from here on"))
                return
            self._end("failed", self._message or f"the {name} source keeps failing")
            return
        self._mark("loss", reason="source_lost_events", detail=name)
        self._start_source(name)

    def _source_back(self, name: SourceName) -> None:
        """A source that was started again listens: tell it what the others know."""
        self._ready.add(name)
        if self._paused_since_ns is not None:
            self._tell(name, Pause())
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

    def _tell(self, name: SourceName, control: Control) -> None:
        # What is sent before a source has taken its job would be lost.
        child = self._sources.get(name) if name in self._ready else None
        if child is not None:
            child.tell(control)

    def _end(self, cause: StopCause, message: str) -> bool:
        """Remember why to stop (the first cause stays); returns False, for the use in `_start`."""
        if self._ending is None:
            self._ending, self._message = cause, message
        return False

    # --- the end ---------------------------------------------------------------------------------------------------

    def _close(self) -> Ended:
        cause = self._ending or "failed"
        self._say_stopping()
        self._stop_sources(hear=cause not in ("disk_full", "failed") and self._paused_since_ns is None)
        now_ns = self._clock_ns()
        stats = self._stats()
        try:
            self._feed(self._merge.release(now_ns))
            self._buffer += self._guard.close(now_ns)
            self._mark("stats", detail=json.dumps(stats))
            self._mark("stop", detail=cause)
            if cause != "disk_full":
                self._flush()
            with contextlib.suppress(SpoolFull):  # said once; without a manifest the rest reads all the same
                self._writer.close(stats)
        finally:
            if self._indicator is not None:
                self._indicator.end(0.5)
        return Ended(cause=self._ending or cause, message=self._message if cause != "asked" else "", stats=stats)

    def _say_stopping(self) -> None:
        if self._indicator is not None and self._shown is not None:
            self._indicator.tell(Shown("stopping", profile=self._job.info.profile))

    def _stop_sources(self, *, hear: bool) -> None:
        for name in self._sources:
            self._tell(name, Stop())
        deadline_ns = self._clock_ns() + int(STOP_S * 1e9)
        waiting = dict(self._sources)
        while waiting and self._clock_ns() < deadline_ns:
            ready, _, _ = select.select([child.wire.fileno() for child in waiting.values()], [], [], 0.05)
            for name, child in list(waiting.items()):
                if child.wire.fileno() not in ready:
                    continue
                try:
                    messages = child.wire.receive()
                except EOFError:
                    del waiting[name]
                    continue
                if hear:
                    for message in messages:
                        if isinstance(message, Records):
                            self._take(message.records)
        for child in self._sources.values():
            child.end(0.1)
        self._sources.clear()

    def _stats(self) -> dict[str, float | int | dict[str, int]]:
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
        what: Literal["", "pointer"] = "",
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
