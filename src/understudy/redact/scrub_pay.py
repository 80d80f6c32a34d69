"""Somebody's pay: amounts that a word beside them calls so, and words that tell of it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from understudy.redact.scrub_span import Span

_CURRENCY = (
    r"(?:[$€£¥₹]|(?:US|CA|A)\$|EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|INR|CAD|AUD|Fr\.|kr\.?|zł|euros?|dollars?|pounds?)"
)
_FIGURE = r"\d{1,3}(?:[ .,'’]\d{3}){1,3}(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:{_CURRENCY} ?(?:{_FIGURE}) ?k?(?!\w)|(?:{_FIGURE}) ?k?(?: ?{_CURRENCY})(?!\w)"
    rf"|(?:{_FIGURE}) ?k(?!\w))",
    re.IGNORECASE,
)
_BARE_AMOUNT = re.compile(
    r"(?<![\w.,/-])\d{1,3}(?:[ .,'’]\d{3})+(?:[.,]\d{1,2})?(?![\w/-])|(?<![\w.,/-])\d{3,9}(?:[.,]\d{1,2})?(?![\w/-])"
)
_PAY_WORD = re.compile(
    r"salar(?:y|ies|ie|io|is)\b|\bwages?\b|\bpayroll|\bpay ?(?:slip|check|cheque|grade|band|rise|raise|cut|stub)s?\b"
    r"|\b(?:gross|net|base|basic|annual|monthly|hourly|weekly|take[- ]home|overtime|severance|holiday|sick"
    r"|back) pay\b"
    r"|compensation\b|remunerat|r[ée]mun[ée]rat|verg[üu]tung|\w*gehalt\w*|(?<!be)\b\w*lohn\w*|verdien\w*|salaire"
    r"|sueldo|n[óo]mina"
    r"|stipendi\w*|retribuzione|busta paga|ordenado|\bbonus(?:es)?\b(?! points?| code| track| level)|\bincome\b"
    r"|einkommen"
    r"|\b(?:earns?|earning|earned|makes?|making|paid|gana|gano|gagne|guadagna|verdient)\b|\bhourly rate|stundenlohn"
    r"|stundensatz"
    r"|\bsalaris\b|\bloon\w*|wynagrodzen\w*|pensja|\bl[öo]n\b|\bl[øo]nn?\b|m[åa]nadsl[öo]n|\bpension\b|\bctc\b"
    r"|\bote\b"
    r"|commission\b|abfindung|severance|indemnit[ée]|\brente\b",
    re.IGNORECASE,
)
_STRONG_PAY = re.compile(
    r"salar|wage|payroll|gehalt|lohn|sueldo|n[óo]mina|stipendi|gross|\bpay\b|einkommen|\bincome|loon|wynagr", re.I
)
_PER = re.compile(
    r"^ ?(?:/ ?(?:h|hr|hour|yr|year|month|mo|std|jahr|monat|an|mois|a[ñn]o|mes)\b"
    r"|(?:a|an|per|pro|par|por|al|im|je) (?:hour|year|month|week|annum|stunde|jahr|monat|an|mois|heure|a[ñn]o|mes"
    r"|hora|ora|anno|mese)\b"
    r"|p\.? ?a\.?(?!\w)|annually|yearly|j[äa]hrlich|monatlich)",
    re.IGNORECASE,
)
_PAY_TELLING = re.compile(
    r"\bpay ?(?:slip|rise|raise|cut|stub|check|cheque)s?\b|\bwage garnishment|\bsalary (?:increase|cut|raise|advance"
    r"|statement)s?\b"
    r"|\bgehaltserh[öo]hung\w*|\bgehaltsabrechnung\w*|\blohnabrechnung\w*|\bgehaltsk[üu]rzung\w*|\blohnerh[öo]hung\w*"
    r"|\blohnpf[äa]ndung\w*|\bverdienstbescheinigung\w*|\bentgeltabrechnung\w*"
    r"|\baugmentation de salaire|\bfiches? de paie|\bbulletins? de (?:salaire|paie)"
    r"|\b(?:subida|aumento|rebaja) (?:de|del) (?:sueldo|salario)|\bn[óo]minas?\b|\brecibo de n[óo]mina|\bhoja de pago"
    r"|\bbusta paga|\bcedolino|\baumento di stipendio|\bloonstrook\w*|\bloonsverhoging|\bsalarisverhoging"
    r"|\bl[öo]nebesked"
    r"|\bl[öo]nespecifikation|\bl[øo]nnsslipp|\bseverance (?:pay|package)|\bpasek wyp[łl]aty|\bpodwy[żz]k[ai]\b"
    r"|\bstock options? grant\w*|\braise request\b",
    re.IGNORECASE,
)
_PAY_WORDS = (
    *(
        "salar",
        "wage",
        "pay",
        "compensation",
        "munerat",
        "munérat",
        "vergütung",
        "vergutung",
        "gehalt",
        "lohn",
        "verdien",
        "salaire",
    ),
    *("sueldo", "mina", "stipendi", "retribuz", "busta", "ordenado", "bonus", "income", "einkommen", "earn", "make"),
    *("making", "paid", "gana", "gano", "gagne", "guadagna", "hourly", "stunden", "loon", "wynagr", "pensja", "lön"),
    *("lon", "løn", "pension", "ctc", "ote", "commission", "abfindung", "severance", "indemnit", "rente", "garnish"),
    *("entgelt", "augmentation", "fiche", "bulletin", "subida", "aumento", "rebaja", "hoja", "cedolino", "pasek"),
    *("podwy", "stock option", "raise"),
)
"""In lower case: everything that `_PAY_WORD` and `_PAY_TELLING` find holds one of them."""
_NEAR = 40


def find_pay(text: str) -> Iterator[Span]:
    """Each amount in a normalised text that a word beside it calls somebody's pay, and words that tell of pay "
    "alone."""
    lower = text.casefold()
    if not any(word in lower for word in _PAY_WORDS):
        return
    for match in _PAY_TELLING.finditer(text):
        yield Span("pay", *match.span(), match.group().casefold())
    if not any(map(str.isdigit, text)):
        return
    words = [(match.start(), match.end(), match.group()) for match in _PAY_WORD.finditer(text)]
    if not words:
        return
    amounts = [match.span() for match in _AMOUNT.finditer(text)]
    for start, end, told in words:
        near = [amount for amount in amounts if 0 <= amount[0] - end <= _NEAR and "\n" not in text[end : amount[0]]]
        near += [
            amount for amount in amounts if 0 <= start - amount[1] <= _NEAR // 2 and "\n" not in text[amount[1] : start]
        ]
        weak = told.casefold() in _WEAK_PAY
        for amount in near:
            if not weak or _PER.match(text[amount[1] :][:12]):
                yield _pay(text, *amount)
        if near or not _STRONG_PAY.search(told):
            continue
        bare = _BARE_AMOUNT.search(text, end, end + _NEAR)
        if bare is not None and "\n" not in text[end : bare.start()]:
            yield _pay(text, *bare.span())


_WEAK_PAY = frozenset(("make", "makes", "making", "paid", "earned", "commission", "pension", "rente"))
"""Words that pay only with "a year" or such behind the amount: "paid €12", "makes 3k of these"."""


def _pay(text: str, start: int, end: int) -> Span:
    return Span("pay", start, end, "".join(filter(str.isalnum, text[start:end].casefold())))
