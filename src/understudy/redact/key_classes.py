"""What keys do, to text and to what shows it, by their X keysym names."""

from __future__ import annotations

from understudy.records.elements import Element
from understudy.records.events import Key

CARET = frozenset(("Left", "Right", "Home", "End", "KP_Left", "KP_Right", "KP_Home", "KP_End"))
ERASE = frozenset(("BackSpace", "Delete", "KP_Delete"))
LEVEL_KEYS = frozenset(("Shift_L", "Shift_R", "ISO_Level3_Shift", "ISO_Level5_Shift", "Caps_Lock"))
"""Keys that choose what another key types; dead keys and those of a compose sequence are such too."""
PRESSABLE = frozenset(("push button", "toggle button", "check box", "radio button", "link", "menu item", "list item"))
"""Roles on which the space bar presses and types nothing."""
MODIFIERS = frozenset(
    ("Control_L", "Control_R", "Alt_L", "Alt_R", "Meta_L", "Meta_R", "Super_L", "Super_R", "Hyper_L", "Num_Lock")
)
COMMAND = frozenset(("ctrl", "alt", "super"))
LEAVING = frozenset(("Tab", "ISO_Left_Tab", "Return", "KP_Enter", "Escape"))
"""Keys that leave a field; the one that left a secure field tells nothing of what stands in it."""
PAGING = frozenset(("Prior", "Next", "KP_Prior", "KP_Next"))
SCROLLING = frozenset(("Up", "Down", "Home", "End", "space"))
"""Keys that scroll where nothing takes text."""
SWITCHING = frozenset(("Tab", "ISO_Left_Tab"))
SWITCHING_MODIFIERS = frozenset(("alt", "super"))


def scrolls(key: Key, element: Element | None) -> bool:
    """True for a key that may scroll, typed where the focus is on `element`."""
    return key.keysym in PAGING or (key.keysym in SCROLLING and not _takes_text(element))


def switches_windows(key: Key) -> bool:
    """True for Alt+Tab: the window manager holds the keyboard meanwhile, and the key tells nothing of a text."""
    return key.down and key.keysym in SWITCHING and not SWITCHING_MODIFIERS.isdisjoint(key.modifiers)


def _takes_text(element: Element | None) -> bool:
    return element is not None and ("editable" in element.states or element.role in ("entry", "text"))
