"""Attacks on the trees that are kept: what a tree could tell beside a picture that shows nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from understudy.records.elements import Element, Node
from understudy.records.events import ElementAt
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Kept
from understudy.redact.policy import AppRule

AT = Rect(10, 10, 300, 24)
FREE = Rect(10, 200, 80, 24)
HERE, THERE = "https://desk.example/orders", "https://bank.example/account"


def node(role: str, name: str, parent: int, at: Rect | None = AT, **more: Any) -> Node:  # noqa: ANN401
    text = more.pop("text", "")
    states = ("showing", *more.pop("states", ()))
    element = Element(id=f"{role}/{at}/{parent}", role=role, name=name, bounds=at, pid=100, states=states, **more)
    return Node(element=element, parent=parent, text=text)


def acted(fabricate: Any, nodes: Sequence[Node], *rules: AppRule, at: tuple[int, int] = (20, 210)) -> list[Kept]:  # noqa: ANN401
    """A click beside everything, after the page was read with these nodes beneath its frame."""
    session = fabricate.typing().tree(fabricate.page, url=rules[0].urls[0] if rules and rules[0].urls else "")
    last = session.records[-1]
    session.records[-1] = msgspec.structs.replace(last, nodes=(last.nodes[0], *nodes))
    session.click(*at)
    kept: list[Kept] = fabricate.kept(session, *rules)
    assert any(isinstance(each, ElementTree) for each in kept)
    return kept


def told(kept: Sequence[Kept]) -> str:
    return repr([each for each in kept if isinstance(each, ElementTree | ElementAt)])


@pytest.mark.parametrize("states", [("editable",), ("editable", "focusable", "has popup")])
def test_what_stands_in_a_combo_box_that_is_typed_into_is_no_choice(fabricate: Any, states: tuple[str, ...]) -> None:  # noqa: ANN401
    box = node("combo box", "Street", 0, states=states, value="plum pudding", text="plum pudding")
    assert "plum" not in told(acted(fabricate, [box]))


def test_a_choice_is_looked_at_beside_its_label(fabricate: Any) -> None:  # noqa: ANN401
    boxes = [
        node("combo box", "Card number", 0, value="4000 1234 5678 9017"),
        node("combo box", "Size", 0, FREE, value="large"),
    ]
    kept = told(acted(fabricate, boxes))
    assert "large" in kept and "5678" not in kept
    assert "731 442" not in told(acted(fabricate, [node("combo box", "Password", 0, value="731 442")]))


def test_a_number_in_two_links_is_told_of_neither(fabricate: Any) -> None:  # noqa: ANN401
    left, right = Rect(10, 10, 90, 20), Rect(110, 10, 90, 20)
    nodes = [
        node("paragraph", "", 0, AT),
        node("link", "4111 1111", 1, left),
        node("static", "4111 1111", 2, left),
        node("link", "1111 1111", 1, right),
        node("static", "1111 1111", 4, right),
    ]
    assert "1111" not in told(acted(fabricate, nodes))


def test_a_frame_of_another_address_tells_nothing_of_itself(fabricate: Any) -> None:  # noqa: ANN401
    rule = AppRule(name="Desk", program="editor", keys="text", urls=(HERE,))
    nodes = [
        node("document web", "Orders", 0, Rect(0, 0, 400, 300), url=HERE),
        node("document web", "Account of Dobnelav", 1, AT, url=THERE),
        node("heading", "Savings and loans", 2, AT, url=THERE),
        node("static", "Savings and loans", 3, AT, url=THERE),
        node("push button", "Transfer", 2, url=THERE),
        node("push button", "Send", 1, FREE, url=HERE),
    ]
    kept = told(acted(fabricate, nodes, rule))
    assert "Send" in kept
    for word in ("Dobnelav", "Savings", "Transfer"):
        assert word not in kept


@pytest.mark.parametrize("level", ["shape", "timing", "nothing"])
def test_below_text_nothing_tells_how_long_a_field_s_text_is(fabricate: Any, level: str) -> None:  # noqa: ANN401
    rule = msgspec.structs.replace(fabricate.rule, keys=level)
    seen = set()
    for typed, width in (("plum", 40), ("plum pudding", 120)):
        nodes = [
            node("entry", "Note", 0, AT, states=("editable",), value=typed),
            node("static", typed, 1, Rect(12, 12, width, 20)),
            node("push button", "Send", 0, FREE),
        ]
        (tree,) = (each for each in acted(fabricate, nodes, rule) if isinstance(each, ElementTree))
        seen.add(msgspec.structs.replace(tree.nodes[2], id=""))
    assert len(seen) == 1
