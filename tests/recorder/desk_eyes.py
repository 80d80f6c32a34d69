"""An X client of its own, for tests of what the person sees and of what other programs may do to our windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import xcffib
import xcffib.xproto as xp
import xcffib.xtest
from PIL import Image


class Eyes:
    """An X client of its own: looks at the screen, does to windows what any program may, presses keys by their code."""

    def __init__(self, display: str) -> None:
        connect: Any = xcffib.connect
        self._x: Any = connect(display=display)
        self._root = self._x.get_setup().roots[0].root
        self._xtest: Any = self._x(xcffib.xtest.key)

    def picture(self) -> Image.Image:
        """The screen as the person sees it."""
        box = self._x.core.GetGeometry(self._root).reply()
        image = self._x.core.GetImage(
            xp.ImageFormat.ZPixmap, self._root, 0, 0, box.width, box.height, 0xFFFFFFFF
        ).reply()
        return Image.frombuffer("RGB", (box.width, box.height), bytes(image.data.buf()), "raw", "BGRX", 0, 1)

    def just_after(self, attack: Callable[[], None]) -> Image.Image:
        """The screen after the attack, before anybody could answer it."""
        self._x.core.GrabServerChecked().check()
        try:
            attack()
            return self.picture()
        finally:
            self._x.core.UngrabServerChecked().check()

    def ours(self) -> list[int]:
        """The indicator's windows."""
        return [
            window
            for window in self._x.core.QueryTree(self._root).reply().children
            if "Understudy" in self._class_of(window)
        ]

    def _class_of(self, window: int) -> str:
        try:
            reply = self._x.core.GetProperty(False, window, xp.Atom.WM_CLASS, xp.Atom.STRING, 0, 64).reply()
        except xcffib.Error:
            return ""
        return str(reply.value.to_string())

    def destroy(self, window: int) -> None:
        self._x.core.DestroyWindowChecked(window).check()

    def configure(self, window: int, mask: int, *values: int) -> None:
        self._x.core.ConfigureWindowChecked(window, mask, list(values)).check()

    def unmap(self, window: int) -> None:
        self._x.core.UnmapWindowChecked(window).check()

    def press(self, *keycodes: int) -> None:
        for kind, codes in ((2, keycodes), (3, keycodes[::-1])):
            for code in codes:
                self._xtest.FakeInput(kind, code, 0, self._root, 0, 0, 0)
        self._x.core.GetInputFocus().reply()
