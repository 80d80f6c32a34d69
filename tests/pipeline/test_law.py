"""The law of reduce, on generated streams.

Every event is in exactly one action, or with a reason in none; expanding actions yields the raw events; a text is what
its presses produce with its edits applied; a cut changes nothing but what it must.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.pipeline.expand import Events
from understudy.pipeline.left_out import LeftOut, Reduction
from understudy.pipeline.reduce import reduce, reduce_all
from understudy.pipeline.thresholds import DEFAULT
from understudy.records.actions import Action
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Insert, Key, Mark, Modifier, Pointer, Raw, Tick, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.recording import Recording, RecordingInfo
from understudy.redact.guard import Guard
from understudy.redact.policy import AppRule, Policy
from understudy.redact.scrub import Scrubber

MS = 1_000_000
MODIFIERS: dict[str, Modifier] = {"Control_L": "ctrl", "Shift_L": "shift", "Alt_L": "alt", "Super_L": "super"}
PLAIN = ("a", "b", "space", "Tab", "Return", "BackSpace", "Down", "dead_acute")
TEXTS = {"a": "a", "b": "b", "space": " ", "Tab": "\t", "Return": "\r", "BackSpace": "\b"}
KEYSYMS = (*PLAIN, *MODIFIERS)
QUIET_NS = max(DEFAULT.typing_pause_ms, DEFAULT.scroll_pause_ms, DEFAULT.repeat_pause_ms, DEFAULT.wait_ms) * MS
INFO = RecordingInfo(
    id="0" * 32, contributor="c", consent_id="0" * 32, profile="own-work", started_at="2026-03-01T09:00:00+00:00",
    start_ns=0, policy_sha256="", product_version="0", schema_version=1,
)  # fmt: skip

STEP = st.one_of(
    st.tuples(st.just("move"), st.integers(-40, 40)),
    st.tuples(st.sampled_from(["down", "up"]), st.sampled_from([1, 1, 1, 2, 3, 8])),
    st.tuples(st.sampled_from(["scroll", "hscroll"]), st.sampled_from([-1, 1])),
    st.tuples(st.sampled_from(["key_down", "key_up", "tap"]), st.sampled_from(KEYSYMS)),
    st.tuples(st.just("click"), st.sampled_from([1, 1, 3])),
    st.tuples(st.just("mark"), st.sampled_from(["pause", "resume", "left_scope", "entered_scope", "dropped"])),
)
SCRIPT = st.lists(st.tuples(st.sampled_from([1, 20, 90, 90, 400, 900, 2500]), STEP), max_size=50)
WITHOUT_MARKS = SCRIPT.map(lambda script: [step for step in script if step[1][0] != "mark"])

Event = Pointer | Key


class Desk:
    """Makes events from a script; the physical state is not kept consistent, as in recordings with losses."""

    def __init__(self, script: Sequence[tuple[int, tuple[str, int | str]]]) -> None:
        self.now_ns, self.x = 0, 500
        self.held: set[Modifier] = set()
        self.pointer: list[Pointer] = []
        self.keys: list[Key] = []
        self.marks: list[Mark] = []
        self._down: set[str] = set()
        for ms, (kind, what) in script:
            self.now_ns += ms * MS
            self._do(kind, what)

    def _do(self, kind: str, what: int | str) -> None:
        if kind == "mark":
            self.marks.append(Mark(time_ns=self.now_ns, seq=len(self.marks), kind=what))  # type: ignore[arg-type]
        elif isinstance(what, str):
            for down in (True, False) if kind == "tap" else (kind == "key_down",):
                self._key(what, down)
        elif kind == "click":
            for each in ("down", "up"):
                self._point(each, what)
                self.now_ns += 30 * MS
        else:
            self._point(kind, what)

    def _key(self, keysym: str, down: bool) -> None:
        self.keys.append(
            Key(
                time_ns=self.now_ns,
                seq=len(self.keys),
                down=down,
                keycode=10 + KEYSYMS.index(keysym),
                keysym=keysym,
                text=TEXTS.get(keysym, "") if down else "",
                repeat=down and keysym in self._down,
                modifiers=tuple(sorted(self.held)),
            )
        )
        self.now_ns += 15 * MS
        (self._down.add if down else self._down.discard)(keysym)
        if keysym in MODIFIERS:
            (self.held.add if down else self.held.discard)(MODIFIERS[keysym])

    def _point(self, kind: str, what: int) -> None:
        self.x += what if kind == "move" else 0
        self.pointer.append(
            Pointer(
                time_ns=self.now_ns,
                seq=len(self.pointer),
                kind="scroll" if kind == "hscroll" else kind,  # type: ignore[arg-type]
                x=self.x,
                y=300,
                button=what if kind in ("down", "up") else 0,
                scroll_y=what if kind == "scroll" else 0,
                scroll_x=what if kind == "hscroll" else 0,
                modifiers=tuple(sorted(self.held)),
            )
        )

    @property
    def recording(self) -> Recording:
        return Recording(info=INFO, pointer=tuple(self.pointer), keys=tuple(self.keys), mark=tuple(self.marks))


def accounted(recording: Recording, reduction: Reduction) -> None:
    """Every sequence number once."""
    for stream, records in (("pointer", recording.pointer), ("keys", recording.keys), ("text", recording.text)):
        name = {"pointer": "pointer_seqs", "keys": "key_seqs", "text": "text_seqs"}[stream]
        seqs = [seq for action in reduction.actions for seq in getattr(action, name)]
        seqs += [seq for out in reduction.left_out if out.stream == stream for seq in out.seqs]
        assert sorted(seqs) == [record.seq for record in records], stream


@settings(max_examples=150, deadline=None)
@given(SCRIPT)
def test_every_event_is_in_one_action_or_with_a_reason_in_none(script: list[tuple[int, tuple[str, int | str]]]) -> None:
    recording = Desk(script).recording
    reduction = reduce_all(recording)
    assert reduce_all(recording) == reduction and list(reduction.actions) == reduce(recording)
    accounted(recording, reduction)
    starts = [action.start_ns for action in reduction.actions]
    assert starts == sorted(starts)
    assert all(action.start_ns <= action.end_ns for action in reduction.actions)
    pointer = {event.seq: event for event in recording.pointer}
    keys = {key.seq: key for key in recording.keys}
    for out in reduction.left_out:
        assert out.seqs == tuple(sorted(out.seqs)) and out.seqs
        for seq in out.seqs:
            reason_holds(out, pointer[seq] if out.stream == "pointer" else keys[seq], recording)


def reason_holds(out: LeftOut, event: Event, recording: Recording) -> None:
    """The stated reason is the true one."""
    stops = [mark.time_ns for mark in recording.mark if mark.kind in ("pause", "resume")]
    since = max([time_ns for time_ns in stops if time_ns < event.time_ns], default=-1)
    if out.reason == "free_move":
        assert isinstance(event, Pointer) and event.kind == "move"
        down: set[int] = set()
        for earlier in recording.pointer[: event.seq]:
            if earlier.time_ns > since and earlier.kind in ("down", "up"):
                (down.add if earlier.kind == "down" else down.discard)(earlier.button)
        assert not down
    elif out.reason == "release_without_press":
        if isinstance(event, Pointer):
            same = [e for e in recording.pointer[: event.seq] if e.button == event.button and e.time_ns > since]
            assert event.kind == "up" and (not same or same[-1].kind == "up")
        else:
            presses = [k for k in recording.keys[: event.seq] if k.keycode == event.keycode and k.time_ns > since]
            assert not event.down and (not presses or not presses[-1].down)
    else:
        assert out.reason == "modifier_alone" and isinstance(event, Key) and event.keysym in MODIFIERS


@settings(max_examples=100, deadline=None)
@given(SCRIPT)
def test_expanding_yields_the_raw_presses_releases_and_scroll_totals(
    script: list[tuple[int, tuple[str, int | str]]],
) -> None:
    recording = Desk(script).recording
    reduction, events = reduce_all(recording), Events(recording)
    expanded = [(action, events.of(action)) for action in reduction.actions]
    left = {(out.stream, seq) for out in reduction.left_out for seq in out.seqs}
    raw: list[Event] = [*recording.pointer, *recording.keys]
    told = Counter(_shape(event) for _, own in expanded for event in own)
    told += Counter(
        _shape(event) for event in raw if (("pointer" if isinstance(event, Pointer) else "keys"), event.seq) in left
    )
    assert told == Counter(_shape(event) for event in raw)
    for action, own in expanded:
        presses = sum(isinstance(event, Pointer) and event.kind == "down" for event in own)
        downs = [event for event in own if isinstance(event, Key) and event.down and event.keysym not in MODIFIERS]
        notches = [event for event in own if isinstance(event, Pointer) and event.kind == "scroll"]
        clicks = {"click": 1, "double_click": 2, "triple_click": 3, "long_press": 1, "drag": 1}
        assert presses == clicks.get(action.kind, 0)
        assert (action.scroll_x, action.scroll_y) == (
            sum(e.scroll_x for e in notches),
            sum(e.scroll_y for e in notches),
        )
        if action.kind in ("hotkey", "press") and downs:
            assert len(downs) == action.count
        elif action.kind == "type":
            assert action.text == _written(downs)
        elif action.kind == "wait":
            assert not own


def _shape(event: Event) -> tuple[object, ...]:
    if isinstance(event, Pointer):
        return event.time_ns, event.kind, event.button, event.scroll_x, event.scroll_y
    return event.time_ns, event.keycode, event.down


def _written(downs: Sequence[Key]) -> str:
    text = ""
    for key in downs:
        text = text[:-1] if key.keysym == "BackSpace" else text + key.text
    return text


# Cuts


def _events(recording: Recording) -> list[Event]:
    return list(heapq.merge(recording.pointer, recording.keys, key=lambda event: event.time_ns))


def _halves(recording: Recording, cut_ns: int) -> tuple[Recording, Recording]:
    def part(before: bool) -> Recording:
        return msgspec.structs.replace(
            recording,
            pointer=tuple(event for event in recording.pointer if (event.time_ns < cut_ns) == before),
            keys=tuple(key for key in recording.keys if (key.time_ns < cut_ns) == before),
            text=tuple(run for run in recording.text if (run.start_ns < cut_ns) == before),
        )

    return part(True), part(False)


def _quiet_points(recording: Recording) -> list[int]:
    """Moments at which nothing was held and nothing done for longer than any pause: no action goes on over them."""
    events = _events(recording)
    down: set[tuple[str, int]] = set()
    points = []
    for nth, event in enumerate(events):
        if isinstance(event, Key):
            (down.add if event.down else down.discard)(("key", event.keycode))
        elif event.kind in ("down", "up"):
            (down.add if event.kind == "down" else down.discard)(("button", event.button))
        later = events[nth + 1].time_ns if nth + 1 < len(events) else None
        if later is not None and not down and later - event.time_ns >= QUIET_NS:
            points.append(later)
    return points


def _done(reduction: Reduction) -> list[Action]:
    return [action for action in reduction.actions if action.kind != "wait"]


@settings(max_examples=150, deadline=None)
@given(WITHOUT_MARKS, st.floats(0, 1))
def test_a_cut_anywhere_changes_nothing_but_what_it_must(
    script: list[tuple[int, tuple[str, int | str]]], where: float
) -> None:
    recording = Desk(script).recording
    events = _events(recording)
    if not events:
        return
    cut_ns = events[round(where * (len(events) - 1))].time_ns
    whole = reduce_all(recording)
    first, second = (reduce_all(half) for half in _halves(recording, cut_ns))
    for half, reduction in zip(_halves(recording, cut_ns), (first, second), strict=True):
        accounted(half, reduction)
    in_first = {("p", e.seq) for e in recording.pointer if e.time_ns < cut_ns}
    in_first |= {("k", k.seq) for k in recording.keys if k.time_ns < cut_ns}
    # What was over before the cut is told the same, unless the next action is cut: what is left of that may join it.
    done = _done(whole)
    over = [
        {("p", seq) for seq in action.pointer_seqs} | {("k", seq) for seq in action.key_seqs} <= in_first
        and action.end_ns < cut_ns
        for action in done
    ]
    for action, is_over, next_is_over in zip(done, over, [*over, True][1:], strict=True):
        assert not (is_over and next_is_over) or action in first.actions
    # What begins after the next moment of quiet is told the same.
    next_quiet_ns = min((point for point in _quiet_points(recording) if point >= cut_ns), default=None)
    if next_quiet_ns is not None:
        after = [[a for a in _done(reduction) if a.start_ns >= next_quiet_ns] for reduction in (whole, second)]
        assert after[0] == after[1]


@settings(max_examples=80, deadline=None)
@given(WITHOUT_MARKS)
def test_a_cut_in_a_moment_of_quiet_changes_nothing(script: list[tuple[int, tuple[str, int | str]]]) -> None:
    recording = Desk(script).recording
    whole = reduce_all(recording)
    for cut_ns in _quiet_points(recording)[:3]:
        first, second = (reduce_all(half) for half in _halves(recording, cut_ns))
        assert _done(first) + _done(second) == _done(whole)
        waits = [action for action in whole.actions if action.kind == "wait"]
        kept = [action for half in (first, second) for action in half.actions if action.kind == "wait"]
        assert [wait for wait in waits if wait not in kept] == [
            wait for wait in waits if wait.start_ns < cut_ns <= wait.end_ns
        ]


# Texts, with the element's word for them: real keys through the real guard

FIELD = Element(id="f", role="entry", name="Note", bounds=Rect(10, 10, 300, 24), states=("focused", "editable"), pid=7)
WINDOW = WindowState(id=1, rect=Rect(0, 0, 400, 300), program="editor", app="Editor", pid=7)
POLICY = Policy(version=1, profile="own-work", apps=(AppRule(name="Editor", program="editor", keys="text"),))
CHARACTERS = "abc xyz é"
EDITS = ("BackSpace", "BackSpace", "Delete", "Left", "Right", "Home", "End")
CODES = (*"abcxyzé", "space", "Return", *dict.fromkeys(EDITS))
PRESS = st.one_of(
    st.tuples(st.text(CHARACTERS, min_size=1, max_size=14), st.just(90)),
    st.tuples(st.sampled_from(EDITS), st.sampled_from([80, 80, 400])),
    st.tuples(st.just(""), st.sampled_from([700, 1900, 2500])),
    st.tuples(st.just("Return"), st.just(80)),
)


@dataclass
class Typist:
    """Types into one field and keeps what stands there, each character with the press that wrote it."""

    now_ns: int = 1_000 * MS
    raw: list[Raw] = field(default_factory=list)
    chars: list[tuple[str, int]] = field(default_factory=list)
    caret: int = 0
    presses: int = 0
    times: dict[int, int] = field(default_factory=dict)
    snapshots: list[tuple[int, list[tuple[str, int]]]] = field(default_factory=list)
    _ups: list[tuple[int, Key]] = field(default_factory=list)

    def do(self, what: str, ms: int) -> None:
        at = {"BackSpace": self.caret - 1, "Delete": self.caret}.get(what, 0)
        if what in ("BackSpace", "Delete") and not 0 <= at < len(self.chars):
            # It would take back nothing: no element tells of it, and the guard drops it.
            return
        if what in (*EDITS, "Return"):
            self._press(what, {"Return": "\r", "BackSpace": "\b", "Delete": "\x7f"}.get(what, ""))
            self._edit(what)
            self._snap()
        else:
            for char in what:
                self._press("space" if char == " " else char, char)
                self.chars.insert(self.caret, (char, self.presses))
                self._tell("insert", self.caret, char)
                self.caret += 1
                self._snap()
                self.now_ns += 90 * MS
        self.now_ns += ms * MS

    def _edit(self, what: str) -> None:
        if what == "Return":
            # The form takes it: the field is empty again.
            if self.chars:
                self._tell("delete", 0, "".join(char for char, _ in self.chars))
            self.chars, self.caret = [], 0
        elif what in ("BackSpace", "Delete"):
            at = self.caret - (what == "BackSpace")
            if 0 <= at < len(self.chars):
                char, _ = self.chars.pop(at)
                self._tell("delete", at, char)
                self.caret = at
        else:
            moves = {"Left": self.caret - 1, "Right": self.caret + 1, "Home": 0, "End": len(self.chars)}
            self.caret = min(len(self.chars), max(0, moves[what]))

    def _press(self, keysym: str, text: str) -> None:
        self._let_go(self.now_ns)
        self.presses += 1
        self.times[self.now_ns] = self.presses
        code = 20 + CODES.index(keysym)
        down = Key(time_ns=self.now_ns, seq=0, down=True, keycode=code, keysym=keysym, text=text)
        self.raw.append(down)
        # Held over the next press: people roll over.
        up = msgspec.structs.replace(down, down=False, text="", time_ns=self.now_ns + 110 * MS)
        self._ups = [pair for pair in self._ups if pair[1].keycode != code]
        self._ups.append((up.time_ns, up))

    def _let_go(self, until_ns: int) -> None:
        for time_ns, up in sorted(self._ups, key=lambda pair: pair[0]):
            if time_ns <= until_ns:
                self.raw.append(up)
        self._ups = [pair for pair in self._ups if pair[0] > until_ns]

    def _tell(self, op: str, offset: int, text: str) -> None:
        self.raw.append(
            Insert(time_ns=self.now_ns + 5 * MS, seq=0, op=op, element=FIELD, offset=offset, text=text)  # type: ignore[arg-type]
        )

    def _snap(self) -> None:
        self.snapshots.append((self.presses, list(self.chars)))

    def recording(self) -> Recording:
        self._let_go(self.now_ns + 10_000 * MS)
        raw: list[Raw] = [
            Windows(time_ns=0, seq=0, active=1, windows=(WINDOW,), screen=Rect(0, 0, 400, 300)),
            ElementAt(time_ns=1, seq=0, cause="focus", element=FIELD, asked_ns=1),
            *sorted(self.raw, key=lambda record: record.time_ns),
        ]
        raw += [Tick(time_ns, 0) for time_ns in range(0, self.now_ns, 100 * MS)]
        guard, streams = Guard(POLICY, Scrubber(POLICY.scrub)), {}
        for record in sorted(raw, key=lambda record: record.time_ns):
            for redacted in guard.feed(record):
                streams.setdefault(redacted.stream, []).append(redacted.record)
        for redacted in guard.close(self.now_ns + 1_000 * MS):
            streams.setdefault(redacted.stream, []).append(redacted.record)
        return Recording(info=INFO, **{name: tuple(records) for name, records in streams.items()})


@settings(max_examples=80, deadline=None)
@given(st.lists(PRESS, max_size=40))
def test_a_text_is_what_its_presses_produce_with_its_edits_applied(script: list[tuple[str, int]]) -> None:
    typist = Typist()
    for what, ms in script:
        typist.do(what, ms)
    recording = typist.recording()
    reduction = reduce_all(recording)
    accounted(recording, reduction)
    assert bool(reduction.actions) >= any(what.strip() and what not in EDITS for what, _ in script)
    numbers = {key.seq: typist.times[key.time_ns] for key in recording.keys if key.down}
    snapshots = dict(typist.snapshots)
    for action in reduction.actions:
        if action.kind != "type":
            continue
        own = {numbers[seq] for seq in action.key_seqs if seq in numbers}
        standing = "".join(char for char, press in snapshots[max(own)] if press in own)
        assert action.text == standing
        assert sum(len(each.removed) for each in action.corrected) == action.corrections
        for each in action.corrected:
            assert 0 <= each.at <= len(action.text)
