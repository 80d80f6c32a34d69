"""The names of people to replace: one name a line, held in memory only, found in any order, case and accent."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

import ahocorasick

from understudy.redact.scrub_normal import fold

MAX_NAME_LENGTH = 200
"""Longest name taken, characters: longer lines are a wrong file."""
MAX_PARTS = 8
"""Most words of one name."""

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


class DirectoryFault(ValueError):
    """A names file can't be read as one. The message is one line with the file's name and the line's number."""


def read_names(data: bytes, *, source: str) -> tuple[str, ...]:
    """The names of a file: UTF-8, one name a line; blank lines and lines that begin with "#" count for nothing.

    `source` names the file in errors. Raises DirectoryFault; its message never holds the line's content.
    """
    names: list[str] = []
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            line = raw.decode().strip()
        except UnicodeDecodeError:
            raise DirectoryFault(f"{source}:{number}: not UTF-8; save the file as UTF-8 text") from None
        if not line or line.startswith("#"):
            continue
        if len(line) > MAX_NAME_LENGTH:
            raise DirectoryFault(f"{source}:{number}: {len(line)} characters; expected one name a line")
        if any(unicodedata.category(character) == "Cc" for character in line):
            raise DirectoryFault(f"{source}:{number}: a tab or control character; expected one name a line")
        parts = fold(line).text.split()
        if sum(map(len, parts)) < 2:
            raise DirectoryFault(f"{source}:{number}: a name needs at least two letters")
        if len(parts) > MAX_PARTS:
            raise DirectoryFault(f"{source}:{number}: {len(parts)} words; expected one name a line")
        names.append(line)
    return tuple(names)


class Directory:
    """An exact dictionary of names. Finding takes time linear in the text, however many names there are.

    A name of several words is found with its words in the order given, with the last word first, and with the words
    between first and last left out; a comma, dot, dash or underscore may stand between them ("schmidt, anna",
    "anna.schmidt"). A name of one word is found as a whole word.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._automaton = ahocorasick.Automaton()
        count = 0
        for name in names:
            count += 1
            for spelling in _spellings(name):
                # The value: how long the match is, and who it is, so that all spellings are one person.
                self._automaton.add_word(spelling, (len(spelling), count, _is_unspaced(spelling)))
        self._count = count
        if len(self._automaton):
            self._automaton.make_automaton()

    def __len__(self) -> int:
        return self._count

    def __repr__(self) -> str:
        return f"Directory({self._count} names)"

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """(start, end, person) of each name in `text`, overlapping ones too; `person` counts the directory's lines."""
        if not len(self._automaton):
            return
        folded = fold(text)
        for last, (length, person, unspaced) in self._automaton.iter(folded.text):
            start, end = last - length + 1, last + 1
            if not unspaced:
                if start > 0 and folded.text[start - 1] != " ":
                    continue
                if end < len(folded.text) and folded.text[end] != " ":
                    continue
            yield (*folded.original(start, end), person)


def _spellings(name: str) -> set[str]:
    """Every way in which a name is looked for, folded."""
    found: set[str] = set()
    for variant in (name, name.translate(_GERMAN)):
        given, comma, rest = variant.partition(",")
        ordered = f"{rest} {given}" if comma and rest.strip() else variant
        parts = fold(ordered).text.split()
        if not parts:
            continue
        found.add(" ".join(parts))
        if len(parts) > 1:
            found.add(" ".join([parts[-1], *parts[:-1]]))
            found.add(f"{parts[0]} {parts[-1]}")
            found.add(f"{parts[-1]} {parts[0]}")
            if _is_unspaced(ordered):
                found.add("".join(parts))
    return found


def _is_unspaced(text: str) -> bool:
    """True for scripts that put no space between words: Han, kana, hangul, Thai."""
    return any(
        "\u0e00" <= character <= "\u0eff"
        or "\u1100" <= character <= "\u11ff"
        or "\u3040" <= character <= "\u9fff"
        or "\uac00" <= character <= "\ud7af"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003134f"
        for character in text
    )
