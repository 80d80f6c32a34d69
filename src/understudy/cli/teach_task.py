"""A task as a person teaches it: a sentence with what varies in braces, and what was made of its demonstrations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from understudy.cli.errors import CommandFailed, UsageFault
from understudy.settings import Home

SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""What varies: {name} in small letters."""
MAX_SENTENCE = 300
MODEL = "model"
"""The name of the model's file beside the task's own."""
_FILE = "task.json"


class Taught(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a task besides its recordings, dataset and model. No value of a slot is among it.

    `name` is how it is called; `sentence` its words with {slots}; `recordings` the demonstrations that count, oldest
    first; `dataset` the dataset built of them and `version` that version's number; `app` the program that the
    demonstrations began in.
    """

    name: str
    sentence: str
    recordings: tuple[str, ...] = ()
    dataset: str = ""
    version: int = 0
    app: str = ""

    @property
    def slots(self) -> tuple[str, ...]:
        """What varies, in the order of the sentence."""
        return slots_of(self.sentence)

    def words(self, values: Mapping[str, str]) -> str:
        """The sentence with values in it."""
        return SLOT.sub(lambda found: values[found[1]], self.sentence)


def slots_of(sentence: str) -> tuple[str, ...]:
    """The slots of a sentence, each once, in order. Raises UsageFault for braces that name none."""
    rest = SLOT.sub("", sentence)
    if "{" in rest or "}" in rest:
        raise UsageFault(f"{sentence!r}: what varies stands in braces, in small letters, such as {{name}}")
    return tuple(dict.fromkeys(SLOT.findall(sentence)))


def name_of(sentence: str) -> str:
    """What a task is called where its person names none: its first words, without what varies."""
    words = re.findall(r"[a-z0-9]+", SLOT.sub(" ", sentence).casefold())
    return "-".join(words[:5]) or "task"


def folder_of(home: Home, name: str) -> Path:
    """Where a task's files lie. Raises UsageFault for names that no folder should have."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name):
        raise UsageFault(f"task name {name!r}: expected small letters, digits and dashes, such as order-form")
    return home.root / "taught" / name


def taught(home: Home) -> list[Taught]:
    """Every task of this home, by name."""
    files = sorted((home.root / "taught").glob(f"*/{_FILE}"))
    return [_read(file) for file in files]


def load(home: Home, given: str) -> Taught:
    """The task of that name, or whose sentence is the given one. Raises UsageFault."""
    known = taught(home)
    for each in known:
        if given in (each.name, each.sentence):
            return each
    names = ", ".join(each.name for each in known)
    there = f"there are {names}" if names else 'teach one first: understudy teach "File the note for {name}"'
    raise UsageFault(f"no task {given!r}; {there}")


def save(home: Home, task: Taught) -> None:
    """Write a task's file, private to its user."""
    folder = folder_of(home, task.name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = folder / f"{_FILE}.new"
    new.write_bytes(msgspec.json.format(msgspec.json.encode(task)) + b"\n")
    new.replace(folder / _FILE)


def _read(file: Path) -> Taught:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Taught)
    except (OSError, msgspec.DecodeError):
        raise CommandFailed(f"{file} can't be read; remove its folder and teach the task again") from None
