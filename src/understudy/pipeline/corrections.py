"""Where a person corrected themselves: steps → the same steps, with slips and what mended them labelled. Pure.

A span is found by what was done and by what the screen showed before and after, never by who did it or how fast they
are. Each step belongs to one span at most; rules are asked in this order, and a step that one took is left by the rest:

- "typed": a step of typed text in which characters were taken back. It is `within`: its text stands right in the end.
- "undone": Ctrl+Z (without a redo right after it). The last step before it that changed text or moved something is the
  slip, the presses are the undo; the next such step is the repair.
- "erased": text was typed into a field, and later in the episode taken out of it again, by backspaces, by Delete or by
  typing over a selection. The typing is the slip, the erasing and selecting the undo, the next typing there the repair.
- "toggled": a box was ticked and unticked, without anything pressed between that could have used its state. The first
  press is the slip, the second the undo; a press on another box right after it is the repair. Of three presses that
  leave it ticked the second is the slip.
- "chosen": of an exclusive choice (radio buttons of one group, entries of one list box or menu) one was taken, then
  another, likewise. The earlier ones are slips, the last is the repair. Presses with a modifier add to a choice.
- "repeated": the same was done to the same element again after nothing had changed on the screen. All but the last are
  slips, the last is the repair. Nothing is told where the last changed nothing either: its effect may not be shown.
- "missed": a press without effect on what lies around or beside a thing, and right after it one on the thing itself.
- "returned": one to four presses led elsewhere and the last of them back to exactly what was there before, without
  anything typed, ticked, chosen or dragged between. The first ones are slips, the last the undo; what was done
  instead is the repair. Not where the same is done again after something else was pressed: then something came up
  unasked and was sent away.

What the screen showed comes from the trees read before each step. Where one is missing or was not read to its end,
rules that need it find nothing: a correction too few is better than a good step called a slip.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from understudy.records.actions import Action, CorrectionLabel, CorrectionRule, Step
from understudy.records.elements import Element
from understudy.records.kept import ElementTree

RETRY_MS = 500
"""A second press sooner than this after the first is impatience or a beat of the same: the first had no time to show
what it did."""
RETURN_STEPS = 4
"""Longest way that still counts as a detour, the step back included."""
NEAR_PX = 12
"""A press that missed lies at most this far from its target: half of a target's least size (24 px, WCAG 2.2)."""

PRESSES = ("click", "double_click", "triple_click", "long_press")
PARTED = ("date editor",)
"""Fields of several parts: what is selected there needn't be what was typed."""
BOXES = ("check box", "toggle button", "check menu item", "switch")
EXCLUSIVE = ("radio button", "radio menu item", "menu item", "list item")
COMMITTING = ("push button", "link", "page tab", "menu item", "image")
"""What uses what was chosen before it."""
INERT = (
    *("section", "panel", "paragraph", "form", "filler", "document web", "document frame", "static", "label", "window"),
    *("heading", "table cell", "table row", "list", "table"),
)
WORDS = ("paragraph", "static", "label", "heading")
"""What stands beside a thing and says what it is."""
CARETS = ("entry", "password text", "spin button", "date editor", "text", "terminal", "editbar", "slider")
"""Where a second press goes to another place in the text, or on the scale."""
SURFACES = ("canvas", "drawing area", "document web", "document frame", "window", "section", "panel", "image")
"""Where a second drag is another stroke, not another try."""
ERASERS = ("BackSpace", "Delete", "KP_Delete")
UNDO, REDO = (("ctrl", "z"),), (("ctrl", "y"), ("ctrl", "shift", "z"))
_PASSING = frozenset(("focused", "active", "armed", "pressed"))
"""States that come and go without anything having been done."""
NS_PER_MS = 1_000_000


def labelled(steps: Sequence[Step], trees: Mapping[int, ElementTree]) -> tuple[Step, ...]:
    """The steps of one episode, those in corrections labelled; `trees` are the recording's, by `seq`."""
    return _Episode(steps, trees).labelled()


@dataclass(frozen=True)
class _Act:
    """A step that is no wait: its place among the steps, and what the screen showed before it (None: not known)."""

    at: int
    step: Step
    seen: int | None

    @property
    def action(self) -> Action:
        return self.step.action

    @property
    def target(self) -> Element | None:
        return self.step.target

    @property
    def key(self) -> tuple[str, str, str] | None:
        """What its element is known again by; None where there is none."""
        target = self.step.target
        return None if target is None else (target.id, target.role, self.step.app)

    @property
    def role(self) -> str:
        return self.step.target.role if self.step.target else ""

    @property
    def presses(self) -> bool:
        return self.action.kind in PRESSES

    @property
    def erases(self) -> bool:
        """True for presses that take text away."""
        keys = self.action.keys
        return self.action.kind in ("press", "hotkey") and bool(keys) and keys[-1] in ERASERS

    @property
    def selects(self) -> bool:
        """True for what selects text, so that the next key replaces it."""
        return (
            self.action.kind in ("double_click", "triple_click", "drag")
            or self.action.keys == ("ctrl", "a")
            or (
                self.action.kind == "hotkey" and "shift" in self.action.keys and self.action.keys[-1] in ("Home", "End")
            )
        )

    @property
    def changes(self) -> bool:
        """True for what changes content, so that an undo may take it back."""
        keys = self.action.keys
        return self.action.kind in ("type", "drag") or self.erases or keys in (("ctrl", "v"), ("ctrl", "x"))


@dataclass
class _Spans:
    """Labels by place among the steps, and spans in the order in which they were found."""

    labels: dict[int, tuple[CorrectionLabel, CorrectionRule, int]] = field(default_factory=dict)
    count: int = 0

    def add(
        self,
        rule: CorrectionRule,
        *,
        slip: Sequence[_Act] = (),
        undo: Sequence[_Act] = (),
        repair: Sequence[_Act] = (),
        within: Sequence[_Act] = (),
    ) -> None:
        """Label the acts of one span; without effect where one of them is in a span already."""
        parts: tuple[tuple[CorrectionLabel, Sequence[_Act]], ...] = (
            *(("slip", slip), ("undo", undo), ("repair", repair), ("within", within)),
        )
        acts = [(act.at, label) for label, listed in parts for act in listed]
        if not acts or any(at in self.labels for at, _ in acts):
            return
        for at, label in acts:
            self.labels[at] = (label, rule, self.count)
        self.count += 1

    def free(self, act: _Act) -> bool:
        return act.at not in self.labels


class _Episode:
    """One episode under inspection."""

    def __init__(self, steps: Sequence[Step], trees: Mapping[int, ElementTree]) -> None:
        self._steps, self._trees = steps, trees
        seen = _Seen(trees)
        self._acts = [_Act(at, step, seen.before(step)) for at, step in enumerate(steps) if step.action.kind != "wait"]
        self._spans = _Spans()

    def labelled(self) -> tuple[Step, ...]:
        for rule in (
            *(self._typed, self._undone, self._erased, self._toggled),
            *(self._chosen, self._repeated, self._missed, self._returned),
        ):
            rule()
        found = self._spans.labels
        order: dict[int, int] = {}
        for at in sorted(found):
            order.setdefault(found[at][2], len(order))
        return tuple(
            msgspec.structs.replace(
                step, correction=found[at][0], correction_rule=found[at][1], correction_span=order[found[at][2]]
            )
            if at in found
            else step
            for at, step in enumerate(self._steps)
        )

    # Rules, as the module's docstring tells them

    def _typed(self) -> None:
        for act in self._acts:
            # Where the keys don't explain what is missing, the program took it: a completion, a reformatted number.
            told = act.action.corrected or act.action.text_level != "text"
            if act.action.kind == "type" and act.action.corrections > 0 and told:
                self._spans.add("typed", within=[act])

    def _undone(self) -> None:
        for first, until in _runs(self._acts, UNDO):
            after = self._acts[until] if until < len(self._acts) else None
            if after is not None and after.action.keys in REDO:
                continue
            slip = next((act for act in reversed(self._acts[:first]) if act.changes and self._spans.free(act)), None)
            if slip is None:
                continue
            again = next((act for act in self._acts[until:] if act.changes), None)
            repair = [again] if again is not None and again.action.kind == slip.action.kind else []
            self._spans.add("undone", slip=[slip], undo=self._acts[first:until], repair=repair)

    def _erased(self) -> None:
        by_field: dict[object, list[int]] = defaultdict(list)
        for place, act in enumerate(self._acts):
            if act.key is not None and (act.action.kind == "type" or act.erases or act.selects):
                by_field[act.key].append(place)
        for places in by_field.values():
            self._erased_in([self._acts[place] for place in places])

    def _erased_in(self, acts: Sequence[_Act]) -> None:
        """The acts on one field: typing, then erasing or selecting, then perhaps typing again."""
        at = 0
        while at < len(acts):
            if acts[at].action.kind != "type":
                at += 1
                continue
            until = at + 1
            while until < len(acts) and acts[until].action.kind != "type":
                until += 1
            undo = [act for act in acts[at + 1 : until] if act.erases or act.role not in PARTED]
            while undo and undo[-1].selects and until == len(acts):
                # Selected at the end, and nothing came of it.
                undo.pop()
            again = acts[until] if until < len(acts) else None
            if undo:
                repair = [again] if again is not None else []
                slip = acts[at]
                self._free_typed(slip, *repair)
                self._spans.add("erased", slip=[slip], undo=undo, repair=repair)
            at = until

    def _free_typed(self, *acts: _Act) -> None:
        """A text that was thrown away, or put in its place, belongs to that span rather than to its own typing."""
        for act in acts:
            found = self._spans.labels.get(act.at)
            if found is not None and found[1] == "typed":
                del self._spans.labels[act.at]

    def _toggled(self) -> None:
        pressed: dict[object, list[int]] = defaultdict(list)
        for place, act in enumerate(self._acts):
            if act.presses and act.role in COMMITTING:
                self._pairs(pressed)
                pressed.clear()
            elif act.action.kind == "click" and act.role in BOXES:
                before = pressed[act.key]
                if not before or _ticked(self._acts[before[-1]]) != _ticked(act):
                    before.append(place)
        self._pairs(pressed)

    def _pairs(self, pressed: Mapping[object, Sequence[int]]) -> None:
        for places in pressed.values():
            for slip, undo in zip(places[len(places) % 2 :: 2], places[len(places) % 2 + 1 :: 2], strict=True):
                act = self._acts[undo]
                after = self._acts[undo + 1] if undo + 1 < len(self._acts) else None
                other = after is not None and after.presses and after.role == act.role and after.key != act.key
                repair = [after] if after is not None and other and not _ticked(after) else []
                self._spans.add("toggled", slip=[self._acts[slip]], undo=[act], repair=repair)

    def _chosen(self) -> None:
        open_: list[_Act] = []
        group: object = None
        for act in self._acts:
            if not act.presses or act.role not in EXCLUSIVE:
                if act.role in COMMITTING or act.action.kind in ("type", "drag"):
                    self._choice(open_)
                    open_, group = [], None
                continue
            mine = self._group(act)
            if mine is None or mine != group:
                self._choice(open_)
                open_, group = [], mine
            if act.action.modifiers:
                open_ = []
            elif mine is not None and (not open_ or act.key != open_[-1].key):
                open_.append(act)
        self._choice(open_)

    def _choice(self, taken: Sequence[_Act]) -> None:
        if len(taken) > 1:
            self._spans.add("chosen", slip=taken[:-1], repair=taken[-1:])

    def _group(self, act: _Act) -> object:
        """What an exclusive choice is one of: the nearest element around that holds another of its role. None where
        that isn't known, or isn't exclusive."""
        tree = self._trees.get(act.step.tree_seq) if act.step.tree_seq is not None else None
        if tree is None or act.target is None:
            return None
        nodes = tree.nodes
        at = next((index for index, node in enumerate(nodes) if node.id == act.target.id), None)
        if at is None:
            return None
        around = nodes[at].parent
        while around >= 0:
            alike = [index for index in _below(tree, around) if nodes[index].role == act.role and index != at]
            if alike:
                if act.role in ("radio button", "radio menu item"):
                    return nodes[around].id, act.role
                # Entries of a menu or list: one is taken only where the thing around is a combo box.
                return (nodes[around].id, act.role) if nodes[around].role == "combo box" else None
            around = nodes[around].parent
        return None

    def _repeated(self) -> None:
        at = 0
        while at < len(self._acts):
            until = at + 1
            while until < len(self._acts) and self._in_vain(self._acts[until - 1], self._acts[until]):
                until += 1
            if until > at + 1:
                tries = self._acts[at:until]
                last = tries[-1]
                after = self._acts[until] if until < len(self._acts) else None
                if after is None or (last.seen is not None and after.seen not in (None, last.seen)):
                    self._spans.add("repeated", slip=tries[:-1], repair=[last])
            at = until

    def _in_vain(self, act: _Act, again: _Act) -> bool:
        """True when the second act tries the same as the first, which had changed nothing."""
        if act.key is None or act.key != again.key or act.action.kind != again.action.kind:
            return False
        if act.action.kind == "drag":
            return act.role not in SURFACES
        if not act.presses or act.role in CARETS or act.action.modifiers != again.action.modifiers:
            return False
        if act.role in INERT and not _near(act.action, again.action):
            return False
        waited_ns = again.action.start_ns - act.action.end_ns
        return act.seen is not None and act.seen == again.seen and waited_ns >= RETRY_MS * NS_PER_MS

    def _missed(self) -> None:
        for act, again in zip(self._acts, self._acts[1:], strict=False):
            if not act.presses or not again.presses or act.role not in INERT or again.role in INERT:
                continue
            if act.seen is None or act.seen != again.seen or act.key == again.key:
                continue
            beside = act.role in WORDS or self._holds(act, again)
            if beside and _distance(act.action, again.target) <= NEAR_PX:
                self._spans.add("missed", slip=[act], repair=[again])

    def _holds(self, around: _Act, inside: _Act) -> bool:
        """True when the one's element lies around the other's."""
        tree = self._trees.get(inside.step.tree_seq) if inside.step.tree_seq is not None else None
        if tree is None or around.target is None or inside.target is None:
            return False
        ids = [node.id for node in tree.nodes]
        if around.target.id not in ids or inside.target.id not in ids:
            return False
        return ids.index(inside.target.id) in _below(tree, ids.index(around.target.id))

    def _returned(self) -> None:
        at = 0
        while at < len(self._acts):
            at = self._detour(at) or at + 1

    def _detour(self, first: int) -> int | None:
        """Label the shortest detour that begins with an act; gives the place after it."""
        begun = self._acts[first]
        if begun.seen is None or not self._leads(begun):
            return None
        for last in range(first + 1, min(first + RETURN_STEPS, len(self._acts) - 1)):
            back, after = self._acts[last], self._acts[last + 1]
            if not self._leads(back) or self._acts[last].seen in (None, begun.seen):
                return None
            if after.seen == begun.seen:
                if back.role in EXCLUSIVE or (after.key == begun.key != back.key):
                    # Something was chosen, or what came up unasked was sent away: neither takes anything back.
                    return None
                repair = [after] if after.presses or after.action.kind in ("type", "press", "hotkey", "drag") else []
                self._spans.add("returned", slip=self._acts[first:last], undo=[back], repair=repair)
                return last + 1
        return None

    def _leads(self, act: _Act) -> bool:
        """True for what may lead elsewhere and back, and leaves nothing behind."""
        return self._spans.free(act) and (
            (act.presses and act.role not in BOXES)
            or (act.action.kind in ("press", "hotkey") and not act.erases and not act.changes)
        )


class _Seen:
    """What the screen showed before steps, as numbers to compare."""

    def __init__(self, trees: Mapping[int, ElementTree]) -> None:
        self._trees = trees
        self._known: dict[int, int | None] = {}

    def before(self, step: Step) -> int | None:
        """Equal for equal content; None where no whole tree was read."""
        if step.tree_seq is None:
            return None
        if step.tree_seq not in self._known:
            tree = self._trees.get(step.tree_seq)
            self._known[step.tree_seq] = _content(tree) if tree is not None and tree.complete else None
        return self._known[step.tree_seq]


def _content(tree: ElementTree) -> int:
    shown = tuple(
        (
            *(node.role, node.parent, node.name, node.text, node.value_class, node.bounds),
            tuple(state for state in node.states if state not in _PASSING),
        )
        for node in tree.nodes
    )
    return hash((tree.url, shown))


def _below(tree: ElementTree, around: int) -> Iterator[int]:
    inside = {around}
    for index in range(around + 1, len(tree.nodes)):
        if tree.nodes[index].parent in inside:
            inside.add(index)
            yield index


def _ticked(act: _Act) -> bool:
    states = act.target.states if act.target is not None else ()
    return "checked" in states or "pressed" in states


def _near(one: Action, other: Action) -> bool:
    if one.x is None or one.y is None or other.x is None or other.y is None:
        return False
    return max(abs(one.x - other.x), abs(one.y - other.y)) <= NEAR_PX


def _distance(action: Action, target: Element | None) -> float:
    """From where the action was to the target's bounds, px; infinite where either is unknown."""
    if target is None or target.bounds is None or action.x is None or action.y is None:
        return float("inf")
    bounds = target.bounds
    across = max(bounds.x - action.x, action.x - bounds.right, 0)
    down = max(bounds.y - action.y, action.y - bounds.bottom, 0)
    return float(max(across, down))


def _runs(acts: Sequence[_Act], keys: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    """Where each run of acts with one of these key combinations begins and ends (the place after it)."""
    first = 0
    while first < len(acts):
        until = first
        while until < len(acts) and acts[until].action.keys in keys:
            until += 1
        if until > first:
            yield first, until
        first = max(until, first + 1)
