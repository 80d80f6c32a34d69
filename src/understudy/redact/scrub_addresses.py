"""Postal addresses: a street with its number, and the postcode and town behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from understudy.redact.scrub_span import Span

_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀŁŚŠŻŽČĆĐ]"
_NAME = rf"{_CAPITAL}[\w'’.-]{{0,30}}"
_BETWEEN = r"(?:[ -]| (?:am|an der|im|in|ob der|upon|under|sur|de|la|le|del|di|of|the|aan den|aan de|den) )"
_TOWN = rf"{_NAME}(?:{_BETWEEN}{_NAME}){{0,3}}"
_TYPED_TOWN = rf"(?:{_TOWN}|[a-zà-öø-ÿß'’-]{{3,30}}(?!\w))"
_UK_POSTCODE = r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d)"
_POSTCODE = (
    r"(?:[A-Z]{1,2}-)?(?:\d{5}(?:-\d{4})?|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|\d{4}-\d{3}|\d{4}|\d{3} \d{2}|"
    rf"{_UK_POSTCODE})"
)
_PLACE = (
    rf"(?:(?: -|[,\n])? ?\n?(?:{_POSTCODE} {_TYPED_TOWN}"
    rf"|{_TOWN},? (?:[A-Z]{{2,3}} )?(?:\d{{5}}(?:-\d{{4}})?|(?<=[A-Z] )\d{{4}}|{_UK_POSTCODE})(?!\w)"
    rf"|{_UK_POSTCODE}(?!\w))|, {_TOWN}(?:, [A-Z]{{2}}(?!\w))?)"
)
_FLAT = (
    r"(?:,? (?:apt|apartment|unit|suite|ste|flat|floor|fl|room|rm|bldg|building)\b\.? ?#?[A-Za-z]?\d{0,5}[A-Za-z]?"
    r"(?!\w)"
    r"|,? ?#\d{1,5})"
)
_TYPES = (
    *("street", "st", "road", "rd", "avenue", "ave", "av", "boulevard", "blvd", "lane", "ln", "drive", "dr"),
    *("court", "ct", "place", "pl", "square", "sq", "terrace", "ter", "parkway", "pkwy", "highway", "hwy"),
    *("way", "close", "crescent", "cres", "garden", "gardens", "gdns", "grove", "hill", "mews", "row", "trail"),
    *("trl", "circle", "cir", "park", "walk", "quay", "turnpike", "pike", "plaza", "alley", "green", "rise"),
    *("view", "vale", "wharf", "broadway", "parade", "esplanade", "loop", "crossing", "heights"),
)
_TYPED_TYPES = ("street", "road", "avenue", "ave", "boulevard", "blvd", "lane", "drive", "court")
_GERMAN_ENDS = ("straße", "strasse", "str.", "allee", "gasse", "chaussee", "ufer", "damm", "promenade", "weg")
_NOT_WAYS = r"(?<!\bUm)(?<!\bHin)(?<!\bAus)(?<!\bRück)(?<!\bDienst)(?<!\bRechts)(?<!\bArbeits)"
_OTHER_ENDS = (
    *("straat", "laan", "gracht", "kade", "singel", "dijk", "plein", "steeg", "dreef"),  # Dutch
    *("gatan", "vägen", "gränd", "gata", "gaten", "veien", "vegen", "vej", "gade", "stræde", "allé"),  # Nordic
    *("katu", "tie", "kuja", "utca", "ulica", "ulice"),  # Finnish, Hungarian, Slavic
)
_FRENCH_TYPES = (
    *("rue", "avenue", "av.", "boulevard", "bd", "bd.", "bvd", "place", "impasse", "allée", "allee", "chemin", "route"),
    *("quai", "cours", "square", "passage", "sentier", "faubourg", "ruelle", "rond-point", "lotissement", "résidence"),
)
_HEADS = (
    *(
        "calle",
        "c/",
        "avda",
        "avda.",
        "av.",
        "av",
        "avinguda",
        "gran vía",
        "urb.",
        "avenida",
        "plaza",
        "pza",
        "pza.",
        "paseo",
        "carrer",
        "travesía",
    ),
    *("viale", "v.le", "piazza", "p.za", "vicolo", "rua", "travessa", "praça", "praca", "alameda", "ulica"),
    *("bulevardul", "ul.", "al.", "os."),
)
_HEADS_WITH_PLACE = ("via", "largo", "corso", "strada", "ronda", "camino")
_LAST_WORDS = (
    *("gate", "gata", "vei", "plass", "väg", "torg", "gade", "plads"),  # Nordic
    *("náměstí", "namesti", "nábřeží", "třída", "trida", "utca", "tér", "körút"),  # Czech, Slovak, Hungarian
)
_BOXES = (
    *("po box", "p.o. box", "p. o. box", "post office box", "postfach", "boîte postale", "boite postale", "apartado"),
    *("apartado de correos", "casella postale", "postbus", "psc"),
)


def _any(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NUMBER_BEHIND = r" ?\d{1,4}(?:[-/]\d{1,4})? ?(?:[a-zA-Z](?!\w))?(?:-\d{1,3})?"
_ENGLISH = re.compile(
    r"(?<![\w.,/#-])\d{1,6}[A-Za-z]?(?:[-/]\d{1,5})? "
    rf"(?:[NSEW]{{1,2}}\.? |(?:North|South|East|West) )?(?:(?:{_NAME}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,4}}?"
    rf"(?i:{_any(_TYPES)})\b\.?(?: [NSEW]{{1,2}}\b\.?)?(?i:{_FLAT})?{_PLACE}?"
)
_ENGLISH_TYPED = re.compile(
    rf"(?<![\w.,/#-])\d{{1,5}}[a-z]? (?:[a-z'’]{{3,15}} ){{1,2}}?(?:{_any(_TYPED_TYPES)})\b"
    r"(?! (?:map|view|test|bike|sign|name|food|of|the|in|is|are|was|to)\b)"
    rf"(?:,? [a-z'’-]{{3,20}},? (?:[a-z]{{2}} )?(?:\d{{5}}|(?i:{_UK_POSTCODE}))(?!\w)|, [a-z'’-]{{3,20}}(?!\w))?"
)
_FLAT_BEFORE = re.compile(r"(?:apt|flat|unit|suite)\.? ?\w{1,6},? \Z", re.IGNORECASE)
_GERMAN = re.compile(
    rf"(?<!\w)(?:{_CAPITAL}[\w.-]{{1,30}}[ -]){{0,3}}?(?:[\w-]{{2,30}}?(?:{_any(_GERMAN_ENDS[:-1])}|{_NOT_WAYS}weg)"
    rf"|(?i:straße|strasse|str\.|allee|gasse)|Weg){_NUMBER_BEHIND}{_PLACE}?"
)
_OTHER = re.compile(rf"(?<!\w){_CAPITAL}[\w'’-]{{1,30}}(?:{_any(_OTHER_ENDS)}){_NUMBER_BEHIND}{_PLACE}?")
_WITH_PLACE = re.compile(
    rf"(?<!\w)(?:(?:Am|An|Auf|Im|In|Zum|Zur|Unter|Hinter|Vor|Bei)(?: (?:der|den|dem))? )?"
    rf"{_CAPITAL}[\w-]{{2,30}}(?:[ -]{_CAPITAL}[\w-]{{1,30}}){{0,2}} \d{{1,4}} ?(?:[a-zA-Z](?!\w))?,? "
    rf"(?:[A-Z]{{1,2}}-)?(?:\d{{4,5}}|\d{{4}} ?[A-Z]{{2}}|\d{{2}}-\d{{3}}|\d{{3}} \d{{2}}) {_TOWN}"
)
_FRENCH = re.compile(
    rf"(?<![\w.,/-])\d{{1,4}}(?: ?(?:bis|ter|quater|[A-D]))?,? (?i:{_any(_FRENCH_TYPES)})"
    rf" [^\d\n,;|()\"=]{{2,40}}?(?:(?: -)?,? ?\n?(?:F-)?\d{{5}} {_TYPED_TOWN}|(?=[\n,;|()\"]|$| -)(?:, {_TOWN})?)"
)
_ROMANCE = re.compile(
    rf"(?<!\w)(?i:{_any(_HEADS)})(?: (?:de|del|do|da|dos|das|la|las|los|el)){{0,2}} {_CAPITAL}"
    r"[^\d\n;|()\"=]{1,40}? ?(?:[nN][.º°o]{0,2} ?)?"
    r"\d{1,4} ?(?:[a-zA-Z](?!\w))?"
    rf"(?:/\d{{1,4}})?(?:,? \d{{1,2}}\.?[ºª°o](?: ?[A-Za-z]{{1,4}}(?!\w))?)?{_PLACE}?"
)
_ITALIAN = re.compile(rf"(?<!\w)(?:Via|Corso|Largo)(?: {_NAME}| d[aei][\w']{{0,4}}){{1,4}},? \d{{1,3}}(?![\w.%])")
_ROMANCE_WITH_PLACE = re.compile(
    rf"(?<!\w)(?i:{_any(_HEADS_WITH_PLACE)}) {_CAPITAL}[^\d\n;|()\"=]{{1,40}}? ?\d{{1,4}} ?(?:[a-zA-Z](?!\w))?"
    rf"(?:/\d{{1,4}})?{_PLACE}"
)
_FRENCH_BEFORE = re.compile(
    rf"(?<!\w)(?i:{_any(_FRENCH_TYPES)})(?: (?:de|du|des|la|le|les|d'|l')){{0,2}} {_CAPITAL}[^\d\n;|()\"=]{{1,40}}?,? "
    rf"\d{{1,4}}[a-zA-Z]?,? (?:[A-Z]{{1,2}}-)?\d{{4,5}} {_TYPED_TOWN}"
)
"""As in Belgium and Switzerland: the number behind the street's name. Only with a place, since much has a number."""
_LAST_WORD = re.compile(
    rf"(?<!\w){_CAPITAL}[\w'’.-]{{1,30}}(?: {_NAME}){{0,2}} (?:{_any(_LAST_WORDS)}){_NUMBER_BEHIND},? "
    rf"(?:\d{{4}}|\d{{3}} \d{{2}}|\d{{5}}) {_TOWN}"
)
_PLOT = re.compile(
    rf"(?<!\w)(?i:house|plot)(?i: no\.?)? ?#?\d{{1,4}}[A-Z]?(?:/\d{{1,4}})?,? "
    rf"(?i:road|street|sector|block|phase)(?i: no\.?)? ?\d{{1,3}}[A-Z]?(?!\w)(?:, {_TOWN}){{0,3}}"
    r"(?:[ -]\d{4,6}(?!\w))?"
)
_RURAL = re.compile(rf"(?<!\w)(?i:rr|rural route|hc) \d{{1,3}},? (?i:box) \d{{1,5}}[A-Z]?{_PLACE}?")
_BOX = re.compile(rf"(?<!\w)(?i:{_any(_BOXES)}) (?:\d{{1,5}},? [Bb]ox )?(?:\d{{2}} \d{{2}}(?!\d)|\d{{1,6}}){_PLACE}?")

PATTERNS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (_ENGLISH, ()),
    (_ENGLISH_TYPED, _TYPED_TYPES),
    (_GERMAN, _GERMAN_ENDS),
    (_OTHER, _OTHER_ENDS),
    (_FRENCH, _FRENCH_TYPES),
    (_ROMANCE, _HEADS),
    (_ROMANCE_WITH_PLACE, _HEADS_WITH_PLACE),
    (_ITALIAN, _HEADS_WITH_PLACE),
    (_BOX, _BOXES),
    (_FRENCH_BEFORE, _FRENCH_TYPES),
    (_LAST_WORD, _LAST_WORDS),
    (_PLOT, ("house", "plot")),
    (_RURAL, (" box ",)),
)
"""Each pattern, and words in lower case of which everything that it finds holds one."""
_POSTCODE_AND_TOWN = re.compile(r"\d{2}-?\d{2,3}|\d{3} \d{2}|\d{4} ?[A-Z]{2}")


def find_addresses(text: str) -> Iterator[Span]:
    """Each postal address in a normalised text with a street or a box and its number; spans may overlap.

    In the query of a web address "+" stands for a blank.
    """
    if not any(map(str.isdigit, text)):
        return
    if "+" in text and ("=" in text or "://" in text):
        text = text.replace("+", " ")
    lower = text.lower()
    for pattern, words in PATTERNS:
        if not words or any(word in lower for word in words):
            for match in pattern.finditer(text):
                start = match.start()
                if flat := _FLAT_BEFORE.search(text, max(0, start - 16), start):
                    start = flat.start()
                yield _address(text, start, match.end())
    if _POSTCODE_AND_TOWN.search(text):
        for match in _WITH_PLACE.finditer(text):
            yield _address(text, match.start(), match.end())


def _address(text: str, start: int, end: int) -> Span:
    while text[end - 1] in " ,.\n-'’":
        end -= 1
    return Span("address", start, end, "".join(filter(str.isalnum, text[start:end].casefold())))
