"""`tools/again.py`: what failed beside others is tried again alone, what is broken stays failed."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("again", ROOT / "tools" / "again.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "LOOK_S", 0.01)
    monkeypatch.setattr(module, "PAUSE_S", 0.0)
    yield module


def project(folder: Path, test: str) -> None:
    """A project of one test, which has failed once."""
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    (folder / "test_one.py").write_text(test)
    subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=folder, check=False, capture_output=True)


@pytest.mark.parametrize(
    ("test", "code"),
    [
        ("def test_it(): assert False\n", 1),
        (
            "from pathlib import Path\n\n\ndef test_it():\n    tried = Path('tried')\n"
            "    there = tried.exists()\n    tried.touch()\n    assert there\n",
            0,
        ),
        (
            "from pathlib import Path\n\nimport pytest\n\n\ndef test_it():\n    tried = Path('tried')\n"
            "    if tried.exists():\n        pytest.skip('not here')\n    tried.touch()\n    assert False\n",
            1,
        ),
    ],
    ids=["broken", "late once", "skipped when tried again"],
)
def test_what_fails_alone_too_is_broken(
    again: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    test: str,
    code: int,
) -> None:
    project(tmp_path, test)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(again, "LAST_FAILED", tmp_path / ".pytest_cache/v/cache/lastfailed")
    monkeypatch.setattr(again, "wait_for_quiet", lambda: 0.0)
    assert again.main() == code
    told = capsys.readouterr().out
    assert "1 tests failed beside others; again, alone, round 1 of 2" in told
    assert ("passed alone: test_one.py::test_it" in told) == (code == 0)


@pytest.mark.parametrize("count", [0, 25])
def test_many_failures_are_no_accident(
    again: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    cache = tmp_path / "lastfailed"
    cache.write_text(json.dumps({f"test_{n}": True for n in range(count)}))
    monkeypatch.setattr(again, "LAST_FAILED", cache)
    assert again.main() == 1


def test_it_waits_until_the_cores_are_back_but_not_forever(again: ModuleType) -> None:
    shares = iter([0.8, 0.5, 0.05, 0.9])
    assert again.wait_for_quiet(lambda _: next(shares), lambda: 0.0) == 0.05
    times = iter([0.0, 100.0, 301.0])
    assert again.wait_for_quiet(lambda _: 0.9, lambda: next(times)) == 0.9
    assert 0 <= again.stolen_share(0.01) <= 1
