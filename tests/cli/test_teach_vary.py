"""Demonstrations told in other words stay right: what the sentence names is what is pressed."""

from __future__ import annotations

from benchmarks.tasks import sabotage, simulated
from understudy.cli.teach_learn import ended
from understudy.cli.teach_vary import exchanged


def test_names_are_exchanged_in_the_sentence_and_on_the_screen_alike() -> None:
    shown = [ended(each) for each in sabotage.episodes(simulated.recordings(0, 4))]
    told = exchanged(shown, seed=1, copies=5)
    assert told == exchanged(shown, seed=1, copies=5) and told[:4] == shown
    assert len(told) == 4 * 6
    sentences = {each.task for each in shown}
    assert len({each.task for each in told} - sentences) >= 4
    for episode in told:
        pressed = [
            turn.observation.elements[turn.choice.element]
            for turn in episode.turns
            if turn.choice.kind == "click" and turn.choice.element is not None
        ]
        folder = episode.task.rpartition(" under ")[2]
        # The folder that the sentence says, and what is the same each time under its own name.
        assert [each.name for each in pressed] == ["Title", folder, "Save"]
        for turn in episode.turns:
            names = [each.name for each in turn.observation.elements if each.role == "radio button"]
            assert len(names) == len(set(names)) == 5 and folder in names
        typed = next(turn.choice.text for turn in episode.turns if turn.choice.kind == "type")
        assert f"File {typed} under" in episode.task


def test_what_is_never_named_is_left_alone() -> None:
    shown = [ended(each) for each in sabotage.episodes(simulated.recordings(0, 3), "redaction")]
    assert exchanged(shown, seed=0) == shown
