"""The tasks that `teach` is judged by: seven things to do in real programs, each with thousands of instances by seed.

An instance says what the program shall show (in which order and where), the sentence that asks for the task, what a
person would do, and what the program must say of itself in the end. Nothing here knows of policies or of trees.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from understudy.records.geometry import Rect

Slip = Literal["", "sibling", "toggle", "back", "escape"]
"""How a press may go wrong without harm, and how a person mends it: "sibling" by pressing the right one, "toggle" by
pressing the wrong one once more, "back" by a button of that name, "escape" by closing what it opened."""


@dataclass(frozen=True)
class Act:
    """One thing that a person does. `named`: the element's whole name, or `part` of it; `role` narrows it."""

    kind: Literal["click", "context", "type", "hotkey"]
    role: str = ""
    named: str = ""
    part: str = ""
    text: str = ""
    keys: str = ""
    slip: Slip = ""


@dataclass(frozen=True)
class Instance:
    """One instance of a task. `spec` is for the program, `goal` what it must tell when all is done."""

    task: str
    seed: int
    slots: Mapping[str, str]
    sentence: str
    spec: Mapping[str, Any]
    goal: Any
    place: Rect
    script: tuple[Act, ...]


@dataclass(frozen=True)
class Task:
    """A task: where it runs, its sentence with {slots}, and how an instance is made from chance."""

    name: str
    where: Literal["gtk", "page", "mousepad"]
    sentence: str
    make: Callable[[random.Random], tuple[dict[str, str], dict[str, Any], Any, tuple[Act, ...]]]
    smallest: tuple[int, int] = (420, 420)

    def instance(self, seed: int) -> Instance:
        """The instance of that seed: always the same one."""
        chance = random.Random(f"{self.name} {seed}")
        slots, spec, goal, script = self.make(chance)
        width, height = (least + chance.randrange(0, 200) for least in self.smallest)
        place = Rect(chance.randrange(10, 1270 - width), chance.randrange(40, 790 - height), width, height)
        return Instance(
            task=self.name,
            seed=seed,
            slots=slots,
            sentence=self.sentence.format(**slots),
            spec={"kind": self.name, **spec},
            goal=goal,
            place=place,
            script=script,
        )


POOLS: Mapping[str, list[str]] = json.loads(Path(__file__).with_name("words.json").read_text())
"""What values are drawn from."""
OPERATIONS = ("plus", "minus", "times", "over")


def _order(chance: random.Random) -> tuple[dict[str, str], dict[str, Any], Any, tuple[Act, ...]]:
    items = chance.sample(POOLS["things"], chance.randrange(3, 7))
    item, count = chance.choice(items), str(chance.randrange(2, 99))
    email = (
        f"{chance.choice(POOLS['first'])}.{chance.choice(POOLS['last'])}{chance.randrange(10, 99)}@example.org".lower()
    )
    parts = ["Quantity", "Contact", "items"]
    chance.shuffle(parts)
    fill = {
        "Quantity": (Act("click", "text", named="Quantity", slip="sibling"), Act("type", text=count)),
        "Contact": (Act("click", "text", named="Contact", slip="sibling"), Act("type", text=email)),
    }
    script = (*fill["Quantity"], *fill["Contact"], Act("click", "radio button", named=item, slip="sibling"))
    return (
        {"count": count, "item": item, "email": email},
        {"parts": parts, "items": items, "express": chance.random() < 0.5, "below": chance.random() < 0.5},
        {"Quantity": count, "Contact": email, "item": item},
        (*script, Act("click", "push button", named="Place order")),
    )


def _files(chance: random.Random) -> tuple[dict[str, str], dict[str, Any], Any, tuple[Act, ...]]:
    names = [
        f"{stem}-{chance.choice(POOLS['subjects'])}.{chance.choice(POOLS['endings'])}"
        for stem in chance.sample(POOLS["stems"], 12)
    ]
    names = names[: chance.randrange(6, 13)]
    verbs = chance.sample(POOLS["verbs"], chance.randrange(4, 7))
    file, verb = chance.choice(names), chance.choice(verbs)
    script = (
        Act("context", "table cell", named=file, slip="escape"),
        Act("click", "menu item", named=verb),
    )
    sizes = [f"{chance.randrange(2, 900)} kB" for _ in names]
    spec = {"names": names, "sizes": sizes, "verbs": verbs}
    return {"verb": verb, "file": file}, spec, [[verb, file]], script


def _keypad(chance: random.Random) -> tuple[dict[str, str], dict[str, Any], Any, tuple[Act, ...]]:
    keys = [*map(str, range(10)), *OPERATIONS]
    chance.shuffle(keys)
    first, operation, second = str(chance.randrange(10)), chance.choice(OPERATIONS), str(chance.randrange(10))
    script = tuple(Act("click", "push button", named=key, slip="back") for key in (first, operation, second))
    return (
        {"first": first, "operation": operation, "second": second},
        {"keys": keys, "columns": chance.randrange(3, 6)},
        [first, operation, second],
        (*script, Act("click", "push button", named="equals")),
    )


def _settings(chance: random.Random) -> tuple[dict[str, str], dict[str, Any], Any, tuple[Act, ...]]:
    pages = chance.sample(POOLS["pages"], chance.randrange(3, 6))
    switches = chance.sample(POOLS["switches"], 5 * len(pages))
    shown = {page: switches[5 * index : 5 * index + 5] for index, page in enumerate(pages)}
    page = chance.choice(pages[1:])
    first, second = chance.sample(shown[page], 2)
    on = [each for each in switches if each not in (first, second) and chance.random() < 0.3]
    script = (
        Act("click", "page tab", named=page, slip="sibling"),
        Act("click", "check box", named=first, slip="toggle"),
        Act("click", "check box", named=second, slip="toggle"),
        Act("click", "push button", named="Apply"),
    )
    return (
        {"page": page, "first": first, "second": second},
        {"pages": [[each, shown[each]] for each in pages], "on": on},
        sorted([*on, first, second]),
        script,
    )


def _ticket(chance: random.Random) -> tuple[dict[str, str], dict[str, Any], Any, tuple[Act, ...]]:
    areas = chance.sample(POOLS["areas"], chance.randrange(3, 6))
    priorities = chance.sample(POOLS["priorities"], chance.randrange(4, 7))
    area, priority = chance.choice(areas[1:]), chance.choice(priorities[1:])
    title = f"{chance.choice(POOLS['topics'])} {chance.choice(POOLS['subjects'])}"
    if chance.random() < 0.4:
        title = f"{chance.choice(POOLS['topics'])} {title}"
    parts = ["Title", "Priority"]
    chance.shuffle(parts)
    script = (
        Act("click", "page tab", named=area, slip="sibling"),
        Act("click", "entry", named="Title"),
        Act("type", text=title),
        Act("click", "combo box", named="Priority"),
        Act("click", "menu item", named=priority),
        Act("click", "push button", named="Create"),
    )
    return (
        {"priority": priority, "title": title, "area": area},
        {"areas": areas, "priorities": priorities, "parts": parts, "right": chance.random() < 0.5},
        {"area": area, "title": title, "priority": priority},
        script,
    )


def _mail(chance: random.Random) -> tuple[dict[str, str], dict[str, Any], Any, tuple[Act, ...]]:
    count = chance.randrange(5, 10)
    firsts, lasts = chance.sample(POOLS["first"], count), chance.sample(POOLS["last"], count)
    senders = [f"{first} {last}" for first, last in zip(firsts, lasts, strict=True)]
    folders = chance.sample(POOLS["folders"], chance.randrange(4, 8))
    sender, folder = chance.choice(senders), chance.choice(folders)
    rows = [[each, chance.choice(POOLS["matters"])] for each in senders]
    script = (
        Act("click", "list item", part=sender, slip="sibling"),
        Act("click", "push button", named="Move to"),
        Act("click", "menu item", named=folder),
    )
    return (
        {"sender": sender, "folder": folder},
        {"rows": rows, "folders": folders, "below": chance.random() < 0.5},
        [[sender, folder]],
        script,
    )


def _note(chance: random.Random) -> tuple[dict[str, str], dict[str, Any], Any, tuple[Act, ...]]:
    text = " ".join(chance.choice(POOLS["words"]) for _ in range(chance.randrange(2, 7)))
    script = (Act("click", "text"), Act("type", text=text), Act("hotkey", keys="ctrl+s"))
    return (
        {"text": text},
        {"toolbar": chance.random() < 0.5, "status": chance.random() < 0.5, "lines": chance.random() < 0.5},
        text,
        script,
    )


TASKS: Mapping[str, Task] = {
    task.name: task
    for task in (
        Task("order", "gtk", "Order {count} {item} for {email}", _order, (380, 420)),
        Task("ticket", "page", "Open a {priority} ticket about {title} in {area}", _ticket, (560, 440)),
        Task("files", "gtk", "{verb} the file {file}", _files, (380, 420)),
        Task("note", "mousepad", "Write down {text} and save it", _note, (460, 360)),
        Task("keypad", "gtk", "Work out {first} {operation} {second}", _keypad, (360, 360)),
        Task("settings", "gtk", "In {page} turn on {first} and {second}", _settings, (480, 380)),
        Task("mail", "page", "Move the mail from {sender} to {folder}", _mail, (520, 480)),
    )
}
"""Every task by its name."""
