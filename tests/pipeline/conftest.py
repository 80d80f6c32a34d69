"""A hand that writes recordings event by event, with a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Mark, MarkKind, Modifier, Pointer, Reason, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Frame, KeyLevel, TextRun
from understudy.records.recording import Recording, RecordingInfo

MS = 1_000_000
START_NS = 5_000_000_000_000

INFO = RecordingInfo(
    id="0" * 32,
    contributor="c1",
    consent_id="1" * 32,
    profile="own-work",
    started_at="2026-03-01T09:00:00+00:00",
    start_ns=START_NS,
    policy_sha256="2" * 64,
    product_version="0.1.0",
    schema_version=1,
    task="order paper",
)

MODIFIERS: dict[str, Modifier] = {
    "Shift_L": "shift",
    "Control_L": "ctrl",
    "Alt_L": "alt",
    "Super_L": "super",
    "ISO_Level3_Shift": "altgr",
}
CONTROL_TEXT = {"Return": "\r", "Tab": "\t", "BackSpace": "\x08", "Escape": "\x1b", "space": " "}


class Hand:
    """Each call appends events and moves the clock; `wait` only moves it. Times are ms since the start."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self.x, self.y = 100, 100
        self.pointer: list[Pointer] = []
        self.keys: list[Key] = []
        self.text: list[TextRun] = []
        self.window: list[Windows] = []
        self.element: list[ElementAt] = []
        self.frame: list[Frame] = []
        self.mark: list[Mark] = []
        self.tree: list[ElementTree] = []
        self.held: list[Modifier] = []
        self.run: int | None = None
        self._runs = 0

    @property
    def now_ns(self) -> int:
        return START_NS + round(self.now_ms * MS)

    def wait(self, ms: float) -> Hand:
        self.now_ms += ms
        return self

    def _pointer(self, kind: str, button: int = 0, dx: int = 0, dy: int = 0) -> None:
        self.pointer.append(
            Pointer(
                time_ns=self.now_ns,
                seq=len(self.pointer),
                kind=kind,  # type: ignore[arg-type]
                x=self.x,
                y=self.y,
                button=button,
                scroll_x=dx,
                scroll_y=dy,
                modifiers=tuple(self.held),
            )
        )

    def move(self, x: int, y: int, steps: int = 1) -> Hand:
        from_x, from_y = self.x, self.y
        for n in range(1, steps + 1):
            self.x, self.y = from_x + (x - from_x) * n // steps, from_y + (y - from_y) * n // steps
            self._pointer("move")
            self.wait(8)
        return self

    def down(self, button: int = 1) -> Hand:
        self._pointer("down", button)
        return self

    def up(self, button: int = 1) -> Hand:
        self._pointer("up", button)
        return self

    def click(self, button: int = 1, ms: float = 60) -> Hand:
        return self.down(button).wait(ms).up(button)

    def scroll(self, dy: int = 0, dx: int = 0, every_ms: float = 60) -> Hand:
        for _ in range(abs(dy) + abs(dx)):
            self._pointer("scroll", dx=(dx > 0) - (dx < 0), dy=(dy > 0) - (dy < 0))
            self.wait(every_ms)
        return self

    def key_down(self, keysym: str, text: str | None = None, repeat: bool = False) -> Hand:
        if text is None:
            text = CONTROL_TEXT.get(keysym, keysym if len(keysym) == 1 else "")
        self.keys.append(
            Key(
                time_ns=self.now_ns,
                seq=len(self.keys),
                down=True,
                keycode=sum(map(ord, keysym.lower())) % 240 + 9,
                keysym=keysym,
                text=text,
                repeat=repeat,
                modifiers=tuple(self.held),
                run=None if keysym in MODIFIERS else self.run,
            )
        )
        if keysym in MODIFIERS and not repeat:
            self.held.append(MODIFIERS[keysym])
        return self

    def key_up(self, keysym: str) -> Hand:
        self.keys.append(
            Key(
                time_ns=self.now_ns,
                seq=len(self.keys),
                down=False,
                keycode=sum(map(ord, keysym.lower())) % 240 + 9,
                keysym=keysym,
                modifiers=tuple(self.held),
                run=None if keysym in MODIFIERS else self.run,
            )
        )
        if keysym in MODIFIERS:
            self.held.remove(MODIFIERS[keysym])
        return self

    def key(self, keysym: str, text: str | None = None, ms: float = 40) -> Hand:
        return self.key_down(keysym, text).wait(ms).key_up(keysym).wait(60)

    @contextmanager
    def holding(self, keysym: str) -> Iterator[None]:
        self.key_down(keysym).wait(50)
        yield
        self.key_up(keysym).wait(50)

    def write(self, characters: str) -> Hand:
        """Press the keys of `characters`, shift for capitals, "\b" for Backspace."""
        for character in characters:
            if character == "\b":
                self.key("BackSpace")
            elif character == " ":
                self.key("space")
            elif character.isupper():
                with self.holding("Shift_L"):
                    self.key(character)
            else:
                self.key(character)
        return self

    @contextmanager
    def typed(
        self, text: str, element: Element | None = None, *, level: KeyLevel = "text", corrections: int = 0
    ) -> Iterator[None]:
        """A typed run around the keys pressed inside, with what the element received."""
        self.run, start_ns = self._runs, self.now_ns
        self._runs += 1
        yield
        self.text.append(
            TextRun(
                time_ns=self.keys[-1].time_ns if self.keys else self.now_ns,
                seq=len(self.text),
                run=self.run,
                start_ns=start_ns,
                text=text,
                level=level,
                element=element,
                corrections=corrections,
            )
        )
        self.run = None

    def windows(self, *windows: WindowState, active: int | None = None) -> Hand:
        self.window.append(
            Windows(
                time_ns=self.now_ns,
                seq=len(self.window),
                active=active,
                windows=windows,
                screen=Rect(0, 0, 1280, 800),
            )
        )
        return self

    def element_at(
        self, element: Element | None, cause: str = "rest", *, stable: bool = True, answer_ms: float = 2
    ) -> Hand:
        asked_ns = self.now_ns
        focus = cause == "focus"
        self.element.append(
            ElementAt(
                time_ns=asked_ns if focus else asked_ns + round(answer_ms * MS),
                seq=len(self.element),
                cause=cause,  # type: ignore[arg-type]
                element=element,
                asked_ns=asked_ns,
                x=0 if focus else self.x,
                y=0 if focus else self.y,
                stable=stable,
            )
        )
        return self

    def frames(self, *frames: Frame) -> Hand:
        self.frame += frames
        return self

    def marks(self, kind: MarkKind, reason: Reason = "", detail: str = "") -> Hand:
        self.mark.append(Mark(time_ns=self.now_ns, seq=len(self.mark), kind=kind, reason=reason, detail=detail))
        return self

    def recording(self) -> Recording:
        return Recording(
            info=INFO,
            pointer=tuple(self.pointer),
            keys=tuple(self.keys),
            text=tuple(self.text),
            window=tuple(self.window),
            element=tuple(self.element),
            frame=tuple(self.frame),
            mark=tuple(self.mark),
            tree=tuple(self.tree),
        )


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def make_element() -> Callable[..., Element]:
    def make(name: str = "Order", role: str = "push button", bounds: Rect | None = None, **fields: object) -> Element:
        bounds = bounds or Rect(50, 50, 100, 100)
        return Element(id=f"{role}/{name}", role=role, name=name, bounds=bounds, **fields)  # type: ignore[arg-type]

    return make
