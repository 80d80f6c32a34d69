"""What the desktop itself says about clicks and drags, as told once when a recording begins."""

from __future__ import annotations

from typing import Literal

import msgspec

DesktopSource = Literal["xsettings", "gsettings", "events"]
"""Who told it: the session's XSETTINGS manager, which GTK and Qt programs follow; else GSettings, where the desktop
keeps what its manager would tell. "events": imported recordings whose own events show what was taken for what."""


class DesktopSetting(msgspec.Struct, frozen=True):
    """One setting: `value` in the unit of its field, and who told it."""

    value: int
    source: DesktopSource


class DesktopSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The detail of `Mark(kind="settings")`, as JSON. None: the desktop told none.

    `double_click_ms`, `double_click_px`: longest time and farthest distance between the presses of a double click.
    `drag_px`: how far the pointer goes with a button down before that is a drag.
    """

    double_click_ms: DesktopSetting | None = None
    double_click_px: DesktopSetting | None = None
    drag_px: DesktopSetting | None = None
