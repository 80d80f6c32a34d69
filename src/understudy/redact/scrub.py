"""Sensitive text out, typed tokens in: what everything textual passes before it may be kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

import msgspec

from understudy.redact.directory import Directory
from understudy.redact.scrub_addresses import find_addresses
from understudy.redact.scrub_dates import find_births
from understudy.redact.scrub_email import find_emails
from understudy.redact.scrub_health import find_health
from understudy.redact.scrub_ids import find_ids
from understudy.redact.scrub_ips import find_ips
from understudy.redact.scrub_labels import kind_of_label, labelled
from understudy.redact.scrub_normal import fold, normalise
from understudy.redact.scrub_numbers import find_numbers
from understudy.redact.scrub_pay import find_pay
from understudy.redact.scrub_secrets import find_secrets
from understudy.redact.scrub_span import Span, TextKind
from understudy.redact.scrub_url import scrub_address

TOKEN = re.compile(r"<[A-Z]+_[1-9][0-9]*>")
"""What stands in the place of something sensitive: its kind and a number, counted in order of appearance."""

_FINDERS: tuple[tuple[TextKind, Callable[[str], Iterator[Span]]], ...] = (
    ("secret", find_secrets),
    ("id", find_ids),
    ("ip", find_ips),
    ("birth", find_births),
    ("address", find_addresses),
    ("pay", find_pay),
)
"""Who finds the kinds that one finder each finds."""

_ORDER: tuple[TextKind, ...] = (
    *("secret", "iban", "card", "id", "email", "birth", "phone", "ip", "address", "pay", "health", "name"),
)
_RANK = {kind: rank for rank, kind in enumerate(_ORDER)}
"""Whose token stands where finds overlap: the most telling kind's."""


class Hit(msgspec.Struct, frozen=True):
    """[start, end) of the text as it was given (characters) held a `kind`."""

    kind: TextKind
    start: int
    end: int


class Scrubbed(msgspec.Struct, frozen=True):
    """`text` with every hit replaced by a token; `hits` in order, never overlapping, () when nothing was found."""

    text: str
    hits: tuple[Hit, ...] = ()


class Scrubber:
    """Finds sensitive text of the given kinds; one instance a recording.

    Within it the same value, however it is written (blanks, case, full-width digits), gets the same token, such as
    <EMAIL_1>, so that copying a value from one place to another stays learnable. Tokens are numbered in order of
    appearance and tell neither length nor content; two scrubbers share nothing. Only keyed hashes of the values are
    remembered. `directory` None: no names are known, and kind "name" comes from labels alone.
    """

    def __init__(self, kinds: Iterable[TextKind], directory: Directory | None = None) -> None:
        self._kinds = frozenset(kinds)
        self._directory = directory if directory is not None and "name" in self._kinds else None
        self._key = secrets.token_bytes(32)
        self._numbers: dict[bytes, int] = {}
        self._counts: dict[str, int] = {}

    def scrub(self, text: str, *, label: str = "") -> Scrubbed:
        """`text` without what is sensitive. Takes any string and never raises; time is linear in its length.

        `label` is the name of the field that the text stands in ("" when unknown): what was typed into "Card number"
        is taken for one even where its checksum fails. Numbers that only make sense together belong in one call.
        """
        if not text:
            return Scrubbed(text)
        normal = normalise(text)
        spans = self._find(normal.text, normalise(label).text)
        if not spans:
            return Scrubbed(text)
        pieces: list[str] = []
        hits: list[Hit] = []
        done = 0
        for span in spans:
            start, end = normal.original(span.start, span.end)
            start = max(start, done)
            pieces.append(text[done:start])
            pieces.append(self._token(span.kind, span.value))
            hits.append(Hit(span.kind, start, end))
            done = end
        pieces.append(text[done:])
        return Scrubbed("".join(pieces), tuple(hits))

    def hits(self, text: str, *, label: str = "") -> tuple[Hit, ...]:
        """What `scrub` would replace, without giving out a token: for looking at what may never be kept.

        A token's number tells how many values came before; a value only looked at, such as a half-typed one, must not
        count, or two secrets of one shape would leave different numbers behind them.
        """
        if not text:
            return ()
        normal = normalise(text)
        hits: list[Hit] = []
        for span in self._find(normal.text, normalise(label).text):
            start, end = normal.original(span.start, span.end)
            hits.append(Hit(span.kind, max(start, hits[-1].end) if hits else start, end))
        return tuple(hits)

    def scrub_url(self, url: str) -> str:
        """An address without what it may tell: no user and password, no query values, no fragment.

        Opaque parts of the path (keys of shared documents) become tokens; the rest of path and host is scrubbed as
        text. Takes any string and never raises.
        """
        return scrub_address(
            url, text=lambda part: self.scrub(part).text, opaque=lambda part: self._token("opaque", part)
        )

    @property
    def issued(self) -> dict[str, int]:
        """How many tokens of each kind were given out so far."""
        return dict(self._counts)

    def unwind(self, issued: Mapping[str, int]) -> None:
        """Forget the values met since `issued` was read: their tokens are given out again, to whatever comes then."""
        self._counts = dict(issued)
        self._numbers = dict(islice(self._numbers.items(), sum(issued.values())))

    def _find(self, text: str, label: str) -> list[Span]:
        """Every find, merged and in order."""
        kind = kind_of_label(label, self._kinds)
        if kind is not None and not TOKEN.fullmatch(text.strip()) and (whole := labelled(text, kind)):
            return [whole]
        spans: list[Span] = []
        if "email" in self._kinds and ("@" in text or "%40" in text):
            spans.extend(find_emails(text))
        if self._kinds & {"card", "phone", "iban"}:
            spans.extend(find_numbers(text, self._kinds))
        for finding, find in _FINDERS:
            if finding in self._kinds:
                spans.extend(find(text))
        if self._directory is not None or "health" in self._kinds:
            folded = fold(text)
            if "health" in self._kinds:
                spans.extend(find_health(text, folded))
            if self._directory is not None:
                found = self._directory.find(text, folded)
                spans.extend(Span("name", start, end, f"#{person}") for start, end, person in found)
        return _merged(spans) if len(spans) > 1 else spans

    def _token(self, kind: str, value: str) -> str:
        digest = hashlib.blake2b(
            f"{kind}\0{value}".encode("utf-8", "surrogatepass"), key=self._key, digest_size=16
        ).digest()
        number = self._numbers.get(digest)
        if number is None:
            number = self._counts.get(kind, 0) + 1
            self._counts[kind] = number
            self._numbers[digest] = number
        return f"<{kind.upper()}_{number}>"


def _merged(spans: list[Span]) -> list[Span]:
    """Spans in order, overlapping ones made one that covers them all, under the kind that ranks first."""
    spans.sort(key=lambda span: (span.start, -span.end))
    merged: list[Span] = []
    for span in spans:
        if not merged or span.start >= merged[-1].end:
            merged.append(span)
            continue
        last = merged[-1]
        if span.kind == "email" and last.kind == "secret" and span.end > last.end:
            continue  # postgres://user:p@ss@host: what an "@" left over of the secret is its host
        winner = min(last, span, key=lambda one: (_RANK[one.kind], one.start - one.end))
        merged[-1] = Span(winner.kind, last.start, max(last.end, span.end), winner.value)
    return merged
