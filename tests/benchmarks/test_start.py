"""Each benchmark starts as the docs say: `python benchmarks/bench_NAME.py`, from a checkout that is not on the path."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parents[2] / "benchmarks").glob("bench_*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_lies_beside_it_is_found(file: Path) -> None:
    text = file.read_text()
    beside = re.search(r"^from (benchmarks|demo|tests)\b", text, re.MULTILINE)
    assert beside is None or "sys.path.insert(0, " in text[: beside.start()]
