"""MiniWoB++'s human demonstrations: people at small web tasks, as the pages themselves recorded them.

One JSON a demonstration: what was asked for, and a list of states, each an event with the page's DOM before and after
it. There are no pictures, no pointer moves and no window; docs/imports.md says what is inferred and what is lost.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from understudy.importers import files
from understudy.importers.imported import Imported, Outcome, Skipped
from understudy.importers.miniwob_events import BEFORE, State, records_of

SUFFIXES = (".json", ".json.gz")
WHAT = "MiniWoB++ demonstrations"

_PERSON = re.compile(r"_([0-9A-Z]{28,32})_d\d+\.json(?:\.gz)?$")
"""The submission (of the crowd-working site) in a file's name: one person made all demonstrations of one submission."""


class _Demonstration(msgspec.Struct):
    states: list[State] | None = None
    utterance: Any = ""
    taskName: str | None = None
    reward: float | None = None


class Miniwob:
    """The format's importer."""

    name = "miniwob"
    description = "MiniWoB++ human demonstrations: JSON files, a folder of them, or the published .tar.xz"

    def provenance(self, path: Path) -> str:
        """What is known of the published demonstrations. Raises NotReadable."""
        files.check(path, SUFFIXES, WHAT)
        return (
            "Human demonstrations of MiniWoB++ web tasks, published in the repository "
            "stanfordnlp/miniwob-plusplus-demos with Liu, Guu, Pasupat, Shi and Liang, “Reinforcement Learning on Web "
            "Interfaces Using Workflow-Guided Exploration” (ICLR 2018).\n"
            "Who made them: workers of Amazon Mechanical Turk, from September 2017 on (the batches' dates). They are "
            "known by nothing but the number of their submission, which is replaced by a pseudonym of this "
            "installation; one person may have made several submissions.\n"
            "What they hold: events of the page (clicks, keys, scrolls) with times, and the page's elements. The "
            "tasks, and all names, addresses and passwords in them, are made up by a program. No pictures, no pointer "
            "movement, nothing outside the task's page.\n"
            "Terms: the repository is public but names no licence (MiniWoB++ itself is under the MIT licence); ask its "
            "authors before you publish what you make of it.\n"
            "Not known: what the workers were told about later uses, their browsers and keyboards."
        )

    def count(self, path: Path) -> int | None:
        """The number of JSON files; None for an archive."""
        return files.count(path, SUFFIXES)

    def read(self, path: Path) -> Iterator[Imported | Skipped]:
        """The demonstrations in order of their names, or in the archive's order."""
        for name, data in files.read(path, SUFFIXES):
            yield read_one(name, data) if isinstance(data, bytes) else Skipped(name, "damaged", str(data))


def read_one(name: str, data: bytes) -> Imported | Skipped:
    """One demonstration out of its JSON; `name` is the file's, which tells the task in the first batch."""
    try:
        demonstration = msgspec.json.decode(data, type=_Demonstration)
        if demonstration.states is None:
            return Skipped(name, "foreign", "it has no states")
        if not any(state.action is not None and state.action.timing == BEFORE for state in demonstration.states):
            return Skipped(name, "empty")
        title = demonstration.taskName or _task_name(name)
        records, found = records_of(demonstration.states, title)
    except msgspec.ValidationError as error:
        return Skipped(name, "foreign", f"it is JSON, but no recorded page: {str(error)[:120]}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError):
        return Skipped(name, "damaged", "it is not JSON, or cut short")
    person = _PERSON.search(name)
    return Imported(
        name=name,
        content=hashlib.sha256(data).hexdigest(),
        records=records,
        person=person[1] if person else "",
        task=_utterance(demonstration.utterance),
        outcome=_outcome(demonstration.reward),
        found=found,
    )


def _task_name(name: str) -> str:
    """Which of the tasks it is, where the first batch tells it by the file's name alone."""
    return name.rpartition("/")[2].partition("_")[0].partition(".")[0]


def _utterance(told: object) -> str:
    if isinstance(told, dict):
        told = told.get("utterance", "")
    return " ".join(told.split()) if isinstance(told, str) else ""


def _outcome(reward: float | None) -> Outcome:
    """The pages give a reward above 0 for the task done, the rest for mistakes and for the time being over."""
    if reward is None:
        return ""
    return "success" if reward > 0 else "failure"
