"""What an episode is worth: each part by hand, and how they add up."""

from __future__ import annotations

import msgspec
import pytest

from understudy.pipeline.score import FAILED, WEIGHTS, parts_of, score
from understudy.records.actions import Action, Episode, QualityParts, Step
from understudy.records.elements import Element
from understudy.records.events import Mark
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Frame, TreeNode
from understudy.records.recording import Recording, RecordingInfo

INFO = RecordingInfo(
    id="ab" * 16, contributor="c", consent_id="cd" * 16, profile="own-work", started_at="2026-01-02T03:04:05+00:00",
    start_ns=0, policy_sha256="", product_version="0", schema_version=1,
)  # fmt: skip
TREE = ElementTree(
    time_ns=0,
    seq=0,
    started_ns=0,
    window=1,
    bounds=Rect(0, 0, 9, 9),
    nodes=(TreeNode(id="a", role="frame", parent=-1),),
)
BUTTON = Element(id="b", role="push button", name="OK")


def step(kind: str = "click", **fields: object) -> Step:
    action = Action(kind=kind, start_ns=0, end_ns=0, **{n: v for n, v in fields.items() if n in ("text", "text_level")})  # type: ignore[arg-type]
    rest = {name: value for name, value in fields.items() if name not in ("text", "text_level")}
    told = {"frame_seq": None, "frame_age_ms": None, "target": BUTTON, "target_confidence": "rested", "tree_seq": 0}
    return Step(index=0, action=action, **(told | rest))  # type: ignore[arg-type]


def parts(*steps: Step, outcome: str | None = None, **streams: object) -> QualityParts:
    episode = Episode(index=0, task="", start_ns=0, end_ns=9, steps=steps, cause="end")
    return parts_of(Recording(info=INFO, **({"tree": (TREE,)} | streams)), episode, outcome)  # type: ignore[arg-type]


def frame(masked_px: int = 0) -> Frame:
    return Frame(time_ns=0, seq=0, changed_ns=0, width=10, height=10, key=True, patches=(), masked_px=masked_px)


def test_a_faultless_episode_scores_one() -> None:
    told = parts(step(frame_seq=0, frame_age_ms=0.0), outcome="success", frame=(frame(),))
    assert told == QualityParts(fresh=1, grounded=1, readable=1, succeeded=1, direct=1)
    assert score(msgspec.structs.replace(told, unique=1.0, busy=1.0)) == 1.0


def test_the_age_of_pictures() -> None:
    ages = (0.0, 300.0, 900.0, 5000.0, None)
    told = parts(*(step(frame_seq=0, frame_age_ms=age) for age in ages), frame=(frame(),))
    assert told.fresh == pytest.approx((1 + 1 + 0.5 + 0 + 0) / 5)
    assert parts(step()).fresh is None, "imported without pictures"


def test_how_surely_the_target_is_known() -> None:
    told = parts(step(), step(target_confidence="none"), step("press", target_confidence="none"), step("wait"))
    assert told.grounded == 0.5, "keys and waits need no element"
    assert parts(step(tree_seq=None)).grounded == 0.5


def test_what_redaction_took() -> None:
    token = step("type", text="to <EMAIL_1>", text_level="text")
    shape = step("type", text="Aaaa", text_level="shape")
    secret = step(target=Element(id="p", role="password text", secure=True))
    assert parts(step(), token, shape, secret).readable == 0.25
    assert parts(step(frame_seq=0, frame_age_ms=0.0), frame=(frame(masked_px=40),)).readable == 0.6
    lost = Mark(time_ns=5, seq=0, kind="dropped", reason="secure_field", what="keys")
    assert parts(step(), mark=(lost,)).readable == 0.5


def test_slips_and_what_takes_them_back_are_not_direct() -> None:
    steps = [step(correction=label) for label in ("slip", "undo", "repair", "within", None)]
    assert parts(*steps).direct == 0.6


def test_a_failed_task_stays_below_every_one_that_was_done() -> None:
    good = QualityParts(grounded=1, direct=1, readable=1, succeeded=0, unique=1, busy=1)
    worst = QualityParts(fresh=0.5, grounded=0.6, direct=0.5, readable=0.5, succeeded=1, unique=0.2, busy=0.1)
    assert score(good) <= FAILED < score(worst)


def test_what_does_not_apply_counts_neither_way() -> None:
    assert score(QualityParts(grounded=0.5)) == 0.5
    assert score(QualityParts()) == 0.0
    assert set(WEIGHTS) == set(QualityParts.__struct_fields__)
    half = QualityParts(grounded=1.0, unique=0.5)
    assert score(half) == pytest.approx((3 + 0.5) / 4, abs=1e-3)


def test_empty_episodes_have_no_parts() -> None:
    assert score(parts(step("wait"))) == 0.0
