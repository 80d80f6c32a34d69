"""How far the pipeline's steps agree with what somebody wrote down by hand of the same demonstrations."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from understudy.records.actions import Episode, Step

EXPECTED = Path(__file__).with_name("expected_miniwob.json")
KEPT_FROM = ("click", "double_click", "triple_click", "drag", "scroll", "type", "press", "hotkey", "long_press")


@dataclass
class Agreement:
    """Counts over all steps written down. `differences` say in words what differs, one line each."""

    demonstrations: int = 0
    whole: int = 0
    steps: int = 0
    agreeing: int = 0
    extra: int = 0
    by_field: dict[str, list[int]] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Steps that agree in everything that was written down, of all written down and all invented."""
        return self.agreeing / (self.steps + self.extra)


def expected() -> list[dict[str, Any]]:
    """The demonstrations as written down."""
    told: dict[str, list[dict[str, Any]]] = json.loads(EXPECTED.read_text())
    return told["demonstrations"]


def compare(agreement: Agreement, row: dict[str, Any], episodes: Sequence[Episode]) -> None:
    """Count one demonstration in."""
    got = [step for episode in episodes for step in episode.steps if step.action.kind != "wait"]
    agreement.demonstrations += 1
    where, whole = f"{row['task']} {row['sha256']}", True
    for want, step in _aligned(row["actions"], got):
        if want is None and step is not None:
            agreement.extra += 1
            agreement.differences.append(f"{where}: nobody did {_told(step)}")
            whole = False
            continue
        if want is None:
            continue
        agreement.steps += 1
        wrong = _wrong(agreement, want, step)
        if wrong:
            whole = False
            told = "nothing" if step is None else _told(step)
            agreement.differences.append(f"{where}: {_short(want)} became {told} ({', '.join(wrong)})")
        else:
            agreement.agreeing += 1
    agreement.whole += whole


def _aligned(
    wants: Sequence[dict[str, Any]], got: Sequence[Step]
) -> Iterator[tuple[dict[str, Any] | None, Step | None]]:
    """Both side by side, in order, so that as much as possible agrees. Secrets stand beside nothing."""
    rows, columns = len(wants), len(got)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + _likeness(wants[i], got[j]))
    i = j = 0
    while i < rows or j < columns:
        if (
            i < rows
            and j < columns
            and best[i][j] == best[i + 1][j + 1] + _likeness(wants[i], got[j]) > best[i + 1][j + 1]
        ):
            yield wants[i], got[j]
            i, j = i + 1, j + 1
        elif i < rows and (j == columns or best[i][j] == best[i + 1][j]):
            yield wants[i], None
            i += 1
        else:
            yield None, got[j]
            j += 1


def _likeness(want: dict[str, Any], step: Step) -> float:
    if want["kind"] == "secret":
        return 0.0
    pointing = ("click", "double_click", "triple_click", "drag", "long_press")
    same_kind = want["kind"] == step.action.kind
    if not same_kind and not (want["kind"] in pointing and step.action.kind in pointing):
        return 0.0
    return 2.0 + same_kind + sum(_fields(want, step).values()) / 10


def _fields(want: dict[str, Any], step: Step) -> dict[str, bool]:
    """Each field that was written down: does the step have it so?"""
    # A window in the place of an element: a page that recorded itself told none there.
    action, target = step.action, None if step.target_confidence == "window" else step.target
    found = {"kind": want["kind"] == action.kind}
    if want.get("role") is not None:
        found["role"] = _is(want["role"], target.role if target else "")
    if want.get("name") is not None:
        found["name"] = _is(want["name"], target.name if target else "")
    if "text" in want:
        found["text"] = _is(want["text"], action.text)
    if "keys" in want:
        found["keys"] = tuple(want["keys"]) == action.keys
    if "corrections" in want:
        found["corrections"] = want["corrections"] == action.corrections
    if "direction" in want:
        way = "down" if action.scroll_y > 0 else "up" if action.scroll_y < 0 else "sideways"
        found["direction"] = want["direction"] == way
    return found


def _wrong(agreement: Agreement, want: dict[str, Any], step: Step | None) -> list[str]:
    """The fields that differ; a secret is right when nothing stands for it."""
    if want["kind"] == "secret":
        fields = {"secret": step is None}
    elif step is None:
        fields = {"kind": False}
    else:
        fields = _fields(want, step)
    for name, right in fields.items():
        counts = agreement.by_field.setdefault(name, [0, 0])
        counts[0] += right
        counts[1] += 1
    return [name for name, right in fields.items() if not right]


def _is(wanted: str, told: str) -> bool:
    """True when `told` is one of what is wanted; an ellipsis leaves the end open."""
    return any(told.startswith(one[:-1]) if one.endswith("…") else told == one for one in wanted.split("|"))


def _told(step: Step) -> str:
    target = step.target
    place = f" on {target.role} {target.name[:20]!r}" if target else ""
    return f"{step.action.kind}{place}"


def _short(want: dict[str, Any]) -> str:
    return f"{want['kind']} {'+'.join(want.get('keys', ()))} on {want.get('role')} {str(want.get('name'))[:20]!r}"
