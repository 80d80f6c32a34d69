"""A screen of flat coloured widgets and one action of every kind on it: what the tests of places look for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw

from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Modifier, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, FramePatch, KeyLevel, TextRun
from understudy.records.recording import Recording, RecordingInfo

MS = 1_000_000
URL = "http://shop.test/order"
COLUMNS, ROWS = 6, 5
GREY = (70, 74, 80)

Colour = tuple[int, int, int]

NAMES = (
    *("click", "right click", "middle click", "back", "forward", "double click"),
    *("right double click", "triple click", "long press", "right long press", "drag", "ctrl drag"),
    *("right drag", "returning drag", "scroll", "horizontal scroll", "ctrl scroll", "ctrl click"),
    *("field", "other field", "tiny", "corner", "drop", "chrome"),
    *("editor", "second field", "spare 1", "spare 2", "spare 3", "spare 4"),
)


def colour_of(name: str) -> Colour:
    """Every widget's own colour, far from every other."""
    number = NAMES.index(name)
    return 90 + number % 4 * 50, 60 + number // 4 % 4 * 60, 60 + number // 16 * 120


@dataclass
class Scene:
    """Writes a recording on a screen of `width` x `height` px. Times in ms since the start."""

    width: int = 1280
    height: int = 800
    now_ms: float = 0
    frames: int = 0
    pointer: list[Pointer] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    text: list[TextRun] = field(default_factory=list)
    window: list[Windows] = field(default_factory=list)
    element: list[ElementAt] = field(default_factory=list)
    frame: list[Frame] = field(default_factory=list)

    def bounds(self, name: str) -> Rect:
        """Where a widget lies: "tiny" is 3 px, "corner" ends with the screen, the others fill their cell but a rim."""
        number = NAMES.index(name)
        cell_width, cell_height = self.width // COLUMNS, self.height // ROWS
        x, y = number % COLUMNS * cell_width, number // COLUMNS * cell_height
        if name == "tiny":
            return Rect(x + cell_width // 2 + 1, y + cell_height // 2, 3, 3)
        if name == "corner":
            return Rect(self.width - 40, self.height - 30, 40, 30)
        return Rect(x + 7, y + 9, cell_width - 14, cell_height - 18)

    def widget(self, name: str) -> Element:
        """A widget as the accessibility tree tells it: in a page, but "editor" and "chrome"."""
        in_page = name not in ("editor", "chrome")
        return Element(
            id=name,
            role="entry" if "field" in name or name == "editor" else "push button",
            name=name,
            bounds=self.bounds(name),
            path=("frame", "document web", "push button") if in_page else ("frame", "push button"),
            url=URL if in_page else "",
        )

    def picture(self) -> Image.Image:
        """The screen; a strip at the bottom is another with each frame."""
        image = Image.new("RGB", (self.width, self.height), GREY)
        pen = ImageDraw.Draw(image)
        for name in NAMES:
            bounds = self.bounds(name)
            pen.rectangle((bounds.x, bounds.y, bounds.right - 1, bounds.bottom - 1), colour_of(name))
        pen.rectangle((0, self.height - 3, self.frames * 5, self.height - 1), (255, 255, 255))
        return image

    @property
    def now_ns(self) -> int:
        return round(self.now_ms * MS)

    def draw(self) -> None:
        self.frames += 1
        buffer = io.BytesIO()
        self.picture().save(buffer, "WEBP", lossless=True, quality=0, method=0)
        self.frame.append(
            Frame(
                time_ns=self.now_ns,
                seq=len(self.frame),
                changed_ns=self.now_ns - MS,
                width=self.width,
                height=self.height,
                key=True,
                patches=(FramePatch(0, 0, self.width, self.height, buffer.getvalue()),),
            )
        )
        self.now_ms += 20

    def windows(self, editor: bool = False) -> None:
        screen = Rect(0, 0, self.width, self.height)
        browser = WindowState(id=1, rect=screen, program="chromium", app="Chromium", title="Shop", url=URL, pid=1)
        notes = WindowState(id=2, rect=screen, program="mousepad", app="Mousepad", title="notes.txt", pid=2)
        shown = (browser, notes) if editor else (notes, browser)
        self.window.append(
            Windows(time_ns=self.now_ns, seq=len(self.window), active=2 if editor else 1, windows=shown, screen=screen)
        )
        self.now_ms += 20

    def _point(
        self, kind: str, at: tuple[int, int], *, button: int = 0, scroll: tuple[int, int] = (0, 0),
        modifiers: tuple[Modifier, ...] = (),
    ) -> None:  # fmt: skip
        self.pointer.append(
            Pointer(
                time_ns=self.now_ns,
                seq=len(self.pointer),
                kind=kind,  # type: ignore[arg-type]
                x=at[0],
                y=at[1],
                button=button,
                scroll_x=scroll[0],
                scroll_y=scroll[1],
                modifiers=modifiers,
            )
        )
        self.now_ms += 10

    def _asked(self, name: str, cause: str, at: tuple[int, int] | None) -> None:
        self.element.append(
            ElementAt(
                time_ns=self.now_ns,
                seq=len(self.element),
                cause=cause,  # type: ignore[arg-type]
                element=self.widget(name),
                asked_ns=self.now_ns,
                x=at[0] if at else 0,
                y=at[1] if at else 0,
                stable=True,
            )
        )
        self.now_ms += 5

    def rest(self, name: str, at: tuple[int, int] | None = None) -> tuple[int, int]:
        """The pointer comes to rest on a widget, near its lower right unless told where; the screen is drawn anew."""
        bounds = self.bounds(name)
        place = at or (bounds.x + bounds.width * 3 // 4, bounds.y + bounds.height * 2 // 3)
        self._point("move", place)
        self.now_ms += 150
        self._asked(name, "rest", place)
        self.draw()
        self.now_ms += 100
        return place

    def click(
        self, name: str, *, button: int = 1, times: int = 1, hold_ms: float = 60, modifiers: tuple[Modifier, ...] = (),
        at: tuple[int, int] | None = None,
    ) -> None:  # fmt: skip
        place = self.rest(name, at)
        for _ in range(times):
            self._point("down", place, button=button, modifiers=modifiers)
            self.now_ms += hold_ms
            self._point("up", place, button=button, modifiers=modifiers)
            self.now_ms += 70
        self.now_ms += 700

    def drag(
        self, name: str, to: Sequence[tuple[int, int]], *, button: int = 1, modifiers: tuple[Modifier, ...] = ()
    ) -> None:
        place = self.rest(name)
        self._point("down", place, button=button, modifiers=modifiers)
        for x, y in to:
            self.now_ms += 40
            self._point("move", (place[0] + x, place[1] + y), modifiers=modifiers)
        last = (place[0] + to[-1][0], place[1] + to[-1][1])
        self._point("up", last, button=button, modifiers=modifiers)
        self.now_ms += 700

    def scroll(self, name: str, dx: int, dy: int, modifiers: tuple[Modifier, ...] = ()) -> None:
        place = self.rest(name)
        for _ in range(abs(dx) + abs(dy)):
            step = (1 if dx > 0 else -1 if dx < 0 else 0, 1 if dy > 0 else -1 if dy < 0 else 0)
            self._point("scroll", place, scroll=step, modifiers=modifiers)
            self.now_ms += 60
        self.now_ms += 1200

    def key(self, keysym: str, *, modifiers: tuple[Modifier, ...] = (), text: str = "", run: int | None = None) -> None:
        for down in (True, False):
            self.keys.append(
                Key(
                    time_ns=self.now_ns,
                    seq=len(self.keys),
                    down=down,
                    keycode=9 + sum(map(ord, keysym)) % 200,
                    keysym=keysym,
                    text=text if down else "",
                    modifiers=modifiers,
                    run=run,
                )
            )
            self.now_ms += 50

    def focus(self, name: str) -> None:
        self._asked(name, "focus", None)
        self.now_ms += 50

    def write(self, name: str, text: str, *, level: KeyLevel = "text", scrubbed: bool = False) -> None:
        self.focus(name)
        self.draw()
        self.now_ms += 100
        start_ns, run = self.now_ns, len(self.text)
        if not scrubbed:
            for character in text:
                self.key(character if level == "text" else "", text=character if level == "text" else "", run=run)
        self.now_ms += 300
        self.text.append(
            TextRun(
                time_ns=self.now_ns, seq=run, run=run, start_ns=start_ns, text=text, level=level,
                element=self.widget(name), scrubbed=scrubbed,
            )
        )  # fmt: skip
        self.now_ms += 900

    def press(self, keysym: str, *, modifiers: tuple[Modifier, ...] = (), times: int = 1) -> None:
        self.draw()
        self.now_ms += 300
        for _ in range(times):
            self.key(keysym, modifiers=modifiers)
        self.now_ms += 900

    def everything(self) -> Scene:
        """One action of every kind."""
        cell = self.width // COLUMNS
        self.windows()
        self.draw()
        self.click("click")
        self.click("right click", button=3)
        self.click("middle click", button=2)
        self.click("back", button=8)
        self.click("forward", button=9)
        self.click("double click", times=2)
        self.click("right double click", button=3, times=2)
        self.click("triple click", times=3)
        self.click("long press", hold_ms=1600)
        self.click("right long press", button=3, hold_ms=1600)
        self.drag("drag", [(20, 3), (60, 5), (cell, 0)])
        self.drag("ctrl drag", [(-20, 3), (-60, 5), (-cell, 0)], modifiers=("ctrl",))
        self.drag("right drag", [(20, 3), (60, 5)], button=3)
        self.drag("returning drag", [(20, 3), (80, 40), (20, 3), (0, 0)])
        self.scroll("scroll", 0, 3)
        self.scroll("horizontal scroll", -2, 0)
        self.scroll("ctrl scroll", 0, -1, modifiers=("ctrl",))
        self.click("ctrl click", modifiers=("ctrl",))
        self.click("tiny", at=(self.bounds("tiny").x, self.bounds("tiny").bottom - 1))
        self.click("corner", at=(self.width - 1, self.height - 10))
        self.click("field")
        self.write("field", "it's \"5\\6\" > 3: point=1, (a)')")
        self.press("Return")
        self.press("Down", times=3)
        self.press("XF86AudioMute")
        self.press("c", modifiers=("ctrl",))
        self.press("Page_Down", modifiers=("ctrl", "shift"))
        self.click("other field")
        self.write("other field", "<EMAIL_1>", scrubbed=True)
        self.write("second field", "Aa 99", level="shape")
        self.click("chrome")
        self.now_ms += 4000
        self.draw()
        self.windows(editor=True)
        self.click("editor")
        self.write("editor", "café")
        return self

    def recording(self, recording_id: str = "5c" * 16, consent_id: str = "c0" * 16) -> Recording:
        return Recording(
            info=RecordingInfo(
                id=recording_id,
                contributor="p-1",
                consent_id=consent_id,
                profile="own-work",
                started_at="2026-01-02T09:00:00+00:00",
                start_ns=0,
                policy_sha256="5a" * 32,
                product_version="0.1.0",
                schema_version=1,
                task="Try everything once",
            ),
            pointer=tuple(self.pointer),
            keys=tuple(self.keys),
            text=tuple(self.text),
            window=tuple(self.window),
            element=tuple(self.element),
            frame=tuple(self.frame),
        )
