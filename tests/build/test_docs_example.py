from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from understudy.build import build_dataset

PAGE = Path(__file__).parents[2] / "docs" / "dataset.md"


def test_the_example_of_the_page_runs(
    tmp_path: Path,
    stage: object,
    fabricated: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    there = type(stage)(tmp_path / ".local/share/understudy", fabricated)  # type: ignore[call-arg]
    there.recording()  # type: ignore[attr-defined]
    build_dataset(there.home, "orders", identity=there.identity)  # type: ignore[attr-defined]
    monkeypatch.setenv("HOME", str(tmp_path))
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    exec(compile(example, str(PAGE), "exec"), {})
    printed = capsys.readouterr().out
    assert f"Order a {fabricated.PLANTED}" in printed
    assert "What was recorded" in printed
