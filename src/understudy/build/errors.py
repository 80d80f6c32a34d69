"""What can keep a dataset from being built or opened. Each message is one line that says what to do."""

from __future__ import annotations


class BuildError(Exception):
    """No dataset version can be built as asked."""


class NoGrant(Exception):
    """Nobody granted this identity leave to open the version, or the grant has run out."""


class StillRecording(Exception):
    """The recording is still being recorded, so it can't be forgotten yet."""
