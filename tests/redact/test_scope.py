"""Scope: what lies outside leaves a mark and nothing else."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from understudy.records.events import ElementAt, Key, Mark, Pointer, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Kept, TextRun
from understudy.redact.policy import BUILT_IN_DENY, AppRule, DenyRule
from understudy.redact.scope import address_allowed, address_matches

WEB = AppRule(name="Shop", program="chromium", urls=("https://shop.example/orders",), keys="text")
BROWSER = WindowState(id=5, rect=Rect(0, 0, 400, 300), program="chromium", app="Chromium", title="Orders", pid=500)


def of(kept: list[Kept], kind: type[Any]) -> list[Any]:
    return [each for each in kept if isinstance(each, kind)]


def marks(kept: list[Kept]) -> list[tuple[str, str, str]]:
    return [(mark.kind, mark.reason, mark.detail) for mark in of(kept, Mark)]


def test_why_the_keyboard_is_out_of_scope_is_told(fabricate: Any) -> None:
    keys = msgspec.structs.replace(fabricate.bank, program="keepassxc", app="KeePassXC")
    for active, windows, reason in (
        (2, (fabricate.page, fabricate.bank), "out_of_scope"),
        (2, (fabricate.page, keys), "secure_window"),
        (None, (fabricate.page, fabricate.bank), "unknown_window"),
        (9, (fabricate.page, fabricate.bank), "unknown_window"),
    ):
        made = fabricate.session().windows(1).wait(100).windows(active, *windows)
        kept = made.run(fabricate.guard(deny=BUILT_IN_DENY))
        assert marks(kept)[-1] == ("left_scope", reason, "")


def test_what_the_policys_own_words_deny_is_not_told_apart(fabricate: Any) -> None:
    own = DenyRule(name="Payroll", title="payroll")
    titled = msgspec.structs.replace(fabricate.bank, title="Payroll of May")
    made = fabricate.session().windows(1).wait(100).windows(2, fabricate.page, titled)
    assert marks(made.run(fabricate.guard(deny=(own,))))[-1] == ("left_scope", "out_of_scope", "")


def test_nothing_of_another_program_is_kept_but_that_it_was_there(fabricate: Any) -> None:
    other = fabricate.entry("Account", pid=200)
    made = fabricate.typing().click(20, 20).windows(2)
    made.focus(other).type(other, "secret").key("Return", "\r").click(500, 50).wait(500).windows(1).wait(200)
    kept = fabricate.kept(made)
    assert marks(kept) == [
        ("entered_scope", "", "Editor"),
        ("left_scope", "out_of_scope", ""),
        ("entered_scope", "", "Editor"),
    ]
    assert not of(kept, Key) and not of(kept, TextRun)
    assert all(each.x < 400 for each in of(kept, Pointer))
    assert {each.element.pid for each in of(kept, ElementAt)} == {100}
    snapshots = of(kept, Windows)
    assert [snapshot.active for snapshot in snapshots] == [1, None, 1]
    assert all([window.id for window in snapshot.windows] == [1] for snapshot in snapshots)


def test_deny_wins(fabricate: Any) -> None:
    kept = fabricate.kept(fabricate.typing(), deny=(DenyRule(name="no", title="note"),))
    assert kept == []


def test_a_private_window_is_known_by_what_its_tree_calls_it(fabricate: Any) -> None:
    """Chromium's title says nothing of it: found by the red team, 4 of 4 canaries."""
    web = AppRule(name="Web", program="chromium", deny_urls=("https://bank.example",), keys="text")
    deny = (DenyRule(name="Private windows", title="(Incognito)"),)
    field = fabricate.entry("Search", pid=500)

    def session(name: str) -> list[Kept]:
        made = fabricate.session().windows(5, BROWSER)
        made.tree(BROWSER, url="https://shop.example/orders", title=name).focus(field).type(field, "sandpiper")
        return fabricate.kept(made.key("Return", "\r").wait(1_000), web, deny=deny)

    assert of(session("Orders - Chromium"), TextRun)
    kept = session("Orders - Chromium (Incognito)")
    assert not of(kept, Key) and not of(kept, TextRun) and not of(kept, Windows)


def test_a_page_denied_by_what_its_tree_calls_it_can_be_left(fabricate: Any) -> None:
    web = AppRule(name="Web", program="chromium", deny_urls=("https://bank.example",), keys="text")
    made = fabricate.session().windows(5, BROWSER)
    made.tree(BROWSER, url="https://shop.example/pay", title="Payroll").wait(200)
    made.tree(BROWSER, url="https://shop.example/orders", title="Orders").wait(200)
    kept = fabricate.kept(made, web, deny=(DenyRule(name="Payroll", title="payroll"),))
    assert [kind for kind, _, _ in marks(kept)] == ["entered_scope"]


def test_unknown_programs_only_where_the_policy_takes_all(fabricate: Any) -> None:
    made = fabricate.session().windows(2).wait(300)
    assert fabricate.kept(made) == []
    assert ("entered_scope", "", "bank") in marks(fabricate.kept(made, unknown_apps=True))


def test_our_own_window_is_never_part_of_a_recording(fabricate: Any) -> None:
    own = WindowState(id=9, rect=Rect(0, 0, 50, 20), program="python3", app="Understudy", pid=900, override=True)
    made = fabricate.session().windows(1, fabricate.page, own).click(10, 10).click(100, 100)
    kept = fabricate.kept(made, unknown_apps=True)
    assert {(each.x, each.y) for each in of(kept, Pointer)} == {(100, 100)}
    assert all(window.id != 9 for snapshot in of(kept, Windows) for window in snapshot.windows)
    told = [(mark.reason, mark.what) for mark in of(kept, Mark) if mark.kind == "dropped"]
    assert told == [("own_window", "pointer")]


def test_names_of_programs_are_scrubbed_too(fabricate: Any) -> None:
    page = msgspec.structs.replace(fabricate.page, program="mail-ann@example.com", app="ann@example.com")
    kept = fabricate.kept(fabricate.session().windows(1, page).wait(200), unknown_apps=True)
    assert [mark.detail for mark in of(kept, Mark) if mark.kind == "entered_scope"] == ["<EMAIL_1>"]
    assert {(each.program, each.app) for s in of(kept, Windows) for each in s.windows} == {("<EMAIL_1>", "<EMAIL_2>")}


def test_unchanged_snapshots_are_kept_once(fabricate: Any) -> None:
    made = fabricate.session().windows(1).wait(50).windows(1)
    moved = msgspec.structs.replace(fabricate.bank, rect=Rect(300, 0, 200, 200))
    assert len(of(fabricate.kept(made.windows(1, fabricate.page, moved)), Windows)) == 1


def test_titles_are_scrubbed_or_left_out(fabricate: Any) -> None:
    page = msgspec.structs.replace(fabricate.page, title="Mail to ann@example.com")
    made = fabricate.session().windows(1, page)
    assert [s.windows[0].title for s in of(fabricate.kept(made), Windows)] == ["Mail to <EMAIL_1>"]
    rule = AppRule(name="E", program="editor", titles=False)
    assert [s.windows[0].title for s in of(fabricate.kept(made, rule), Windows)] == [""]


def test_a_page_is_out_until_its_address_is_known(fabricate: Any) -> None:
    made = fabricate.session().windows(5, BROWSER).wait(300)
    assert fabricate.kept(made, WEB) == []
    made.tree(BROWSER, url="https://shop.example/orders/7?who=ann#x").wait(100)
    kept = fabricate.kept(made, WEB)
    (snapshot,) = of(kept, Windows)
    assert snapshot.windows[0].title == "Orders"
    assert snapshot.windows[0].url.startswith("https://shop.example/orders/7") and "ann" not in snapshot.windows[0].url
    made.tree(BROWSER, url="https://bank.example/").wait(100)
    assert marks(fabricate.kept(made, WEB))[-1] == ("left_scope", "out_of_scope", "")


def test_a_new_title_waits_for_its_address(fabricate: Any) -> None:
    made = fabricate.session().windows(5, BROWSER).tree(BROWSER, url="https://shop.example/orders").wait(100)
    guard = fabricate.guard(WEB)
    made.windows(5, msgspec.structs.replace(BROWSER, title="Account 99"))
    assert [s.windows[0].title for s in of(made.run(guard), Windows)] == ["Orders", ""]
    assert guard.crawl_due()


def test_text_in_a_frame_of_another_address_is_out(fabricate: Any) -> None:
    inner = fabricate.entry("Card", pid=500, url="https://pay.example/frame")
    made = fabricate.session().windows(5, BROWSER).tree(BROWSER, url="https://shop.example/orders").wait(100)
    kept = fabricate.kept(made.focus(inner).type(inner, "abc").key("Return", "\r").wait(900), WEB)
    assert not of(kept, Key) and not of(kept, TextRun) and not of(kept, ElementAt)


def test_a_menu_belongs_to_the_active_window_of_its_program(fabricate: Any) -> None:
    menu = WindowState(id=7, rect=Rect(100, 100, 80, 80), pid=100, override=True)
    stranger = WindowState(id=8, rect=Rect(200, 200, 80, 80), override=True)
    made = fabricate.session().windows(1, fabricate.page, menu, stranger).click(120, 120).click(220, 220)
    assert {(each.x, each.y) for each in of(fabricate.kept(made), Pointer)} == {(120, 120)}


def test_a_drag_out_of_scope_ends_where_it_was_last_inside(fabricate: Any) -> None:
    made = fabricate.session().windows(1).point(10, 10, "down", button=1).wait(10).point(390, 10)
    made.wait(10).point(500, 10).wait(10).point(520, 20, "up", button=1)
    kept = of(fabricate.kept(made), Pointer)
    assert [(each.kind, each.x, each.y) for each in kept] == [("down", 10, 10), ("move", 390, 10), ("up", 390, 10)]


def test_a_press_out_of_scope_has_no_release(fabricate: Any) -> None:
    made = fabricate.session().windows(1).point(500, 10, "down", button=1).wait(10).point(10, 10, "up", button=1)
    assert of(fabricate.kept(made), Pointer) == []


def test_a_key_held_across_the_border_is_released(fabricate: Any) -> None:
    made = fabricate.typing()
    made.add(Key(time_ns=made.now_ns, seq=0, down=True, keycode=64, keysym="Alt_L"))
    made.wait(20).windows(2).wait(20)
    made.add(Key(time_ns=made.now_ns, seq=0, down=False, keycode=64, keysym="Alt_L", modifiers=("alt",)))
    assert [(key.keysym, key.down) for key in of(fabricate.kept(made), Key)] == [("Alt_L", True), ("Alt_L", False)]


@pytest.mark.parametrize("pid", [0, 999])
def test_somebody_elses_grab_takes_the_keys_out(fabricate: Any, pid: int) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).grab(True, pid).type(note, "abc").grab(False).type(note, "ok").key("Return", "\r")
    kept = fabricate.kept(made.wait(900))
    assert ("dropped", "keyboard_grab", "") in marks(kept)
    assert [key.keysym for key in of(kept, Key) if key.down] == ["o", "k", "Return"]
    assert [run.text for run in of(kept, TextRun)] == ["ok"]


def test_switching_windows_is_kept_while_the_window_manager_holds_the_keyboard(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).grab(True, 7).key("Tab", "", modifiers=("alt",)).key("x", "x").key("Tab", "\t")
    made.key("ISO_Left_Tab", "", modifiers=("shift", "super")).key("q", "q", modifiers=("alt",)).grab(False).wait(900)
    kept = fabricate.kept(made)
    assert [each.keysym for each in kept if isinstance(each, Key) and each.down] == ["Tab", "ISO_Left_Tab"]


def test_the_programs_own_grab_changes_nothing(fabricate: Any) -> None:
    made = fabricate.typing().grab(True, 100).key("Down").grab(False)
    assert [key.keysym for key in of(fabricate.kept(made), Key) if key.down] == ["Down"]


def test_tasks_are_scrubbed(fabricate: Any) -> None:
    made = fabricate.session().mark("task", "Answer ann@example.com").mark("clock", "2026-01-01T00:00:00+00:00")
    assert [detail for _, _, detail in marks(fabricate.kept(made))] == [
        "Answer <EMAIL_1>",
        "2026-01-01T00:00:00+00:00",
    ]


def test_after_a_pause_nothing_is_taken_for_granted(fabricate: Any) -> None:
    note = fabricate.entry()
    made = fabricate.typing(note).type(note, "ab").mark("pause").wait(100).mark("resume").wait(100).type(note, "cd")
    kept = fabricate.kept(made.wait(900))
    assert [run.text for run in of(kept, TextRun)] == ["ab"]
    assert not {"c", "d"} & {key.keysym for key in of(kept, Key)}


@pytest.mark.parametrize(
    ("pattern", "url", "matches"),
    [
        ("https://shop.example", "https://shop.example/any", True),
        ("https://shop.example/a", "https://SHOP.example/a/b?q#f", True),
        ("https://shop.example/a", "https://shop.example/b", False),
        ("https://shop.example/a", "https://shop.example/a/../b", False),
        ("https://shop.example/a", "https://shop.example/a/%2e%2e/b", False),
        ("https://shop.example", "http://shop.example/", False),
        ("https://shop.example", "https://shop.example:8443/", False),
        ("https://shop.example", "https://shop.example:443/", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/x", True),
        ("https://shop.example", "https://shop.example@evil.example/", False),
        ("https://shop.example", "https://shop.example.evil.example/", False),
        ("https://*.shop.example", "https://a.b.shop.example/", True),
        ("https://*.shop.example", "https://shop.example/", False),
        ("https://*.shop.example", "https://evilshop.example/", False),
        ("file:///srv/pages", "file:///srv/pages/a.html", True),
        ("https://shop.example", "https://[broken", False),
        ("https://shop.example", "", False),
    ],
)
def test_addresses(pattern: str, url: str, matches: bool) -> None:
    assert address_matches(pattern, url) is matches


def test_denied_addresses_win() -> None:
    rule = AppRule(name="S", program="c", urls=("https://s.example",), deny_urls=("https://s.example/private",))
    assert address_allowed(rule, "https://s.example/public")
    assert not address_allowed(rule, "https://s.example/private/1")
