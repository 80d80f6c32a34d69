"""What the files of a recording's folder are called."""

from __future__ import annotations

from pathlib import Path

MANIFEST_NAME = "manifest"
_DIGITS = "[0-9]" * 6


def segment_name(number: int) -> str:
    """The file name of a segment."""
    return f"{number:06d}.seg"


def segment_paths(folder: Path) -> dict[int, Path]:
    """The segments' files as they lie in the folder, by number."""
    return {int(path.stem): path for path in sorted(folder.glob(f"{_DIGITS}.seg"))}


def replacement_name(number: int) -> str:
    """The file name of a segment that is about to take the place of segment `number` and of all behind it."""
    return f"forget-{number:06d}"


def replacement_path(folder: Path) -> tuple[int, Path] | None:
    """(number, file) of a replacement that has not yet taken its place; None when nothing is being forgotten."""
    found = sorted(folder.glob(f"forget-{_DIGITS}"))
    return (int(found[0].name.removeprefix("forget-")), found[0]) if found else None
