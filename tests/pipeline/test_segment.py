"""Episodes end at task marks, else at long pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from understudy.pipeline.ground import ground
from understudy.pipeline.reduce import reduce
from understudy.pipeline.segment import segment
from understudy.records.actions import Episode

if TYPE_CHECKING:
    from tests.pipeline.conftest import Hand


def episodes(hand: Hand) -> list[Episode]:
    recording = hand.recording()
    return segment(recording, ground(recording, reduce(recording)))


def test_a_recording_is_one_episode_with_its_task(hand: Hand) -> None:
    hand.click().wait(1000).key("Return")
    [episode] = episodes(hand)
    assert (episode.task, episode.cause, len(episode.steps)) == ("order paper", "end", 2)
    assert episode.start_ns == episode.steps[0].action.start_ns
    assert episode.end_ns == episode.steps[1].action.end_ns


def test_task_marks_begin_episodes_and_pauses_do_not(hand: Hand) -> None:
    hand.marks("task", detail="first").click().wait(400_000).click().wait(5000)
    hand.marks("task", detail="second").wait(3000).click()
    first, second = episodes(hand)
    assert (first.task, first.cause, [step.action.kind for step in first.steps]) == (
        "first",
        "task",
        ["click", "wait", "click"],
    )
    assert (second.task, second.cause, [step.action.kind for step in second.steps]) == ("second", "end", ["click"])
    assert [episode.index for episode in (first, second)] == [0, 1]


def test_steps_before_the_first_task_mark_keep_the_recordings_task(hand: Hand) -> None:
    hand.click().wait(1000).marks("task", detail="later").wait(1000).click()
    assert [episode.task for episode in episodes(hand)] == ["order paper", "later"]


def test_a_long_pause_ends_an_episode_and_belongs_to_none(hand: Hand) -> None:
    hand.click().wait(3000).click().wait(301_000).click()
    first, second = episodes(hand)
    assert (first.cause, second.cause) == ("pause", "end")
    assert [step.action.kind for step in (*first.steps, *second.steps)] == ["click", "wait", "click", "click"]


def test_a_pause_that_was_asked_for_counts_as_time(hand: Hand) -> None:
    hand.click().wait(100).marks("pause").wait(400_000).marks("resume").click()
    assert [episode.cause for episode in episodes(hand)] == ["pause", "end"]


def test_nothing_gives_no_episode(hand: Hand) -> None:
    assert episodes(hand) == []
    hand.marks("task", detail="nothing done")
    assert episodes(hand) == []
