"""Pixels: shown only when a tree has told where text stands on them, masked before they are encoded."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from understudy.records.elements import Element, Node, TextLine
from understudy.records.events import Tree, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, Kept
from understudy.redact.masks import read
from understudy.redact.policy import AppRule
from understudy.redact.scrub import Scrubber
from understudy.redact.secure import SecureMemory
from understudy.redact.words import Words

MS = 1_000_000
BLANK, MASK = (0x80,) * 3, (0x28,) * 3
TOP, MIDDLE, LOW = Rect(10, 10, 300, 24), Rect(10, 100, 300, 24), Rect(10, 200, 300, 24)


def frames(kept: list[Kept]) -> list[Frame]:
    return [each for each in kept if isinstance(each, Frame)]


def line(fabricate: Any, text: str, at: Rect) -> tuple[Element, str]:
    return fabricate.entry(text, at=at, role="label", key=f"{at.y}"), text


def test_harmless_pixels_are_kept_exactly(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello there", TOP)).settle()
    last = fabricate.screens(fabricate.kept(made))[-1]
    assert last.crop((0, 0, 400, 300)).tobytes() == made.pictures[1].tobytes()
    assert fabricate.colours(last, Rect(400, 0, 240, 400)) == {BLANK}


def test_nothing_is_shown_before_a_tree_came(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).wait(3_000)
    kept = fabricate.kept(made)
    assert all(fabricate.colours(each, fabricate.screen) == {BLANK} for each in fabricate.screens(kept))
    guard = fabricate.guard()
    made.run(guard)
    assert guard.crawl_due() and guard.crawl_pids == (100,) and guard.allowed_windows == {1}
    assert not guard.crawl_due()


def test_an_incomplete_tree_is_not_believed(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).wait(900)
    kept = fabricate.kept(made.tree(fabricate.page, complete=False).wait(900))
    assert fabricate.colours(fabricate.screens(kept)[-1], fabricate.screen) == {BLANK}


def test_sensitive_text_is_masked_and_the_rest_is_not(fabricate: Any) -> None:
    things = line(fabricate, "ann@example.com", TOP), line(fabricate, "Hello", MIDDLE)
    kept = fabricate.kept(fabricate.session().windows(1).show(fabricate.page, *things).settle())
    last = fabricate.screens(kept)[-1]
    assert fabricate.colours(last, TOP.grow(2)) == {MASK}
    assert len(fabricate.colours(last, MIDDLE)) > 2
    assert frames(kept)[-1].masked_px == 304 * 28 + 240 * 300


def test_secure_fields_are_masked_with_a_margin(fabricate: Any) -> None:
    secret = fabricate.entry("Password", secure=True, at=TOP)
    kept = fabricate.kept(fabricate.session().windows(1).show(fabricate.page, (secret, "hunter2")).settle())
    assert fabricate.colours(fabricate.screens(kept)[-1], TOP.grow(4)) == {MASK}


def test_new_pixels_keep_the_old_picture_until_checked(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    before = made.pictures[1].tobytes()
    made.show(fabricate.page, line(fabricate, "ann@example.com", TOP)).wait(2_000)
    last = fabricate.screens(fabricate.kept(made))[-1]
    assert last.crop((0, 0, 400, 300)).tobytes() == before


def test_a_tree_begun_before_the_change_vouches_for_nothing(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    before = made.pictures[1].tobytes()
    made.tree(fabricate.page).show(fabricate.page, line(fabricate, "ann@example.com", TOP)).wait(1_000)
    last = fabricate.screens(fabricate.kept(made))[-1]
    assert last.crop((0, 0, 400, 300)).tobytes() == before


def test_a_small_change_is_shown_with_its_own_times(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    changed_ns = made.now_ns
    made.show(fabricate.page, line(fabricate, "World", TOP)).wait(150).tree(fabricate.page).wait(900)
    last = frames(fabricate.kept(made))[-1]
    assert (last.changed_ns, last.time_ns) == (changed_ns, changed_ns + 20 * MS)
    assert [(patch.x, patch.y, patch.width, patch.height) for patch in last.patches] == [(0, 16, 48, 16)]


def test_a_scroll_blanks_the_page_until_it_has_settled(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    made.point(50, 50, "scroll", scroll_y=1).wait(200).tree(fabricate.page).wait(300)
    kept = fabricate.kept(made)
    assert fabricate.colours(fabricate.screens(kept)[-1], fabricate.page.rect) == {BLANK}
    made.wait(300).tree(fabricate.page).wait(900)
    assert len(fabricate.colours(fabricate.screens(fabricate.kept(made))[-1], fabricate.page.rect)) > 2


def test_a_moved_window_keeps_what_was_checked(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    moved = msgspec.structs.replace(fabricate.page, rect=Rect(100, 50, 400, 300))
    made.windows(1, moved).frame().wait(900)
    last = fabricate.screens(fabricate.kept(made))[-1]
    assert last.crop((100, 50, 500, 350)).tobytes() == made.pictures[1].tobytes()


def test_a_window_out_of_scope_hides_what_lies_beneath(fabricate: Any) -> None:
    over = msgspec.structs.replace(fabricate.bank, rect=Rect(0, 0, 100, 100))
    made = fabricate.session().windows(1, fabricate.page, over)
    made.show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    assert fabricate.colours(fabricate.screens(fabricate.kept(made))[-1], over.rect) == {BLANK}


def test_no_frame_while_the_keyboard_is_out_of_scope(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    left_ns = made.now_ns
    made.windows(2).show(fabricate.page, line(fabricate, "World", TOP)).settle()
    assert all(frame.time_ns <= left_ns for frame in frames(fabricate.kept(made)))


def test_policy_may_drop_all_pixels(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    rule = AppRule(name="E", program="editor", keys="text", pixels="drop")
    assert fabricate.colours(fabricate.screens(fabricate.kept(made, rule))[-1], fabricate.screen) == {BLANK}


def test_the_field_being_typed_into_is_covered(fabricate: Any) -> None:
    note = fabricate.entry("Note", at=TOP)
    mirror = fabricate.entry("Preview", at=MIDDLE, role="label")
    made = fabricate.typing(note).show(fabricate.page, (note, ""), (mirror, "")).settle()
    made.type(note, "ann@ex").show(fabricate.page, (note, "ann@ex"), (mirror, "")).wait(150)
    made.show(fabricate.page, (note, "ann@ex"), (mirror, "ann@ex")).wait(150).tree(fabricate.page).wait(500)
    last = fabricate.screens(fabricate.kept(made))[-1]
    assert fabricate.colours(last, TOP) == {MASK}
    assert fabricate.colours(last, MIDDLE) == {MASK}


def test_what_was_typed_is_shown_once_it_is_known_to_be_harmless(fabricate: Any) -> None:
    note = fabricate.entry("Note", at=TOP)
    made = fabricate.typing(note).show(fabricate.page, (note, "")).settle()
    made.type(note, "hello").show(fabricate.page, (note, "hello")).wait(150).tree(fabricate.page).wait(300)
    made.key("Tab", "\t").wait(200).tree(fabricate.page).wait(900)
    last = fabricate.screens(fabricate.kept(made))[-1]
    assert last.crop((0, 0, 400, 300)).tobytes() == made.pictures[1].tobytes()


def test_below_level_text_fields_stay_covered(fabricate: Any) -> None:
    note = fabricate.entry("Note", at=TOP)
    made = fabricate.session().windows(1).show(fabricate.page, (note, "hello")).settle()
    rule = AppRule(name="E", program="editor", keys="shape")
    assert fabricate.colours(fabricate.screens(fabricate.kept(made, rule))[-1], TOP) == {MASK}


def test_the_last_checked_picture_before_a_press_is_kept(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    made.show(fabricate.page, line(fabricate, "World", TOP)).wait(150).tree(fabricate.page).wait(160)
    pressed_ns = made.now_ns
    made.click(20, 150)
    assert frames(fabricate.kept(made))[-1].time_ns < pressed_ns


def test_frames_come_at_most_twice_a_second(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "0", TOP)).settle()
    for count in range(30):
        made.show(fabricate.page, line(fabricate, str(count), TOP)).wait(110).tree(fabricate.page).wait(160)
    assert len(frames(fabricate.kept(made))) <= 2 + made.now_ns // (500 * MS)


def test_each_segment_opens_on_a_whole_frame(fabricate: Any) -> None:
    guard = fabricate.guard()
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    first = made.run(guard)
    assert frames(first)[0].key and not frames(first)[-1].key
    guard.rekey()
    made.records.clear()
    again = frames(made.wait(200).run(guard))
    assert [frame.key for frame in again] == [True]
    assert fabricate.screens(again)[0].tobytes() == fabricate.screens(first)[-1].tobytes()


def test_a_menu_shows_only_what_a_tree_locates(fabricate: Any) -> None:
    menu = WindowState(id=7, rect=Rect(100, 100, 100, 100), pid=100, override=True)
    item = fabricate.entry("Open", at=Rect(105, 105, 90, 20), role="menu item")
    drawn = fabricate.entry("ghost", at=Rect(105, 150, 90, 20), role="menu item")
    made = fabricate.session().windows(1, fabricate.page, menu)
    made.show(fabricate.page, line(fabricate, "Hello", TOP)).show(menu, (item, "Open"), (drawn, "1234"))
    made.shown[1].append((item, "Open"))
    last = fabricate.screens(fabricate.kept(made.settle()))[-1]
    assert len(fabricate.colours(last, Rect(105, 105, 90, 20))) > 1
    assert fabricate.colours(last, Rect(105, 150, 90, 20)) == {BLANK}


def test_a_blinking_caret_asks_for_no_new_check(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    guard = fabricate.guard()
    made.run(guard)
    assert not guard.crawl_due()
    made.records.clear()
    made.wait(1_000).damage(fabricate.page, Rect(20, 14, 2, 16)).wait(2_000).run(guard)
    assert not guard.crawl_due()


def test_a_stopped_program_shows_nothing_new(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    before = made.pictures[1].tobytes()
    made.show(fabricate.page, line(fabricate, "News", MIDDLE)).wait(5_000).click(20, 150)
    last = fabricate.screens(fabricate.kept(made))[-1]
    assert last.crop((0, 0, 400, 300)).tobytes() == before


# Reading trees


def tree_of(page: WindowState, *nodes: Node) -> Tree:
    top = Node(element=Element(id="top", role="frame", name="Mail ann@example.com", bounds=page.rect), parent=-1)
    return Tree(time_ns=2, seq=0, started_ns=1, pid=100, bounds=page.rect, nodes=(top, *nodes))


def node(role: str, name: str = "", at: Rect | None = TOP, parent: int = 0, **more: Any) -> Node:
    lines = more.pop("lines", ())
    text = more.pop("text", "")
    unread = more.pop("unread", False)
    element = Element(id=f"{role}/{name}/{at}", role=role, name=name, bounds=at, states=("showing",), **more)
    return Node(element=element, parent=parent, text=text, lines=lines, unread=unread)


def masks(page: WindowState, *nodes: Node, **rule: Any) -> tuple[Rect, ...] | None:
    words = Words(Scrubber(("email", "card", "secret")))
    app = AppRule(name="E", program="editor", **{"keys": "text", **rule})
    return read(tree_of(page, *nodes), app, words, SecureMemory()).masks


def test_what_its_program_was_too_slow_to_tell_is_covered(fabricate: Any) -> None:
    unread = node("text", at=MIDDLE, unread=True)
    assert masks(fabricate.page, node("static", "Total", TOP), unread) == (MIDDLE.grow(2),)
    assert masks(fabricate.page, node("text", at=None, unread=True)) is None


def test_one_paragraph_in_several_pieces_is_read_as_one(fabricate: Any) -> None:
    found = masks(
        fabricate.page,
        node("paragraph", at=Rect(0, 0, 400, 40)),
        node("static", "4111 1111 ", TOP, 1),
        node("static", "1111 1111", MIDDLE, 1),
        node("static", " thanks", LOW, 1),
    )
    assert found == (TOP.grow(2), MIDDLE.grow(2))


def test_only_the_lines_with_something_sensitive_are_masked(fabricate: Any) -> None:
    text = "hello\nmail ann@example.com\nbye"
    lines = tuple(TextLine(part, Rect(10, 10 + 20 * i, 300, 20)) for i, part in enumerate(text.split("\n")))
    assert masks(fabricate.page, node("text", text=text, lines=lines)) == (lines[1].bounds.grow(2),)


def test_a_row_is_masked_only_where_its_cells_do_not_say(fabricate: Any) -> None:
    row = node("table row", "Ann ann@example.com", Rect(0, 90, 400, 40))
    cell = node("table cell", "ann@example.com", MIDDLE, 1)
    assert masks(fabricate.page, row, cell) == (MIDDLE.grow(2),)
    assert masks(fabricate.page, row) == (Rect(0, 90, 400, 40).grow(2),)


def test_what_can_not_be_located_hides_the_window(fabricate: Any) -> None:
    assert masks(fabricate.page, node("label", "ann@example.com", None)) is None


def test_a_label_says_what_stands_beside_it(fabricate: Any) -> None:
    assert masks(fabricate.page, node("entry", "Password", text="hunter2 hunter2")) == (TOP.grow(2),)
    pair = node("label", "Password:", TOP), node("label", "hunter22", MIDDLE)
    assert masks(fabricate.page, *pair) == (MIDDLE.grow(2),)


@pytest.mark.parametrize(("size", "kept"), [(Rect(0, 0, 24, 24), True), (Rect(0, 0, 200, 100), False)])
def test_pictures_are_masked_but_icons_stay(fabricate: Any, size: Rect, kept: bool) -> None:
    assert (masks(fabricate.page, node("image", "Logo", size)) == ()) is kept
    assert masks(fabricate.page, node("image", "Logo", size), images="keep") == ()


@pytest.mark.parametrize("role", ["panel", "unknown", "viewport", "frame"])
def test_what_holds_nothing_draws_what_no_tree_tells(fabricate: Any, role: str) -> None:
    """A spreadsheet's sheet is one panel without a child: found by the red team."""
    sheet = Rect(0, 0, 200, 100)
    assert masks(fabricate.page, node(role, at=sheet)) == (sheet,)
    assert masks(fabricate.page, node(role, at=sheet), images="keep") == ()
    assert masks(fabricate.page, node(role, at=sheet), node("label", "Sum", TOP, 1)) == ()
    assert masks(fabricate.page, node(role, at=Rect(0, 0, 16, 16))) == ()
    assert masks(fabricate.page, node(role, at=sheet, url="https://shop.example/")) == ()


def test_a_frame_of_another_address_is_masked(fabricate: Any) -> None:
    inner = node("document web", "Pay", MIDDLE, url="https://pay.example/")
    assert masks(fabricate.page, inner, urls=("https://shop.example",)) == (MIDDLE,)


def test_titles_of_windows_are_not_drawn_where_they_stand(fabricate: Any) -> None:
    assert masks(fabricate.page, node("document web", "Mail ann@example.com", MIDDLE)) == ()
