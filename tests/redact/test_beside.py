"""Which label is a field's: by where it stands, whatever the order in which a program tells its children."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import pytest

from understudy.records.elements import Element, Node
from understudy.records.events import Tree
from understudy.records.geometry import Rect
from understudy.records.kept import TextRun
from understudy.redact.beside import Labels, leads


def label(name: str, x: int, y: int, width: int = 80) -> Node:
    return Node(element=Element(id=name, role="label", name=name, bounds=Rect(x, y, width, 20), pid=100), parent=0)


TOP = Node(element=Element(id="top", role="frame", name="Notes", bounds=Rect(0, 0, 400, 300), pid=100), parent=-1)
FIELD = Rect(120, 60, 200, 24)


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ([label("Password", 10, 100), label("Remark", 10, 62)], ("Remark",)),
        ([label("Remark", 10, 62), label("Password", 10, 20)], ("Remark",)),
        ([label("Card", 120, 34), label("Number", 120, 90)], ("Card",)),
        ([label("Card", 120, 34), label("No.", 10, 62)], ("No.", "Card")),
        ([label("far", 10, 62, 20), label("near", 90, 62, 20)], ("near",)),
        ([label("behind", 330, 62)], ("behind",)),
        ([label("Password", 10, 100), label("below", 120, 90)], ()),
        ([label("x" * 41, 10, 62)], ()),
    ],
)
def test_a_label_stands_in_the_row_or_above(labels: list[Node], found: tuple[str, ...]) -> None:
    assert Labels([TOP, *labels]).beside(FIELD) == found
    assert Labels([TOP, *reversed(labels)]).beside(FIELD) == found


def test_what_stands_below_leads_nothing() -> None:
    assert leads(Rect(10, 62, 80, 20), FIELD)
    assert leads(Rect(10, 20, 80, 20), FIELD)
    assert not leads(Rect(10, 100, 80, 20), FIELD)
    assert leads(None, FIELD)
    assert leads(FIELD, None)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_remark_in_the_row_before_a_password_is_no_secret(fabricate: Any, backwards: bool) -> None:
    remark = fabricate.entry("", at=FIELD, key="remark")
    secret = fabricate.entry("", at=Rect(120, 98, 200, 24), key="secret", secure=True)
    nodes = [
        label("Remark", 10, 62),
        Node(element=remark, parent=0),
        label("Password", 10, 100),
        Node(element=secret, parent=0),
    ]
    told = (TOP, *(reversed(nodes) if backwards else nodes))
    made = fabricate.typing(remark)
    made.add(Tree(time_ns=made.now_ns, seq=0, started_ns=made.now_ns, pid=100, bounds=fabricate.page.rect, nodes=told))
    kept = fabricate.kept(made.type(remark, "barley").key("Return", "\r").wait(20_000))
    assert [each.text for each in kept if isinstance(each, TextRun)] == ["barley"]
