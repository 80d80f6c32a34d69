"""What can be wrong with sealed bytes. Messages name the part and never hold content."""

from __future__ import annotations


class SealError(Exception):
    """Sealed bytes can't be opened as asked."""


class UnknownVersion(SealError):
    """The bytes are of a format or version that this program doesn't know; nothing can be said about them."""


class WrongKey(SealError):
    """The key is none of those that the bytes were sealed to."""


class Tampered(SealError):
    """The bytes are not what was sealed: changed, swapped, replayed or forged."""


class CutShort(SealError):
    """Bytes are missing at the end."""
