"""What holds for the tree as a whole: licence, changelog, nothing of one machine, allowed dependencies."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from tools import licences

import understudy

ROOT = Path(__file__).parents[1]


def tracked() -> list[Path]:
    """The project's files: what git tracks, else (in a copy without git) everything but what is made."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    made = (".venv", ".stamps", ".git", "demo-output", "__pycache__", "build", "dist", "out")
    return [path for path in ROOT.rglob("*") if path.is_file() and not any(part in made for part in path.parts)]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        try:
            found.append((path, path.read_text()))
        except UnicodeDecodeError:
            continue
    return found


def test_the_licence_is_there_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text and "Version 2.0, January 2004" in text and "END OF TERMS AND CONDITIONS" in text
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "Apache-2.0"


def test_versions_agree_and_the_changelog_knows_them() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert understudy.__version__ == version
    entry = re.search(
        rf"^## {re.escape(version)}.*?\n(.*?)(?=^## |\Z)", (ROOT / "CHANGELOG.md").read_text(), re.M | re.S
    )
    assert entry and entry.group(1).strip(), f"CHANGELOG.md says nothing of {version}"


def test_nothing_names_one_machine() -> None:
    """No absolute path of a developer's machine, no host from which packages are fetched."""
    # Written in pieces, or this file would be its own finding.
    patterns = [
        "/" + "work/",
        "/" + r"root/\.",
        r"pypi\." + "org",
        r"files\.python" + "hosted",
        r"index-" + r"url\s*=",
    ]
    pattern = re.compile("|".join(patterns), re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path, text in texts()
        if path.name != "LICENSE"
        for number, line in enumerate(text.splitlines(), 1)
        if (match := pattern.search(line))
    ]
    assert not found, found


def test_no_large_file_is_tracked() -> None:
    large = [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > 1_000_000]
    assert not large, large


def test_decisions_have_unique_numbers_and_all_parts() -> None:
    numbers: dict[str, str] = {}
    for path in sorted((ROOT / "docs" / "adr").glob("*.md")):
        number = path.name[:4]
        assert number not in numbers, f"{path.name} and {numbers[number]} share a number"
        numbers[number] = path.name
        text = path.read_text()
        assert text.startswith(f"# {number}: "), path.name
        missing = [part for part in ("Context", "Options", "Choice", "Cost") if f"\n**{part}" not in text]
        assert not missing, f"{path.name} lacks {missing}"


def test_the_makefile_has_its_targets() -> None:
    text = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", text, re.M) for target in ("demo", "test", "lint", "docs", "bench"))


def test_every_dependency_is_under_an_allowed_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert licences.main(["--json"]) == 0
    packages = {row["package"] for row in json.loads(capsys.readouterr().out)}
    assert {"pyarrow", "pynacl", "sqlalchemy", "msgspec"} <= packages
    assert "pytest" not in packages and "ruff" not in packages


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MIT AND Apache-2.0", True),
        ("GPL-3.0-only OR MIT", True),
        ("(GPL-3.0-only OR MIT) AND BSD-3-Clause", True),
        ("LGPL-2.1-or-later", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("LicenseRef-Proprietary", False),
    ],
)
def test_licence_expressions(expression: str, allowed: bool) -> None:
    assert licences.is_allowed(expression) is allowed


@pytest.mark.parametrize("expression", ["", "MIT AND", "(MIT", "MIT MIT"])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(ValueError):
        licences.is_allowed(expression)


def distribution(folder: Path, metadata: str, *files: str) -> importlib.metadata.Distribution:
    info = folder / "thing-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: thing\nVersion: 1.0\n{metadata}\n")
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in files))
    return importlib.metadata.Distribution.at(info)


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        ("License-Expression: MIT", ""),
        ("Classifier: License :: OSI Approved :: MIT License", ""),
        ("License: Apache 2.0", ""),
        ("License: BSD-3-Clause and Public-Domain", ""),
        ("License-Expression: GPL-3.0-or-later", "not on the list"),
        ("Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "name no licence"),
        ("", "name no licence"),
    ],
)
def test_packages_are_judged_by_what_they_say(tmp_path: Path, metadata: str, fault: str) -> None:
    found = licences.check(distribution(tmp_path, metadata)).fault
    assert fault in found if fault else found == ""


def test_a_wheel_that_carries_a_gpl_library_is_refused(tmp_path: Path) -> None:
    carrying = distribution(tmp_path, "License-Expression: BSD-3-Clause", "thing.libs/libx264-abcd.so.164")
    assert "libx264" in licences.check(carrying).fault
