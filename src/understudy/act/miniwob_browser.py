"""A Chromium without a screen, driven over its own debugging port: real input events, answers of the page.

Needs the package `websockets` (the extra `evaluate`) and Chromium itself; nothing of it touches a display.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from understudy.act.desktop import CHROMIUM_FLAGS
from understudy.act.devtools import BrowserUnavailable, Tab, wait_for_port

_MODIFIERS = {"Alt_L": 1, "Control_L": 2, "Super_L": 4, "Shift_L": 8}
"""The protocol's bit of each modifier key."""


class HandsTab(Tab):
    """A tab with hands: real input events. Coordinates are CSS px of the viewport."""

    def mouse(self, kind: str, x: float, y: float, *, button: str = "none", count: int = 0, held: int = 0) -> None:
        """One mouse event: `kind` is mouseMoved, mousePressed or mouseReleased; `held` the buttons' bits."""
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=count, buttons=held)

    def wheel(self, x: float, y: float, dx_px: float, dy_px: float) -> None:
        """Turn the wheel at a place, + is right and down."""
        self.ask("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=dx_px, deltaY=dy_px)

    def key(self, keysym: str, *, down: bool, held: tuple[str, ...] = ()) -> None:
        """Press or let go of a key by its keysym name or character, while `held` modifiers (keysym names) are down.

        Raises KeyError for keys that this keyboard hasn't.
        """
        key, code, number, text = key_of(keysym)
        bits = sum(_MODIFIERS.get(name, 0) for name in dict.fromkeys(held))
        told: dict[str, object] = {
            "key": key,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": bits,
        }
        if down and text and not bits & 7:
            told |= {"text": text, "unmodifiedText": text}
        self.ask(
            "Input.dispatchKeyEvent", type=("keyDown" if "text" in told else "rawKeyDown") if down else "keyUp", **told
        )


class Browser:
    """A Chromium without a screen, with a profile of its own, for as long as the context lasts; `tab` is its page."""

    def __init__(self, width_px: int = 1280, height_px: int = 720) -> None:
        self._size = (width_px, height_px)
        self._stack = ExitStack()
        self.tab: HandsTab

    def __enter__(self) -> Self:
        program = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
        if program is None:
            raise BrowserUnavailable("Chromium is missing: sudo apt-get install -y chromium")
        try:
            self._start(program)
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start(self, program: str) -> None:
        home = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix="understudy-browser-", ignore_cleanup_errors=True)
        )
        profile = Path(home) / "profile"
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
        flags = [flag for flag in CHROMIUM_FLAGS if flag != "--force-renderer-accessibility"]
        width, height = self._size
        process = subprocess.Popen(
            [
                *(program, "--headless", *flags, *sandbox, f"--user-data-dir={profile}", "--remote-debugging-port=0"),
                *("--allow-file-access-from-files", "--disable-dev-shm-usage", f"--window-size={width},{height}"),
                "about:blank",
            ],
            env={**{k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "TZ")}, "HOME": home},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._stack.callback(_end, process)
        self.tab = self._stack.enter_context(HandsTab(wait_for_port(profile)))
        self.tab.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return


_NAMED: dict[str, tuple[str, str, int, str]] = {
    "Return": ("Enter", "Enter", 13, "\r"),
    "KP_Enter": ("Enter", "NumpadEnter", 13, "\r"),
    "Tab": ("Tab", "Tab", 9, ""),
    "ISO_Left_Tab": ("Tab", "Tab", 9, ""),
    "BackSpace": ("Backspace", "Backspace", 8, ""),
    "Delete": ("Delete", "Delete", 46, ""),
    "Escape": ("Escape", "Escape", 27, ""),
    "Left": ("ArrowLeft", "ArrowLeft", 37, ""),
    "Up": ("ArrowUp", "ArrowUp", 38, ""),
    "Right": ("ArrowRight", "ArrowRight", 39, ""),
    "Down": ("ArrowDown", "ArrowDown", 40, ""),
    "Home": ("Home", "Home", 36, ""),
    "End": ("End", "End", 35, ""),
    "Prior": ("PageUp", "PageUp", 33, ""),
    "Next": ("PageDown", "PageDown", 34, ""),
    "Insert": ("Insert", "Insert", 45, ""),
    "space": (" ", "Space", 32, " "),
    "Control_L": ("Control", "ControlLeft", 17, ""),
    "Shift_L": ("Shift", "ShiftLeft", 16, ""),
    "Alt_L": ("Alt", "AltLeft", 18, ""),
    "Super_L": ("Meta", "MetaLeft", 91, ""),
    **{f"F{number}": (f"F{number}", f"F{number}", 111 + number, "") for number in range(1, 13)},
}
"""Keysym name → the browser's key, code, key code, and the text it makes."""
ALIASES = {
    **{"ctrl": "Control_L", "shift": "Shift_L", "alt": "Alt_L", "super": "Super_L"},
    **{"Control_R": "Control_L", "Shift_R": "Shift_L", "Alt_R": "Alt_L", "Super_R": "Super_L"},
    **{"minus": "-", "period": ".", "comma": ",", "slash": "/", "at": "@", "plus": "+", "equal": "=", "colon": ":"},
}
_PUNCTUATION = {
    **{";": 186, ":": 186, "=": 187, "+": 187, ",": 188, "<": 188, "-": 189, "_": 189, ".": 190, ">": 190, "/": 191},
    **{"?": 191, "`": 192, "~": 192, "[": 219, "{": 219, "\\": 220, "|": 220, "]": 221, "}": 221, "'": 222, '"': 222},
}
_CODES = {
    **{186: "Semicolon", 187: "Equal", 188: "Comma", 189: "Minus", 190: "Period", 191: "Slash", 192: "Backquote"},
    **{219: "BracketLeft", 220: "Backslash", 221: "BracketRight", 222: "Quote"},
}
_SHIFTED_DIGITS = dict(zip(")!@#$%^&*(", "0123456789", strict=True))
_SHIFTED = frozenset('ABCDEFGHIJKLMNOPQRSTUVWXYZ~_+{}|:"<>?' + "".join(_SHIFTED_DIGITS))


def needs_shift(character: str) -> bool:
    """True for characters that a US keyboard makes with Shift."""
    return character in _SHIFTED


def key_of(keysym: str) -> tuple[str, str, int, str]:
    """(key, code, key code, text) of a keysym name or one character, on a US keyboard.

    Characters without a key of their own keep their text, as an input method gives it. Raises KeyError.
    """
    keysym = ALIASES.get(keysym, keysym)
    if keysym in _NAMED:
        return _NAMED[keysym]
    if keysym == "\n":
        return _NAMED["Return"]
    if keysym == " ":
        return _NAMED["space"]
    if len(keysym) != 1:
        raise KeyError(keysym)
    if keysym.isascii() and keysym.isalpha():
        return keysym, f"Key{keysym.upper()}", ord(keysym.upper()), keysym
    digit = _SHIFTED_DIGITS.get(keysym, keysym)
    if digit.isascii() and digit.isdigit():
        return keysym, f"Digit{digit}", ord(digit), keysym
    number = _PUNCTUATION.get(keysym, 0)
    return keysym, _CODES.get(number, ""), number, keysym
