from __future__ import annotations

import pytest

from understudy.recorder.hotkeys import Hotkey, HotkeyFilter
from understudy.records.events import Key, Modifier

CODES = {"Control_L": 37, "Alt_L": 64, "Shift_L": 50, "p": 33, "c": 54, "P": 33, "a": 38}
PAUSE = (Hotkey.parse("ctrl+alt+p"),)


def key(time_ns: int, keysym: str, *modifiers: Modifier, down: bool = True) -> Key:
    return Key(time_ns=time_ns, seq=time_ns, down=down, keycode=CODES[keysym], keysym=keysym, modifiers=modifiers)


def passed(keys: list[Key]) -> list[tuple[str, bool]]:
    filter_ = HotkeyFilter(PAUSE)
    return [(out.keysym, out.down) for item in keys for out in filter_.see(item)]


def test_a_hotkey_leaves_no_trace() -> None:
    assert (
        passed(
            [
                key(1, "Control_L"),
                key(2, "Alt_L", "ctrl"),
                key(3, "p", "ctrl", "alt"),
                key(4, "p", "ctrl", "alt"),
                key(5, "p", "ctrl", "alt", down=False),
                key(6, "Alt_L", "ctrl", "alt", down=False),
                key(7, "Control_L", "ctrl", down=False),
            ]
        )
        == []
    )


def test_other_shortcuts_pass_whole_and_in_order() -> None:
    keys = [key(1, "Control_L"), key(2, "c", "ctrl"), key(3, "c", "ctrl", down=False)]
    assert passed([*keys, key(4, "Control_L", "ctrl", down=False)]) == [
        ("Control_L", True),
        ("c", True),
        ("c", False),
        ("Control_L", False),
    ]


def test_more_modifiers_than_the_hotkey_names_are_another_shortcut() -> None:
    keys = [key(1, "Control_L"), key(2, "Alt_L"), key(3, "Shift_L"), key(4, "P", "ctrl", "alt", "shift")]
    assert passed(keys)[-1] == ("P", True)


def test_locks_do_not_matter() -> None:
    assert passed([key(1, "Control_L"), key(2, "Alt_L"), key(3, "p", "ctrl", "alt", "num", "caps")]) == []


def test_a_lone_modifier_comes_out_after_a_while() -> None:
    filter_ = HotkeyFilter(PAUSE)
    assert filter_.see(key(1, "Control_L")) == []
    assert filter_.flush(before_ns=1) == []
    assert [out.keysym for out in filter_.flush(before_ns=2)] == ["Control_L"]


def test_a_release_whose_press_was_not_seen_is_no_event() -> None:
    assert passed([key(1, "a", down=False), key(2, "a"), key(3, "a", down=False)]) == [("a", True), ("a", False)]


@pytest.mark.parametrize("text", ["p", "ctrl+", "hyper+p", ""])
def test_a_hotkey_needs_modifiers_and_a_key(text: str) -> None:
    with pytest.raises(ValueError, match="hotkey"):
        Hotkey.parse(text)
