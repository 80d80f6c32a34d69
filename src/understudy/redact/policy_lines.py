"""Where in a TOML text each key stands: tomllib tells values, this tells their lines."""

from __future__ import annotations

import tomllib

Path = tuple[str | int, ...]
"""A way through the tables: names and, in arrays, indexes from 0: ("app", 1, "urls", 0)."""


class Lines:
    """The lines (from 1) of the keys, tables and array items of a TOML text that tomllib has accepted.

    What it can't place (keys of inline tables) is told by the line of what holds it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._lines: dict[Path, int] = {}
        self._arrays: dict[tuple[str, ...], int] = {}
        self._table: Path = ()
        while self._at < len(text):
            self._statement()

    def of(self, *path: str | int) -> int:
        """The line of a key, table or item; that of the nearest thing around it when it has none, at last 1."""
        for size in range(len(path), 0, -1):
            line = self._lines.get(path[:size])
            if line is not None:
                return line
        return 1

    def _statement(self) -> None:
        self._blank()
        if self._at >= len(self._text):
            return
        line = self._line
        if self._text.startswith("[[", self._at):
            self._at += 2
            name = self._key("]")
            self._at += 2
            index = self._arrays.get(name, -1) + 1
            self._arrays[name] = index
            self._table = (*self._placed(name[:-1]), name[-1], index)
            self._note(self._table, line)
        elif self._text[self._at] == "[":
            self._at += 1
            name = self._key("]")
            self._at += 1
            self._table = self._placed(name)
            self._note(self._table, line)
        else:
            path = (*self._table, *self._key("="))
            self._at += 1
            self._note(path, line)
            self._value(path)
        self._skip_line()

    def _note(self, path: Path, line: int) -> None:
        """The line of a path, and of what holds it where that has no line of its own."""
        for size in range(1, len(path) + 1):
            self._lines.setdefault(path[:size], line)

    def _placed(self, name: tuple[str, ...]) -> Path:
        """A table's name with the index of the array's last item where a part of it is an array of tables."""
        path: Path = ()
        for size in range(1, len(name) + 1):
            path = (*path, name[size - 1])
            if name[:size] in self._arrays:
                path = (*path, self._arrays[name[:size]])
        return path

    def _key(self, end: str) -> tuple[str, ...]:
        """The parts of a dotted key up to (not with) the character `end`."""
        start = self._at
        while self._text[self._at] != end:
            if self._text[self._at] in "\"'":
                self._string()
            else:
                self._at += 1
        # tomllib itself reads the parts: quotes and escapes mean what they mean there.
        value: object = tomllib.loads(f"{self._text[start : self._at]} = 0")
        parts: list[str] = []
        while isinstance(value, dict):
            name, value = next(iter(value.items()))
            parts.append(name)
        return tuple(parts)

    def _value(self, path: Path) -> None:
        """Go to the end of a value; note the line of each item of an array."""
        depth = 0
        item = 0
        fresh = False
        is_array = False
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == "\n" and depth == 0:
                return
            if character == "#":
                self._skip_line()
                if depth == 0:
                    return
                continue
            if depth == 1 and is_array and fresh and not character.isspace() and character not in ",]":
                self._lines[(*path, item)] = self._line
                item += 1
                fresh = False
            if character in "\"'":
                self._string()
                continue
            if character in "[{":
                is_array = is_array or (depth == 0 and character == "[")
                depth += 1
                fresh = depth == 1
            elif character in "]}":
                depth -= 1
            elif character == "," and depth == 1:
                fresh = True
            self._step()

    def _string(self) -> None:
        quote = self._text[self._at]
        mark = quote * 3 if self._text.startswith(quote * 3, self._at) else quote
        self._at += len(mark)
        while not self._text.startswith(mark, self._at):
            if self._text[self._at] == "\\" and quote == '"':
                self._step()
            self._step()
        self._at += len(mark)
        # Up to two quotes may stand before the closing three.
        while len(mark) == 3 and self._text.startswith(quote, self._at):
            self._at += 1

    def _blank(self) -> None:
        while self._at < len(self._text):
            if self._text[self._at] == "#":
                self._skip_line()
            elif self._text[self._at].isspace():
                self._step()
            else:
                return

    def _skip_line(self) -> None:
        while self._at < len(self._text) and self._text[self._at] != "\n":
            self._at += 1

    def _step(self) -> None:
        self._line += self._text[self._at] == "\n"
        self._at += 1
