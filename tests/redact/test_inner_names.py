"""What a program calls an element inside is told as its name is: scrubbed, and not where a name may not be told."""

from __future__ import annotations

from typing import Any

from understudy.records.elements import Element
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree

BUTTON = Rect(10, 50, 80, 24)


def thing(role: str, name: str, at: Rect, hint: str) -> Element:
    return Element(id=f"100/{role}/{at.y}/{hint}", role=role, name=name, bounds=at, pid=100, hint=hint)


def hints(fabricate: Any, session: Any) -> list[str]:  # noqa: ANN401
    (tree,) = [record for record in fabricate.kept(session) if isinstance(record, ElementTree)]
    return [node.hint for node in tree.nodes]


def test_it_is_told(fabricate: Any) -> None:  # noqa: ANN401
    session = fabricate.typing().show(fabricate.page, (thing("section", "", BUTTON, "span trash #ffffff"), ""))
    session.tree(fabricate.page).click(20, 60)
    assert hints(fabricate, session)[1] == "span trash #ffffff"


def test_it_is_scrubbed(fabricate: Any) -> None:  # noqa: ANN401
    session = fabricate.typing().show(
        fabricate.page, (thing("section", "", BUTTON, "div row-of-anna.berg@example.org"), "")
    )
    session.tree(fabricate.page).click(20, 60)
    told = hints(fabricate, session)[1]
    assert "anna" not in told and "example" not in told
    assert "EMAIL" in told


def test_what_is_covered_keeps_it_to_itself(fabricate: Any) -> None:  # noqa: ANN401
    session = fabricate.typing().show(fabricate.page, (thing("image", "", BUTTON, "img portrait-of-anna"), ""))
    session.tree(fabricate.page).click(20, 60)
    assert hints(fabricate, session)[1] == ""
