"""What can be wrong with a dataset version. Each message is one line that names the file or part."""

from __future__ import annotations


class DatasetError(Exception):
    """A dataset version can't be used as asked."""


class NotADataset(DatasetError):
    """The folder holds no dataset version, or one that was never finished."""


class NewerFormat(DatasetError):
    """The version was written by a newer Understudy."""


class NoKey(DatasetError):
    """No grant opens this part, or its key was destroyed with an erased recording."""


class DamagedPart(DatasetError):
    """A part is not what the manifest says it is, or can't be opened with its key."""
