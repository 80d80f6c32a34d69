"""Steps, and what was left out, in plain words for people."""

from __future__ import annotations

from collections.abc import Sequence

from understudy.records.actions import Action, Step
from understudy.records.elements import Element
from understudy.records.events import Mark, Reason
from understudy.records.geometry import Rect
from understudy.records.kept import Entered

LONGEST = 80
"""Typed text and names are cut to this many characters for people to read."""

BUTTON_WORDS = {"": "", "left": "", "middle": "Middle-", "right": "Right-", "back": "Back-", "forward": "Forward-"}
MODIFIER_WORDS = {
    "ctrl": "Ctrl",
    "alt": "Alt",
    "shift": "Shift",
    "super": "Super",
    "altgr": "AltGr",
    "caps": "Caps Lock",
    "num": "Num Lock",
}
KEY_WORDS = {
    "Return": "Enter",
    "KP_Enter": "Enter",
    "BackSpace": "Backspace",
    "Escape": "Esc",
    "Prior": "Page Up",
    "Next": "Page Down",
    "Page_Up": "Page Up",
    "Page_Down": "Page Down",
    "space": "Space",
    "Up": "Arrow Up",
    "Down": "Arrow Down",
    "Left": "Arrow Left",
    "Right": "Arrow Right",
    "plus": "+",
    "minus": "-",
    "equal": "=",
    "comma": ",",
    "period": ".",
    "slash": "/",
}
ROLE_WORDS = {
    "push button": "button",
    "entry": "field",
    "text": "text area",
    "password text": "password field",
    "check box": "check box",
    "radio button": "option",
    "page tab": "tab",
    "link": "link",
    "menu item": "menu item",
    "check menu item": "menu item",
    "combo box": "list",
    "list item": "list item",
    "table cell": "cell",
    "toggle button": "switch",
    "spin button": "number field",
    "document web": "page",
    "document frame": "page",
    "heading": "heading",
    "paragraph": "paragraph",
    "static": "text",
    "label": "text",
    "image": "picture",
    "panel": "area",
    "section": "area",
    "scroll pane": "area",
    "frame": "window",
}
"""What people call AT-SPI's roles; others are told by their own name."""

REASON_WORDS: dict[Reason, str] = {
    "": "no reason was recorded",
    "out_of_scope": "it happened in a program or on a page that the policy doesn't allow",
    "unknown_window": "it could not be told which window it belonged to",
    "secure_field": "it went into a password field",
    "secure_window": "it went into a window that guards secrets, such as a password manager",
    "keyboard_grab": "another program held the keyboard, as screen lockers and password prompts do",
    "no_evidence": "no element said that it had received this text",
    "evidence_differs": "what the keys wrote and what the element received did not agree",
    "terminal": "it was typed in a terminal, where a hidden prompt can't be told from a command",
    "no_tree": "the program shows no elements, so nothing in it can be checked",
    "focus_uncertain": "it was not certain which element had the focus",
    "policy": "the policy keeps nothing of this kind in this program",
    "scrubbed": "it held something sensitive, which was replaced",
    "undecided": "it could not be decided in time whether it was sensitive",
    "own_window": "it happened in Understudy's own window",
    "paused": "recording was paused",
    "source_failed": "a source stopped working",
    "source_lost_events": "a source lost events",
    "time_out": "a program did not answer in time",
}
"""Each reason as the end of the sentence "This was removed: …"."""

WHAT_WORDS = {
    "": "Something",
    "keys": "Something was typed here; it",
    "text": "Text was typed here; it",
    "pointer": "The pointer was used here; it",
    "window": "A window was shown here; it",
    "element": "An element was used here; it",
    "frame": "A picture of the screen",
    "title": "A window's title",
}


def tell(step: Step) -> str:
    """One sentence without a full stop that says what the person did in this step."""
    return tell_action(step.action, step.target)


ENTERED_WORDS: dict[Entered, str] = {
    "typed": "types",
    "completed": "completes to",
    "committed": "enters",
    "pasted": "pastes",
    "filled": "fills in",
    "restored": "brings back",
    "moved": "moves here",
}
"""How a text that an action itself didn't type came in."""


def tell_action(action: Action, target: Element | None = None) -> str:
    """As `tell`, of an action and its target."""
    told = _tell_action(action, target)
    if action.kind == "type" or not action.text:
        return told
    return f"{told}, which {ENTERED_WORDS[action.entered]} “{_cut(action.text)}”"


def _tell_action(action: Action, target: Element | None) -> str:
    held = "".join(f"{MODIFIER_WORDS[modifier]}+" for modifier in action.modifiers)
    button = BUTTON_WORDS[action.button]
    match action.kind:
        case "click":
            return _start(f"{held}{button}click", _on(action, target))
        case "double_click":
            return _start(f"{held}{button}double-click", _on(action, target))
        case "triple_click":
            return _start(f"{held}{button}triple-click", _on(action, target))
        case "long_press":
            where = f"on {_name(target)}" if target else _on(action, target)
            return f"Hold the {action.button or 'left'} button down {where}" + _seconds(action)
        case "drag":
            return _drag(action, target, held, button)
        case "scroll":
            return f"{held}Scroll" + _scroll(action) + (f" in {_name(target)}" if target else "")
        case "type":
            return _type(action, target)
        case "hotkey" | "press":
            return f"Press {_keys(action.keys)}" + _times(action.count)
        case "wait":
            return "Wait" + _seconds(action)
    raise ValueError(f"an action of the kind {action.kind!r} can't be told in words")


def tell_mark(mark: Mark) -> str | None:
    """One sentence on something that is missing or on the recording itself; None for marks that tell people nothing."""
    match mark.kind:
        case "dropped" if mark.reason == "scrubbed":
            return "Something sensitive was replaced by a token"
        case "dropped":
            return f"{WHAT_WORDS[mark.what]} was removed ({short_reason(mark.reason)})"
        case "pause":
            return "Recording was paused"
        case "resume":
            return "Recording went on"
        case "forgotten":
            return "The person had the minutes before this forgotten; nothing of them was kept"
        case "left_scope":
            return "Something outside the scope was used; nothing of it was kept"
        case "entered_scope":
            return f"In scope: {mark.detail}" if mark.detail else "Back in a program in scope"
        case "task":
            return f"Task: {mark.detail}" if mark.detail else "A new task began"
        case "loss":
            return f"Events were lost ({mark.detail})" if mark.detail else "Events were lost"
        case "outcome":
            return "The task was done" if mark.detail == "success" else "The task was not done"
        case "start" | "stop" | "geometry" | "clock" | "source" | "stats" | "settings":
            return None
    raise ValueError(f"a mark of the kind {mark.kind!r} can't be told in words")


def key_words(key: str) -> str:
    """A keysym or modifier as it stands on people's keyboards: "Ctrl", "Enter", "S"."""
    return _key(key)


def short_reason(reason: Reason) -> str:
    """A reason in two or three words: "password field", "out of scope"."""
    return {"secure_field": "password field", "secure_window": "password manager", "": "no reason recorded"}.get(
        reason, reason.replace("_", " ")
    )


def tell_counts(kinds: Sequence[str]) -> str:
    """ "3 clicks, 1 typed text" for a list of action kinds, most frequent first; "" when it is empty."""
    nouns = {
        "click": ("click", "clicks"),
        "double_click": ("double click", "double clicks"),
        "triple_click": ("triple click", "triple clicks"),
        "long_press": ("long press", "long presses"),
        "drag": ("drag", "drags"),
        "scroll": ("scroll", "scrolls"),
        "type": ("typed text", "typed texts"),
        "hotkey": ("hotkey", "hotkeys"),
        "press": ("key press", "key presses"),
        "wait": ("wait", "waits"),
    }
    counts = {kind: kinds.count(kind) for kind in kinds}
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {nouns[kind][0 if count == 1 else 1]}" for kind, count in ordered)


def _start(verb: str, rest: str) -> str:
    sentence = f"{verb} {rest}".rstrip()
    return sentence[0].upper() + sentence[1:]


def _name(target: Element) -> str:
    role = ROLE_WORDS.get(target.role, target.role or "element")
    return f"the {role} “{_cut(target.name)}”" if target.name else f"the {role}"


def _on(action: Action, target: Element | None) -> str:
    if target is None:
        return f"at ({action.x}, {action.y})" if action.x is not None else ""
    return _name(target)


def _drag(action: Action, target: Element | None, held: str, button: str) -> str:
    start = _name(target) if target else f"from ({action.x}, {action.y})"
    returns = abs((action.to_x or 0) - (action.x or 0)) + abs((action.to_y or 0) - (action.y or 0)) <= 6
    end = "away and back" if returns else f"to ({action.to_x}, {action.to_y})"
    bounds: Rect | None = target.bounds if target else None
    if bounds is not None and not returns and bounds.contains(action.to_x or 0, action.to_y or 0):
        return _start(f"{held}{button}drag within", start)
    return _start(f"{held}{button}drag", f"{start} {end}")


def _scroll(action: Action) -> str:
    parts = []
    if action.scroll_y:
        parts.append(f"{'down' if action.scroll_y > 0 else 'up'} {_notches(action.scroll_y)}")
    if action.scroll_x:
        parts.append(f"{'right' if action.scroll_x > 0 else 'left'} {_notches(action.scroll_x)}")
    return " " + " and ".join(parts) if parts else ""


def _notches(count: int) -> str:
    return "1 notch" if abs(count) == 1 else f"{abs(count)} notches"


def _type(action: Action, target: Element | None) -> str:
    into = f" into {_field(target)}" if target else ""
    match action.text_level:
        case "text":
            return f"Type “{_cut(action.text)}”{into}"
        case "shape":
            return f"Type text of the shape “{_cut(action.text)}”{into}"
        case "timing" | "nothing" | None:
            return f"Type something{into}"
    raise ValueError(f"typed text at the level {action.text_level!r} can't be told in words")


def _field(target: Element) -> str:
    return f"“{_cut(target.name)}”" if target.name else _name(target)


def _keys(keys: Sequence[str]) -> str:
    return "+".join(_key(key) for key in keys)


def _key(key: str) -> str:
    if key in MODIFIER_WORDS:
        return MODIFIER_WORDS[key]
    return KEY_WORDS.get(key, key.upper() if len(key) == 1 else key.replace("_", " "))


def _times(count: int) -> str:
    return "" if count == 1 else " twice" if count == 2 else f" {count} times"


def _seconds(action: Action) -> str:
    seconds = (action.end_ns - action.start_ns) / 1e9
    return f" for {seconds:.1f} s" if seconds < 10 else f" for {seconds:.0f} s"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
