"""Writes the generated parts of the documentation anew, or checks that they are current.

    python tools/docs.py [--check]

A generated part stands between `<!-- generated: NAME -->` and `<!-- end generated -->`; `PARTS` names who makes it.
Nothing outside the marks is touched.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import typer

from understudy.cli.app import make_app
from understudy.dataset import tables
from understudy.settings import RecorderSettings

ROOT = Path(__file__).parents[1]
MARKED = re.compile(r"(<!-- generated: ([a-z-]+) -->\n)(.*?)(<!-- end generated -->)", re.DOTALL)


def commands() -> str:
    """Every command's help page: what it does, how it is called, its options, an example."""
    root = typer.main.get_command(make_app())
    pages = [_page(path, command) for path, command in walk("understudy", root)]
    return "\n".join(pages)


def walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - Typer's versions differ in their classes
    """(whole name, command) for a command and all that it groups."""
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(f"{path} {name}", inner)


def _page(path: str, command: Any) -> str:  # noqa: ANN401
    # From the command's own description rather than from the printed page: its frame differs between Typer's versions.
    below = getattr(command, "commands", {})
    arguments = [_name(parameter) for parameter in command.params if parameter.param_type_name == "argument"]
    usage = " ".join([path, "[OPTIONS]", *(["COMMAND"] if below else []), *arguments])
    lines = [f"## `{path}`", "", _one_line(command.help or ""), "", "```", usage, "```", ""]
    if below:
        lines += [*(f"- `{path} {name}`: {inner.get_short_help_str(200)}" for name, inner in below.items()), ""]
    if described := [_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)]:
        lines += ["| option | meaning |", "| --- | --- |", *described, ""]
    if command.epilog:
        lines += [re.sub(r"^Example: (.*)$", r"Example: `\1`", _one_line(command.epilog)), ""]
    return "\n".join(lines)


def _row(parameter: Any) -> str:  # noqa: ANN401
    meaning = _one_line(getattr(parameter, "help", None) or "")
    default = parameter.default
    if isinstance(default, str | int) and not isinstance(default, bool) and default != "":
        meaning += f" Default: `{default}`."
    return f"| `{_name(parameter)}` | {meaning} |".replace("\\", "\\\\")


def _name(parameter: Any) -> str:  # noqa: ANN401
    if parameter.param_type_name == "argument":
        name = str(parameter.metavar or parameter.name).strip("[]").upper()
        return name if parameter.required else f"[{name}]"
    flags = ", ".join(parameter.opts)
    return flags if getattr(parameter, "is_flag", False) else f"{flags} …"


def layers() -> str:
    """The table of layers, from the test that keeps it."""
    module = _module(ROOT / "tests" / "test_layers.py")
    rows = [
        f"| `{name}` | {_purpose(name)} | {', '.join(f'`{other}`' for other in allowed) or '–'} |"
        for name, allowed in module["LAYERS"].items()
    ]
    return "\n".join(["| layer | what lives there | may import |", "| --- | --- | --- |", *rows, ""])


def settings() -> str:
    """The recorder's settings with their defaults."""
    notes = _notes_of(RecorderSettings)
    rows = [
        f"| `{field.name}` | {'–' if field.default is MISSING else field.default} | {notes[field.name]} |"
        for field in fields(RecorderSettings)
    ]
    return "\n".join(["| setting | default | meaning |", "| --- | --- | --- |", *rows, ""])


def dataset_tables() -> str:
    """Every table of a dataset, column by column."""
    return "\n".join(f"### `{name}`\n\n{tables.as_markdown(name).strip()}\n" for name in tables.TABLES)


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "layers": layers,
    "settings": settings,
    "dataset-tables": dataset_tables,
}


def pages(root: Path = ROOT) -> list[Path]:
    """Every page of the documentation, the README and the changelog too."""
    return [root / "README.md", root / "CHANGELOG.md", *sorted((root / "docs").rglob("*.md"))]


def renewed(text: str) -> str:
    """`text` with its generated parts made anew. Raises KeyError for a part that nobody makes."""
    return MARKED.sub(lambda match: f"{match[1]}\n{PARTS[match[2]]().strip()}\n\n{match[4]}", text)


def stale(root: Path = ROOT) -> list[Path]:
    """Pages whose generated parts are not current."""
    return [page for page in pages(root) if renewed(page.read_text()) != page.read_text()]


def main(arguments: list[str]) -> int:
    """Write or check; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is not current")
    options = parser.parse_args(arguments)
    for page in (changed := stale()):
        if options.check:
            print(f"{page.relative_to(ROOT)} is not current: make docs", file=sys.stderr)
        else:
            page.write_text(renewed(page.read_text()))
            print(f"written: {page.relative_to(ROOT)}")
    return 1 if options.check and changed else 0


def _module(path: Path) -> dict[str, dict[str, tuple[str, ...]]]:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{path} can't be read as a module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


def _purpose(layer: str) -> str:
    """The first sentence of a layer's own docstring."""
    source = ROOT / "src" / "understudy" / layer
    path = source / "__init__.py" if source.is_dir() else source.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text())) or "–"
    return _one_line(text.split("\n\n")[0]).replace("|", "\\|")


def _notes_of(kind: type) -> dict[str, str]:
    """The text below each field of a dataclass, by the field's name."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    if not isinstance(body, ast.ClassDef):
        raise TypeError(f"{kind} is no class with a source")
    notes: dict[str, str] = {}
    for field, note in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(note, ast.Expr):
            notes[field.target.id] = _one_line(str(ast.literal_eval(note.value)))
    return notes


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
