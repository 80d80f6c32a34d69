"""Numbers that belong to a person: payment cards, phone numbers, IBANs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban

from understudy.redact.scrub_span import END, START, Span, TextKind

_HARMLESS = re.compile(
    r"(?<![\da-f])[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}(?![\da-f])"  # UUID
    r"|(?=[\d$€£¥₹])(?:"
    r"(?<![\d.])\d{4}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)"  # 2024-05-06
    r"|(?<![\d.])(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\1(?:19|20)?\d\d(?![\d])(?!\1\d)"  # 06.05.2024
    r"|(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?!\d)"  # 12:30:45.123456
    r"|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"  # IPv4
    r"|(?<![\w.])0[.,]\d+|(?<![\w.,])\d{1,3}[.,]\d{7,}(?![\w.,])"  # decimals
    r"|[$€£¥₹]\s?\d{1,3}(?:[ .,'’]\d{3})*(?:[.,]\d{1,2})?(?!\d)"
    r"|(?<![\w.])\d{1,3}(?:[ .,'’]\d{3})*(?:[.,]\d{1,2})?\s?(?:[€£¥₹$]|(?:EUR|USD|GBP|CHF|kr|zł)\b))",
    re.IGNORECASE,
)
"""What looks like a card or a phone number and isn't."""

_CLUSTER = re.compile(r"\d(?:[ \t\n\-./_,|:*·()]{0,3}\d)*")
_DIGIT = re.compile(r"\d")
_GROUP = re.compile(r"\d+")

_CARD_WORD = re.compile(
    r"card|karte|\bcarte|tarjeta|carta\b|visa|master ?card|maestro|amex|american express|discover"
    r"|diners|\bjcb\b|\bpan\b|\bcc\b",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(
    rf"(?:{START}(?:"
    r"tel|tel[.:]|mobile?|mobil|cell\w*|call(?:ing|ed)?|fax\w*|whats ?app|sms|(?:text|ring|reach|contact) (?:me|him"
    r"|her|us)"
    r"|dial\w*|portable|m[óo]vil\w*|contact number|answer(?:ing|ed)? at|messages? to|(?:desk|office)(?= ?[:#])"
    r"|wa\.me|callto"
    r"|voicemail|missed call|verpasster anruf|festnetz\w*|durchwahl|anruf\w*|r[üu]ckruf\w*|ruf\w{0,3} mich"
    r"|r?appel(?:le|er|ez)|appel manqu[ée]|ll[áa]m(?:ame|eme|ar|alo|ala|ada)|bel(?:len)? (?:me|mij|hem|haar)"
    rf"|chiam(?:a|ami|are)|zadzwo[ńn]|ring (?:mig|meg)){END})|phone|telefon|handy|t[ée]l[ée]phone|hotline",
    re.IGNORECASE,
)
_PHONE_WORDS = (
    *("phon", "tel", "mobil", "cell", "call", "fax", "handy", "what", "sms", "text ", "ring ", "reach "),
    *("contact", "dial", "hotline", "portable", "movil", "móvil", "answer", "message", "desk", "office", "wa.me"),
    *("voicemail", "anruf", "festnetz", "durchwahl", "ckruf", "mich", "appel", "llam", "llám", "bel me"),
    *("bel mij", "bel h", "bellen", "chiam", "zadzwo"),
)
"""In lower case: every word in `_PHONE_WORD` and `_PHONE_WORD_AFTER` holds one of them."""
_PHONE_WORD_AFTER = re.compile(r"[ \t]?[-(/,]?[ \t]?(?:office|mobile|fax|cell|tel|phone|handy)\b", re.IGNORECASE)
_ORDER_WORD = re.compile(
    rf"(?:#|{START}(?:order|invoice|ticket|ref(?:erence)?|tracking|sku|isbn|version|build|po|serial|article|item"
    rf"|parcel|batch"
    r"|lot|rma|quote|transaction|part|model|case|customer|sendung\w*|lieferschein\w*|paket\w*|kunden\w*|vorgang\w*"
    r"|aktenzeichen|serien\w*|angebot\w*|bestell\w*|auftrag\w*|rechnung\w*|colis|commande|facture|albar[áa]n|factura"
    r"|pedido))[^\d\n]{0,12}$",
    re.IGNORECASE,
)
_PRODUCT_WORD = re.compile(r"\b(?:ean|gtin|isbn|upc|barcode|imei)[^\d\n]{0,12}$", re.IGNORECASE)
_LOOK_BACK = 40
"""How far before a number a word may stand that tells what it is, characters."""

_INTERNATIONAL = re.compile(
    r"(?<![\w+])(?:\+[ \t]?|00[ \-]?(?=\d))\(?[1-9]\d{0,2}\)?(?:[ \t\-./()]{0,3}\d){6,13}(?!\d)"
    r"(?:[ ,]{0,2}(?:x|ext\.?)[ ]?\d{1,6})?"
)
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.,+/-])(?:1[ .-]?)?(?:\([2-9]\d\d\)[ ]?\d{3}[ .-]|[2-9]\d\d(?P<by>[ .-])\d{3}(?P=by))\d{4}(?!-?\d)"
    r"(?:[ ,]{0,2}(?:x|ext\.?)[ ]?\d{1,6})?"
)
_TRUNK_GROUPED = re.compile(r"(?<![\w.,+/-])\(?0[1-9]\d{0,4}\)?(?:[ \t]?[ \-./][ ]?\(?\d{2,8}\)?){1,5}(?!-?\d)")
_TRUNK_PLAIN = re.compile(r"(?<![\w.,+/:-])(?:0[1-9]\d{8,9}|01[567]\d{8,10})(?![\w.,:-]{0,3}\d)")
_BRACKETED = re.compile(r"(?<![\w)])\(\d{2,5}\)[ -]?\d{2,4}(?:[ .-]\d{2,4}){1,3}(?!-?\d)")
_ZIP_PLUS_4 = re.compile(r"\d{5}-\d{4}")
_STATE = re.compile(r"\b[A-Z]{2}[ ,]{1,3}$")
_MOBILE = re.compile(
    r"(?<![\w.,+/:-])(?:3[2-9]\d[ -]\d{6,7}|3[2-9]\d(?P<i>[ -])\d{3}(?P=i)\d{4}|[6-9]\d\d(?P<s>[ .-])\d{3}(?P=s)\d{3}"
    r"|[6-9]\d\d(?P<p>[ .-])\d\d(?P=p)\d\d(?P=p)\d\d|[6-9]\d{4}[ -]\d{5})(?![\w,]|[.:-]\d| \d)"
)
"""Mobile numbers that begin with no zero: Italian, Spanish, Indian."""
_PAIRS = re.compile(r"(?<![\w.,/:-])\d\d(?:-\d\d){3,4}(?!-?\d)")

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[ -]?\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)
_IBAN_PRINTED = re.compile(r"[A-Z]{2}\d{2}(?: [A-Z0-9]{4}){3,7}(?: [A-Z0-9]{1,3})?(?![A-Za-z0-9])")


def find_numbers(text: str, kinds: frozenset[TextKind]) -> Iterator[Span]:
    """Each number of the wanted kinds in a normalised text; spans may overlap.

    Dates, times, amounts, UUIDs, IP addresses and decimals are none; a word just before a number decides in doubt.
    """
    if len(_DIGIT.findall(text)) < _FEWEST_DIGITS:
        return
    if "iban" in kinds:
        yield from _ibans(text)
    plain = _HARMLESS.sub(lambda match: "\x00" * len(match.group()), text)
    # A card's groups may look like a date or a decimal, so cards are looked for in the whole text too.
    if "card" in kinds:
        yield from _cards(text, plain)
    if "phone" in kinds:
        yield from _phones(plain)


_FEWEST_DIGITS = 6


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


# Cards ------------------------------------------------------------------------------------------------------------


def _cards(text: str, plain: str) -> Iterator[Span]:
    for cluster in _CLUSTER.finditer(plain):
        if cluster.end() - cluster.start() < 12 or len(_DIGIT.findall(cluster.group())) < 12:
            continue
        groups = [match.span() for match in _GROUP.finditer(plain, *cluster.span())]
        before = text[max(0, cluster.start() - _LOOK_BACK) : cluster.start()]
        told = _CARD_WORD.search(before) is not None
        if not told and (_PRODUCT_WORD.search(before) or _is_phone(before, cluster.group())):
            continue
        first = 0
        while first < len(groups):
            last = _card_from(plain, groups, first, told=told)
            if last is None:
                first += 1
                continue
            start, end = groups[first][0], groups[last][1]
            yield Span("card", start, end, _digits(plain[start:end]))
            first = last + 1


def _is_phone(before: str, cluster: str) -> bool:
    """True behind "+" or in a phone's link, with at most 15 digits (E.164): one in ten has a card's check digit."""
    return (before.rstrip(" (")[-1:] == "+" or _PHONE_LINK.search(before) is not None) and len(_digits(cluster)) <= 15


_PHONE_LINK = re.compile(r"(?:wa\.me/|tel:|callto:|sms:|phone=)\Z", re.IGNORECASE)


def _card_from(text: str, groups: list[tuple[int, int]], first: int, *, told: bool) -> int | None:
    """The last group of the longest card number that begins with group `first`; None when none does."""
    best: int | None = None
    digits = ""
    separators: set[str] = set()
    for last in range(first, min(len(groups), first + 19)):
        start, end = groups[last]
        if end - start > 30:
            break
        digits += text[start:end]
        if last > first:
            separators.add(text[groups[last - 1][1] : start])
        if len(digits) > 19 and last > first:
            break
        if len(digits) < 12:
            continue
        shape = tuple(end - start for start, end in groups[first : last + 1])
        if _is_card(digits, shape, separators, told=told):
            best = last
    return best


def _is_card(digits: str, shape: tuple[int, ...], separators: set[str], *, told: bool) -> bool:
    count = len(digits)
    if len(set(digits)) == 1:
        return False
    fours = (shape[:3] == (4, 4, 4) and len(shape) in (4, 5)) or shape in ((4, 6, 5), (4, 6, 4))
    if len(shape) > 1 and not fours and not (len(separators) == 1 and next(iter(separators)) in (" ", "-", ".")):
        return told and _luhn(digits) and _issued(digits)
    if count > 19:
        # A card with its expiry date and code behind it, pasted in one go.
        return any(_issued(digits[:size]) and _luhn(digits[:size]) for size in (16, 15))
    if told:
        return True
    if fours and separators <= {" ", "-"} and _issued(digits):
        return True  # printed like a card: a mistyped digit doesn't make it harmless
    if not _luhn(digits):
        return False
    if _issued(digits):
        return count >= 13
    # Store, fuel and gift cards; 0 and 1 lead timestamps and counters.
    return len(shape) == 1 and count >= 15 and digits[0] not in "01"


def _issued(digits: str) -> bool:
    """True when an issuer's range and the length fit (ISO/IEC 7812 ranges of the networks in use)."""
    count = len(digits)
    two, four = int(digits[:2]), int(digits[:4])
    if digits[0] == "4":
        return count in (13, 16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return count == 16
    if two in (34, 37):
        return count == 15
    if two in (36, 38, 39) or 3000 <= four <= 3059 or four == 3095:
        return 14 <= count <= 19
    if four in (1800, 2131):
        return count == 15
    if two == 35 or two in (62, 64, 65, 81, 60, 82) or 2200 <= four <= 2205 or four in (9792,):
        return 16 <= count <= 19
    return two in (50, 56, 57, 58, 59, 61, 63, 66, 67, 68, 69) and 12 <= count <= 19


def _luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1; stdnum's own takes fifteen times as long."""
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0


_DOUBLED = str.maketrans("0123456789", "0246813579")


# Phones -----------------------------------------------------------------------------------------------------------


def _phones(text: str) -> Iterator[Span]:
    for match in _INTERNATIONAL.finditer(text) if "+" in text or "00" in text else ():
        if 8 <= len(_digits(match.group())) <= 21:
            yield _phone(text, *match.span())
    for pattern, fewest, most, needs in (
        (_NORTH_AMERICAN, 10, 17, ""),
        (_TRUNK_GROUPED, 8, 12, "0"),
        (_TRUNK_PLAIN, 10, 13, "0"),
        (_BRACKETED, 7, 13, "("),
        (_PAIRS, 8, 10, "-"),
        (_MOBILE, 9, 10, ""),
    ):
        if needs not in text:
            continue
        for match in pattern.finditer(text):
            if not fewest <= len(_digits(match.group())) <= most:
                continue
            before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
            if _ZIP_PLUS_4.fullmatch(match.group()) and _STATE.search(before):
                continue
            if _ORDER_WORD.search(before) and not _PHONE_WORD.search(before):
                continue
            yield _phone(text, *match.span())
    lower = text.casefold()
    if not any(word in lower for word in _PHONE_WORDS):
        return
    for word in _PHONE_WORD.finditer(text):
        told = _CLUSTER.search(text, word.end(), word.end() + _LOOK_BACK)
        if told is not None and (whole := _CLUSTER.match(text, told.start(), told.start() + _LOOK_BACK)):
            yield from _told_phone(text, whole)
    for cluster in _CLUSTER.finditer(text):
        if _PHONE_WORD_AFTER.match(text, cluster.end()):
            yield from _told_phone(text, cluster)


def _told_phone(text: str, cluster: re.Match[str]) -> Iterator[Span]:
    """A number of any grouping, because a word beside it says that it is a phone's."""
    start, end = cluster.span()
    if 6 <= len(_digits(cluster.group())) <= 17:
        while start > 0 and text[start - 1] in "(+":
            start -= 1
        yield _phone(text, start, end)


def _phone(text: str, start: int, end: int) -> Span:
    while text[end - 1] == ")" and text.count("(", start, end) != text.count(")", start, end):
        end -= 1
    if text[start] == "(" and text[end - 1] == ")" and text.find(")", start, end) == end - 1:
        start, end = start + 1, end - 1  # the whole number stands in brackets
    if text[start] == "(" and ")" not in text[start:end]:
        start += 1
    return Span("phone", start, end, _digits(text[start:end]).removeprefix("00"))


# IBANs ------------------------------------------------------------------------------------------------------------


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        end = _iban_end(text, match.start(), match.end())
        if end is None and (printed := _IBAN_PRINTED.match(text, match.start())):
            end = printed.end()  # grouped like one: a mistyped digit doesn't make it harmless
        if end is not None:
            value = "".join(character for character in text[match.start() : end] if character.isalnum())
            yield Span("iban", match.start(), end, value.upper())


_IN_DIGITS = {ord(letter): str(10 + number) for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
"""ISO 7064: letters are numbers from 10 on."""


def _iban_end(text: str, start: int, end: int) -> int | None:
    """Where the longest valid IBAN from `start` ends; words behind it may have been taken for groups of it."""
    places = [place for place in range(start, end) if text[place].isalnum()]
    value = "".join(text[place] for place in places).upper()
    for size in range(min(len(value), 34), 14, -1):
        candidate = value[:size]
        if int((candidate[4:] + candidate[:4]).translate(_IN_DIGITS)) % 97 == 1 and iban.is_valid(
            candidate, check_country=False
        ):
            return places[size - 1] + 1
    return None
