"""Thresholds are the desktop's own where it told them; docs/actions.md names each with its default and its source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from understudy.pipeline.reduce import reduce
from understudy.pipeline.thresholds import DEFAULT, FROM_DESKTOP, Thresholds, in_force
from understudy.records.desktop_settings import DesktopSetting, DesktopSettings

if TYPE_CHECKING:
    from tests.pipeline.conftest import Hand

TOLD = DesktopSettings(double_click_ms=DesktopSetting(800, "xsettings"), drag_px=DesktopSetting(20, "gsettings"))


def test_without_the_desktops_word_the_defaults_are_in_force(hand: Hand) -> None:
    found = in_force(hand.recording().mark)
    assert found.thresholds == DEFAULT and set(found.sources.values()) == {"default"}
    assert in_force(hand.marks("settings", detail="{}").recording().mark) == found


def test_what_the_desktop_told_is_in_force_and_says_so(hand: Hand) -> None:
    hand.marks("settings", detail=msgspec.json.encode(TOLD).decode())
    found = in_force(hand.recording().mark)
    assert found.thresholds == msgspec.structs.replace(DEFAULT, multi_click_ms=800, drag_px=20)
    assert {name: source for name, source in found.sources.items() if source != "default"} == {
        "multi_click_ms": "xsettings",
        "drag_px": "gsettings",
    }


def test_reduce_goes_by_the_desktop_that_was_recorded(hand: Hand) -> None:
    hand.click().wait(540).click().wait(900).down().move(115, 100).up()
    assert [action.kind for action in reduce(hand.recording())] == ["click", "click", "drag"]
    hand.marks("settings", detail=msgspec.json.encode(TOLD).decode())
    assert [action.kind for action in reduce(hand.recording())] == ["double_click", "click"]
    # Whoever gives thresholds means them.
    assert [action.kind for action in reduce(hand.recording(), DEFAULT)] == ["click", "click", "drag"]


def test_what_is_given_wins(hand: Hand) -> None:
    hand.marks("settings", detail=msgspec.json.encode(TOLD).decode())
    found = in_force(hand.recording().mark, {"multi_click_ms": 300, "scroll_pause_ms": 700})
    assert (found.thresholds.multi_click_ms, found.thresholds.scroll_pause_ms, found.thresholds.drag_px) == (
        300,
        700,
        20,
    )
    assert (found.sources["multi_click_ms"], found.sources["drag_px"]) == ("given", "gsettings")


@pytest.mark.parametrize("given", [{"drag_mm": 3}, {"drag_px": -1}])
def test_what_is_no_threshold_is_refused(given: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"'drag_mm' is no threshold|drag_px is -1"):
        in_force((), given)


def test_settings_that_are_none_are_refused(hand: Hand) -> None:
    hand.marks("settings", detail='{"drag_px": "far"}')
    with pytest.raises(ValueError, match="mark 0 of the kind settings"):
        in_force(hand.recording().mark)


def test_the_docs_name_every_threshold_with_its_default() -> None:
    page = (Path(__file__).parents[2] / "docs" / "actions.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d,]+) ", page, flags=re.MULTILINE))
    assert {name: int(value.replace(",", "")) for name, value in rows.items()} == msgspec.structs.asdict(DEFAULT)
    for name in FROM_DESKTOP:
        assert re.search(rf"^\| `{name}` .*Net/", page, flags=re.MULTILINE), "its name in XSETTINGS is told"
    assert set(FROM_DESKTOP) <= set(Thresholds.__struct_fields__)
