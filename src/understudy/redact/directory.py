"""The names to replace, known as keyed hashes alone: found in any order, case and accent, and never told."""

from __future__ import annotations

import hashlib
import re
import secrets
import sys
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

import msgspec

from understudy.redact.scrub_normal import Normal, fold, normalise

MAX_NAME_LENGTH = 200
"""Longest name taken, characters: longer lines are a wrong file."""
MAX_PARTS = 8
"""Most words of one name."""
MOST_TOKENS = 24
"""Most words of one name where each character counts as one (scripts without blanks)."""
KEY_BYTES = 32
FILE_HEAD = b"understudy-names 1\n"
"""How a file of hashed names begins."""

_OTHER_WRITINGS = (
    str.maketrans(
        {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa"}
    ),
    str.maketrans({"đ": "dj", "Đ": "Dj"}),
)
"""How people write letters that their keyboard lacks, besides leaving the accent out."""
_TWO_FOR_ONE = re.compile(r"(?<=\w)([aou])e(?=\w)")
_APOSTROPHES = str.maketrans(dict.fromkeys("'’ʼ`´", ""))


class DirectoryFault(ValueError):
    """A names file can't be read as one. The message is one line with the file's name and the line's number."""


class Names(msgspec.Struct, frozen=True):
    """The names of a directory as keyed hashes, 8 bytes each: enough to recognise a name, not to read one.

    Without `key` nothing can be tried against them. `spellings` are the hashes of everything that is looked for, sorted
    (little-endian), `people` whose spelling each is (4 bytes each), `words` the hashes of the words that occur in any
    name. `count` is how many names there are, `most_tokens` how many words the longest has.
    """

    key: bytes = b""
    count: int = 0
    most_tokens: int = 0
    spellings: bytes = b""
    people: bytes = b""
    words: bytes = b""

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"Names({self.count})"


class _NamesFile(msgspec.Struct, frozen=True):
    """What a file of hashed names holds: everything but the key, and a hash by which to know the right one."""

    check: bytes
    count: int
    most_tokens: int
    spellings: bytes
    people: bytes
    words: bytes


def read_names(data: bytes, *, source: str, key: bytes | None = None) -> Names:
    """The names of a file: hashed ones as `names_file` wrote them, or UTF-8 text with one name a line.

    In text, blank lines and lines that begin with "#" count for nothing; the names are hashed with a new random key, so
    that what is kept of them can't be linked to anything. `key` is the one that a hashed file was made with; None: its
    names are only counted, and no Directory can be made of them. `source` names the file in errors. Raises
    DirectoryFault; its message never holds the line's content.
    """
    if data.startswith(FILE_HEAD):
        return _read_file(data, source, key)
    return hash_names(read_lines(data, source=source))


def read_lines(data: bytes, *, source: str) -> Iterator[str]:
    """The names of a text file, each checked. Raises DirectoryFault when it comes to a wrong line."""
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
        if len(parts) > MAX_PARTS or len(_tokens(line)) > MOST_TOKENS:
            raise DirectoryFault(f"{source}:{number}: {len(parts)} words; expected one name a line")
        yield line


def hash_names(names: Iterable[str], *, key: bytes = b"") -> Names:
    """Names as keyed hashes; `key` (KEY_BYTES) b"" means a new random one. Nothing of a name is kept."""
    key = key or secrets.token_bytes(KEY_BYTES)
    spellings: dict[int, int] = {}
    words: set[int] = set()
    count = most = 0
    for name in names:
        count += 1
        for tokens in _spellings(name):
            spellings.setdefault(_hash(key, b"name", _key_of(tokens)), count)
            words.update(_hash(key, b"word", token) for token in tokens)
            most = max(most, len(tokens))
    ordered = sorted(spellings)
    return Names(
        key=key,
        count=count,
        most_tokens=most,
        spellings=_packed("Q", ordered),
        people=_packed("I", (spellings[one] for one in ordered)),
        words=_packed("Q", sorted(words)),
    )


def names_file(names: Names) -> bytes:
    """Names as a file's bytes: their hashes, never the key."""
    told = _NamesFile(
        check=_check(names.key),
        count=names.count,
        most_tokens=names.most_tokens,
        spellings=names.spellings,
        people=names.people,
        words=names.words,
    )
    return FILE_HEAD + msgspec.msgpack.encode(told)


class Directory:
    """An exact dictionary of names. Finding takes time linear in the text, however many names there are.

    A name of several words is found with its words in any order, and with the words between first and last left out; a
    comma, dot, dash or underscore may stand between them ("schmidt, anna", "anna.schmidt"). A name of one word is found
    as a whole word.
    """

    def __init__(self, names: Names | Iterable[str]) -> None:
        """Names in plain text are hashed with a new random key. Raises ValueError for hashes without their key."""
        self._names = names = names if isinstance(names, Names) else hash_names(names)
        if names and not names.key:
            raise ValueError(f"{len(names)} names were read without their key; none of them could be found")
        self._spellings = _unpacked("Q", names.spellings)
        self._people = _unpacked("I", names.people)
        self._words = _unpacked("Q", names.words)
        # Python's own hash of a string is keyed anew in each process: quick, and no name can be read from it.
        self._known: dict[int, bool] = {}

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"Directory({len(self)} names)"

    @property
    def knows_any(self) -> bool:
        """False for a directory without names, or of names without a letter or digit."""
        return len(self._words) > 0

    def find(self, text: str, folded: Normal | None = None) -> Iterator[tuple[int, int, int]]:
        """(start, end, person) of each name in `text`, overlapping ones too; `person` counts the directory's lines.

        `folded` is what `fold` made of the text, where the caller has it.
        """
        if not self.knows_any:
            return
        known = self._known
        folded = folded or fold(text)
        tokens = [(match.start(), match.end(), match.group()) for match in _TOKEN.finditer(folded.text)]
        run: list[tuple[int, int, str]] = []
        for token in tokens:
            word = token[2]
            occurs = known.get(hash(word))
            if occurs is None:
                if len(known) >= _MOST_REMEMBERED:
                    known.clear()
                occurs = _index(self._words, _hash(self._names.key, b"word", word)) is not None
                known[hash(word)] = occurs
            if occurs:
                run.append(token)
            elif run:
                yield from self._in_run(run, folded.original)
                run = []
        if run:
            yield from self._in_run(run, folded.original)

    def _in_run(
        self, run: list[tuple[int, int, str]], original: Callable[[int, int], tuple[int, int]]
    ) -> Iterator[tuple[int, int, int]]:
        """The names in words that follow each other and all occur in names."""
        for first in range(len(run)):
            words: list[str] = []
            for last in range(first, min(len(run), first + self._names.most_tokens)):
                words.append(run[last][2])
                place = _index(self._spellings, _hash(self._names.key, b"name", _key_of(words)))
                if place is not None:
                    yield (*original(run[first][0], run[last][1]), self._people[place])


_MOST_REMEMBERED = 8_192
_UNSPACED = "\u0e00-\u0eff\u1100-\u11ff\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
"""Scripts that put no space between words: Thai, Lao, kana, Han, hangul."""
_TOKEN = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")
_UNSPACED_CHARACTER = re.compile(f"[{_UNSPACED}]")


def _tokens(text: str) -> list[str]:
    """The words of a text, folded; of scripts without blanks each character."""
    return _TOKEN.findall(fold(text).text)


def _key_of(tokens: list[str]) -> str:
    """What is hashed of a name: its words in any order, or its characters in their order."""
    if any(_UNSPACED_CHARACTER.match(token) for token in tokens):
        return "".join(tokens)
    return " ".join(sorted(tokens)) if len(tokens) > 1 else tokens[0]


def _spellings(name: str) -> list[list[str]]:
    """Every way in which a name is looked for, as its words."""
    found: dict[str, list[str]] = {}
    plain = normalise(name).text
    writings = {plain, *(plain.translate(table) for table in _OTHER_WRITINGS), _TWO_FOR_ONE.sub(r"\1", plain)}
    for writing in (*writings, *(one.translate(_APOSTROPHES) for one in writings)):
        given, comma, rest = writing.partition(",")
        ordered = f"{rest} {given}" if comma and rest.strip() else writing
        tokens = _tokens(ordered)
        parts = fold(ordered).text.split()
        if not tokens:
            continue
        ways = [tokens]
        if len(parts) > 1:
            ways.append(_tokens(f"{parts[-1]} {' '.join(parts[:-1])}"))
        if len(parts) > 2:
            ways += [_tokens(f"{parts[0]} {parts[-1]}"), _tokens(f"{parts[-1]} {parts[0]}")]
        for way in ways:
            found.setdefault(_key_of(way), way)
    return list(found.values())


def _hash(key: bytes, purpose: bytes, text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=key, digest_size=8, person=purpose).digest()
    return int.from_bytes(digest, "little")


def _check(key: bytes) -> bytes:
    return hashlib.blake2b(b"", key=key, digest_size=16, person=b"check").digest()


def _read_file(data: bytes, source: str, key: bytes | None) -> Names:
    try:
        told = msgspec.msgpack.decode(data[len(FILE_HEAD) :], type=_NamesFile)
    except msgspec.DecodeError:
        raise DirectoryFault(f"{source}: damaged; make it again with: understudy policy names") from None
    if len(told.spellings) != 2 * len(told.people) or len(told.spellings) % 8 or len(told.words) % 8:
        raise DirectoryFault(f"{source}: damaged; make it again with: understudy policy names")
    if key is None:
        return Names(b"", told.count, told.most_tokens, told.spellings, told.people, told.words)
    if not secrets.compare_digest(told.check, _check(key)):
        raise DirectoryFault(
            f"{source}: hashed with another home's key; make it again here with: understudy policy names"
        )
    return Names(key, told.count, told.most_tokens, told.spellings, told.people, told.words)


def _packed(code: str, numbers: Iterable[int]) -> bytes:
    told = array(code, numbers)
    if sys.byteorder == "big":
        told.byteswap()
    return told.tobytes()


def _unpacked(code: str, data: bytes) -> array[int]:
    told = array(code)
    told.frombytes(data)
    if sys.byteorder == "big":
        told.byteswap()
    return told


def _index(ordered: array[int], value: int) -> int | None:
    place = bisect_left(ordered, value)
    return place if place < len(ordered) and ordered[place] == value else None
