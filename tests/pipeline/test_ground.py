"""Each action gets the right frame, its age, its target and its window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from understudy.pipeline.ground import ground
from understudy.pipeline.reduce import reduce
from understudy.records.actions import Step
from understudy.records.elements import Element
from understudy.records.events import WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Frame, TreeNode

if TYPE_CHECKING:
    from tests.pipeline.conftest import Hand

MakeElement = Callable[..., Element]


def steps(hand: Hand) -> list[Step]:
    recording = hand.recording()
    return [step for step in ground(recording, reduce(recording)) if step.action.kind != "wait"]


def frame(hand: Hand, seq: int, grabbed_ms: float, changed_ms: float) -> Frame:
    base = hand.now_ns - round(hand.now_ms * 1_000_000)
    return Frame(
        time_ns=base + round(grabbed_ms * 1_000_000),
        seq=seq,
        changed_ns=base + round(changed_ms * 1_000_000),
        width=8,
        height=8,
        key=seq == 0,
        patches=(),
    )


def test_a_picture_that_nothing_changed_since_has_age_0(hand: Hand) -> None:
    hand.frames(frame(hand, 0, 0, 0), frame(hand, 1, 900, 700)).wait(500).click()
    [step] = steps(hand)
    assert (step.frame_seq, step.frame_age_ms) == (0, 0.0)


def test_a_picture_that_changed_before_the_action_is_as_old_as_its_grab(hand: Hand) -> None:
    hand.frames(frame(hand, 0, 0, 0), frame(hand, 1, 900, 300)).wait(500).click()
    [step] = steps(hand)
    assert (step.frame_seq, step.frame_age_ms) == (0, 500.0)


def test_the_frame_is_the_last_before_the_press_not_the_one_it_caused(hand: Hand) -> None:
    hand.frames(frame(hand, 0, 0, 0), frame(hand, 1, 400, 390), frame(hand, 2, 560, 510)).wait(500).click()
    [step] = steps(hand)
    assert (step.frame_seq, step.frame_age_ms) == (1, 0.0)


def test_a_picture_from_before_a_pause_is_old(hand: Hand) -> None:
    hand.frames(frame(hand, 0, 0, 0)).wait(200).marks("pause").wait(200).marks("resume").wait(100).click()
    [step] = steps(hand)
    assert step.frame_age_ms == 500.0


def test_without_a_frame_there_is_no_age(hand: Hand) -> None:
    hand.click()
    [step] = steps(hand)
    assert (step.frame_seq, step.frame_age_ms) == (None, None)


def test_the_element_asked_at_rest_is_the_target(hand: Hand, make_element: MakeElement) -> None:
    button = make_element()
    hand.move(90, 90, steps=5).wait(120).element_at(button).wait(200).click()
    [step] = steps(hand)
    assert (step.target, step.target_confidence) == (button, "rested")


def test_the_newest_answer_at_rest_wins(hand: Hand, make_element: MakeElement) -> None:
    old, new = make_element("Old"), make_element("New")
    hand.wait(50).element_at(old).wait(100).element_at(new).wait(100).click()
    [step] = steps(hand)
    assert step.target == new


def test_an_unstable_answer_is_doubtful(hand: Hand, make_element: MakeElement) -> None:
    hand.wait(50).element_at(make_element(), stable=False).wait(100).click()
    [step] = steps(hand)
    assert step.target_confidence == "moving"


def test_an_answer_from_before_the_last_move_is_not_rested(hand: Hand, make_element: MakeElement) -> None:
    here = make_element()
    hand.element_at(here).wait(50).move(140, 140, steps=5).click()
    [step] = steps(hand)
    assert (step.target, step.target_confidence) == (here, "moving")


def test_the_answer_at_the_press_stands_in(hand: Hand, make_element: MakeElement) -> None:
    pressed = make_element()
    hand.move(90, 90, steps=3).down().element_at(pressed, "press").wait(60).up()
    [step] = steps(hand)
    assert (step.target, step.target_confidence) == (pressed, "pressed")


def test_an_answer_that_came_after_the_press_was_not_before_it(hand: Hand, make_element: MakeElement) -> None:
    hand.wait(50).element_at(make_element(), answer_ms=300).wait(100).click()
    [step] = steps(hand)
    assert step.target_confidence == "none"


def test_answers_soon_after_a_scroll_say_so(hand: Hand, make_element: MakeElement) -> None:
    target = make_element()
    hand.scroll(2).wait(100).element_at(target).wait(100).click()
    assert [step.target_confidence for step in steps(hand)][-1] == "scrolled"
    hand.wait(1000).element_at(target).wait(10).click()
    assert [step.target_confidence for step in steps(hand)][-1] == "rested"


def test_where_a_program_was_asked_and_told_nothing_its_window_stands_for_it(hand: Hand) -> None:
    window = WindowState(id=5, rect=Rect(0, 0, 800, 600), app="XTerm", title="a shell", pid=7)
    hand.windows(window, active=5).wait(20).element_at(None).wait(100).click()
    [step] = steps(hand)
    assert step.target is not None
    assert (step.target.role, step.target.name, step.target.bounds) == ("window", "a shell", window.rect)
    assert step.target_confidence == "window"


def test_a_press_on_a_boxs_label_is_a_press_on_the_box(hand: Hand, make_element: MakeElement) -> None:
    around = make_element("", "paragraph", bounds=Rect(0, 0, 800, 600))
    box = make_element("Gift wrap", "check box", bounds=Rect(hand.x - 40, hand.y - 6, 12, 12))
    hand.element_at(around).wait(100).click()
    hand.element_at(box, "focus")
    [step] = steps(hand)
    assert (step.target, step.target_confidence) == (box, "focus")


def test_a_box_in_another_row_is_not_the_one(hand: Hand, make_element: MakeElement) -> None:
    around = make_element("", "paragraph", bounds=Rect(0, 0, 800, 600))
    box = make_element("Gift wrap", "check box", bounds=Rect(hand.x - 40, hand.y + 60, 12, 12))
    hand.element_at(around).wait(100).click()
    hand.element_at(box, "focus")
    [step] = steps(hand)
    assert step.target == around


def test_an_element_of_the_window_that_was_there_before_is_not_believed(hand: Hand, make_element: MakeElement) -> None:
    below = WindowState(id=1, rect=Rect(0, 0, 800, 600), app="Mousepad")
    above = WindowState(id=2, rect=Rect(0, 0, 800, 600), app="Chromium")
    hand.windows(above, below, active=1).wait(20).element_at(make_element()).wait(100)
    hand.windows(below, above, active=2).wait(100).click()
    [step] = steps(hand)
    assert (step.target_confidence, step.app) == ("none", "Chromium")


@pytest.mark.parametrize("how", ["press", "hotkey"])
def test_keys_go_to_the_focus(hand: Hand, make_element: MakeElement, how: str) -> None:
    field = make_element("Name", "entry")
    hand.element_at(field, "focus").wait(50)
    if how == "press":
        hand.key("Return")
    else:
        with hand.holding("Control_L"):
            hand.key("c", "\x03")
    [step] = steps(hand)
    assert (step.target, step.target_confidence) == (field, "focus")


def test_typed_text_goes_to_the_element_that_received_it(hand: Hand, make_element: MakeElement) -> None:
    focused, received = make_element("Focus", "entry"), make_element("Received", "entry")
    hand.element_at(focused, "focus")
    with hand.typed("abc", received):
        hand.write("abc")
    [step] = steps(hand)
    assert step.target == received


def test_the_focus_of_another_program_is_not_believed(hand: Hand, make_element: MakeElement) -> None:
    hand.windows(WindowState(id=1, rect=Rect(0, 0, 9, 9), pid=7), active=1)
    hand.element_at(make_element(pid=8), "focus").key("Return")
    [step] = steps(hand)
    assert (step.target, step.target_confidence) == (None, "none")


def test_app_title_and_address_are_those_of_the_window_acted_upon(hand: Hand) -> None:
    page = WindowState(id=1, rect=Rect(0, 0, 640, 800), app="Chromium", title="Orders", url="http://shop.test/", pid=5)
    editor = WindowState(id=2, rect=Rect(640, 0, 640, 800), program="mousepad", title="notes", pid=6)
    menu = WindowState(id=3, rect=Rect(90, 90, 50, 50), override=True, pid=5)
    hand.windows(page, editor, menu, active=2).wait(10).click().key("Return").move(300, 300).click()
    in_menu, in_editor, on_page = steps(hand)
    assert (in_menu.app, in_menu.window_title, in_menu.url) == ("Chromium", "Orders", "http://shop.test/")
    assert (in_editor.app, in_editor.window_title, in_editor.url) == ("mousepad", "notes", "")
    assert on_page.app == "Chromium"


def test_steps_are_numbered_in_order(hand: Hand) -> None:
    hand.click().wait(3000).click()
    recording = hand.recording()
    grounded = ground(recording, reduce(recording))
    assert [(step.index, step.action.kind) for step in grounded] == [(0, "click"), (1, "wait"), (2, "click")]


def test_a_press_that_opens_a_page_is_not_told_by_the_new_page(hand: Hand, make_element: MakeElement) -> None:
    link = make_element("Sign in", "link")
    page = make_element("Welcome", "document web", Rect(0, 0, 800, 776))
    hand.move(90, 90, steps=3).down().element_at(page, "press", answer_ms=300).wait(13)
    hand.element_at(link, "focus").wait(150).element_at(page, "focus").up()
    [step] = steps(hand)
    assert (step.target, step.target_confidence) == (link, "pressed")


def test_an_element_that_says_it_is_focused_receives_the_keys(hand: Hand, make_element: MakeElement) -> None:
    hand.windows(WindowState(id=1, rect=Rect(0, 0, 800, 600), pid=7), active=1)
    area = make_element("", "text", pid=7, states=("focused", "editable"))
    hand.element_at(area).wait(50)
    hand.element_at(make_element("Elsewhere", "entry", pid=9), "focus").wait(50).key("Return")
    [step] = steps(hand)
    assert (step.target, step.target_confidence) == (area, "focus")


def test_every_text_of_a_divided_run_goes_to_the_element_that_received_it(
    hand: Hand, make_element: MakeElement
) -> None:
    field = make_element("Name", "entry")
    with hand.typed("onetwo", field):
        hand.write("one").wait(3000).write("two")
    assert [(step.action.text, step.target) for step in steps(hand)] == [("one", field), ("two", field)]


PAGE = WindowState(id=1, rect=Rect(0, 0, 800, 600), app="Chromium", pid=5)
POPUP = WindowState(id=3, rect=Rect(90, 40, 80, 100), override=True, pid=5)


def test_what_lies_beneath_a_pop_up_was_not_pressed(hand: Hand, make_element: MakeElement) -> None:
    page = make_element("Orders", "document web", PAGE.rect)
    option = make_element("Belgium", "menu item", Rect(91, 90, 78, 24))
    hand.windows(PAGE, POPUP, active=1).wait(20).element_at(page).wait(40).element_at(option, answer_ms=300).wait(60)
    hand.down().element_at(page, "press", answer_ms=200).wait(40).up()
    [step] = steps(hand)
    # Asked before the press, answered after the release: of a pop-up that has closed nothing new is told.
    assert (step.target, step.target_confidence) == (option, "pressed")


def test_a_pop_up_that_the_press_opened_was_not_pressed(hand: Hand, make_element: MakeElement) -> None:
    box = make_element("Size", "combo box", Rect(92, 92, 70, 24))
    item = make_element("Small", "menu item", Rect(91, 90, 78, 24))
    hand.windows(PAGE, active=1).wait(50).element_at(item, answer_ms=50).wait(10)
    hand.down().element_at(item, "press", answer_ms=40).wait(20)
    hand.windows(PAGE, POPUP, active=1).element_at(box, "focus").wait(60).up()
    [step] = steps(hand)
    assert (step.target, step.target_confidence) == (box, "pressed")


def test_an_option_that_no_answer_named_is_found_in_the_tree(hand: Hand) -> None:
    nodes = (
        TreeNode(id="p", role="document web", parent=-1, bounds=PAGE.rect),
        TreeNode(id="c", role="combo box", parent=0, bounds=Rect(90, 20, 80, 20)),
        TreeNode(id="a", role="menu item", name="Austria", parent=1, bounds=Rect(91, 66, 78, 24)),
        TreeNode(id="b", role="menu item", name="Belgium", parent=1, bounds=Rect(91, 90, 78, 24)),
    )

    def target(read_ms: float) -> Element | None:
        tree = ElementTree(
            time_ns=hand.now_ns + round(read_ms * 1e6), seq=0, started_ns=0, window=1, bounds=PAGE.rect, nodes=nodes
        )
        hand.tree = [tree]
        return steps(hand)[-1].target

    hand.windows(PAGE, active=1).wait(100).windows(PAGE, POPUP, active=1).wait(300).element_at(None).wait(100).click()
    found = target(read_ms=-300)
    assert found is not None
    assert (found.id, found.role, found.name) == ("b", "menu item", "Belgium")
    assert found.path == ("document web", "combo box", "menu item")
    before = target(read_ms=-520)
    assert before is None or before.role == "window", "a tree from before the pop-up opened says nothing of it"
