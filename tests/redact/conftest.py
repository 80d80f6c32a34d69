"""Fabricates raw sessions: windows, typing with its evidence, trees and rendered pixels, in order of time."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import pytest
from PIL import Image, ImageDraw

from understudy.records.elements import Element, Node
from understudy.records.events import (
    ElementAt,
    Grab,
    Insert,
    Key,
    Mark,
    Patch,
    Placement,
    Pointer,
    Raw,
    RawFrame,
    Tick,
    Tree,
    Windows,
    WindowState,
)
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, Kept
from understudy.redact.guard import Guard
from understudy.redact.policy import AppRule, DenyRule, Policy
from understudy.redact.scrub import Scrubber

MS = 1_000_000
SCREEN = Rect(0, 0, 640, 400)
PAGE = WindowState(id=1, rect=Rect(0, 0, 400, 300), program="editor", app="Editor", title="Notes", pid=100)
BANK = WindowState(id=2, rect=Rect(400, 0, 240, 300), program="bank", app="Bank", title="Bank", pid=200)
LINE = Rect(10, 10, 300, 24)
"""Where a field stands unless said otherwise."""
RULE = AppRule(name="Editor", program="editor", keys="text")


def policy(*rules: AppRule, deny: tuple[DenyRule, ...] = (), unknown_apps: bool = False) -> Policy:
    return Policy(version=1, profile="own-work", apps=rules or (RULE,), deny=deny, unknown_apps=unknown_apps)


def entry(
    name: str = "Note",
    *,
    at: Rect = LINE,
    secure: bool = False,
    role: str = "",
    pid: int = 100,
    url: str = "",
    key: str = "",
) -> Element:
    return Element(
        id=key or f"{pid}/{name}",
        role=role or ("password text" if secure else "entry"),
        name=name,
        bounds=at,
        states=("editable", "enabled", "showing"),
        path=("frame", "panel", role or "entry"),
        pid=pid,
        url=url,
        secure=secure,
        value_class="bullets" if secure else "",
    )


@dataclass
class Session:
    """A raw session in the making. `now_ns` is its clock; each method adds what real sources would have sent."""

    now_ns: int = 1_000 * MS
    records: list[Raw] = field(default_factory=list)
    stack: tuple[WindowState, ...] = (PAGE, BANK)
    fields: dict[str, str] = field(default_factory=dict)
    shown: dict[int, list[tuple[Element, str]]] = field(default_factory=dict)
    pictures: dict[int, Image.Image] = field(default_factory=dict)
    active: int | None = None

    def add(self, record: Raw) -> None:
        self.records.append(record)

    def wait(self, ms: int) -> Session:
        """Let time pass, with the ticks that the recorder sends."""
        end = self.now_ns + ms * MS
        while (tick := (self.now_ns // (100 * MS) + 1) * 100 * MS) <= end:
            self.now_ns = tick
            self.add(Tick(tick, 0))
        self.now_ns = end
        return self

    def windows(self, active: int | None, *stack: WindowState) -> Session:
        self.stack, self.active = stack or self.stack, active
        self.add(Windows(time_ns=self.now_ns, seq=0, active=active, windows=self.stack, screen=SCREEN))
        return self

    def grab(self, held: bool, pid: int = 0) -> Session:
        self.add(Grab(time_ns=self.now_ns, seq=0, held=held, pid=pid))
        return self

    def focus(self, element: Element | None, lag_ms: int = 10) -> Session:
        self.wait(lag_ms)
        self.add(ElementAt(time_ns=self.now_ns, seq=0, cause="focus", element=element, asked_ns=self.now_ns))
        return self

    def key(self, keysym: str, text: str = "", *, modifiers: tuple[str, ...] = (), code: int = 0) -> Session:
        """A press and release, 30 ms long, 120 ms from the next."""
        code = code or 10 + sum(map(ord, keysym)) % 90
        for down in (True, False):
            self.add(
                Key(
                    time_ns=self.now_ns,
                    seq=0,
                    down=down,
                    keycode=code,
                    keysym=keysym,
                    text=text if down else "",
                    modifiers=modifiers,  # type: ignore[arg-type]
                )
            )
            self.wait(30 if down else 90)
        return self

    def type(self, element: Element | None, text: str, *, told: bool = True) -> Session:
        """Keys into an element, each with what the element says it received; "\\b" is Backspace."""
        for char in text:
            pressed_ns = self.now_ns
            self.key("BackSpace" if char == "\b" else char, "" if char == "\b" else char)
            if element is None or not told:
                continue
            held = self.fields.get(element.id, "")
            if char == "\b":
                op, offset, what = "delete", len(held) - 1, held[-1:]
                self.fields[element.id] = held[:-1]
            else:
                op, offset, what = "insert", len(held), char
                self.fields[element.id] = held + char
            self.say(element, op, offset, "•" if element.secure else what, pressed_ns + 8 * MS)
        return self

    def say(self, element: Element, op: str, offset: int, text: str, time_ns: int | None = None) -> Session:
        record = Insert(
            time_ns=time_ns or self.now_ns,
            seq=0,
            op=op,  # type: ignore[arg-type]
            element=element,
            offset=offset,
            text=text,
        )
        self.add(record)
        return self

    def point(self, x: int, y: int, kind: str = "move", **more: int) -> Session:
        self.add(Pointer(time_ns=self.now_ns, seq=0, kind=kind, x=x, y=y, **more))  # type: ignore[arg-type]
        return self

    def click(self, x: int, y: int) -> Session:
        self.point(x, y).wait(20).point(x, y, "down", button=1).wait(60)
        return self.point(x, y, "up", button=1).wait(20)

    def mark(self, kind: str, detail: str = "") -> Session:
        self.add(Mark(time_ns=self.now_ns, seq=0, kind=kind, detail=detail))  # type: ignore[arg-type]
        return self

    # Pixels

    def show(self, window: WindowState, *things: tuple[Element, str]) -> Session:
        """Draw elements with their texts in a window, send the damaged part, and remember them for `tree`."""
        new = Image.new("RGB", (window.rect.width, window.rect.height), (255, 255, 255))
        draw = ImageDraw.Draw(new)
        for element, text in things:
            assert element.bounds is not None
            place = element.bounds.shift(-window.rect.x, -window.rect.y)
            draw.rectangle((place.x, place.y, place.right - 1, place.bottom - 1), outline=(0, 0, 120))
            draw.text((place.x + 3, place.y + 5), "•" * len(text) if element.secure else text, fill=(0, 0, 0))
        self.shown[window.id] = list(things)
        old = self.pictures.get(window.id)
        self.pictures[window.id] = new
        damage = Rect(0, 0, window.rect.width, window.rect.height)
        if old is not None:
            box = next(
                (e.bounds for e, t in things if e.bounds and _crop(old, e, window) != _crop(new, e, window)), None
            )
            if box is None:
                return self
            damage = box.shift(-window.rect.x, -window.rect.y)
        return self.damage(window, damage)

    def damage(self, window: WindowState, rect: Rect) -> Session:
        part = self.pictures[window.id].crop((rect.x, rect.y, rect.right, rect.bottom))
        patch = Patch(window=window.id, rect=rect, pixels=part.tobytes(), damaged_ns=self.now_ns)
        self.wait(20)
        return self.frame(patch)

    def frame(self, *patches: Patch) -> Session:
        places = tuple(Placement(each.id, each.rect, each.id in self.pictures) for each in self.stack)
        self.add(RawFrame(time_ns=self.now_ns, seq=0, screen=SCREEN, stack=places, patches=patches))
        return self

    def tree(self, window: WindowState, *, complete: bool = True, url: str = "", title: str = "") -> Session:
        """The program's tree, read in 30 ms from now."""
        top = Element(
            id=f"{window.pid}/top", role="frame", name=title or window.title, bounds=window.rect, pid=window.pid
        )
        nodes = [Node(element=top, parent=-1)]
        for element, text in self.shown.get(window.id, []):
            nodes.append(Node(element=element, parent=0, text="" if element.secure else text))
        started_ns = self.now_ns
        self.wait(30)
        self.add(
            Tree(
                time_ns=self.now_ns,
                seq=0,
                started_ns=started_ns,
                pid=window.pid,
                bounds=window.rect,
                nodes=tuple(nodes),
                title=title or window.title,
                url=url,
                complete=complete,
            )
        )
        return self

    def settle(self, *windows: WindowState) -> Session:
        """Time and trees enough for all pixels to be shown."""
        self.wait(700)
        for window in windows or (PAGE,):
            self.tree(window)
        return self.wait(800)

    def run(self, guard: Guard) -> list[Kept]:
        """Everything that a guard keeps of the session."""
        out = []
        for record in sorted(self.records, key=lambda each: each.time_ns):
            out += guard.feed(record)
        out += guard.close(self.now_ns)
        return [each.record for each in out]


def _crop(image: Image.Image, element: Element, window: WindowState) -> bytes:
    assert element.bounds is not None
    place = element.bounds.shift(-window.rect.x, -window.rect.y)
    return image.crop((place.x, place.y, place.right, place.bottom)).tobytes()


def screens(kept: list[Kept]) -> list[Image.Image]:
    """The kept frames, each as the whole screen."""
    shown: list[Image.Image] = []
    for frame in kept:
        if isinstance(frame, Frame):
            whole = Image.new("RGB", (frame.width, frame.height)) if frame.key else shown[-1].copy()
            for patch in frame.patches:
                whole.paste(Image.open(io.BytesIO(patch.webp)).convert("RGB"), (patch.x, patch.y))
            shown.append(whole)
    return shown


def colours(image: Image.Image, rect: Rect) -> set[tuple[int, ...]]:
    """Every colour inside a rectangle."""
    part = image.crop((rect.x, rect.y, rect.right, rect.bottom))
    return {colour for _, colour in part.getcolors(1 << 20) or ()}  # type: ignore[misc]


@dataclass(frozen=True)
class Fabricator:
    """What tests of the guard need; handed out as a fixture, since test folders are no packages."""

    page: WindowState = PAGE
    bank: WindowState = BANK
    rule: AppRule = RULE
    screen: Rect = SCREEN

    def session(self) -> Session:
        return Session()

    def typing(self, element: Element | None = None) -> Session:
        """A session with the page active and the focus on `element` (an entry), long settled."""
        return Session().windows(1).focus(element or entry()).wait(500)

    entry = staticmethod(entry)
    screens = staticmethod(screens)
    colours = staticmethod(colours)
    policy = staticmethod(policy)

    def guard(self, *rules: AppRule, kinds: tuple[str, ...] = ("email", "card", "secret"), **more: bool) -> Guard:
        return Guard(policy(*rules, **more), Scrubber(kinds))  # type: ignore[arg-type]

    def kept(self, session: Session, *rules: AppRule, **more: bool) -> list[Kept]:
        return session.run(self.guard(*rules, **more))


@pytest.fixture
def fabricate() -> Fabricator:
    return Fabricator()
