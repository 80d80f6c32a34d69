"""What was taken back while typing comes through the dataset to whoever exports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from understudy.export.story import stories
from understudy.records.actions import Correction

if TYPE_CHECKING:
    from tests.export.conftest import Memory


def test_corrections_are_in_the_dataset_and_in_its_story(targets: Memory) -> None:
    rows = [row for row in targets.tables["steps"].to_pylist() if row["corrections"]]
    assert [(row["text"], row["corrected"]) for row in rows] == [
        (" paper, 15 boxes", [{"at": 4, "removed": "re"}]),
    ]
    told = [step.action for story in stories(targets) for step in story.steps if step.action.corrections]
    assert [action.corrected for action in told] == [(Correction(4, "re"),)]
    scrubbed = [row for row in targets.tables["steps"].to_pylist() if row["text"] == "<EMAIL_1>"]
    assert scrubbed and all(not row["corrected"] for row in scrubbed)
