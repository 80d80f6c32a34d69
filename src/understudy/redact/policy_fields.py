"""One table of a policy file: its fields by type, its faults with their lines."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from understudy.redact.policy_lines import Lines

MAX_TEXT = 400
"""Longest text in a policy, characters."""
MAX_TABLES = 1000
"""Most [[app]] or [[deny]] tables."""
MAX_ITEMS = 1000
"""Most items in a list."""
MAX_UNKNOWN = 50
"""Unknown fields that are told one by one in a table: each is compared with all that are known."""

_T = TypeVar("_T", bound=str)


class Problem(NamedTuple):
    """One fault in a policy file. `line` counts from 1."""

    line: int
    message: str


class Fields:
    """Reads fields out of one table. A fault is noted in `problems` and reading goes on with the default."""

    def __init__(
        self, table: Mapping[str, object], path: tuple[str | int, ...], lines: Lines, problems: list[Problem]
    ) -> None:
        self._table = table
        self._path = path
        self._lines = lines
        self._problems = problems

    def line(self, *path: str | int) -> int:
        """The line of a field (or item) of this table; the table's own without `path`."""
        return self._lines.of(*self._path, *path)

    def fault(self, message: str, *path: str | int) -> None:
        """Note a fault at a field, or at the table itself."""
        where = f"[[{self._path[0]}]] " if self._path and not path else ""
        self._problems.append(Problem(self.line(*path), f"{where}{message}"))

    def has(self, name: str) -> bool:
        """True when the table holds the field, of whatever type."""
        return name in self._table

    def known(self, names: Sequence[str]) -> None:
        """Fault every field whose name isn't among `names`."""
        unknown = [name for name in self._table if name not in names]
        for name in unknown[:MAX_UNKNOWN]:
            near = difflib.get_close_matches(name[:MAX_TEXT], names, n=1, cutoff=0.6)
            hint = f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(names)}"
            self._problems.append(Problem(self.line(name), f"unknown field '{_short(name)}'{self._inside()}{hint}"))
        if len(unknown) > MAX_UNKNOWN:
            self.fault(f"{len(unknown) - MAX_UNKNOWN} more unknown fields", unknown[MAX_UNKNOWN])

    def text(self, name: str, default: str = "") -> str:
        """A string, stripped; `default` when the field is missing."""
        value = self._table.get(name, default)
        if not isinstance(value, str):
            return self._wrong_type(name, "text in quotes", value, default)
        if len(value) > MAX_TEXT or not value.isprintable():
            self.fault(f"'{name}' is longer than {MAX_TEXT} characters or holds control characters", name)
            return default
        return value.strip()

    def required(self, name: str) -> str:
        """A string that must be there and not be empty."""
        value = self.text(name)
        if not value and isinstance(self._table.get(name, ""), str):
            place = (name,) if self.has(name) else ()
            self.fault(f"'{name}' is {'empty' if self.has(name) else 'missing'}", *place)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, () when the field is missing."""
        value = self._table.get(name, [])
        if not isinstance(value, list):
            return self._wrong_type(name, 'a list such as ["a", "b"]', value, ())
        if len(value) > MAX_ITEMS:
            self.fault(f"'{name}' holds {len(value)} items; expected at most {MAX_ITEMS}", name)
            return ()
        found: list[str] = []
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item.strip() or len(item) > MAX_TEXT or not item.isprintable():
                self.fault(f"'{name}' holds {_told(item)}; expected text in quotes, not empty", name, index)
                continue
            if item.strip() in found:
                self.fault(f"'{name}' names {item.strip()!r} twice", name, index)
                continue
            found.append(item.strip())
        return tuple(found)

    def boolean(self, name: str, default: bool) -> bool:
        """true or false; `default` when the field is missing."""
        value = self._table.get(name, default)
        return value if isinstance(value, bool) else self._wrong_type(name, "true or false", value, default)

    def integer(self, name: str, default: int | None, least: int, most: int | None) -> int | None:
        """A whole number within [least, most]; `default` when the field is missing or wrong."""
        value = self._table.get(name, default)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            return self._wrong_type(name, "a whole number", value, default)
        if value < least or (most is not None and value > most):
            self.fault(f"'{name}' is {value}; expected {least} to {most}", name)
            return default
        return value

    def choice(self, name: str, allowed: Sequence[_T], default: _T | None) -> _T | None:
        """One of the allowed words; `default` when the field is missing or wrong."""
        value = self._table.get(name, default)
        if value is None:
            return None
        for word in allowed:
            if value == word:
                return word
        if isinstance(value, str):
            self.fault(f"'{name}' is {_told(value)}; expected {_one_of(allowed)}{_near(value, allowed)}", name)
            return default
        return self._wrong_type(name, _one_of(allowed), value, default)

    def choices(self, name: str, allowed: Sequence[_T], default: Sequence[_T]) -> tuple[_T, ...]:
        """A list of allowed words, each once; `default` when the field is missing."""
        if not self.has(name):
            return tuple(default)
        found: list[_T] = []
        for index, written in enumerate(self.texts(name)):
            word = next((word for word in allowed if word == written), None)
            if word is None:
                told = f"'{name}' holds {_told(written)}; expected {_one_of(allowed)}{_near(written, allowed)}"
                self.fault(told, name, index)
            else:
                found.append(word)
        return tuple(found)

    def tables(self, name: str) -> list[Fields]:
        """The tables [[name]], each with its own lines; [] when there is none."""
        value = self._table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fault(f"'{name}' must be tables; write [[{name}]] before each", name)
            return []
        if len(value) > MAX_TABLES:
            self.fault(f"{len(value)} [[{name}]] tables; expected at most {MAX_TABLES}", name)
            return []
        return [
            Fields(item, (*self._path, name, index), self._lines, self._problems) for index, item in enumerate(value)
        ]

    def no_path(self, name: str, value: str, *index: int) -> None:
        """Fault a program that is named by its path: rules match base names."""
        if "/" in value:
            told = f"'{name}' is {_told(value)}; expected the base name alone: {value.rpartition('/')[2]!r}"
            self.fault(told, name, *index)

    def _wrong_type(self, name: str, expected: str, value: object, default: _D) -> _D:
        self.fault(f"'{name}'{self._inside()} is {_told(value)}; expected {expected}", name)
        return default

    def _inside(self) -> str:
        return f" in [[{self._path[0]}]]" if self._path else ""


_D = TypeVar("_D")


def _told(value: object) -> str:
    """A value as a message tells it: short, and one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{_short(value)}"'
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return _short(str(value))


def _short(text: str) -> str:
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _one_of(words: Sequence[str]) -> str:
    quoted = [f'"{word}"' for word in words]
    return " or ".join((", ".join(quoted[:-1]), quoted[-1])) if len(quoted) > 1 else quoted[0]


def _near(word: str, allowed: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, allowed, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""
