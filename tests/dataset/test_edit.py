from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.dataset.edit import edit_tables, episode_lines, stills_of
from understudy.dataset.edit_operations import AnyOperation, Delete, EditError, Merge, Relabel, Split, Trim, place
from understudy.dataset.tables import TABLES, schema

NAME = "ab" * 16
Tables = dict[str, pa.Table]


def blank(table: str) -> dict[str, Any]:
    """A row with something of the right type in every column."""
    values: dict[str, Any] = {"string": "", "int32": 0, "int64": 0, "bool": False, "float": None, "double": 0.0}
    row = {field.name: None if field.nullable else values.get(str(field.type), []) for field in schema(table)}
    return row | ({"quality_parts": {}} if table == "episodes" else {})


def part(*lengths: int, outcome: str | None = None, durations: bool = True) -> Tables:
    """A part whose episodes have these numbers of steps: one a second, a still for each two, a path and two keys each.

    Episodes are 10 s apart; each takes 1 s a step and ends 300 ms after its last step began.
    """
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    start_ms, seq = 5000, 0
    for index, length in enumerate(lengths):
        episode_id = f"{NAME}-e{index:04d}"
        end_ms = start_ms + 1000 * (length - 1) + 300
        words = {"episode_id": episode_id, "recording_id": NAME, "index": index, "task": f"task {index}"}
        times = {"start_ms": start_ms, "end_ms": end_ms, "steps": length, "cause": "task", "outcome": outcome}
        rows["episodes"].append(blank("episodes") | words | times)
        for nth in range(length):
            names = {"step_id": f"{episode_id}-s{nth:05d}", "episode_id": episode_id}
            # The text tells which step of the source this is, whatever becomes of its id.
            shown = {"text": f"step {seq}", "still_id": None if seq % 5 == 4 else f"{NAME}-f{seq // 2:06d}"}
            times = {"start_ms": 1000 * nth, "duration_ms": 300 if durations else None}
            rows["steps"].append(blank("steps") | names | {"index": nth, "kind": "click"} | times | shown)
            points = [{"t_ms": 1000 * nth + late, "x": seq, "y": late} for late in (-200, 0)]
            rows["trajectories"].append(names | {"level": "full", "points": points})
            for key in range(2):
                rows["keystrokes"].append(blank("keystrokes") | names | {"index": key, "key": f"{seq}.{key}"})
            seq += 1
        start_ms = end_ms + 10_000
    rows["app_usage"].append(blank("app_usage") | {"recording_id": NAME, "end_ms": 99, "state": "focused"})
    rows["marks"].append(blank("marks") | {"recording_id": NAME, "kind": "start"})
    return {name: pa.Table.from_pylist(listed, schema=schema(name)) for name, listed in rows.items()}


def texts(tables: Tables) -> list[list[int]]:
    """For each episode, which steps of the source it holds."""
    held: dict[str, list[int]] = {row["episode_id"]: [] for row in tables["episodes"].to_pylist()}
    for row in tables["steps"].to_pylist():
        held[row["episode_id"]].append(int(row["text"].removeprefix("step ")))
    return list(held.values())


def check(tables: Tables, source: Tables) -> None:
    """What holds for every part, edited or not."""
    episodes, steps = tables["episodes"].to_pylist(), tables["steps"].to_pylist()
    assert [row["index"] for row in episodes] == list(range(len(episodes)))
    assert len({row["episode_id"] for row in episodes}) == len(episodes)
    assert len({row["step_id"] for row in steps}) == len(steps)
    # Steps stand in the order of their episodes, gapless; each begins after the one before, within its episode.
    by_episode = [[row for row in steps if row["episode_id"] == one["episode_id"]] for one in episodes]
    assert [row for rows in by_episode for row in rows] == steps
    origin = {row["text"]: row for row in source["steps"].to_pylist()}
    begins = {row["episode_id"]: row["start_ms"] for row in source["episodes"].to_pylist()}
    before_ms = 0
    for episode, rows in zip(episodes, by_episode, strict=True):
        assert episode["steps"] == len(rows) > 0
        assert [row["index"] for row in rows] == list(range(len(rows)))
        assert rows[0]["start_ms"] == 0
        assert before_ms <= episode["start_ms"] <= episode["end_ms"]
        before_ms = episode["end_ms"]
        starts = [row["start_ms"] for row in rows]
        assert starts == sorted(starts)
        assert episode["start_ms"] + starts[-1] + (rows[-1]["duration_ms"] or 0) <= episode["end_ms"]
        for row in rows:
            # Every step is one of the source's, at the same time of the recording, else unchanged.
            old = origin[row["text"]]
            assert episode["start_ms"] + row["start_ms"] == begins[old["episode_id"]] + old["start_ms"]
            changed = ("step_id", "episode_id", "index", "start_ms")
            assert {k: v for k, v in row.items() if k not in changed} == {
                k: v for k, v in old.items() if k not in changed
            }
    numbers = [number for held in texts(tables) for number in held]
    assert numbers == sorted(set(numbers))
    # Paths and keys follow their steps.
    start_of = {row["step_id"]: row for row in steps}
    assert [row["step_id"] for row in tables["trajectories"].to_pylist()] == [row["step_id"] for row in steps]
    for row in tables["trajectories"].to_pylist():
        step = start_of[row["step_id"]]
        assert row["episode_id"] == step["episode_id"]
        assert [point["t_ms"] - step["start_ms"] for point in row["points"]] == [-200, 0]
    keys = [(row["step_id"], row["episode_id"], row["key"]) for row in tables["keystrokes"].to_pylist()]
    assert keys == [
        (row["step_id"], row["episode_id"], f"{row['text'][5:]}.{key}") for row in steps for key in range(2)
    ]
    assert stills_of(tables) <= stills_of(source)
    assert stills_of(tables) == {row["still_id"] for row in steps} - {None}
    for name in TABLES:
        assert tables[name].schema == schema(name)
    assert tables["marks"] == source["marks"] and tables["app_usage"] == source["app_usage"]


def test_trim_keeps_what_was_named_and_moves_the_times() -> None:
    source = part(4, 5, 2)
    edited = edit_tables(source, [Trim(1, 2, 3)])
    check(edited, source)
    assert texts(edited) == [[0, 1, 2, 3], [6, 7], [9, 10]]
    before, after = source["episodes"].to_pylist(), edited["episodes"].to_pylist()
    assert after[1]["start_ms"] == before[1]["start_ms"] + 2000
    assert after[1]["end_ms"] == before[1]["start_ms"] + 3300
    assert (after[1]["steps"], after[1]["cause"]) == (2, "edit")
    # The others are what they were, ids included.
    assert [after[0], after[2]] == [before[0], before[2]]
    assert after[1]["episode_id"] != before[1]["episode_id"]
    assert after[1]["episode_id"].startswith(NAME)
    step = edited["steps"].to_pylist()[4]
    assert step["step_id"] == f"{after[1]['episode_id']}-s00000"


def test_a_trim_to_the_end_ends_as_the_whole_did() -> None:
    source = part(4)
    edited = edit_tables(source, [Trim(0, 2)])
    check(edited, source)
    (whole,), (left,) = source["episodes"].to_pylist(), edited["episodes"].to_pylist()
    assert (left["end_ms"], left["cause"]) == (whole["end_ms"], "task")


def test_where_durations_are_withheld_a_piece_ends_as_the_next_step_begins() -> None:
    edited = edit_tables(part(4, durations=False), [Trim(0, 0, 1)])
    assert edited["episodes"].to_pylist()[0]["end_ms"] == 5000 + 2000


def test_split_and_merge_give_the_whole_again() -> None:
    source = part(3, 5)
    halves = edit_tables(source, [Split(1, 2)])
    check(halves, source)
    assert texts(halves) == [[0, 1, 2], [3, 4], [5, 6, 7]]
    assert [row["task"] for row in halves["episodes"].to_pylist()] == ["task 0", "task 1", "task 1"]
    whole = edit_tables(halves, [Merge((1, 2))])
    check(whole, source)
    names = ("step_id", "episode_id")
    for table in TABLES:
        assert [{k: v for k, v in row.items() if k not in names} for row in whole[table].to_pylist()] == [
            {k: v for k, v in row.items() if k not in names} for row in source[table].to_pylist()
        ]


def test_merged_tasks_are_each_said_once() -> None:
    source = edit_tables(part(1, 1, 1, 1), [Relabel(2, "task 0"), Relabel(3, "")])
    merged = edit_tables(source, [Merge((0, 1, 2, 3))])
    assert [row["task"] for row in merged["episodes"].to_pylist()] == ["task 0; task 1"]


def test_relabel_changes_the_task_alone() -> None:
    source = part(2, 2)
    edited = edit_tables(source, [Relabel(0, "file the report")])
    check(edited, source)
    changed = ("episode_id", "task")
    before, after = source["episodes"].to_pylist(), edited["episodes"].to_pylist()
    assert after[0]["task"] == "file the report"
    assert {k: v for k, v in after[0].items() if k not in changed} == {
        k: v for k, v in before[0].items() if k not in changed
    }
    assert after[1] == before[1]


def test_delete_closes_the_gap_and_drops_stills_that_nobody_needs() -> None:
    source = part(4, 2, 4)
    edited = edit_tables(source, [Delete(1)])
    check(edited, source)
    assert texts(edited) == [[0, 1, 2, 3], [6, 7, 8, 9]]
    assert stills_of(source) - stills_of(edited) == {f"{NAME}-f000002"}


@pytest.mark.parametrize(
    ("operation", "outcomes"),
    [
        (Trim(0, 0, 1), [None, "success"]),
        (Split(0, 1), [None, None, "success"]),
        (Merge((0, 1)), ["success"]),
        (Relabel(0, "else"), [None, "success"]),
        (Delete(0), ["success"]),
    ],
)
def test_success_is_not_said_of_what_was_not_judged(operation: AnyOperation, outcomes: list[str | None]) -> None:
    edited = edit_tables(part(3, 3, outcome="success"), [operation])
    assert edited["episodes"]["outcome"].to_pylist() == outcomes


def test_nothing_done_is_the_same_table() -> None:
    source = part(3, 1)
    assert edit_tables(source, []) == source


def test_episodes_are_listed_with_their_numbers() -> None:
    lines = list(episode_lines([part(2, 3)["episodes"], part(1)["episodes"]]))
    assert [(line.number, line.steps, line.task) for line in lines] == [
        (0, 2, "task 0"),
        (1, 3, "task 1"),
        (2, 1, "task 0"),
    ]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (Trim(7, 0, 1), "trim episode 7 to steps 0 to 1: there is no episode 7; expected 0 to 3"),
        (Trim(3, 1, 9), "trim episode 3 to steps 1 to 9: it has 4 steps, 0 to 3; expected two of these, in order"),
        (Trim(3, 2, 1), "it has 4 steps, 0 to 3; expected two of these, in order"),
        (Trim(3), "trim episode 3 to steps 0 to the end: these are all of its steps; expected fewer"),
        (Split(3, 0), "split episode 3 before step 0: expected a step from 1 to 3, so that both halves have steps"),
        (Split(3, 4), "expected a step from 1 to 3"),
        (Split(2, 1), "split episode 2 before step 1: it has one step only, which can't be split"),
        (Merge((2,)), "merge episodes 2: expected two episodes or more"),
        (Merge(()), "merge: expected two episodes or more"),
        (Merge((1, 2)), "episode 2 is not of the same recording; expected 0 to 1"),
        (Merge((1, 0)), "merge episodes 1, 0: expected episodes that follow one another, in order"),
        (Merge((2, 2)), "expected episodes that follow one another"),
        (Relabel(-1, ""), "relabel episode -1: there is no episode -1; expected 0 to 3"),
        (Delete(4), "delete episode 4: there is no episode 4; expected 0 to 3"),
    ],
)
def test_what_can_not_be_done_names_the_episode_and_what_was_expected(operation: AnyOperation, message: str) -> None:
    with pytest.raises(EditError) as raised:
        place({"a": (3, 3), "b": (1, 4)}, [operation])
    assert message in str(raised.value)


def test_operations_find_their_part_and_later_ones_see_the_numbers_that_earlier_ones_left() -> None:
    parts = {"a": (3, 3), "b": (2, 4)}
    done = place(parts, [Split(1, 1), Delete(0), Trim(3, 1, 2), Merge((0, 1)), Relabel(0, "x"), Delete(2)])
    assert done == {
        "a": [Split(1, 1), Delete(0), Merge((0, 1)), Relabel(0, "x")],
        "b": [Trim(1, 1, 2), Delete(1)],
    }
    with pytest.raises(EditError, match="no episodes are left"):
        place({"a": (1,)}, [Delete(0), Delete(0)])


@st.composite
def edits(draw: st.DrawFn) -> tuple[tuple[int, ...], list[AnyOperation]]:
    """Lengths of episodes, and operations that can be done to them one after another."""
    lengths = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    now = list(lengths)
    operations: list[AnyOperation] = []
    for _ in range(draw(st.integers(0, 7))):
        if not now:
            break
        nth = draw(st.integers(0, len(now) - 1))
        kinds = ["relabel", "delete"] + (["trim", "split"] if now[nth] > 1 else []) + (["merge"] if nth else [])
        match draw(st.sampled_from(kinds)):
            case "relabel":
                operations.append(Relabel(nth, draw(st.text(max_size=5))))
            case "delete":
                operations.append(Delete(nth))
                del now[nth]
            case "trim":
                kept = draw(st.integers(1, now[nth] - 1))
                first = draw(st.integers(0, now[nth] - kept))
                operations.append(Trim(nth, first, first + kept - 1))
                now[nth] = kept
            case "split":
                before = draw(st.integers(1, now[nth] - 1))
                operations.append(Split(nth, before))
                now[nth : nth + 1] = [before, now[nth] - before]
            case "merge":
                first = draw(st.integers(0, nth - 1))
                operations.append(Merge(tuple(range(first, nth + 1))))
                now[first : nth + 1] = [sum(now[first : nth + 1])]
    return lengths, operations


def expected(lengths: Sequence[int], operations: Sequence[AnyOperation]) -> list[list[int]]:
    """Which steps each episode holds afterwards, by the plainest reading of the operations."""
    numbers = iter(range(sum(lengths)))
    held = [[next(numbers) for _ in range(length)] for length in lengths]
    for operation in operations:
        match operation:
            case Trim(nth, first, last):
                held[nth] = held[nth][first : None if last is None else last + 1]
            case Split(nth, before):
                held[nth : nth + 1] = [held[nth][:before], held[nth][before:]]
            case Merge(together):
                held[together[0] : together[-1] + 1] = [[one for nth in together for one in held[nth]]]
            case Delete(nth):
                del held[nth]
    return held


@settings(max_examples=150, deadline=None)
@given(edits(), st.booleans())
def test_any_edits_leave_a_whole_part(made: tuple[tuple[int, ...], list[AnyOperation]], durations: bool) -> None:
    lengths, operations = made
    source = part(*lengths, durations=durations)
    edited = edit_tables(source, operations)
    check(edited, source)
    assert texts(edited) == expected(lengths, operations)
    assert edit_tables(source, operations) == edited
    # All at once is one after another, ids included.
    step_by_step = source
    for operation in operations:
        step_by_step = edit_tables(step_by_step, [operation])
    assert step_by_step == edited
    # Who wasn't touched keeps everything but its place.
    old = {row["episode_id"]: row for row in source["episodes"].to_pylist()}
    for row in edited["episodes"].to_pylist():
        if row["episode_id"] in old:
            assert row | {"index": 0} == old[row["episode_id"]] | {"index": 0}
