"""Stills as files of their own, each written once however many steps share it."""

from __future__ import annotations

from pathlib import Path

from understudy.export.story import Source, StoryStep
from understudy.export.unsayable import Unsayable


class StillFolder:
    """A folder of lossless WebP files named by still id."""

    def __init__(self, source: Source, folder: Path) -> None:
        self._source, self._folder = source, folder
        self._written: set[str] = set()
        folder.mkdir()

    @property
    def count(self) -> int:
        """How many stills were written."""
        return len(self._written)

    def put(self, step: StoryStep) -> str:
        """Write the step's still unless it is there; returns its path beside the format's own file.

        Raises Unsayable for a step without a still.
        """
        if step.still_id is None:
            raise Unsayable("there is no picture before it")
        name = f"{step.still_id}.webp"
        if step.still_id not in self._written:
            (self._folder / name).write_bytes(self._source.still_webp(step.still_id))
            self._written.add(step.still_id)
        return f"{self._folder.name}/{name}"
