"""The documentation is current: generated parts, links, and the commands that it says can be run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from tools import docs

from understudy.cli.app import COMMANDS, make_app, run

ROOT = docs.ROOT
PAGES = docs.pages()
RUNNABLE = re.compile(r"^```sh run\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def help_pages() -> list[str]:
    root = typer.main.get_command(make_app())
    return [path for path, _ in docs.walk("understudy", root)]


def blocks() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for number, match in enumerate(RUNNABLE.finditer(page.read_text())):
            yield f"{named(page)}#{number}", match.group(1)


def anchors(page: Path) -> set[str]:
    """The anchors that headings make: lower case, spaces to hyphens, everything but letters, digits, - and _ out."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_generated_parts_are_current(page: Path) -> None:
    assert docs.renewed(page.read_text()) == page.read_text(), "make docs writes them anew"


def test_every_generated_part_has_its_place() -> None:
    placed = {name for page in PAGES for _, name, _, _ in docs.MARKED.findall(page.read_text())}
    assert placed == set(docs.PARTS)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(FENCED.sub("", page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / unquote(path)).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)
    assert not broken, broken


@pytest.mark.parametrize("path", help_pages())
def test_every_command_helps_with_an_example(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path.split()[1:], "--help"]) == 0
    assert "Example: understudy" in capsys.readouterr().out.replace("│", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_page(name: str) -> None:
    assert f"## `understudy {name}" in (ROOT / "docs" / "commands.md").read_text()


@pytest.mark.parametrize(("name", "script"), list(blocks()), ids=lambda value: value if "#" in value else "")
def test_what_can_be_run_runs(name: str, script: str, tmp_path: Path) -> None:
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
        "HOME": str(tmp_path),
        "UNDERSTUDY_HOME": str(tmp_path / "home"),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{name}: {done.stderr or done.stdout}"


def test_there_is_something_to_run() -> None:
    assert list(blocks())


def test_the_layer_table_names_every_layer() -> None:
    for folder in sorted((ROOT / "src" / "understudy").iterdir()):
        if (folder / "__init__.py").exists():
            assert f"| `{folder.name}` |" in docs.layers()


def test_an_outdated_part_is_noticed() -> None:
    page = "<!-- generated: layers -->\nold\n<!-- end generated -->\n"
    assert docs.renewed(page) != page
    assert docs.renewed(docs.renewed(page)) == docs.renewed(page)
