"""What an agent sees is what a recording of the same screen holds, and only values that were named are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.tasks import simulated
from understudy.cli.errors import UsageFault
from understudy.cli.teach_task import Taught, folder_of, load, name_of, save, slots_of, taught
from understudy.cli.teach_view import Irreversible, TaskView
from understudy.learn.acting import Shown
from understudy.records.events import Tree, Windows
from understudy.redact.policy import Policy
from understudy.redact.policy_file import read_policy
from understudy.settings import Home


def policy(text: str = simulated.POLICY) -> Policy:
    return read_policy(text.encode(), source="policy.toml")


def view(sentence: str = "File it", values: dict[str, str] | None = None, rules: str = simulated.POLICY) -> TaskView:
    return TaskView(policy(rules), sentence, values or {})


def test_an_agent_sees_what_a_recording_of_the_same_moment_keeps() -> None:
    recording = simulated.recording(3)
    _, records = simulated.demonstration(3)
    seen = view()
    told = 0
    for record in records:
        if isinstance(record, Windows | Tree):
            seen.learn(record)
        if not isinstance(record, Tree):
            continue
        shown = seen.seen()
        assert shown is not None and shown.tree == record
        assert len(shown.observation.elements) == len(record.nodes)
        kept = next((tree for tree in recording.tree if tree.started_ns == record.started_ns), None)
        if kept is None:
            continue
        told += 1
        # While its run is open a field has no name in the recording; the agent says what it typed into just now.
        typed_into = frozenset(node.id for node in kept.nodes if node.role == "text" and not node.name)
        again = seen.seen(typed_into)
        assert again is not None
        assert [(each.role, each.name, each.text, each.states) for each in again.observation.elements] == [
            (node.role, node.name, node.text, node.states) for node in kept.nodes
        ]
    assert told >= 3


def test_nothing_is_seen_of_a_program_out_of_scope() -> None:
    seen = view(rules=simulated.POLICY.replace('program = "form"', 'program = "another"'))
    _, records = simulated.demonstration(3)
    for record in records:
        if isinstance(record, Windows | Tree):
            seen.learn(record)
    assert seen.seen() is None


def test_values_that_were_named_are_known_by_their_tokens() -> None:
    seen = view("Write to anna@example.org about lamps", {"who": "anna@example.org", "what": "lamps"})
    assert seen.task == "Write to <EMAIL_1> about lamps"
    assert seen.value("<EMAIL_1>") == "anna@example.org"
    assert seen.value("To <EMAIL_1>: lamps") == "To anna@example.org: lamps"
    assert seen.value("<EMAIL_2>") is None and seen.unknown("<EMAIL_2> <EMAIL_1>") == ["<EMAIL_2>"]
    seen.know("<EMAIL_2>", "ben@example.org")
    assert seen.value("<EMAIL_2>") == "ben@example.org"


def test_a_slot_called_like_a_sensitive_field_is_known_by_that_fields_token() -> None:
    seen = view("File the note for Anna Berg", {"full_name": "Anna Berg"})
    assert seen.task == "File the note for Anna Berg"
    assert seen.value("<NAME_1>") == "Anna Berg"


def test_tokens_in_the_persons_own_words_stand_for_themselves_alone() -> None:
    seen = view("Copy <EMAIL_1>", {"what": "<EMAIL_1>"})
    assert seen.value("<EMAIL_1>") is None


@pytest.mark.parametrize(
    ("name", "asks"), [("Send", True), ("Send now…", True), ("SEND ALL", True), ("Sender", False), ("", False)]
)
def test_whole_words_tell_what_cannot_be_taken_back(name: str, asks: bool) -> None:
    assert Irreversible(("send", "place order"))(Shown(role="push button", name=name)) is asks
    assert Irreversible(())(Shown(role="push button", name=name)) is False


def test_what_varies_stands_in_braces() -> None:
    assert slots_of("File {name} under {folder} for {name}") == ("name", "folder")
    assert Taught(name="a", sentence="File {name} in {name}s").words({"name": "x"}) == "File x in xs"
    assert name_of("File the note for {name} under {folder}") == "file-the-note-for-under"
    for wrong in ("File {Name}", "File {}", "File {a b}", "File {a"):
        with pytest.raises(UsageFault, match="braces"):
            slots_of(wrong)


def test_tasks_are_kept_without_values_and_found_by_name_or_sentence(tmp_path: Path) -> None:
    home = Home(tmp_path)
    task = Taught(name="notes", sentence="File {name}", recordings=("ab" * 16,), dataset="taught notes", version=2)
    save(home, task)
    assert load(home, "notes") == load(home, "File {name}") == task
    assert taught(home) == [task]
    assert (folder_of(home, "notes").stat().st_mode & 0o777) == 0o700
    with pytest.raises(UsageFault, match="there are notes"):
        load(home, "other")
    for wrong in ("../up", "A", "", "a b"):
        with pytest.raises(UsageFault):
            folder_of(home, wrong)
