"""Episodes as people made them → the turns worth teaching: what was meant, without what only hands and machines need.

Rules here hold for every task: they know roles and kinds of actions, never a task's words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.encode import steady
from understudy.learn.examples import LearntEpisode, Turn
from understudy.learn.menus import with_ways
from understudy.learn.scrolled import done_of

Corrections = Literal["keep", "drop", "weight"]
"""What becomes of turns in which somebody slipped or undid a slip: taught like others, not, or at a small weight."""

SLIPS = frozenset(("slip", "undo"))
"""Labels of `steps.correction` for turns that lead away from the task and back; repairs are right actions."""
SLIP_WEIGHT = 0.2
ENTRIES = frozenset(("entry", "password text", "spin button", "date editor", "text", "editbar", "search box"))
EACH_CLICK = frozenset(
    (
        *("push button", "toggle button", "link", "page tab", "check box", "radio button", "menu item", "spin button"),
        *("list item", "date editor", "section", "static", "image", "combo box"),
    )
)
"""Roles that act at each click of a double or triple one."""
PRESSES = frozenset(("click", "double_click", "triple_click", "long_press", "drag"))
HOLDERS = frozenset(("section", "panel", "filler", "form", "document web", "document frame", "scroll pane", "viewport"))
"""Roles of what is there to hold other things."""
PASSING = frozenset(("focused", "showing", "visible", "selected", "pressed", "active"))
"""States that come and go with the pointer and with scrolling."""
CLICKS = {"double_click": 2, "triple_click": 3}
SECRET = "<SECRET_"


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """A turn to be taught: as `Turn`, in the form in which a policy acts; `weight` 0 to 1, 0 teaches nothing."""

    observation: Observation
    choice: Choice
    done: tuple[Done, ...]
    weight: float = 1.0


def lessons_of(episode: LearntEpisode, *, corrections: Corrections = "keep") -> list[Lesson]:
    """The turns worth teaching, in order; after a success a last one that says "stop".

    Left out: waits; a scroll to what stood in the tree already (reaching it is the hand's work); selecting text that
    nothing was done with; another click on a field that has just been clicked; a press on what only holds other things,
    where nothing came of it. Put in: a press on each item whose menu a hovering pointer opened. A double click on what
    acts at each click is two. Text typed into a field in parts is one text. What was typed into a secure field is
    withheld: where the task's words hold exactly one secret, that is taken for it.
    """
    turns = _acting(with_ways(_with_secrets(episode)))
    lessons: list[Lesson] = []
    done: list[Done] = []
    for turn in turns:
        weight = 1.0
        if turn.correction in SLIPS and corrections != "keep":
            weight = 0.0 if corrections == "drop" else SLIP_WEIGHT
        lessons.append(Lesson(observation=turn.observation, choice=turn.choice, done=tuple(done), weight=weight))
        done.append(done_of(turn.choice, turn.observation))
    if lessons and episode.outcome == "success":
        # Nobody looked at the screen once more: the last one, with all done, stands for it.
        lessons.append(
            Lesson(observation=lessons[-1].observation, choice=Choice(kind="stop"), done=tuple(done), weight=0.5)
        )
    return lessons


def _target(turn: Turn) -> Shown | None:
    element = turn.choice.element
    return None if element is None else turn.observation.elements[element]


def _acting(turns: Sequence[Turn]) -> list[Turn]:
    out: list[Turn] = []
    for at, turn in enumerate(turns):
        choice, target = turn.choice, _target(turn)
        before = out[-1] if out else None
        if choice.kind == "wait" or (choice.kind == "scroll" and not _reveals(turn, turns[at + 1 :])):
            continue
        if at + 1 < len(turns) and _pressed_nothing(turn, turns[at + 1].observation):
            continue
        if choice.kind == "drag":
            if target is None or choice.to_element not in (None, choice.element):
                if target is None or choice.to_element is None:
                    continue
            elif target.role in ENTRIES:
                choice = Choice(kind="click", element=choice.element, button="left")
            else:
                continue
        if choice.kind == "long_press":
            choice = msgspec.structs.replace(choice, kind="click")
        times = 1
        if target is not None and choice.kind in CLICKS and target.role in EACH_CLICK:
            times = CLICKS[choice.kind]
            choice = msgspec.structs.replace(choice, kind="click")
        if choice.kind != "type" and choice.text:
            choice = msgspec.structs.replace(choice, text="")
        if before is not None and _again(before, turn, choice):
            if choice.kind == "type":
                # A part of which only the shape was kept leaves the whole text unknown.
                whole = before.choice.text + choice.text if before.choice.text and choice.text else ""
                merged = msgspec.structs.replace(before.choice, text=whole)
                out[-1] = msgspec.structs.replace(before, choice=merged)
            continue
        for _ in range(times):
            out.append(msgspec.structs.replace(turn, choice=choice))
    return out


def _pressed_nothing(turn: Turn, after: Observation) -> bool:
    """True for a press on what only holds other things, after which the same things are there: beside the mark, or on
    a scroll bar, which no tree tells."""
    target = _target(turn)
    if target is None or turn.choice.kind not in PRESSES or target.name or target.role not in HOLDERS:
        return False
    if "focusable" in target.states or all(each.parent != turn.choice.element for each in turn.observation.elements):
        return False
    return _what_is_there(turn.observation) == _what_is_there(after)


def _what_is_there(observation: Observation) -> Counter[tuple[object, ...]]:
    return Counter(
        (each.role, each.name, each.text, each.value_class, frozenset(each.states) - PASSING, *steady(each.hint))
        for each in observation.elements
    )


def _again(before: Turn, turn: Turn, choice: Choice) -> bool:
    """True for a second click on a field, and for more text typed into it."""
    target, had = _target(turn), _target(before)
    if (
        target is None
        or had is None
        or target.role not in ENTRIES
        or (target.role, target.name) != (had.role, had.name)
    ):
        return False
    if choice.element != before.choice.element:
        return False
    if choice.kind == "type":
        return before.choice.kind == "type"
    return choice.kind in ("click", "double_click", "triple_click") and before.choice.kind == "click"


def _reveals(turn: Turn, later: Sequence[Turn]) -> bool:
    """Whether a scroll brought something to act upon that the tree didn't hold before."""
    following = next((each for each in later if each.choice.kind not in ("scroll", "wait")), None)
    target = None if following is None else _target(following)
    if target is None:
        return False
    return not any(
        (element.role, element.name, element.hint) == (target.role, target.name, target.hint)
        for element in turn.observation.elements
    )


def _with_secrets(episode: LearntEpisode) -> list[Turn]:
    """The turns, with one for each text that somebody must have typed into a secure field they went to."""
    secrets = {word for word in episode.task.replace('"', " ").replace(",", " ").split() if word.startswith(SECRET)}
    secrets = {word[: word.index(">") + 1] for word in secrets if ">" in word}
    if len(secrets) != 1 or episode.outcome != "success":
        return list(episode.turns)
    (secret,) = secrets
    out: list[Turn] = []
    for at, turn in enumerate(episode.turns):
        out.append(turn)
        field = _secure_field(turn)
        following = next((each for each in episode.turns[at + 1 :] if each.choice.kind != "wait"), None)
        if field is None or following is None or following.choice.kind == "type" or _secure_click(following) == field:
            continue
        out.append(
            Turn(
                observation=_focused(turn.observation, field),
                choice=Choice(kind="type", element=field, text=secret),
                done=(),
            )
        )
    return out


def _secure_click(turn: Turn) -> int | None:
    target = _target(turn)
    secure = target is not None and target.role == "password text" and turn.choice.kind in ("click", *CLICKS)
    return turn.choice.element if secure else None


def _secure_field(turn: Turn) -> int | None:
    """The secure field that has the focus after a turn: it was clicked, or Tab led to it from the field before."""
    clicked = _secure_click(turn)
    if clicked is not None or turn.choice.element is None or turn.choice.keys != ("Tab",):
        return clicked
    for index in range(turn.choice.element + 1, len(turn.observation.elements)):
        element = turn.observation.elements[index]
        if "focusable" in element.states:
            return index if element.role == "password text" else None
    return None


def _focused(observation: Observation, field: int) -> Observation:
    """The same with the focus on one element."""
    elements = []
    for index, element in enumerate(observation.elements):
        states = tuple(state for state in element.states if state != "focused")
        states = (*states, "focused") if index == field else states
        elements.append(msgspec.structs.replace(element, states=states) if states != element.states else element)
    return msgspec.structs.replace(observation, elements=tuple(elements))
