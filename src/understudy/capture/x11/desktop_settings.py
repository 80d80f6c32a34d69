"""What counts as a double click and as a drag on this desktop, from whoever tells."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Mapping

from understudy.capture.source import DesktopEnv
from understudy.capture.x11.xsettings import read_xsettings
from understudy.records.desktop_settings import DesktopSetting, DesktopSettings, DesktopSource

log = logging.getLogger(__name__)

XSETTINGS = {
    "double_click_ms": "Net/DoubleClickTime",
    "double_click_px": "Net/DoubleClickDistance",
    "drag_px": "Net/DndDragThreshold",
}
"""Names of freedesktop's XSETTINGS registry."""
GSETTINGS = {"double_click_ms": "double-click", "drag_px": "drag-threshold"}
SCHEMA = "org.gnome.desktop.peripherals.mouse"
GSETTINGS_TIMEOUT_S = 3

PLAUSIBLE = {"double_click_ms": range(50, 5001), "double_click_px": range(0, 101), "drag_px": range(1, 101)}
"""Anything else is taken for no setting: a double-click time of 0 means "unset" to some programs."""


def read_desktop_settings(env: DesktopEnv, environment: Mapping[str, str]) -> DesktopSettings:
    """What the desktop tells now: its XSETTINGS manager, else GSettings; None for each setting that nobody tells.

    `environment` is that of the session, for the program `gsettings`. Raises CaptureUnavailable without a display.
    """
    try:
        told = read_xsettings(env)
    except ValueError as error:
        log.warning("%s", error)
        told = None
    if told is not None:
        return _settings("xsettings", {field: told.get(name) for field, name in XSETTINGS.items()})
    return _settings("gsettings", {field: _gsetting(key, environment) for field, key in GSETTINGS.items()})


def _settings(source: DesktopSource, values: Mapping[str, int | str | None]) -> DesktopSettings:
    found = {}
    for field, value in values.items():
        if isinstance(value, int) and value in PLAUSIBLE[field]:
            found[field] = DesktopSetting(value, source)
    return DesktopSettings(**found)


def _gsetting(key: str, environment: Mapping[str, str]) -> int | None:
    """One number from GSettings, None where there is no such program, schema or answer."""
    try:
        asked = subprocess.run(
            ["gsettings", "get", SCHEMA, key],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GSETTINGS_TIMEOUT_S,
            check=False,
        )
    except (FileNotFoundError, PermissionError, subprocess.TimeoutExpired):
        return None
    # A number may come with its type before it: "uint32 400".
    answer = asked.stdout.split()
    return int(answer[-1]) if asked.returncode == 0 and answer and answer[-1].isdigit() else None
