"""Every row of the cases that break reducers, on fabricated events. The laws of reduce are in test_law.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
import pytest

from understudy.pipeline.left_out import LeftOut
from understudy.pipeline.reduce import reduce, reduce_all
from understudy.pipeline.thresholds import Thresholds
from understudy.records.actions import Action, Correction
from understudy.records.elements import Element
from understudy.records.events import MarkKind, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import KeyLevel

if TYPE_CHECKING:
    from tests.pipeline.conftest import Hand

NO_WAITS = Thresholds(wait_ms=10**9)


def actions(hand: Hand) -> list[Action]:
    return reduce(hand.recording(), NO_WAITS)


def kinds(hand: Hand) -> list[str]:
    return [action.kind for action in actions(hand)]


def test_hello_w_from_the_elements_word_is_one_text_with_all_its_records(hand: Hand) -> None:
    with hand.typed("Hello W"):
        hand.write("Hello W")
    [action] = actions(hand)
    assert (action.kind, action.text, action.text_level, action.corrections) == ("type", "Hello W", "text", 0)
    assert action.key_seqs == tuple(range(len(hand.keys))), "shift's own keys belong to the text too"
    assert action.text_seqs == (0,)


def test_hello_w_by_the_keyboard_alone_is_one_text(hand: Hand) -> None:
    hand.write("Hello W")
    [action] = actions(hand)
    assert (action.kind, action.text, action.keys, action.modifiers) == ("type", "Hello W", (), ())
    assert action.key_seqs == tuple(range(len(hand.keys)))


@pytest.mark.parametrize("jitter", [False, True])
def test_ctrl_c_is_one_hotkey_whatever_the_pointer_does(hand: Hand, jitter: bool) -> None:
    with hand.holding("Control_L"):
        if jitter:
            hand.move(hand.x + 1, hand.y)
        hand.key("c", "\x03")
    [action] = actions(hand)
    assert (action.kind, action.keys, action.count) == ("hotkey", ("ctrl", "c"), 1)
    assert action.key_seqs == (0, 1, 2, 3)


def test_double_click_with_jitter(hand: Hand) -> None:
    hand.click().wait(90).move(102, 101).click()
    [action] = actions(hand)
    assert (action.kind, action.x, action.y, action.to_x, action.button) == ("double_click", 100, 100, None, "left")
    assert len(action.pointer_seqs) == 4


def test_triple_click_is_one(hand: Hand) -> None:
    hand.click().wait(90).click().wait(90).click()
    assert kinds(hand) == ["triple_click"]


def test_a_fourth_click_begins_anew(hand: Hand) -> None:
    for _ in range(4):
        hand.click().wait(90)
    assert kinds(hand) == ["triple_click", "click"]


def test_two_clicks_600_ms_apart_stay_two(hand: Hand) -> None:
    hand.click().wait(540).click()
    assert kinds(hand) == ["click", "click"]


def test_two_quick_clicks_in_two_places_stay_two(hand: Hand) -> None:
    hand.click().wait(50).move(106, 100).click()
    assert kinds(hand) == ["click", "click"]


def test_quick_clicks_of_two_buttons_stay_two(hand: Hand) -> None:
    hand.click().wait(50).click(3)
    assert [action.button for action in actions(hand)] == ["left", "right"]


def test_a_key_between_two_clicks_keeps_them_apart(hand: Hand) -> None:
    hand.click().wait(50).key("Return").click()
    assert kinds(hand) == ["click", "press", "click"]


def test_drag_keeps_its_path(hand: Hand) -> None:
    hand.down().wait(50).move(300, 140, steps=20).wait(50).up()
    [action] = actions(hand)
    assert (action.kind, action.x, action.y, action.to_x, action.to_y) == ("drag", 100, 100, 300, 140)
    assert len(action.path) == 22
    assert action.path[0][1:] == (100, 100) and action.path[-1][1:] == (300, 140)
    assert action.pointer_seqs == tuple(range(22))


def test_drag_out_and_back_to_its_start_is_a_drag(hand: Hand) -> None:
    hand.down().move(200, 100, steps=10).move(100, 100, steps=10).up()
    [action] = actions(hand)
    assert (action.kind, action.to_x, action.to_y) == ("drag", 100, 100)
    assert max(x for _, x, _ in action.path) == 200


def test_a_press_that_moves_six_px_is_a_click_and_seven_a_drag(hand: Hand) -> None:
    hand.down().move(106, 100).up().wait(900).move(100, 100).down().move(107, 100).up()
    assert kinds(hand) == ["click", "drag"]


def test_long_press(hand: Hand) -> None:
    hand.click(ms=1500)
    [action] = actions(hand)
    assert (action.kind, action.end_ns - action.start_ns) == ("long_press", 1_500_000_000)


def test_a_slow_click_is_no_long_press(hand: Hand) -> None:
    hand.click(ms=700)
    assert kinds(hand) == ["click"]


def test_ctrl_click_and_ctrl_drag_have_their_modifier_and_its_keys(hand: Hand) -> None:
    with hand.holding("Control_L"):
        hand.click().wait(700)
        hand.down().move(200, 200, steps=5).up()
    click, drag = actions(hand)
    assert (click.kind, click.modifiers) == ("click", ("ctrl",))
    assert (drag.kind, drag.modifiers) == ("drag", ("ctrl",))
    assert (click.key_seqs, drag.key_seqs) == ((0,), (1,))


def test_scrolls_split_by_pause_direction_and_place(hand: Hand) -> None:
    hand.scroll(5).wait(2940).scroll(-5).wait(1140).scroll(3).wait(100).move(400, 300).scroll(3)
    told = [(action.kind, action.scroll_y) for action in actions(hand)]
    assert told == [("scroll", 5), ("scroll", -5), ("scroll", 3), ("scroll", 3)]
    assert [action.x for action in actions(hand)] == [100, 100, 100, 400]


def test_opposite_scrolls_without_a_pause_stay_two(hand: Hand) -> None:
    hand.scroll(5).scroll(-5)
    assert [action.scroll_y for action in actions(hand)] == [5, -5]


def test_scrolls_split_by_pause_alone(hand: Hand) -> None:
    hand.scroll(5).wait(1200).scroll(3)
    assert [action.scroll_y for action in actions(hand)] == [5, 3]


def test_scrolls_in_two_windows_stay_two(hand: Hand) -> None:
    left = WindowState(id=1, rect=Rect(0, 0, 105, 800))
    right = WindowState(id=2, rect=Rect(105, 0, 500, 800))
    hand.windows(left, right).scroll(2).move(110, 100).scroll(2)
    assert [action.scroll_y for action in actions(hand)] == [2, 2]


def test_horizontal_scroll(hand: Hand) -> None:
    hand.scroll(dx=-3)
    [action] = actions(hand)
    assert (action.kind, action.scroll_x, action.scroll_y) == ("scroll", -3, 0)


def test_ctrl_scroll_is_apart_from_plain_scroll(hand: Hand) -> None:
    hand.scroll(2)
    with hand.holding("Control_L"):
        hand.scroll(2)
    assert [action.modifiers for action in actions(hand)] == [(), ("ctrl",)]


@pytest.mark.parametrize("run", [False, True])
def test_a_held_key_is_one_text(hand: Hand, run: bool) -> None:
    def hold() -> None:
        hand.key_down("a").wait(500)
        for _ in range(11):
            hand.key_down("a", repeat=True).wait(30)
        hand.key_up("a")

    if run:
        with hand.typed("a" * 12):
            hold()
    else:
        hold()
    [action] = actions(hand)
    assert (action.kind, action.text, len(action.key_seqs)) == ("type", "a" * 12, 13)


def test_backspace_inside_typing_is_applied_and_counted(hand: Hand) -> None:
    with hand.typed("Hello", corrections=2):
        hand.write("Helol\b\blo")
    [action] = actions(hand)
    assert (action.text, action.corrections) == ("Hello", 2)


def test_backspace_inside_keyboard_text_is_applied_and_counted(hand: Hand) -> None:
    hand.write("Helol\b\blo")
    [action] = actions(hand)
    assert (action.kind, action.text, action.corrections) == ("type", "Hello", 2)


def test_backspace_outside_typing_is_a_press_with_a_count(hand: Hand) -> None:
    hand.key("BackSpace").key("BackSpace").key("BackSpace")
    [action] = actions(hand)
    assert (action.kind, action.keys, action.count) == ("press", ("BackSpace",), 3)


def test_two_hotkeys_under_one_held_ctrl_are_two(hand: Hand) -> None:
    with hand.holding("Control_L"):
        hand.key("a", "\x01").key("c", "\x03")
    first, second = actions(hand)
    assert (first.keys, second.keys) == (("ctrl", "a"), ("ctrl", "c"))
    assert sorted(first.key_seqs + second.key_seqs) == list(range(6))


def test_alt_tab_tab_is_one_hotkey_with_a_count(hand: Hand) -> None:
    with hand.holding("Alt_L"):
        hand.key("Tab").wait(3000).key("Tab")
    [action] = actions(hand)
    assert (action.kind, action.keys, action.count) == ("hotkey", ("alt", "Tab"), 2)
    assert action.key_seqs == tuple(range(6))


def test_alt_tab_twice_with_alt_let_go_is_two(hand: Hand) -> None:
    for _ in range(2):
        with hand.holding("Alt_L"):
            hand.key("Tab")
    assert [action.count for action in actions(hand)] == [1, 1]


@pytest.mark.parametrize(("button", "name"), [(2, "middle"), (3, "right"), (8, "back"), (9, "forward")])
def test_every_button_is_told(hand: Hand, button: int, name: str) -> None:
    hand.click(button)
    [action] = actions(hand)
    assert (action.kind, action.button) == ("click", name)


def test_keys_rolled_over_are_one_text_in_the_order_of_their_presses(hand: Hand) -> None:
    hand.key_down("x").wait(30).key_down("y").wait(30).key_up("x").wait(30).key_up("y")
    [action] = actions(hand)
    assert (action.text, action.key_seqs) == ("xy", (0, 1, 2, 3))


def test_dead_keys_compose_into_text(hand: Hand) -> None:
    hand.write("caf").key("dead_acute", "").key("e", "é")
    [action] = actions(hand)
    assert (action.kind, action.text, len(action.key_seqs)) == ("type", "café", 10)


def test_compose_sequences_write_what_they_yield(hand: Hand) -> None:
    hand.key("Multi_key", "").key("s", "").key("s", "ß").write("e")
    assert "ß" in "".join(action.text for action in actions(hand))


def test_altgr_writes_text_and_is_no_hotkey(hand: Hand) -> None:
    hand.write("me")
    with hand.holding("ISO_Level3_Shift"):
        hand.key("at", "@")
    [action] = actions(hand)
    assert (action.kind, action.text, action.key_seqs) == ("type", "me@", tuple(range(8)))


def test_layout_switch_is_part_of_typing(hand: Hand) -> None:
    hand.write("a").key("ISO_Next_Group", "").key("Cyrillic_de", "д")
    [action] = actions(hand)
    assert action.text == "aд"


def test_shift_tab_is_a_hotkey_by_its_plain_name(hand: Hand) -> None:
    with hand.holding("Shift_L"):
        hand.key("ISO_Left_Tab")
    [action] = actions(hand)
    assert (action.kind, action.keys) == ("hotkey", ("shift", "Tab"))


def test_ctrl_shift_t_names_the_key_in_lower_case(hand: Hand) -> None:
    with hand.holding("Control_L"), hand.holding("Shift_L"):
        hand.key("T", "\x14")
    [action] = actions(hand)
    assert action.keys == ("ctrl", "shift", "t")


def test_super_alone_is_a_press_and_ctrl_alone_nothing(hand: Hand) -> None:
    hand.key("Super_L").key("Control_L")
    [action] = actions(hand)
    assert (action.kind, action.keys) == ("press", ("super",))


def test_arrows_count_and_returns_do_not(hand: Hand) -> None:
    hand.key("Down").key("Down").key("Down").key("Return").key("Return")
    told = [(action.keys, action.count) for action in actions(hand)]
    assert told == [(("Down",), 3), (("Return",), 1), (("Return",), 1)]


def test_a_space_alone_is_a_press(hand: Hand) -> None:
    hand.key("space")
    [action] = actions(hand)
    assert (action.kind, action.keys, action.text) == ("press", ("space",), "")


def test_runs_in_one_element_are_joined(hand: Hand, make_element: Callable[..., Element]) -> None:
    field, other = make_element("Name", "entry"), make_element("Town", "entry")
    with hand.typed("Ada ", field, corrections=1):
        hand.write("Adb\ba ")
    with hand.typed("Lovelace", field):
        hand.write("Lovelace")
    with hand.typed("London", other):
        hand.write("London")
    hand.wait(2500)
    with hand.typed("!", other):
        hand.write("!")
    told = [(action.text, action.corrections) for action in actions(hand)]
    assert told == [("Ada Lovelace", 1), ("London", 0), ("!", 0)]


def test_an_action_between_two_runs_keeps_them_apart(hand: Hand, make_element: Callable[..., Element]) -> None:
    field = make_element("Name", "entry")
    with hand.typed("a", field):
        hand.write("a")
    hand.click()
    with hand.typed("b", field):
        hand.write("b")
    assert kinds(hand) == ["type", "click", "type"]


def test_runs_without_keys_are_texts_too(hand: Hand) -> None:
    with hand.typed("<EMAIL_1>"):
        hand.wait(800)
    [action] = actions(hand)
    assert (action.text, action.key_seqs, action.text_seqs) == ("<EMAIL_1>", (), (0,))


def test_a_run_that_was_lost_is_a_text_of_unknown_content(hand: Hand) -> None:
    with hand.typed("gone"):
        hand.write("gone")
    hand.text.clear()
    [action] = actions(hand)
    assert (action.text, action.text_level) == ("", "timing")


def test_waits_fill_gaps_of_two_seconds(hand: Hand) -> None:
    hand.click().wait(2100).click().wait(1000).click()
    assert [action.kind for action in reduce(hand.recording())] == ["click", "wait", "click", "click"]


@pytest.mark.parametrize("kind", ["pause", "resume", "left_scope", "entered_scope", "dropped"])
def test_gaps_that_were_not_recorded_are_no_waits(hand: Hand, kind: MarkKind) -> None:
    hand.click().wait(2000).marks(kind).wait(2000).click()
    assert [action.kind for action in reduce(hand.recording())] == ["click", "click"]


def test_a_pause_cuts_what_is_open(hand: Hand) -> None:
    hand.click().marks("pause").wait(50).marks("resume").click().wait(900)
    hand.down().move(150, 100).wait(20).marks("pause").wait(20).marks("resume").up()
    reduction = reduce_all(hand.recording(), NO_WAITS)
    assert [action.kind for action in reduction.actions] == ["click", "click", "drag"]
    assert reduction.actions[2].to_x == 150 and len(reduction.actions[2].pointer_seqs) == 2
    assert reduction.left_out == (LeftOut("pointer", "release_without_press", (6,)),)


def test_a_key_held_over_a_pause_has_no_release(hand: Hand) -> None:
    hand.key_down("Down").marks("pause").wait(5000).marks("resume").key_up("Down").key("Down")
    reduction = reduce_all(hand.recording(), NO_WAITS)
    assert [(action.keys, action.key_seqs) for action in reduction.actions] == [(("Down",), (0,)), (("Down",), (2, 3))]
    assert reduction.left_out == (LeftOut("keys", "release_without_press", (1,)),)


@pytest.mark.parametrize("kind", ["left_scope", "entered_scope"])
def test_a_click_that_takes_the_focus_elsewhere_is_whole(hand: Hand, kind: MarkKind) -> None:
    hand.down().wait(10).marks(kind).wait(40).up().wait(80).click()
    [action] = actions(hand)
    assert (action.kind, len(action.pointer_seqs)) == ("double_click", 4)


@pytest.mark.parametrize("kind", ["pause", "left_scope", "entered_scope"])
def test_what_is_typed_before_and_after_another_program_is_two_texts(hand: Hand, kind: MarkKind) -> None:
    hand.write("a").marks(kind).write("b")
    assert [action.text for action in actions(hand)] == ["a", "b"]


def test_a_press_without_release_at_the_end_is_a_click(hand: Hand) -> None:
    hand.down()
    assert kinds(hand) == ["click"]


def test_nothing_gives_nothing(hand: Hand) -> None:
    assert actions(hand) == []


def test_an_unknown_pointer_kind_is_refused(hand: Hand) -> None:
    hand._pointer("hover")
    with pytest.raises(ValueError, match="unknown kind 'hover'"):
        actions(hand)


def test_scrubbed_runs_of_one_element_are_one_text_and_the_gap_after_them_is_no_wait(
    hand: Hand, make_element: Callable[..., Element]
) -> None:
    field = make_element("E-mail", "entry")
    for text in ("<EMAIL_1>", "<EMAIL_2>"):
        with hand.typed(text, field):
            pass
        # A scrubbed run has one time and no keys: how long it took went with it.
        hand.text[-1] = msgspec.structs.replace(hand.text[-1], scrubbed=True)
        hand.wait(3200)
    hand.click()
    told = reduce(hand.recording())
    assert [(action.kind, action.text) for action in told] == [("type", "<EMAIL_1><EMAIL_2>"), ("click", "")]


def test_a_removal_that_began_during_the_action_before_explains_the_gap_after_it(hand: Hand) -> None:
    hand.down().wait(30).marks("dropped", "secure_field").wait(30).up().wait(4000).click()
    assert [action.kind for action in reduce(hand.recording())] == ["click", "click"]


def test_a_typing_pause_divides_a_run(hand: Hand, make_element: Callable[..., Element]) -> None:
    with hand.typed("one two", make_element("Name", "entry"), corrections=1):
        hand.write("one ").wait(3000).write("twp\bo")
    first, wait, second = reduce(hand.recording())
    assert (first.text, wait.kind, second.text) == ("one ", "wait", "two")
    assert (first.corrected, second.corrected) == ((), (Correction(2, "p"),))
    assert (first.text_seqs, second.text_seqs) == ((0,), ())
    assert first.key_seqs + second.key_seqs == tuple(range(len(hand.keys)))


def test_a_pause_after_which_earlier_words_are_mended_divides_nothing(hand: Hand) -> None:
    with hand.typed("on the road", corrections=4):
        hand.write("on the raod").wait(3000).write("\b\b\boad")
    [action] = actions(hand)
    assert (action.text, action.corrected) == ("on the road", (Correction(8, "aod"),))


def test_edits_reach_back_into_the_run_before(hand: Hand, make_element: Callable[..., Element]) -> None:
    field = make_element("Note", "text")
    with hand.typed("one two thre", field):
        hand.write("one two thre")
    with hand.typed("ee", field):
        hand.write("\b\bree".replace("r", "")).key("BackSpace").write("e")
    [action] = actions(hand)
    assert action.text == "one two thee"
    assert [each.removed for each in action.corrected] == ["re", "e"]


def test_a_text_that_its_keys_do_not_explain_is_the_elements_word(hand: Hand) -> None:
    with hand.typed("the ", corrections=2):
        hand.write("teh ")
    [action] = actions(hand)
    assert (action.text, action.corrections, action.corrected) == ("the ", 2, ())


@pytest.mark.parametrize("level", ["shape", "timing"])
def test_where_less_than_the_text_is_kept_corrections_are_only_counted(hand: Hand, level: KeyLevel) -> None:
    with hand.typed("aaa" if level == "shape" else "", level=level, corrections=1):
        hand.write("ab\bcd").wait(3000).write("e")
    [action] = actions(hand)
    assert (action.text_level, action.corrections, action.corrected) == (level, 1, ())


def test_keyboard_text_tells_its_corrections(hand: Hand) -> None:
    hand.write("Helol\b\blo")
    [action] = actions(hand)
    assert action.corrected == (Correction(3, "ol"),)
