"""The elements source on a real desktop: Chromium and a GTK editor, through real X events."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest

from benchmarks.patience import Patience
from understudy.act.desktop import VirtualDesktop
from understudy.capture.source import Ask, Control, Crawl, DesktopEnv, Pause, Resume, Stop
from understudy.capture.x11.elements import ElementsSource
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Insert, Mark, Raw, Tree
from understudy.records.geometry import Rect

T = TypeVar("T")
WAIT_S = 20.0
TITLE = "Elements under test"
PAGE = f"""<!doctype html><html><head><title>{TITLE}</title><style>
body {{ margin: 0; font: 16px sans-serif }}
.at {{ position: absolute; box-sizing: border-box; margin: 0 }}
</style></head><body>
<h1 class="at" style="left:20px;top:10px">Order 4711</h1>
<input class="at" style="left:100px;top:60px;width:200px;height:30px" aria-label="Mail">
<input id="p" type="password" class="at" style="left:100px;top:110px;width:200px;height:30px" aria-label="Password">
<button class="at" style="left:100px;top:160px;width:120px;height:40px" id="send">Send it</button>
<button class="at" style="left:250px;top:160px;width:120px;height:40px" onclick="p.type='text'">Reveal</button>
<button class="at" style="left:400px;top:160px;width:120px;height:40px"
 onclick="history.pushState({{}},'','#next');o.textContent='second view'">Next</button>
<a class="at" style="left:100px;top:220px;width:200px;height:20px" href="#x">Go <b>there</b> now</a>
<div class="at" style="left:100px;top:250px;width:200px;height:20px" tabindex="0"><span>fancy button</span></div>
<input class="at" style="left:100px;top:280px;width:200px;height:30px;-webkit-text-security:disc" aria-label="Pin">
<textarea class="at" style="left:400px;top:20px;width:300px;height:100px" aria-label="Notes">first line
second line

a third line that is so long that it has to be wrapped by the text area</textarea>
<p class="at" id="o" style="left:400px;top:220px">first view</p>
<p class="at" style="left:400px;top:3000px">far below</p>
</body></html>"""


class FakeChannel:
    """A channel whose other end is this test."""

    def __init__(self) -> None:
        self.records: list[Raw] = []
        self._controls: list[Control] = []
        self._mine, self._theirs = socket.socketpair()
        self._mine.setblocking(False)

    def send(self, records: Sequence[Raw]) -> None:
        self.records.extend(records)

    def poll(self, timeout_s: float) -> list[Control]:
        if select.select([self._mine], [], [], timeout_s)[0]:
            self._mine.recv(4096)
        controls, self._controls = self._controls, []
        return controls

    def fileno(self) -> int:
        return self._mine.fileno()

    def put(self, control: Control) -> None:
        self._controls.append(control)
        self._theirs.send(b"!")

    def close(self) -> None:
        self._mine.close()
        self._theirs.close()


class Running:
    """The source in a thread, and the questions that these tests ask of it."""

    def __init__(self, env: DesktopEnv) -> None:
        self.channel = FakeChannel()
        self._thread = threading.Thread(target=ElementsSource(env).run, args=(self.channel,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.channel.put(Stop())
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()
        self.channel.close()

    def since(self, start: int, kind: type[T]) -> list[T]:
        return [record for record in self.channel.records[start:] if isinstance(record, kind)]

    @property
    def here(self) -> int:
        return len(self.channel.records)

    def ask(self, x: int, y: int) -> ElementAt:
        start, now = self.here, time.monotonic_ns()
        self.channel.put(Ask(x, y, now, "rest"))
        return until(lambda: next((r for r in self.since(start, ElementAt) if r.asked_ns == now), None))

    def tree(self, pid: int, wanted: Callable[[Tree], bool] = lambda tree: True) -> Tree:
        def find() -> Tree | None:
            start = self.here
            self.channel.put(Crawl((pid,)))
            time.sleep(0.4)
            return next((r for r in self.since(start, Tree) if r.pid == pid and r.nodes and wanted(r)), None)

        return until(find)


def until(look: Callable[[], T | None], wait_s: float = WAIT_S) -> T:
    """The first answer of `look` that is neither None nor false."""
    patience = Patience(wait_s)
    while not patience.over:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {wait_s} s")


def inside(tree: Tree, **wanted: str) -> Element | None:
    """The first element of a tree with these attributes."""
    nodes = (node.element for node in tree.nodes)
    return next((each for each in nodes if all(getattr(each, k) == v for k, v in wanted.items())), None)


def told_text(source: Running, start: int) -> str:
    """The text of all inserts since `start`, joined."""
    return "".join(each.text for each in source.since(start, Insert) if each.op == "insert")


class Stage:
    """The programs under test on one desktop."""

    def __init__(self, desktop: VirtualDesktop, folder: Path) -> None:
        self.desktop = desktop
        self.page = folder / "page.html"
        self.page.write_text(PAGE)
        self.chromium = desktop.chromium(self.page.as_uri(), f"--user-data-dir={folder / 'profile'}")
        self.editor = desktop.spawn(["mousepad", "--disable-server"])
        self.env = DesktopEnv.from_environment(desktop.env)
        for title in (TITLE, "Mousepad"):
            until(lambda title=title: self.window(title))

    def xdo(self, *arguments: str) -> str:
        command = ["xdotool", *arguments]
        return subprocess.run(command, env=self.desktop.env, capture_output=True, text=True, check=False).stdout

    def window(self, title: str) -> str:
        return self.xdo("search", "--onlyvisible", "--name", title).strip().partition("\n")[0]

    def raise_window(self, title: str, x: int, y: int) -> tuple[int, int]:
        """Bring a window to the front at a place; where its client area then really is, root px."""
        window = until(lambda: self.window(title))
        self.xdo("windowactivate", "--sync", window, "windowmove", window, str(x), str(y))
        time.sleep(0.5)
        out = subprocess.run(
            ["xwininfo", "-id", window], env=self.desktop.env, capture_output=True, text=True, check=True
        )
        corner = [int(line.split()[-1]) for line in out.stdout.splitlines() if "Absolute upper-left" in line]
        return corner[0], corner[1]

    def close(self) -> None:
        for process in (self.chromium, self.editor):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(10)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with VirtualDesktop() as desktop:
        running = Stage(desktop, tmp_path_factory.mktemp("elements"))
        yield running
        running.close()


@pytest.fixture
def source(stage: Stage) -> Iterator[Running]:
    running = Running(stage.env)
    yield running
    running.stop()
    sequence = [record.seq for record in running.channel.records]
    assert sequence == list(range(len(sequence)))


@pytest.fixture
def page_at(stage: Stage, source: Running) -> tuple[int, int]:
    """The page's upper left corner, its tree known to be on the bus."""
    corner = stage.raise_window(TITLE, 40, 60)
    source.tree(stage.chromium.pid, lambda tree: inside(tree, role="push button", name="Send it") is not None)
    return corner


@pytest.mark.desktop
def test_entry_in_chromium_tells_focus_and_text(stage: Stage, source: Running, page_at: tuple[int, int]) -> None:
    x, y = page_at
    start = source.here
    stage.xdo("mousemove", str(x + 150), str(y + 75), "click", "1")
    focus = until(
        lambda: next((r for r in source.since(start, ElementAt) if r.element and r.element.name == "Mail"), None)
    )
    assert focus.cause == "focus"
    assert focus.element is not None
    assert focus.element.role == "entry"
    assert focus.element.bounds == Rect(x + 100, y + 60, 200, 30)
    stage.xdo("type", "ab")
    until(lambda: len(told_text(source, start)) >= 2)
    stage.xdo("key", "BackSpace")
    inserts = until(
        lambda: [r for r in source.since(start, Insert) if r.op == "delete"] and source.since(start, Insert)
    )
    # Keys that follow each other within a frame may come as one insert.
    assert told_text(source, start) == "ab"
    assert inserts[0].offset == 0
    assert (inserts[-1].op, inserts[-1].text, inserts[-1].offset) == ("delete", "b", 1)
    element = inserts[0].element
    assert element.id == focus.element.id
    assert element.url == stage.page.as_uri()
    assert not element.secure
    assert element.pid == stage.chromium.pid
    assert element.path[-1] == "entry"
    assert "document web" in element.path


@pytest.mark.desktop
def test_password_tells_nothing_of_its_text_even_when_revealed(
    stage: Stage, source: Running, page_at: tuple[int, int]
) -> None:
    x, y = page_at
    start = source.here
    stage.xdo("mousemove", str(x + 150), str(y + 125), "click", "1")
    time.sleep(0.3)
    stage.xdo("type", "hunter2")
    until(lambda: source.since(start, Insert))
    time.sleep(0.5)
    stage.xdo("mousemove", str(x + 300), str(y + 180), "click", "1")
    until(lambda: next((r for r in source.since(start, ElementAt) if r.element and r.element.name == "Reveal"), None))
    tree = source.tree(
        stage.chromium.pid, lambda tree: (inside(tree, name="Password") or Element(id="", role="")).role == "entry"
    )
    stage.xdo("mousemove", str(x + 150), str(y + 125), "click", "1")
    time.sleep(0.3)
    stage.xdo("type", "Z")
    time.sleep(0.5)
    assert source.ask(x + 150, y + 125).element is not None
    revealed = inside(tree, name="Password")
    assert revealed is not None
    assert revealed.secure
    for insert in source.since(start, Insert):
        assert insert.element.secure
        assert (insert.text, insert.offset) == ("", 0)
        assert insert.element.value == ""
        assert insert.element.value_class == "bullets"
    told = "".join(repr(record) for record in source.channel.records)
    assert "hunter" not in told


@pytest.mark.desktop
def test_field_that_shows_bullets_is_secure(stage: Stage, source: Running, page_at: tuple[int, int]) -> None:
    x, y = page_at
    start = source.here
    stage.xdo("mousemove", str(x + 150), str(y + 295), "click", "1")
    time.sleep(0.3)
    stage.xdo("type", "7")
    insert = until(lambda: next(iter(source.since(start, Insert)), None))
    assert insert.element.name == "Pin"
    assert insert.element.secure
    assert insert.text == ""


@pytest.mark.desktop
@pytest.mark.parametrize(
    ("point", "role", "name", "bounds"),
    [
        ((150, 180), "push button", "Send it", Rect(100, 160, 120, 40)),
        ((130, 230), "link", "Go there now", Rect(100, 220, 200, 20)),
        ((130, 260), "section", "", Rect(100, 250, 200, 20)),
        ((500, 60), "entry", "Notes", Rect(400, 20, 300, 100)),
    ],
)
def test_hit_test_finds_what_acts(
    source: Running, page_at: tuple[int, int], point: tuple[int, int], role: str, name: str, bounds: Rect
) -> None:
    x, y = page_at
    answer = source.ask(x + point[0], y + point[1])
    assert answer.stable
    assert answer.element is not None
    assert (answer.element.role, answer.element.name) == (role, name)
    assert answer.element.bounds == bounds.shift(x, y)
    assert (answer.x, answer.y) == (x + point[0], y + point[1])
    assert answer.time_ns >= answer.asked_ns


@pytest.mark.desktop
def test_tree_holds_what_shows(stage: Stage, source: Running, page_at: tuple[int, int]) -> None:
    x, y = page_at
    tree = source.tree(stage.chromium.pid)
    assert tree.complete
    assert tree.title == TITLE
    assert tree.url.startswith(stage.page.as_uri())
    assert (tree.bounds.x, tree.bounds.y) == (x, y)
    assert inside(tree, name="far below") is None
    heading = next(node for node in tree.nodes if node.text == "Order 4711")
    assert heading.element.bounds is not None
    assert (heading.element.bounds.x, heading.element.bounds.y) == (x + 20, y + 10)
    assert all(node.parent < i for i, node in enumerate(tree.nodes))
    notes = next(node for node in tree.nodes if node.element.name == "Notes")
    assert [line.text.strip() for line in notes.lines][:2] == ["first line", "second line"]
    assert len(notes.lines) >= 4
    assert "".join(line.text for line in notes.lines[2:]) == notes.text.rpartition("\n")[2]
    tops = [line.bounds.y for line in notes.lines]
    assert tops == sorted(tops)
    assert all(Rect(x + 400, y + 20, 300, 100).contains(line.bounds.x, line.bounds.y) for line in notes.lines[:4])


@pytest.mark.desktop
def test_change_is_read_again_with_the_new_address(stage: Stage, source: Running, page_at: tuple[int, int]) -> None:
    x, y = page_at
    start = source.here
    stage.xdo("mousemove", str(x + 450), str(y + 180), "click", "1")
    until(lambda: [t for t in source.since(start, Tree) if inside(t, name="second view") and t.url.endswith("#next")])


@pytest.mark.desktop
def test_editor_tells_text_and_lines_and_menus(stage: Stage, source: Running) -> None:
    x, y = stage.raise_window("Mousepad", 200, 150)
    source.tree(stage.editor.pid)
    stage.xdo("mousemove", str(x + 200), str(y + 200), "click", "1")
    time.sleep(0.3)
    start = source.here
    stage.xdo("type", "hi")
    stage.xdo("key", "Return")
    stage.xdo("type", "you")
    until(lambda: len(told_text(source, start)) >= 6)
    inserts = source.since(start, Insert)
    assert told_text(source, start) == "hi\nyou"
    assert {each.element.role for each in inserts} == {"text"}
    tree = source.tree(stage.editor.pid, lambda tree: any(node.lines for node in tree.nodes))
    text = next(node for node in tree.nodes if node.lines)
    assert [line.text for line in text.lines] == ["hi", "you"]
    assert text.lines[0].bounds.bottom <= text.lines[1].bounds.y
    assert text.element.value == "hi\nyou"
    stage.xdo("mousemove", str(x + 15), str(y + 12), "click", "1")
    until(lambda: [t for t in source.since(start, Tree) if inside(t, role="menu item", name="Save As...")])
    menu = source.ask(x + 40, y + 60).element
    stage.xdo("key", "Escape")
    assert menu is not None
    assert (menu.role, menu.name) == ("menu item", "New Window")


@pytest.mark.desktop
def test_paused_source_says_nothing(stage: Stage, source: Running, page_at: tuple[int, int]) -> None:
    x, y = page_at
    source.channel.put(Pause())
    time.sleep(0.3)
    start = source.here
    stage.xdo("mousemove", str(x + 150), str(y + 75), "click", "1", "key", "q")
    source.channel.put(Ask(x + 150, y + 75, time.monotonic_ns(), "press"))
    source.channel.put(Crawl((stage.chromium.pid,)))
    time.sleep(0.8)
    assert source.here == start
    source.channel.put(Resume())
    until(lambda: source.since(start, Tree))


@pytest.mark.desktop
def test_stopped_program_costs_the_others_nothing(stage: Stage, source: Running, page_at: tuple[int, int]) -> None:
    x, y = page_at
    ex, ey = stage.raise_window("Mousepad", 640, 420)
    until(lambda: source.ask(ex + 100, ey + 150).element)
    os.killpg(stage.chromium.pid, signal.SIGSTOP)
    try:
        for _ in range(3):
            start_s = time.monotonic()
            answer = source.ask(x + 150, y + 180)
            assert (answer.element, answer.stable) == (None, False)
            assert time.monotonic() - start_s < 8
            source.channel.put(Crawl((stage.chromium.pid, stage.editor.pid)))
            assert source.ask(ex + 100, ey + 150).element is not None
        start = source.here
        stage.xdo("mousemove", str(ex + 100), str(ey + 150), "click", "1", "type", "w")
        until(lambda: [r for r in source.since(start, Insert) if r.text == "w"])
    finally:
        os.killpg(stage.chromium.pid, signal.SIGCONT)
    until(lambda: source.ask(x + 150, y + 180).element, 40)


@pytest.mark.desktop
def test_bus_that_dies_is_told_and_found_again() -> None:
    with VirtualDesktop(640, 480) as desktop:
        running = Running(DesktopEnv.from_environment(desktop.env))
        try:
            editor = desktop.spawn(["mousepad", "--disable-server"])
            running.tree(editor.pid)
            for pid in children_of(desktop, "dbus-daemon", "at-spi"):
                os.kill(pid, signal.SIGKILL)
            until(lambda: [m for m in running.since(0, Mark) if m.reason == "source_lost_events"])
            assert running.ask(10, 10).element is None
            # The launcher ends with its bus; the source's own question makes the session bus start a new one.
            second = desktop.spawn(["mousepad", "--disable-server"])
            running.tree(second.pid)
        finally:
            running.stop()


def children_of(desktop: VirtualDesktop, *words: str) -> list[int]:
    """Processes of this very desktop, known by its home, with all these words in their command line."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
            environment = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if f"HOME={desktop.home}" in environment and all(word in command for word in words):
            found.append(int(folder.name))
    return found


@pytest.mark.desktop
def test_no_bus_at_all_is_told_once_and_asks_are_answered() -> None:
    running = Running(DesktopEnv(display="", session_bus_address=""))
    try:
        until(lambda: running.since(0, Mark))
        assert running.ask(5, 5).element is None
        time.sleep(1)
        assert [(m.kind, m.reason, m.detail) for m in running.since(0, Mark)] == [("source", "no_tree", "elements")]
    finally:
        running.stop()
