"""What other windows do to an allowed one's picture: they lie over it, open, close and move."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from understudy.records.events import WindowState
from understudy.records.geometry import Rect
from understudy.redact.policy_file import PolicyFault, read_policy

BLANK = (0x80,) * 3
TOP, LOW = Rect(10, 10, 300, 24), Rect(10, 200, 300, 24)
OVER = Rect(40, 0, 120, 60)


def line(fabricate: Any, text: str, at: Rect) -> Any:
    return fabricate.entry(text, at=at, role="label", key=f"{at.y}"), text


@pytest.mark.parametrize(
    "over",
    [
        pytest.param(WindowState(id=9, rect=OVER, app="Notify", pid=900, override=True), id="a notification"),
        pytest.param(WindowState(id=9, rect=OVER, override=True), id="one that nobody knows"),
        pytest.param(WindowState(id=9, rect=OVER, pid=100, override=True), id="a drag image or tooltip without a tree"),
        pytest.param(WindowState(id=9, rect=OVER, program="bank", app="Bank", pid=200), id="a program out of scope"),
    ],
)
def test_what_lies_over_a_window_is_blank_though_its_pixels_are_sent(fabricate: Any, over: WindowState) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", LOW)).settle()
    made.windows(1, fabricate.page, over)
    made.pictures[9] = made.pictures[1].crop((0, 0, OVER.width, OVER.height))
    made.damage(over, Rect(0, 0, OVER.width, OVER.height)).settle()
    last = fabricate.screens(fabricate.kept(made))[-1]
    assert fabricate.colours(last, OVER) == {BLANK} and len(fabricate.colours(last, LOW)) > 2


def test_a_window_that_closes_over_a_stopped_program_shows_what_was_checked(fabricate: Any) -> None:
    over = msgspec.structs.replace(fabricate.bank, rect=OVER)
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    before = made.pictures[1].tobytes()
    made.windows(1, fabricate.page, over).frame().wait(900)
    made.show(fabricate.page, line(fabricate, "ann@example.com", TOP)).wait(300)
    made.windows(1, fabricate.page).frame().wait(900).click(20, 150)
    kept = fabricate.kept(made)
    screens = fabricate.screens(kept)
    assert fabricate.colours(screens[-1], Rect(200, 0, 1, 1)) == {(255, 255, 255)}
    assert screens[-1].crop((0, 0, 400, 300)).tobytes() == before
    assert any(fabricate.colours(each, OVER) == {BLANK} for each in screens)


def test_a_window_moved_over_a_stopped_program_leaves_no_trail(fabricate: Any) -> None:
    made = fabricate.session().windows(1).show(fabricate.page, line(fabricate, "Hello", TOP)).settle()
    before = made.pictures[1].tobytes()
    for step in range(4):
        over = msgspec.structs.replace(fabricate.bank, rect=Rect(30 * step, 20 * step, 100, 80))
        made.windows(1, fabricate.page, over).frame().wait(600)
    made.windows(1, fabricate.page).frame().wait(900)
    assert fabricate.screens(fabricate.kept(made))[-1].crop((0, 0, 400, 300)).tobytes() == before


def test_reading_is_refused_where_addresses_count() -> None:
    for lines in ('program = "chromium"', 'program = "desk"\nurls = ["https://a.example.org"]'):
        text = f'version = 1\nprofile = "own-work"\n\n[[app]]\nname = "Desk"\n{lines}\npixels = "ocr"\n'
        with pytest.raises(PolicyFault, match="tells no addresses"):
            read_policy(text.encode(), source="policy.toml")
    kept = 'version = 1\nprofile = "own-work"\n\n[[app]]\nname = "Terminal"\nprogram = "xterm"\npixels = "ocr"\n'
    assert read_policy(kept.encode(), source="policy.toml").apps[0].pixels == "ocr"
