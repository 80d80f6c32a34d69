"""The table of layers: who may import whom. docs/architecture.md prints it from here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "understudy"

LAYERS: dict[str, tuple[str, ...]] = {
    "records": (),
    "settings": (),
    "capture": ("records",),
    "redact": ("records",),
    "seal": ("records",),
    "spool": ("records", "seal"),
    "recorder": ("records", "settings", "capture", "redact", "seal", "spool"),
    "catalogue": ("records",),
    "pipeline": ("records",),
    "dataset": ("records", "seal"),
    "build": ("records", "seal", "spool", "catalogue", "pipeline", "dataset", "settings"),
    "importers": ("records", "redact", "dataset"),
    "export": ("records", "dataset"),
    "risk": ("records", "dataset"),
    "learn": ("records", "dataset"),
    "act": ("records", "capture", "learn"),
    "cli": (
        *("records", "settings", "capture", "redact", "seal", "spool", "recorder", "catalogue", "pipeline"),
        *("dataset", "build", "importers", "export", "risk", "learn", "act"),
    ),
}
"""A row may import only what is named (besides itself). Later issues add their rows with their first file."""


def imported_layers(path: Path) -> Iterator[tuple[int, str]]:
    """(line, layer) for each import of one of our own modules, at any depth of the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import; write the module's whole name"
            names = [node.module or ""]
            if node.module == "understudy":
                names = [f"understudy.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "understudy" and len(parts) > 1 and parts[1] != "__version__":
                yield node.lineno, parts[1]


def layer_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


FILES = sorted(path for path in SOURCE.rglob("*.py") if path.parent != SOURCE or path.name == "settings.py")


def test_every_folder_is_a_layer() -> None:
    assert {layer_of(path) for path in FILES} <= set(LAYERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_follow_the_table(path: Path) -> None:
    layer = layer_of(path)
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {other}"
        for line, other in imported_layers(path)
        if other != layer and other not in LAYERS[layer]
    ]
    assert not wrong, wrong


def test_only_redact_makes_redacted() -> None:
    makers = {
        layer_of(path)
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", "") == "Redacted" or getattr(node.func, "attr", "") == "Redacted")
    }
    assert makers <= {"redact"}


def test_only_the_catalogue_speaks_sql() -> None:
    """And the one file that reads other programs' databases in memory (docs/adr/0150)."""
    for path in FILES:
        if layer_of(path) != "catalogue" and path != SOURCE / "importers" / "foreign_sqlite.py":
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
                    assert not any(name.split(".")[0] in ("sqlalchemy", "sqlite3", "alembic") for name in names), path
