"""What keys do to text, by their X keysym names."""

from __future__ import annotations

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
