"""The times and distances that tell one action from another."""

from __future__ import annotations

import msgspec

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """All thresholds of `reduce`. Distances are the larger of the two axes, as toolkits measure them.

    The defaults are the desktop's own or measured in the field; each names its source.
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
