"""The benchmark of the whole recorder measures what it is asked to, and refuses what it doesn't know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench_record import chosen
from benchmarks.subjects import SUBJECTS

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "bench_record.py"


def test_subjects_are_chosen_by_name_and_none_is_none_of_them() -> None:
    assert chosen(",".join(kind.name for kind in reversed(SUBJECTS))) == list(SUBJECTS)
    assert [kind.name for kind in chosen("understudy,nobody")] == ["nobody", "understudy"]
    assert chosen("none") == []


@pytest.mark.parametrize("names", ["understudi", "none,understudy", "", "understudy,"])
def test_an_unknown_subject_is_refused_in_one_line(names: str) -> None:
    with pytest.raises(ValueError, match="there are nobody, understudy, "):
        chosen(names)


def test_the_script_ends_with_2_before_it_starts_anything() -> None:
    command = [sys.executable, str(SCRIPT), "--subjects", "understudy,openadapt"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("--subjects: no 'openadapt'; there are ") and ended.stderr.count("\n") == 1
