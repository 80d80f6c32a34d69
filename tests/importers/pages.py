"""Small MiniWoB++ demonstrations made by hand, in the shape that the real ones have."""

from __future__ import annotations

import copy
import json
from typing import Any

Dom = dict[str, Any]


def node(tag: str, ref: int, box: tuple[float, float, float, float], *children: Dom, **more: Any) -> Dom:  # noqa: ANN401
    """A node of a recorded DOM; `box` is left, top, width, height."""
    left, top, width, height = box
    told: Dom = {"tag": tag, "ref": ref, "left": left, "top": top, "width": width, "height": height}
    return told | {"children": list(children), "id": "", "classes": ""} | more


def words(text: str, box: tuple[float, float, float, float] = (2, 60, 40, 11)) -> Dom:
    return {"tag": "t", "ref": -1, "children": [], "text": text} | dict(
        zip(("left", "top", "width", "height"), box, strict=True)
    )


def form() -> Dom:
    """A label and a field, a check box in its label, a password field, a button, and a box that scrolls."""
    rows = [node("P", 20 + n, (2, 155 + 30 * n, 90, 30), text=f"row {n}") for n in range(5)]
    return node(
        "BODY",
        1,
        (0, 0, 1299.5, 210),
        node("LABEL", 2, (2, 52, 40, 11), words("Name")),
        node("INPUT_text", 3, (2, 65, 120, 20), id="name", value=""),
        node("LABEL", 4, (2, 90, 60, 11), node("INPUT_checkbox", 5, (4, 90, 12, 12), value=False), words("agree")),
        node("INPUT_password", 6, (2, 105, 120, 20), id="secret", value=""),
        node("BUTTON", 7, (2, 130, 90, 20), text="Send"),
        node("DIV", 8, (2, 155, 100, 40), *rows),
    )


class Pages:
    """Writes down states as the pages' recorder does: each event twice, the DOM with each."""

    def __init__(self, dom: Dom | None = None) -> None:
        self.dom = dom or form()
        self.now_ms = 0
        self.states: list[dict[str, Any]] = [{"time": 0, "action": None, "dom": copy.deepcopy(self.dom)}]

    def find(self, ref: int, dom: Dom | None = None) -> Dom:
        for each in walk(dom or self.dom):
            if each["ref"] == ref:
                return each
        raise KeyError(ref)

    def event(self, kind: str, ref: int | None, *, wait_ms: int = 100, once: bool = False, **more: Any) -> None:  # noqa: ANN401
        """One event on a node, told before and after (`once`: only before, as scrolls are)."""
        self.now_ms += wait_ms
        for timing in (1,) if once else (1, 3):
            dom = copy.deepcopy(self.dom)
            if ref is not None:
                self.find(ref, dom)["recordingTarget"] = True
            action = {"type": kind, "timing": timing} | more
            self.states.append({"time": self.now_ms, "action": action, "dom": dom})

    def focus(self, ref: int) -> None:
        for each in walk(self.dom):
            each.pop("focused", None)
        self.find(ref)["focused"] = True

    def click(self, ref: int | None, x: int, y: int, *, to: tuple[int, int] | None = None, wait_ms: int = 700) -> None:
        to_x, to_y = to or (x, y)
        self.event("mousedown", ref, x=x, y=y, wait_ms=wait_ms)
        if ref is not None:
            self.focus(ref)
        self.event("mouseup", ref, x=to_x, y=to_y, wait_ms=80)
        self.event("click", ref, x=to_x, y=to_y, wait_ms=2)

    def key(self, ref: int, code: int, char: str = "", value: str | None = None) -> None:
        """A key pressed and let go; the field then holds `value`."""
        self.event("keydown", ref, keyCode=code, charCode=0)
        if char:
            self.event("keypress", ref, keyCode=ord(char), charCode=ord(char), wait_ms=1)
        if value is not None:
            self.find(ref)["value"] = value
        self.event("keyup", ref, keyCode=code, charCode=0, wait_ms=60)

    def type(self, ref: int, text: str) -> None:
        for char in text:
            self.key(ref, ord(char.upper()), char, self.find(ref)["value"] + char)

    def json(self, **more: Any) -> bytes:  # noqa: ANN401
        told = {"taskName": "fill-form", "utterance": "Fill in the form.", "reward": 0.5, "rawReward": 1}
        return json.dumps(told | {"states": self.states} | more).encode()


def walk(dom: Dom) -> list[Dom]:
    return [dom, *(each for child in dom["children"] for each in walk(child))]
