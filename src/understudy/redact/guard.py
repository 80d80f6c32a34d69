"""The guard: raw records in, what may be kept out. A pure, deterministic state machine; it reads no clock.

The order of the rules is that of docs/redaction.md: scope, secure fields, typed runs by evidence, everything textual
scrubbed, pixels. Whatever no rule lets through is dropped; what was dropped leaves a mark that says why, and neither
how much nor how fast.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from understudy.records.elements import Element
from understudy.records.events import (
    ElementAt,
    Geometry,
    Grab,
    Insert,
    Key,
    Mark,
    MarkKind,
    Pointer,
    Raw,
    RawFrame,
    Read,
    Reason,
    Stir,
    Tick,
    Tree,
    Windows,
    WindowState,
)
from understudy.records.redacted import Redacted
from understudy.redact.elements import Elements
from understudy.redact.key_classes import LEAVING, scrolls, switches_windows
from understudy.redact.masks import read
from understudy.redact.narrow import least
from understudy.redact.ocr_lane import Question
from understudy.redact.output import Output
from understudy.redact.pictures import Pictures
from understudy.redact.policy import AppRule, Policy
from understudy.redact.runs import TypedRuns
from understudy.redact.scope import Scope
from understudy.redact.scrub import Scrubber
from understudy.redact.secure import SecureMemory
from understudy.redact.shown import level_in_words
from understudy.redact.snapshots import Snapshots
from understudy.redact.third_parties import asks_for_people
from understudy.redact.views import Shown, Views
from understudy.redact.words import Words


class Guard:
    """One recording's guard. `frames_per_s`: most frames kept a second, besides those before presses."""

    def __init__(self, policy: Policy, scrubber: Scrubber, *, frames_per_s: float = 2.0) -> None:
        self._scope = Scope(policy)
        self._memory = SecureMemory()
        self._scrubber = scrubber
        self._words = Words(scrubber)
        self._elements = Elements(self._scope, self._memory, self._words)
        self._runs = TypedRuns(scrubber, self._elements.kept)
        self._pictures = Pictures(self._scope, self._runs, self._words.hits, frames_per_s)
        self._snapshots = Snapshots(self._scope, self._runs, self._words)
        self._views = Views(self._scope, self._elements, self._snapshots, self._runs)
        self._focus: dict[int, Element | None] = {}
        self._in_secure = self._in_scope = self._grabbed = False
        self._leaving: list[Key] = []
        self._hidden_in: int | None = None  # the process in which a password is being typed
        self._buttons: dict[int, bool] = {}
        self._last_place = (0, 0)
        self._typed_in: WindowState | None = None
        self._geometry: Geometry | None = None
        self._now_ns = 0
        self._out = Output()

    # What others see

    def feed(self, record: Raw) -> list[Redacted]:
        """Take the next record, in order of time; returns what may be kept by now. Late records are taken too."""
        if not isinstance(record, Mark):
            self._now_ns = max(self._now_ns, record.time_ns)
        self._runs.advance(self._now_ns)
        if self._snapshots.due:
            self._collect()
            self._keep_windows(self._now_ns)
        self._move_on()
        match record:
            case Pointer():
                self._pointer(record)
            case Key():
                self._key(record)
            case Windows():
                self._windows(record)
            case Grab():
                self._grab(record)
            case ElementAt():
                self._element_at(record)
            case Insert():
                self._insert(record)
            case Tree():
                self._tree(record)
            case Stir():
                self._pictures.stir(record)
            case RawFrame():
                self._pictures.raw(record)
            case Read():
                self._pictures.read(record)
            case Tick():
                self._picture(press=False)
            case Mark():
                self._mark(record)
            case _:
                raise TypeError(f"the guard takes raw records, not {type(record).__name__}")
        return self._take()

    def close(self, time_ns: int) -> list[Redacted]:
        """The recording ends: whatever still waits is decided with what is known."""
        self._now_ns = max(self._now_ns, time_ns)
        self._move_on()
        self._runs.finish(self._now_ns)
        self._picture(press=True)
        return self._take()

    def rekey(self) -> None:
        """A new segment begins: the next frame covers the whole screen."""
        self._pictures.rekey()

    def forget_pictures(self) -> None:
        """Frames were lost on the way: nothing is known of any window's pixels until they are sent anew, whole."""
        self._pictures.forget()

    @property
    def issued(self) -> dict[str, int]:
        """How many tokens stand for something so far, by kind; for `unwind`."""
        return self._scrubber.issued

    def unwind(self, kept: Mapping[str, int], issued: Mapping[str, int]) -> None:
        """The end of the recording is forgotten, and with it all that is known of the desktop or still waits.

        `kept` are the records left of each stream: what comes is numbered from there on, since a gap would count what
        went. `issued` is what `issued` said when the last of them was made. That an element once was secure stays
        known: a password must not show because its field was forgotten.
        """
        self._runs.abandon(kept.get("text", 0))
        self._forget()
        self._snapshots.calm()
        self._out.unwind(kept)
        self._words.forget()
        self._scrubber.unwind(issued)

    @property
    def allowed_windows(self) -> frozenset[int]:
        """Windows whose pixels the screen source may read. One that comes back must be sent anew, whole."""
        return frozenset(self._scope.pictured)

    @property
    def crawl_pids(self) -> tuple[int, ...]:
        """Programs that may be in scope: those whose trees are needed."""
        return self._scope.programs

    def crawl_due(self) -> tuple[int, ...]:
        """Programs whose pixels, address or title wait for a fresh tree. Paces itself: ask for those now."""
        return self._pictures.crawl_due(self._now_ns)

    def question(self) -> Question | None:
        """Part of a picture that is to be read now, for a `Read` record with its number; told once."""
        return self._pictures.question()

    @property
    def active_app(self) -> tuple[str, str] | None:
        """What is being recorded, for the indicator: the rule's name, and its level in words; None out of scope."""
        rule = self._scope.active_rule
        return None if rule is None else (rule.name, level_in_words(rule))

    @property
    def focused_app(self) -> str:
        """The program with the keyboard focus as its window calls itself, in scope or not: for the person's own eyes
        on the indicator, never kept. "" when unknown."""
        window = self._scope.focused
        return "" if window is None else window.app or window.program

    # Scope

    def _windows(self, record: Windows) -> None:
        geometry = Geometry(record.screen, record.monitors, record.scale_percent)
        if record.monitors and geometry != self._geometry:
            self._geometry = geometry
            self._out.add(
                Mark(time_ns=record.time_ns, seq=0, kind="geometry", detail=msgspec.json.encode(geometry).decode())
            )
        typed_into, before = self._scope.active, len(self._scope.windows)
        self._scope.update(record)
        self._snapshots.learn(record)
        self._pictures.rescope(record)
        self._views.keep_only(frozenset(each.id for each in record.windows if self._scope.rule(each.id)))
        self._rescope(record.time_ns)
        if typed_into is not None:
            self._typed_in = typed_into
        if self._typed_in is not None and all(each.id != self._typed_in.id for each in record.windows):
            self._runs.vanished(
                self._typed_in.pid,
                record.time_ns,
                hidden=self._hidden_in == self._typed_in.pid,
                front_only=before == len(record.windows) == 1,
            )
            self._typed_in = None
        self._keep_windows(record.time_ns)

    def _grab(self, record: Grab) -> None:
        self._scope.grab(record)
        self._rescope(record.time_ns)

    def _rescope(self, time_ns: int) -> None:
        """After anything that may move the keyboard into or out of scope."""
        rule = self._scope.active_rule
        inside = rule is not None
        if inside != self._in_scope:
            self._in_scope = inside
            if rule is not None:
                self._say(time_ns, "entered_scope", detail=self._words.scrub(rule.name).text)
            else:
                self._say(time_ns, "left_scope", self._scope.outside)
        grabbed = inside and self._scope.grabbed
        if grabbed and not self._grabbed:
            self._say(time_ns, "dropped", "keyboard_grab")
        self._grabbed = grabbed
        self._refocus(time_ns)

    def _keep_windows(self, time_ns: int) -> None:
        """Keep a snapshot of what is in scope; while the keyboard is elsewhere only one, which says so."""
        record = self._snapshots.take(in_scope=self._in_scope)
        if record is not None:
            self._out.add(msgspec.structs.replace(record, time_ns=time_ns))

    # Keys

    @property
    def _focused(self) -> Element | None:
        window = self._scope.active
        return None if window is None else self._focus.get(window.pid)

    def _refocus(self, time_ns: int) -> None:
        """Where the keys go may have changed."""
        window = self._scope.active
        element = self._focused
        reachable = window is not None and not self._scope.grabbed
        secure = reachable and self._memory.secure(element)
        if window is not None and element is not None and not self._scope.element_allowed(window, element.url):
            reachable = False
        self._runs.refocus(element if reachable else None, time_ns, secure=secure)
        if secure and not self._in_secure:
            self._say(time_ns, "dropped", "secure_field")
        if self._in_secure and not secure and reachable and element is not None:
            for key in self._leaving:
                self._runs.plain(key)
        if self._in_secure != secure:
            self._leaving = []
        self._in_secure = secure

    def _typing_rule(self) -> AppRule | None:
        """The rule under which keys are typed now; None where they must not be kept."""
        window, element = self._scope.active, self._focused
        if window is None or self._scope.grabbed or self._in_secure:
            return None
        if element is not None and not self._scope.element_allowed(window, element.url):
            return None
        rule = self._scope.active_rule
        return None if rule is None else self._for_field(rule, element)

    def _for_field(self, rule: AppRule, element: Element | None) -> AppRule:
        """A rule as it holds for typing into a field: of people's names no more than tokens and the shape."""
        if element is None or not asks_for_people(element.name) or not self._scope.masks_people(element):
            return rule
        return msgspec.structs.replace(rule, keys=least(rule.keys, "shape"))

    def _key(self, record: Key) -> None:
        if self._in_secure:
            self._leave_by(record)
        rule, window, element = self._typing_rule(), self._scope.active, self._focused
        if window is not None and self._scope.grabbed and not self._in_secure and switches_windows(record):
            self._runs.plain(record)
        elif rule is None or window is None:
            self._runs.drop(record)
        else:
            if self._runs.key(record, rule, element):
                self._observe(window)
                self._picture(press=True)
            if record.down and record.text:
                self._pictures.typed(window.id, record.time_ns)
            if record.down and scrolls(record, element):
                self._pictures.scrolled(window.id, record.time_ns)

    def _leave_by(self, record: Key) -> None:
        """In a secure field: remember the key that may leave it."""
        if record.down:
            leaves, window = record.keysym in LEAVING, self._scope.active
            self._leaving = [record] if leaves else []
            self._hidden_in = None if leaves or window is None else window.pid
        elif self._leaving and self._leaving[0].keycode == record.keycode:
            self._leaving.append(record)

    def _insert(self, record: Insert) -> None:
        if self._memory.secure(record.element):
            # It names who got the keys: the focus is there, whatever we were told before.
            self._focus_on(record.element, record.time_ns)
            return
        window, rule = self._scope.active, self._scope.active_rule
        if window is None or rule is None or window.pid != record.element.pid or self._scope.grabbed:
            return
        if self._scope.element_allowed(window, record.element.url):
            self._runs.insert(record, self._for_field(rule, record.element), self._focused)

    # Pointer

    def _pointer(self, record: Pointer) -> None:
        window = self._scope.at(record.x, record.y)
        if window is not None and record.kind in ("down", "up"):
            self._runs.pointer(record)
        if record.kind == "up":
            if self._buttons.pop(record.button, False):
                # A drag that ends out of scope ends where it was last seen inside.
                x, y = (record.x, record.y) if window is not None else self._last_place
                self._out.add(msgspec.structs.replace(record, x=x, y=y))
            self._pictures.held_button = any(self._buttons.values())
            return
        if record.kind == "down":
            self._hidden_in = None
            self._runs.end(record.time_ns)
            self._buttons[record.button] = window is not None
            if self._scope.own(record.x, record.y):
                self._collect()
                self._out.add(Mark(time_ns=record.time_ns, seq=0, kind="dropped", reason="own_window", what="pointer"))
        if window is None:
            return
        self._last_place = (record.x, record.y)
        if record.kind == "move":
            # Shift held while a secret is typed would show in the motion beside it.
            self._out.add(msgspec.structs.replace(record, modifiers=()))
            return
        self._observe(window)
        self._picture(press=True)
        self._out.add(record)
        if record.kind == "scroll":
            self._pictures.scrolled(window.id, record.time_ns)
        else:
            self._pictures.held_button = True

    # Elements and trees

    def _element_at(self, record: ElementAt) -> None:
        element = record.element
        if record.cause == "focus":
            if element is not None:
                self._focus_on(element, record.time_ns)
            elif (active := self._scope.active) is not None:
                self._focus[active.pid] = None
                self._refocus(record.time_ns)
            window = self._scope.active
        else:
            window = self._scope.at(record.x, record.y)
        if window is None or (record.cause == "focus" and self._scope.grabbed):
            return
        if element is not None and (element.pid != window.pid or not self._scope.element_allowed(window, element.url)):
            return
        rule = self._scope.rule(window.id)
        if rule is not None:
            kept = None if element is None else self._elements.pointed_at(element, window, rule, self._runs.typing)
            self._out.add(msgspec.structs.replace(record, element=kept))

    def _focus_on(self, element: Element, time_ns: int) -> None:
        self._memory.secure(element)
        self._focus[element.pid] = element
        self._refocus(time_ns)

    def _tree(self, record: Tree) -> None:
        for node in record.nodes:
            self._memory.secure(node.element)
        window = self._scope.learn(record)
        self._rescope(record.time_ns)
        self._keep_windows(record.time_ns)
        rule = None if window is None else self._scope.rule(window.id)
        if window is None or rule is None:
            return
        self._runs.know(record, self._memory.secure)
        typing = self._runs.typing
        reading = read(record, rule, self._words, self._memory, typing.ids | typing.spread)
        self._elements.learn(window.id, reading)
        if not record.complete or record.url != self._scope.url(window):
            self._pictures.unread(window.id, record.time_ns)
        if record.url == self._scope.url(window):
            self._views.learn(window.id, record, reading)
            if record.complete:
                self._pictures.tree(record, window.id, reading)

    def shown(self, typed_into: frozenset[str] = frozenset()) -> Shown | None:
        """What would be kept of the active window if the person acted on it now, for an agent that acts in their place.

        None where nothing would: out of scope, not read yet, something in it can't be covered. Nothing is kept of it.
        `typed_into`: ids of fields that were typed into just now.
        """
        return self._views.shown(typed_into)

    def _observe(self, window: WindowState) -> None:
        """The person is about to act on a window: tell what its tree showed, if that is new."""
        for tree in self._views.told(window):
            self._out.add(tree)

    # Marks, pictures, output

    def _mark(self, record: Mark) -> None:
        if record.kind in ("pause", "resume", "stop"):
            self._runs.finish(max(self._now_ns, record.time_ns))
        if record.kind == "pause":
            self._forget()
        detail = self._words.scrub(record.detail).text if record.kind == "task" else record.detail
        self._collect()
        if record.kind in ("stop", "task") and (active := self._scope.active) is not None:
            # What is there once all was done is as much part of it as what was there before each press.
            self._observe(active)
        self._out.add(msgspec.structs.replace(record, detail=detail))

    def _forget(self) -> None:
        """A pause: nothing that was known is still sure after it."""
        self._scope.forget()
        self._pictures.forget()
        self._runs.forget()
        self._snapshots.forget()
        self._elements.forget()
        self._views.forget()
        self._focus, self._buttons, self._leaving = {}, {}, []
        self._in_secure = self._in_scope = self._grabbed = False
        self._typed_in = self._hidden_in = None

    def _picture(self, *, press: bool) -> None:
        frame = self._pictures.frame(self._now_ns, press=press)
        if frame is not None:
            self._out.add(frame)

    def _move_on(self) -> None:
        for frame in self._pictures.advance(self._now_ns):
            self._out.add(frame)
        for _ in range(self._pictures.missed()):
            self._out.add(Mark(time_ns=self._now_ns, seq=0, kind="dropped", reason="time_out", what="frame"))

    def _say(self, time_ns: int, kind: MarkKind, reason: Reason = "", detail: str = "") -> None:
        self._collect()
        mark = Mark(time_ns=time_ns, seq=0, kind=kind, reason=reason, detail=detail)
        self._out.add(msgspec.structs.replace(mark, what="keys") if kind == "dropped" else mark)

    def _collect(self) -> None:
        for record in self._runs.take():
            self._out.add(record)

    def _take(self) -> list[Redacted]:
        self._collect()
        return self._out.take()
