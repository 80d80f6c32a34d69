"""MiniWoB++'s recorded states → raw records.

A page told each of its events twice, with its DOM: before (`timing` 1) and after (3) its own handlers. Events are taken
from the first, whose DOM is what the person had in front of them. What differs between two states came to be right
behind the first of them.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from understudy.importers.browser_keys import UNKNOWN, key_of, keysym_of, modifier_of
from understudy.importers.miniwob_page import PARTLY_TOLD, PID, Dom, Page
from understudy.records.desktop_settings import DesktopSetting, DesktopSettings, DesktopSource
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Insert, Key, Mark, Modifier, Pointer, Raw, Tree, Windows, WindowState
from understudy.records.geometry import Rect

NS_PER_MS = 1_000_000
WINDOW = 1
APP = "miniwob"
AREA = Rect(0, 0, 160, 210)
"""The task's place on its page, px, instruction included; where the page stood on the screen is not told, so this is
taken for the screen."""
BEHIND_NS = 1_000_000
"""How long after a state its effects are taken to show, where the next state leaves room."""
NOTCH_PX = 100
"""Pixels that a page moves by a wheel notch: Chrome's on Windows, the likeliest; which browser it was is not told."""
MOST_NOTCHES = 30
NOTCH_NS = 15_000_000
"""Between two notches of one scroll: only their sum is known."""
SCROLLS_AFTER_KEY_NS = 150_000_000
SCROLLING_KEYS = frozenset(("Up", "Down", "Left", "Right", "Prior", "Next", "Home", "End", "space", "Tab", "BackSpace"))
SLIP_PX = 16
"""A release this near its press that the browser took for a click is one, on what holds no text to select."""
BEFORE = 1
_PASSING = re.compile(rb',\s*"(?:recordingTarget|focused)"\s*:\s*true')
"""What a DOM says of the event and the focus, not of itself; written behind a node's other fields."""
_TOLD: DesktopSource = "events"
_SETTINGS = msgspec.json.encode(
    DesktopSettings(double_click_ms=DesktopSetting(500, _TOLD), double_click_px=DesktopSetting(2, _TOLD))
).decode()
"""What the recorded browsers took for a double click: of all 4,772 demonstrations' pairs of presses, their `dblclick`
came where both lay within 2 px and 500 ms, and nowhere else. (Windows' own setting: 4 by 4 px, 500 ms.)"""


class Action(msgspec.Struct):
    """An event of the page. `x`, `y` px of the page; `keyCode`, `charCode` as browsers tell them."""

    type: str
    timing: int | None = None
    x: float | None = None
    y: float | None = None
    keyCode: int = 0
    charCode: int = 0


class State(msgspec.Struct):
    """`time` in ms since the demonstration began."""

    time: float
    dom: msgspec.Raw
    action: Action | None = None


class Told(NamedTuple):
    """The records of a demonstration, and counts of what was inferred or lost."""

    records: list[Raw]
    found: Counter[str]


def records_of(states: Sequence[State], title: str) -> Told:
    """All raw records of one demonstration, times from 0. Raises msgspec.DecodeError for a DOM that is none."""
    return _Reading(states, title).read()


class Following:
    """A page that somebody is acting on right now: its records as its states come, as `records_of` tells them after.

    States come in batches that end with a page at rest: what follows an event (its release, its key's character) is
    looked for in the event's own batch.
    """

    def __init__(self, title: str) -> None:
        self._reading = _Reading([], title)

    def add(self, states: Sequence[State]) -> list[Raw]:
        """The records that the next states bring, the tree of the last one with them where it is new; never sorted."""
        return self._reading.add(states)


class _Reading:
    def __init__(self, states: Sequence[State], title: str) -> None:
        self._states, self._title = list(states), title
        self._decoded: tuple[bytes, Page] = (b"", Page(Dom("BODY")))
        self._times: list[int] = []
        self._pages: list[Page] = []
        self._records: list[Raw] = []
        self._found: Counter[str] = Counter()
        self._held: dict[int, Modifier | None] = {}
        self._down: tuple[int, int] | None = None
        self._shown: bytes = b""
        self._last_key = ("", 0)
        self._received: set[int] = set()

    def read(self) -> Told:
        self._read_from(0)
        if self._down is not None:
            self._release(self._times[-1])
        return Told(self._records, self._found)

    def add(self, states: Sequence[State]) -> list[Raw]:
        """See `Following.add`."""
        told, first = len(self._records), len(self._states)
        self._states.extend(states)
        self._read_from(first)
        self._show(len(self._states) - 1)
        return self._records[told:]

    def _read_from(self, first: int) -> None:
        self._decode(first)
        if not first:
            self._records.append(self._windows())
            self._records.append(Mark(time_ns=self._times[0], seq=0, kind="settings", detail=_SETTINGS))
        for index, state in enumerate(self._states[first:], first):
            self._changes(index)
            if state.action is not None and state.action.timing == BEFORE:
                self._act(index, state.action)

    # States

    def _decode(self, first: int) -> None:
        """Every state's time in ns, never going back, and its page; states that are alike share theirs."""
        last, page = self._decoded
        latest_ns = self._times[-1] if self._times else 0
        for state in self._states[first:]:
            now_ns = round(state.time * NS_PER_MS)
            if now_ns < latest_ns:
                self._found["times that went back"] += 1
            latest_ns = max(latest_ns, now_ns)
            self._times.append(latest_ns)
            raw = bytes(state.dom)
            if raw != last:
                last, page = raw, Page(msgspec.json.decode(raw, type=Dom))
            self._pages.append(page)
        self._decoded = last, page

    def _windows(self) -> Windows:
        rect = AREA
        for state in self._states:
            if (action := state.action) is not None and action.x is not None and action.y is not None:
                rect = _around(rect, round(action.x), round(action.y))
        return Windows(
            time_ns=self._times[0],
            seq=0,
            active=WINDOW,
            windows=(WindowState(id=WINDOW, rect=rect, app=APP, title=self._title, pid=PID),),
            screen=AREA,
        )

    def _behind(self, index: int) -> int:
        """When what is new in a state came to be: right behind the state before it."""
        if index == 0:
            return self._times[0]
        return self._times[index - 1] + min(BEHIND_NS, (self._times[index] - self._times[index - 1]) // 2)

    def _changes(self, index: int) -> None:
        """What the DOM shows that it didn't before: the focus, and text that fields received or lost."""
        page = self._pages[index]
        before = self._pages[index - 1] if index else None
        if page is before:
            return
        now_ns = self._behind(index)
        focus = page.key(page.focus) if page.focus is not None else None
        had = before.key(before.focus) if before is not None and before.focus is not None else None
        if page.focus is not None and (before is None or focus != had):
            element = page.element(page.focus)
            self._records.append(ElementAt(time_ns=now_ns, seq=0, cause="focus", element=element, asked_ns=now_ns))
        if before is None:
            return
        for key, text in page.fields.items():
            old = before.fields.get(key)
            if old is not None and old != text:
                at = page.by_key[key]
                if page.role(at) not in PARTLY_TOLD:
                    self._inserts(page.element(at), old, text, now_ns)

    def _inserts(self, element: Element, old: str, new: str, time_ns: int) -> None:
        start = 0
        most = min(len(old), len(new))
        while start < most and old[start] == new[start]:
            start += 1
        tail = 0
        while tail < most - start and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        gone, come = old[start : len(old) - tail], new[start : len(new) - tail]
        if gone:
            self._records.append(Insert(time_ns=time_ns, seq=0, op="delete", element=element, offset=start, text=gone))
        if come:
            self._records.append(Insert(time_ns=time_ns, seq=0, op="insert", element=element, offset=start, text=come))

    def _show(self, index: int) -> None:
        """The page's tree, where it isn't the one told last."""
        shown = _PASSING.sub(b"", bytes(self._states[index].dom))
        if shown == self._shown:
            return
        self._shown = shown
        time_ns = self._behind(index)
        self._records.append(
            Tree(
                time_ns=time_ns,
                seq=0,
                started_ns=time_ns,
                pid=PID,
                bounds=self._records_window(),
                nodes=self._pages[index].tree(),
                title=self._title,
            )
        )

    def _records_window(self) -> Rect:
        first = self._records[0]
        if not isinstance(first, Windows):
            raise TypeError(f"a demonstration begins with its windows, not {type(first).__name__}")
        return first.windows[0].rect

    # Events

    def _act(self, index: int, action: Action) -> None:
        match action.type:
            case "mousedown":
                self._press(index, action)
            case "mouseup":
                self._let_go(index, action)
            case "keydown":
                self._key_down(index, action)
            case "keyup":
                self._key_up(index, action)
            case "scroll":
                self._scroll(index)
            case "click" | "dblclick" | "keypress":
                pass  # what the browser made of the presses
            case other:
                self._found[f"events of the unknown kind {other[:20]!r}"] += 1

    def _press(self, index: int, action: Action) -> None:
        if action.x is None or action.y is None:
            self._found["presses without a place"] += 1
            return
        now_ns, x, y = self._times[index], round(action.x), round(action.y)
        if self._down is not None:
            self._release(now_ns)
        if not AREA.contains(x, y):
            self._found["presses outside the page"] += 1
        self._show(index)
        page = self._pages[index]
        element = None
        if page.target is not None:
            acting = page.acting(page.target)
            label = acting != page.target and page.nodes[page.target].tag == "LABEL"
            element = page.element(acting, around=page.target if label else None)
        self._records.append(
            ElementAt(time_ns=now_ns, seq=0, cause="press", element=element, asked_ns=now_ns, x=x, y=y, stable=True)
        )
        self._down = (x, y)
        self._pointer(now_ns, "down", x, y)

    def _let_go(self, index: int, action: Action) -> None:
        if self._down is None or action.x is None or action.y is None:
            self._found["releases without a press"] += 1
            return
        x, y = round(action.x), round(action.y)
        from_x, from_y = self._down
        slipped = max(abs(x - from_x), abs(y - from_y))
        if 0 < slipped <= SLIP_PX and self._clicked(index) and self._selects_no_text(index):
            self._found["releases a little beside their press, which the browser took for a click"] += 1
            x, y = from_x, from_y
        self._down = None
        self._pointer(self._times[index], "up", x, y)

    def _release(self, time_ns: int) -> None:
        """The release of a press that was never told."""
        if self._down is not None:
            self._found["releases that were never recorded, put right behind their press"] += 1
            x, y = self._down
            self._down = None
            pressed_ns = max(each.time_ns for each in self._records if isinstance(each, Pointer))
            self._pointer(min(time_ns, pressed_ns + BEHIND_NS), "up", x, y)

    def _clicked(self, index: int) -> bool:
        for state in self._states[index + 1 : index + 3]:
            if state.action is not None and state.action.timing == BEFORE:
                return state.action.type == "click"
        return False

    def _selects_no_text(self, index: int) -> bool:
        page = self._pages[index]
        if page.target is None:
            return False
        return page.role(page.acting(page.target)) in _NO_TEXT

    def _pointer(self, time_ns: int, kind: str, x: int, y: int) -> None:
        # The data tells no button; pages hear of others than the left one mostly as "contextmenu", which it lacks.
        self._records.append(
            Pointer(
                time_ns=time_ns,
                seq=0,
                kind="down" if kind == "down" else "up",
                x=x,
                y=y,
                button=1,
                modifiers=self._modifiers(),
            )
        )

    def _modifiers(self) -> tuple[Modifier, ...]:
        return tuple(dict.fromkeys(held for held in self._held.values() if held is not None))

    def _key_down(self, index: int, action: Action) -> None:
        now_ns, code = self._times[index], action.keyCode
        if not self._last_key[0]:
            self._show(index)
        name = key_of(code)
        modifiers = self._modifiers()
        text = "" if {"ctrl", "alt", "super"} & set(modifiers) else self._character(index)
        if name is UNKNOWN:
            text = text or self._composed(index)
            self._found["keys that the browser didn't name"] += 1
        keysym = keysym_of(text) if text else name.keysym
        self._records.append(
            Key(
                time_ns=now_ns,
                seq=0,
                down=True,
                keycode=name.keycode,
                keysym=keysym,
                text=text,
                repeat=code in self._held,
                modifiers=modifiers,
            )
        )
        self._held[code] = modifier_of(name.keysym)
        self._last_key = (keysym, now_ns)
        page = self._pages[index]
        if text and page.target is not None and page.role(page.target) in PARTLY_TOLD:
            self._part_received(page.element(page.target), text, now_ns)

    def _part_received(self, element: Element, text: str, now_ns: int) -> None:
        """Fields with parts (day, month, hour) tell nothing until all are filled in: what is typed counts as received.

        Nothing of a password can be in them.
        """
        self._found["characters typed into date and time fields, told by the keys alone"] += 1
        self._records.append(
            Insert(time_ns=now_ns + 1, seq=0, op="insert", element=element, offset=len(self._received), text=text)
        )
        self._received.add(len(self._received))

    def _key_up(self, index: int, action: Action) -> None:
        if action.keyCode not in self._held:
            self._found["releases without a press"] += 1
            return
        del self._held[action.keyCode]
        name = key_of(action.keyCode)
        self._records.append(
            Key(
                time_ns=self._times[index],
                seq=0,
                down=False,
                keycode=name.keycode,
                keysym=name.keysym,
                modifiers=self._modifiers(),
            )
        )

    def _character(self, index: int) -> str:
        """The character that a keydown made: its keypress's."""
        for state in self._states[index + 1 :]:
            action = state.action
            if action is None or action.timing != BEFORE:
                continue
            if action.type == "keypress":
                text = chr(action.charCode) if 0 < action.charCode < 0x110000 else ""
                return text if text.isprintable() else ""
            if action.type in ("keydown", "mousedown"):
                return ""
        return ""

    def _composed(self, index: int) -> str:
        """What an input method put into the focused field after this press, where that is one more character."""
        page = self._pages[index]
        key = page.key(page.focus) if page.focus is not None else ""
        old = page.fields.get(key)
        for at in range(index + 1, len(self._states)):
            new = self._pages[at].fields.get(key)
            if old is not None and new is not None and new != old:
                return new[-1] if len(new) == len(old) + 1 and new.startswith(old) else ""
            action = self._states[at].action
            if action is not None and action.timing == BEFORE and action.type in ("keydown", "mousedown"):
                return ""
        return ""

    # Scrolls

    def _scroll(self, index: int) -> None:
        """The page says that something scrolls, neither where the pointer was nor which way nor how far: its content's
        way from the state before to the next one tells."""
        now_ns = self._times[index]
        keysym, pressed_ns = self._last_key
        if self._down is not None or (keysym in SCROLLING_KEYS and now_ns - pressed_ns < SCROLLS_AFTER_KEY_NS):
            self._found["scrolls that a key or a press on the scroll bar made"] += 1
            return
        page = self._pages[index]
        if page.target is None:
            self._found["scrolls of something outside the page"] += 1
            return
        began = index - 1 if index and not self._is_scroll(index - 1) else index
        moved_x, moved_y = self._moved(began, min(index + 1, len(self._states) - 1), page.key(page.target))
        if not moved_x and not moved_y:
            self._found["scrolls that moved nothing"] += 1
            return
        element = page.element(page.target)
        area = (element.bounds or AREA).intersect(AREA)
        area = AREA if area.empty else area
        x, y = area.x + area.width // 2, area.y + area.height // 2
        self._show(index)
        self._records.append(
            ElementAt(time_ns=now_ns, seq=0, cause="press", element=element, asked_ns=now_ns, x=x, y=y, stable=True)
        )
        self._found["scrolls, their place and notches inferred"] += 1
        sideways = abs(moved_x) > abs(moved_y)
        moved = moved_x if sideways else moved_y
        count = min(MOST_NOTCHES, max(1, round(abs(moved) / NOTCH_PX)))
        sign = 1 if moved < 0 else -1  # content goes up when the page scrolls down
        following_ns = self._times[index + 1] if index + 1 < len(self._times) else now_ns
        step_ns = min(NOTCH_NS, max(0, following_ns - now_ns) // (count + 1))
        for nth in range(count):
            self._records.append(
                Pointer(
                    time_ns=now_ns + nth * step_ns,
                    seq=0,
                    kind="scroll",
                    x=x,
                    y=y,
                    scroll_x=sign if sideways else 0,
                    scroll_y=0 if sideways else sign,
                    modifiers=self._modifiers(),
                )
            )

    def _is_scroll(self, index: int) -> bool:
        action = self._states[index].action
        return action is not None and action.type == "scroll"

    def _moved(self, first: int, last: int, key: str) -> tuple[float, float]:
        """How far the content of a node moved between two states, px: the middle one of what its nodes did."""
        old, new = self._pages[first], self._pages[last]
        if key not in new.by_key or key not in old.by_key:
            return 0.0, 0.0
        ways = []
        for index in new.below(new.by_key[key]):
            node, at = new.nodes[index], old.by_key.get(new.key(index))
            if at is not None and node.width > 0 and (before := old.nodes[at]).width > 0:
                ways.append((node.left - before.left, node.top - before.top))
        if not ways:
            return 0.0, 0.0
        return statistics.median_low(x for x, _ in ways), statistics.median_low(y for _, y in ways)


_NO_TEXT = frozenset(
    ("push button", "link", "page tab", "check box", "radio button", "menu item", "list item", "image")
)


def _around(rect: Rect, x: int, y: int) -> Rect:
    left, top = min(rect.x, x), min(rect.y, y)
    return Rect(left, top, max(rect.right, x + 1) - left, max(rect.bottom, y + 1) - top)
