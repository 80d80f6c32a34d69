"""The learnt policy: looks with the network, weighs operations and targets together, spells what is to be typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from understudy.learn.acting import Choice, Done, Observation
from understudy.learn.encode import OTHER, Encoded, Encoder, Operation, operation_of
from understudy.learn.loader import collate
from understudy.learn.model import Batch, Pointer, Thought
from understudy.learn.pieces import PieceTable
from understudy.learn.reach import towards
from understudy.learn.spelling import MOST_PARTS, Part, assemble
from understudy.records.actions import Button

SCROLL_NOTCHES = 3
"""A scroll that was chosen for itself: a good part of a window's height, less than all of it."""
MOST_PIECES = 50_000
"""Beyond this the words seen are forgotten, so that a long-lived policy doesn't grow."""
AIMED = frozenset(("click", "double_click", "triple_click", "long_press", "type", "scroll"))
OPERATIONS_TRIED = 4
SURE = 0.5
"""What was just done and changed nothing of its target is done again only where that is likelier than all else."""


@dataclass(frozen=True)
class Ranked:
    """One possible next action without its text. `element` is a place in the observation, None for none."""

    operation: Operation
    element: int | None
    probability: float


class LearntPolicy:
    """A trained network as a policy. `choose` is deterministic."""

    def __init__(
        self, network: Pointer, operations: Sequence[Operation], vocabulary: Sequence[str], *, scrolls: bool = True
    ) -> None:
        """`scrolls`: scroll to a target out of sight before acting upon it, as a hand does."""
        self._network = network.eval()
        self._operations, self._vocabulary, self._scrolls = tuple(operations), tuple(vocabulary), scrolls
        self._encoder = Encoder(PieceTable(), self._operations)
        self._device = next(network.parameters()).device

    @property
    def network(self) -> Pointer:
        """The network itself."""
        return self._network

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The learnt parts of texts."""
        return self._vocabulary

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that it can choose."""
        return self._operations

    def choose(self, task: str, observation: Observation, done: Sequence[Done]) -> Choice:
        """The next action: the operation and target that are likeliest together, its text spelled for them."""
        if not observation.elements:
            return Choice(kind="wait", probability=0.0)
        with torch.inference_mode():
            look, batch, thought = self._look(task, observation, done)
            ranked = self._rank(look, batch, thought, OPERATIONS_TRIED)
            fresh = (each for each in ranked if each.probability >= SURE or not _again(each, observation, done))
            best = next(fresh, ranked[0])
            text, sure = "", 1.0
            if best.operation[0] == "type":
                place = 0 if best.element is None else look.kept.tolist().index(best.element)
                text, sure = self._spell(task, observation, look, batch, thought, place)
        choice = _choice(best, text, best.probability * sure)
        reaching = towards(choice, observation, done) if self._scrolls else None
        return reaching or choice

    def rank(self, task: str, observation: Observation, done: Sequence[Done], most: int) -> list[Ranked]:
        """The `most` likeliest operations with their targets, the likeliest first; without texts."""
        if not observation.elements:
            return []
        with torch.inference_mode():
            look, batch, thought = self._look(task, observation, done)
            return self._rank(look, batch, thought, most)

    def likelihood(self, task: str, observation: Observation, done: Sequence[Done], choice: Choice) -> float:
        """The probability of an operation and target being chosen, 0 where it can't be; for judging a model."""
        ranked = self.rank(task, observation, done, len(self._operations) * 8)
        wanted = operation_of(choice)
        return sum(each.probability for each in ranked if (each.operation, each.element) == (wanted, choice.element))

    def _look(self, task: str, observation: Observation, done: Sequence[Done]) -> tuple[Encoded, Batch, Thought]:
        if len(self._encoder.table) > MOST_PIECES:
            self._encoder = Encoder(PieceTable(), self._operations)
        look = self._encoder.encode(task, observation, done)
        batch, _ = collate([look], None, self._encoder.table)
        batch = Batch(*(each.to(self._device) for each in batch))
        return look, batch, self._network.look(batch)

    def _rank(self, look: Encoded, batch: Batch, thought: Thought, most: int) -> list[Ranked]:
        chances = torch.softmax(self._network.operations(thought)[0], -1)
        found: list[Ranked] = []
        tried = max(OPERATIONS_TRIED, most)
        for index in torch.argsort(chances, descending=True)[:tried].tolist():
            operation, chance = self._operations[index], float(chances[index])
            if operation == OTHER:
                continue
            if operation[0] in AIMED or operation[0] in ("press", "hotkey"):
                logits = self._network.targets(thought, torch.tensor([index], device=self._device), batch.there)[0]
                targets = torch.softmax(logits, -1)
                for place in torch.argsort(targets, descending=True)[:most].tolist():
                    found.append(Ranked(operation, int(look.kept[place]), chance * float(targets[place])))
            else:
                found.append(Ranked(operation, None, chance))
        return sorted(found, key=lambda each: -each.probability)[:most]

    def _spell(
        self,
        task: str,
        observation: Observation,
        look: Encoded,
        batch: Batch,
        thought: Thought,
        place: int,
    ) -> tuple[str, float]:
        """(text, its probability), part by part, each the likeliest."""
        network = self._network
        words, elements = batch.task.shape[1], batch.names.shape[1]
        op = torch.tensor([self._operations.index(("type",))], device=self._device)
        state, given = network.spell_begin(thought, op, torch.tensor([place], device=self._device))
        last = torch.tensor([-1], device=self._device)
        parts: list[Part] = []
        sure = 1.0
        for _ in range(MOST_PARTS):
            state, logits = network.spell_step(thought, batch, state, given, last)
            chances = torch.softmax(logits[0], -1)
            if not parts:
                chances[-1] = 0.0
            index = int(chances.argmax())
            sure *= float(chances[index])
            if index == len(chances) - 1:
                break
            part = _part(index, words, elements)
            if part.source == "task" and part.place >= len(look.task):
                break
            parts.append(part)
            chosen = torch.tensor([index], device=self._device)
            given = network.part_vectors(thought, chosen)
            last = chosen if index < words else torch.tensor([-1], device=self._device)
        names = [observation.elements[int(index)].name for index in look.kept]
        return assemble(parts, task, names, self._vocabulary), sure


def _again(ranked: Ranked, observation: Observation, done: Sequence[Done]) -> bool:
    """True for the very thing done last, to an element that looks as it did then."""
    if not done or ranked.element is None or operation_of(done[-1].choice) != ranked.operation:
        return False
    return done[-1].target == observation.elements[ranked.element]


def _part(index: int, words: int, elements: int) -> Part:
    if index < words:
        return Part("task", index)
    if index < words + elements:
        return Part("screen", index - words)
    return Part("learnt", index - words - elements)


def _choice(ranked: Ranked, text: str, probability: float) -> Choice:
    kind, *details = ranked.operation
    match kind:
        case "press" | "hotkey":
            return Choice(kind=kind, element=ranked.element, keys=tuple(details), probability=probability)
        case "click" | "double_click" | "triple_click" | "long_press":
            return Choice(kind=kind, element=ranked.element, button=_BUTTONS[details[0]], probability=probability)
        case "scroll":
            right, down = _WAYS[details[0]]
            return Choice(
                kind=kind,
                element=ranked.element,
                scroll_x=right * SCROLL_NOTCHES,
                scroll_y=down * SCROLL_NOTCHES,
                probability=probability,
            )
        case "type":
            return Choice(kind=kind, element=ranked.element, text=text, probability=probability)
        case "stop" | "wait":
            return Choice(kind=kind, probability=probability)
        case other:
            raise ValueError(f"no way to choose {other!r}")


_BUTTONS: dict[str, Button] = {
    "left": "left",
    "middle": "middle",
    "right": "right",
    "back": "back",
    "forward": "forward",
}
_WAYS = {"right": (1, 0), "left": (-1, 0), "down": (0, 1), "up": (0, -1)}
