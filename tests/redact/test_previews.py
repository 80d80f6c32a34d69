"""What a browser offers to fill in: it shows the value in the field before any tree tells of it."""

from __future__ import annotations

from typing import Any

import msgspec

from understudy.records.events import WindowState
from understudy.records.geometry import Rect

MAIL, NAME = Rect(10, 10, 300, 24), Rect(10, 50, 300, 24)
LIST = WindowState(id=9, rect=Rect(10, 80, 200, 60), program="editor", app="Editor", pid=100, override=True)
COVERED = {(40, 40, 40)}


def field(fabricate: Any, name: str, at: Rect, *states: str) -> Any:  # noqa: ANN401 - the fixture's class lives in a conftest
    entry = fabricate.entry(name, at=at, url="https://desk.example/form", key=name)
    return msgspec.structs.replace(entry, states=(*entry.states, *states))


def test_a_preview_is_covered_while_something_is_offered(fabricate: Any) -> None:  # noqa: ANN401
    mail, name = field(fabricate, "E-mail", MAIL, "has popup", "focused"), field(fabricate, "Name", NAME)
    empty = ((mail, ""), (name, ""))
    made = fabricate.typing(mail).show(fabricate.page, *empty).settle().settle()
    before = fabricate.screens(fabricate.kept(made))[-1]
    assert len(fabricate.colours(before, MAIL)) > 1
    # The tree goes on telling empty fields while both show what the browser would put there.
    made.windows(1, fabricate.page, LIST, fabricate.bank).wait(300)
    made.show(fabricate.page, (mail, "a.lee"), (name, ""))
    made.show(fabricate.page, (mail, "a.lee"), (name, "Ann"))
    made.shown[fabricate.page.id] = list(empty)
    while_offered = fabricate.screens(fabricate.kept(made.settle().settle()))
    for shown in while_offered[-1:]:
        assert fabricate.colours(shown, MAIL) == fabricate.colours(shown, NAME) == COVERED
    # Taken back: what shows now is what the tree tells.
    made.windows(1, fabricate.page, fabricate.bank).wait(20).show(fabricate.page, (mail, ""), (name, "Ann"))
    made.show(fabricate.page, *empty).settle().wait(1_000).settle()
    after = fabricate.screens(fabricate.kept(made))
    for place in (MAIL, NAME):
        wanted = fabricate.colours(before, place) | COVERED | {(128, 128, 128)}
        assert all(fabricate.colours(shown, place) <= wanted for shown in after)
        assert fabricate.colours(after[-1], place) == fabricate.colours(before, place)


def test_menus_of_programs_that_offer_nothing_cover_nothing(fabricate: Any) -> None:  # noqa: ANN401
    mail = field(fabricate, "E-mail", MAIL, "focused")
    made = fabricate.typing(mail).windows(1, fabricate.page, LIST, fabricate.bank).wait(300)
    made.show(fabricate.page, (mail, "")).settle().settle()
    assert len(fabricate.colours(fabricate.screens(fabricate.kept(made))[-1], MAIL)) > 1
