"""Numbers that carry check digits: cards, bank accounts and the national ones of a dozen countries.

Each is valid by python-stdnum's rules, but for the two that are there to look so and aren't.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from random import Random

from stdnum import iban as iban_rules
from stdnum import luhn, verhoeff
from stdnum.es import dni, nie
from stdnum.iso7064 import mod_11_10
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn

from benchmarks.scrub_corpus.draws import digits, draw

CARDS = {
    "visa": (("4",), (4, 4, 4, 4)),
    "mc": (("51", "52", "53", "54", "55", "2221", "2350", "2690"), (4, 4, 4, 4)),
    "amex": (("34", "37"), (4, 6, 5)),
    "discover": (("6011", "65", "644"), (4, 4, 4, 4)),
    "diners": (("36", "300"), (4, 6, 4)),
    "jcb": (("3528", "3540", "3589"), (4, 4, 4, 4)),
    "unionpay": (("6212", "6226"), (4, 4, 4, 4)),
    "maestro": (("6759", "6761"), (4, 4, 4, 4, 3)),
}

# Country: the form of the BBAN; n a digit, a a capital letter, c either.
IBANS = {
    "DE": "n" * 18,
    "FR": "n" * 10 + "c" * 11 + "nn",
    "ES": "n" * 20,
    "IT": "a" + "n" * 22,
    "NL": "INGBn" + "n" * 9,
    "GB": "NWBK" + "n" * 14,
    "AT": "n" * 16,
    "BE": "n" * 12,
    "CH": "n" * 17,
    "SE": "n" * 20,
    "DK": "n" * 14,
    "PL": "n" * 24,
    "PT": "n" * 21,
    "IE": "AIBK" + "n" * 14,
    "FI": "n" * 14,
    "LU": "n" * 16,
    "CZ": "n" * 20,
    "RO": "BTRL" + "n" * 16,
    "SA": "n" * 20,
    "AE": "n" * 19,
}


def card(rng: Random, how: str) -> str:
    """A card number that passes Luhn under a prefix of its scheme, grouped as on the card or not."""
    scheme = how if how in CARDS else rng.choice(("visa", "visa", "mc", "mc", "amex", *CARDS))
    prefixes, groups = CARDS[scheme]
    body = rng.choice(prefixes)
    body += draw(rng, string.digits, sum(groups) - 1 - len(body))
    number = body + luhn.calc_check_digit(body)
    luhn.validate(number)
    between = "" if how == "plain" else rng.choice(("", "", " ", " ", " ", "-", "-", "\u00a0"))
    return grouped(number, groups, between)


def bad_card(rng: Random) -> str:
    """What looks like a card number and isn't: the check digit is wrong."""
    number = card(rng, "")
    return number[:-1] + str((int(number[-1]) + rng.randrange(1, 10)) % 10)


def iban(rng: Random, how: str) -> str:
    """An IBAN with valid check digits, in groups of four or in one piece."""
    country = how if how in IBANS else rng.choice(tuple(IBANS))
    while True:
        alphabet = {"n": string.digits, "a": string.ascii_uppercase, "c": string.digits + string.ascii_uppercase}
        body = "".join(rng.choice(alphabet.get(sign, sign)) for sign in IBANS[country])
        number = country + iban_rules.calc_check_digits(f"{country}00{body}") + body
        if iban_rules.is_valid(number, check_country=True):
            break
    if how == "plain" or rng.random() < 0.3:
        return number
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def bad_iban(rng: Random) -> str:
    """What looks like an IBAN and isn't: the check digits are wrong."""
    number = iban(rng, "")
    return number[:2] + f"{(int(number[2:4]) + rng.randrange(1, 90)) % 97:02d}" + number[4:]


def national_id(rng: Random, how: str) -> str:
    """A number of the country's scheme with valid check digits, written as it's written there."""
    year, month, day = rng.randrange(1950, 2004), rng.randrange(1, 13), rng.randrange(1, 29)
    match how:
        case "ssn":
            while True:
                area = f"{rng.randrange(1, 900):03d}-{rng.randrange(1, 100):02d}-{rng.randrange(1, 10000):04d}"
                if ssn.is_valid(area):
                    return area if rng.random() < 0.85 else area.replace("-", " ")
        case "nino":
            prefix = rng.choice(("AB", "CE", "EH", "HK", "JM", "LR", "NS", "PW", "SX", "WZ", "TY", "RA"))
            pairs = [draw(rng, string.digits, 2) for _ in range(3)]
            return rng.choice((" ", "")).join((prefix, *pairs, rng.choice("ABCD")))
        case "steuer":
            number = _steuer(rng)
            if rng.random() < 0.5:
                return number
            return f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}"
        case "nir":
            parts = [
                rng.choice("12"),
                f"{year % 100:02d}",
                f"{month:02d}",
                f"{rng.randrange(21, 96):02d}",
                f"{rng.randrange(1, 600):03d}",
                f"{rng.randrange(1, 900):03d}",
            ]
            parts.append(f"{97 - int(''.join(parts)) % 97:02d}")
            return rng.choice((" ", " ", "")).join(parts)
        case "dni":
            body = digits(rng, 8)
            return body + rng.choice(("", "", "-")) + dni.calc_check_digit(body)
        case "nie":
            body = rng.choice("XYZ") + draw(rng, string.digits, 7)
            between = rng.choice(("", "-"))
            return body[0] + between + body[1:] + between + nie.calc_check_digit(body)
        case "cf":
            body = draw(rng, "BCDFGLMNPRSTV", 6) + f"{year % 100:02d}" + "ABCDEHLMPRST"[month - 1]
            body += f"{day + rng.choice((0, 40)):02d}" + rng.choice("ABCDEFGHL") + f"{rng.randrange(100, 999)}"
            return body + codicefiscale.calc_check_digit(body)
        case "bsn":
            while True:
                number = digits(rng, 9)
                if bsn.is_valid(number):
                    return number
        case "pn":
            body = f"{year % 100:02d}{month:02d}{day:02d}{rng.randrange(100, 1000)}"
            body += luhn.calc_check_digit(body)
            number = f"{body[:6]}-{body[6:]}"
            personnummer.validate(number)
            return number if rng.random() < 0.5 else f"{year // 100}{number}"
        case "pesel":
            body = f"{year % 100:02d}{month + (20 if year >= 2000 else 0):02d}{day:02d}{draw(rng, '0123456789', 4)}"
            return body + pesel.calc_check_digit(body)
        case "aadhaar":
            body = draw(rng, "23456789", 1) + draw(rng, string.digits, 10)
            return grouped(body + verhoeff.calc_check_digit(body), (4, 4, 4), rng.choice((" ", " ", "")))
        case "passport":
            letters = "CFGHJKLMNPRTVWXYZ"
            return rng.choice(
                (
                    draw(rng, letters, 1) + digits(rng, 8),
                    digits(rng, 9),
                    draw(rng, "CFGHJK", 1) + draw(rng, letters + string.digits, 7) + digits(rng, 1),
                    digits(rng, 2) + draw(rng, letters, 2) + digits(rng, 5),
                    draw(rng, letters, 1) + digits(rng, 7),
                )
            )
    raise ValueError(how)


def _steuer(rng: Random) -> str:
    """A tax number as Germany gives them: of the first ten digits one stands twice and the rest once at most."""
    left = list(string.digits)
    shuffled = [left.pop(rng.randrange(len(left))) for _ in range(9)]
    twice = rng.choice(shuffled)
    if shuffled[0] == "0":
        shuffled[0], shuffled[1] = shuffled[1], shuffled[0]
    shuffled.insert(rng.randrange(2, 10), twice)
    body = "".join(shuffled)
    return body + mod_11_10.calc_check_digit(body)


def grouped(number: str, sizes: Sequence[int], between: str) -> str:
    """The number in groups of these sizes."""
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return between.join(parts)
