"""A real desktop watched: the real sources on it, each in a thread, and what they saw put through the guard.

`Watch.row` records what is done inside its block: merged by time, redacted under an own-work policy, reduced.
"""

from __future__ import annotations

import functools
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from tests.capture.conftest import Running

from benchmarks.driven import Desk
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.capture.source import Crawl, DesktopEnv
from understudy.capture.x11.elements import ElementsSource
from understudy.capture.x11.input import InputSource
from understudy.capture.x11.screen import ScreenSource
from understudy.pipeline.left_out import LeftOut
from understudy.pipeline.reduce import reduce_all
from understudy.pipeline.thresholds import Thresholds
from understudy.recorder.merge import Merge
from understudy.records.actions import Action
from understudy.records.events import ElementAt, Insert, Key, Mark, Pointer, Raw, Tick, Tree, Windows
from understudy.records.recording import Recording, RecordingInfo
from understudy.redact.guard import Guard
from understudy.redact.policy import AppRule, Policy
from understudy.redact.scrub import Scrubber

POLICY = Policy(version=1, profile="own-work", apps=(AppRule(name="Mousepad", program="mousepad", keys="text"),))
INFO = RecordingInfo(
    id="0" * 32, contributor="c", consent_id="1" * 32, profile="own-work", started_at="2026-03-01T09:00:00+00:00",
    start_ns=0, policy_sha256="", product_version="0", schema_version=1,
)  # fmt: skip
QUIET_S = 0.1
"""No source has told anything for so long: the row is over. Text changes come within 7-9 ms on an idle machine."""
PATIENT_QUIET_S = 0.8
TICK_NS = 100_000_000
NO_WAITS = Thresholds(wait_ms=10**9)

STALL_S = 0.15
"""A machine that stands still for longer makes long presses of clicks and two clicks of one double click."""
TRIES = 4

_ends = itertools.count(1)


class Stalls:
    """Notices when this machine stands still: what was to last 60 ms may have lasted a second."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Stalls:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(5)

    def _watch(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            time.sleep(0.01)
            self.longest_s = max(self.longest_s, time.monotonic() - began - 0.01)


def steady(test: Callable[..., None]) -> Callable[..., None]:
    """A test that does everything in time, run again when the machine, not the code, was late.

    Once more in any case: with more patience for programs that haven't told yet what they received.
    """

    @functools.wraps(test)
    def run(*, watch: Watch, **fixtures: object) -> None:
        for left in reversed(range(TRIES)):
            watch.hands.clock.clear()
            if left == TRIES - 1:
                watch.quiet_s = QUIET_S
            with Stalls() as stalls:
                try:
                    test(watch=watch, **fixtures)
                    return
                except (AssertionError, ValueError):
                    sent = max((event.after_ns - event.before_ns for event in watch.hands.clock), default=0)
                    if not left or (watch.quiet_s > QUIET_S and max(stalls.longest_s, sent / 1e9) < STALL_S):
                        raise
            watch.quiet_s = PATIENT_QUIET_S
            watch.clear()

    return run


@dataclass
class Row:
    """What was done in one block: its actions and what none of them holds, once the block is over."""

    recording: Recording = field(default_factory=lambda: Recording(info=INFO))
    actions: tuple[Action, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    raw: list[Raw] = field(default_factory=list)

    def told(self, *names: str) -> list[tuple[Any, ...]]:
        """These fields of each action."""
        return [tuple(getattr(action, name) for name in names) for action in self.actions]


class Watch:
    """Sources at work on the desktop, and a pair of hands; mousepad in front of them."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        self.desktop = desktop
        self._stack = ExitStack()
        self.area = (0, 0, 0, 0)
        self.quiet_s = QUIET_S

    def __enter__(self) -> Watch:
        try:
            self._begin()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _begin(self) -> None:
        env = DesktopEnv(self.desktop.display, session_bus_address=self.desktop.env["DBUS_SESSION_BUS_ADDRESS"])
        enter = self._stack.enter_context
        self.hands = enter(XTest(self.desktop.display))
        self._sources = [enter(Running(kind(env))) for kind in (InputSource, ScreenSource, ElementsSource)]
        editor = self.desktop.spawn(["mousepad", "--disable-server"])
        self._stack.callback(editor.wait, 5)
        self._stack.callback(editor.terminate)
        with Desk(self.desktop.display) as desk:
            self.area = desk.place(desk.find("mousepad"), 0, 100, 1000, 600)
        self._wait(lambda: any(w.program == "mousepad" for w in self._windows()), "mousepad's window")
        pid = next(w.pid for w in self._windows() if w.program == "mousepad")
        self._sources[2].channel.tell(Crawl((pid,)))

        def typed() -> bool:
            self.at(0.5, 0.5)
            self.hands.click()
            time.sleep(0.2)
            self.hands.type_text("x", 0)
            time.sleep(0.2)
            return any(insert.text == "x" for insert in self._of(Insert))

        self._wait(typed, "mousepad to tell what it receives")
        self.clear()

    def at(self, across: float, down: float) -> tuple[int, int]:
        """Move to a place in the editor, 0 to 1 of its width and height; that place, root px."""
        left, top, width, height = self.area
        x, y = round(left + across * width), round(top + down * height)
        self.hands.move(x, y)
        return x, y

    def clear(self) -> None:
        """An empty editor with the focus, nothing pressed."""
        self.hands.key("Escape")
        time.sleep(0.05)
        self.at(0.5, 0.5)
        self.hands.click()
        self.hands.key("ctrl+a")
        self.hands.key("Delete")

    @contextmanager
    def row(self, thresholds: Thresholds = NO_WAITS) -> Iterator[Row]:
        """What is done inside, recorded and reduced at its end."""
        row = Row()
        self._settle()
        start_ns = time.monotonic_ns()
        # The server's clock has whole ms: what is done now could seem to be of before.
        time.sleep(0.01)
        yield row
        self._settle()
        row.raw = self._records(start_ns)
        row.recording = _kept(row.raw, self._context(start_ns), start_ns)
        reduction = reduce_all(row.recording, thresholds)
        row.actions, row.left_out = reduction.actions, reduction.left_out

    def _settle(self) -> None:
        """Until everything done so far has been told."""
        end = next(_ends) % 1000 + 1
        self.hands.move(end, 0)
        self._wait(lambda: any((p.x, p.y) == (end, 0) for p in self._of(Pointer)), "the last event")
        count = -1
        while count != (now := sum(len(source.channel.records) for source in self._sources)):
            count = now
            time.sleep(self.quiet_s)

    def _of(self, kind: type[Any]) -> list[Any]:
        return [record for source in self._sources for record in source.of(kind)]

    def _windows(self) -> tuple[Any, ...]:
        snapshots = self._of(Windows)
        return snapshots[-1].windows if snapshots else ()

    def _wait(self, condition: Callable[[], object], what: str) -> None:
        self._sources[0].wait(condition, what, timeout_s=25)

    def _records(self, start_ns: int) -> list[Raw]:
        merge = Merge()
        for source in self._sources:
            merge.add(record for record in list(source.channel.records) if record.time_ns >= start_ns)
        return [
            record
            for record in merge.release(time.monotonic_ns())
            if not (isinstance(record, Pointer) and record.y == 0)
        ]

    def _context(self, start_ns: int) -> list[Raw]:
        """What the guard must know of before: the windows, the trees, the focus."""
        before = [
            record
            for record in self._of(Windows)[-20:] + self._of(Tree) + self._of(ElementAt)
            if record.time_ns < start_ns and (not isinstance(record, ElementAt) or record.cause == "focus")
        ]
        return sorted(before, key=lambda record: record.time_ns)


def _kept(raw: list[Raw], context: list[Raw], start_ns: int) -> Recording:
    """The records as the recorder would keep them."""
    guard = Guard(POLICY, Scrubber(POLICY.scrub))
    for record in context:
        guard.feed(record)
    out = []
    now_ns = start_ns
    for record in raw:
        while now_ns + TICK_NS < record.time_ns:
            now_ns += TICK_NS
            out += guard.feed(Tick(now_ns, 0))
        out += guard.feed(record)
    end_ns = max([start_ns, *(record.time_ns for record in raw)])
    for nth in range(1, 8):
        out += guard.feed(Tick(end_ns + nth * TICK_NS, 0))
    out += guard.close(end_ns + 8 * TICK_NS)
    streams: dict[str, list[Any]] = {}
    for redacted in out:
        streams.setdefault(redacted.stream, []).append(redacted.record)
    return Recording(info=INFO, **{name: tuple(records) for name, records in streams.items()})


def unaccounted(row: Row) -> list[Raw]:
    """Events of a row that are in no action and not left out, or in more than one: none, by the law."""
    pointer: list[int] = [seq for action in row.actions for seq in action.pointer_seqs]
    keys: list[int] = [seq for action in row.actions for seq in action.key_seqs]
    for out in row.left_out:
        {"pointer": pointer, "keys": keys, "text": []}[out.stream].extend(out.seqs)
    events: list[Pointer | Key] = [*row.recording.pointer, *row.recording.keys]
    return [event for event in events if (pointer if isinstance(event, Pointer) else keys).count(event.seq) != 1]


def removed(row: Row) -> list[str]:
    """Why something was dropped."""
    return [mark.reason for mark in row.recording.mark if isinstance(mark, Mark) and mark.kind == "dropped"]
