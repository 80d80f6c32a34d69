"""A made-up desktop, told event by event as the sources tell a real one: demonstrations in milliseconds, not minutes.

One form: a title to type, folders to choose from, a button to save; in another order and at another place each time.
What the sources would say goes through the real guard, and from there on everything is the ordinary path. For tests
that break a stage and look what that costs; what is measured for people is measured on a real desktop.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from understudy.records.elements import Element, Node
from understudy.records.events import (
    ElementAt,
    Insert,
    Key,
    Mark,
    Pointer,
    Raw,
    Tick,
    Tree,
    Windows,
    WindowState,
)
from understudy.records.geometry import Rect
from understudy.records.recording import Recording, RecordingInfo
from understudy.redact.directory import Directory
from understudy.redact.guard import Guard
from understudy.redact.policy import Policy
from understudy.redact.policy_file import read_policy
from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_span import kinds_of

POLICY = 'version = 1\nprofile = "own-work"\n[[app]]\nname = "Form"\nprogram = "form"\nkeys = "text"\n'
SENTENCE = "File {title} under {folder}"
FOLDERS = ("Bills", "Garden", "School", "Travel", "Letters", "Recipes", "Music", "Health", "Photos", "Taxes", "Orders")
WORDS = ("amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "hazel", "ivory", "jolly", "krill", "lemon")
WINDOW, PID = 5, 77
SCREEN = Rect(0, 0, 1280, 800)
MS = 1_000_000


@dataclass
class _Form:
    """The form as it stands, and its place."""

    place: Rect
    order: list[str]
    folders: list[str]
    text: str = ""
    chosen: str = ""
    focus: str = ""

    def nodes(self) -> tuple[Node, ...]:
        """What the program would tell of itself."""
        made = [Node(element=self._element("frame", "Form", self.place), parent=-1)]
        y = self.place.y + 20
        for part in self.order:
            if part == "folders":
                for folder in self.folders:
                    made.append(Node(element=self.element(folder, y), parent=0))
                    y += 30
            else:
                made.append(Node(element=self.element(part, y), parent=0, text=self.text if part == "Title" else ""))
                y += 40
        return tuple(made)

    def find(self, name: str) -> Element:
        """An element by its name, as it is now."""
        return next(node.element for node in self.nodes() if node.element.name == name)

    def element(self, name: str, y: int) -> Element:
        """One element at its height."""
        role = {"Title": "text", "Save": "push button", "Help": "push button"}.get(name, "radio button")
        return self._element(role, name, Rect(self.place.x + 20, y, 160, 24))

    def _element(self, role: str, name: str, bounds: Rect) -> Element:
        states = ["enabled", "sensitive", "showing"]
        states += ["focused"] * (self.focus == name) + ["checked"] * (self.chosen == name)
        value = self.text if role == "text" else ""
        return Element(
            id=f"{role}-{name}",
            role=role,
            name=name,
            bounds=bounds,
            states=tuple(states + ["editable"] * (role == "text")),
            path=("frame", role),
            pid=PID,
            value=value,
            value_class="" if role != "text" else "text" if value else "empty",
        )


@dataclass
class _Told:
    """What the sources said, in order."""

    now_ns: int = 1_000 * MS
    x: int = 600
    y: int = 30
    records: list[Raw] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def say(self, record: type[Raw], after_ms: float, /, **fields: object) -> None:
        """The next record of a source, so long after the last; time passes in ticks."""
        until_ns = self.now_ns + int(after_ms * MS)
        while self.now_ns + 100 * MS < until_ns:
            self.now_ns += 100 * MS
            self.records.append(Tick(time_ns=self.now_ns, seq=self._seq("Tick")))
        self.now_ns = until_ns
        self.records.append(record(time_ns=self.now_ns, seq=self._seq(record.__name__), **fields))  # type: ignore[arg-type]

    def _seq(self, name: str) -> int:
        self.counts[name] = self.counts.get(name, -1) + 1
        return self.counts[name]


def demonstration(seed: int, *, slip: bool = False) -> tuple[str, list[Raw]]:
    """The sentence and all that the sources would say of one demonstration."""
    chance = random.Random(seed)
    folders = chance.sample(FOLDERS, 5)
    order = ["Title", "folders", "Save", "Help"]
    chance.shuffle(order)
    place = Rect(chance.randrange(10, 700), chance.randrange(10, 350), 400, 360)
    form = _Form(place, order, folders)
    title = f"{chance.choice(WORDS)} {chance.choice(WORDS)}"
    folder = chance.choice(folders)
    told = _Told()
    window = WindowState(id=WINDOW, rect=place, program="form", app="Form", title="Form", pid=PID)
    told.say(Windows, 1, active=WINDOW, windows=(window,), screen=SCREEN, monitors=(SCREEN,), scale_percent=100)
    _read(told, form)
    _press(told, form, "Title")
    _type(told, form, title, "zq" if slip else "", chance)
    if slip:
        _press(told, form, next(each for each in folders if each != folder))
    _press(told, form, folder)
    _press(told, form, "Save")
    told.say(Tick, 2_000)
    return SENTENCE.format(title=title, folder=folder), told.records


def _read(told: _Told, form: _Form) -> None:
    started_ns = told.now_ns + 20 * MS
    told.say(Tree, 30, started_ns=started_ns, pid=PID, bounds=form.place, nodes=form.nodes(), title="Form", stirs=True)


def _press(told: _Told, form: _Form, name: str) -> None:
    element = form.find(name)
    assert element.bounds is not None
    x, y = element.bounds.x + 40, element.bounds.y + 12
    for step in range(1, 6):
        told.x, told.y = told.x + (x - told.x) * step // 5, told.y + (y - told.y) * step // 5
        told.say(Pointer, 12, kind="move", x=told.x, y=told.y)
    told.say(ElementAt, 60, cause="rest", element=element, asked_ns=told.now_ns + 50 * MS, x=x, y=y, stable=True)
    told.say(Pointer, 120, kind="down", x=x, y=y, button=1)
    told.say(Pointer, 70, kind="up", x=x, y=y, button=1)
    form.focus = name
    if element.role == "radio button":
        form.chosen = name
    focused = form.find(name)
    told.say(ElementAt, 12, cause="focus", element=focused, asked_ns=told.now_ns + 12 * MS)
    _read(told, form)
    told.say(Tick, 700)


def _type(told: _Told, form: _Form, text: str, wrong: str, chance: random.Random) -> None:
    at = chance.randrange(1, len(text)) if wrong else len(text)
    for letter in text[:at] + wrong:
        _key(told, form, letter)
    for _ in wrong:
        _key(told, form, "")
    for letter in text[at:]:
        _key(told, form, letter)
    _read(told, form)
    told.say(Tick, 900)


def _key(told: _Told, form: _Form, letter: str) -> None:
    """A letter, or "" for BackSpace."""
    code = 22 if not letter else 24 + ord(letter) % 40
    keysym = {"": "BackSpace", " ": "space"}.get(letter, letter)
    told.say(Key, 60, down=True, keycode=code, keysym=keysym, text=letter)
    element = msgspec.structs.replace(form.find("Title"), value="")
    offset = len(form.text)
    if letter:
        form.text += letter
        told.say(Insert, 6, op="insert", element=element, offset=offset, text=letter)
    else:
        gone, form.text = form.text[-1], form.text[:-1]
        told.say(Insert, 6, op="delete", element=element, offset=offset - 1, text=gone)
    told.say(Key, 50, down=False, keycode=code, keysym=keysym)


def recording(number: int, *, slip: bool = False, policy: Policy | None = None) -> Recording:
    """One demonstration, as the recorder would have kept it."""
    policy = policy or read_policy(POLICY.encode(), source="policy.toml")
    scrubber = Scrubber(kinds_of(policy.categories), Directory(policy.directory))
    guard = Guard(policy, scrubber)
    sentence, records = demonstration(number, slip=slip)
    info = RecordingInfo(
        id=f"{number:032x}",
        contributor="nobody",
        consent_id="0" * 32,
        profile=policy.profile,
        started_at="2026-11-22T10:00:00+00:00",
        start_ns=1,
        policy_sha256=policy.sha256,
        product_version="0",
        schema_version=1,
        task=scrubber.scrub(sentence).text,
    )
    kept = guard.feed(Mark(time_ns=1, seq=0, kind="start"))
    for record in records:
        kept += guard.feed(record)
    kept += guard.feed(Mark(time_ns=records[-1].time_ns + 1, seq=1, kind="stop"))
    kept += guard.close(records[-1].time_ns + 2)
    streams: dict[str, list[object]] = {}
    for each in kept:
        streams.setdefault(each.stream, []).append(each.record)
    return Recording(info=info, **{name: tuple(found) for name, found in streams.items()})  # type: ignore[arg-type]


def recordings(first: int, count: int, *, slips: Sequence[int] = ()) -> list[Recording]:
    """`count` demonstrations from the seed `first` on; those numbered in `slips` go wrong and are mended."""
    return [recording(first + nth, slip=nth in slips) for nth in range(count)]
