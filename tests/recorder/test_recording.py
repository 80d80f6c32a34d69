"""One story, recorded for real: nothing unsealed anywhere, pauses kept, everything in order."""

from __future__ import annotations

import base64
import contextlib
import os
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from benchmarks.driven import Crew, Desk, Recorder
from benchmarks.looking import (
    OpenFile,
    Searcher,
    changed_files,
    new_word,
    open_files,
    shared_mappings,
    system_v_memory,
)
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.pipeline.reduce import reduce
from understudy.records.events import Key
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

PAGE = """<!doctype html><title>{title}</title><body style="margin:0;font:20px sans-serif">
<input type=password aria-label=Password style="position:absolute;top:0;left:0;width:100%;height:35%">
<textarea aria-label=Remark style="position:absolute;top:36%;left:0;width:100%;height:30%"></textarea>
<p style="position:absolute;top:70%">Crates of {shown}</p></body>"""


@contextlib.contextmanager
def served(page: str) -> Iterator[str]:
    """One page on 127.0.0.1; its address, with a slash at the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page.encode() if self.path == "/" else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
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


@dataclass(repr=False)
class Story:
    """What was done and what was seen while it was recorded, and the recording itself.

    `words` by name; `pauses` are (first press of the hotkey or click that paused, end of the one that resumed), ns;
    `burst` the points of a fast movement in scope; `hotkeys` the spans in which hotkeys were pressed, ns; `clicked` the
    points of the indicator that were clicked; `left` processes that outlived the recording.
    """

    recorder: Recorder
    words: dict[str, str]
    crew: Crew
    left: list[int] = field(default_factory=list)
    pauses: list[tuple[int, int]] = field(default_factory=list)
    hotkeys: list[tuple[int, int]] = field(default_factory=list)
    burst: list[tuple[int, int]] = field(default_factory=list)
    clicked: list[tuple[int, int]] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    found: dict[str, set[str]] = field(default_factory=dict)
    found_after: dict[str, set[str]] = field(default_factory=dict)
    open_files: list[OpenFile] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    system_v: list[str] = field(default_factory=list)
    status: dict[int, str] = field(default_factory=dict)
    control: Path = Path()
    code: int | None = None
    recording: Recording | None = None

    @property
    def sealed(self) -> Recording:
        """The recording, unsealed."""
        assert self.recording is not None
        return self.recording


class Performer:
    """Plays the story. Windows: the page on the left, the editor at the top right, the terminal below it."""

    def __init__(self, desktop: VirtualDesktop, hands: XTest, desk: Desk, story: Story) -> None:
        self._hands, self._desk, self._story = hands, desk, story
        self._page = desk.place(desk.find("chromium"), 0, 40, 600, 600)
        self._editor = desk.place(desk.find("mousepad"), 620, 40, 600, 330)
        self._terminal = desk.place(desk.find("xterm"), 620, 430, 600, 300)
        self._desktop = desktop

    def go(self, area: tuple[int, int, int, int], across: float, down: float) -> None:
        """Click into a window."""
        self._hands.move(round(area[0] + across * area[2]), round(area[1] + down * area[3]), 0.15)
        time.sleep(0.25)
        self._hands.click()
        time.sleep(0.35)

    def type(self, word: str) -> None:
        self._hands.type_text(self._story.words[word], 0.02)
        time.sleep(0.3)

    def hotkey(self, letter: str, slowly_s: float = 0.03) -> None:
        """Ctrl+Alt+Shift and a letter, with that long between the keys."""
        keys = ("ctrl", "alt", "shift", letter)
        begun_ns = time.monotonic_ns()
        for key in keys:
            self._hands.key_down(key)
            time.sleep(slowly_s)
        for key in reversed(keys):
            self._hands.key_up(key)
            time.sleep(slowly_s)
        self._story.hotkeys.append((begun_ns, time.monotonic_ns()))

    def click_indicator(self) -> None:
        x, y, width, height = self._desk.indicator()
        self._story.clicked.append((x + width // 2, y + height // 2))
        self._hands.move(*self._story.clicked[-1], 0.1)
        time.sleep(0.1)
        self._hands.click()

    def work(self) -> None:
        """In scope and out of it."""
        # The tree must be known before what is typed can be kept.
        time.sleep(1.5)
        self.go(self._page, 0.5, 0.2)
        self.type("password")
        self.go(self._page, 0.5, 0.5)
        self.type("typed_page")
        self.go(self._terminal, 0.5, 0.5)
        self.type("outside_typed")
        self.go(self._editor, 0.5, 0.6)
        self.type("typed_editor")
        self._hands.key("Return")
        time.sleep(0.8)
        self.race()

    def race(self) -> None:
        """2,000 moves within the editor, as fast as the server takes them."""
        left, top, width, height = self._editor
        for index in range(2000):
            point = left + 20 + index % (width - 40), top + 40 + index * 7 % (height - 60)
            self._hands.move(*point)
            self._story.burst.append(point)
        time.sleep(0.5)

    def in_private(self) -> None:
        """Write and move about; what is written is taken out again."""
        time.sleep(0.8)
        self.go(self._editor, 0.5, 0.6)
        self.type("paused")
        self._hands.key("shift+Home")
        self._hands.key("BackSpace")
        time.sleep(0.4)

    def pause_by_hotkey(self) -> None:
        """Paused by a hotkey pressed slowly, as a person does who looks for the keys; resumed by a click."""
        self.hotkey("p", 0.3)
        begun_ns = self._story.hotkeys[-1][0]
        self.in_private()
        self.click_indicator()
        self._story.pauses.append((begun_ns, time.monotonic_ns()))
        time.sleep(1.2)

    def pause_by_click(self) -> None:
        begun_ns = time.monotonic_ns()
        self.click_indicator()
        self.in_private()
        self.hotkey("p")
        self._story.pauses.append((begun_ns, self._story.hotkeys[-1][1]))
        time.sleep(1.2)
        self.go(self._editor, 0.4, 0.5)
        self.type("typed_after")
        time.sleep(1.0)

    def leave(self) -> None:
        """Go where nothing is recorded."""
        self.go(self._terminal, 0.5, 0.5)


def look_around(story: Story, searcher: Searcher, since: Path, apart_from: Sequence[Path]) -> None:
    """While it records: every changed file, every open file, shared memory, and what the kernel says of it."""
    pids = story.crew.pids
    story.files = changed_files(since, apart_from)
    story.found = searcher.look_in(story.files)
    story.open_files = open_files(pids)
    story.shared, story.system_v = shared_mappings(pids), system_v_memory(pids)
    story.status = {pid: Path(f"/proc/{pid}/status").read_text() for pid in pids}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Real programs, a real recorder, the story played once, and everything looked at while it ran and after."""
    if os.geteuid() != 0:
        pytest.skip("looking into the recorder's processes needs root")
    chance = random.Random()
    names = ("password", "typed_page", "typed_editor", "typed_after", "paused", "shown", "title")
    words = {name: new_word(chance) for name in (*names, "outside_typed", "outside_shown", "outside_title", "control")}
    root = tmp_path_factory.mktemp("story")
    since = root / "since"
    since.touch()
    page = PAGE.format(title=words["title"], shown=words["shown"])
    with VirtualDesktop() as desktop, served(page) as site, Desk(desktop.display) as desk:
        desktop.chromium(site)
        desktop.spawn(["mousepad", "--disable-server"])
        shows = 'printf "%s\n" "$SHOWN"; exec cat >/dev/null'
        desktop.spawn(
            ["xterm", "-T", words["outside_title"], "-e", "sh", "-c", shows], env={"SHOWN": words["outside_shown"]}
        )
        with (
            XTest(desktop.display) as hands,
            Recorder(desktop, root / "recorder", policy=POLICY.format(site=site)) as recorder,
        ):
            story = Story(recorder, words, Crew(0, {}))
            performer = Performer(desktop, hands, desk, story)
            recorder.begin()
            story.crew = recorder.crew()
            performer.work()
            story.control = root / "control"
            story.control.write_bytes(base64.b64encode(b"some" + words["control"].encode() + b"thing"))
            searcher = Searcher(words)
            look_around(story, searcher, since, [desktop.home])
            performer.pause_by_hotkey()
            performer.pause_by_click()
            performer.leave()
            performer.hotkey("q")
            story.code = recorder.wait()
            story.left = [pid for pid in story.crew.pids if Path(f"/proc/{pid}").exists()]
            story.found_after = searcher.look_in(changed_files(since, [desktop.home]))
            story.recording = recorder.recording()
            yield story


# --- nothing unsealed ------------------------------------------------------------------------------------------------


def test_the_story_was_recorded_to_its_end(story: Story) -> None:
    assert story.code == 0
    assert story.recorder.verdict() == "whole"


def test_no_word_lies_in_any_file_while_it_records_nor_after(story: Story) -> None:
    control = {str(story.control): {"control"}}
    # The one that was planted is found, in base64: the search is not blind.
    assert story.found == control
    assert story.found_after == control
    spool = story.recorder.home.spool / story.recorder.id
    assert any(path.is_relative_to(spool) for path in story.files), "the search did not see the spool"


def test_the_recorder_holds_no_file_open_but_its_segment(story: Story) -> None:
    spool = str(story.recorder.home.spool / story.recorder.id)
    # The log is standard error, which is the command's own.
    log = str(story.recorder.log)
    regular = [one for one in story.open_files if one.regular and one.path != log]
    assert [(one.pid, str(Path(one.path).parent)) for one in regular] == [(story.crew.recorder, spool)]


def test_no_memory_is_shared(story: Story) -> None:
    assert story.shared == []
    assert story.system_v == []


def test_no_process_may_gain_privileges(story: Story) -> None:
    for pid, status in story.status.items():
        assert "NoNewPrivs:\t1" in status, pid
    assert len(story.status) == 5


def test_nothing_of_the_recorder_lives_on(story: Story) -> None:
    assert story.left == []


def test_what_may_be_kept_is_there_and_nothing_else(story: Story) -> None:
    found = Searcher(story.words).look(msgspec.json.encode(msgspec.structs.replace(story.sealed, frame=())))
    assert {"typed_page", "typed_editor", "typed_after", "title"} <= found
    assert found <= {"typed_page", "typed_editor", "typed_after", "title", "shown"}
    keys = "".join(key.keysym for key in story.sealed.keys if key.down)
    assert Searcher(story.words).look(keys.encode()) <= found


# --- pauses and hotkeys ----------------------------------------------------------------------------------------------


def test_nothing_of_a_pause_is_recorded(story: Story) -> None:
    sealed = story.sealed
    marks = [mark for mark in sealed.mark if mark.kind in ("pause", "resume")]
    assert [mark.kind for mark in marks] == ["pause", "resume"] * 2
    for pause, resume, (first_ns, last_ns) in zip(marks[::2], marks[1::2], story.pauses, strict=True):
        assert first_ns - 1_000_000 <= pause.time_ns <= first_ns + 5_000_000_000
        assert pause.time_ns < resume.time_ns <= last_ns + 5_000_000_000
        for stream in ("pointer", "keys", "text", "window", "element", "frame"):
            inside = [one for one in getattr(sealed, stream) if pause.time_ns < one.time_ns < resume.time_ns]
            assert not inside, stream


def test_a_hotkey_leaves_no_key(story: Story) -> None:
    for first_ns, last_ns in story.hotkeys:
        assert not [key for key in story.sealed.keys if first_ns - 1_000_000 <= key.time_ns <= last_ns + 1_000_000]


def test_neither_a_hotkey_nor_a_click_on_the_indicator_is_an_action(story: Story) -> None:
    assert len(story.clicked) == 2
    assert not set(story.clicked) & {(one.x, one.y) for one in story.sealed.pointer}
    actions = reduce(story.sealed)
    assert any(action.kind == "type" for action in actions)
    for first_ns, last_ns in story.hotkeys:
        assert not [one for one in actions if one.kind != "wait" and first_ns <= one.start_ns <= last_ns]
    assert not [one for one in actions if one.kind == "hotkey"]
    assert {one.keys for one in actions if one.kind == "press"} <= {("Return",)}


def test_what_follows_a_pause_is_recorded(story: Story) -> None:
    resumed_ns = max(mark.time_ns for mark in story.sealed.mark if mark.kind == "resume")
    for stream in ("pointer", "keys", "text", "window", "element", "frame"):
        assert any(one.time_ns > resumed_ns for one in getattr(story.sealed, stream)), stream


# --- order -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", ["pointer", "keys", "text", "window", "element", "frame", "mark"])
def test_records_are_in_order_and_without_gaps(story: Story, stream: str) -> None:
    records = getattr(story.sealed, stream)
    times = [one.time_ns for one in records]
    assert times == sorted(times)
    assert [one.seq for one in records] == list(range(len(records)))


def test_a_burst_of_moves_is_recorded_whole_or_its_loss_is_told(story: Story) -> None:
    """In order, each once. At such rates X.Org's server itself may lose some (ADR 0249): then a mark says so."""
    places = {point: index for index, point in enumerate(story.burst)}
    assert len(places) == len(story.burst)
    found = [places[one.x, one.y] for one in story.sealed.pointer if one.kind == "move" and (one.x, one.y) in places]
    run = max(_rising(found), key=len)
    lost = [mark for mark in story.sealed.mark if (mark.kind, mark.detail) == ("loss", "input")]
    assert len(run) == len(story.burst) or (lost and len(run) > 0.9 * len(story.burst))


def _rising(numbers: Sequence[int]) -> list[list[int]]:
    """The numbers cut wherever one isn't greater than the one before it."""
    runs: list[list[int]] = [[]]
    for number in numbers:
        if runs[-1] and number <= runs[-1][-1]:
            runs.append([])
        runs[-1].append(number)
    return runs


def test_no_release_comes_without_its_press(story: Story) -> None:
    down: set[int] = set()
    released: list[Key] = []
    for key in story.sealed.keys:
        if key.down:
            down.add(key.keycode)
        elif key.keycode not in down:
            released.append(key)
    assert released == []
