"""Each stage between a hand and a policy, broken on purpose: what it costs tells that the stage is needed.

Nothing of the product has a switch for this: what one stage handed to the next is altered on its way. Demonstrations
are opened again and taken through the real reducing, grounding, cutting and flattening, with one of the breaks between.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import pyarrow as pa

from understudy.dataset.flatten import Levels, tables_of
from understudy.learn.acting import Choice
from understudy.learn.examples import LearntEpisode, Turn, episodes_of
from understudy.pipeline.ground import ground
from understudy.pipeline.reduce import reduce
from understudy.pipeline.segment import segment
from understudy.records.actions import Action, Step
from understudy.records.consent import Consent
from understudy.records.elements import Element
from understudy.records.recording import Recording
from understudy.redact.shape import shape_of

Stage = Literal["capture", "reduction", "grounding", "redaction", "training"]
STAGES: tuple[Stage, ...] = ("capture", "reduction", "grounding", "redaction", "training")
SHIFT_PX = (61, 43)
NOBODY = Consent(
    id="0" * 32,
    contributor="nobody",
    profile="own-work",
    notice_sha256="0" * 64,
    notice_version="1",
    language="en",
    purposes=("train-own-agent",),
    scope=(),
    policy_sha256="0" * 64,
    retention_days=1,
    given_at="2026-01-01T00:00:00+00:00",
    method="option",
    demo=True,
)
"""No person gave it: scripted demonstrations."""

BROKEN: Mapping[Stage, str] = {
    "capture": f"every pointer coordinate {SHIFT_PX[0]} px to the right and {SHIFT_PX[1]} px down",
    "reduction": "two presses in a row are one; what was taken back while typing stays in the text",
    "grounding": "each target is the element after the right one",
    "redaction": "no name is kept, typed text is its shape",
    "training": "choices are shuffled among the turns",
}


@dataclass(frozen=True)
class _Part:
    id: str


class InMemory:
    """A dataset's tables that were never written: as much of a Dataset as the examples read."""

    def __init__(self, tables: Sequence[Mapping[str, pa.Table]]) -> None:
        self._tables = {f"{number:032x}": each for number, each in enumerate(tables)}

    @property
    def parts(self) -> tuple[_Part, ...]:
        """One part a recording."""
        return tuple(map(_Part, self._tables))

    def table_of(self, part: _Part, name: str) -> pa.Table:
        """A recording's rows of one table."""
        return self._tables[part.id][name]


def episodes(recordings: Sequence[Recording], broken: Stage | None = None) -> list[LearntEpisode]:
    """What would be learnt from, with one stage broken (None: as it is)."""
    tables = [_tables(recording, number, broken) for number, recording in enumerate(recordings)]
    found = list(episodes_of(InMemory(tables)))  # type: ignore[arg-type]
    return shuffled(found) if broken == "training" else found


def _tables(recording: Recording, number: int, broken: Stage | None) -> Mapping[str, pa.Table]:
    if broken == "capture":
        recording = shifted(recording)
    if broken == "redaction":
        recording = nameless(recording)
    actions = reduce(recording)
    if broken == "reduction":
        actions = merged(actions)
    steps = ground(recording, actions)
    if broken == "grounding":
        steps = off_by_one(recording, steps)
    cut = segment(recording, steps)
    return tables_of(recording, cut, pseudonym=f"{number:032x}", consent=NOBODY, levels=Levels())


def shifted(recording: Recording) -> Recording:
    """Capture: the pointer was elsewhere."""
    dx, dy = SHIFT_PX
    moved = tuple(msgspec.structs.replace(each, x=each.x + dx, y=each.y + dy) for each in recording.pointer)
    asked = tuple(
        msgspec.structs.replace(each, x=each.x + dx, y=each.y + dy, element=_at(recording, each.x + dx, each.y + dy))
        if each.cause != "focus"
        else each
        for each in recording.element
    )
    return msgspec.structs.replace(recording, pointer=moved, element=asked)


def _at(recording: Recording, x: int, y: int) -> Element | None:
    """What the first tree shows there: what a program asked at the wrong place would have answered."""
    found: Element | None = None
    for node in recording.tree[0].nodes if recording.tree else ():
        if node.bounds is not None and node.bounds.contains(x, y):
            found = Element(id=node.id, role=node.role, name=node.name, bounds=node.bounds, states=node.states)
    return found


def merged(actions: Sequence[Action]) -> list[Action]:
    """Reduction: presses run together, edits aren't applied."""
    kept: list[Action] = []
    for action in actions:
        if kept and action.kind == kept[-1].kind == "click":
            kept[-1] = msgspec.structs.replace(kept[-1], end_ns=action.end_ns)
        elif action.kind == "type":
            text = action.text
            for each in reversed(action.corrected):
                text = text[: each.at] + each.removed + text[each.at :]
            kept.append(msgspec.structs.replace(action, text=text))
        else:
            kept.append(action)
    return kept


def off_by_one(recording: Recording, steps: Sequence[Step]) -> list[Step]:
    """Grounding: the element after the right one."""
    trees = {tree.seq: tree for tree in recording.tree}
    wrong = []
    for step in steps:
        tree = trees.get(step.tree_seq) if step.tree_seq is not None else None
        target = step.target
        if tree is not None and target is not None:
            at = next((i for i, node in enumerate(tree.nodes) if node.id == target.id), None)
            if at is not None:
                node = tree.nodes[(at + 1) % len(tree.nodes)]
                target = Element(id=node.id, role=node.role, name=node.name, bounds=node.bounds, states=node.states)
        wrong.append(msgspec.structs.replace(step, target=target))
    return wrong


def nameless(recording: Recording) -> Recording:
    """Redaction: more is taken than the policy says."""

    def bare(element: Element | None) -> Element | None:
        return None if element is None else msgspec.structs.replace(element, name="")

    return msgspec.structs.replace(
        recording,
        tree=tuple(
            msgspec.structs.replace(
                tree, nodes=tuple(msgspec.structs.replace(node, name="", text="") for node in tree.nodes)
            )
            for tree in recording.tree
        ),
        element=tuple(msgspec.structs.replace(each, element=bare(each.element)) for each in recording.element),
        text=tuple(
            msgspec.structs.replace(run, text=shape_of(run.text), level="shape", element=bare(run.element))
            for run in recording.text
        ),
    )


def shuffled(found: Sequence[LearntEpisode], seed: int = 0) -> list[LearntEpisode]:
    """Training: what was chosen, dealt out anew among the turns."""
    choices = [turn.choice for episode in found for turn in episode.turns]
    random.Random(seed).shuffle(choices)
    dealt = iter(choices)
    return [
        msgspec.structs.replace(each, turns=tuple(_with(turn, next(dealt)) for turn in each.turns)) for each in found
    ]


def _with(turn: Turn, choice: Choice) -> Turn:
    count = len(turn.observation.elements)
    element = choice.element % count if choice.element is not None and count else None
    return msgspec.structs.replace(turn, choice=msgspec.structs.replace(choice, element=element))
