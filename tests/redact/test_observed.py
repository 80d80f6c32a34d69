"""The elements on screen before an action: what is told of them, and what never is."""

from __future__ import annotations

from typing import Any

import msgspec

from understudy.records.elements import Element
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Kept

FIELD = Rect(10, 10, 300, 24)
BUTTON = Rect(10, 50, 80, 24)
LINE = Rect(10, 90, 300, 24)


def thing(role: str, name: str, at: Rect, **more: Any) -> Element:  # noqa: ANN401
    return Element(id=f"100/{role}/{at.y}", role=role, name=name, bounds=at, pid=100, **more)


def trees(kept: list[Kept]) -> list[ElementTree]:
    return [record for record in kept if isinstance(record, ElementTree)]


def names(tree: ElementTree) -> list[tuple[str, str]]:
    return [(node.role, node.name) for node in tree.nodes]


def test_the_tree_is_told_once_when_somebody_acts(fabricate: Any) -> None:  # noqa: ANN401
    button = thing("push button", "Send", BUTTON, states=("enabled",))
    session = fabricate.typing().show(fabricate.page, (fabricate.entry(), ""), (button, "Send"))
    session.tree(fabricate.page).wait(300)
    assert not trees(fabricate.kept(session))
    session.click(20, 60).tree(fabricate.page).click(20, 60)
    kept = fabricate.kept(session)
    (tree,) = trees(kept)
    assert names(tree) == [("frame", "Notes"), ("entry", "Note"), ("push button", "Send")]
    assert tree.nodes[2].bounds == BUTTON and tree.nodes[2].parent == 0 and tree.nodes[2].states == ("enabled",)
    assert tree.window == 1 and tree.complete and tree.started_ns < tree.time_ns


def test_a_tree_that_says_something_new_is_told_again(fabricate: Any) -> None:  # noqa: ANN401
    session = fabricate.typing().show(fabricate.page, (thing("push button", "One", BUTTON), "One"))
    session.tree(fabricate.page).click(20, 60)
    session.show(fabricate.page, (thing("push button", "Two", BUTTON), "Two")).tree(fabricate.page).click(20, 60)
    assert [tree.nodes[1].name for tree in trees(fabricate.kept(session))] == ["One", "Two"]


def test_the_first_key_of_a_run_tells_the_tree_before_it(fabricate: Any) -> None:  # noqa: ANN401
    field = fabricate.entry()
    session = fabricate.typing(field).show(fabricate.page, (field, "")).tree(fabricate.page).wait(200)
    begun_ns = session.now_ns
    session.type(field, "hello").key("Tab").wait(1000)
    (tree,) = trees(fabricate.kept(session))
    assert tree.time_ns < begun_ns


def test_what_stands_in_fields_is_never_told(fabricate: Any) -> None:  # noqa: ANN401
    field = fabricate.entry()
    inner = Element(id="100/inner", role="static", name="plum pudding", bounds=FIELD, pid=100)
    session = fabricate.typing(field).show(fabricate.page, (field, "plum pudding"), (inner, "plum pudding"))
    session.tree(fabricate.page)
    # The text stands below the field, as Chromium tells it.
    last = session.records[-1]
    nodes = (*last.nodes[:2], msgspec.structs.replace(last.nodes[2], parent=1))
    session.records[-1] = msgspec.structs.replace(last, nodes=nodes)
    session.click(20, 60)
    (tree,) = trees(fabricate.kept(session))
    assert "plum" not in repr(tree) and names(tree)[1] == ("entry", "Note")


def test_sensitive_text_is_replaced_and_passwords_are_bullets(fabricate: Any) -> None:  # noqa: ANN401
    secret = fabricate.entry("Password", at=LINE, secure=True)
    mail = thing("label", "Mail ann.lee@example.com today", BUTTON)
    session = fabricate.typing().show(fabricate.page, (secret, "hunter22"), (mail, mail.name))
    session.tree(fabricate.page).click(20, 60)
    (tree,) = trees(fabricate.kept(session))
    assert "ann.lee" not in repr(tree) and "hunter" not in repr(tree)
    # The label stands beneath its own mask: the token alone is told.
    assert tree.nodes[2].name == "<EMAIL_1>"
    assert tree.nodes[1].secure and tree.nodes[1].value_class == "bullets"


def test_what_shows_a_value_tells_it_at_level_text_only(fabricate: Any) -> None:  # noqa: ANN401
    combo = thing("combo box", "Country", BUTTON, value="France")
    session = fabricate.typing().show(fabricate.page, (combo, "")).tree(fabricate.page).click(20, 60)
    (tree,) = trees(fabricate.kept(session))
    assert tree.nodes[1].text == "France"
    shape = msgspec.structs.replace(fabricate.rule, keys="shape")
    (tree,) = trees(fabricate.kept(session, shape))
    assert tree.nodes[1].text == "" and tree.nodes[1].name == "Country"


def test_nothing_is_told_of_windows_out_of_scope_or_after_a_pause(fabricate: Any) -> None:  # noqa: ANN401
    secret = Element(id="200/x", role="label", name="Balance", bounds=Rect(410, 10, 100, 20), pid=200)
    session = fabricate.typing().show(fabricate.page, (thing("push button", "Send", BUTTON), "Send"))
    session.tree(fabricate.page).show(fabricate.bank, (secret, "Balance")).tree(fabricate.bank)
    session.click(450, 50).mark("pause").wait(100).mark("resume").windows(1).click(20, 60)
    assert not trees(fabricate.kept(session))


def test_what_a_list_or_a_paragraph_holds_is_told_by_name_alone(fabricate: Any) -> None:  # noqa: ANN401
    row = thing("list item", "", BUTTON, value="Bob: lunch at noon?")
    session = fabricate.typing().show(fabricate.page, (row, "Bob: lunch at noon?")).tree(fabricate.page).click(20, 60)
    (tree,) = trees(fabricate.kept(session))
    assert "lunch" not in repr(tree)
