"""User-interface elements as the accessibility tree tells them (AT-SPI 2)."""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.records.geometry import Rect

ValueClass = Literal["", "empty", "text", "number", "bullets"]
"""What an element holds, never the value itself: "" when it holds no value or that is unknown."""


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """One accessible element.

    `id` is stable while the element lives and means nothing outside the recording. `role` and `states` are
    AT-SPI names ("push button", "entry", "password text"; "focused", "checked"). `path` holds the roles from the
    application's window down to the element. `bounds` is None when the program gives none. `url` is the address
    of the document that the element sits in, "" outside documents. `secure` is True for password fields, and
    stays True once it was. `value` is the raw value: filled in memory only, always "" in what is kept, where
    `value_class` stands for it. `hint` is what its program calls it inside, words with spaces between, "" when not
    told: in a page its tag, id and classes (AT-SPI's object attributes) and, as #rrggbb, the colour behind it.
    """

    id: str
    role: str
    name: str = ""
    bounds: Rect | None = None
    states: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    pid: int = 0
    url: str = ""
    secure: bool = False
    value: str = ""
    value_class: ValueClass = ""
    hint: str = ""


class TextLine(msgspec.Struct, frozen=True):
    """One line of an element's text and where it stands on the screen; bounds in root px."""

    text: str
    bounds: Rect


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One element inside a `Tree`. `parent` is the index of its parent in the tree's `nodes`, -1 at the top.

    `lines` is filled for multi-line text elements, so that one line can be masked alone; empty otherwise.
    `text` is what the Text interface returns ("" when there is none). `unread`: it has one, and did not tell it.
    """

    element: Element
    parent: int
    text: str = ""
    lines: tuple[TextLine, ...] = ()
    unread: bool = False
