"""The scripts run: pyautogui performs them on a virtual desktop, and what arrives is what was recorded."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from Xlib import XK, X
from Xlib.display import Display

from benchmarks.patience import Patience
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.dataset.flatten import Levels
from understudy.export.formats import export
from understudy.export.pyautogui_script import TYPEABLE, code, script
from understudy.export.story import Story, StoryStep
from understudy.export.unsayable import Unsayable
from understudy.records.actions import Action
from understudy.records.geometry import Rect
from understudy.records.recording import Recording

if TYPE_CHECKING:
    from tests.export.conftest import Memory
    from tests.export.scene import Scene

SCREEN = (1280, 800)


def load_scene() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scripted_scene", Path(__file__).parent / "scene.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules["scripted_scene"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCENE = load_scene()


def step(**fields: Any) -> StoryStep:  # noqa: ANN401
    return StoryStep(
        id="s", index=0, action=Action(**{"start_ns": 0, "end_ns": 0, **fields}), duration_known=True, target=None,
        target_confidence="none", still_id="f1", frame_age_ms=0.0, screen=SCREEN, app="", window_title="", url="",
    )  # fmt: skip


def written(recording: Recording, to_memory: Callable[[Recording, Levels], Memory], folder: Path) -> Path:
    exported = export(to_memory(recording, Levels(motion="full")), "pyautogui", folder)
    assert not exported.left_out
    [path] = folder.glob("*.py")
    return path


def run(path: Path, desktop: VirtualDesktop, *, hurry: bool = False) -> subprocess.CompletedProcess[str]:
    if hurry:
        path.write_text(path.read_text().replace("pyautogui.PAUSE = 0.2", "pyautogui.PAUSE = 0.03"))
    return subprocess.run(
        [sys.executable, str(path)], env=desktop.env, cwd=path.parent, capture_output=True, text=True, timeout=120,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


class Listener:
    """A window over the whole screen that notes the presses and releases it gets."""

    def __init__(self, name: str) -> None:
        self._display = Display(name)
        screen = self._display.screen()
        self._window = screen.root.create_window(
            0, 0, *SCREEN, 0, screen.root_depth, override_redirect=True,
            event_mask=X.ButtonPressMask | X.ButtonReleaseMask | X.KeyPressMask | X.KeyReleaseMask | X.ExposureMask,
        )  # fmt: skip
        self._window.map()
        self._display.sync()
        self._display.next_event()
        self._window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._display.sync()

    def heard(self) -> list[tuple[Any, ...]]:
        """("down" or "up", button, x, y, ctrl held) and ("key", keysym, ctrl held) so far; modifiers' own left out."""
        found: list[tuple[Any, ...]] = []
        self._display.sync()
        while self._display.pending_events():
            event = self._display.next_event()
            if event.type in (X.ButtonPress, X.ButtonRelease):
                kind = "down" if event.type == X.ButtonPress else "up"
                found.append((kind, event.detail, event.root_x, event.root_y, bool(event.state & X.ControlMask)))
            elif event.type == X.KeyPress:
                keysym = self._display.keycode_to_keysym(event.detail, event.state & X.ShiftMask)
                if not XK.XK_Shift_L <= keysym <= XK.XK_Hyper_R:
                    found.append(("key", keysym, bool(event.state & X.ControlMask)))
        return found

    def close(self) -> None:
        self._window.destroy()
        self._display.close()


@pytest.fixture
def listener(desktop: VirtualDesktop) -> Iterator[Listener]:
    listening = Listener(desktop.display)
    yield listening
    listening.close()


def sent(recording: Recording) -> list[tuple[Any, ...]]:
    """The recorded presses, releases and notches as the server would tell them."""
    found: list[tuple[Any, ...]] = []
    for event in recording.pointer:
        ctrl = "ctrl" in event.modifiers
        if event.kind in ("down", "up"):
            found.append((event.kind, event.button, event.x, event.y, ctrl))
        elif event.kind == "scroll":
            button = 5 if event.scroll_y > 0 else 4 if event.scroll_y < 0 else 7 if event.scroll_x > 0 else 6
            found += [(kind, button, event.x, event.y, ctrl) for kind in ("down", "up")]
    return found


@pytest.mark.desktop
def test_pyautogui_makes_the_recorded_presses(
    desktop: VirtualDesktop,
    listener: Listener,
    to_memory: Callable[[Recording, Levels], Memory],
    tmp_path: Path,
) -> None:
    scene: Scene = SCENE.Scene(*SCREEN)
    scene.windows()
    scene.draw()
    scene.click("click")
    scene.click("right click", button=3)
    scene.click("middle click", button=2)
    scene.click("double click", times=2)
    scene.click("triple click", times=3)
    scene.click("long press", hold_ms=1200)
    scene.drag("drag", [(20, 3), (60, 5), (150, 30)])
    scene.drag("ctrl drag", [(-20, 3), (-60, 5)], modifiers=("ctrl",))
    scene.drag("right drag", [(20, 3), (60, 5)], button=3)
    scene.drag("returning drag", [(20, 3), (80, 40), (20, 3), (0, 0)])
    scene.scroll("scroll", 0, 3)
    scene.scroll("horizontal scroll", -2, 0)
    scene.scroll("ctrl scroll", 0, -1, modifiers=("ctrl",))
    scene.click("ctrl click", modifiers=("ctrl",))
    scene.click("field")
    scene.write("field", "aB 1>2 ~")
    scene.press("Return")
    scene.press("Down", times=3)
    scene.press("c", modifiers=("ctrl",))
    recording = scene.recording()

    done = run(written(recording, to_memory, tmp_path / "out"), desktop, hurry=True)
    assert done.returncode == 0, done.stderr[-2000:]
    heard = listener.heard()
    assert [event for event in heard if event[0] != "key"] == sent(recording)
    keys = [event[1:] for event in heard if event[0] == "key"]
    typed = [(XK.string_to_keysym(name), False) for name in ("a", "B", "space", "1", "greater", "2", "space")]
    after = [("asciitilde", False), ("Return", False), *[("Down", False)] * 3, ("c", True)]
    assert keys == typed + [(XK.string_to_keysym(name), ctrl) for name, ctrl in after]


@pytest.mark.desktop
def test_pyautogui_types_what_is_told_to_be_typeable(desktop: VirtualDesktop, listener: Listener) -> None:
    text = "".join(sorted(TYPEABLE - set("()")))  # brackets come from keys of their own, which Shift doesn't change
    program = f"import pyautogui; pyautogui.write({text!r})"
    subprocess.run([sys.executable, "-c", program], env=desktop.env, check=True, timeout=60)
    names = {"\n": XK.XK_Return, "\t": XK.XK_Tab}
    assert [key for _, key, _ in listener.heard()] == [names.get(character, ord(character)) for character in text]


@pytest.mark.parametrize(
    "fields", [{"kind": "type", "text": "1<2", "text_level": "text"}, {"kind": "press", "keys": ("less",)}]
)
def test_what_pyautogui_mistakes_is_not_typed(fields: dict[str, Any]) -> None:
    with pytest.raises(Unsayable, match="one of its characters"):
        code(step(**fields), SCREEN)


@pytest.mark.desktop
def test_a_script_leaves_a_real_editors_file_as_the_person_did(
    desktop: VirtualDesktop, to_memory: Callable[[Recording, Levels], Memory], tmp_path: Path
) -> None:
    """The same work twice: by hand (real X events), and by the script made of its recording; the files are the same."""
    scene: Scene = SCENE.Scene(*SCREEN)
    scene.windows(editor=True)
    scene.draw()
    place = Rect(400, 300, 200, 200)
    scene.bounds = lambda name: place  # type: ignore[method-assign]
    scene.click("editor")
    scene.write("editor", "Order A-7: 12 boxes of paper")
    scene.press("Return")
    scene.write("editor", "done, (checked) #1 & 50% off!")
    scene.press("BackSpace", times=5)
    scene.press("Up")
    scene.press("Home")
    scene.write("editor", "New ")
    scene.press("s", modifiers=("ctrl",))
    path = written(scene.recording(), to_memory, tmp_path / "out")

    def by_hand() -> None:
        with XTest(desktop.display) as hands:
            hands.move(place.x + place.width * 3 // 4, place.y + place.height * 2 // 3)
            hands.click()
            hands.type_text("Order A-7: 12 boxes of paper\ndone, (checked) #1 & 50% off!")
            for key in ("BackSpace",) * 5 + ("Up", "Home"):
                hands.key(key)
            hands.type_text("New ")
            hands.key("ctrl+s")

    def by_script() -> None:
        done = run(path, desktop, hurry=True)
        assert done.returncode == 0, done.stderr[-2000:]

    ends = []
    for name, work in (("hand", by_hand), ("script", by_script)):
        file = tmp_path / f"{name}.txt"
        file.write_text("")
        editor = desktop.spawn(["mousepad", "--disable-server", str(file)])
        try:
            _wait(lambda file=file: _shown(desktop, file.name), f"{file.name} in the editor")  # type: ignore[misc]
            work()
            _wait(lambda file=file: file.read_text() != "", f"{file.name} being saved")  # type: ignore[misc]
            ends.append(file.read_text())
        finally:
            editor.terminate()
            editor.wait(10)
    assert ends[0] == ends[1] == "New Order A-7: 12 boxes of paper\ndone, (checked) #1 & 50%\n".rstrip("\n")


def _shown(desktop: VirtualDesktop, title: str) -> bool:
    tree = subprocess.run(["xwininfo", "-root", "-tree"], env=desktop.env, capture_output=True, text=True, check=False)
    return title in tree.stdout


def _wait(holds: Callable[[], bool], what: str, timeout_s: float = 30) -> None:
    patience = Patience(timeout_s)
    while not patience.over:
        if holds():
            # A window that is there may not have its keys yet.
            time.sleep(0.5)
            return
        time.sleep(0.1)
    raise AssertionError(f"waited {timeout_s:.0f} s for {what}")


@pytest.mark.desktop
def test_a_script_refuses_another_screen(
    desktop: VirtualDesktop, to_memory: Callable[[Recording, Levels], Memory], tmp_path: Path
) -> None:
    scene: Scene = SCENE.Scene(800, 600)
    scene.windows()
    scene.draw()
    scene.click("click")
    done = run(written(scene.recording(), to_memory, tmp_path / "out"), desktop)
    assert done.returncode == 1 and "recorded on a screen of 800x600 px, this one has 1280x800" in done.stderr


class FakePyautogui(ModuleType):
    """Notes what is called; its screen is the recorded one."""

    def __init__(self) -> None:
        super().__init__("pyautogui")
        self.called: list[tuple[Any, ...]] = []

    def size(self) -> tuple[int, int]:
        return SCREEN

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *values, **named: self.called.append((name, *values, named))


def performed(text: str, monkeypatch: pytest.MonkeyPatch, **values: str) -> tuple[FakePyautogui, str]:
    """Run a script in this process with a fake pyautogui: what it called, and what it ended with."""
    fake = FakePyautogui()
    monkeypatch.setitem(sys.modules, "pyautogui", fake)
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(text, "script", "exec"), names)
    names["VALUES"].update({token: values[token] for token in names["VALUES"] if token in values})
    monkeypatch.setattr(time, "sleep", lambda _: None)
    try:
        names["main"]()
    except SystemExit as end:
        return fake, str(end.code)
    return fake, ""


def story(*steps: StoryStep, task: str = "Try") -> Story:
    return Story(
        id="r0-e0", recording_id="r0", index=0, task=task, start_ms=0, end_ms=1, cause="end", row={}, steps=steps
    )


SAID = {
    "purpose": "train-own-agent", "purpose_in_words": "train an agent", "demo": False, "number": 1, "revision": 1,
    "dataset": "desk", "conditions": ["Use it well."], "product": "understudy 0.1.0",
}  # fmt: skip


def test_a_script_stops_where_a_step_can_not_be_performed_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    left_out: Counter[str] = Counter()
    text, told = script(
        story(
            step(kind="click", button="left", x=5, y=6),
            step(kind="type", text="Aaa", text_level="shape"),
            step(kind="click", button="left", x=7, y=8),
        ),
        SAID,
        left_out,
    )
    assert told == 2 and left_out == {"the typed text was not kept": 1}
    fake, end = performed(text, monkeypatch)
    assert fake.called == [("click", {"x": 5, "y": 6})]
    assert end.startswith("stopped: step 2: the typed text was not kept")


def test_values_that_were_replaced_are_asked_for_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    text, _ = script(story(step(kind="type", text="to <EMAIL_1>!", text_level="text")), SAID, Counter())
    fake, end = performed(text, monkeypatch)
    assert end == "fill in VALUES first: <EMAIL_1>" and not fake.called
    fake, end = performed(text, monkeypatch, **{"<EMAIL_1>": "ada@desk.test"})
    assert end == "" and fake.called == [("write", "to ada@desk.test!", {"interval": 0.02})]


@pytest.mark.parametrize(
    "hostile", ['"""\nimport os\n"""', "\\", "a\x00b\x1b[2J", "\u2028end", "{title} {x!r} %s", "''' \\"]
)
def test_no_text_can_break_out_of_its_place(hostile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from understudy.records.elements import Element

    one = step(kind="type", text=hostile, text_level="shape")
    other = step(kind="click", button="left", x=5, y=6)
    named = StoryStep(**{**vars(other), "target": Element(id="", role="push button", name=hostile)})
    said = {**SAID, "dataset": hostile, "conditions": [hostile]}
    text, _ = script(story(named, one, task=hostile), said, Counter())
    module = ast.parse(text)
    kinds = [type(statement).__name__ for statement in module.body]
    assert kinds == ["Expr", "Import", "Import", "Import", "Assign", "Assign", "Assign"] + ["FunctionDef"] * 3 + ["If"]
    fake, _ = performed(text, monkeypatch)
    assert fake.called == [("click", {"x": 5, "y": 6})]


def test_the_header_says_purpose_and_conditions(full: Memory, tmp_path: Path) -> None:
    export(full, "pyautogui", tmp_path / "out")
    [path] = (tmp_path / "out").glob("*.py")
    said = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert said.startswith("Confirm the first paper order") and "Purpose: train an agent" in said
    assert "never try to find out who a person is" in said


def test_every_name_that_a_script_calls_is_pyautoguis() -> None:
    """Its own list of keys, read from its source: importing it needs a display."""
    from understudy.export.keynames import PYAUTOGUI

    found = importlib.util.find_spec("pyautogui")
    assert found is not None and found.origin is not None
    module = ast.parse(Path(found.origin).read_text())
    names = {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    keys = next(
        ast.literal_eval(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "KEY_NAMES"
    )
    assert set(PYAUTOGUI.values()) <= set(keys)
    calls = {"click", "rightClick", "middleClick", "doubleClick", "tripleClick", "moveTo", "dragTo", "mouseDown"}
    assert calls | {"mouseUp", "keyDown", "keyUp", "press", "hotkey", "scroll", "hscroll", "sleep", "size"} <= names
    assert code(step(kind="wait", end_ns=2 * 10**9), SCREEN) == "time.sleep(2.0)"
