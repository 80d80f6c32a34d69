"""The cases that break reducers, done on a real desktop: real X events, real sources, the real guard, a real editor.

The same cases on fabricated events, with their edges, are in test_reduce.py.
"""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.pipeline.watched import Watch, removed, steady, unaccounted

from benchmarks.patience import Patience
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.capture.choose import desktop_settings
from understudy.pipeline.thresholds import Thresholds, in_force
from understudy.records.actions import Correction
from understudy.records.events import Key, Mark, Pointer

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def watched(desktop: VirtualDesktop) -> Iterator[Watch]:
    with Watch(desktop) as watch:
        yield watch


@pytest.fixture
def watch(watched: Watch) -> Iterator[Watch]:
    """The editor, empty and focused; whatever the test leaves behind is cleared."""
    yield watched
    watched.clear()


@pytest.fixture
def hands(watch: Watch) -> XTest:
    return watch.hands


@pytest.fixture
def layout(desktop: VirtualDesktop) -> Iterator[LayoutSetter]:
    yield LayoutSetter(desktop)
    LayoutSetter(desktop)("us")


class LayoutSetter:
    def __init__(self, desktop: VirtualDesktop) -> None:
        self._env = desktop.env

    def __call__(self, name: str, option: str = "") -> None:
        words = ["setxkbmap", "-layout", name, "-option", "", *(["-option", option] if option else [])]
        subprocess.run(words, env=self._env, check=True)
        # Programs hear of it by an event of their own.
        time.sleep(0.2)


# Typed text


@steady
def test_hello_w_is_one_typed_text(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        hands.type_text("Hello W")
    assert row.told("kind", "text", "text_level", "corrections") == [("type", "Hello W", "text", 0)]
    assert row.actions[0].key_seqs == tuple(range(18)), "shift's own keys belong to the text too"
    assert not unaccounted(row)


@steady
def test_a_held_key_is_one_text(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        hands.key_down("a")
        time.sleep(1)
        hands.key_up("a")
    [action] = row.actions
    downs = [key for key in row.recording.keys if key.down]
    assert len(downs) > 3 and all(key.repeat for key in downs[1:]), "the server repeated it"
    assert (action.kind, action.text) == ("type", "a" * len(downs))
    assert not unaccounted(row)


@steady
def test_backspace_inside_typing_is_applied_and_what_it_took_back_is_kept(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        hands.type_text("Helol\b\blo wolrd\b\b\brld")
    [action] = row.actions
    assert (action.kind, action.text, action.corrections) == ("type", "Hello world", 5)
    assert action.corrected == (Correction(3, "ol"), Correction(8, "lrd"))
    assert not unaccounted(row)


@steady
def test_a_caret_moved_back_into_the_text_is_followed(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        hands.type_text("Hllo")
        for key in ("Left", "Left", "Left"):
            hands.key(key)
        hands.type_text("e")
        hands.key("End")
        hands.type_text("!")
    assert row.told("kind", "text", "corrections") == [("type", "Hello!", 0)]
    assert not unaccounted(row)


@steady
def test_a_typing_pause_makes_two_texts(watch: Watch, hands: XTest) -> None:
    with watch.row(Thresholds(typing_pause_ms=1000, wait_ms=1000)) as row:
        hands.type_text("one")
        time.sleep(1.3)
        hands.type_text("two")
    assert row.told("kind", "text") == [("type", "one"), ("wait", ""), ("type", "two")]
    assert not unaccounted(row)


@steady
def test_keys_rolled_over_are_one_text(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        for step in (hands.key_down, hands.key_up):
            for key in ("x", "y"):
                step(key)
                time.sleep(0.03)
    events = [(key.keysym, key.down) for key in row.recording.keys]
    assert events == [("x", True), ("y", True), ("x", False), ("y", False)]
    assert row.told("kind", "text", "key_seqs") == [("type", "xy", (0, 1, 2, 3))]


@steady
def test_dead_keys_write_what_they_compose(watch: Watch, hands: XTest, layout: LayoutSetter) -> None:
    layout("de")
    with watch.row() as row:
        hands.type_text("caf")
        hands.key("dead_acute")
        hands.key("e")
        hands.type_text(" ")
        hands.key("dead_circumflex")
        hands.key("A")
    assert row.told("kind", "text", "corrections") == [("type", "café Â", 0)]
    assert not unaccounted(row)


@steady
def test_compose_sequences_write_what_they_yield(watch: Watch, hands: XTest, layout: LayoutSetter) -> None:
    layout("us", "compose:ralt")
    with watch.row() as row:
        hands.type_text("Gru")
        hands.key("Multi_key")
        hands.key("s")
        hands.key("s")
        hands.type_text("e")
    assert row.told("kind", "text") == [("type", "Gruße")]
    assert not unaccounted(row)


@pytest.mark.parametrize(
    ("name", "text"), [("de", "Züge @ 5 €"), ("fr", "été à 10h"), ("ru", "Привет, мир"), ("us", "q@w#")]
)
@steady
def test_every_layout_writes_its_own(watch: Watch, hands: XTest, layout: LayoutSetter, name: str, text: str) -> None:
    layout(name)
    with watch.row() as row:
        hands.type_text(text)
    assert row.told("kind", "text", "modifiers") == [("type", text, ())]
    assert not unaccounted(row)


@steady
def test_a_layout_switched_while_typing_is_one_text(watch: Watch, hands: XTest, layout: LayoutSetter) -> None:
    with watch.row() as row:
        hands.type_text("zy")
        layout("de")
        hands.type_text("zyü")
        layout("us")
        hands.type_text("zy")
    codes = [key.keycode for key in row.recording.keys if key.down and key.text == "z"]
    assert len(set(codes)) == 2, "z is another key on a German keyboard"
    assert row.told("kind", "text") == [("type", "zyzyüzy")]


@steady
def test_what_an_input_method_commits_is_the_elements_word(watch: Watch, hands: XTest) -> None:
    """GTK's own input method: Ctrl+Shift+U, a code point, a space. The keys are not what the element receives."""
    with watch.row() as row:
        hands.key("ctrl+shift+u")
        hands.type_text("20ac ")
        time.sleep(0.3)
    assert row.told("kind", "text", "entered") == [("hotkey", "", "typed"), ("type", "€", "committed")]
    assert removed(row) == []


@steady
def test_a_paste_is_its_hotkey_with_what_the_element_received(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        hands.type_text("twice ")
        for keys in ("ctrl+a", "ctrl+c", "End", "ctrl+v"):
            hands.key(keys)
            time.sleep(0.2)
    told = row.told("kind", "text", "entered")
    assert told[0] == ("type", "twice ", "typed")
    assert told[-1] == ("hotkey", "twice ", "pasted")


@steady
def test_undo_and_redo_are_told_with_what_came_back(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        hands.type_text("word")
        for keys in ("ctrl+z", "ctrl+y"):
            time.sleep(0.3)
            hands.key(keys)
        time.sleep(0.3)
    told = row.told("kind", "text", "entered")
    assert told[0] == ("type", "word", "typed")
    assert told[1][0] == "hotkey" and told[1][1] == ""
    assert told[2][0] == "hotkey" and told[2][2] == "restored" and "word".endswith(told[2][1])


# Keys


@steady
def test_ctrl_c_is_one_hotkey(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        hands.key("ctrl+c")
    assert row.told("kind", "keys", "modifiers", "key_seqs") == [("hotkey", ("ctrl", "c"), ("ctrl",), (0, 1, 2, 3))]


@steady
def test_ctrl_a_trembling_pointer_c_is_one_hotkey(watch: Watch, hands: XTest) -> None:
    x, y = watch.at(0.5, 0.5)
    with watch.row() as row:
        watch.at(0.5, 0.5)
        hands.key_down("ctrl")
        hands.move(x + 1, y)
        hands.key("c")
        hands.move(x, y)
        hands.key_up("ctrl")
    assert row.told("kind", "keys", "key_seqs") == [("hotkey", ("ctrl", "c"), (0, 1, 2, 3))]
    assert not unaccounted(row)


@steady
def test_ctrl_held_over_two_keys_is_two_hotkeys(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        hands.key_down("ctrl")
        hands.key("a")
        time.sleep(0.1)
        hands.key("c")
        hands.key_up("ctrl")
    assert row.told("kind", "keys") == [("hotkey", ("ctrl", "a")), ("hotkey", ("ctrl", "c"))]
    assert not unaccounted(row)


@steady
def test_alt_tab_tab_is_one_hotkey_with_a_count(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        hands.key_down("alt")
        for _ in range(2):
            time.sleep(0.2)
            hands.key("Tab")
        time.sleep(0.2)
        hands.key_up("alt")
    assert row.told("kind", "keys", "count", "key_seqs") == [("hotkey", ("alt", "Tab"), 2, (0, 1, 2, 3, 4, 5))]


@steady
def test_backspace_outside_typing_counts(watch: Watch, hands: XTest) -> None:
    hands.type_text("abcd")
    hands.key("Up")
    hands.key("End")
    with watch.row() as row:
        hands.key("Escape")
        for _ in range(3):
            hands.key("Left")
    assert row.told("kind", "keys", "count") == [("press", ("Escape",), 1), ("press", ("Left",), 3)]


# Clicks


@steady
def test_a_double_click_with_jitter(watch: Watch, hands: XTest) -> None:
    x, y = watch.at(0.5, 0.5)
    with watch.row() as row:
        watch.at(0.5, 0.5)
        hands.click()
        time.sleep(0.08)
        hands.move(x + 2, y + 1)
        hands.click()
    assert row.told("kind", "x", "y", "button") == [("double_click", x, y, "left")]
    assert len(row.actions[0].pointer_seqs) == 4
    assert not unaccounted(row)


@steady
def test_a_triple_click_is_one(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        watch.at(0.5, 0.5)
        hands.click(count=3)
    assert row.told("kind") == [("triple_click",)]


@steady
def test_two_clicks_600_ms_apart_stay_two(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        watch.at(0.5, 0.5)
        hands.click()
        time.sleep(0.54)
        hands.click()
    assert row.told("kind") == [("click",), ("click",)]


@steady
def test_a_long_press_is_one(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        watch.at(0.5, 0.5)
        hands.down()
        time.sleep(1.5)
        hands.up()
    [action] = row.actions
    assert action.kind == "long_press"
    assert 1.4 < (action.end_ns - action.start_ns) / 1e9 < 3


@pytest.mark.parametrize(("button", "name"), [(2, "middle"), (3, "right"), (8, "back"), (9, "forward")])
@steady
def test_every_button_has_its_name(watch: Watch, hands: XTest, button: int, name: str) -> None:
    with watch.row() as row:
        watch.at(0.5, 0.5)
        hands.click(button)
        time.sleep(0.2)
    assert row.told("kind", "button") == [("click", name)]
    assert not unaccounted(row)


@steady
def test_ctrl_click_has_its_modifier(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        watch.at(0.5, 0.5)
        hands.key_down("ctrl")
        hands.click()
        hands.key_up("ctrl")
    assert row.told("kind", "modifiers", "key_seqs") == [("click", ("ctrl",), (0, 1))]
    assert not unaccounted(row)


# Drags


@steady
def test_a_drag_has_its_path(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        x, y = watch.at(0.4, 0.5)
        hands.drag(x + 200, y, 0.4)
    [action] = row.actions
    assert (action.kind, action.x, action.y, action.to_x, action.to_y) == ("drag", x, y, x + 200, y)
    recorded = [event for event in row.raw if isinstance(event, Pointer)][1:]
    assert [point[1:] for point in action.path] == [(event.x, event.y) for event in recorded]
    assert len(action.path) > 20, "every point between press and release"
    assert not unaccounted(row)


@steady
def test_a_drag_out_and_back_to_its_start_is_a_drag(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        x, y = watch.at(0.4, 0.5)
        hands.down()
        hands.move(x + 150, y, 0.2)
        hands.move(x, y, 0.2)
        hands.up()
    [action] = row.actions
    assert (action.kind, action.to_x, action.to_y) == ("drag", x, y)
    assert max(point[1] for point in action.path) == x + 150


@steady
def test_ctrl_drag_has_its_modifier(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        x, y = watch.at(0.4, 0.5)
        hands.key_down("ctrl")
        hands.drag(x + 60, y + 40, 0.2)
        hands.key_up("ctrl")
    assert row.told("kind", "modifiers", "key_seqs") == [("drag", ("ctrl",), (0, 1))]
    assert not unaccounted(row)


# Scrolls


@steady
def test_scrolls_split_by_pause_direction_and_place(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        watch.at(0.5, 0.5)
        hands.scroll(5)
        time.sleep(3)
        hands.scroll(-5)
        time.sleep(1.2)
        hands.scroll(3)
        watch.at(0.7, 0.6)
        hands.scroll(3)
    assert row.told("kind", "scroll_x", "scroll_y") == [
        ("scroll", 0, 5),
        ("scroll", 0, -5),
        ("scroll", 0, 3),
        ("scroll", 0, 3),
    ]
    places = [(action.x, action.y) for action in row.actions]
    assert places[0] == places[2] != places[3]
    assert not unaccounted(row)


@steady
def test_horizontal_scrolls_have_their_direction(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        watch.at(0.5, 0.5)
        hands.scroll(3, horizontal=True)
        time.sleep(1.2)
        hands.scroll(-2, horizontal=True)
    assert row.told("kind", "scroll_x", "scroll_y") == [("scroll", 3, 0), ("scroll", -2, 0)]


# The desktop's own thresholds


@steady
def test_clicks_600_ms_apart_are_one_double_click_where_the_desktop_says_so(
    watch: Watch, hands: XTest, tmp_path: Path
) -> None:
    config = tmp_path / "xsettingsd"
    config.write_text("Net/DoubleClickTime 1200\nNet/DndDragThreshold 60\n")
    manager = watch.desktop.spawn(["xsettingsd", "-c", str(config)])
    try:
        patience = Patience(15)
        while not (told := desktop_settings(watch.desktop.env)).drag_px or told.drag_px.source != "xsettings":
            assert manager.poll() is None and not patience.over, "xsettingsd did not start"
            time.sleep(0.05)
    finally:
        manager.terminate()
    mark = Mark(time_ns=0, seq=0, kind="settings", detail=msgspec.json.encode(told).decode())
    with watch.row(msgspec.structs.replace(in_force([mark]).thresholds, wait_ms=10**9)) as row:
        x, y = watch.at(0.5, 0.5)
        hands.click()
        time.sleep(0.54)
        hands.click()
        time.sleep(1.3)
        hands.drag(x + 50, y, 0.2)
    assert row.told("kind") == [("double_click",), ("click",)]


# All of it


@steady
def test_actions_are_told_in_the_order_in_which_they_were_done(watch: Watch, hands: XTest) -> None:
    with watch.row() as row:
        watch.at(0.5, 0.5)
        hands.click()
        hands.type_text("Ab")
        hands.key("Return")
        hands.type_text("c")
        hands.key("ctrl+a")
        watch.at(0.6, 0.5)
        hands.click(count=2)
    assert row.told("kind", "text", "keys") == [
        ("click", "", ()),
        ("type", "Ab", ()),
        ("press", "", ("Return",)),
        ("type", "c", ()),
        ("hotkey", "", ("ctrl", "a")),
        ("double_click", "", ()),
    ]
    assert all(earlier.start_ns <= later.start_ns for earlier, later in itertools.pairwise(row.actions))
    raw = [event for event in row.raw if isinstance(event, Pointer | Key)]
    assert len(raw) == len(row.recording.pointer) + len(row.recording.keys), "the guard kept every event"
    assert not unaccounted(row)
