"""Ways in which something sensitive once got through the guard, or told how long it was. Each stays a test."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec

from understudy.records.events import ElementAt, Key, Mark, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, Kept, TextRun
from understudy.redact.guard import Guard
from understudy.redact.policy import AppRule, Policy
from understudy.redact.scrub import Scrubber

MS = 1_000_000
TOP, LOW = Rect(10, 10, 300, 24), Rect(10, 100, 300, 24)
SHOP = AppRule(name="Shop", program="editor", keys="text", urls=("https://shop.example",))


def of(kept: list[Kept], kind: type[Any]) -> list[Any]:
    return [each for each in kept if isinstance(each, kind)]


def presses(kept: list[Kept]) -> list[str]:
    return [key.keysym for key in of(kept, Key) if key.down]


def reasons(kept: list[Kept]) -> list[str]:
    return [mark.reason for mark in of(kept, Mark) if mark.kind == "dropped"]


def rest(made: Any, element: Any) -> None:
    made.add(
        ElementAt(
            time_ns=made.now_ns, seq=0, cause="rest", element=element, asked_ns=made.now_ns, x=20, y=20, stable=True
        )
    )


# Lengths and rhythms


def test_backspaces_over_a_secret_typed_before_do_not_count_it(fabricate: Any) -> None:
    def session(secret: str) -> list[Kept]:
        note = fabricate.entry()
        made = fabricate.typing(note).type(note, secret)
        made.now_ns = 20_000 * MS
        made.click(20, 20)
        made.type(note, "\b" * len(secret))
        made.now_ns = 40_000 * MS
        return fabricate.kept(made.key("Return", "\r").wait(1_000))

    assert session("a@example.com") == session("somebody.longer@mail.example.org")


def test_backspaces_over_a_secret_that_was_there_do_not_count_it(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).show(fabricate.page, (note, "ann@example.com")).settle()
    made.fields[note.id] = "ann@example.com"
    kept = fabricate.kept(made.type(note, "\b" * 15 + "ok").key("Return", "\r").wait(900))
    assert presses(kept) == ["Return"]
    assert [run.text for run in of(kept, TextRun)] == ["ok"]


def test_backspaces_over_what_was_never_told_are_dropped(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note)
    made.fields[note.id] = "ann@example.com"
    assert presses(fabricate.kept(made.type(note, "\b" * 15).key("Return", "\r").wait(900))) == ["Return"]


def test_harmless_backspaces_are_plain_keys(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "hello").click(20, 20).type(note, "\b\b").key("Return", "\r")
    kept = fabricate.kept(made.wait(900))
    assert [run.text for run in of(kept, TextRun)] == ["hello"]
    assert presses(kept) == [*"hello", "BackSpace", "BackSpace", "Return"]
    assert reasons(kept) == []


def test_backspaces_before_a_password_field_is_told_are_dropped(fabricate: Any) -> None:
    user, secret = fabricate.entry("User"), fabricate.entry("Password", secure=True)
    made = fabricate.typing(user).key("Tab", "\t").key("BackSpace", "\b").focus(secret, 1)
    assert presses(fabricate.kept(made.wait(900))) == ["Tab"]


def test_control_pressed_while_a_secret_is_typed_leaves_nothing(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "ann@exam")
    for down in (True, False):
        made.add(Key(time_ns=made.now_ns, seq=0, down=down, keycode=37, keysym="Control_L"))
        made.wait(30)
        if down:
            made.key("Left", modifiers=("ctrl",))
    made.key("End").type(note, "ple.com").key("Return", "\r")
    assert presses(fabricate.kept(made.wait(900))) == ["Return"]


def test_control_of_a_shortcut_after_typing_is_kept(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "ann@example.com")
    made.add(Key(time_ns=made.now_ns, seq=0, down=True, keycode=37, keysym="Control_L"))
    made.wait(30).key("s", "\x13", modifiers=("ctrl",))
    made.add(Key(time_ns=made.now_ns, seq=0, down=False, keycode=37, keysym="Control_L", modifiers=("ctrl",)))
    kept = of(fabricate.kept(made.wait(900)), Key)
    assert [(key.keysym, key.down) for key in kept] == [
        ("Control_L", True),
        ("s", True),
        ("s", False),
        ("Control_L", False),
    ]


def test_what_a_page_echoes_uses_up_no_token(fabricate: Any) -> None:
    note, mirror = fabricate.entry("Note", at=TOP), fabricate.entry("", at=LOW, role="label", key="mirror")
    made = fabricate.typing(note).show(fabricate.page, (note, ""), (mirror, "")).settle()
    for text in ("ann@example.co", "ann@example.com"):
        made.show(fabricate.page, (note, ""), (mirror, text)).wait(300).tree(fabricate.page).wait(300)
    made.type(note, "bob@example.org").key("Return", "\r").wait(900)
    assert [run.text for run in of(fabricate.kept(made), TextRun)] == ["<EMAIL_1>"]


def test_a_secret_mistyped_and_mended_is_one_token(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "ann@example.co.uk\b\b\b\bom ").key("Tab", "\t").wait(900)
    made.click(20, 20).type(note, "bob@example.org").key("Tab", "\t").wait(900)
    assert [run.text for run in of(fabricate.kept(made), TextRun)] == ["<EMAIL_1> ", "<EMAIL_2>"]


def test_a_secret_taken_back_whole_uses_up_no_token(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "ann@example.com" + "\b" * 15 + "ok").key("Tab", "\t").wait(900)
    made.click(20, 20).type(note, " bob@example.org").key("Tab", "\t").wait(900)
    assert [run.text for run in of(fabricate.kept(made), TextRun)] == ["ok", " <EMAIL_1>"]


# Half a secret elsewhere


def test_titles_that_repeat_what_is_typed_wait(fabricate: Any) -> None:
    note = fabricate.entry()
    made, secret = fabricate.typing(note), "4111 1111 1111 1111"
    for end in range(1, len(secret) + 1):
        titled = msgspec.structs.replace(fabricate.page, title=secret[:end])
        made.type(note, secret[end - 1]).windows(1, titled, fabricate.bank)
    kept = fabricate.kept(made.key("Return", "\r").wait(900))
    assert [each.windows[0].title for each in of(kept, Windows)] == ["Notes", "<CARD_1>"]


def test_names_that_repeat_what_is_typed_are_left_out(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "4111 1111 1111 11")
    rest(made, fabricate.entry("Paying with 4111 1111 1111 11", role="label", key="echo"))
    rest(made, fabricate.entry("Basket", role="label", key="basket"))
    kept = fabricate.kept(made.type(note, "11").key("Return", "\r").wait(900))
    assert [each.element.name for each in of(kept, ElementAt)] == ["Note", "", "Basket"]


def test_a_message_sent_is_what_stood_there(fabricate: Any) -> None:
    """A chat empties its field at Return, before the run is decided."""
    for text, told in (("hello", "hello"), ("ann@example.com", "<EMAIL_1>")):
        note = fabricate.entry()
        made = fabricate.typing(note).type(note, text)
        pressed_ns = made.now_ns
        made.key("Return", "\r").say(note, "delete", 0, text, pressed_ns + 5 * MS).wait(900)
        assert [(run.text, run.corrections) for run in of(fabricate.kept(made), TextRun)] == [(told, 0)]


# Terminals


def test_a_terminal_inside_another_program_is_one(fabricate: Any) -> None:
    """What a hidden prompt prints may contain, in order, what was typed at it."""
    shell = fabricate.entry("Terminal", role="terminal")
    made = fabricate.typing(shell).type(None, "abc1").say(shell, "insert", 0, "all beaches closed 10\n")
    kept = fabricate.kept(made.key("Return", "\r").wait(900))
    assert (presses(kept), reasons(kept), of(kept, TextRun)) == (["Return"], ["terminal"], [])
    told = AppRule(name="T", program="editor", app="XTerm", keys="text", terminal=False)
    page = msgspec.structs.replace(fabricate.page, app="XTerm")
    made = fabricate.session().windows(1, page).focus(shell).wait(300).type(shell, "ls").key("Return", "\r")
    assert [run.text for run in of(fabricate.kept(made.wait(900), told), TextRun)] == ["ls"]


def test_a_terminal_that_no_rule_names_is_one(fabricate: Any) -> None:
    for window in ({"program": "xterm"}, {"program": "x", "app": "XTerm"}):
        page = msgspec.structs.replace(fabricate.page, **window)
        shell = fabricate.entry("shell")
        made = fabricate.session().windows(1, page).focus(shell).wait(300).type(shell, "hello").key("Return", "\r")
        policy = Policy(version=1, profile="own-work", unknown_apps=True, default_keys="text")
        kept = made.wait(900).run(Guard(policy, Scrubber(("email",))))
        assert (reasons(kept), of(kept, TextRun)) == (["terminal"], [])


# Pixels and pages


def test_a_popup_that_no_tree_tells_of_shows_nothing_where_the_page_beneath_has_text(fabricate: Any) -> None:
    popup = WindowState(id=7, rect=Rect(50, 80, 200, 100), pid=100, override=True)
    place = Rect(60, 100, 150, 24)
    under = fabricate.entry("Under", at=place, role="label", key="under")
    ghost = fabricate.entry("ghost", at=place, role="menu item", key="ghost")
    made = fabricate.session().windows(1, fabricate.page, popup)
    made.show(fabricate.page, (under, "Under")).show(popup, (ghost, "ann@example.com")).settle()
    last = fabricate.screens(fabricate.kept(made))[-1]
    assert fabricate.colours(last, popup.rect) == {(0x80,) * 3}


def test_tabs_of_other_pages_show_and_tell_no_title(fabricate: Any) -> None:
    url = "https://shop.example/"
    tab = fabricate.entry("Bank: 991 EUR", at=TOP, role="page tab", key="tab")
    front = msgspec.structs.replace(
        fabricate.entry("Shop", at=LOW, role="page tab", key="front"), states=("showing", "selected")
    )
    made = fabricate.session().windows(1).tree(fabricate.page, url=url).wait(100)
    made.show(fabricate.page, (tab, tab.name), (front, front.name)).wait(700)
    made.tree(fabricate.page, url=url).wait(800)
    rest(made, tab)
    rest(made, front)
    kept = fabricate.kept(made, SHOP)
    last = fabricate.screens(kept)[-1]
    assert len(fabricate.colours(last, tab.bounds)) == 1
    assert len(fabricate.colours(last, front.bounds)) > 2
    assert [each.element.name for each in of(kept, ElementAt)] == ["", "Shop"]
    assert len(fabricate.colours(fabricate.screens(fabricate.kept(made))[-1], tab.bounds)) > 2


def test_an_address_that_can_not_be_read_ends_nothing(fabricate: Any) -> None:
    secret = fabricate.entry("Password", secure=True, url="http://[bad/")
    kept = fabricate.kept(fabricate.typing(secret).type(secret, "x").wait(500))
    assert reasons(kept) == ["secure_field"] and not of(kept, Frame)


def test_what_a_page_echoed_of_half_a_secret_stays_covered_when_the_run_ends(fabricate: Any) -> None:
    """The tree was read while the secret was being typed, and vouches after its run was decided."""
    note, mirror = fabricate.entry("Note", at=TOP), fabricate.entry("", at=LOW, role="label", key="mirror")
    made = fabricate.typing(note).show(fabricate.page, (note, ""), (mirror, "")).settle()
    half = "4111 1111 1111 11"
    made.type(note, half).show(fabricate.page, (note, half), (mirror, ""))
    made.show(fabricate.page, (note, half), (mirror, half)).wait(150).tree(fabricate.page)
    for key in ("1", "1"):
        made.add(Key(time_ns=made.now_ns, seq=0, down=True, keycode=10, keysym=key, text=key))
        made.say(note, "insert", len(half), key)
    made.key("Tab", "\t").wait(900)
    last = fabricate.screens(fabricate.kept(made))[-1]
    assert len(fabricate.colours(last, LOW)) == 1


def test_elements_named_as_the_title_tell_it_where_the_title_is_kept(fabricate: Any) -> None:
    top = fabricate.entry("Bank: 991 EUR", role="frame")
    for rule, told in (
        (AppRule(name="E", program="editor", keys="text"), "Bank: 991 EUR"),
        (AppRule(name="E", program="editor", keys="text", titles=False), ""),
    ):
        made = fabricate.session().windows(1)
        rest(made, top)
        assert [each.element.name for each in of(fabricate.kept(made, rule), ElementAt)] == [told]
    made = fabricate.session().windows(1).tree(fabricate.page, url="https://shop.example/").wait(100)
    made.windows(1, msgspec.structs.replace(fabricate.page, title="Bank: 991 EUR"), fabricate.bank)
    rest(made, top)
    assert [each.element.name for each in of(fabricate.kept(made, SHOP), ElementAt)] == [""]


def test_keyboard_text_is_read_in_view_of_what_was_typed_before(fabricate: Any) -> None:
    rule = AppRule(name="E", program="editor", keys="text", keyboard_text=True)
    made = fabricate.session().windows(1).wait(300).type(None, "4111 1111 ").key("Left").key("Right")
    made.type(None, "1111 1111").key("Return", "\r").type(None, "ok").key("Return", "\r")
    kept = fabricate.kept(made.wait(900), rule)
    assert [run.text for run in of(kept, TextRun)] == ["<CARD_1>", "ok"]


def test_what_completes_a_pasted_secret_is_part_of_it(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).key("v", "\x16", modifiers=("ctrl",))
    made.fields[note.id] = "4111 1111 1111 11"
    made.say(note, "insert", 0, "4111 1111 1111 11").wait(300).type(note, "11").key("Return", "\r")
    assert presses(fabricate.kept(made.wait(900))) == ["v", "Return"]
