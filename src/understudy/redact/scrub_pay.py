"""Somebody's pay: amounts that a word beside them calls so, and words that tell of it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from understudy.redact.scrub_span import END, START, Span

_CURRENCY = (
    r"(?:[$€£¥₹]|(?:US|CA|A)\$|EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|INR|CAD|AUD|Fr\.|kr\.?|zł|euros?|dollars?|pounds?)"
)
_FIGURE = r"(?:\d{1,3}(?:[ .,'’]\d{3}){1,3}(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?)"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:{_CURRENCY} ?{_FIGURE} ?k?(?!\w)|{_FIGURE} ?k?(?: ?{_CURRENCY})(?!\w)|{_FIGURE} ?k(?!\w))",
    re.IGNORECASE,
)
_BARE_AMOUNT = re.compile(
    r"(?<![\w.,/-])\d{1,3}(?:[ .,'’]\d{3})+(?:[.,]\d{1,2})?(?![\w/-])|(?<![\w.,/-])\d{3,9}(?:[.,]\d{1,2})?(?![\w/-])"
)
PAY_WORD = re.compile(
    rf"{START}(?:"
    r"salar(?:y|ies|ie|io|is)|wages?|payroll|pay ?(?:slip|check|cheque|grade|band|rise|raise|cut|stub)s?"
    r"|(?:gross|net|base|basic|annual|monthly|hourly|weekly|take[- ]home|overtime|severance|holiday|sick|back) pay"
    r"|take[- ]home|stipends?|allowance|(?:day|daily) rate|tagessatz|pension contributions?"
    r"|compensation|severance|commission|pension|income|hourly rate|bonus(?:es)?(?! points?| code| track| level)"
    r"|earns?|earning|earned|makes?|making|paid|pays? (?:me|him|her|them)|offer(?:ed|s)?|asking|remuneration"
    r"|cobr[oa]|bekomm(?:e|t|st)|touche|percibe"
    r"|verg[üu]tung|verdien(?:t|st|e)?|einkommen|stundenlohn|stundensatz|abfindung|rente"
    r"|salaire|r[ée]mun[ée]ration|indemnit[ée]s?|gagne|sueldo|salario|n[óo]mina|gan[ao]|remuneraci[óo]n"
    r"|stipendi[oa]?|retribuzione|busta paga|guadagna|ordenado|loon|salaris|wynagrodzeni[ea]|pensja|l[öø]nn?"
    r"|månadslön"
    rf"){END}|gehalt|(?<!be)lohn",
    re.IGNORECASE,
)
PAY_WORDS = (
    *("salar", "salair", "wage", "pay", "compensation", "severance", "commission", "pension", "income", "hourly"),
    *("bonus", "earn", "make", "making", "paid", "muner", "vergütung", "vergutung", "verdien", "einkommen"),
    *("stunden", "abfindung", "rente", "munér", "indemnit", "gagne", "sueldo", "mina", "gana", "gano", "stipend"),
    *("retribuz", "busta", "offer", "asking", "cobr", "bekomm", "touche", "percib", "guadagna", "ordenado"),
    *("take", "allowance", " rate", "tagess"),
    *("loon", "wynagr", "pensja", "lön", "løn", "gehalt", "lohn"),
)
"""In lower case: everything that `PAY_WORD` finds holds one of them."""
_STRONG = re.compile(
    r"salar|wage|payroll|gehalt|lohn|sueldo|n[óo]mina|stipend|gross|severance|take[- ]home|\bpay\b|einkommen|income"
    r"|loon|wynagr",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"allowance|make|makes|making|paid|pays? (?:me|him|her|them)|earned|commission|pension|rente|offer(?:ed|s)?|asking"
    r"|cobr[oa]|bekomm(?:e|t|st)|touche|percibe",
    re.IGNORECASE,
)
"""Words that pay only with "a year" or such behind the amount, or with tens of thousands; not "paid €12"."""
_THOUSANDS = re.compile(r"\D{0,4}\d{2,3} ?k", re.IGNORECASE)
_THINGS = re.compile(
    r" (?:views|users|rows|items|units|points|words|lines|hits|files|records|tokens|requests)\b", re.IGNORECASE
)
_YEAR = r"(?:year|yr|annum|jahr|an|a[ñn]o|anno)"
_TIME = r"(?:h|hr|hour|month|mo|week|stunde|std|monat|mois|mes|mese|heure|hora|ora)"
_PER = re.compile(
    rf" ?(?:(?:/ ?|(?:a|an|per|pro|par|por|al|im|je|in der) )(?:{_YEAR}|{_TIME})\b|p\. ?a\.?(?!\w)|annually|yearly"
    r"|j[äa]hrlich|monatlich)",
    re.IGNORECASE,
)
YEARLY = re.compile(
    rf"(?<![\w.,])(?P<amount>(?:{_CURRENCY} ?)?(?:\d{{2,3}}[ .,'’]\d{{3}}(?:[.,]\d\d)?|\d{{5,6}}"
    rf"|\d{{2,3}}(?:[.,]\d)? ?k)(?: ?{_CURRENCY})?)"
    r" ?(?:(?:/ ?|(?:a|per|pro|por|al|im) )(?:year|yr|annum|jahr|a[ñn]o|anno)\b|(?:/ ?|par )an\b"
    r"|p\. ?a\.?(?!\w))",
    re.IGNORECASE,
)
"""From 10,000 a year on it is somebody's pay, not a subscription's price."""
YEARLY_WORDS = ("year", "yr", "jahr", "annum", "/an", "/ an", "par an", "año", "ano", "anno", "p.a", "p. a")
"""In lower case: everything that `YEARLY` finds holds one of them."""
TELLING = re.compile(
    rf"{START}(?:"
    r"pay ?(?:slip|rise|raise|cut|stub|check|cheque)s?|(?:salary|wage) slips?|wage garnishment|underpaid|p60"
    r"|salary (?:increase|cut|raise|advance|statement|negotiation)s?|severance (?:pay|package)"
    r"|stock options? grant\w*"
    r"|raise request|(?:got|asks?|asked|wants?|get|deserves?|needs?)(?: for)? a (?:pay )?(?:raise|rise)"
    r"|gehaltserh[öo]hung\w*|gehaltsk[üu]rzung\w*|(?:gehalts|lohn|entgelt)abrechnung\w*|(?:lohn|gehalts)zettel\w*"
    r"|lohnerh[öo]hung\w*|lohnpf[äa]ndung\w*|lohnsteuer\w*|verdienstbescheinigung\w*|(?:lohn|gehalts)verhandlung\w*"
    r"|augmentation de salaire|fiches? de (?:paie|salaire)|bulletins? de (?:salaire|paie)|treizi[èe]me mois"
    r"|(?:subida|aumento|rebaja) (?:de|del) (?:sueldo|salario)|n[óo]minas?|hoja de pago|finiquito|paga extra"
    r"|busta paga|cedolino|aumento di stipendio|loonstrook\w*|loonsverhoging|salarisverhoging|l[öo]nebesked"
    rf"|l[öo]nespecifikation|l[øo]nnsslipp|pasek wyp[łl]aty|podwy[żz]k[ai]){END}",
    re.IGNORECASE,
)
TELLING_WORDS = (
    *("pay", "slip", "garnish", "p60", "salary ", "severance", "stock option", "raise", "rise", "gehalt", "lohn"),
    *("entgelt", "verdienst", "augmentation", "fiche", "bulletin", "treizi", "subida", "aumento", "rebaja"),
    *("mina", "hoja de", "finiquito", "paga", "cedolino", "loon", "salarisv", "lönebe", "lonebe", "lönesp"),
    *("lonesp", "slipp", "wyp", "podwy", "underpaid"),
)
"""In lower case: everything that `TELLING` finds holds one of them."""
_CALENDAR = re.compile(r"(?:19|20)\d\d")
_COUNTS = re.compile(
    rf"{START}(?:id|no|nr|run|type|code|band|grade|number|period|month|week|page|version|level|art|lauf){END}",
    re.IGNORECASE,
)
"""Words that a number behind pay counts something by: "payroll run 3001"."""
_NEAR = 40
"""How far an amount may stand behind its word, characters; before it half as far."""


def find_pay(text: str) -> Iterator[Span]:
    """Each amount in a normalised text that a word beside it calls somebody's pay, and words that tell of it "
    "alone."""
    lower = text.lower()
    found: list[Span] = []
    if any(map(str.isdigit, text)):
        if any(word in lower for word in YEARLY_WORDS):
            found += [_pay(text, *match.span("amount")) for match in YEARLY.finditer(text)]
        if any(word in lower for word in PAY_WORDS):
            found += _beside_words(text)
    if not found and any(word in lower for word in TELLING_WORDS):
        # Beside an amount that is gone they are the words of any office.
        found += [Span("pay", *match.span(), match.group().casefold()) for match in TELLING.finditer(text)]
    yield from found


def _beside_words(text: str) -> Iterator[Span]:
    words = list(PAY_WORD.finditer(text))
    amounts = [match.span() for match in _AMOUNT.finditer(text)] if words else []
    for word in words:
        near = [amount for amount in amounts if _beside(text, word, amount)]
        weak = _WEAK.fullmatch(word.group()) is not None
        for amount in near:
            thousands = _THOUSANDS.fullmatch(text, *amount) and not _THINGS.match(text, amount[1])
            if not weak or thousands or _PER.match(text, amount[1]):
                yield _pay(text, *amount)
        if near or not _STRONG.search(word.group()):
            continue
        bare = _BARE_AMOUNT.search(text, word.end(), word.end() + _NEAR)
        if bare is None or _CALENDAR.fullmatch(bare.group()):
            continue
        between = text[word.end() : bare.start()]
        if "\n" not in between and not _COUNTS.search(between):
            yield _pay(text, *bare.span())


def _beside(text: str, word: re.Match[str], amount: tuple[int, int]) -> bool:
    start, end = amount
    if 0 <= start - word.end() <= _NEAR:
        return "\n" not in text[word.end() : start]
    return 0 <= word.start() - end <= _NEAR // 2 and "\n" not in text[end : word.start()]


def _pay(text: str, start: int, end: int) -> Span:
    return Span("pay", start, end, "".join(filter(str.isalnum, text[start:end].casefold())))
