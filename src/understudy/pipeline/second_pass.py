"""A second look at everything textual of a recording, by other people's finders, before a dataset is made of it.

The recorder has scrubbed all of it already, with patterns of its own. What a second finder still sees is replaced by
tokens that go on from the recorder's numbers; a typed run loses its keys, as it does in the recorder; and where the
tree locates such a text, stills are painted over. Pure: finders are handed in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import msgspec

from understudy.records.elements import Element
from understudy.records.events import ElementAt, Mark, Windows
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Kept, TextRun, TreeNode
from understudy.records.recording import Recording

TOKEN = re.compile(r"<([A-Z_]+)_([1-9][0-9]*)>")
_PARTS = re.compile(r"([/?&=#;:]+)")
AROUND_NS = 5_000_000_000
"""An element asked for alone says nothing of how long it stood there: so long before and after it counts as shown."""
MARGIN_PX = 2


class Found(NamedTuple):
    """[start, end) of a text holds a `kind`, such as "EMAIL"."""

    start: int
    end: int
    kind: str


class Finder(Protocol):
    """Finds what is sensitive in a text."""

    def find(self, text: str) -> Sequence[Found]:
        """Every place, in any order, overlapping or not. Never raises for any text."""
        ...


class TimedMask(NamedTuple):
    """`rect`, root px, must not be shown from `from_ns` until `until_ns`, both included."""

    from_ns: int
    until_ns: int
    rect: Rect


@dataclass(frozen=True)
class SecondPass:
    """The recording without what was found; what of its pictures must be covered; how much was found, by kind."""

    recording: Recording
    masks: tuple[TimedMask, ...] = ()
    found: Mapping[str, int] = field(default_factory=dict)


def second_pass(recording: Recording, finders: Sequence[Finder]) -> SecondPass:
    """Look through every text of the recording; the same recording gives the same result."""
    cleaner = _Cleaner(recording, finders)
    end_ns = max((record.time_ns for stream in _streams(recording) for record in stream), default=0)
    runs, masks, emptied = _runs(recording.text, cleaner, end_ns)
    trees, tree_masks = _trees(recording.tree, cleaner, end_ns)
    elements, element_masks = _elements(recording.element, cleaner)
    cleaned = msgspec.structs.replace(
        recording,
        info=msgspec.structs.replace(recording.info, task=cleaner.clean(recording.info.task)),
        text=runs,
        keys=tuple(key for key in recording.keys if key.run not in emptied),
        window=tuple(_window(snapshot, cleaner) for snapshot in recording.window),
        element=elements,
        tree=trees,
        mark=tuple(_mark(mark, cleaner) for mark in recording.mark),
    )
    return SecondPass(cleaned, (*masks, *tree_masks, *element_masks), dict(sorted(cleaner.counts.items())))


class _Cleaner:
    """Replaces what the finders find; remembers texts, since screens repeat themselves."""

    def __init__(self, recording: Recording, finders: Sequence[Finder]) -> None:
        self.counts: Counter[str] = Counter()
        self._finders = finders
        self._known: dict[str, str] = {}
        self._tokens: dict[tuple[str, str], str] = {}
        self._numbers: Counter[str] = Counter()
        for text in _texts(recording):
            for kind, number in TOKEN.findall(text):
                self._numbers[kind] = max(self._numbers[kind], int(number))

    def clean(self, text: str) -> str:
        """The text with tokens in the place of what was found."""
        if not text:
            return text
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._clean(text)
        return known

    def clean_url(self, url: str) -> str:
        """The address with tokens in it: looked through whole, then part by part, which finders of words need."""
        return "".join(self.clean(part) for part in _PARTS.split(self.clean(url)))

    def _clean(self, text: str) -> str:
        kept = [(match.start(), match.end()) for match in TOKEN.finditer(text)]
        found = sorted(
            (one for finder in self._finders for one in finder.find(text)), key=lambda one: (one.start, -one.end)
        )
        pieces: list[str] = []
        at = 0
        for one in found:
            if one.start < at or one.end <= one.start or any(a < one.end and one.start < b for a, b in kept):
                continue
            pieces += [text[at : one.start], self._token(one.kind, text[one.start : one.end])]
            at = one.end
        return "".join((*pieces, text[at:]))

    def _token(self, kind: str, value: str) -> str:
        key = kind, "".join(value.split()).casefold()
        if key not in self._tokens:
            self._numbers[kind] += 1
            self.counts[kind] += 1
            self._tokens[key] = f"<{kind}_{self._numbers[kind]}>"
        return self._tokens[key]


def _streams(recording: Recording) -> Iterator[Sequence[Kept]]:
    yield from (recording.pointer, recording.keys, recording.text, recording.window, recording.element)
    yield from (recording.frame, recording.mark, recording.tree)


def _texts(recording: Recording) -> Iterator[str]:
    """Every text that a token may stand in."""
    yield recording.info.task
    yield from (run.text for run in recording.text)
    for snapshot in recording.window:
        for window in snapshot.windows:
            yield from (window.title, window.url)
    for answer in recording.element:
        if answer.element is not None:
            yield answer.element.name
    for tree in recording.tree:
        for node in tree.nodes:
            yield from (node.name, node.text, node.hint)
    yield from (mark.detail for mark in recording.mark if mark.kind == "task")


def _runs(
    runs: Sequence[TextRun], cleaner: _Cleaner, end_ns: int
) -> tuple[tuple[TextRun, ...], list[TimedMask], frozenset[int]]:
    """The runs cleaned; where those stand that held something; the numbers of these."""
    out: list[TextRun] = []
    masks: list[TimedMask] = []
    emptied: set[int] = set()
    for run in runs:
        element = _element(run.element, cleaner)
        # Below level "text" there are only classes of characters, which look like numbers to a finder.
        text = cleaner.clean(run.text) if run.level == "text" else run.text
        if text == run.text:
            out.append(run if element is run.element else msgspec.structs.replace(run, element=element))
            continue
        emptied.add(run.run)
        if run.element is not None and run.element.bounds is not None:
            masks.append(TimedMask(run.start_ns, end_ns, run.element.bounds.grow(MARGIN_PX)))
        # A secret's length and rhythm are secret too.
        out.append(
            msgspec.structs.replace(run, text=text, element=element, scrubbed=True, corrections=0, time_ns=run.start_ns)
        )
    return tuple(out), masks, frozenset(emptied)


def _window(snapshot: Windows, cleaner: _Cleaner) -> Windows:
    windows = tuple(
        msgspec.structs.replace(window, title=cleaner.clean(window.title), url=cleaner.clean_url(window.url))
        for window in snapshot.windows
    )
    return snapshot if windows == snapshot.windows else msgspec.structs.replace(snapshot, windows=windows)


def _element(element: Element | None, cleaner: _Cleaner) -> Element | None:
    if element is None:
        return None
    if element.hint and (hint := cleaner.clean(element.hint)) != element.hint:
        element = msgspec.structs.replace(element, hint=hint)
    name, url = cleaner.clean(element.name), cleaner.clean_url(element.url)
    if (name, url) == (element.name, element.url):
        return element
    return msgspec.structs.replace(element, name=name, url=url)


def _elements(answers: Sequence[ElementAt], cleaner: _Cleaner) -> tuple[tuple[ElementAt, ...], list[TimedMask]]:
    out: list[ElementAt] = []
    masks: list[TimedMask] = []
    for answer in answers:
        element = _element(answer.element, cleaner)
        if element is not answer.element:
            if answer.element is not None and answer.element.bounds is not None:
                rect = answer.element.bounds.grow(MARGIN_PX)
                masks.append(TimedMask(answer.time_ns - AROUND_NS, answer.time_ns + AROUND_NS, rect))
            answer = msgspec.structs.replace(answer, element=element)
        out.append(answer)
    return tuple(out), masks


def _trees(
    trees: Sequence[ElementTree], cleaner: _Cleaner, end_ns: int
) -> tuple[tuple[ElementTree, ...], list[TimedMask]]:
    out: list[ElementTree] = []
    masks: list[TimedMask] = []
    shown = _spans(trees, end_ns)
    for tree, (from_ns, until_ns) in zip(trees, shown, strict=True):
        nodes: list[TreeNode] = []
        for node in tree.nodes:
            name, text = cleaner.clean(node.name), cleaner.clean(node.text)
            if node.hint:
                node = msgspec.structs.replace(node, hint=cleaner.clean(node.hint))
            if (name, text) != (node.name, node.text):
                if node.bounds is not None:
                    masks.append(TimedMask(from_ns, until_ns, node.bounds.grow(MARGIN_PX)))
                node = msgspec.structs.replace(node, name=name, text=text)
            nodes.append(node)
        out.append(msgspec.structs.replace(tree, nodes=tuple(nodes), url=cleaner.clean_url(tree.url)))
    return tuple(out), masks


def _spans(trees: Sequence[ElementTree], end_ns: int) -> list[tuple[int, int]]:
    """For each tree, the time in which what it tells may have been on the screen: from the tree of the same window
    before it to the one after it."""
    last: dict[int, int] = {}
    starts: list[int] = []
    for tree in trees:
        starts.append(last.get(tree.window, 0))
        last[tree.window] = tree.time_ns
    following: dict[int, int] = {}
    ends: list[int] = []
    for tree in reversed(trees):
        ends.append(following.get(tree.window, end_ns))
        following[tree.window] = tree.time_ns
    return list(zip(starts, reversed(ends), strict=True))


def _mark(mark: Mark, cleaner: _Cleaner) -> Mark:
    if mark.kind != "task":
        return mark
    return msgspec.structs.replace(mark, detail=cleaner.clean(mark.detail))
