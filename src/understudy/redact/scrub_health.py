"""Words that tell of somebody's health: dictionaries, and what stands behind a word that announces it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from understudy.redact.scrub_health_words import (
    ABSENCE,
    DRUGS,
    HAVING,
    IF_SOMEBODY_HAS_IT,
    ILLNESSES,
    MOST_WORDS,
    PHRASES,
)
from understudy.redact.scrub_normal import Normal, fold
from understudy.redact.scrub_span import START, Span

_STEM = re.compile(
    r"(?:krebs|depressions|epilepsie|diabetes|hepatitis|krankenhausaufenthalt|schwanger|tumor|suizid|karzinom"
    r"|herz(?:fehler|klappen|schwache))\w*"
    r"|\w{3,}(?:karzinom|entzundung|krebs|leukamie|insuffizienz|neurose|psychose|phobie)"
)
"""Compounds, folded: German makes a new word of two."""
_KNOWN = PHRASES | ABSENCE
_FIRST_OF_PHRASE = frozenset(phrase.split()[0] for phrase in _KNOWN)
_ANY = ILLNESSES | DRUGS | IF_SOMEBODY_HAS_IT | _FIRST_OF_PHRASE
OPEN_PHRASE = re.compile(
    r"(?:allergic|allergisch) (?:to|gegen) \w+|allergi(?:que|co|ca|c) (?:a|aux|al) \w+|blutgruppe \w+"
    r"|cancer (?:du|de la|des|de|del) \w+|fracture (?:du|de la|of) \w+"
    r"|(?:broke|broken|fractured) (?:his|her|my|their|a|an) (?:left |right )?(?:leg|arm|wrist|ankle|hip|collarbone|rib)"
    r"|stroke in (?:19|20)\d\d"
)
OPEN_WORDS = ("allergi", "blutgruppe", "cancer d", "fracture ", "broke", "fractured ", "stroke in ")
"""In a folded text everything that `OPEN_PHRASE` finds holds one of them."""
BLOOD = re.compile(
    rf"{START}(?:blood (?:type|group)|groupe sanguin|blutgruppe|grupo sangu[íi]neo)\W{{1,3}}(?P<value>(?:AB|A|B|0"
    rf"|O) ?"
    r"(?:positive|negative|positiv|negativ|\+|-)?)",
    re.IGNORECASE,
)
BLOOD_WORDS = ("blood ", "groupe sanguin", "blutgruppe", "grupo sangu")
_DOSE = re.compile(r"(?<![\w-])[^\W\d_]{5,30} \d{1,4}(?:[.,]\d{1,2})? ?(?:mg|mcg|µg|μg|IU)(?!\w)", re.IGNORECASE)
_MEASURED = re.compile(
    rf"{START}(?:(?:blood pressure|bp|blutdruck|tension art[ée]rielle|presi[óo]n arterial)\W{{1,3}}"
    r"(?:(?:of|is|was|von|de) )?\d{2,3} ?/ ?\d{2,3}(?! ?/|\d)|hba1c\W{1,3}\d{1,2}(?:[.,]\d)? ?%?"
    r"|bmi\W{1,3}\d{2}(?:[.,]\d{1,2})?(?!\d)"
    r"|icd-?1[01]\W{1,3}[a-z]\d[\da-z](?:\.\d{1,2})?)",
    re.IGNORECASE,
)
"""What doctors measure, with its figure, and the codes of their diagnoses (ICD-10 and 11)."""
_MEASURED_WORDS = ("pressure", "bp", "blutdruck", "tension a", "presi", "hba1c", "bmi", "icd")
ANNOUNCED = re.compile(
    rf"{START}(?:"
    r"diagnos(?:is|es|e|en)|diagnosed (?:with|as)|diagnostiqu[ée]e?|diagn[óo]stico|diagnosi|diagnoza|choroba"
    r"|befunde?(?: liegt vor)?|erkrankung|krankheit\w*|allerg(?:y|ies|ie|ien|ia|ias)|symptome?s?(?==)|s[íi]ntomas?"
    r"|medications?|medikamente?|prescri(?:ption|bed)|ordonnance|receta|attest|krankschreibung|blutgruppe"
    r"|medical (?:certificate|history|condition|note|record)|patient(?:en)? ?(?:file|note|akte|record)"
    r"|patient\.\w{2,12}"
    r"|maladie|enfermedad|ziekte|illness|disability|behinderung|blood (?:type|group)|certificat m[ée]dical"
    r"|certificado m[ée]dico"
    r")[\"')\]]{0,2}[ \t]{0,2}(?:[:=]|->|[ \t]-[ \t]|(?<=with)|(?<=as)|(?<=with )|(?<=as ))[ \t]{0,2}[\"'(]{0,2}"
    r"(?P<value>[^\W_](?:[^\n;|\"')\]&<>]|'(?=\w)){1,60})",
    re.IGNORECASE,
)
ANNOUNCING_WORDS = (
    *("diagn", "befund", "krank", "choroba", "allerg", "symptom", "ntoma", "medi", "médi", "prescri"),
    *("ordonnance", "receta", "patient", "maladie", "enfermedad", "ziekte", "illness", "disability"),
    *("behinderung", "blood", "blut", "attest"),
)
"""In lower case: everything that `ANNOUNCED` finds holds one of them."""
_NOTHING = re.compile(
    r"(?:yes|no|none|n/?a|ja|nein|keine?|oui|non|aucune?|s[íi]|ninguna?|nada|nessuna?|nee|geen|true|false|null|nil"
    r"|unknown"
    r"|ok|optional|required|pending|open|closed|new|used|good|fair|like new|refurbished|select\b.*|choose\b.*|all"
    r"|\W*)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")


def find_health(text: str, folded: Normal | None = None) -> Iterator[Span]:
    """Each word in a normalised text that tells of an illness, a drug or a treatment; spans may overlap.

    `folded` is what `fold` made of the text, where the caller has it.
    """
    found = list(_find(text, folded or fold(text)))
    telling = [span for span in found if span.value not in ABSENCE]
    yield from telling or found


def _find(text: str, folded: Normal) -> Iterator[Span]:
    plain = folded.text
    words = [match.group() for match in _WORD.finditer(plain)]
    if any(map(_may_tell, words)):
        places = [match.span() for match in _WORD.finditer(plain)]
        for first, last in _told(words):
            start, end = places[first][0], places[last][1]
            yield Span("health", *folded.original(start, end), plain[start:end])
    if any(word in plain for word in OPEN_WORDS):
        for match in OPEN_PHRASE.finditer(plain):
            if (match.start() == 0 or plain[match.start() - 1] == " ") and plain[match.end() :][:1] in ("", " "):
                yield Span("health", *folded.original(*match.span()), match.group())
    yield from _as_written(text)


def _may_tell(word: str) -> bool:
    return word in _ANY or (len(word) > 6 and _STEM.fullmatch(word) is not None)


def _told(words: list[str]) -> Iterator[tuple[int, int]]:
    """(first, last) of the words that tell."""
    for index, word in enumerate(words):
        if word in _FIRST_OF_PHRASE:
            for count in range(1, MOST_WORDS + 1):
                if " ".join(words[index : index + count]) in _KNOWN:
                    yield index, min(index + count, len(words)) - 1
        had = word in IF_SOMEBODY_HAS_IT and not HAVING.isdisjoint(words[max(0, index - 2) : index])
        if had or word in ILLNESSES or word in DRUGS or (len(word) > 6 and _STEM.fullmatch(word)):
            yield index, index


def _as_written(text: str) -> Iterator[Span]:
    """What case and signs tell: blood types, doses, what stands behind "Diagnosis:"."""
    lower = text.lower()
    if any(word in lower for word in BLOOD_WORDS):
        for match in BLOOD.finditer(text):
            yield Span("health", *match.span("value"), match["value"].casefold())
    if "g" in lower or "iu" in lower:
        for match in _DOSE.finditer(text):
            yield Span("health", *match.span(), match.group().casefold())
    if any(word in lower for word in _MEASURED_WORDS):
        for match in _MEASURED.finditer(text):
            yield Span("health", *match.span(), match.group().casefold())
    if any(word in lower for word in ANNOUNCING_WORDS):
        for match in ANNOUNCED.finditer(text):
            value = match["value"].rstrip(" .,!?-'")
            if value and not _NOTHING.fullmatch(value):
                start = match.start("value")
                yield Span("health", start, start + len(value), value.casefold())


def harmless_answer(text: str) -> bool:
    """True for what a form holds that tells nothing: yes, none, n/a."""
    return _NOTHING.fullmatch(text.strip()) is not None
