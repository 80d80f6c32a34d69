"""Performs one action with real X events, and never leaves a key or a button pressed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

import xcffib

from understudy.act.xtest import ALIASES, XTest
from understudy.records.actions import Action

BUTTONS = {"left": 1, "middle": 2, "right": 3, "back": 8, "forward": 9, "": 1}
CLICKS = {"click": 1, "double_click": 2, "triple_click": 3}

KEY_S = 0.02
"""From one key to the next while typing: well below what a person does, and slow enough for programs to keep up."""
REPEAT_S = 0.04
"""Between repetitions of one key: X's own repeat rate is 25 a second."""
APPROACH_S = 0.12
"""A move to where the next press happens: fast, but a move that programs see, with something to hover over."""
HOVER_S = 0.08
"""Rest before a press, so that what appears under the pointer has appeared."""


class Hands:
    """Performs actions through `xtest`. A context manager: at its end everything still held is let go.

    Raises NotTypeable for texts and keys that the keyboard layout doesn't have, before anything is pressed.
    """

    def __init__(self, xtest: XTest) -> None:
        self._xtest = xtest
        self._keys: list[str] = []
        self._buttons: list[int] = []

    def __enter__(self) -> Hands:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Release every key and button that is held; twice is harmless, and so is a display that has gone."""
        with suppress(xcffib.ConnectionException):
            while self._buttons:
                self._xtest.up(self._buttons.pop())
            while self._keys:
                self._xtest.key_up(self._keys.pop())

    def approach(self, action: Action) -> None:
        """Move to where the action begins and rest there; nothing for keys and waits."""
        if action.x is not None and action.y is not None:
            if self._xtest.position() != (action.x, action.y):
                self._xtest.move(action.x, action.y, APPROACH_S)
            time.sleep(HOVER_S)

    def perform(self, action: Action, text: str) -> None:
        """Do it, once `approach` has led there. `text` is what to type, for texts; waits are the caller's business."""
        match action.kind:
            case "click" | "double_click" | "triple_click":
                with self._holding(action):
                    self._xtest.click(BUTTONS[action.button], CLICKS[action.kind])
            case "long_press" | "drag":
                with self._holding(action):
                    self._press_along(action)
            case "scroll":
                with self._holding(action):
                    if action.scroll_y:
                        self._xtest.scroll(action.scroll_y)
                    if action.scroll_x:
                        self._xtest.scroll(action.scroll_x, horizontal=True)
            case "type":
                self.type(text)
            case "hotkey" | "press":
                self._strike(action)
            case "wait":
                return
            case _:
                raise ValueError(f"an action of the kind {action.kind!r} can't be performed")

    def type(self, text: str) -> None:
        """Type `text`, a newline as Return."""
        self._xtest.type_text(text, KEY_S)

    def _press_along(self, action: Action) -> None:
        """The button down, along the path at the recorded pace, and up at its end."""
        button = BUTTONS[action.button]
        began_s = time.monotonic()
        self._xtest.down(button)
        self._buttons.append(button)
        for at_ns, x, y in action.path[1:]:
            time.sleep(max(0.0, began_s + (at_ns - action.start_ns) / 1e9 - time.monotonic()))
            self._xtest.move(x, y)
        time.sleep(max(0.0, began_s + (action.end_ns - action.start_ns) / 1e9 - time.monotonic()))
        if action.to_x is not None and action.to_y is not None:
            self._xtest.move(action.to_x, action.to_y)
        self._buttons.remove(button)
        self._xtest.up(button)

    def _strike(self, action: Action) -> None:
        """The last of its keys `count` times, under the others."""
        *held, last = action.keys
        for name in action.keys:
            self._xtest.keycode(name)  # nothing is pressed when a key is missing
        with self._down(held):
            for nth in range(action.count):
                if nth:
                    time.sleep(REPEAT_S)
                with self._down([last]):
                    time.sleep(0.012)

    @contextmanager
    def _holding(self, action: Action) -> Iterator[None]:
        with self._down([modifier for modifier in action.modifiers if modifier in ALIASES]):
            yield

    @contextmanager
    def _down(self, names: list[str]) -> Iterator[None]:
        for name in names:
            self._xtest.key_down(name)
            self._keys.append(name)
            time.sleep(0.015 if len(names) > 1 else 0)
        yield
        # Not in a finally: what is held when something goes wrong is let go at the end, in the right order.
        for name in reversed(names):
            self._keys.remove(name)
            self._xtest.key_up(name)
