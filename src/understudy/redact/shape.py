"""Text as the classes of its characters."""

from __future__ import annotations

import re

from understudy.redact.scrub import TOKEN


def shape_of(text: str) -> str:
    """`text` with capitals as "A", other letters "a", digits "9", blanks kept, everything else "."; tokens stay."""
    pieces = re.split(f"({TOKEN.pattern})", text)
    return "".join(piece if TOKEN.fullmatch(piece) else "".join(map(_class, piece)) for piece in pieces)


def _class(char: str) -> str:
    if char.isspace():
        return char
    if char.isdigit():
        return "9"
    if char.isalpha():
        return "A" if char.isupper() else "a"
    return "."
