"""Identity numbers of a person: social security, tax, passports. Strong ones anywhere, others beside their word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum.br import cpf
from stdnum.ch import ssn as swiss
from stdnum.cn import ric
from stdnum.cz import rc
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.mx import curp
from stdnum.se import personnummer

from understudy.redact.scrub_span import Span

_US_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])")
_UK_NINO = re.compile(
    r"(?<!\w)(?!BG|GB|KN|NK|NT|TN"
    r"|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?P<by> ?)\d\d(?P=by)\d\d(?P=by)\d\d(?P=by)[A-D]"
    r"(?!\w)"
)
_BY_CHECKSUM: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (re.compile(r"(?<![\w-])\d{8}-?[A-Z](?![\w-])", re.IGNORECASE), dni.is_valid),
    (re.compile(r"(?<![\w-])[XYZ]-?\d{7}-?[A-Z](?![\w-])", re.IGNORECASE), nie.is_valid),
    (
        re.compile(
            r"(?<!\w)[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPR-T][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z](?!\w)", re.IGNORECASE
        ),
        codicefiscale.is_valid,
    ),
    (
        re.compile(r"(?<![\w.-])[1278] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d(?![\w-])"),
        nir.is_valid,
    ),
    (re.compile(r"(?<![\w-])(?:19|20)?\d{6}[-+]\d{4}(?![\w-])"), personnummer.is_valid),
    (re.compile(r"(?<![\w-])\d{6}[-+A-FU-Y]\d{3}[\dA-Y](?![\w-])"), hetu.is_valid),
    (re.compile(r"(?<![\w/])\d{6}/\d{3,4}(?![\w/])"), rc.is_valid),
    (re.compile(r"(?<![\w.])756\.?\d{4}\.?\d{4}\.?\d\d(?![\w.]?\d)"), swiss.is_valid),
    (re.compile(r"(?<![\w.])\d{3}\.\d{3}\.\d{3}-\d\d(?!\w)"), cpf.is_valid),
    (re.compile(r"(?<!\w)[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d(?!\w)"), curp.is_valid),
    (re.compile(r"(?<!\w)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d\d{3}[\dX](?!\w)"), ric.is_valid),
)
"""In order: ES DNI and NIE, IT codice fiscale, FR NIR, SE personnummer, FI HETU, CZ and SK birth numbers, CH AHV, BR
CPF, MX CURP, CN resident identity. Numbers whose check digits one in ten passes (DE tax id, NL BSN, PL PESEL, IN
Aadhaar, US SSN without dashes …) count only beside their word: whatever stands there is taken for one."""
_INDIAN_PAN = re.compile(r"(?<!\w)[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?!\w)")
_KOREAN = re.compile(r"(?<![\w-])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}(?![\w-])")

WORD = re.compile(
    r"\bss[ni]\b|social (?:security|insurance)|\bnino\b|\bni (?:number|no)\b|national (?:id\b|insurance|identity)"
    r"|\btax(?:payer)?[ _-]?(?:id\b|identification|payer number|number|no\b|ref)|\b(?:tin|itin|utr)\b"
    r"|steuer-?(?:id|nummer|identifikations\w*|nr)|\bid-?nr\b|\bsteuernr"
    r"|sozialversicherungs?-?\w*|rentenversicherungs?-?\w*|krankenversicherten\w*|versicherten-?n(?:umme)?r"
    r"|\bsv-?n(?:umme)?r|\bahv\b"
    r"|s[ée]cu(?:rit[ée] sociale)?\b|\bnir\b|num[ée]ro fiscal"
    r"|\b(?:dni|nie|nif)\b|seguridad social|documento de identidad|c[ée]dula|\bcurp\b"
    r"|codice fiscale|\bcod\. ?fisc|\bbsn\b|burgerservice\w*|sofi-?nummer|rijksregister\w*"
    r"|person(?:al identity|nummer|nr|al number)|samordningsnummer|f[øo]dselsnummer|\bcpr\b|henkil[öo]tunnus|\bhetu\b"
    r"|\bpesel\b|rodn[ée] [čc][íi]slo|\bcnp\b|\begn\b"
    r"|aadhaa?r|\bpan (?:card|number|no)|\bcpf\b|\brrn\b|medicare|medicaid|\bnhs (?:number|no)"
    r"|passports?\b(?! (?:control|photo|office|expir|required))|reisepass\w*|\bpassn(?:umme)?r|passeport|pasaporte"
    r"|passaporto|paspoort|paszport|personalausweis\w*|ausweisn\w*|carte d'identit[ée]|carta d'identit[àa]"
    r"|identity (?:card|number)|\bid (?:card|number)\b"
    r"|driv(?:er'?s?|ing) ?licen[cs]e|\bdriver licen[cs]e|f[üu]e?hrerschein\w*|permis de conduire"
    r"|carn[ée] de conducir"
    r"|patente di guida|rijbewijs\w*",
    re.IGNORECASE,
)
WORDS = (
    *("ssn", "ssi", "social", "nino", "ni n", "national", "tax", "tin", "utr", "steuer", "id-nr", "idnr", "versicher"),
    *("sv-n", "svn", "ahv", "cu", "nir", "fiscal", "fisc", "dni", "nie", "nif", "identi", "dula", "curp", "bsn"),
    *("burgers", "sofi", "rijks", "person", "samordning", "dsels", "cpr", "henkil", "hetu", "pesel", "rodn", "cnp"),
    *("egn", "aadha", "pan ", "cpf", "rrn", "medic", "nhs", "passp", "reisepass", "passn", "passeport", "pasaporte"),
    *(
        "passaporto",
        "paspoort",
        "paszport",
        "ausweis",
        "d'identit",
        "id card",
        "id number",
        "driv",
        "fuehrer",
        "führer",
    ),
    *("fuhrer", "permis", "conducir", "patente", "rijbewijs"),
)
"""In lower case: everything that `WORD` finds holds one of them."""
_TOLD = re.compile(
    r"(?<!\w)(?=[A-Z]{0,6}\d|[A-Z\d]{2,9}\d)[A-Z\d]{1,20}(?:[ \-./]{1,3}[A-Z\d]{1,8}){0,7}(?!\w)", re.IGNORECASE
)
_PART = re.compile(r"[A-Z\d]+", re.IGNORECASE)
LOOK_AHEAD = 40
"""How far behind its word a number may begin, characters."""


def find_ids(text: str) -> Iterator[Span]:
    """Each identity number in a normalised text; spans may overlap."""
    digits = sum(map(str.isdigit, text))
    if digits >= _FEWEST_DIGITS:
        yield from _alone(text)
    if digits >= _FEWEST_TOLD:
        lower = text.casefold()
        if any(word in lower for word in WORDS):
            for word in WORD.finditer(text):
                yield from _behind(text, word.end())


_FEWEST_DIGITS = 6
_FEWEST_TOLD = 4


def _alone(text: str) -> Iterator[Span]:
    for pattern in (_US_SSN, _UK_NINO, _INDIAN_PAN, _KOREAN):
        for match in pattern.finditer(text):
            yield _id(text, *match.span())
    for pattern, valid in _BY_CHECKSUM:
        for match in pattern.finditer(text):
            if valid(match.group()):
                yield _id(text, *match.span())


def _behind(text: str, word_end: int) -> Iterator[Span]:
    """The number that a word announces: the first one behind it, before another sentence begins."""
    line_end = text.find("\n", word_end + 1)
    limit = len(text) if line_end < 0 else line_end
    stop = min(limit, word_end + LOOK_AHEAD)
    place = word_end
    while place < stop and (told := _TOLD.search(text, place, min(limit, place + 2 * LOOK_AHEAD))):
        if told.start() >= stop:
            return
        # Words that follow a spaced number ("C7188430 copy") are none of its groups.
        end = told.start()
        for part in _PART.finditer(text, *told.span()):
            lone = len(part.group()) == 1
            if not any(map(str.isdigit, part.group())) and not (lone or part.start() == told.start()):
                break
            end = part.end()
        value = "".join(filter(str.isalnum, text[told.start() : end]))
        if 5 <= len(value) <= 22 and sum(map(str.isdigit, value)) >= _FEWEST_TOLD:
            yield Span("id", told.start(), end, value.upper())
            return
        place = max(end, told.start() + 1)


def _id(text: str, start: int, end: int) -> Span:
    return Span("id", start, end, "".join(filter(str.isalnum, text[start:end])).upper())
