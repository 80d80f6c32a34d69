"""What the person can ask for while it records, and how the indicator's process and the recorder tell each other."""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.capture.source import DesktopEnv
from understudy.recorder.picture import Shown
from understudy.redact.policy import Policy

Wish = Literal["pause", "stop", "forget", "locked", "unlocked", "touched"]
"""What the indicator's process tells: the person wants to pause or resume, to stop, to have the last minutes forgotten;
the screen was locked or unlocked; the person clicked something of ours that another program draws (a panel's icon)."""

FORGET_S = 300
"""How much "forget the last 5 minutes" takes away; whole segments go, so up to a minute more."""

PRESSES: tuple[Wish, ...] = ("pause", "stop", "forget")
"""Wishes that have a hotkey."""


class IndicatorJob(msgspec.Struct, frozen=True, tag="indicator_job"):
    """The first message: where to show, what, and which keys ask for what."""

    desktop: DesktopEnv
    shown: Shown
    hotkeys: dict[Wish, str]


class Wanted(msgspec.Struct, frozen=True, tag="wanted"):
    """The person wants something. `time_ns` is when they pressed the key or the button, by the X server's clock; for
    the rest, when it was told."""

    wish: Wish
    time_ns: int


class Keycodes(msgspec.Struct, frozen=True, tag="keycodes"):
    """The key that each hotkey lies on by now, since keyboards can be remapped: X keycodes by wish."""

    codes: dict[Wish, int]


class IndicatorReady(msgspec.Struct, frozen=True, tag="indicator_ready"):
    """The indicator is on every screen. `taken` names hotkeys that another program already holds."""

    taken: tuple[str, ...]
    codes: dict[Wish, int] = {}


class IndicatorFailed(msgspec.Struct, frozen=True, tag="indicator_failed"):
    """The indicator can't be shown: nothing may be recorded without it."""

    message: str


FromIndicator = Wanted | Keycodes | IndicatorReady | IndicatorFailed


def hotkeys_of(policy: Policy) -> dict[Wish, str]:
    """The policy's hotkeys by what they ask for."""
    return {"pause": policy.hotkey_pause, "stop": policy.hotkey_stop, "forget": policy.hotkey_forget}


def spoken(hotkey: str) -> str:
    """ "ctrl+alt+p" as people write it: "Ctrl+Alt+P"."""
    return "+".join(part if len(part) > 6 else part.capitalize() for part in hotkey.split("+"))


def minutes(span_ns: int) -> str:
    """A span as "5:07 min"."""
    seconds = round(span_ns / 1e9)
    return f"{seconds // 60}:{seconds % 60:02d} min"
