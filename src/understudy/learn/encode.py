"""What a policy sees, as numbers: the task's words, the elements with their relations, what was done so far."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.pieces import PieceTable
from understudy.learn.scrolled import unscrolled
from understudy.learn.spelling import Part
from understudy.records.geometry import Rect

MOST_TASK = 56
"""Pieces of the task's words that are looked at."""
MOST_NAME, MOST_HINT = 8, 8
MOST_ELEMENTS = 160
MOST_DONE = 8
"""Actions of the episode so far that are looked at one by one; each element knows of all those that went to it."""
STATES = (
    *("checked", "selected", "focused", "expanded", "collapsed", "pressed", "editable", "enabled", "focusable"),
    *("showing", "checkable", "multi line", "read only", "sensitive", "visible", "expandable"),
)
VALUE_CLASSES = ("empty", "text", "number", "bullets")
PLACES = len(STATES) + len(VALUE_CLASSES)
"""Where an element's place begins among its features: middle across and down, width, height, area, unknown."""
FEATURES = PLACES + 18
MOST_COUNT = 12
LCA_KINDS, TREE_KINDS, PLACE_KINDS = 8, 7, 8


POINTED_AT = frozenset(("menu item", "menu", "push button", "check menu item", "radio menu item", "link"))
OF_THE_POINTER = frozenset(("selected", "focused", "pressed"))
"""States that such elements have because the pointer is over them or just went down there."""
COLOURED = frozenset(("section", "image", "table cell", "paragraph", "static", "canvas", "heading"))
"""Roles whose colour is their own; that of controls follows the pointer."""
_POINTER = re.compile(r"hover|active|focus|pressed|armed")


@dataclass(frozen=True)
class Encoded:
    """One look at the screen. n elements, t pieces of the task, k actions done.

    `kept`: int32 (n,), the elements' places in the observation. `task`: int32 (t,); `names` (n, MOST_NAME), `hints`
    (n, MOST_HINT), `roles` (n,): numbers of pieces, 0 for none. `features`: float32 (n, FEATURES). `relations`: uint8
    (n, n, 3): how small the part of the tree is that holds both, parent, child and so on, and where one lies from the
    other. `ordinals`, `counts`: int32 (n,): the place among alike elements from 1, and how often it was acted upon.
    `done_ops` (k,) indices of operations; `done_names`, `done_hints`, `done_texts` pieces as above, newest first.
    """

    kept: npt.NDArray[np.int32]
    task: npt.NDArray[np.int32]
    names: npt.NDArray[np.int32]
    hints: npt.NDArray[np.int32]
    roles: npt.NDArray[np.int32]
    features: npt.NDArray[np.float32]
    relations: npt.NDArray[np.uint8]
    ordinals: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int32]
    done_ops: npt.NDArray[np.int32]
    done_names: npt.NDArray[np.int32]
    done_hints: npt.NDArray[np.int32]
    done_texts: npt.NDArray[np.int32]
    steps: int


@dataclass(frozen=True)
class Answer:
    """What was done, as numbers: `op` an index of operations, `elements` those that are the target (places in
    `Encoded.kept`, none for actions without one), `parts` the text's spelling with places likewise."""

    op: int
    elements: tuple[int, ...]
    parts: tuple[Part, ...]
    weight: float


Operation = tuple[str, ...]
"""A kind of action with what else of it is learnt: (kind, detail, …)."""
STOP: Operation = ("stop",)
OTHER: Operation = ("other",)
"""Stands in a history for what was done and never learnt."""


def operation_of(choice: Choice) -> Operation:
    """The operation of a choice: its kind, and keys, button or direction where it has them."""
    match choice.kind:
        case "press" | "hotkey":
            return (choice.kind, *choice.keys)
        case "scroll":
            if abs(choice.scroll_x) > abs(choice.scroll_y):
                return ("scroll", "right" if choice.scroll_x > 0 else "left")
            return ("scroll", "down" if choice.scroll_y >= 0 else "up")
        case "click" | "double_click" | "triple_click" | "long_press":
            return (choice.kind, choice.button or "left")
        case "type" | "drag" | "wait" | "stop":
            return (choice.kind,)
        case other:
            raise ValueError(f"no operation for {other!r}")


class Encoder:
    """Turns looks into numbers. `table` numbers the pieces; `operations` are the learnt ones, in order."""

    def __init__(self, table: PieceTable, operations: Sequence[Operation]) -> None:
        self.table = table
        self._operations = {operation: index for index, operation in enumerate(operations)}

    def encode(self, task: str, observation: Observation, done: Sequence[Done]) -> Encoded:
        """The look as numbers; what is beyond the limits is left out. Scrolls and waits are no part of a history: how
        people reach things and how a hand does differ."""
        done = [each for each in done if each.choice.kind not in ("scroll", "wait")]
        observation = unscrolled(observation)
        kept = keep(observation)
        elements = [observation.elements[index] for index in kept]
        places = {index: place for place, index in enumerate(kept)}
        parents = [_kept_parent(observation, index, places) for index in kept]
        boxes = np.array([_box(element) for element in elements], np.float32).reshape(-1, 4)
        recent = list(reversed(done))[:MOST_DONE]
        counts, last = _acted_upon(elements, done)
        texts = [" ".join(part for part in (element.name, element.text) if part) for element in elements]
        return Encoded(
            kept=np.array(kept, np.int32),
            task=np.array(self.table.numbers(task, MOST_TASK), np.int32),
            names=self._rows(texts, MOST_NAME),
            hints=self._rows([_inner(element) for element in elements], MOST_HINT),
            roles=np.array([self.table.number(f"role {element.role}") for element in elements], np.int32),
            features=_features(observation, elements, parents, boxes, counts, last),
            relations=_relations(parents, boxes),
            ordinals=_ordinals(elements, parents),
            counts=counts,
            done_ops=np.array([self._done_op(each.choice) for each in recent], np.int32),
            done_names=self._rows([each.target.name if each.target else "" for each in recent], MOST_NAME),
            done_hints=self._rows([_inner(each.target) for each in recent], MOST_HINT),
            done_texts=self._rows(
                [each.choice.text if each.choice.kind == "type" else "" for each in recent], MOST_NAME
            ),
            steps=len(done),
        )

    def _done_op(self, choice: Choice) -> int:
        return self._operations.get(operation_of(choice), self._operations[OTHER])

    def _rows(self, texts: Sequence[str], most: int) -> npt.NDArray[np.int32]:
        rows = np.zeros((len(texts), most), np.int32)
        for row, text in enumerate(texts):
            numbers = self.table.numbers(text, most)
            rows[row, : len(numbers)] = numbers
        return rows


def _typed(choice: Choice) -> str:
    return choice.text if choice.kind == "type" else ""


def keep(observation: Observation) -> list[int]:
    """The elements looked at, in order: all where they are few, else first those that show or say something."""
    indices = list(range(len(observation.elements)))
    if len(indices) <= MOST_ELEMENTS:
        return indices
    parents = {element.parent for element in observation.elements}

    def rank(index: int) -> tuple[bool, bool, int]:
        element = observation.elements[index]
        says = bool(element.name or element.text or "focusable" in element.states or index not in parents)
        return ("showing" not in element.states and bool(element.states), not says, index)

    return sorted(sorted(indices, key=rank)[:MOST_ELEMENTS])


def _kept_parent(observation: Observation, index: int, places: Mapping[int, int]) -> int:
    parent = observation.elements[index].parent
    while parent >= 0 and parent not in places:
        parent = observation.elements[parent].parent
    return places.get(parent, -1)


def _inner(element: Shown | None) -> str:
    """What an element is besides its name: its role's words, which tasks use too, and what its program calls it."""
    return "" if element is None else f"{element.role} {_hint_words(element.hint)}"


def _hint_words(hint: str) -> str:
    return " ".join(" ".join(steady(hint)).replace("-", " ").replace("_", " ").split())


def steady(hint: str) -> list[str]:
    """The words of a hint without colours and without what tells of the pointer.

    A person's pointer is over the target when the screen is kept, an agent's isn't when it looks: what a page shows of
    it would give the answer away, and only in training.
    """
    return [word for word in hint.split() if not word.startswith("#") and _POINTER.search(word) is None]


def _box(element: Shown) -> tuple[float, float, float, float]:
    bounds = element.bounds
    return (bounds.x, bounds.y, bounds.right, bounds.bottom) if bounds is not None else (-1.0, -1.0, -1.0, -1.0)


def _acted_upon(elements: Sequence[Shown], done: Sequence[Done]) -> tuple[npt.NDArray[np.int32], int]:
    """How often each element was acted upon, and the place of the last one, -1 for none.

    Known again by role and name, the nearest of several.
    """
    counts = np.zeros(len(elements), np.int32)
    by_look: dict[tuple[str, str, str], list[int]] = {}
    for place, element in enumerate(elements):
        by_look.setdefault(_look(element), []).append(place)
    last = -1
    for each in done:
        last = -1
        if each.target is None:
            continue
        found = by_look.get(_look(each.target), ())
        if found:
            where = each.place or each.target.bounds
            last = min(found, key=lambda place: _apart(elements[place].bounds, where))
            counts[last] += each.choice.count
    return counts, last


def _look(element: Shown) -> tuple[str, str, str]:
    """What an element is known again by: classes that come and go with its state stand behind the first ones."""
    return element.role, element.name, " ".join(steady(element.hint)[:2])


def _apart(one: Rect | None, other: Rect | None) -> int:
    if one is None or other is None:
        return 1_000_000
    return abs(one.x - other.x) + abs(one.y - other.y)


def _ordinals(elements: Sequence[Shown], parents: Sequence[int]) -> npt.NDArray[np.int32]:
    """Each element's place among those with its role and its own kind of inner name, in document order, from 1."""
    seen: dict[tuple[str, str], int] = {}
    ordinals = np.zeros(len(elements), np.int32)
    for place, element in enumerate(elements):
        words = steady(element.hint)
        key = element.role, words[-1] if words else ""
        seen[key] = seen.get(key, 0) + 1
        ordinals[place] = seen[key]
    return ordinals


def _features(
    observation: Observation,
    elements: Sequence[Shown],
    parents: Sequence[int],
    boxes: npt.NDArray[np.float32],
    counts: npt.NDArray[np.int32],
    last: int,
) -> npt.NDArray[np.float32]:
    window = observation.bounds
    out = np.zeros((len(elements), FEATURES), np.float32)
    children = np.bincount([parent + 1 for parent in parents], minlength=len(elements) + 1)[1:]
    sides = np.array([max(window.width, 1), max(window.height, 1)], np.float32)
    for place, element in enumerate(elements):
        row = out[place]
        for state in element.states:
            if state in STATES and not (element.role in POINTED_AT and state in OF_THE_POINTER):
                row[STATES.index(state)] = 1
        if element.value_class in VALUE_CLASSES:
            row[len(STATES) + VALUE_CLASSES.index(element.value_class)] = 1
        rest = row[PLACES:]
        if element.bounds is not None:
            left, top, right, bottom = boxes[place]
            rest[0] = np.clip(((left + right) / 2 - window.x) / sides[0], -0.5, 1.5)
            rest[1] = np.clip(((top + bottom) / 2 - window.y) / sides[1], -0.5, 1.5)
            rest[2] = min((right - left) / sides[0], 1.5)
            rest[3] = min((bottom - top) / sides[1], 1.5)
            rest[4] = np.log1p((right - left) * (bottom - top)) / 12
        else:
            rest[5] = 1
        rest[7] = children[place] == 0
        rest[8] = min(int(counts[place]), 5) / 5
        rest[9] = counts[place] > 0
        rest[10] = place == last
        rest[11] = min(len(element.name), 40) / 40
        rest[12] = bool(element.name)
        colour = next((word for word in element.hint.split() if word.startswith("#") and len(word) == 7), None)
        if colour is not None and element.role in COLOURED:
            try:
                red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
            except ValueError:
                continue
            hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
            rest[13] = 1
            rest[14] = np.sin(2 * np.pi * hue) * saturation
            rest[15] = np.cos(2 * np.pi * hue) * saturation
            rest[16] = lightness
            rest[17] = saturation
    return out


def _relations(parents: Sequence[int], boxes: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """How elements stand to each other; [i, j] is what j is to i."""
    count = len(parents)
    out = np.zeros((count, count, 3), np.uint8)
    if not count:
        return out
    below: list[list[int]] = [[place] for place in range(count)]
    for place in range(count - 1, -1, -1):
        if parents[place] >= 0:
            below[parents[place]] += below[place]
    for place in sorted(range(count), key=lambda each: -len(below[each])):
        inside = below[place]
        if len(inside) > 1 or parents[place] < 0:
            out[np.ix_(inside, inside, [0])] = min(LCA_KINDS - 2, int(np.log2(len(inside) + 1)))
    siblings: dict[int, list[int]] = {}
    for place, parent in enumerate(parents):
        siblings.setdefault(parent, []).append(place)
        if parent >= 0:
            out[place, parent, 1] = 1
            out[parent, place, 1] = 2
    for group in siblings.values():
        for one, other in pairwise(group):
            out[one, other, 1] = 3
            out[other, one, 1] = 4
    out[np.arange(count), np.arange(count), 1] = 5
    out[..., 2] = _places(boxes)
    return out


def _places(boxes: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """1 left of it in its row, 2 right of it, 3 above in its column, 4 below, 5 around it, 6 inside it, 0 elsewhere."""
    left, top, right, bottom = (boxes[:, side] for side in range(4))
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    row = (middle_y[None] > top[:, None]) & (middle_y[None] < bottom[:, None])
    column = (middle_x[None] > left[:, None]) & (middle_x[None] < right[:, None])
    out = np.zeros((len(boxes), len(boxes)), np.uint8)
    out[row & (middle_x[None] < left[:, None])] = 1
    out[row & (middle_x[None] > right[:, None])] = 2
    out[column & (middle_y[None] < top[:, None])] = 3
    out[column & (middle_y[None] > bottom[:, None])] = 4
    inside = (left[None] >= left[:, None]) & (right[None] <= right[:, None])
    inside &= (top[None] >= top[:, None]) & (bottom[None] <= bottom[:, None])
    out[inside.T] = 5
    out[inside] = 6
    unknown = left < -0.5
    out[unknown] = 0
    out[:, unknown] = 0
    return out


def same_targets(observation: Observation, target: int) -> list[int]:
    """The target, and what is pressed with it: elements with its name in one line of the tree, their middle in it."""
    element = observation.elements[target]
    found = [target]
    if not element.name or element.bounds is None:
        return found
    around: set[int] = set()
    index = target
    while index >= 0 and observation.elements[index].name == element.name:
        around.add(index)
        index = observation.elements[index].parent
    for index in range(min(around), len(observation.elements)):
        each = observation.elements[index]
        if index == target or each.name != element.name or each.bounds is None:
            continue
        related = index in around or each.parent in around
        middle = each.bounds.x + each.bounds.width // 2, each.bounds.y + each.bounds.height // 2
        if related:
            around.add(index)
            if element.bounds.contains(*middle):
                found.append(index)
    return found
