"""The docs tell what the code does: losses are the formats' own, and every Python block runs."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from understudy.build import build_dataset, open_dataset
from understudy.export.formats import FORMATS, export
from understudy.settings import Home

DOCS = Path(__file__).parents[2] / "docs"


def blocks(name: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / name).read_text(), re.S)


def run(code: str, folder: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """The code in a Python of its own, in `folder`, with caches in `home` and no hub to ask."""
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1"}
    # Where the tests look for the product, the code must too.
    env |= {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _load(relative: str) -> ModuleType:
    path = Path(__file__).parents[1] / relative
    spec = importlib.util.spec_from_file_location(f"docs_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home in it, a built dataset and its exports, as the docs name them."""
    root = tmp_path_factory.mktemp("docs")
    home = Home(root / ".local/share/understudy")
    stage = _load("build/conftest.py").Stage(home.root, _load("dataset/fabricated.py"))
    stage.consent("c2" * 16, retention_days=36500)
    stage.recording("a1" * 16, consent_id="c2" * 16)
    build_dataset(home, "orders", identity=stage.identity)
    dataset = open_dataset(home, "orders")
    for name in FORMATS:
        export(dataset, name, root / f"orders-{name}")
    return root


@pytest.mark.parametrize(
    ("name", "nth"), [(name, nth) for name in ("exports.md", "ml-engineer.md") for nth in range(len(blocks(name)))]
)
def test_the_blocks_in_the_docs_run(workplace: Path, name: str, nth: int) -> None:
    done = run(blocks(name)[nth], workplace, workplace)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip(), "a block that prints nothing shows nothing"


def test_the_table_of_losses_is_the_formats_own() -> None:
    starts = tuple(f"| `{name}` |" for name in FORMATS)
    rows = [line for line in (DOCS / "exports.md").read_text().splitlines() if line.startswith(starts)]
    assert rows == [f"| `{one.name}` | {one.description} | {' '.join(one.loses)} |" for one in FORMATS.values()]


def test_the_docs_name_every_format_in_a_command() -> None:
    text = (DOCS / "exports.md").read_text()
    assert all(f"--to {name} " in text for name in FORMATS)


def test_each_exports_own_readme_shows_code_that_runs(workplace: Path) -> None:
    for name, one in FORMATS.items():
        [code] = re.findall(r"```python\n(.*?)```", one.usage, re.S)
        done = run(code, workplace / f"orders-{name}", workplace)
        assert done.returncode == 0 and done.stdout.strip(), done.stderr[-2000:]
