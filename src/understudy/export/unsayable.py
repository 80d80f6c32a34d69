"""A step that a format has no words for."""

from __future__ import annotations


class Unsayable(Exception):
    """The step can't be told in the format; the message is the reason, the same for all steps that share it."""
