"""The wheel alone makes a working installation: nothing of the checkout, nothing of the development tools."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from importlib.metadata import Distribution
from pathlib import Path

import pytest
from tools import licences

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    # The build backend is a development dependency, so that building needs no network.
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment that holds the wheel and its requirements, and nothing else.

    The requirements are linked from the running environment, file by file as their packages list them: what
    understudy doesn't ask for isn't there, and a missing requirement shows.
    """
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    for package in licences.installed(extras=False):
        link(package, site)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    command = [*pip, "install", "--no-deps", "--no-index", "--quiet", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr
    return python


def link(package: Distribution, site: Path) -> None:
    """Make a package's files appear in the folder `site`: its top-level entries, each a symbolic link."""
    for top in {file.parts[0] for file in package.files or []} - {"..", "__pycache__"}:
        source = Path(str(package.locate_file(top)))
        if source.exists() and not (site / top).exists():
            (site / top).symlink_to(source)


def understudy(python: Path, *words: str, home: Path) -> subprocess.CompletedProcess[str]:
    """The installed command, far from the checkout."""
    command: Sequence[str | Path] = [python.with_name("understudy"), *words]
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LANG": "C.UTF-8"}
    return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, timeout=120, check=False)


def test_the_wheel_holds_the_product_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {re.sub(r"-.*", "", top) for top in tops} == {"understudy"}
    assert "understudy/py.typed" in names
    source = ROOT / "src" / "understudy"
    # Templates, presets and notices are read when it runs, so they must travel too.
    wanted = {
        f"understudy/{path.relative_to(source)}"
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= set(names), wanted - set(names)
    assert any(name.endswith("LICENSE") for name in names)


def test_it_runs_from_elsewhere(python: Path, tmp_path: Path) -> None:
    script = "import understudy, sys; print(understudy.__file__)"
    found = subprocess.run([python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert str(ROOT) not in found


def test_nothing_but_its_requirements_is_there(python: Path, tmp_path: Path) -> None:
    script = "import importlib.util as u; print([n for n in ('pytest', 'mypy', 'duckdb', 'demo') if u.find_spec(n)])"
    found = subprocess.run([python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert found.strip() == "[]"


def test_every_module_imports(python: Path, tmp_path: Path) -> None:
    """A library that only the development environment has would show here; what an extra brings may be missing."""
    script = (
        "import importlib, json, pkgutil, understudy\n"
        "missing = []\n"
        "for m in pkgutil.walk_packages(understudy.__path__, 'understudy.'):\n"
        "    if not m.name.endswith('__main__'):\n"
        "        try:\n"
        "            importlib.import_module(m.name)\n"
        "        except ModuleNotFoundError as error:\n"
        "            missing.append((m.name, error.name))\n"
        "print(json.dumps(missing))\n"
    )
    done = subprocess.run([python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    missing = json.loads(done.stdout)
    # The extra "learn"; what records, redacts, seals and builds does without it.
    learns = ("understudy.learn.", "understudy.risk.", "understudy.cli.risk_model", "understudy.cli.teach_learn")
    assert [each for each in missing if each[1] not in ("torch", "sklearn") or not each[0].startswith(learns)] == []


def test_version_and_help(python: Path, tmp_path: Path) -> None:
    assert re.fullmatch(r"understudy \d+\.\d+\.\d+\S*\n", understudy(python, "--version", home=tmp_path).stdout)
    helped = understudy(python, "--help", home=tmp_path)
    assert helped.returncode == 0 and "record" in helped.stdout and "Example" in helped.stdout


def test_wrong_usage_is_told_in_one_line(python: Path, tmp_path: Path) -> None:
    for words in (("--bogus",), ("nonsense",), ("policy", "check"), ("export", "x", "--to", "nothing-known")):
        done = understudy(python, *words, home=tmp_path)
        assert done.returncode in (1, 2), words
        assert done.stderr.startswith("understudy: ") and done.stderr.count("\n") == 1, done.stderr


def test_policy_check(python: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(understudy(python, "policy", "example", "own-work", home=tmp_path).stdout)
    checked = understudy(python, "policy", "check", str(policy), home=tmp_path)
    assert checked.returncode == 0, checked.stderr
    policy.write_text(policy.read_text() + "\nunknown_field = 1\n")
    refused = understudy(python, "policy", "check", str(policy), home=tmp_path)
    assert refused.returncode == 2 and "unknown_field" in refused.stdout + refused.stderr


def test_doctor_answers_without_a_desktop(python: Path, tmp_path: Path) -> None:
    done = understudy(python, "doctor", "--json", home=tmp_path)
    assert json.loads(done.stdout), done.stderr
