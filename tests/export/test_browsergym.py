"""BrowserGym's own parser reads the actions, and its own functions perform them on a page that notes what it is told.

Only the library's actions are loaded: its environments need a browser driver (docs/adr/0121).
"""

from __future__ import annotations

import importlib.util
import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy.export import browsergym as ours
from understudy.export.formats import export
from understudy.export.scaling import Picture
from understudy.export.story import StoryStep
from understudy.export.unsayable import Unsayable
from understudy.records.actions import Action
from understudy.records.elements import Element

if TYPE_CHECKING:
    from tests.export.conftest import Memory

SCREEN = (1280, 800)
PICTURE = Picture("f1", "images/f1.webp", SCREEN, SCREEN)
IN_PAGE = Element(id="", role="entry", path=("frame", "document web", "entry"), url="http://shop.test/")
CHROME = Element(id="", role="page tab", path=("frame", "page tab list", "page tab"))


def _any_type(name: str) -> type:
    if name.startswith("__"):
        raise AttributeError(name)
    return object


@pytest.fixture(scope="module")
def action_set() -> Iterator[Any]:
    """The library's HighLevelActionSet, with stand-ins for the driver that its functions name in their types."""
    driver = types.ModuleType("playwright.sync_api")
    driver.__dict__["__getattr__"] = _any_type
    package = types.ModuleType("playwright")
    package.__dict__.update(__path__=[], sync_api=driver)
    found = importlib.util.find_spec("browsergym")
    assert found is not None and found.submodule_search_locations is not None
    core = types.ModuleType("browsergym.core")
    core.__path__ = [f"{place}/core" for place in found.submodule_search_locations]
    stand_ins = {"playwright": package, "playwright.sync_api": driver, "browsergym.core": core}
    assert not set(stand_ins) & set(sys.modules)
    sys.modules.update(stand_ins)
    try:
        from browsergym.core.action.highlevel import HighLevelActionSet

        yield HighLevelActionSet(**ours.ACTION_SET, strict=True, demo_mode="off")
    finally:
        for name in [name for name in sys.modules if name.startswith(("browsergym", "playwright"))]:
            del sys.modules[name]


class Page:
    """What the library calls of a page, written down."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self.mouse = self.keyboard = self

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *values, **named: self.seen.append((name, *values, *named.values()))


def performed(action_set: Any, action: str) -> list[tuple[Any, ...]]:  # noqa: ANN401
    page = Page()
    exec(action_set.to_python_code(action), {"page": page, "DEMO_MODE": False})
    return page.seen


def step(target: Element | None = IN_PAGE, url: str = "http://shop.test/", **fields: Any) -> StoryStep:  # noqa: ANN401
    return StoryStep(
        id="s", index=0, action=Action(**{"start_ns": 0, "end_ns": 0, **fields}), duration_known=True, target=target,
        target_confidence="rested", still_id="f1", frame_age_ms=0.0, screen=SCREEN, app="", window_title="", url=url,
    )  # fmt: skip


AT = {"x": 300, "y": 200}


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({"kind": "click", "button": "left", **AT}, [("click", 300, 200, "left")]),
        ({"kind": "click", "button": "middle", **AT}, [("click", 300, 200, "middle")]),
        ({"kind": "double_click", "button": "right", **AT}, [("dblclick", 300, 200, "right")]),
        ({"kind": "click", "button": "back", **AT}, [("go_back",)]),
        (
            {"kind": "click", "button": "left", "modifiers": ("ctrl", "shift"), **AT},
            [
                ("down", "Control"), ("down", "Shift"), ("click", 300, 200, "left"),
                ("up", "Shift"), ("up", "Control"),
            ],
        ),
        (
            {"kind": "long_press", "button": "left", "end_ns": 1_500_000_000, **AT},
            [
                ("move", 300, 200), ("down", "left"), ("wait_for_timeout", 1500),
                ("move", 300, 200), ("up", "left"),
            ],
        ),
        (
            {"kind": "drag", "button": "left", "to_x": 400, "to_y": 210, **AT},
            [("move", 300, 200), ("down",), ("move", 400, 210), ("up",)],
        ),
        (
            {
                "kind": "drag", "button": "left", "to_x": 300, "to_y": 200,
                "path": ((0, 300, 200), (1, 350, 260), (2, 300, 200)), **AT,
            },
            [
                ("move", 300, 200), ("down", "left"), ("move", 350, 260),
                ("move", 300, 200), ("up", "left"),
            ],
        ),
        ({"kind": "scroll", "scroll_y": 3, "scroll_x": -1, **AT}, [("move", 300, 200), ("wheel", -100, 300)]),
        ({"kind": "type", "text": "it's \"x\"", "text_level": "text"}, [("type", "it's \"x\"", None)]),
        ({"kind": "press", "keys": ("Return",)}, [("press", "Enter")]),
        ({"kind": "press", "keys": ("Down",), "count": 2}, [("press", "ArrowDown")] * 2),
        ({"kind": "hotkey", "keys": ("ctrl", "plus")}, [("press", "Control++")]),
        (
            {"kind": "hotkey", "keys": ("alt", "Tab"), "count": 2},
            [("down", "Alt"), ("press", "Tab"), ("press", "Tab"), ("up", "Alt")],
        ),
        ({"kind": "wait", "end_ns": 2_500_000_000}, [("wait_for_timeout", 2500)]),
    ],
)  # fmt: skip
def test_the_librarys_functions_do_what_the_person_did(
    action_set: Any,  # noqa: ANN401
    fields: dict[str, Any],
    seen: list[tuple[Any, ...]],
) -> None:
    assert performed(action_set, ours.action_of(step(**fields), PICTURE)) == seen


def test_any_text_is_typed_as_it_is(action_set: Any) -> None:  # noqa: ANN401
    @given(st.text())
    def check(text: str) -> None:
        told = ours.action_of(step(kind="type", text=text, text_level="text"), PICTURE)
        assert performed(action_set, told) == [("type", text, None)]

    check()


@pytest.mark.parametrize(
    ("target", "url", "fields", "reason"),
    [
        (None, "", {"kind": "type", "text": "a", "text_level": "text"}, "wasn't in a browser"),
        (CHROME, "http://shop.test/", {"kind": "click", "button": "left", **AT}, "browser's own controls"),
        (CHROME, "http://shop.test/", {"kind": "press", "keys": ("Return",)}, "browser's own controls"),
        (None, "http://shop.test/", {"kind": "click", "button": "left", **AT}, "isn't known whether"),
        (IN_PAGE, "", {"kind": "triple_click", "button": "left", **AT}, "triple"),
        (IN_PAGE, "", {"kind": "press", "keys": ("eacute",)}, "Playwright has no name"),
    ],
)
def test_what_is_no_act_in_a_page_is_left_out(
    target: Element | None, url: str, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Unsayable, match=reason):
        ours.action_of(step(target, url, **fields), PICTURE)


def test_keys_to_a_window_that_shows_a_page_are_told() -> None:
    assert ours.action_of(step(None, kind="press", keys=("Tab",)), PICTURE) == "keyboard_press('Tab')"
    assert ours.action_of(step(CHROME, kind="wait", end_ns=10**9), PICTURE) == "noop(1000)"


def test_the_library_reads_every_step_of_an_export(action_set: Any, full: Memory, tmp_path: Path) -> None:  # noqa: ANN401
    table = full.tables["steps"]
    rows = table.to_pylist()
    for row in rows:
        if row["target_role"] is not None and row["app"] == "Chromium":
            row["target_path"] = ["frame", "document web", row["target_role"]]
    changed = {**full.tables, "steps": type(table).from_pylist(rows, schema=table.schema)}
    export(type(full)(full.manifest, changed, full.stills), "browsergym", tmp_path / "out")
    [line] = [json.loads(text) for text in (tmp_path / "out" / "trajectories.jsonl").read_text().splitlines()]
    assert line["goal"] == "Confirm the first paper order and note it"
    assert line["understudy"]["purpose"] == "train-own-agent" and line["understudy"]["conditions"]
    assert len(line["steps"]) >= 10
    for told in line["steps"]:
        assert performed(action_set, told["action"])
        assert (tmp_path / "out" / told["screenshot"]).is_file() and told["url"] == "http://desk.test/"
