"""Labelled texts, and how a finder of sensitive text is judged on them. Nothing here prints a text but `misses`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stdnum import iban, luhn

HERE = Path(__file__).parent
CORPUS = HERE / "scrub_corpus"
RESEARCH = HERE.parents[1] / "shared" / "data" / "pii" / "synth_dataset_v2.json"

STRUCTURED = ("EMAIL", "CARD", "PHONE", "IBAN", "SECRET", "NATIONAL_ID", "DATE_OF_BIRTH", "ADDRESS", "IP")
NAMES = ("NAME", "CODE_NAME")
WORDS = ("HEALTH", "PAYROLL")
TYPES = (*STRUCTURED, *NAMES, *WORDS)

OF_RESEARCH = {
    "EMAIL_ADDRESS": "EMAIL",
    "CREDIT_CARD": "CARD",
    "PHONE_NUMBER": "PHONE",
    "IBAN_CODE": "IBAN",
    "US_SSN": "NATIONAL_ID",
    "US_DRIVER_LICENSE": "NATIONAL_ID",
    "IP_ADDRESS": "IP",
    "STREET_ADDRESS": "ADDRESS",
    "PERSON": "NAME",
}
"""What presidio-research's types are to us. The others (GPE, ORGANIZATION, DATE_TIME, TITLE, AGE, NRP, ZIP_CODE,
DOMAIN_NAME) are nothing that we claim to find: a find on one counts neither for nor against anybody."""


@dataclass(frozen=True)
class Text:
    """One labelled text. `spans` are (start, end, type); a type that isn't in TYPES is one that nobody looks for."""

    id: str
    kind: str
    label: str
    text: str
    spans: tuple[tuple[int, int, str], ...]


Find = Callable[[Text], Sequence[tuple[int, int, str]]]
"""What somebody finds in a text: (start, end, type)."""


def corpus(half: str) -> list[Text]:
    """The texts of a half of our own corpus: "dev" or "heldout"."""
    lines = (CORPUS / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Text(
            told["id"],
            told["kind"],
            told["label"] or "",
            told["text"],
            tuple((span["start"], span["end"], span["type"]) for span in told["spans"]),
        )
        for told in map(json.loads, lines)
    ]


def directory_of(half: str) -> list[str]:
    """The names and code names to find in a half of our own corpus."""
    lines = (CORPUS / f"directory-{half}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def research() -> list[Text]:
    """The 1,500 texts of presidio-research."""
    return [
        Text(
            str(number),
            "prose",
            "",
            told["full_text"],
            tuple(
                (span["start_position"], span["end_position"], OF_RESEARCH.get(span["entity_type"], "-"))
                for span in told["spans"]
            ),
        )
        for number, told in enumerate(json.loads(RESEARCH.read_text()))
    ]


def people_of(texts: Sequence[Text]) -> list[str]:
    """Every labelled person of the texts, as a directory would list them."""
    return sorted(
        {
            text.text[start:end]
            for text in texts
            for start, end, kind in text.spans
            if kind == "NAME" and end - start > 1
        }
    )


@dataclass
class Score:
    """Counts of one finder on some texts, by type."""

    labelled: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    covered: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    named: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    hits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    harmless: int = 0
    kept: int = 0
    apart: int = 0
    """Finds on nothing labelled that are printed like a card or an IBAN and fail its check: the corpus calls them
    harmless, we a mistyped one. Left out of the precision, and counted as lost in what was kept."""
    missed: list[tuple[Text, tuple[int, int, str]]] = field(default_factory=list)
    stray: list[tuple[Text, tuple[int, int, str]]] = field(default_factory=list)

    def recall(self, kind: str) -> float | None:
        """Of the labelled spans of a type, the share that finds of any type cover whole; None without any."""
        return self.covered[kind] / self.labelled[kind] if self.labelled[kind] else None

    def precision(self, kind: str) -> float | None:
        """Of the finds of a type, the share that lies on something labelled, whatever; None without any."""
        return self.right[kind] / self.hits[kind] if self.hits[kind] else None

    def overall(self) -> dict[str, float]:
        """Over all types."""
        labelled, hits = sum(self.labelled.values()), sum(self.hits.values())
        return {
            "recall": sum(self.covered.values()) / max(1, labelled),
            "precision": sum(self.right.values()) / max(1, hits),
            "hits": hits,
            "apart": self.apart,
            "harmless_kept": self.kept / max(1, self.harmless),
        }

    def as_json(self) -> dict[str, object]:
        """The figures alone, no text."""
        types = {
            kind: {
                "n": self.labelled[kind],
                "recall": _rounded(self.recall(kind)),
                "named_as_it": self.named[kind],
                "hits": self.hits[kind],
                "precision": _rounded(self.precision(kind)),
            }
            for kind in TYPES
            if self.labelled[kind] or self.hits[kind]
        }
        return {"types": types, "overall": {name: _rounded(value) for name, value in self.overall().items()}}


def judge(texts: Sequence[Text], find: Find, *, no_fault: frozenset[str] = frozenset()) -> Score:
    """Judge a finder. Finds of the types `no_fault` count for recall only.

    A span is covered when every letter and digit of it lies in a find. A find that touches a labelled span is right,
    however long it is; one that touches only types that nobody looks for isn't counted.
    """
    score = Score()
    for text in texts:
        found = find(text)
        for span in text.spans:
            start, end, kind = span
            if kind not in TYPES:
                continue
            score.labelled[kind] += 1
            left = {place for place in range(start, end) if text.text[place].isalnum()}
            touching = [hit for hit in found if hit[0] < end and start < hit[1]]
            for hit in touching:
                left.difference_update(range(hit[0], hit[1]))
            score.covered[kind] += not left
            score.named[kind] += not left and any(_same(hit[2], kind) for hit in touching)
            if left:
                score.missed.append((text, span))
        for hit in found:
            if hit[2] in no_fault:
                continue
            touched = [kind for start, end, kind in text.spans if start < hit[1] and hit[0] < end]
            if touched and not any(kind in TYPES for kind in touched):
                continue
            if not touched and _mistyped(text.text[hit[0] : hit[1]], hit[2]):
                score.apart += 1
                continue
            score.hits[hit[2]] += 1
            score.right[hit[2]] += bool(touched)
            if not touched:
                score.stray.append((text, hit))
        if not text.spans:
            score.harmless += 1
            score.kept += not [hit for hit in found if hit[2] not in no_fault]
    return score


def misses(score: Score) -> Iterator[str]:
    """One line a miss and a stray find. For texts that may be looked at only: never the held-out half."""
    for word, listed in (("missed", score.missed), ("stray", score.stray)):
        for text, (start, end, kind) in sorted(listed, key=lambda one: one[1][2]):
            label = f" [{text.label}]" if text.label else ""
            yield f"{word:6} {kind:13} {text.kind:8}{label} {text.text[start:end]!r} in {text.text[:160]!r}"


def _mistyped(text: str, kind: str) -> bool:
    value = "".join(filter(str.isalnum, text))
    if sum(map(str.isdigit, value)) < 12:
        return False
    return (kind == "CARD" and not luhn.is_valid(value)) or (kind == "IBAN" and not iban.is_valid(value))


def _same(told: str, kind: str) -> bool:
    return told == kind or (told == "NAME" and kind in NAMES)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
