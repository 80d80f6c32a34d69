"""Every kind of action in every format: told, or left out with a reason. docs/exports.md prints this table.

To write the table anew after a change: python tests/export/test_coordinates_kinds.py
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

import pytest

from understudy.export import anthropic, browsergym, openai, opencua, pyautogui_script, uitars
from understudy.export.scaling import Picture
from understudy.export.story import StoryStep
from understudy.export.unsayable import Unsayable
from understudy.records.actions import Action, ActionKind, Button
from understudy.records.elements import Element
from understudy.records.events import Modifier
from understudy.records.geometry import Rect

DOCS = Path(__file__).parents[2] / "docs" / "exports.md"
SCREEN = (1280, 800)
PICTURE = Picture("f1", "images/f1.webp", SCREEN, SCREEN)
S = 1_000_000_000
AT = {"x": 300, "y": 200}
WAY = {**AT, "to_x": 500, "to_y": 260}
ROUND = {**AT, "to_x": 300, "to_y": 200}
LOOP = ((0, 300, 200), (S // 4, 420, 260), (S // 2, 300, 200))

CASES: dict[str, dict[str, Any]] = {
    "click": {"kind": "click", "button": "left", **AT},
    "right click": {"kind": "click", "button": "right", **AT},
    "middle click": {"kind": "click", "button": "middle", **AT},
    "click of the back button": {"kind": "click", "button": "back", **AT},
    "click of another button": {"kind": "click", "button": "", **AT},
    "Ctrl+click": {"kind": "click", "button": "left", "modifiers": ("ctrl",), **AT},
    "double click": {"kind": "double_click", "button": "left", **AT},
    "right double click": {"kind": "double_click", "button": "right", **AT},
    "triple click": {"kind": "triple_click", "button": "left", **AT},
    "long press": {"kind": "long_press", "button": "left", "end_ns": 2 * S, **AT},
    "right long press": {"kind": "long_press", "button": "right", "end_ns": 2 * S, **AT},
    "Ctrl+long press": {"kind": "long_press", "button": "left", "modifiers": ("ctrl",), "end_ns": 2 * S, **AT},
    "drag": {"kind": "drag", "button": "left", "end_ns": S, **WAY},
    "Ctrl+drag": {"kind": "drag", "button": "left", "modifiers": ("ctrl",), "end_ns": S, **WAY},
    "right drag": {"kind": "drag", "button": "right", "end_ns": S, **WAY},
    "drag back to its start, path kept": {"kind": "drag", "button": "left", "path": LOOP, "end_ns": S, **ROUND},
    "drag back to its start, no path": {"kind": "drag", "button": "left", "end_ns": S, **ROUND},
    "scroll down 3": {"kind": "scroll", "scroll_y": 3, **AT},
    "scroll left 2": {"kind": "scroll", "scroll_x": -2, **AT},
    "scroll down and right": {"kind": "scroll", "scroll_x": 1, "scroll_y": 1, **AT},
    "Ctrl+scroll": {"kind": "scroll", "scroll_y": -1, "modifiers": ("ctrl",), **AT},
    "typed text": {"kind": "type", "text": "Hello W", "text_level": "text"},
    "typed text beyond ASCII": {"kind": "type", "text": "café", "text_level": "text"},
    "typed token `<EMAIL_1>`": {"kind": "type", "text": "<EMAIL_1>", "text_level": "text"},
    "typed text, only its shape kept": {"kind": "type", "text": "Aaa 99", "text_level": "shape"},
    "typed text, only its timing kept": {"kind": "type", "text_level": "timing"},
    "Enter": {"kind": "press", "keys": ("Return",)},
    "Arrow Down, 3 times": {"kind": "press", "keys": ("Down",), "count": 3},
    "Super alone": {"kind": "press", "keys": ("super",)},
    "a key without a common name": {"kind": "press", "keys": ("XF86AudioMute",)},
    "Ctrl+C": {"kind": "hotkey", "keys": ("ctrl", "c"), "modifiers": ("ctrl",)},
    "Ctrl+plus": {"kind": "hotkey", "keys": ("ctrl", "plus"), "modifiers": ("ctrl",)},
    "Alt+Tab, Tab": {"kind": "hotkey", "keys": ("alt", "Tab"), "modifiers": ("alt",), "count": 2},
    "Ctrl+Z twice": {"kind": "hotkey", "keys": ("ctrl", "z"), "modifiers": ("ctrl",), "count": 2},
    "wait": {"kind": "wait", "end_ns": 3 * S},
}


def step(fields: dict[str, Any]) -> StoryStep:
    """The case as it would happen in a web page."""
    target = Element(id="", role="entry", name="Note", bounds=Rect(280, 180, 240, 100), path=("frame", "document web"))
    action = Action(**{"start_ns": 0, "end_ns": 0, **fields})
    return StoryStep(
        id="s", index=0, action=action, duration_known=True, target=target, target_confidence="rested", still_id="f1",
        frame_age_ms=0.0, screen=SCREEN, app="Chromium", window_title="Shop", url="http://shop.test/",
    )  # fmt: skip


def _calls(pattern: str) -> Callable[[str], list[str]]:
    return lambda code: re.findall(pattern, code, re.MULTILINE)


FORMATS: dict[str, Callable[[StoryStep], list[str]]] = {
    "OpenCUA": lambda one: _calls(r"^(?:pyautogui|computer)\.(\w+)\(")(opencua.pyautogui(one, PICTURE)),
    "OpenAI": lambda one: [call["type"] for call in openai.actions(one, PICTURE)],
    "Anthropic": lambda one: [call["action"] for call in anthropic.actions(one, PICTURE)],
    "UI-TARS": lambda one: _calls(r"^(?:Action: )?(\w+)\(")(uitars.response(one, PICTURE)),
    "BrowserGym": lambda one: _calls(r"^(\w+)\(")(browsergym.action_of(one, PICTURE)),
    "pyautogui": lambda one: _calls(r"^(?:pyautogui\.|time\.)?(\w+)\(")(pyautogui_script.code(one, SCREEN)),
}


def cell(fields: dict[str, Any], name: str) -> str:
    try:
        words = FORMATS[name](step(fields))
    except Unsayable as reason:
        return f"left out: {reason}"
    runs = [(word, len(list(same))) for word, same in groupby(words)]
    return ", ".join(f"`{word}`" + (f" {count}×" if count > 1 else "") for word, count in runs)


def table() -> str:
    lines = [f"| | {' | '.join(FORMATS)} |", "|---" * (len(FORMATS) + 1) + "|"]
    lines += [f"| {case} | {' | '.join(cell(fields, name) for name in FORMATS)} |" for case, fields in CASES.items()]
    return "\n".join(lines)


def renewed(page: str) -> str:
    return re.sub(
        r"(<!-- kinds -->\n).*?(<!-- end kinds -->)",
        lambda match: f"{match[1]}\n{table()}\n\n{match[2]}",
        page,
        flags=re.DOTALL,
    )


def test_the_table_in_the_docs_is_what_the_code_does() -> None:
    assert renewed(DOCS.read_text()) == DOCS.read_text(), "python tests/export/test_coordinates_kinds.py writes it anew"
    assert "| click | `click` |" in DOCS.read_text()


def test_every_kind_button_and_modifier_is_among_the_cases() -> None:
    assert {fields["kind"] for fields in CASES.values()} == set(get_args(ActionKind))
    assert {fields.get("button", "") for fields in CASES.values()} | {"forward"} == set(get_args(Button))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_each_case_is_told_or_left_out_with_a_reason(case: str, name: str) -> None:
    try:
        words = FORMATS[name](step(CASES[case]))
    except Unsayable as reason:
        assert len(str(reason)) > 10 and "\n" not in str(reason)
    else:
        assert words


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("modifier", get_args(Modifier))
def test_a_click_under_any_modifier_tells_it_or_is_refused(name: str, modifier: Modifier) -> None:
    told = {"OpenCUA": opencua.pyautogui, "OpenAI": openai.actions, "Anthropic": anthropic.actions,
            "UI-TARS": uitars.response, "BrowserGym": browsergym.action_of}.get(name)  # fmt: skip
    one = step({**CASES["click"], "modifiers": (modifier,)})
    said = str(told(one, PICTURE) if told else pyautogui_script.code(one, SCREEN)).lower()
    names = {"ctrl": ("ctrl", "control"), "super": ("super", "win", "meta")}
    if modifier in ("altgr", "caps", "num"):
        # They only shape text: `reduce` names them in no action.
        return
    assert any(word in said for word in names.get(modifier, (modifier,)))


if __name__ == "__main__":
    DOCS.write_text(renewed(DOCS.read_text()))
