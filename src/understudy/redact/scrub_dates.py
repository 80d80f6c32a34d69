"""Dates of birth: dates that a word beside them calls one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from understudy.redact.scrub_span import Span

_MONTH = (
    r"(?:jan(?:uary|uar|vier)?|jänner|ene(?:ro)?|gen(?:naio)?|feb(?:ruary|ruar|rero|braio)?|f[ée]vr(?:ier)?|mar(?:ch"
    r"|s|zo)?"
    r"|m[äa]rz|mrz|apr(?:il|ile)?|avr(?:il)?|abr(?:il)?|may|mai|mayo|maggio|maart|june?|juni|juin|junio|giugno|july?"
    r"|juli"
    r"|juillet|julio|luglio|aug(?:ust|ustus)?|ao[ûu]t|ago(?:sto)?|sept?(?:ember|embre|tembre|iembre)?|o[ck]t(?:ober"
    r"|obre)?"
    r"|ott(?:obre)?|nov(?:ember|embre|iembre)?|d[ei][czs]z?(?:ember|iembre|embre)?|déc(?:embre)?)"
)
_DATE = re.compile(
    r"(?<![\w/.-])(?:"
    r"\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}"
    r"|\d{1,2}[-/. ]{1,2}\d{1,2}[-/. ]{1,2}(?:\d{4}|\d\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?[ -]{{1,2}}(?:of |de |d')?{_MONTH}\.?,?[ -]{{1,2}}(?:de |del )?\d{{2,4}}"
    rf"|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{2,4}}"
    r"|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r")(?![\w/-]|\.\d)",
    re.IGNORECASE,
)
WORD = re.compile(
    r"\bborn\b|birth|\bd\.?o\.?b\b|\bb\.? ?day\b|geburt|\bgeb(?:oren|\.|dat)|\bjahrgang|naissance|\bn[ée]\(?e?\)?\b"
    r"|\bnac(?:i[óo]|id[oa]|imiento)|nascita|\bnat[oa] (?:il|a)\b|geboorte|f[öo]delse|\bf[öo]dd\b|f[øo]ds?el"
    r"|\bf[øo]dt\b"
    r"|urodz|\bur\.|nascimento|\bnasc|syntym|cumplea|anniversaire|compleanno|\*\s?$",
    re.IGNORECASE,
)
WORDS = (
    *("jahrgang", "born", "birth", "dob", "d.o", "do.b", "b day", "b.day", "bday", "b. day", "geb", "naissance"),
    *("né", "ne", "nac", "nasc", "nat", "födelse", "fodelse", "född", "fodd", "fø", "fod", "föd", "urodz", "ur."),
    *("syntym", "cumplea", "anniversaire", "compleanno", "*"),
)
"""In lower case: everything that `WORD` finds holds one of them."""
_WORD_BEHIND = re.compile(
    r"(?:date of )?birth|born\b|geboren|d\.?o\.?b\b|b-?day|geburt|geb\.|naissance|nacim|cumplea|nascita|nascim"
    r"|geboorte|f[öo]del"
    r"|f[øo]dsel"
    r"|urodz",
    re.IGNORECASE,
)
_AHEAD = 40
_BEHIND = 24


def find_births(text: str) -> Iterator[Span]:
    """Each date of a normalised text with a word for birth in the 40 characters before it, or just behind it."""
    lower = text.casefold()
    if sum(map(str.isdigit, text)) < 3 or not any(word in lower for word in WORDS):
        return
    for match in _DATE.finditer(text):
        before = text[max(0, match.start() - _AHEAD) : match.start()]
        behind = text[match.end() : match.end() + _BEHIND].partition("\n")[0]
        ends = [word.end() for word in WORD.finditer(before)]
        told = bool(ends) and not _DATE.search(before, ends[-1]) and "\n\n" not in before[ends[-1] :]
        if told or _WORD_BEHIND.match(behind.lstrip(" ;:(-[")):
            yield Span("birth", *match.span(), "".join(filter(str.isalnum, match.group().casefold())))
