"""What a listener on another desktop told (moves, clicks, wheel, keys, the program in front) → our raw records.

Shared by the importers of recorders built on pynput. Nothing is guessed silently: whatever is left out, repaired or
doubtful is counted in `found`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sized
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

import msgspec

from understudy.importers.key_names import MODIFIERS, symbol
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Mark, Modifier, Pointer, Raw, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.redact.policy import BUILT_IN_DENY, TERMINAL_PROGRAMS
from understudy.redact.scrub import Scrubber

NS_PER_S = 1_000_000_000
OTHER_CLOCK_S = 86_400.0
"""A row this far from the middle of its recording was stamped by another clock: recordings last minutes."""
FAR_PX = 100_000
"""A place farther out than this is no place; the largest X screen is 32,767 px wide."""
MOST_NOTCHES = 100
"""A touch pad tells up to some dozens of wheel units at once; more is no scroll of a person."""
REPEAT_S = 1.5
"""A key told down again within this is autorepeat (Windows waits at most 1 s before it, others less); later, its
release was lost."""
PRESS_MATCH_S = 0.1
"""An element asked at a press carries that press's time, taken by a second listener: some ms apart."""
LATE_WINDOW_S = 0.25
"""AgentNetTool looks every 0.2 s which program is in front, so it knows it up to that late."""

MOST_APP_CHARS = 100

BUTTONS = {"left": 1, "middle": 2, "right": 3, "x1": 8, "x2": 9, "button8": 8, "button9": 9}

OUTSIDE = "clicks outside the stated screen (kept where they were)"
WRONG_MOMENT = "elements of another moment (left out): no press then"
WRONG_PLACE = "elements that don't lie under the press (left out)"
NO_SCREEN = "recordings that don't say how large the screen was (taken from the farthest events)"

_TERMINALS = TERMINAL_PROGRAMS | frozenset(
    (
        *("cmd", "conhost", "console", "git bash", "hyper", "iterm", "iterm2", "mintty", "openconsole", "powershell"),
        *("powershell_ise", "putty", "pwsh", "tabby", "terminal", "warp", "windowsterminal", "windows terminal", "wt"),
    )
)
"""Terminals by the names that other systems give them, in lower case."""
_TERMINAL_PROGRAM = "x-terminal-emulator"
_DENIED = frozenset(name.casefold() for rule in BUILT_IN_DENY for name in (rule.program, rule.app) if name)


@dataclass(frozen=True)
class Happened:
    """One row of a listener. `time_s` on the listener's own clock; x, y in px of its screen.

    `kind` "move", "click" (button, pressed), "scroll" (dx right, dy up, as pynput counts), "press" and "release"
    (key; `physical` the key's own code when the recorder tells it), "pause", "resume".
    """

    time_s: float
    kind: str
    x: float = 0.0
    y: float = 0.0
    button: str = ""
    pressed: bool = False
    dx: float = 0.0
    dy: float = 0.0
    key: str = ""
    physical: int | None = None


@dataclass(frozen=True)
class InFront:
    """From `time_s` on, a program had the keyboard. `app` as that system names it, `title` "" when not told."""

    time_s: float
    app: str
    title: str = ""


@dataclass(frozen=True)
class Pointed:
    """What an accessibility interface said about the press at `time_s`: its nodes under `root`, outermost first."""

    time_s: float
    nodes: tuple[Element, ...]


_Timed = TypeVar("_Timed", Happened, InFront, Pointed)


@dataclass
class Listened:
    """Everything that one recording's files told. `source` is the format's name; `screen` None when unknown.

    `mac` True: Option makes characters there, as AltGr does elsewhere.
    """

    source: str
    screen: tuple[int, int] | None = None
    mac: bool = False
    happened: list[Happened] = field(default_factory=list)
    in_front: list[InFront] = field(default_factory=list)
    pointed: list[Pointed] = field(default_factory=list)
    lost_s: list[float] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)

    def records(self) -> list[Raw]:
        """As raw records, in order of time, the first at 0. [] when nothing was done."""
        return _Records(self).made() if self._believable() else []

    def _believable(self) -> bool:
        """Leave out rows of another clock and impossible places; True when anything is left."""
        if not self.happened:
            return False
        middle = median(each.time_s for each in self.happened)
        self.happened = self._near(self.happened, middle)
        self.in_front = self._near(self.in_front, middle)
        self.pointed = self._near(self.pointed, middle)
        placed = [each for each in self.happened if max(abs(each.x), abs(each.y)) <= FAR_PX]
        self._less(self.happened, placed, "events at impossible places (left out)")
        self.happened = sorted(placed, key=lambda each: each.time_s)
        self.in_front.sort(key=lambda each: each.time_s)
        self.pointed.sort(key=lambda each: each.time_s)
        return any(each.kind not in ("pause", "resume") for each in self.happened)

    def _near(self, rows: list[_Timed], middle_s: float) -> list[_Timed]:
        near = [each for each in rows if abs(each.time_s - middle_s) <= OTHER_CLOCK_S]
        self._less(rows, near, "rows stamped by another clock (left out)")
        return near

    def _less(self, before: Sized, after: Sized, what: str) -> None:
        if len(before) > len(after):
            self.found[what] += len(before) - len(after)


class _Records:
    """One pass over a recording."""

    def __init__(self, told: Listened) -> None:
        self._told, self._found = told, told.found
        firsts = [rows[0].time_s for rows in (told.happened, told.in_front[:1]) if rows]
        self._zero_s = min(firsts)
        self._out: list[Raw] = []
        self._keys = _Keys(told, self._out)
        self._xs = [int(each.x // 1) for each in told.happened if each.kind in ("move", "click", "scroll")] or [0]
        self._ys = [int(each.y // 1) for each in told.happened if each.kind in ("move", "click", "scroll")] or [0]
        self._screen = self._whole_screen()
        self._everywhere = self._place_of_all()
        self._ids: dict[str, int] = {}
        self._shown: dict[str, str] = {}
        # The guard keeps programs' names as they are; these come from elsewhere and may be anything.
        self._scrubber = Scrubber(("email", "card", "phone", "iban", "id", "secret", "ip"))
        self._front_ns: list[int] = []
        self._fronts: list[WindowState] = []

    def made(self) -> list[Raw]:
        self._windows()
        self._elements()
        self._out += [
            Mark(time_ns=max(0, self._ns(time_s)), seq=0, kind="loss", detail="input") for time_s in self._told.lost_s
        ]
        for each in self._told.happened:
            time_ns = self._ns(each.time_s)
            match each.kind:
                case "move":
                    self._pointer(each, time_ns, "move")
                case "click":
                    self._click(each, time_ns)
                case "scroll":
                    self._scroll(each, time_ns)
                case "press" | "release":
                    self._keys.take(each, time_ns)
                case "pause":
                    self._keys.forget()
                    self._out.append(Mark(time_ns=time_ns, seq=0, kind="pause"))
                case "resume":
                    self._out.append(Mark(time_ns=time_ns, seq=0, kind="resume"))
                    self._out.append(self._snapshot(time_ns + 1, self._front_at(time_ns)))
                case _:
                    raise ValueError(f"unknown kind of event: {each.kind!r}")
        ordered = sorted(self._out, key=lambda record: (record.time_ns, _rank(record)))
        return [msgspec.structs.replace(record, seq=at) for at, record in enumerate(ordered)]

    def _ns(self, time_s: float) -> int:
        return round((time_s - self._zero_s) * NS_PER_S)

    # The screen and what is in front

    def _whole_screen(self) -> Rect:
        stated = self._told.screen
        if stated is None:
            self._found[NO_SCREEN] += 1
            return Rect(0, 0, max(1, max(self._xs) + 1), max(1, max(self._ys) + 1))
        return Rect(0, 0, *stated)

    def _place_of_all(self) -> Rect:
        """The screen and every event: no listener tells where windows are, and no event may fall out of all."""
        left, top = min(0, *self._xs), min(0, *self._ys)
        right, bottom = max(self._screen.right, max(self._xs) + 1), max(self._screen.bottom, max(self._ys) + 1)
        return Rect(left, top, right - left, bottom - top)

    def _window(self, app: str, title: str) -> WindowState:
        number = self._ids.setdefault(app, len(self._ids) + 1)
        shown = self._shown.setdefault(app, self._scrubber.scrub(app[:MOST_APP_CHARS]).text)
        program = _TERMINAL_PROGRAM if app.casefold() in _TERMINALS else self._told.source
        return WindowState(
            id=number, pid=number, rect=self._everywhere, program=program, app=shown or self._told.source, title=title
        )

    def _windows(self) -> None:
        rows = self._told.in_front
        starts = [InFront(self._zero_s, "")] if not rows or rows[0].time_s > self._zero_s else []
        for each in (*starts, *rows):
            early_s = LATE_WINDOW_S if each.app.casefold() in _DENIED else 0.0
            time_ns = max(0, self._ns(each.time_s - early_s), self._front_ns[-1] if self._front_ns else 0)
            self._front_ns.append(time_ns)
            self._fronts.append(self._window(each.app, each.title))
            self._out.append(self._snapshot(time_ns, self._fronts[-1]))

    def _snapshot(self, time_ns: int, window: WindowState) -> Windows:
        return Windows(time_ns=time_ns, seq=0, active=window.id, windows=(window,), screen=self._screen)

    def _front_at(self, time_ns: int) -> WindowState:
        return self._fronts[max(0, bisect_right(self._front_ns, time_ns) - 1)]

    # The pointer

    def _pointer(self, each: Happened, time_ns: int, kind: str, button: int = 0, dx: int = 0, dy: int = 0) -> None:
        self._out.append(
            Pointer(
                time_ns=time_ns,
                seq=0,
                kind=kind,  # type: ignore[arg-type]
                x=int(each.x // 1),
                y=int(each.y // 1),
                button=button,
                scroll_x=dx,
                scroll_y=dy,
                modifiers=self._keys.modifiers,
            )
        )

    def _click(self, each: Happened, time_ns: int) -> None:
        button = BUTTONS.get(each.button)
        if button is None:
            self._found["clicks with an unknown button (left out)"] += 1
            return
        if each.pressed and not self._screen.contains(int(each.x // 1), int(each.y // 1)):
            self._found[OUTSIDE] += 1
        self._pointer(each, time_ns, "down" if each.pressed else "up", button)

    def _scroll(self, each: Happened, time_ns: int) -> None:
        right, down = _notches(each.dx), _notches(-each.dy)
        if not right and not down:
            self._found["scrolls by less than a notch (left out)"] += 1
        if max(abs(right), abs(down)) > MOST_NOTCHES:
            self._found["scrolls by impossible amounts (left out)"] += 1
            return
        for _ in range(abs(right)):
            self._pointer(each, time_ns, "scroll", dx=1 if right > 0 else -1)
        for _ in range(abs(down)):
            self._pointer(each, time_ns, "scroll", dy=1 if down > 0 else -1)

    # Elements

    def _elements(self) -> None:
        """Believe what was said of a press only where it fits the press; and what has the keyboard after it."""
        presses = [each for each in self._told.happened if each.kind == "click" and each.pressed]
        times = [each.time_s for each in presses]
        answers: dict[int, Element] = {}
        for told in self._told.pointed:
            at = _nearest(times, told.time_s)
            if at is None or abs(times[at] - told.time_s) > PRESS_MATCH_S:
                self._found[WRONG_MOMENT] += 1
            elif (element := _under(told.nodes, int(presses[at].x // 1), int(presses[at].y // 1))) is None:
                self._found[WRONG_PLACE] += 1
            else:
                answers[at] = element
        if not self._told.pointed:
            return
        for at, press in enumerate(presses):
            self._tell(press, answers.get(at))

    def _tell(self, press: Happened, element: Element | None) -> None:
        time_ns = self._ns(press.time_s)
        x, y = int(press.x // 1), int(press.y // 1)
        if element is not None:
            element = msgspec.structs.replace(element, pid=self._front_at(time_ns).pid)
            self._out.append(
                ElementAt(time_ns=time_ns, seq=0, cause="press", element=element, asked_ns=time_ns, x=x, y=y)
            )
        takes_keys = element is not None and (element.secure or "editable" in element.states)
        focus = element if takes_keys else None
        self._out.append(ElementAt(time_ns=time_ns, seq=0, cause="focus", element=focus, asked_ns=time_ns))


class _Keys:
    """Presses and releases, each told by a name only: which of them belong together, and what was held."""

    def __init__(self, told: Listened, out: list[Raw]) -> None:
        self._mac, self._found, self._out = told.mac, told.found, out
        self._held: dict[int, tuple[str, float]] = {}
        self._codes: dict[str, int] = {}

    @property
    def modifiers(self) -> tuple[Modifier, ...]:
        """Those down now, in the order of `Modifier`."""
        held = {MODIFIERS[keysym] for keysym, _ in self._held.values() if keysym in MODIFIERS}
        if "altgr" in held:
            held.discard("ctrl")  # Windows tells a Control with every AltGr
        order: tuple[Modifier, ...] = ("shift", "ctrl", "alt", "super", "altgr")
        return tuple(one for one in order if one in held)

    def forget(self) -> None:
        """Nothing is known to be held any more."""
        self._held.clear()

    def take(self, each: Happened, time_ns: int) -> None:
        """One press or release."""
        modifiers = self.modifiers
        told = symbol(each.key, frozenset(modifiers))
        if told is None:
            self._found["keys without a known name (left out)"] += 1
            return
        code = self._code(told.keysym, each.physical)
        if each.kind == "release":
            self._release(told.keysym, code, time_ns, modifiers)
            return
        repeat = False
        if code in self._held:
            repeat = each.time_s - self._held[code][1] <= REPEAT_S
            if not repeat:
                self._found["keys pressed twice without a release between"] += 1
                self._up(code, time_ns, modifiers)
                modifiers = self.modifiers
        if self._mac and "alt" in modifiers and told.text and not told.text.isascii():
            modifiers = tuple("altgr" if one == "alt" else one for one in modifiers)
        command = not {"ctrl", "alt", "super"}.isdisjoint(modifiers)
        self._held[code] = (told.keysym, each.time_s)
        self._out.append(
            Key(
                time_ns=time_ns,
                seq=0,
                down=True,
                keycode=code,
                keysym=told.keysym,
                text="" if command else told.text,
                repeat=repeat,
                modifiers=modifiers,
            )
        )

    def _code(self, keysym: str, physical: int | None) -> int:
        """A number for the key itself: "A" and "a" are one."""
        own = keysym if physical is None else f"#{physical}"
        folded = own.casefold() if len(own) == 1 else own
        return self._codes.setdefault(folded, 8 + len(self._codes))

    def _release(self, keysym: str, code: int, time_ns: int, modifiers: tuple[Modifier, ...]) -> None:
        if code not in self._held and keysym not in MODIFIERS:
            # Shift went up before the key did: "!" went down and "1" comes up. The one character key held is meant.
            others = [each for each, (name, _) in self._held.items() if name not in MODIFIERS]
            if len(others) == 1:
                code = others[0]
                self._found["releases told under another name than the press"] += 1
        if code not in self._held:
            self._found["releases without a press (left out)"] += 1
            return
        self._up(code, time_ns, modifiers)

    def _up(self, code: int, time_ns: int, modifiers: tuple[Modifier, ...]) -> None:
        keysym, _ = self._held.pop(code)
        self._out.append(Key(time_ns=time_ns, seq=0, down=False, keycode=code, keysym=keysym, modifiers=modifiers))


def _notches(amount: float) -> int:
    return round(amount) if abs(amount) <= FAR_PX else MOST_NOTCHES + 1


def _nearest(times: list[float], time_s: float) -> int | None:
    if not times:
        return None
    at = bisect_left(times, time_s)
    near = [index for index in (at - 1, at) if 0 <= index < len(times)]
    return min(near, key=lambda index: abs(times[index] - time_s))


def _under(nodes: tuple[Element, ...], x: int, y: int) -> Element | None:
    """The smallest of the told nodes that lies under the point; None when the outermost doesn't."""
    if not nodes or nodes[0].bounds is None or not nodes[0].bounds.contains(x, y):
        return None
    fitting = [node for node in nodes if node.bounds is not None and node.bounds.contains(x, y)]
    return min(fitting, key=lambda node: node.bounds.width * node.bounds.height if node.bounds else 0)


def _rank(record: Raw) -> int:
    """At the same time: what state there is comes before what happens in it."""
    match record:
        case Mark():
            return 0
        case Windows():
            return 1
        case ElementAt():
            return 2
    return 3
