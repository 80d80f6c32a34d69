"""The stage: a private desktop with a browser, the hands that work on it, and the eyes that see what is there."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import xcffib
import xcffib.xproto
from PIL import Image
from tests.redteam.canaries import Canary, Kind
from tests.redteam.plan import Plan, Typed
from tests.redteam.site import Site

from benchmarks.costs import cpu_s
from benchmarks.driven import Desk, Recorder
from benchmarks.patience import Patience
from demo.devtools import Page
from demo.stage import QUIET_BROWSER
from understudy.act.desktop import A11Y_LAUNCHERS, CHROMIUM_FLAGS, VirtualDesktop
from understudy.act.devtools import BrowserUnavailable, wait_for_port
from understudy.act.xtest import XTest

WIDTH_PX, HEIGHT_PX = 1280, 800
BROWSER = (0, 40, 800, 700)
WIDE = (0, 40, 1240, 720)
SIDE_X_PX = 812
PREFERENCES = {**QUIET_BROWSER, "autofill": {"credit_card_enabled": False, "profile_enabled": True}}
"""The browser remembers what was typed into forms, as it does unless somebody tells it not to."""
FORM_PROGRAM = Path(__file__).with_name("gtk_form.py")
TYPE_GAP_S = 0.006
SPARE = 125
"""Percent of a channel's canaries that are planted where they are only shown."""
SEEN_S = 1.6
"""How long what is shown stays: two frames a second are kept, the first up to 0.6 s late."""


class SceneFailed(Exception):
    """A scene could not be played; the message says what was missing."""


@dataclass
class GtkForm:
    """The running GTK form. `area` is its client area, root px."""

    process: subprocess.Popen[bytes]
    window: int
    area: tuple[int, int, int, int]
    state_path: Path

    def state(self) -> dict[str, Any]:
        """Where its fields are and what they hold."""
        return json.loads(self.state_path.read_text())

    def point(self, field: str) -> tuple[int, int]:
        """The middle of a field, root px."""
        x, y, width, height = self.state()["places"][field]
        return round(self.area[0] + x + width / 2), round(self.area[1] + y + height / 2)

    def value(self, field: str) -> str:
        """What a field holds."""
        return self.state()["values"][field]


class Stage:
    """Everything that a scene works with. A context manager; programs that a scene starts are ended by `end`.

    `titles` tells whether the policy keeps titles: then harmless ones must be found. `recorder` is who watches, None
    before it does; scenes wait for it, and for nothing that it knows.
    """

    def __init__(self, desktop: VirtualDesktop, plan: Plan, count: int, *, titles: bool = True) -> None:
        self.desktop, self.plan, self.count = desktop, plan, count
        self.titles = titles
        self.recorder: Recorder | None = None
        self._stack = contextlib.ExitStack()
        self.browser = BROWSER
        self._forms = 0
        self._started: list[Window] = []

    def __enter__(self) -> Stage:
        self.hands = self._stack.enter_context(XTest(self.desktop.display))
        self.desk = self._stack.enter_context(Desk(self.desktop.display))
        self.site = self._stack.enter_context(Site())
        connect: Any = xcffib.connect
        self._x: Any = connect(display=self.desktop.display)
        self._stack.callback(self._x.disconnect)
        self._root = self._x.get_setup().roots[0].root
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    # -- programs ----------------------------------------------------------------------------------------------------

    def start_browser(self, *flags: str) -> None:
        """Chromium on the left, at the site's start page."""
        profile = self.desktop.home / "chromium" / "Default"
        profile.mkdir(parents=True, exist_ok=True)
        (profile / "Preferences").write_text(json.dumps(PREFERENCES))
        self.desktop.chromium(f"{self.site.url}/", "--remote-debugging-port=0", *flags)
        self.browser_window = self.desk.find("chromium")
        # Where everything is larger, a larger window shows as much of a page; nothing stands beside it there.
        self.browser = self.desk.place(self.browser_window, *(WIDE if flags else BROWSER))
        self.page = self._stack.enter_context(Page(wait_for_port(profile.parent)))
        self.page.wait_for("document.readyState === 'complete'")

    def start(self, command: Sequence[str], find: str, place: tuple[int, int, int, int] | None = None) -> Window:
        """A program, its newest window found by class and placed (x, y, width, height)."""
        known = set(self.desk._listed())
        process = self.desktop.spawn(command)
        window = self.wait(
            lambda: next(
                (
                    one
                    for one in self.desk._listed()
                    if one not in known and find.lower() in self.desk._class_of(one).lower()
                ),
                None,
            ),
            f"a window of {find}",
            40,
        )
        area = self.desk.place(window, *place) if place else self.desk.area(window)
        started = Window(process, window, area)
        self._started.append(started)
        return started

    def end(self, program: Window | GtkForm) -> None:
        """End a program and wait until its window is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.process.pid, signal.SIGKILL)
        program.process.wait(10)
        self.wait(lambda: program.window not in self.desk._listed(), "a window to close")

    def form(
        self, title: str, fields: Sequence[dict[str, object]], button: str, x: int = SIDE_X_PX, y: int = 60
    ) -> GtkForm:
        """The small GTK program with these fields."""
        self._forms += 1
        form, state = (self.desktop.home / f"form{self._forms}{end}" for end in (".json", ".state.json"))
        form.write_text(json.dumps({"title": title, "fields": list(fields), "button": button}))
        window = self.start(["/usr/bin/python3", str(FORM_PROGRAM), str(form), str(state)], "redteam-form")
        height = self.desk.area(window.window)[3]
        area = self.desk.place(window.window, SIDE_X_PX, y, 460, height)
        self.wait(state.exists, "the form's state")
        time.sleep(0.5)
        return GtkForm(window.process, window.window, area, state)

    def private_browser(self, address: str) -> Window:
        """A private window of another Chromium, as a person opens one: with its frame and its address bar."""
        sandbox = ("--no-sandbox", "--test-type") if os.geteuid() == 0 else ()
        profile = f"--user-data-dir={self.desktop.home / 'chromium-private'}"
        place = (300, 60, 800, 680)
        return self.start(["chromium", *CHROMIUM_FLAGS, *sandbox, profile, "--incognito", address], "chromium", place)

    @contextlib.contextmanager
    def screen_locked(self) -> Iterator[None]:
        """The screen locker has the screen and the keyboard."""
        locker = self.desktop.spawn(["i3lock", "--nofork", "--color=203040"])
        try:
            self.wait(self.keyboard_is_taken, "the screen to be locked")
            time.sleep(0.5)
            yield
        finally:
            os.killpg(locker.pid, signal.SIGKILL)
            locker.wait(10)

    def keyboard_is_taken(self) -> bool:
        """True while somebody holds the whole keyboard."""
        taken = self._x.core.GrabKeyboard(False, self._root, 0, 1, 1).reply().status
        if taken == 0:
            self._x.core.UngrabKeyboard(0, is_checked=True).check()
        return bool(taken)

    @contextlib.contextmanager
    def keyboard_taken(self) -> Iterator[None]:
        """Another program holds the whole keyboard, as password prompts do."""
        self.wait(lambda: self._x.core.GrabKeyboard(False, self._root, 0, 1, 1).reply().status == 0, "the keyboard")
        time.sleep(0.3)
        try:
            yield
        finally:
            self._x.core.UngrabKeyboard(0, is_checked=True).check()

    def keys_taken(self) -> int:
        """How many presses came to us, while we hold the keyboard, since this was asked last."""
        self._x.core.GetInputFocus().reply()
        count = 0
        while (event := self._x.poll_for_event()) is not None:
            count += isinstance(event, xcffib.xproto.KeyPressEvent)
        return count

    def bus_processes(self) -> list[int]:
        """The accessibility bus of this desktop and what starts it."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (path / "cmdline").read_bytes().split(b"\0")
                ours = f"DISPLAY={self.desktop.display}".encode() in (path / "environ").read_bytes().split(b"\0")
                bus = b"dbus-daemon" in words[0] and any(b"at-spi" in word for word in words)
                if ours and (bus or b"at-spi-bus-launcher" in words[0]):
                    found.append(int(path.name))
        if not found:
            raise SceneFailed("no accessibility bus runs on this desktop")
        return found

    def start_bus(self) -> None:
        """A new accessibility bus, switched on."""
        launcher = next(path for path in A11Y_LAUNCHERS if Path(path).exists())
        self.desktop.spawn([launcher, "--launch-immediately"])
        time.sleep(1.0)

    def tidy(self) -> None:
        """End what a scene started and left, and let no key or button stay down."""
        for name in ("Shift_L", "Control_L", "Alt_L"):
            self.hands.key_up(name)
        for program in self._started:
            if program.process.poll() is None:
                self.end(program)
        self._started.clear()

    # -- the browser's page ------------------------------------------------------------------------------------------

    def open(self, path: str, whole: str) -> None:
        """Let the page `whole` stand at `path` and go there; back when it has settled."""
        self.site.put(path, whole)
        self.page.run(f"location.href = {json.dumps(path)}; 1")
        self.page.wait_for_path(path)
        time.sleep(0.9)

    def point(self, selector: str, across: float = 0.5) -> tuple[int, int]:
        """Where on the screen a thing on the page is, root px."""
        x, y, width, height = self.page.box(selector)
        inner = self.page.run("[innerWidth, innerHeight, devicePixelRatio]")
        if not isinstance(inner, list):
            raise BrowserUnavailable(f"the page told no size: {inner!r}")
        ratio = float(inner[2])
        above = self.browser[3] - float(inner[1]) * ratio
        return (
            round(self.browser[0] + (x + across * width) * ratio),
            round(self.browser[1] + above + (y + 0.5 * height) * ratio),
        )

    def click(self, selector: str, rest_s: float = 0.2, across: float = 0.5) -> None:
        """Go to a thing on the page, scrolled into view, rest, click."""
        self.page.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'nearest'}}); 1")
        self.click_at(*self.point(selector, across), rest_s)

    def click_at(self, x: int, y: int, rest_s: float = 0.2) -> None:
        """Go there, rest, click."""
        self.hands.move(x, y, 0.12)
        time.sleep(rest_s)
        self.hands.click()
        time.sleep(0.25)

    def enter(self, selector: str, rest_s: float = 0.1) -> bool:
        """Click a field of the page until it has the focus. False when it never does: nothing may be typed then."""
        chosen = f"document.activeElement === document.querySelector({json.dumps(selector)})"
        for _ in range(3):
            self.click(selector, rest_s)
            if self.happens(lambda: self.page.run(chosen) is True):
                return True
        return False

    def enter_field(self, form: GtkForm, field: str, rest_s: float = 0.1) -> bool:
        """The same with a field of the GTK program."""
        for _ in range(3):
            self.click_at(*form.point(field), rest_s)
            if self.happens(lambda: form.state()["focus"] == field):
                return True
        return False

    def happens(self, condition: Callable[[], bool], timeout_s: float = 1.0) -> bool:
        """True as soon as something is so; False when it isn't within the time."""
        patience = Patience(timeout_s)
        while not condition():
            if patience.over:
                return False
            time.sleep(0.05)
        return True

    def value(self, selector: str) -> str:
        """What a field of the page holds."""
        return str(self.page.run(f"document.querySelector({json.dumps(selector)}).value"))

    def activate(self, window: int) -> None:
        """Have the window manager bring a window to the front with the keyboard, as its taskbar would."""
        atom = self._x.core.InternAtom(False, 18, "_NET_ACTIVE_WINDOW").reply().atom
        data = xcffib.xproto.ClientMessageData.synthetic([2, 0, 0, 0, 0], "IIIII")
        event = xcffib.xproto.ClientMessageEvent.synthetic(32, window, atom, data)
        mask = xcffib.xproto.EventMask.SubstructureNotify | xcffib.xproto.EventMask.SubstructureRedirect
        self._x.core.SendEvent(False, self._root, mask, event.pack(), is_checked=True).check()

    def move_window(self, window: int, x: int, y: int) -> None:
        """Ask for this place of a window; does not wait."""
        self._x.core.ConfigureWindow(window, 1 | 2, [x, y], is_checked=True).check()

    # -- the hands ---------------------------------------------------------------------------------------------------

    def type(self, canary: Canary, part: str | None = None, *, rest_s: float = 0.03) -> None:
        """Type a canary, or a part of it, with a rest before and after: no key of that time may be kept."""
        time.sleep(rest_s)
        before_ns = time.monotonic_ns()
        self.hands.type_text(canary.value if part is None else part, TYPE_GAP_S)
        # The server counts whole milliseconds.
        self.plan.typed.append(Typed(canary.id, before_ns + 2_000_000, time.monotonic_ns()))
        time.sleep(rest_s)

    def type_control(self, gap_s: float = 0.03) -> str:
        """Type two harmless words that the policy keeps."""
        words = self.plan.control("text")
        time.sleep(0.3)
        self.hands.type_text(words, gap_s)
        time.sleep(0.3)
        return words

    def tap(self, key: str, times: int = 1) -> None:
        """One key, or a combination."""
        for _ in range(times):
            self.hands.key(key)
            time.sleep(0.03)

    def tell_arrived(self, canaries: Sequence[Canary], file: Path, timeout_s: float = 2.0) -> None:
        """Those canaries that a program didn't write to its file, as it does with all that it gets, don't count."""
        patience = Patience(timeout_s)
        while True:
            heard = file.read_text(errors="replace") if file.exists() else ""
            missing = [canary for canary in canaries if canary.value not in heard]
            if not missing or patience.over:
                break
            time.sleep(0.05)
        for canary in missing:
            self.plan.take_back(canary)

    # -- the eyes ----------------------------------------------------------------------------------------------------

    def sight(self) -> None:
        """Keep what is really on the screen now, as the proof that what was planted could be seen."""
        reply = self._x.core.GetImage(
            xcffib.xproto.ImageFormat.ZPixmap, self._root, 0, 0, WIDTH_PX, HEIGHT_PX, 0xFFFFFFFF
        ).reply()
        picture = Image.frombytes("RGB", (WIDTH_PX, HEIGHT_PX), reply.data.buf(), "raw", "BGRX")
        self.plan.sights.append((self.plan.channel, picture))

    def show(self, seconds: float = SEEN_S) -> None:
        """Let what is shown stand long enough to be recorded, and keep a sight of it."""
        time.sleep(seconds)
        self.sight()

    def wait_for_reader(self, rest_s: float = 1.5, timeout_s: float = 40) -> None:
        """Until the process that reads pictures has had nothing to do for a while; raises SceneFailed without one."""
        if self.recorder is None or (reader := self.recorder.crew().others.get("reader")) is None:
            raise SceneFailed("nobody reads pictures")
        patience, used_s, since = Patience(timeout_s), cpu_s(reader), time.monotonic()
        while time.monotonic() - since < rest_s and not patience.over:
            time.sleep(0.1)
            if (now_s := cpu_s(reader)) > used_s:
                used_s, since = now_s, time.monotonic()

    @staticmethod
    def wait(condition: Callable[[], Any], what: str, timeout_s: float = 20) -> Any:  # noqa: ANN401
        """The first true value of `condition`; raises SceneFailed."""
        patience = Patience(timeout_s)
        while not (value := condition()):
            if patience.over:
                raise SceneFailed(f"waited {timeout_s:.0f} s for {what}")
            time.sleep(0.05)
        return value

    # -- planting ----------------------------------------------------------------------------------------------------

    def canaries(self, kinds: Sequence[Kind], count: int | None = None, *, shown: bool = False) -> list[Canary]:
        """So many new canaries of these kinds in turn; None: as many as a channel gets, some more if they are shown.

        Of what is only shown the reader can't make out everything, and what it can't make out doesn't count.
        """
        wanted = (self.count * SPARE // 100 if shown else self.count) if count is None else count
        return [self.plan.canary(kinds[number % len(kinds)], shown=shown) for number in range(wanted)]

    def batches(self, size: int, *, shown: bool = False) -> Iterator[int]:
        """The sizes of batches of at most `size` that make up a channel's canaries; some more if they are `shown`."""
        left = self.count * SPARE // 100 if shown else self.count
        while left > 0:
            yield min(size, left)
            left -= size


@dataclass
class Window:
    """A program started by a scene: its process, its window, the window's client area (root px)."""

    process: subprocess.Popen[bytes]
    window: int
    area: tuple[int, int, int, int]

    def at(self, across: float, down: float) -> tuple[int, int]:
        """The point at these shares of its width and height, root px."""
        return round(self.area[0] + across * self.area[2]), round(self.area[1] + down * self.area[3])
