"""What MiniWoB++'s pages call their nodes inside."""

from __future__ import annotations

import pytest

from understudy.importers.miniwob_page import Dom, Page


@pytest.mark.parametrize(
    ("node", "hint"),
    [
        (Dom("SPAN", classes="trash", bgColor="rgba(0, 0, 0, 0)"), "span trash"),
        (Dom("DIV", classes="color", bgColor="rgb(0, 255, 0)"), "div color #00ff00"),
        (Dom("circle", id="(-2,2)", classes={}), "circle (-2,2)"),
        (Dom("INPUT_text", id="tt", bgColor="rgb(255, 255, 255)"), "input tt #ffffff"),
        (Dom("t", text="word"), ""),
    ],
)
def test_tag_id_classes_and_colour(node: Dom, hint: str) -> None:
    assert Page(node).element(0).hint == hint
