"""The two ways in which a command ends badly."""

from __future__ import annotations


class UsageFault(Exception):
    """Wrong usage or bad input (exit code 2). The message is one line: the input, what was expected, what to do."""


class CommandFailed(Exception):
    """The command could not do its work (exit code 1). The message is one line: what failed and what to do."""
