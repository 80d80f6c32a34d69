"""A dataset's rows → episodes to learn from: at each turn what was shown, what was done next, and what before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from understudy.dataset import Dataset
from understudy.dataset.flatten import end_id
from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.scrolled import done_of
from understudy.records.geometry import Rect


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an episode: `choice` was made with `observation` in front of the person, after `done`.

    `choice.element` is None where the step has no target that is among the observation's elements: such a turn tells
    what was done, but teaches no target. `correction` is the step's label of that name in the dataset, "" for none.
    """

    observation: Observation
    choice: Choice
    done: tuple[Done, ...] = ()
    correction: str = ""


class LearntEpisode(msgspec.Struct, frozen=True, kw_only=True):
    """One episode of a dataset.

    `task` in words, as told; `page` names what it was done in: the first known window's title, else its address, else
    its application. `outcome` is "success", "failure" or "" when nobody judged it, `quality` 0 to 1 or None when the
    version has no score. `contributor` and `recording_id` are the dataset's pseudonyms. `end` is what was there once
    all was done, None where the recording doesn't tell.
    """

    task: str
    page: str
    outcome: str
    contributor: str
    recording_id: str
    episode_id: str
    turns: tuple[Turn, ...]
    quality: float | None = None
    end: Observation | None = None


def episodes_of(dataset: Dataset) -> Iterator[LearntEpisode]:
    """Every episode of the version that has a step, in its order, one recording in memory at a time.

    Raises DamagedPart as the reader does.
    """
    for part in dataset.parts:
        shown = {
            row["observation_id"]: observation_of(row) for row in dataset.table_of(part, "observations").to_pylist()
        }
        steps: dict[str, list[dict[str, Any]]] = {}
        for row in dataset.table_of(part, "steps").to_pylist():
            steps.setdefault(row["episode_id"], []).append(row)
        for row in dataset.table_of(part, "episodes").to_pylist():
            rows = sorted(steps.get(row["episode_id"], ()), key=lambda step: step["index"])
            if rows:
                yield _episode(row, rows, shown)


def observation_of(row: Mapping[str, Any]) -> Observation:
    """A row of `observations` as a policy sees it."""
    return Observation(
        elements=tuple(
            _shown(element, hint)
            for element, hint in zip(row["elements"], row["hints"] or [""] * len(row["elements"]), strict=True)
        ),
        bounds=Rect(row["x"], row["y"], row["width"], row["height"]),
        url=row["url"],
        complete=row["complete"],
    )


def _shown(element: Mapping[str, Any], hint: str) -> Shown:
    return Shown(
        role=element["role"],
        parent=element["parent"],
        name=element["name"],
        text=element["text"],
        value_class=element["value_class"],
        states=tuple(element["states"].split(",")) if element["states"] else (),
        bounds=_rect(element["x"], element["y"], element["width"], element["height"]),
        hint=hint,
    )


def _rect(x: int | None, y: int | None, width: int | None, height: int | None) -> Rect | None:
    return None if x is None or y is None or width is None or height is None else Rect(x, y, width, height)


def _episode(
    row: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], shown: Mapping[str, Observation]
) -> LearntEpisode:
    turns: list[Turn] = []
    done: list[Done] = []
    for step in steps:
        observation = _seen(step, shown)
        choice = choice_of(step, observation)
        turns.append(
            Turn(
                observation=observation,
                choice=choice,
                done=tuple(done),
                correction=step.get("correction") or "",
            )
        )
        done.append(
            done_of(choice, observation) if choice.element is not None else Done(choice=choice, target=_told(step))
        )
    first = next((step for step in steps if step["window_title"] or step["url"]), steps[0])
    return LearntEpisode(
        task=row["task"],
        page=first["window_title"] or first["url"] or first["app"],
        outcome=row["outcome"] or "",
        contributor=row["contributor"],
        recording_id=row["recording_id"],
        episode_id=row["episode_id"],
        turns=tuple(turns),
        quality=row["quality"],
        end=_end(shown.get(end_id(row["episode_id"])), turns),
    )


def _end(observation: Observation | None, turns: Sequence[Turn]) -> Observation | None:
    """The screen after the last step, in the last step's window."""
    if observation is None or not turns:
        return None
    last = turns[-1].observation
    return msgspec.structs.replace(observation, app=last.app, title=last.title, url=observation.url or last.url)


def _seen(step: Mapping[str, Any], shown: Mapping[str, Observation]) -> Observation:
    """What was read before the step; without any element where nothing was."""
    found = shown.get(step["observation_id"]) if step["observation_id"] else None
    if found is None:
        screen = Rect(0, 0, step["screen_width"] or 0, step["screen_height"] or 0)
        found = Observation(elements=(), bounds=screen, complete=False)
    return msgspec.structs.replace(found, app=step["app"], title=step["window_title"], url=step["url"] or found.url)


def choice_of(step: Mapping[str, Any], observation: Observation) -> Choice:
    """A row of `steps` as a choice among the observation's elements.

    Where the row names no target among them, one is found that looks the same (`match`), else there is none. Its text
    is "" below level "text".
    """
    element = step["target_index"]
    if element is None or element >= len(observation.elements):
        told = _told(step)
        element = match(told, observation) if told is not None else None
    to_element = None
    if step["kind"] == "drag" and step["to_x"] is not None and step["to_y"] is not None:
        to_element = at(step["to_x"], step["to_y"], observation)
    return Choice(
        kind=step["kind"],
        element=element,
        to_element=to_element,
        # A shape ("Aaa 99") is not what was typed: nothing types it, and it must not become a learnt text.
        text=(step["text"] or "") if step.get("text_level") in (None, "text") else "",
        keys=tuple(step["keys"]),
        count=step["count"],
        button=step["button"],
        scroll_x=step["scroll_x"],
        scroll_y=step["scroll_y"],
    )


def _told(step: Mapping[str, Any]) -> Shown | None:
    """The step's target by the step's own columns, None when it has none."""
    if step["target_role"] is None:
        return None
    return Shown(
        role=step["target_role"],
        name=step["target_name"] or "",
        value_class=step["target_value_class"] or "",
        states=tuple(step["target_states"]),
        bounds=_rect(step["target_x"], step["target_y"], step["target_width"], step["target_height"]),
    )


def match(told: Shown, observation: Observation) -> int | None:
    """The one element with the same role and name, the nearest where there are several; None when there is none.

    Programs renew their elements under new ids, so that a target may stand in the tree without its id.
    """
    alike = [
        index
        for index, element in enumerate(observation.elements)
        if element.role == told.role and element.name == told.name
    ]
    if not alike:
        return None
    return min(alike, key=lambda index: (_distance(observation.elements[index].bounds, told.bounds), index))


def _distance(one: Rect | None, other: Rect | None) -> int:
    """Between the middles of two rectangles, px along both axes; large where one is unknown."""
    if one is None or other is None:
        return 1_000_000
    across = abs((one.x + one.right) - (other.x + other.right)) // 2
    return across + abs((one.y + one.bottom) - (other.y + other.bottom)) // 2


def at(x: int, y: int, observation: Observation) -> int | None:
    """The smallest element at a place in root px, the later one of equals (children follow); None: none is there."""
    found: int | None = None
    least = 0
    for index, element in enumerate(observation.elements):
        bounds = element.bounds
        if bounds is not None and bounds.contains(x, y):
            area = bounds.width * bounds.height
            if found is None or area <= least:
                found, least = index, area
    return found
