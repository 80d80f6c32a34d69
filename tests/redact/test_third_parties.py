"""Other people on the screen: masked in text and pixels where a rule or the kind of application asks for it."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.records.elements import Element, Node
from understudy.records.events import ElementAt, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Kept, TextRun
from understudy.redact.policy import AppRule
from understudy.redact.third_parties import (
    THIRD_PARTY,
    asks_for_people,
    is_common,
    names_somebody,
    of_element,
    of_tree,
    origin,
)

MASK = (0x28,) * 3
RULE = AppRule(name="Mail", program="editor", keys="text", third_parties="mask")
ROW, BUTTON, FIELD, TO = Rect(10, 10, 300, 24), Rect(10, 50, 90, 24), Rect(10, 90, 300, 24), Rect(10, 130, 300, 24)


def element(role: str, name: str, at: Rect | None = None, key: str = "", *path: str, **more: Any) -> Element:
    return Element(
        id=key or f"{role}/{name}", role=role, name=name, bounds=at, states=more.pop("states", ("showing",)),
        path=(*path, role), pid=100, **more,
    )  # fmt: skip


def tree(*things: tuple[str, str, int]) -> list[Node]:
    """(role, name, parent) → nodes; fields are editable."""
    return [
        Node(
            element=element(
                role, name, Rect(0, 10 * at, 50, 8), f"{at}", states=("editable",) if role == "entry" else ()
            ),
            parent=parent,
        )
        for at, (role, name, parent) in enumerate(things)
    ]


def theirs(nodes: list[Node]) -> list[str]:
    people = of_tree(nodes, lambda _: True)
    return [node.element.name for node in nodes if node.element.id in people.others]


def test_lists_and_messages_are_theirs_and_mechanics_stay() -> None:
    nodes = tree(
        ("frame", "", -1),
        ("push button", "Compose", 0),
        ("menu item", "Rename folder…", 0),
        ("entry", "Search mail", 0),
        ("list", "", 0),
        ("list item", "Ada Quill, Minutes", 4),
        ("static", "Ada Quill", 5),
        ("push button", "Reply", 5),
        ("push button", "Ada Quill", 5),
        ("heading", "Minutes of Thursday's talk", 0),
        ("tree item", "Inbox (3)", 0),
        ("tree item", "Zephyr project", 0),
        ("push button", "Call Ada Quill", 0),
        ("entry", "Message Ada Quill", 0),
    )
    assert theirs(nodes) == [
        *("Ada Quill, Minutes", "Ada Quill", "Ada Quill", "Minutes of Thursday's talk", "Zephyr project"),
        *("Call Ada Quill", "Message Ada Quill"),
    ]


def test_where_nobody_is_masked_nothing_is_theirs() -> None:
    assert of_tree(tree(("list item", "Ada Quill", -1)), lambda _: False).others == frozenset()


def test_a_list_of_nothing_but_common_words_is_navigation() -> None:
    nodes = tree(("list", "", -1), ("list item", "", 0), ("link", "Drafts", 1), ("list item", "", 0), ("link", "Bo", 3))
    assert theirs(nodes) == ["", "Bo"]


def test_fields_that_ask_for_people_are_covered_and_keep_their_label() -> None:
    nodes = tree(("entry", "To", -1), ("static", "Ada Quill", 0), ("entry", "Subject line", -1), ("static", "Hi", 2))
    people = of_tree(nodes, lambda _: True)
    assert people.masked == (0, 1)
    assert people.others == {"1"}


def test_what_is_written_stays_and_what_is_quoted_does_not() -> None:
    nodes = tree(
        ("entry", "Message body", -1), ("paragraph", "Thanks", 0), ("block quote", "", 0), ("static", "I ask", 2)
    )
    assert "Thanks" not in theirs(nodes) and "I ask" in theirs(nodes)


def test_pictures_of_people_are_covered_whatever_their_size() -> None:
    nodes = tree(("image", "", -1), ("push button", "Send", -1), ("image", "", 1))
    assert of_tree(nodes, lambda _: True).masked == (0,)


def test_a_browser_s_tab_tells_of_others_and_a_page_s_own_does_not() -> None:
    nodes = [
        Node(element=element("page tab", "Ada Quill - Chat"), parent=-1),
        Node(element=element("page tab", "Attachments of all", url="https://mail.example.org/"), parent=-1),
    ]
    assert theirs(nodes) == ["Ada Quill - Chat"]


def test_text_without_elements_of_its_own_is_covered_where_it_stands() -> None:
    bare = Node(element=element("section", "", ROW), parent=-1, text="Ada wrote")
    told = [Node(element=element("section", "", ROW), parent=-1, text="Ada"), *tree(("static", "Ada", 0))]
    assert of_tree([bare], lambda _: True).masked == (0,)
    assert of_tree(told, lambda _: True).masked == (1,)


@pytest.mark.parametrize(
    "text", ["Inbox", "Inbox (3)", "Drafts 12 unread", "Reply", "Mark as read", "17 November 2026", "Friday", "•"]
)
def test_common_words(text: str) -> None:
    assert is_common(text)


@pytest.mark.parametrize(
    "text", ["Ada", "Sam (3)", "June 2", "12 March 1980", "Inbox of Ada", "Replying", "5300", "x" * 90]
)
def test_everything_else_is_content(text: str) -> None:
    assert not is_common(text)


@pytest.mark.parametrize("label", ["To", "Cc:", "To recipients", "Add guests", "Search for people", "An", "Teilnehmer"])
def test_fields_for_people(label: str) -> None:
    assert asks_for_people(label)


@pytest.mark.parametrize("label", ["Subject", "Message body", "Search mail", "Total", "Date from", "", "To " * 40])
def test_other_fields(label: str) -> None:
    assert not asks_for_people(label)


def test_names_are_found_as_whole_words() -> None:
    assert names_somebody("Message Ada Quill now", {"ada quill"}) and names_somebody("Ada", {"ada"})
    assert not names_somebody("Adamant Quill", {"ada quill", "ada"}) and not names_somebody("", {"ada"})


def test_an_element_alone_is_told_by_its_path() -> None:
    assert of_element(element("static", "Ada", None, "", "frame", "list", "list item"))
    assert not of_element(element("push button", "Compose", None, "", "frame", "tool bar"))
    assert of_element(element("push button", "Ada", None, "", "frame", "table cell"))
    assert not of_element(element("push button", "Reply", None, "", "frame", "article"))
    assert of_element(element("push button", "Call Ada Quill", None, "", "frame"), {"ada quill"})
    assert not of_element(element("entry", "Body", None, "", "frame", "list item", states=("editable",)))


def test_only_the_host_of_an_address_is_told() -> None:
    assert origin("https://x.example:8443/t/ada.quill?q#1") == "https://x.example:8443/"
    assert origin("") == "" and origin("mailto:ada@example.org") == ""


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["list item", "push button", "entry", "image", "section"]), st.text(), st.integers(-1, 3)
        )
    )
)
def test_any_tree_is_read(things: list[tuple[str, str, int]]) -> None:
    nodes = tree(*((role, name, min(parent, at - 1)) for at, (role, name, parent) in enumerate(things)))
    people = of_tree(nodes, lambda _: True)
    assert people.others | set(people.free) == {node.element.id for node in nodes}


# the guard ---------------------------------------------------------------------------------------------------------


def at(made: Any, shown: Element) -> Any:
    made.add(
        ElementAt(
            time_ns=made.now_ns, seq=0, cause="rest", element=shown, asked_ns=made.now_ns, x=20, y=20, stable=True
        )
    )
    return made


def session(fabricate: Any) -> Any:
    row = fabricate.entry("Ada Quill", at=ROW, role="list item", key="row")
    row = msgspec.structs.replace(row, states=("showing",))
    send = msgspec.structs.replace(fabricate.entry("Send", at=BUTTON, role="push button"), states=("showing",))
    subject = fabricate.entry("Subject", at=FIELD)
    made = (
        fabricate.session().windows(1).show(fabricate.page, (row, "Ada Quill"), (send, "Send"), (subject, "")).settle()
    )
    return at(at(made, row).wait(100), send)


def elements(kept: list[Kept]) -> list[str]:
    return [each.element.name for each in kept if isinstance(each, ElementAt) and each.element is not None]


def test_names_and_pixels_of_others_are_masked_and_the_mechanics_are_kept(fabricate: Any) -> None:
    kept = fabricate.kept(session(fabricate).wait(200).click(20, 60).wait(300), RULE)
    assert elements(kept) == [THIRD_PARTY, "Send"]
    last = fabricate.screens(kept)[-1]
    assert fabricate.colours(last, ROW) == {MASK}
    assert len(fabricate.colours(last, BUTTON)) > 1 and MASK not in fabricate.colours(last, BUTTON)
    trees = [each for each in kept if isinstance(each, ElementTree)]
    assert [node.name for node in trees[-1].nodes] == ["", THIRD_PARTY, "Send", "Subject"]
    assert "Quill" not in repr(kept)


def test_without_a_rule_for_it_others_are_kept(fabricate: Any) -> None:
    kept = fabricate.kept(session(fabricate))
    assert elements(kept) == ["Ada Quill", "Send"]


@pytest.mark.parametrize("program", ["thunderbird", "Slack", "gnome-calendar"])
def test_known_programs_are_masked_without_being_told(fabricate: Any, program: str) -> None:
    made = session(fabricate)
    rule = AppRule(name="Desk", program=program, keys="text")
    kept = [
        msgspec.structs.replace(each, windows=tuple(msgspec.structs.replace(w, program=program) for w in each.windows))
        if hasattr(each, "windows")
        else each
        for each in made.records
    ]
    made.records = kept
    assert elements(fabricate.kept(made, rule)) == [THIRD_PARTY, "Send"]


def test_titles_and_paths_of_addresses_go_with_them(fabricate: Any) -> None:
    page = WindowState(
        id=1, rect=Rect(0, 0, 400, 300), program="editor", app="Editor", title="Ada Quill",
        url="https://desk.example.org/t/ada", pid=100,
    )  # fmt: skip
    kept = fabricate.kept(fabricate.session().windows(1, page).wait(300), RULE)
    window = kept[-1].windows[0]
    assert (window.title, window.url) == ("", "https://desk.example.org/")


def test_names_typed_into_a_field_for_people_leave_their_shape(fabricate: Any) -> None:
    made = fabricate.typing(fabricate.entry("To"))
    made.type(fabricate.entry("To"), "Ada Quill").key("Tab", "\t").wait(800)
    runs = [each for each in fabricate.kept(made, RULE) if isinstance(each, TextRun)]
    assert [(run.text, run.level) for run in runs] == [("Aaa Aaaaa", "shape")]
    made = fabricate.typing(fabricate.entry("Subject"))
    made.type(fabricate.entry("Subject"), "minutes").key("Tab", "\t").wait(800)
    runs = [each for each in fabricate.kept(made, RULE) if isinstance(each, TextRun)]
    assert [(run.text, run.level) for run in runs] == [("minutes", "text")]
