"""The second pass as part of a build: what it takes out is counted and told, and workplace recordings need it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from understudy.build import BuildError, BuildResult, build_dataset, open_dataset

ONE = "a1" * 16
NOW = "2026-02-01T00:00:00+00:00"
MAIL = "kumquat@limerick.example.com"


def build(stage: SimpleNamespace, **options: object) -> BuildResult:
    return build_dataset(stage.home, "orders", identity=stage.identity, clock=lambda: NOW, **options)  # type: ignore[arg-type]


def texts(stage: SimpleNamespace) -> str:
    dataset = open_dataset(stage.home, "orders")
    return repr([table.to_pylist() for table in dataset.tables.values()])


def test_what_the_recorder_left_is_taken_out_counted_and_told(stage: SimpleNamespace) -> None:
    stage.recording(ONE, word=MAIL)
    assert build(stage, second_pass=False).second_pass == ""
    assert MAIL in texts(stage)
    result = build(stage)
    assert MAIL not in texts(stage) and "<EMAIL_1>" in texts(stage)
    assert result.second_pass_found["EMAIL"] >= 1 and "presidio-analyzer" in result.second_pass
    dataset = open_dataset(stage.home, "orders")
    assert dataset.manifest.second_pass == result.second_pass
    assert "Second pass over all texts by presidio-analyzer" in dataset.card.markdown
    typed = next(step for step in dataset.steps() if step["kind"] == "type")
    keystrokes = dataset.tables["keystrokes"].to_pylist()
    assert typed["text"] == "<EMAIL_1>" and not [row for row in keystrokes if row["step_id"] == typed["step_id"]]


def test_workplace_recordings_are_not_built_without_it_unless_told(
    stage: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("understudy.pipeline.finders.installed", lambda: False)
    stage.recording(ONE, consent_id=stage.consent("c1" * 16, profile="workplace"))
    with pytest.raises(BuildError, match="second time by presidio-analyzer and detect-secrets; install them"):
        build(stage)
    with pytest.raises(BuildError, match="the second pass needs"):
        build(stage, second_pass=True)
    assert build(stage, second_pass=False).second_pass == ""


def test_own_work_is_built_without_it_where_it_is_not_installed(
    stage: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("understudy.pipeline.finders.installed", lambda: False)
    stage.recording(ONE)
    assert build(stage).second_pass == ""
    assert "No second pass over the texts was made" in open_dataset(stage.home, "orders").card.markdown
