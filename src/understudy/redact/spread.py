"""Something sensitive typed in several goes or into several fields: what may go on, and what it is once joined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from understudy.records.elements import Element
from understudy.redact.evidence import View
from understudy.redact.run import Run
from understudy.redact.scrub import TOKEN, Hit, Scrubber

PIECE_CHARS = 40
NEAR_PX = 120
"""Boxes that belong together stand side by side or one above the other, at most this far apart."""
MOST_PIECES = 16
CODE_BOXES = 4
"""From so many boxes with one character each on, they are a code."""
WORDS_BEHIND = 2
"""So many words behind a text close it: names and spaced numbers stay whole."""

_DIGITS_GO_ON = re.compile(r"(?:\d[ \t.\-/()]{0,2}){5,}\Z")
_HALF_ADDRESS = re.compile(r"[\w.+\-]@[\w.\-]*\Z")
_WORD = re.compile(r"\S+\Z")
_ANNOUNCED = re.compile(
    r"(?:pass\w*|pin|code|token|secret|key|kennwort|card|karte|ssn|iban|account|konto)\W{0,3}(?:is|ist|:|=)?\W{0,3}\Z",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"[\w.+\-]{1,64}")
_DOMAIN = re.compile(r"@?(?:[\w\-]+\.)+[A-Za-z]{2,}")
_PHONE_START = re.compile(r"\+|00|\(")
_PHONE_LABEL = re.compile(r"phone|\btel|mobil|fax|handy|area code|prefix", re.IGNORECASE)
_HALVES = re.compile(r"@|user|login|mail|domain|host|name|account|konto|nutzer", re.IGNORECASE)
"""Labels of fields that hold half of an address or of a name."""
_DATE_LABELS = (re.compile(r"\b(?:day|dd|tag)\b", re.I), re.compile(r"\b(?:year|yyyy|yy|jahr)\b", re.I))


def may_go_on(text: str) -> bool:
    """True when a text ends as something sensitive may begin: in digits, a half address, a key, a word like PIN."""
    if _DIGITS_GO_ON.search(text[-40:]) or _ANNOUNCED.search(text[-20:]):
        return True
    word = _WORD.search(text[-80:])
    if word is None:
        return False
    told = word.group()
    digits, letters = sum(map(str.isdigit, told)), sum(map(str.isalpha, told))
    mixed = len(told) >= 6 and digits > 0 and letters > 0
    return bool(_HALF_ADDRESS.search(told)) or mixed or (len(told) >= 8 and digits == len(told))


def closed_behind(view: View) -> bool:
    """True when enough harmless text stands behind a run's: a blank, no numbers at it, and words."""
    last = max(view.own)
    behind = view.text[last + 1 :]
    if len(behind.split()) <= WORDS_BEHIND or not (behind[0].isspace() or view.text[last].isspace()):
        return False
    before = view.text[: last + 1].rstrip()
    return not before[-1:].isdigit() and not behind.lstrip()[:1].isdigit()


def is_piece(view: View, hits: Sequence[Hit], label: str) -> bool:
    """True for a field whose text may be part of something: one word, or digits, and nothing found in it already.

    A plain word is one only where the field's label, a capital or a sign in it says so.
    """
    text = view.text.strip()
    if not text or len(text) > PIECE_CHARS or hits:
        return False
    if not any(map(str.isalpha, text)):
        return True
    return not any(map(str.isspace, text)) and (not text.isalpha() or not text.islower() or bool(_HALVES.search(label)))


def numeric(run: Run) -> bool:
    """True for a piece with digits: any number of them may belong together, of words only two."""
    return run.told is not None and any(map(str.isdigit, run.told.text))


def neighbours(one: Element | None, two: Element | None) -> bool:
    """True for two fields that may hold parts of one thing."""
    if one is None or two is None or one.id == two.id:
        return True
    if one.pid != two.pid or one.url != two.url or "table cell" in (one.role, two.role):
        return False
    a, b = one.bounds, two.bounds
    if a is None or b is None:
        return True
    apart_x = max(a.x, b.x) - min(a.right, b.right)
    apart_y = max(a.y, b.y) - min(a.bottom, b.bottom)
    return max(apart_x, apart_y) <= NEAR_PX and min(apart_x, apart_y) < 0


class Found(NamedTuple):
    """Pieces [first, last] hold one thing together; `text`, `label` are what to scrub for its token."""

    first: int
    last: int
    text: str
    label: str

    def token(self, scrubber: Scrubber) -> str:
        """The token that stands for it."""
        tokens = TOKEN.findall(scrubber.scrub(self.text, label=self.label).text)
        return str(tokens[0]) if tokens else ""


def joined(scrubber: Scrubber, texts: Sequence[str], labels: Sequence[str]) -> list[Found]:
    """What the texts of neighbouring fields hold only together, each find over two of them or more."""
    if len(texts) < 2:
        return []
    found = [*_codes(scrubber, texts), *_addresses(scrubber, texts)]
    alone = [{hit.kind for hit in scrubber.hits(text, label=label)} for text, label in zip(texts, labels, strict=True)]
    phone = bool(_PHONE_START.match(texts[0])) or any(_PHONE_LABEL.search(label) for label in labels)
    dated = all(any(pattern.search(label) for label in labels) for pattern in _DATE_LABELS)
    for between in ("", " ", "-", "/", "."):
        whole = ""
        starts: list[int] = []
        for text in texts:
            whole += between if starts else ""
            starts.append(len(whole))
            whole += text
        label = "Date of birth" if dated and between in ("/", "-", ".") else ""
        for hit in scrubber.hits(whole, label=label):
            own = [i for i, s in enumerate(starts) if s < hit.end and hit.start < s + len(texts[i])]
            if len(own) < 2 or (hit.kind == "phone" and not phone) or any(hit.kind in alone[i] for i in own):
                continue
            first, last = own[0], own[-1]
            found.append(Found(first, last, whole[starts[first] : starts[last] + len(texts[last])], label))
    return found


def _codes(scrubber: Scrubber, texts: Sequence[str]) -> list[Found]:
    """Boxes of one character each: a one-time code."""
    found, at = [], 0
    while at < len(texts):
        end = at
        while end < len(texts) and len(texts[end]) == 1:
            end += 1
        code = "".join(texts[at:end])
        if end - at >= CODE_BOXES and scrubber.hits(code, label="One-time code"):
            found.append(Found(at, end - 1, code, "One-time code"))
        at = max(end, at + 1)
    return found


def _addresses(scrubber: Scrubber, texts: Sequence[str]) -> list[Found]:
    """User and domain, the sign between them drawn by the form."""
    found = []
    for at in range(len(texts) - 1):
        user, domain = texts[at].removesuffix("@"), texts[at + 1].removeprefix("@")
        if _LOCAL.fullmatch(user) and _DOMAIN.fullmatch(domain):
            address = f"{user}@{domain}"
            if any(hit.kind == "email" for hit in scrubber.hits(address)):
                found.append(Found(at, at + 1, address, ""))
    return found
