"""Secure fields: what was once a password field stays one."""

from __future__ import annotations

from urllib.parse import urlsplit

from understudy.records.elements import Element

_Likeness = tuple[int, str, tuple[str, ...], str]


class SecureMemory:
    """Remembers secure elements, so that a "show password" button doesn't open them.

    An element is known again by its id, or, since programs make a new one when its type changes, by its name and
    path in the same document (by its bounds where it has no name).
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._likenesses: set[_Likeness] = set()

    def secure(self, element: Element | None) -> bool:
        """True when the element is a secure field or ever was one. What it says is remembered."""
        if element is None:
            return False
        if element.secure or element.role == "password text" or element.value_class == "bullets":
            self._ids.add(element.id)
            self._likenesses.add(_likeness(element))
            return True
        if element.id in self._ids:
            return True
        return bool(self._likenesses) and _takes_text(element) and _likeness(element) in self._likenesses


def _takes_text(element: Element) -> bool:
    return "editable" in element.states or element.role in ("entry", "text")


def _page(url: str) -> str:
    """An address without query and fragment; as it is where it can't be read."""
    try:
        return urlsplit(url)._replace(query="", fragment="").geturl()
    except ValueError:
        return url


def _likeness(element: Element) -> _Likeness:
    address = _page(element.url)
    rect = element.bounds
    place = f"{rect.x},{rect.y},{rect.width},{rect.height}" if rect else ""
    # The last role of the path is the element's own, which is what a reveal button changes.
    return element.pid, address, element.path[:-1], element.name or place
