"""The times and distances that tell one action from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from understudy.records.desktop_settings import DesktopSetting, DesktopSettings
from understudy.records.events import Mark

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """All thresholds of `reduce`. Distances are the larger of the two axes, as toolkits measure them.

    Each default names its source; where the recorded desktop told its own value, `in_force` takes that instead.
    """

    multi_click_ms: int = 500
    """Longest time from press to press of a double click. AgentNet 500, Windows 500, GTK 400."""
    multi_click_px: int = 5
    """Farthest that two presses of a double click lie apart. gtk-double-click-distance 5, AgentNet 4."""
    drag_px: int = 6
    """A press whose pointer was ever farther than this from its start is a drag. AgentNet 6, GTK 8."""
    long_press_ms: int = 1000
    """Shortest long press. Twice GtkGestureLongPress's 500, which is meant for touch: slow mouse clicks last longer."""
    scroll_pause_ms: int = 1000
    """A longer pause ends a scroll; people rest less than this between two turns of a wheel."""
    scroll_place_px: int = 20
    """A pointer moved farther than this begins a new scroll: hands jitter less while they turn a wheel."""
    typing_pause_ms: int = 2000
    """A longer pause ends a typed text: the usual pause criterion of keystroke-logging research (Wengelin 2006)."""
    scrubbed_run_ms: int = 10_000
    """How long a scrubbed run may have gone on after its only known time: the longest run that the guard makes."""
    repeat_pause_ms: int = 1000
    """A longer pause ends a repetition of one key or hotkey."""
    wait_ms: int = 2000
    """A gap of at least this between two actions is a wait; the same criterion as for typing pauses."""


DEFAULT = Thresholds()

FROM_DESKTOP = {"multi_click_ms": "double_click_ms", "multi_click_px": "double_click_px", "drag_px": "drag_px"}
"""Thresholds that the desktop may tell, and the field of `DesktopSettings` that holds each."""


class InForce(msgspec.Struct, frozen=True):
    """Thresholds and where each comes from: "given", "xsettings" or "gsettings" of the recorded desktop, "default"."""

    thresholds: Thresholds
    sources: dict[str, str]


def in_force(marks: Sequence[Mark], given: Mapping[str, int] = MappingProxyType({})) -> InForce:
    """The thresholds for a recording: those given by name, else what its desktop said when it began, else DEFAULT.

    Raises ValueError for a name that is no threshold or a value below 0, and when the recording's mark holds no
    settings.
    """
    told = _desktop_settings(marks)
    values = msgspec.structs.asdict(DEFAULT)
    for name, value in given.items():
        if name not in values:
            raise ValueError(f"{name!r} is no threshold; there are {', '.join(values)}")
        if value < 0:
            raise ValueError(f"the threshold {name} is {value}; expected 0 or more")
    sources: dict[str, str] = {}
    for name in values:
        setting: DesktopSetting | None = getattr(told, FROM_DESKTOP[name]) if name in FROM_DESKTOP else None
        if name in given:
            values[name], sources[name] = given[name], "given"
        elif setting:
            values[name], sources[name] = setting.value, setting.source
        else:
            sources[name] = "default"
    return InForce(Thresholds(**values), sources)


def _desktop_settings(marks: Sequence[Mark]) -> DesktopSettings:
    for mark in marks:
        if mark.kind == "settings":
            try:
                return msgspec.json.decode(mark.detail, type=DesktopSettings)
            except msgspec.DecodeError as error:
                raise ValueError(f"mark {mark.seq} of the kind settings holds no desktop settings: {error}") from None
    return DesktopSettings()
