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

from understudy.redact.scrub_span import END, START, Span

_US_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])")
_US_SSN_SPACED = re.compile(r"(?<![\w.,-])(?<!\d )(?!000|666|9\d\d)\d{3} (?!00)\d\d (?!0000)\d{4}(?![\w-]| \d|[.,]\d)")
_UK_NINO = re.compile(
    r"(?<!\w)(?!BG|GB|KN|NK|NT|TN"
    r"|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?P<by>[ .-]?)\d\d(?P=by)\d\d(?P=by)\d\d(?P=by)[A-D]"
    r"(?!\w)",
    re.IGNORECASE,
)
_NUMBER_THEN_LETTER = re.compile(r"\d{7}-?[A-Z](?!\w)", re.IGNORECASE)
_BIRTH_THEN_SIGN = re.compile(r"(?<!\d)(?:\d\d)?\d{6}[-+/A-FU-Y]\d")
_LONG_MIX = re.compile(r"(?<!\w)(?=[A-Z]{0,6}\d)[A-Z\d]{10,}(?!\w)", re.IGNORECASE)
_BY_CHECKSUM: tuple[tuple[re.Pattern[str], tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...]], ...] = (
    (
        _NUMBER_THEN_LETTER,
        (
            (re.compile(r"(?<![\w-])\d{8}-?[A-Z](?![\w-])", re.IGNORECASE), dni.is_valid),
            (re.compile(r"(?<![\w-])[XYZ]-?\d{7}-?[A-Z](?![\w-])", re.IGNORECASE), nie.is_valid),
        ),
    ),
    (
        _BIRTH_THEN_SIGN,
        (
            (re.compile(r"(?<![\w-])(?:19|20)?\d{6}[-+]\d{4}(?![\w-])"), personnummer.is_valid),
            (re.compile(r"(?<![\w-])\d{6}[-+A-FU-Y]\d{3}[\dA-Y](?![\w-])"), hetu.is_valid),
            (re.compile(r"(?<![\w/])\d{6}/\d{3,4}(?![\w/])"), rc.is_valid),
            (re.compile(r"(?<![\w-])\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}(?![\w-])"), bool),
        ),
    ),
    (
        _LONG_MIX,
        (
            (
                re.compile(
                    r"(?<!\w)[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPR-T][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z](?!\w)", re.IGNORECASE
                ),
                codicefiscale.is_valid,
            ),
            (re.compile(r"(?<!\w)[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d(?!\w)"), curp.is_valid),
            (
                re.compile(r"(?<!\w)[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d\d{3}[\dX](?!\w)"),
                ric.is_valid,
            ),
            (re.compile(r"(?<!\w)[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?!\w)"), bool),
        ),
    ),
    (
        re.compile(r"(?:\d[ .-]?){11}"),
        (
            (
                re.compile(
                    r"(?<![\w.-])[1278] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d(?![\w-])"
                ),
                nir.is_valid,
            ),
            (re.compile(r"(?<![\w.])756\.?\d{4}\.?\d{4}\.?\d\d(?![\w.]?\d)"), swiss.is_valid),
            (re.compile(r"(?<![\w.])\d{3}\.\d{3}\.\d{3}-\d\d(?!\w)"), cpf.is_valid),
        ),
    ),
)
"""What must be somewhere in the text, then patterns and their check, those of one need together: ES DNI and NIE; SE
personnummer, FI HETU, CZ and SK birth numbers, KR resident number (no check: its newest have none); IT codice fiscale,
MX CURP, CN resident identity, IN tax number (its letters are the check); FR NIR, CH AHV, BR CPF.

Numbers whose check digits 1 in 10 passes (DE tax id, NL BSN, PL PESEL, IN Aadhaar, US SSN in one go …) count only
beside their word: whatever stands there is taken for one."""
WORD = re.compile(
    rf"{START}(?:"
    r"ss[ni]\w{0,7}|soc\.? sec|ss ?#|social[ _-]?(?:security|insurance)\w*|nino|ni (?:number|no)"
    r"|national[ _-]?(?:id\w*|insurance|identity)|tax(?:payer)?[ _-]?(?:id\w*|payer number|number|no|ref|code)|tin"
    r"|itin|utr"
    r"|nhs (?:number|no)|medicare|medicaid|identity (?:card|number)|id[ _-](?:card|number|no)|driv(?:er'?s?"
    r"|ing)[ _]?licen[cs]e"
    r"|passports?(?! (?:control|photo|office|expir|required))(?:[ _-]?n(?:o|r|um|umber))?"
    r"|tax file number|tfn|travel document|steuerl\w*\.? id\w*|identifikationsn\w*|identificaci[óo]n|insee"
    r"|steuer-?(?:id\w*|nummer|nr)|id-?nr|sozialversicherungs?-?\w*|rentenversicherungs?-?\w*"
    r"|krankenversicherten\w*|versicherten-?n(?:umme)?r|sv-?n(?:umme)?r|ahv|reisepass\w*|pass[- ]?n(?:umme)?r|pass no"
    r"|personalausweis\w*|ausweisn\w*|f[üu]e?hrerschein\w*"
    r"|s[ée]cu(?:rit[ée] sociale)?|nir|num[ée]ro fiscal|passeport|carte d'identit[ée]|permis de conduire"
    r"|dni|nie|nif|seguridad social|documento de identidad|c[ée]dula|curp|pasaporte|carn[ée]t? de conducir"
    r"|codice fiscale|cod\. ?fisc|passaporto|carta d'identit[àa]|patente di guida"
    r"|bsn\w*|burger ?service\w*|sofi-?nummer|rijksregister\w*|paspoort\w*|rijbewijs\w*"
    r"|person(?:al identity|nummer|nr|al number)|samordningsnummer|f[øo]dselsnummer|cpr|henkil[öo]tunnus|hetu"
    r"|pesel\w*|paszport\w*|rodn[ée] [čc][íi]slo|cnp|egn|aadhaa?r\w*|uid(?:ai)?|pan (?:card|number|no)|cpf|rrn"
    rf"){END}",
    re.IGNORECASE,
)
WORDS = (
    *("ssn", "ssi", "ss#", "ss #", "soc", "nino", "ni n", "national", "tax", "tin", "utr", "nhs", "medic"),
    *("identi", "id card", "id_card", "id-card", "id number", "id-number", "id_number", "id no", "id-no"),
    *("id_no", "driv", "steuer", "passp", "isepass", "passn", "pass-n", "pass n", "passe", "passap"),
    *("travel doc", "tfn", "insee", "idnr", "id-nr", "versicher", "svn", "sv-n", "ahv", "ausweis", "führer"),
    *("fuhrer", "fuehrer", "füehrer", "cu", "nir", "fiscal", "permis", "dni", "nie", "nif", "seguridad", "dula"),
    *("curp", "conducir", "fisc", "patente", "bsn", "burger", "sofi", "rijks", "paspo", "rijb", "person"),
    *("samord", "dsels", "cpr", "henkil", "hetu", "pesel", "paszport", "rodn", "cnp", "egn", "aadha", "uid"),
    *("pan ", "cpf", "rrn", "pasap"),
)
"""In lower case: everything that `WORD` finds holds one of them."""
_TOLD = re.compile(
    r"(?<!\w)(?:(?-i:[A-Z]{1,3})[ -](?=\d))?(?=[A-Z]{0,6}\d"
    r"|[A-Z\d]{2,9}\d)[A-Z\d]{1,20}(?:[ \-./]{1,3}[A-Z\d]{1,8}){0,7}(?!\w)",
    re.IGNORECASE,
)
_TOLD_BEFORE = re.compile(
    r"(?<!\w)(?P<value>(?=[A-Z]{0,6}\d"
    r"|[A-Z\d]{2,9}\d)[A-Z\d]{1,20}(?:[ \-./][A-Z\d]{1,6}){0,6})[ \t]{0,2}[(\[,;:=-]{0,2}"
    r"[ \t]{0,2}(?:(?:is|ist|es|est|to) )?(?:(?:my|his|her|your|mijn|meine?|mi|mon|ma|moj[ae]|the|die|das|la"
    r"|el) )?\Z",
    re.IGNORECASE,
)
_PART = re.compile(r"[A-Z\d]+", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
LOOK_AHEAD = 40
"""How far behind its word a number may begin, characters."""


def find_ids(text: str) -> Iterator[Span]:
    """Each identity number in a normalised text; spans may overlap."""
    digits = len(_DIGIT.findall(text))
    if digits >= _FEWEST_DIGITS:
        yield from _alone(text)
    if digits:
        lower = text.casefold()
        if any(word in lower for word in WORDS):
            for word in WORD.finditer(text):
                found = _behind(text, word.end()) or _before(text, word.start())
                if found is not None:
                    yield found


_FEWEST_DIGITS = 6
_FEWEST_TOLD = 4


def _alone(text: str) -> Iterator[Span]:
    for pattern in (_US_SSN, _US_SSN_SPACED, _UK_NINO):
        for match in pattern.finditer(text):
            yield _id(text, *match.span())
    for need, checked in _BY_CHECKSUM:
        if not need.search(text):
            continue
        for pattern, valid in checked:
            for match in pattern.finditer(text):
                if valid(match.group()):
                    yield _id(text, *match.span())


def _behind(text: str, word_end: int) -> Span | None:
    """The number that a word announces: the first one behind it, before another sentence begins."""
    line_end = text.find("\n", word_end + 1)
    limit = len(text) if line_end < 0 else line_end
    stop = min(limit, word_end + LOOK_AHEAD)
    place = word_end
    while place < stop and (told := _TOLD.search(text, place, min(limit, place + 2 * LOOK_AHEAD))):
        if told.start() >= stop:
            return None
        # Words that follow a spaced number ("C7188430 copy") are none of its groups.
        end = told.start()
        for part in _PART.finditer(text, *told.span()):
            lone = len(part.group()) == 1
            if not any(map(str.isdigit, part.group())) and not (lone or part.start() == told.start()):
                break
            end = part.end()
        value = "".join(filter(str.isalnum, text[told.start() : end]))
        if _is_number(value):
            return Span("id", told.start(), end, value.upper())
        place = max(end, told.start() + 1)
    return None


def _before(text: str, word_start: int) -> Span | None:
    """The number that a word behind it names: "C7188430 (passport)"."""
    begin = max(0, word_start - LOOK_AHEAD)
    told = _TOLD_BEFORE.search(text, begin, word_start)
    if told is None:
        return None
    value = "".join(filter(str.isalnum, told["value"]))
    if not _is_number(value):
        return None
    return Span("id", *told.span("value"), value.upper())


def _is_number(value: str) -> bool:
    """True for what may be the number that a word announces; passports of some countries have more letters."""
    digits = sum(map(str.isdigit, value))
    return 5 <= len(value) <= 22 and (
        digits >= _FEWEST_TOLD or (digits >= 1 and len(value) in (8, 9) and value.isupper())
    )


def _id(text: str, start: int, end: int) -> Span:
    return Span("id", start, end, "".join(filter(str.isalnum, text[start:end])).upper())
