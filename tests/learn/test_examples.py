"""Rows of a dataset → episodes to learn from."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from understudy.dataset import Dataset
from understudy.dataset.tables import TABLES, field_name
from understudy.learn.acting import Observation, Shown
from understudy.learn.examples import at, episodes_of, match
from understudy.records.geometry import Rect

ROLE_BOUNDS = {"role": "", "name": "", "text": "", "value_class": "", "states": "", "parent": -1, "secure": False}


def element(role: str, name: str, x: int, **more: object) -> dict[str, object]:
    place = {"x": x, "y": 0, "width": 40, "height": 20}
    return ROLE_BOUNDS | {"role": role, "name": name} | place | more


def row(table: str, **told: Any) -> dict[str, Any]:  # noqa: ANN401
    """A row with a plausible value in each column that was not told."""
    empty: dict[str, Any] = {}
    for column in TABLES[table]:
        if column.null:
            value: Any = None
        elif pa.types.is_list(column.type):
            value = []
        elif pa.types.is_string(column.type):
            value = ""
        elif pa.types.is_boolean(column.type):
            value = False
        else:
            value = 0
        empty[field_name(column)] = value
    return empty | told


class Fake:
    """A dataset of one part."""

    def __init__(self, tables: Mapping[str, list[dict[str, Any]]]) -> None:
        self.parts = [SimpleNamespace(id="p")]
        self._tables = tables

    def table_of(self, _part: object, table: str) -> SimpleNamespace:
        return SimpleNamespace(to_pylist=lambda: self._tables[table])


OBSERVATION = row(
    "observations", observation_id="o1", width=200, height=100, url="https://shop.example/", complete=True,
    elements=[element("document web", "", 0), element("entry", "Name", 10, parent=0, states="focused,editable"),
              element("push button", "Go", 60, parent=0)],
    hints=["body", "input name", "button go #dddddd"],
)  # fmt: skip
EPISODE = row("episodes", episode_id="e1", recording_id="r1", contributor="c1", task="Enter Kim", outcome="success")


def step(index: int, kind: str, **told: object) -> dict[str, Any]:
    plain = {
        "step_id": f"s{index}",
        "episode_id": "e1",
        "index": index,
        "kind": kind,
        "window_title": "Shop",
        "count": 1,
    }
    return row("steps", **plain | {"observation_id": "o1"} | told)


def episode(*steps: dict[str, Any]) -> Any:  # noqa: ANN401
    fake: Any = Fake({"episodes": [EPISODE], "steps": list(steps), "observations": [OBSERVATION]})
    assert not isinstance(fake, Dataset)
    (found,) = episodes_of(fake)
    return found


def test_turns_tell_what_was_shown_and_done() -> None:
    told = episode(
        step(1, "click", target_index=2, button="left", correction="slip"),
        step(0, "type", target_index=1, text="Kim"),
    )
    assert (told.task, told.page, told.outcome, told.contributor, told.recording_id) == (
        *("Enter Kim", "Shop", "success", "c1", "r1"),
    )
    first, second = told.turns
    assert (first.choice.kind, first.choice.element, first.choice.text, first.done) == ("type", 1, "Kim", ())
    assert (second.choice.kind, second.choice.element, second.correction) == ("click", 2, "slip")
    assert [(each.choice.text, each.target.name) for each in second.done] == [("Kim", "Name")]
    shown = first.observation.elements
    assert shown[1].states == ("focused", "editable")
    assert [each.hint for each in shown] == ["body", "input name", "button go #dddddd"]
    assert shown[2].bounds == Rect(60, 0, 40, 20)


@pytest.mark.parametrize(("level", "text"), [("text", "Kim"), (None, "Kim"), ("shape", ""), ("timing", "")])
def test_the_shape_of_a_text_is_no_text(level: str | None, text: str) -> None:
    (turn,) = episode(step(0, "type", target_index=1, text="Kim", text_level=level)).turns
    assert turn.choice.text == text


def test_a_target_under_a_new_id_is_known_by_its_looks() -> None:
    told = episode(step(0, "click", target_role="push button", target_name="Go", target_states=[], target_path=[]))
    assert told.turns[0].choice.element == 2


def test_a_target_that_is_nowhere_teaches_none_but_was_done() -> None:
    gone = step(0, "click", target_role="link", target_name="Gone", target_states=[], target_path=[])
    told = episode(gone, step(1, "click", target_index=2))
    assert told.turns[0].choice.element is None
    assert told.turns[1].done[0].target.name == "Gone"


def test_a_step_without_a_tree_has_an_empty_observation() -> None:
    told = episode(step(0, "click", observation_id=None, screen_width=640, screen_height=480))
    assert told.turns[0].observation == Observation(
        elements=(), bounds=Rect(0, 0, 640, 480), title="Shop", complete=False
    )


def test_where_a_drag_ends() -> None:
    told = episode(step(0, "drag", target_index=2, x=70, y=5, to_x=12, to_y=5))
    assert told.turns[0].choice.to_element == 1


def test_the_nearest_of_alike_elements() -> None:
    alike = tuple(Shown(role="link", name="More", bounds=Rect(x, 0, 10, 10)) for x in (0, 100, 200))
    observation = Observation(elements=alike, bounds=Rect(0, 0, 300, 100))
    assert match(Shown(role="link", name="More", bounds=Rect(104, 2, 10, 10)), observation) == 1
    assert at(205, 5, observation) == 2
    assert at(50, 50, observation) is None
