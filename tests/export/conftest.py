"""A fabricated day at an order desk: drawn screens, real records, the real pipeline, a dataset in memory."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pytest
from PIL import Image, ImageDraw, ImageFont

from understudy.dataset.flatten import Levels, still_id, stills_needed, tables_of
from understudy.dataset.manifest import Manifest, Notice, Part, PartFile
from understudy.pipeline.ground import ground
from understudy.pipeline.reduce import reduce
from understudy.pipeline.segment import segment
from understudy.pipeline.stills import Stills
from understudy.records.consent import Consent
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Mark, Modifier, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Frame, FramePatch, TextRun, TreeNode
from understudy.records.recording import Recording, RecordingInfo

MS = 1_000_000
WIDTH, HEIGHT = 1280, 800
BROWSER, EDITOR = Rect(20, 40, 800, 720), Rect(850, 120, 410, 560)
INK, SOFT, LINE, BLUE, PAPER = (28, 32, 40), (110, 118, 130), (208, 212, 220), (38, 92, 200), (255, 255, 255)

ELEMENTS = {
    "User name": Element(id="1", role="entry", name="User name", bounds=Rect(260, 330, 320, 38), pid=1),
    "Password": Element(id="2", role="password text", name="Password", bounds=Rect(260, 400, 320, 38), secure=True),
    "Sign in": Element(id="3", role="push button", name="Sign in", bounds=Rect(260, 460, 320, 42), pid=1),
    "Orders": Element(id="4", role="table", name="Open orders", bounds=Rect(50, 180, 740, 260), pid=1),
    "Row": Element(id="5", role="table cell", name="A-10427", bounds=Rect(60, 260, 120, 36), pid=1),
    "Customer e-mail": Element(id="6", role="entry", name="Customer e-mail", bounds=Rect(60, 500, 420, 38), pid=1),
    "Note": Element(id="7", role="text", name="Note", bounds=Rect(EDITOR.x, EDITOR.y, 410, 560), pid=2),
    "Confirm": Element(id="8", role="push button", name="Confirm order", bounds=Rect(60, 590, 190, 42), pid=1),
    "Priority": Element(id="9", role="slider", name="Priority", bounds=Rect(520, 500, 240, 38), pid=1),
}


@dataclass
class Desk:
    """Writes a recording: draws the screen, moves the hand, presses keys. Times in ms since the start."""

    now_ms: float = 0
    x: int = 640
    y: int = 700
    page: str = "sign-in"
    values: dict[str, str] = field(default_factory=dict)
    note: str = ""
    scrolled: int = 0
    pointer: list[Pointer] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    text: list[TextRun] = field(default_factory=list)
    window: list[Windows] = field(default_factory=list)
    element: list[ElementAt] = field(default_factory=list)
    frame: list[Frame] = field(default_factory=list)
    mark: list[Mark] = field(default_factory=list)

    @property
    def now_ns(self) -> int:
        return round(self.now_ms * MS)

    def draw(self) -> None:
        image = Image.new("RGB", (WIDTH, HEIGHT), (58, 66, 78))
        pen = ImageDraw.Draw(image)
        _window(pen, BROWSER)
        _window(pen, EDITOR)
        (self._sign_in if self.page == "sign-in" else self._orders)(pen)
        for nth, line in enumerate(self.note.split("\n")):
            pen.text((EDITOR.x + 16, EDITOR.y + 16 + nth * 24), line, INK, _font(16))
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", lossless=True, quality=20, method=1)
        patch = FramePatch(0, 0, WIDTH, HEIGHT, buffer.getvalue())
        self.frame.append(
            Frame(
                time_ns=self.now_ns,
                seq=len(self.frame),
                changed_ns=self.now_ns - 20 * MS,
                width=WIDTH,
                height=HEIGHT,
                key=True,
                patches=(patch,),
                masked_px=320 * 38 if self.page == "sign-in" else 0,
            )
        )
        self.now_ms += 40

    def _sign_in(self, pen: ImageDraw.ImageDraw) -> None:
        pen.text((260, 230), "Order desk", INK, _font(34))
        pen.text((260, 280), "Sign in to see today's orders", SOFT, _font(16))
        _entry(pen, ELEMENTS["User name"], self.values.get("User name", ""))
        pen.rectangle(_box(ELEMENTS["Password"]), (0, 0, 0))
        _button(pen, ELEMENTS["Sign in"])

    def _orders(self, pen: ImageDraw.ImageDraw) -> None:
        pen.rectangle((BROWSER.x, BROWSER.y, BROWSER.right, BROWSER.y + 64), (33, 43, 64))
        pen.text((50, 58), "Order desk", PAPER, _font(24))
        pen.text((50, 130), "Open orders", INK, _font(26))
        for row in range(7):
            y = 188 + row * 36
            number = 10425 + row + self.scrolled
            if row % 2 == 0:
                pen.rectangle((50, y, 790, y + 35), (244, 246, 250))
            for x, cell in (
                (66, f"A-{number}"),
                (220, "Paper, 80 g"),
                (440, f"{12 + number % 9} boxes"),
                (620, "open"),
            ):
                pen.text((x, y + 9), cell, INK, _font(15))
        _entry(pen, ELEMENTS["Customer e-mail"], self.values.get("Customer e-mail", ""))
        pen.line((520, 519, 760, 519), LINE, 4)
        knob = 540 + int(self.values.get("Priority", "0"))
        pen.ellipse((knob - 9, 510, knob + 9, 528), BLUE)
        _button(pen, ELEMENTS["Confirm"])

    def windows(self, active: int = 1) -> None:
        browser = WindowState(
            id=1, rect=BROWSER, program="chromium", app="Chromium", title="Order desk", url="http://desk.test/", pid=1
        )
        editor = WindowState(id=2, rect=EDITOR, program="mousepad", app="Mousepad", title="notes.txt", pid=2)
        self.window.append(
            Windows(
                time_ns=self.now_ns,
                seq=len(self.window),
                active=active,
                windows=(browser, editor),
                screen=Rect(0, 0, WIDTH, HEIGHT),
            )
        )

    def mark_(self, kind: str, reason: str = "", what: str = "", detail: str = "") -> None:
        self.mark.append(
            Mark(
                time_ns=self.now_ns,
                seq=len(self.mark),
                kind=kind,  # type: ignore[arg-type]
                reason=reason,  # type: ignore[arg-type]
                what=what,  # type: ignore[arg-type]
                detail=detail,
            )
        )

    def _point(self, kind: str, button: int = 0, dy: int = 0, modifiers: tuple[Modifier, ...] = ()) -> None:
        self.pointer.append(
            Pointer(
                time_ns=self.now_ns,
                seq=len(self.pointer),
                kind=kind,  # type: ignore[arg-type]
                x=self.x,
                y=self.y,
                button=button,
                scroll_y=dy,
                modifiers=modifiers,
            )
        )

    def go(self, x: int, y: int) -> None:
        from_x, from_y = self.x, self.y
        steps = max(6, int(math.dist((x, y), (from_x, from_y)) / 14))
        for n in range(1, steps + 1):
            t = n / steps
            ease, bow = 3 * t * t - 2 * t**3, math.sin(math.pi * t) * 18
            self.x, self.y = round(from_x + (x - from_x) * ease + bow), round(from_y + (y - from_y) * ease - bow)
            self._point("move")
            self.now_ms += 8

    def rest(self, name: str) -> None:
        bounds = ELEMENTS[name].bounds
        assert bounds is not None
        if name == "Row":
            self.go(bounds.x + 40, bounds.y + 18)
        elif name == "Note":
            self.go(bounds.x + 120, bounds.y + 60)
        else:
            self.go(bounds.x + bounds.width // 2, bounds.y + bounds.height // 2)
        self.now_ms += 150
        self.element.append(
            ElementAt(
                time_ns=self.now_ns + MS,
                seq=len(self.element),
                cause="rest",
                element=ELEMENTS[name],
                asked_ns=self.now_ns,
                x=self.x,
                y=self.y,
                stable=True,
            )
        )
        self.now_ms += 120

    def click(self, name: str, times: int = 1, modifiers: tuple[Modifier, ...] = ()) -> None:
        self.rest(name)
        for _ in range(times):
            self._point("down", 1, modifiers=modifiers)
            self.now_ms += 70
            self._point("up", 1, modifiers=modifiers)
            self.now_ms += 90
        self.element.append(
            ElementAt(
                time_ns=self.now_ns,
                seq=len(self.element),
                cause="focus",
                element=ELEMENTS[name],
                asked_ns=self.now_ns,
            )
        )
        self.now_ms += 250

    def drag(self, name: str, dx: int) -> None:
        self.rest(name)
        self._point("down", 1)
        self.go(self.x + dx, self.y)
        self.now_ms += 60
        self._point("up", 1)
        self.now_ms += 300

    def scroll(self, name: str, notches: int) -> None:
        self.rest(name)
        for _ in range(abs(notches)):
            self._point("scroll", dy=1 if notches > 0 else -1)
            self.now_ms += 70
        self.now_ms += 900

    def _key(self, keysym: str, text: str = "", run: int | None = None, modifiers: tuple[Modifier, ...] = ()) -> None:
        beat = 70 + (len(self.keys) * 37) % 90
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
            self.now_ms += beat * 0.6 if down else beat

    def write(self, name: str, text: str, typed: str = "", *, scrubbed: bool = False, corrections: int = 0) -> None:
        start_ns, run = self.now_ns, len(self.text)
        for character in typed or text:
            if scrubbed:
                self.now_ms += 120
            else:
                self._key("BackSpace" if character == "\b" else character, character, run)
        self.text.append(
            TextRun(
                time_ns=self.now_ns,
                seq=run,
                run=run,
                start_ns=start_ns,
                text=text,
                level="text",
                element=ELEMENTS[name],
                corrections=corrections,
                scrubbed=scrubbed,
            )
        )
        self.now_ms += 200

    def hotkey(self, letter: str) -> None:
        self._key(letter, modifiers=("ctrl",))
        self.now_ms += 400

    def work(self) -> None:
        """One order from sign-in to confirmation: 18 actions."""
        self.windows()
        self.draw()
        self.now_ms += 900
        self.click("User name")
        self.write("User name", "ada")
        self.values["User name"] = "ada"
        self.draw()
        self.click("Password")
        self.mark_("dropped", "secure_field", "keys")
        self.now_ms += 2300
        self.click("Sign in")
        self.page = "orders"
        self.draw()
        self.now_ms += 2600
        self.scroll("Orders", 5)
        self.scrolled = 5
        self.draw()
        self.scroll("Orders", -3)
        self.scrolled = 2
        self.draw()
        self.click("Row", times=2)
        self.hotkey("c")
        self.windows(active=2)
        self.click("Note")
        self.hotkey("v")
        self.note = "A-10427"
        self.draw()
        self.write("Note", " paper, 15 boxes", " papre\b\ber, 15 boxes", corrections=2)
        self.note = "A-10427 paper, 15 boxes"
        self.draw()
        self._key("Return")
        self.hotkey("s")
        self.windows(active=1)
        self.click("Customer e-mail")
        self.write("Customer e-mail", "<EMAIL_1>", "x" * 18, scrubbed=True)
        self.values["Customer e-mail"] = "████████████"
        self.draw()
        self.mark_("dropped", "scrubbed", "text")
        self.drag("Priority", 60)
        self.values["Priority"] = "180"
        self.draw()
        self.click("Row", modifiers=("ctrl",))
        self.mark_("left_scope", "out_of_scope")
        self.now_ms += 4200
        self.mark_("entered_scope")
        self.draw()
        self.now_ms += 500
        self.mark_("pause")
        self.now_ms += 3000
        self.mark_("resume")
        self.draw()
        self.now_ms += 700
        self.click("Confirm")
        self.now_ms += 300

    def recording(self) -> Recording:
        records = {name: len(getattr(self, name)) for name in ("pointer", "keys", "text", "element", "frame", "mark")}
        stats = {
            "duration_s": self.now_ms / 1000,
            "cpu_s": 0.61,
            "sources_cpu_s": 1.33,
            "peak_rss_bytes": 88_400_000,
            "largest_source_rss_bytes": 61_000_000,
            "sealed_bytes": 427_000,
            "records": records,
        }
        self.mark_("stats", detail=json.dumps(stats))
        return Recording(
            info=RecordingInfo(
                id="0" * 32,
                contributor="demo-1",
                consent_id="1" * 32,
                profile="own-work",
                started_at="2026-03-02T09:00:00+00:00",
                start_ns=0,
                policy_sha256="2" * 64,
                product_version="0.1.0",
                schema_version=1,
                task="Confirm the first paper order and note it",
            ),
            **{
                stream: tuple(getattr(self, stream))
                for stream in ("pointer", "keys", "text", "window", "element", "frame", "mark")
            },
            tree=(self.tree(),),
        )

    def tree(self) -> ElementTree:
        """The elements of the first window, read before anything was done."""
        shown = self.window[0]
        window = next(each for each in shown.windows if each.id == shown.active)
        field, button = (Rect(window.rect.x + 20, window.rect.y + y, 120, 24) for y in (40, 90))
        return ElementTree(
            time_ns=shown.time_ns + 1,
            seq=0,
            started_ns=shown.time_ns,
            window=window.id,
            bounds=window.rect,
            nodes=(
                TreeNode(id="0", role="frame", parent=-1, name=window.title, bounds=window.rect),
                TreeNode(id="1", role="entry", parent=0, name="Customer", value_class="empty", bounds=field),
                TreeNode(id="2", role="push button", parent=0, name="Confirm", states=("enabled",), bounds=button),
            ),
            url=window.url,
        )


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _box(element: Element) -> tuple[int, int, int, int]:
    bounds = element.bounds
    assert bounds is not None
    return bounds.x, bounds.y, bounds.right - 1, bounds.bottom - 1


def _window(pen: ImageDraw.ImageDraw, rect: Rect) -> None:
    pen.rectangle((rect.x, rect.y, rect.right - 1, rect.bottom - 1), PAPER, LINE)


def _entry(pen: ImageDraw.ImageDraw, element: Element, value: str) -> None:
    x, y, right, bottom = _box(element)
    pen.text((x, y - 22), element.name, SOFT, _font(14))
    pen.rounded_rectangle((x, y, right, bottom), 5, PAPER, LINE, 2)
    pen.text((x + 12, y + 10), value, INK, _font(16))


def _button(pen: ImageDraw.ImageDraw, element: Element) -> None:
    x, y, right, bottom = _box(element)
    pen.rounded_rectangle((x, y, right, bottom), 6, BLUE)
    pen.text(((x + right) // 2, (y + bottom) // 2), element.name, PAPER, _font(17), anchor="mm")


@dataclass
class Memory:
    """A dataset version that lies in memory: what `understudy.dataset.open` would yield."""

    manifest: Manifest
    tables: Mapping[str, pa.Table]
    stills: dict[str, bytes]

    def still_webp(self, still_id: str) -> bytes:
        return self.stills[still_id]


CONSENT = Consent(
    id="1" * 32,
    contributor="demo-1",
    profile="own-work",
    notice_sha256="3" * 64,
    notice_version="1",
    language="en",
    purposes=("train-own-agent",),
    scope=("chromium", "mousepad"),
    policy_sha256="2" * 64,
    retention_days=365,
    given_at="2026-03-02T08:59:00+00:00",
    method="typed-yes",
    demo=True,
)


def in_memory(recording: Recording, levels: Levels) -> Memory:
    """The dataset that one recording becomes, by the real pipeline."""
    episodes = segment(recording, ground(recording, reduce(recording)))
    tables = tables_of(recording, episodes, pseudonym="r0", consent=CONSENT, levels=levels)
    stills = Stills(recording)
    contents = (("stills", 402_311), ("trajectories", 21_870), ("steps", 9_120), ("keystrokes", 4_480))
    files = tuple(
        PartFile(name=f"{content}.bin", content=content, sha256="5" * 64, bytes=size)  # type: ignore[arg-type]
        for content, size in contents
    )
    manifest = Manifest(
        format=1,
        dataset="desk",
        version="v" * 32,
        number=1,
        revision=1,
        product_version="0.1.0",
        purpose="train-own-agent",
        motion=levels.motion,
        timing=levels.timing,
        demo=True,
        parts=(Part(id="4" * 32, notice=Notice(version="1", language="en", sha256="3" * 64), files=files),),
    )
    return Memory(
        manifest, tables, {still_id("r0", nth): stills.webp(seq) for nth, seq in enumerate(stills_needed(episodes))}
    )


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(scope="session")
def worked() -> Recording:
    """The recording of one order."""
    desk = Desk()
    desk.work()
    return desk.recording()


@pytest.fixture(scope="session")
def full(worked: Recording) -> Memory:
    """The dataset of one order, every path and rhythm kept."""
    return in_memory(worked, Levels(motion="full", timing="full"))


@pytest.fixture(scope="session")
def targets(worked: Recording) -> Memory:
    """The dataset of one order at the default levels."""
    return in_memory(worked, Levels())


@pytest.fixture(scope="session")
def to_memory() -> Callable[[Recording, Levels], Memory]:
    return in_memory
