"""A person's own list of words that may stand nowhere, one a line."""

from __future__ import annotations

from dataclasses import dataclass

from understudy.risk.matching import Sought, is_short, is_too_short

MAX_WORDS = 20_000
"""Each word is looked for in some hundred forms; so many take about a gigabyte while the search runs."""


class WordsFault(ValueError):
    """The list can't be used; the message is one line: what was found, what was expected."""


@dataclass(frozen=True)
class Words:
    """A list of words, read. Each of `sought` is called by its line's number ("line 7").

    `short` are the numbers of lines that are looked for only as whole words in text, `too_short` of those that are
    not looked for at all.
    """

    sought: tuple[Sought, ...]
    short: tuple[int, ...]
    too_short: tuple[int, ...]

    def value(self, name: str) -> str:
        """The word that `name` stands for. Raises KeyError."""
        for one in self.sought:
            if one.name == name:
                return one.value
        raise KeyError(name)


def read_words(data: bytes) -> Words:
    """The words in `data`: UTF-8, one a line, blanks around them and empty lines left out. Raises WordsFault."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WordsFault(f"the list of words is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise WordsFault("the list of words is empty; write one word a line")
    if len(lines) > MAX_WORDS:
        raise WordsFault(
            f"the list holds {len(lines):,} words; at most {MAX_WORDS:,} can be looked for at once: split it"
        )
    too_short = tuple(number for number, line in lines if is_too_short(line))
    looked = [(number, line) for number, line in lines if not is_too_short(line)]
    if not looked:
        raise WordsFault("every word of the list has fewer than 4 letters and digits: nothing can be looked for")
    return Words(
        sought=tuple(Sought(f"line {number}", line) for number, line in looked),
        short=tuple(number for number, line in looked if is_short(line)),
        too_short=too_short,
    )
