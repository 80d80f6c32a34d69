"""Thirteen workflows, recorded by the real recorder, replayed: the programs end as they did."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from benchmarks.driven import Desk, Recorder, wait_until
from demo.devtools import Page
from understudy.act.desktop import VirtualDesktop
from understudy.act.devtools import wait_for_port
from understudy.act.replay import Pace, Replay
from understudy.act.replay_eyes import Eyes
from understudy.act.replay_hands import Hands
from understudy.act.replay_plan import Planned, plan
from understudy.act.replay_windows import Stage
from understudy.act.xtest import XTest
from understudy.capture.choose import make_source
from understudy.capture.source import DesktopEnv
from understudy.export.words import REASON_WORDS, tell
from understudy.pipeline.ground import ground
from understudy.pipeline.reduce import reduce
from understudy.records.recording import Recording

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

POLICY = """\
version = 1
profile = "own-work"

[[app]]
name = "Chromium on one site"
program = "chromium"
urls = ["{site}"]
keys = "text"

[[app]]
name = "Mousepad"
program = "mousepad"
keys = "text"
"""

PAGE = (Path(__file__).parent / "replay_page.html").read_text()


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The page on 127.0.0.1; its address, with a slash at the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGE.encode() if self.path.partition("?")[0] == "/" else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Desktop:
    """Both programs, and the hands that work in them at a person's pace, though in a hurry."""

    hands: XTest
    page: Page
    site: str
    file: Path
    browser: tuple[int, int, int, int]
    editor: tuple[int, int, int, int]
    blank: object
    loads: int = 0

    def reset(self) -> None:
        """A fresh page and an empty, saved file, whatever was done before."""
        if self.page.run("state()") != self.blank:
            self.loads += 1
            self.page.run(f"location.replace('/?{self.loads}')")
            self.page.wait_for(f"location.search === '?{self.loads}' && document.readyState === 'complete'")
            # What is done on a page before its address is known is out of scope, and so in no recording.
            self.hands.pause(0.45)
        if self.file.read_text():
            self.click(*self.in_editor(0.5, 0.5))
            for keys in ("ctrl+a", "Delete", "ctrl+s"):
                self.keys(keys)
            wait_until(lambda: self.file.read_text() == "", "the editor to be emptied")

    def look(self) -> dict[str, object]:
        """What the page's fields hold and what the editor saved."""
        return {"page": self.page.run("state()"), "file": self.file.read_text()}

    def state(self) -> dict[str, object]:
        """As `look`, once nothing changes any more."""
        last: dict[str, object] = {}
        since, deadline = time.monotonic(), time.monotonic() + 8
        while time.monotonic() - since < 0.2 and time.monotonic() < deadline:
            if (now := self.look()) != last:
                last, since = now, time.monotonic()
            time.sleep(0.05)
        return last

    def on_page(self, selector: str, across: float = 0.5, down: float = 0.5) -> tuple[int, int]:
        x, y, width, height = self.page.box(selector)
        inner = self.page.run("innerHeight")
        assert isinstance(inner, int | float)
        above = self.browser[3] - inner
        return round(self.browser[0] + x + across * width), round(self.browser[1] + above + y + down * height)

    def in_editor(self, across: float, down: float) -> tuple[int, int]:
        x, y, width, height = self.editor
        return round(x + across * width), round(y + down * height)

    def go(self, x: int, y: int) -> None:
        self.hands.move(x, y, 0.08)
        time.sleep(0.22)

    def click(self, x: int, y: int, count: int = 1, button: int = 1) -> None:
        self.go(x, y)
        self.hands.click(button, count)
        time.sleep(0.15)

    def type(self, text: str) -> None:
        self.hands.type_text(text, 0.015)
        time.sleep(0.15)

    def keys(self, *combinations: str) -> None:
        for combination in combinations:
            self.hands.key(combination)
            time.sleep(0.09)


# --- the workflows ---------------------------------------------------------------------------------------------------


def fill_in_a_form(desk: Desktop) -> None:
    desk.click(*desk.on_page("#name"))
    desk.type("Ada Byron")
    desk.keys("Tab")
    desk.type("North quay 7")


def correct_a_typo(desk: Desktop) -> None:
    desk.click(*desk.on_page("#name"))
    desk.type("Warehoise")
    for _ in range(3):
        desk.hands.key("BackSpace")
        time.sleep(0.06)
    desk.type("use four")


def select_all_and_replace(desk: Desktop) -> None:
    desk.click(*desk.on_page("#city"))
    desk.keys("ctrl+a")
    desk.type("New town")


def copy_from_page_to_editor(desk: Desktop) -> None:
    desk.click(*desk.on_page("#reference"), count=2)
    desk.keys("ctrl+c")
    desk.click(*desk.in_editor(0.5, 0.5))
    desk.keys("ctrl+v")
    desk.type(" is packed")
    desk.keys("ctrl+s")


def tick_and_choose(desk: Desktop) -> None:
    desk.click(*desk.on_page("#gift"))
    desk.click(*desk.on_page("#ship-c"))
    desk.click(*desk.on_page("#size"))
    desk.keys("Down", "Down", "Return")


def drag_the_slider(desk: Desktop) -> None:
    desk.go(*desk.on_page("#amount", 0.5))
    desk.hands.drag(*desk.on_page("#amount", 0.83), 0.4)
    time.sleep(0.2)


def drag_a_list_item(desk: Desktop) -> None:
    desk.go(*desk.on_page("#crate3"))
    desk.hands.drag(*desk.on_page("#crate1", 0.5, 0.3), 0.6)
    time.sleep(0.3)


def scroll_then_click(desk: Desktop) -> None:
    desk.go(*desk.on_page("#terms"))
    for _ in range(4):
        desk.hands.scroll(4)
        time.sleep(0.15)
    time.sleep(0.7)
    desk.click(*desk.on_page("#agree"))


def double_click_and_type_over(desk: Desktop) -> None:
    desk.click(*desk.on_page("#word", 0.15, 0.5), count=2)
    desk.type("amber")


def keyboard_only(desk: Desktop) -> None:
    desk.click(*desk.on_page("#blank"))
    desk.keys("Tab")
    desk.type("Grace")
    desk.keys("Tab", "Tab")
    desk.type("leave at the gate")
    desk.keys("shift+Tab")
    desk.type("Harbour")
    desk.keys("Tab", "Tab", "Tab", "space", "Tab", "Right")


def undo_and_redo(desk: Desktop) -> None:
    desk.click(*desk.in_editor(0.5, 0.5))
    desk.type("one two three")
    desk.keys("Return")
    desk.type("four")
    desk.keys("ctrl+z", "ctrl+z", "ctrl+z", "ctrl+y", "ctrl+s")


def several_lines(desk: Desktop) -> None:
    desk.click(*desk.in_editor(0.5, 0.5))
    for line in ("Crates: 12", "Pallets: 3 (bent!)"):
        desk.type(line)
        desk.keys("Return")
    desk.keys("Up", "Home", "shift+End", "Delete", "ctrl+s")


def right_click_menu(desk: Desktop) -> None:
    desk.click(*desk.on_page("#blank", 0.3), button=3)
    desk.click(*desk.on_page("#menu-urgent"))


WORKFLOWS: tuple[Callable[[Desktop], None], ...] = (
    fill_in_a_form,
    correct_a_typo,
    select_all_and_replace,
    copy_from_page_to_editor,
    tick_and_choose,
    drag_the_slider,
    drag_a_list_item,
    scroll_then_click,
    double_click_and_type_over,
    keyboard_only,
    undo_and_redo,
    several_lines,
    right_click_menu,
)


# --- recorded once, replayed one by one ------------------------------------------------------------------------------


@dataclass
class Recorded:
    """The desktop, the recording, and of each workflow: when it was done, and how the programs ended."""

    desk: Desktop
    replay: Replay
    recording: Recording
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    blank: dict[str, object] = field(default_factory=dict)
    ends: dict[str, dict[str, object]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    root = tmp_path_factory.mktemp("replay")
    file = root / "notes.txt"
    file.touch()
    with contextlib.ExitStack() as stack:
        desktop = stack.enter_context(VirtualDesktop())
        site = stack.enter_context(served())
        desktop.chromium(site, "--remote-debugging-port=0")
        desktop.spawn(["mousepad", "--disable-server", str(file)])
        windows = stack.enter_context(Desk(desktop.display))
        browser = windows.place(windows.find("chromium"), 0, 40, 640, 700)
        editor = windows.place(windows.find("mousepad"), 660, 60, 580, 400)
        hands = stack.enter_context(XTest(desktop.display))
        page = stack.enter_context(Page(wait_for_port(desktop.home / "chromium")))
        page.wait_for("typeof state === 'function'")
        desk = Desktop(hands, page, site, file, browser, editor, page.run("state()"))
        env = DesktopEnv(desktop.display, session_bus_address=desktop.env["DBUS_SESSION_BUS_ADDRESS"])
        recorder = stack.enter_context(Recorder(desktop, root / "recorder", policy=POLICY.format(site=site)))
        recorder.begin()
        # The trees must be known before what is typed can be kept.
        recorder.wait_for_scope()
        time.sleep(1.0)
        spans: dict[str, tuple[int, int]] = {}
        ends: dict[str, dict[str, object]] = {}
        blank = desk.look()
        for workflow in WORKFLOWS:
            desk.reset()
            began_ns = time.monotonic_ns()
            workflow(desk)
            ends[workflow.__name__] = desk.state()
            spans[workflow.__name__] = began_ns, time.monotonic_ns()
        assert recorder.stop() == 0
        stage = stack.enter_context(Stage(desktop.display))
        eyes = stack.enter_context(Eyes(make_source("elements", env)))
        replay = Replay(stage, eyes, stack.enter_context(Hands(hands)), Pace(longest_pause_s=0.6))
        yield Recorded(desk, replay, recorder.recording(), spans, blank, ends)


def part_of(recording: Recording, first_ns: int, last_ns: int) -> Recording:
    """What lies between two moments, with the windows that were there before."""
    streams = {
        stream: tuple(one for one in getattr(recording, stream) if first_ns <= one.time_ns <= last_ns)
        for stream in ("pointer", "keys", "mark")
    }
    return msgspec.structs.replace(
        recording,
        **streams,
        text=tuple(run for run in recording.text if first_ns <= run.start_ns <= last_ns),
        window=tuple(one for one in recording.window if one.time_ns <= last_ns),
        element=tuple(one for one in recording.element if one.time_ns <= last_ns),
        frame=(),
    )


def planned(recording: Recording) -> list[Planned]:
    steps = ground(recording, reduce(recording))
    return plan(recording, steps, {}, tell=tell, reason_words=REASON_WORDS)


@pytest.mark.parametrize("name", [workflow.__name__ for workflow in WORKFLOWS])
def test_the_programs_end_as_they_did(recorded: Recorded, name: str) -> None:
    assert recorded.ends[name] != recorded.blank, "the workflow itself did nothing"
    recorded.desk.reset()
    assert recorded.desk.look() == recorded.blank
    todo = planned(part_of(recorded.recording, *recorded.spans[name]))
    told: list[str] = []
    recorded.replay.perform(todo, lambda item: told.append(item.words))
    assert recorded.desk.state() == recorded.ends[name], json.dumps(told, ensure_ascii=False, indent=1)
    assert len(told) == len(todo)
