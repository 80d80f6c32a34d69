"""The performer does its whole story on a real desktop, in a hurry."""

from __future__ import annotations

import random

import pytest

from demo.performer import Performer
from demo.secrets import plant
from demo.site import shop_of
from demo.stage import open_stage
from understudy.act.xtest import XTest

HURRY = 0.12
"""Share of a person's time that this performance takes."""


class HurriedHands(XTest):
    """Hands that hardly rest."""

    def pause(self, seconds: float) -> None:
        super().pause(seconds * HURRY)

    def move(self, x: int, y: int, duration_s: float = 0.0) -> None:
        super().move(x, y, duration_s * HURRY)


@pytest.mark.desktop
def test_the_story_leaves_its_traces() -> None:
    planted = plant(random.Random(21))
    shop = shop_of(planted, 21)
    told: list[str] = []
    with open_stage(planted, shop) as stage, HurriedHands(stage.desktop.display) as hands:
        Performer(
            hands,
            stage.page,
            browser=stage.browser,
            editor=stage.editor,
            terminal=stage.terminal,
            planted=planted,
            shop=shop,
            seed=1,
            announce=told.append,
        ).perform()
        pages = [path for path in stage.site.seen if path != "/style.css"]
        assert pages == ["/order", "/signin", "/signin", "/customer", "/customer", "/dispatch"]
        crates = stage.page.run("[...document.querySelectorAll('#crates li')].map(item => item.id)")
        assert crates == ["crate1", "crate4", "crate2", "crate3"]
        notes = (stage.desktop.home / "shift-notes.txt").read_text()
        assert f"{shop.reference} packed, three crates.\n" in notes
        assert planted.paused.value not in notes
        title = stage.page.run("document.title")
        assert title == "Dispatch · Larkfield Supply"
    assert len(told) == 8
