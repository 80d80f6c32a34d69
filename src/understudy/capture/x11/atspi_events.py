"""What the bus's signals mean. Pure: a message in, an `Event` or None out."""

from __future__ import annotations

from typing import Literal, NamedTuple

from dbus_fast import Message, Variant

from understudy.capture.x11.atspi_calls import Ref

EventKind = Literal["focus", "checked", "insert", "delete", "changed", "moved", "loaded", "window", "left"]
"""focus: an element has the focus. checked: a box was ticked or cleared. insert, delete: text. changed: children, a
name or what is showing changed. moved: bounds changed. loaded: a document was loaded. window: a window opened, closed,
moved, got or lost the focus. left: a program left the bus."""

_PREFIX = "org.a11y.atspi.Event."


class Event(NamedTuple):
    """One signal. `text`, `offset` (characters) for insert and delete only."""

    kind: EventKind
    ref: Ref
    text: str = ""
    offset: int = 0


def understood(message: Message) -> Event | None:
    """The event that a signal tells, None for signals that say nothing to us."""
    interface = message.interface or ""
    if interface == "org.freedesktop.DBus":
        if message.member == "NameOwnerChanged" and len(message.body) == 3 and not message.body[2]:
            return Event("left", Ref(str(message.body[0]), ""))
        return None
    if not interface.startswith(_PREFIX) or not message.sender or not message.body:
        return None
    ref = Ref(message.sender, message.path or "")
    family, member = interface.removeprefix(_PREFIX), message.member
    if family == "Focus":
        return Event("focus", ref)
    if family == "Document":
        return Event("loaded", ref) if member in ("LoadComplete", "Reload") else None
    if family == "Window":
        return Event("window", ref)
    if family != "Object":
        return None
    detail = str(message.body[0])
    match member:
        case "StateChanged" if detail == "focused":
            return Event("focus", ref) if message.body[1] else None
        case "StateChanged" if detail == "checked":
            return Event("checked", ref)
        case "TextChanged":
            return _text_changed(ref, detail, message)
        case "StateChanged" | "ChildrenChanged" | "PropertyChange":
            return Event("changed", ref)
        case "BoundsChanged":
            return Event("moved", ref)
        case _:
            return None


def _text_changed(ref: Ref, detail: str, message: Message) -> Event | None:
    # "insert", "insert/system", "insert:system": who inserted it varies by toolkit; what is said is the same.
    offset = message.body[1] if len(message.body) > 1 else 0
    value = message.body[3] if len(message.body) > 3 else ""
    text = value.value if isinstance(value, Variant) else value
    told = text if isinstance(text, str) else ""
    if detail.startswith("insert"):
        return Event("insert", ref, told, int(offset))
    if detail.startswith("delete"):
        return Event("delete", ref, told, int(offset))
    return None
