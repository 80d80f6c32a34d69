"""What never rests: which versions of a window's pixels may be shown although something newer was drawn over them.

A picture that rests is vouched for by a tree read after it (`pixels`). What moves is never at rest, so versions of it
are set aside and shown later, when a tree read before and a tree read after, and all between, tell of nothing there: no
text, no field, nothing covered. Nothing is concluded from two trees about what came and went between them. Hence:

- the movement was under way before the first of the trees: what begins between two of them is never shown by this;
- the program told of no change there from the first tree to the last (Chromium tells of a text that shows for 30 ms);
- whatever is covered, and whatever told of a change, looked in that moment as it had been vouched for: none of it has
  jumped here and back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from understudy.records.events import Placement, Stir, Tree
from understudy.records.geometry import Rect
from understudy.redact.pixels import NEVER, TILE_PX, Piece
from understudy.redact.tiles import Tiles, tiles_of

APART_NS = 600_000_000
"""How far a version's trees must be from it, on both sides. A busy program tells that late of what it has drawn, and
draws that late what it has told; waiting costs nothing here, since a version keeps its own time."""
BESIDE_PX = 4
MOST_GROUNDS = 8
MOST_VERSIONS_BYTES = 16 << 20
"""Versions that wait, of one window; beyond it the oldest that no press needs go first."""
STIRS_KEPT_NS = 20_000_000_000

_DRAWN = frozenset(
    (
        *("progress bar", "level bar", "slider", "scroll bar", "separator", "image", "icon", "canvas", "animation"),
        *("video", "drawing area", "rating", "chart", "split pane"),
    )
)
"""Roles whose names are told of them, not drawn in them."""
_INPUTS = frozenset(("entry", "password text", "spin button", "editbar", "autocomplete", "terminal", "text"))


class Version(NamedTuple):
    """What moved in a window, as it was read at `time_ns`. `press`: it stood there when a button went down.

    `stack` and `place` (of the window, root px) are those of that moment; `waits` says which tiles looked otherwise
    than what was vouched for.
    """

    time_ns: int
    pieces: tuple[Piece, ...]
    press: bool
    stack: tuple[Placement, ...]
    place: Rect
    waits: Tiles

    @property
    def size_bytes(self) -> int:
        """What its pixels take."""
        return sum(piece.pixels.nbytes for piece in self.pieces)


@dataclass(frozen=True)
class Ground:
    """Where a tree tells of anything, px in the window.

    `told` is what may not be shown unproven (text, fields, what is covered); of it, `inputs` takes text and `covered`
    is masked. `places` tells where each element stands, by its id. `silent` is True when some text has no place, or
    when nobody listened to what the program told of its changes.
    """

    started_ns: int
    time_ns: int
    told: tuple[Rect, ...]
    inputs: tuple[Rect, ...]
    covered: tuple[Rect, ...]
    places: Mapping[str, Rect | None]
    silent: bool

    def bare(self, box: Rect) -> bool:
        """True when the tree tells of nothing at all in a part of the window."""
        near = box.grow(BESIDE_PX)
        return not self.silent and all(rect.intersect(near).empty for rect in self.told)

    def inputs_in(self, box: Rect) -> bool:
        """True when something that takes text stands in a part of the window, or may."""
        near = box.grow(BESIDE_PX)
        return self.silent or any(not rect.intersect(near).empty for rect in self.inputs)


def ground_of(tree: Tree, masks: Iterable[Rect] | None, window: Rect) -> Ground:
    """What a complete tree says of a window whose client area is `window`; `masks` as its reading found, root px."""
    parents = {node.parent for node in tree.nodes}
    covered = [] if masks is None else list(masks)
    told = list(covered)
    inputs: list[Rect] = []
    unlocated = masks is None
    for index, node in enumerate(tree.nodes):
        element = node.element
        inside = index in parents
        takes = element.secure or "editable" in element.states or element.role in _INPUTS
        says = bool(node.text or element.value) or (not inside and bool(element.name) and element.role not in _DRAWN)
        if not (takes or (says and not (inside and element.bounds is None))):
            continue
        if element.bounds is None:
            unlocated = unlocated or "showing" in element.states or not element.states
        else:
            told.append(element.bounds)
            if takes:
                inputs.append(element.bounds)
    places = {
        node.element.id: node.element.bounds.shift(-window.x, -window.y) if node.element.bounds else None
        for node in tree.nodes
    }

    def in_window(rects: Iterable[Rect]) -> tuple[Rect, ...]:
        return tuple(rect.shift(-window.x, -window.y) for rect in dict.fromkeys(rects))

    return Ground(
        started_ns=tree.started_ns,
        time_ns=tree.time_ns,
        told=in_window(told),
        inputs=in_window(inputs),
        covered=in_window(covered),
        places=places,
        silent=unlocated or not tree.stirs,
    )


class Stirs:
    """What each program told of its own changes, by its process. Nothing is known before the first word."""

    def __init__(self) -> None:
        self._told: dict[int, list[Stir]] = {}

    def add(self, stir: Stir) -> None:
        """A program told of changes."""
        told = self._told.setdefault(stir.pid, [])
        told.append(stir)
        while told[0].time_ns < stir.time_ns - STIRS_KEPT_NS:
            told.pop(0)

    def since(self, pid: int, time_ns: int, grounds: Sequence[Ground]) -> list[Rect] | None:
        """Where something changed from then on, by what the program told; None: it may have been anywhere."""
        told = self._told.get(pid, [])
        if told and time_ns < told[-1].time_ns - STIRS_KEPT_NS:
            return None
        found: list[Rect] = []
        for stir in told:
            if stir.time_ns < time_ns:
                continue
            if stir.elements is None:
                return None
            for element in stir.elements:
                places = [ground.places[element] for ground in grounds if element in ground.places]
                if not places:
                    # No tree holds it: it has come and gone.
                    return None
                for place in places:
                    if place is None:
                        return None
                    found.append(place)
        return found


@dataclass
class Moving:
    """The versions of one window that wait, and the trees that were read of it.

    `broken_ns` is when a tree came last that told nothing for sure, `carried_ns` when the first change was told of what
    was set aside since something was shown last, and then given up.
    """

    grounds: list[Ground] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    last_ns: int = 0
    broken_ns: int = 0
    carried_ns: int = NEVER

    @property
    def latest(self) -> Ground | None:
        """The last tree's word."""
        return self.grounds[-1] if self.grounds else None

    def keep(self, version: Version) -> None:
        """Set a version aside."""
        self.versions.append(version)
        self.last_ns = version.time_ns
        while sum(each.size_bytes for each in self.versions) > MOST_VERSIONS_BYTES:
            self.give_up(next((each for each in self.versions if not each.press), self.versions[0]))

    def give_up(self, version: Version) -> None:
        """A version will not be shown."""
        self.versions = [each for each in self.versions if each is not version]
        self.carried_ns = min(self.carried_ns, *(piece.changed_ns for piece in version.pieces))

    def changed_ns(self, pieces: Sequence[Piece]) -> int:
        """Pieces of one version are about to be shown: when the first change that they show was told."""
        carried_ns, self.carried_ns = self.carried_ns, NEVER
        return min(carried_ns, *(piece.changed_ns for piece in pieces))

    def drop(self) -> None:
        """The window's content has moved away from its places: nothing that waits can be vouched for."""
        self.versions.clear()
        self.grounds.clear()

    def waits_since(self) -> int | None:
        """When the oldest version that waits was read."""
        return self.versions[0].time_ns if self.versions else None

    def asks_from(self) -> int | None:
        """The earliest time from which a tree would let one of them be shown."""
        return self.versions[0].time_ns + APART_NS if self.versions else None

    def proven(self, ground: Ground, pid: int, stirs: Stirs) -> list[tuple[Version, list[Piece]]]:
        """Take the next tree's word: versions read long enough before it began, with the pieces that may be shown."""
        self.grounds = [*self.grounds, ground][-MOST_GROUNDS:]
        ready = [each for each in self.versions if each.time_ns + APART_NS <= ground.started_ns]
        self.versions = [each for each in self.versions if each.time_ns + APART_NS > ground.started_ns]
        return [(each, [piece for piece in each.pieces if self._holds(each, piece, pid, stirs)]) for each in ready]

    def waiting(self) -> list[Rect]:
        """Where versions wait that may yet be vouched for, by the last tree."""
        ground = self.latest
        boxes = {piece.box for version in self.versions for piece in version.pieces}
        return [box for box in boxes if ground is not None and ground.bare(box)]

    def _holds(self, version: Version, piece: Piece, pid: int, stirs: Stirs) -> bool:
        if piece.sure:
            return True
        before = [
            index
            for index, ground in enumerate(self.grounds)
            if ground.time_ns + APART_NS <= version.time_ns and ground.started_ns >= piece.spell_ns + APART_NS
        ]
        if not before:
            return False
        between = self.grounds[before[-1] :]
        if self.broken_ns >= between[0].started_ns or not all(ground.bare(piece.box) for ground in between):
            return False
        stirred = stirs.since(pid, between[0].started_ns, between)
        if stirred is None or any(not rect.intersect(piece.box).empty for rect in stirred):
            return False
        area = Rect(0, 0, version.place.width, version.place.height)
        away = [*stirred, *(rect for ground in between for rect in ground.covered)]
        return not any(version.waits[tiles_of(rect.intersect(area), TILE_PX)].any() for rect in away)
