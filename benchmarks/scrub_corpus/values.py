"""Made-up values of each sensitive type, drawn from a seeded generator, with valid checksums where a type has one.

Only `random`, `choice` and `randrange` of random.Random are used: what they draw is the same in every Python.
"""

from __future__ import annotations

import base64
import json
import re
import string
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from stdnum import iban as iban_rules
from stdnum import luhn, verhoeff
from stdnum.es import dni, nie
from stdnum.iso7064 import mod_11_10
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"

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

# Country: calling code, trunk prefix, and forms in groups; N is 1 to 9, D any digit, E 2 to 9.
PHONES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "US": (
        "1",
        "",
        ("212 E48 DDDD", "415 E37 DDDD", "617 E26 DDDD", "303 E59 DDDD", "512 E73 DDDD", "312 E80 DDDD"),
    ),
    "UK": (
        "44",
        "0",
        ("7712 NDDDDD", "7801 NDDDDD", "7525 NDDDDD", "20 79DD DDDD", "161 4DD DDDD", "131 5DD DDDD", "7432 NDDDDD"),
    ),
    "DE": (
        "49",
        "0",
        ("151 1NDDDDDD", "171 NDDDDDD", "160 9NDDDDDD", "30 NDDDDDDD", "89 NDDDDDDD", "40 NDDDDDD", "221 NDDDDDD"),
    ),
    "FR": ("33", "0", ("6 1N DD DD DD", "7 81 DD DD DD", "1 4N DD DD DD", "4 72 DD DD DD", "6 6N DD DD DD")),
    "IN": ("91", "0", ("98NDD DDDDD", "99NDD DDDDD", "8826N DDDDD", "22 2NDD DDDD", "80 4NDD DDDD")),
    "ES": ("34", "", ("6NN DD DD DD", "6ND DDD DDD", "91N DDD DDD", "93N DD DD DD")),
    "IT": ("39", "", ("347 NDD DDDD", "333 NDD DDDD", "339 NDDDDDD", "02 NDDD DDDD", "06 NDDD DDDD")),
    "NL": ("31", "0", ("6 2NDDDDDD", "6 4N DD DD DD", "20 NDD DDDD", "10 NDD DDDD")),
    "SE": ("46", "0", ("70 NDD DD DD", "73 NDD DD DD", "76 NDD DD DD", "8 5NN DDD DD")),
}

YEARS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
MONTHS = {language: months.split() for language, months in YEARS.items()}

PARTICLES = {"van", "von", "de", "dela", "der", "den", "bint", "Le", "Ó", "Mac"}
FOLD = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "ß": "ss", "đ": "d", "Đ": "D"})
FOLD |= str.maketrans({"æ": "ae", "Æ": "Ae", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th"})


class Street(NamedTuple):
    """Where addresses of one country are made: streets, and towns with the form of their postcodes."""

    streets: Sequence[str]
    towns: Sequence[str]


@dataclass(frozen=True)
class Words:
    """What one half draws its values from, kept apart from the other half's."""

    domains: Sequence[str]
    mailboxes: Sequence[str]
    passwords: Sequence[str]
    addresses: dict[str, Street]
    health: dict[str, Sequence[str]]


class Values:
    """Makes values for one half: `make("CARD", "visa")` is a value of that type in that form."""

    def __init__(self, rng: Random, words: Words, names: Sequence[str], codes: Sequence[str]) -> None:
        self.rng, self.words, self.codes = rng, words, codes
        self.names = [name for name in names if not re.match(r"\w\. ", name)]
        self.initials = [name for name in names if re.match(r"\w\. ", name)]
        self._makers: dict[str, Callable[[str], str]] = {
            "EMAIL": self.email,
            "CARD": self.card,
            "PHONE": self.phone,
            "IBAN": self.iban,
            "SECRET": self.secret,
            "NATIONAL_ID": self.national_id,
            "DATE_OF_BIRTH": self.birth,
            "ADDRESS": self.address,
            "IP": self.ip,
            "NAME": self.name,
            "CODE_NAME": self.code_name,
            "HEALTH": self.health,
            "PAYROLL": self.payroll,
        }

    def make(self, kind: str, how: str) -> str:
        """A new value of the type, in the form asked for, or in any where that's empty."""
        return self._makers[kind](how)

    def draw(self, alphabet: str, count: int) -> str:
        """So many characters of the alphabet."""
        return "".join(self.rng.choice(alphabet) for _ in range(count))

    def digits(self, count: int) -> str:
        """So many digits, the first one not 0."""
        return self.draw("123456789", 1) + self.draw(string.digits, count - 1)

    def email(self, how: str) -> str:
        """An address, some with tags, digits or non-ASCII letters; `pct` with the @ as %40."""
        rng = self.rng
        first, last = rng.choice([name for name in self.names if name.count(" ") == 1]).split()
        if rng.random() < 0.07:
            local = f"{first}.{last}".lower()
        else:
            first, last = (re.sub(r"[^a-z-]", "", fold(part).lower()) for part in (first, last))
            local = rng.choice(
                (
                    f"{first}.{last}",
                    f"{first[0]}.{last}",
                    f"{last}{rng.randrange(1, 99)}",
                    f"{first}_{last}",
                    f"{first}+{rng.choice(('shop', 'news', 'bills'))}",
                    rng.choice(self.words.mailboxes),
                    f"{rng.choice(self.words.mailboxes)}-{rng.randrange(10, 999)}",
                )
            )
        address = f"{local}@{rng.choice(self.words.domains)}"
        if rng.random() < 0.08:
            address = address.upper()
        return address.replace("@", "%40") if how == "pct" else address

    def card(self, how: str) -> str:
        """A card number that passes Luhn under a prefix of its scheme, grouped as on the card or not."""
        scheme = how if how in CARDS else self.rng.choice(("visa", "visa", "mc", "mc", "amex", *CARDS))
        prefixes, groups = CARDS[scheme]
        body = self.rng.choice(prefixes)
        body += self.draw(string.digits, sum(groups) - 1 - len(body))
        number = body + luhn.calc_check_digit(body)
        luhn.validate(number)
        between = "" if how == "plain" else self.rng.choice(("", "", " ", " ", " ", "-", "-", "\u00a0"))
        return grouped(number, groups, between)

    def bad_card(self) -> str:
        """What looks like a card number and isn't: the check digit is wrong."""
        number = self.card("")
        return number[:-1] + str((int(number[-1]) + self.rng.randrange(1, 10)) % 10)

    def iban(self, how: str) -> str:
        """An IBAN with valid check digits, in groups of four or in one piece."""
        country = how if how in IBANS else self.rng.choice(tuple(IBANS))
        while True:
            alphabet = {"n": string.digits, "a": string.ascii_uppercase, "c": string.digits + string.ascii_uppercase}
            body = "".join(self.rng.choice(alphabet.get(sign, sign)) for sign in IBANS[country])
            number = country + iban_rules.calc_check_digits(f"{country}00{body}") + body
            if iban_rules.is_valid(number, check_country=True):
                break
        if how == "plain" or self.rng.random() < 0.3:
            return number
        return " ".join(number[at : at + 4] for at in range(0, len(number), 4))

    def bad_iban(self) -> str:
        """What looks like an IBAN and isn't: the check digits are wrong."""
        number = self.iban("")
        return number[:2] + f"{(int(number[2:4]) + self.rng.randrange(1, 90)) % 97:02d}" + number[4:]

    def phone(self, how: str) -> str:
        """A number in a national or international form of one of nine countries; `e164` without separators."""
        rng = self.rng
        country = how if how in PHONES else rng.choice(tuple(PHONES))
        code, trunk, forms = PHONES[country]
        ranges = {"N": "123456789", "D": string.digits, "E": "23456789"}
        groups = "".join(rng.choice(ranges.get(sign, sign)) for sign in rng.choice(forms)).split()
        if how == "e164":
            return f"+{code}{''.join(groups)}"
        if country == "US":
            area, exchange, line = groups
            form = rng.choice(("({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "+1 {} {} {}", "+1-{}-{}-{}", "1-{}-{}-{}"))
            return form.format(area, exchange, line)
        national = trunk + groups[0]
        if rng.random() < 0.45:
            start = rng.choice((f"+{code} {groups[0]}", f"00{code} {groups[0]}", f"+{code} {groups[0]}"))
            if trunk and rng.random() < 0.2:
                start = f"+{code} ({trunk}){groups[0]}"
            return " ".join((start, *groups[1:]))
        match country:
            case "DE":
                return national + rng.choice((" ", "/", "-", " / ", "")) + "".join(groups[1:])
            case "FR":
                return rng.choice((" ", ".", "", "-")).join((national, *groups[1:]))
            case "NL" | "SE":
                return national + rng.choice(("-", " ")) + " ".join(groups[1:])
            case "UK":
                return rng.choice((" ", " ", "-", "")).join((national, *groups[1:]))
            case _:
                return rng.choice((" ", " ", "-")).join((national, *groups[1:]))

    def secret(self, how: str) -> str:
        """A password, a provider's token in its current form, or the key inside a longer text."""
        rng, words = self.rng, self.words.passwords
        url_safe = ALNUM + "-_"
        match how:
            case "pw":
                return rng.choice(
                    (
                        f"{rng.choice(words)}{rng.randrange(1990, 2027)}{rng.choice('!?#$')}",
                        f"{rng.choice(words)}_{rng.choice(words).lower()}{rng.randrange(10, 99)}",
                        self.draw(ALNUM, 5) + self.draw("!$%&*+#", 1) + self.draw(ALNUM, rng.randrange(4, 9)),
                        rng.choice(words).lower().replace("a", "4").replace("e", "3") + self.draw(ALNUM, 3) + "1",
                    )
                )
            case "pw2":
                return rng.choice(words) + self.draw(ALNUM, 5) + self.draw(string.digits, 2)
            case "urlpw":
                return self.draw(ALNUM, rng.randrange(6, 12)) + rng.choice(("-", "_", "~")) + self.draw(ALNUM, 4) + "9"
            case "phrase":
                return f"{rng.choice(words).lower()}-{rng.choice(words)}-{rng.choice(words).lower()}-{self.digits(2)}"
            case "pin":
                return self.digits(6)
            case "opaque":
                return self.draw(ALNUM, rng.randrange(32, 48))
            case "aws":
                return rng.choice(("AKIA", "AKIA", "ASIA")) + self.draw(string.ascii_uppercase + "234567", 16)
            case "awssecret":
                return self.draw(ALNUM, 12) + self.draw(ALNUM + "+/", 28)
            case "ghp":
                return checked("ghp_" if rng.random() < 0.7 else "gho_", self.draw(ALNUM, 30))
            case "ghpat":
                return f"github_pat_{self.draw(ALNUM, 22)}_{self.draw(ALNUM, 59)}"
            case "glpat":
                return "glpat-" + self.draw(url_safe, 19) + self.draw(ALNUM, 1)
            case "slack":
                if rng.random() < 0.5:
                    return f"xoxb-{self.digits(12)}-{self.digits(13)}-{self.draw(ALNUM, 24)}"
                return f"xoxp-{self.digits(11)}-{self.digits(12)}-{self.digits(13)}-{self.draw(HEX, 32)}"
            case "stripe":
                return rng.choice(("sk_live_", "sk_live_", "rk_live_")) + self.draw(ALNUM, rng.choice((24, 99)))
            case "openai":
                return f"sk-proj-{self.draw(url_safe, 74)}T3BlbkFJ{self.draw(url_safe, 73)}A"
            case "anthropic":
                return f"sk-ant-api03-{self.draw(url_safe, 93)}AA"
            case "google":
                return "AIzaSy" + self.draw(url_safe, 32) + self.draw(ALNUM, 1)
            case "npm":
                return checked("npm_", self.draw(ALNUM, 30))
            case "pypi":
                return "pypi-AgEIcHlwaS5vcmc" + self.draw(url_safe, 150) + self.draw(ALNUM, 1)
            case "hf":
                return "hf_" + self.draw(string.ascii_letters, 34)
            case "twilio":
                return "SK" + self.draw(HEX, 32)
            case "sendgrid":
                return f"SG.{self.draw(url_safe, 22)}.{self.draw(url_safe, 42)}{self.draw(ALNUM, 1)}"
            case "azure":
                return base64.b64encode(bytes(rng.randrange(256) for _ in range(64))).decode()
            case "jwt":
                head = unpadded({"alg": "HS256", "typ": "JWT"})
                body = unpadded({"sub": self.digits(8), "iat": rng.randrange(1700000000, 1790000000)})
                return f"{head}.{body}.{self.draw(url_safe, 42)}{self.draw(ALNUM, 1)}"
            case "pem":
                return "\n".join(("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + self.draw(ALNUM, 32), self.draw(ALNUM, 64)))
            case "sshpem":
                return "\n".join(("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUA" + self.draw(ALNUM, 38), self.draw(ALNUM, 70)))
        raise ValueError(how)

    def national_id(self, how: str) -> str:
        """A number of the country's scheme with valid check digits, written as it's written there."""
        rng = self.rng
        year, month, day = rng.randrange(1950, 2004), rng.randrange(1, 13), rng.randrange(1, 29)
        match how:
            case "ssn":
                while True:
                    area = f"{rng.randrange(1, 900):03d}-{rng.randrange(1, 100):02d}-{rng.randrange(1, 10000):04d}"
                    if ssn.is_valid(area):
                        return area if rng.random() < 0.85 else area.replace("-", " ")
            case "nino":
                prefix = rng.choice(("AB", "CE", "EH", "HK", "JM", "LR", "NS", "PW", "SX", "WZ", "TY", "RA"))
                pairs = [self.draw(string.digits, 2) for _ in range(3)]
                return rng.choice((" ", "")).join((prefix, *pairs, rng.choice("ABCD")))
            case "steuer":
                number = self._steuer()
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
                body = self.digits(8)
                return body + rng.choice(("", "", "-")) + dni.calc_check_digit(body)
            case "nie":
                body = rng.choice("XYZ") + self.draw(string.digits, 7)
                between = rng.choice(("", "-"))
                return body[0] + between + body[1:] + between + nie.calc_check_digit(body)
            case "cf":
                body = self.draw("BCDFGLMNPRSTV", 6) + f"{year % 100:02d}" + "ABCDEHLMPRST"[month - 1]
                body += f"{day + rng.choice((0, 40)):02d}" + rng.choice("ABCDEFGHL") + f"{rng.randrange(100, 999)}"
                return body + codicefiscale.calc_check_digit(body)
            case "bsn":
                while True:
                    number = self.digits(9)
                    if bsn.is_valid(number):
                        return number
            case "pn":
                body = f"{year % 100:02d}{month:02d}{day:02d}{rng.randrange(100, 1000)}"
                body += luhn.calc_check_digit(body)
                number = f"{body[:6]}-{body[6:]}"
                personnummer.validate(number)
                return number if rng.random() < 0.5 else f"{year // 100}{number}"
            case "pesel":
                body = f"{year % 100:02d}{month + (20 if year >= 2000 else 0):02d}{day:02d}{self.draw('0123456789', 4)}"
                return body + pesel.calc_check_digit(body)
            case "aadhaar":
                body = self.draw("23456789", 1) + self.draw(string.digits, 10)
                return grouped(body + verhoeff.calc_check_digit(body), (4, 4, 4), rng.choice((" ", " ", "")))
            case "passport":
                letters = "CFGHJKLMNPRTVWXYZ"
                return rng.choice(
                    (
                        self.draw(letters, 1) + self.digits(8),
                        self.digits(9),
                        self.draw("CFGHJK", 1) + self.draw(letters + string.digits, 7) + self.digits(1),
                        self.digits(2) + self.draw(letters, 2) + self.digits(5),
                        self.draw(letters, 1) + self.digits(7),
                    )
                )
        raise ValueError(how)

    def _steuer(self) -> str:
        """A tax number as Germany gives them: of the first ten digits one stands twice and the rest once at most."""
        left = list(string.digits)
        shuffled = [left.pop(self.rng.randrange(len(left))) for _ in range(9)]
        twice = self.rng.choice(shuffled)
        if shuffled[0] == "0":
            shuffled[0], shuffled[1] = shuffled[1], shuffled[0]
        shuffled.insert(self.rng.randrange(2, 10), twice)
        body = "".join(shuffled)
        return body + mod_11_10.calc_check_digit(body)

    def birth(self, how: str) -> str:
        """A day from 1940 to 2008."""
        year, month, day = self.rng.randrange(1940, 2009), self.rng.randrange(1, 13), self.rng.randrange(1, 29)
        match how:
            case "iso":
                return f"{year}-{month:02d}-{day:02d}"
            case "de":
                return f"{day:02d}.{month:02d}.{year}"
            case "slash":
                return f"{day:02d}/{month:02d}/{year}"
            case "us":
                return f"{month}/{day}/{year if self.rng.random() < 0.7 else year % 100:02d}"
            case "long-en":
                name = MONTHS["en"][month - 1]
                return self.rng.choice((f"{day} {name} {year}", f"{name} {day}, {year}", f"{name[:3]} {day}, {year}"))
            case "long-de":
                return f"{day}. {MONTHS['de'][month - 1]} {year}"
            case "long-fr":
                return f"{day} {MONTHS['fr'][month - 1]} {year}"
            case "long-es":
                return f"{day} de {MONTHS['es'][month - 1]} de {year}"
        raise ValueError(how)

    def address(self, how: str) -> str:
        """A street and a number, with the town and its postcode but for `street` and `destreet`."""
        rng = self.rng
        country = {"street": "uk", "destreet": "de", "url": "us"}.get(how, how)
        place = self.words.addresses[country]
        street, town, number = rng.choice(place.streets), rng.choice(place.towns), rng.randrange(2, 190)
        match how:
            case "us" | "url":
                unit = rng.choice(("", "", f" Apt {rng.randrange(1, 40)}", f", Unit {rng.randrange(1, 20)}B"))
                text = f"{number * rng.choice((1, 7, 13))} {street}{unit}, {town} {rng.randrange(100, 999)}{number:02d}"
                text = re.sub(r"(\d{5})\d+$", r"\1", text)
                return text.replace(" ", "+").replace(",", "%2C") if how == "url" else text
            case "uk":
                tail = f"{rng.randrange(1, 20)} {rng.randrange(1, 10)}{self.draw('ABDEFGHJLNPQRSTUWXYZ', 2)}"
                return f"{number} {street}, {town}{tail}"
            case "street":
                return f"{number} {street}"
            case "destreet":
                return f"{street} {number}{rng.choice(('', '', 'a', ' b'))}"
            case "de":
                return f"{street} {number}{rng.choice(('', '', 'a'))}, {rng.randrange(10115, 99900)} {town}"
            case "fr":
                return (
                    f"{number}{rng.choice(('', ' bis', ','))} {street}, {rng.randrange(13, 95)}{self.digits(3)} {town}"
                )
            case "es":
                return f"{street} {number}, {rng.randrange(1, 6)}.º B, {rng.randrange(10, 52)}{self.digits(3)} {town}"
            case "it":
                return f"{street} {number}, {rng.randrange(10, 98)}{self.digits(3)} {town}"
            case "nl":
                return f"{street} {number}, {self.digits(4)} {self.draw('BCDEGHJKLN', 2)} {town}"
            case "se":
                return f"{street} {number}, {self.digits(3)} {self.digits(2)} {town}"
        raise ValueError(how)

    def ip(self, how: str) -> str:
        """An address on the Internet (`4`), in a private network (`priv`) or of version 6 (`6`)."""
        rng = self.rng
        tail = f"{rng.randrange(0, 256)}.{rng.randrange(1, 255)}"
        match how:
            case "4":
                first = rng.choice((23, 46, 62, 81, 91, 104, 138, 151, 178, 185, 193, 203, 212))
                return f"{first}.{rng.randrange(1, 255)}.{tail}"
            case "priv":
                return rng.choice(
                    (f"10.{rng.randrange(0, 256)}.{tail}", f"172.{rng.randrange(16, 32)}.{tail}", f"192.168.{tail}")
                )
            case "6":
                groups = [f"{rng.randrange(1, 65536):x}" for _ in range(6)]
                return rng.choice(
                    (
                        f"2001:db8:{':'.join(groups)}",
                        f"2a02:{groups[0]}::{groups[1]}",
                        f"fe80::{':'.join(groups[:4])}",
                        f"2001:db8:{groups[0]}::{rng.randrange(1, 99)}",
                    )
                )
        raise ValueError(how)

    def name(self, how: str) -> str:
        """A name of the directory, as listed or in a variant."""
        rng = self.rng
        if how == "initial":
            return rng.choice(self.initials)
        full = rng.choice(self.names)
        if how == "":
            how = rng.choice(("plain",) * 11 + ("lower",) * 3 + ("upper",) * 2 + ("ascii",) * 3 + ("nfd",))
        match how:
            case "plain":
                return full
            case "lower":
                return full.lower()
            case "upper":
                return full.upper()
            case "ascii":
                return fold(full)
            case "nfd":
                return unicodedata.normalize("NFD", full)
            case "under":
                return fold(full).replace(" ", "_")
            case "plus":
                return full.replace(" ", "+")
            case "comma":
                while not (full.count(" ") == 1 or full.split()[1] in PARTICLES):
                    full = rng.choice(self.names)
                first, last = full.split(" ", 1)
                return f"{last}, {first}" if rng.random() < 0.75 else f"{last.upper()}, {first}"
        raise ValueError(how)

    def code_name(self, how: str) -> str:
        """A code name of the directory, as listed or in another case, or with dashes or underscores."""
        name = self.rng.choice(self.codes)
        match how:
            case "lower":
                return name.lower()
            case "upper":
                return name.upper()
            case "dash":
                return name.lower().replace(" ", "-")
            case "under":
                return name.replace(" ", "_")
        return name

    def health(self, how: str) -> str:
        """Words for an illness; `url` with + for spaces."""
        return self.rng.choice(self.words.health["en" if how == "url" else how]).replace(
            " ", "+" if how == "url" else " "
        )

    def payroll(self, how: str) -> str:
        """An amount that somebody is paid."""
        rng = self.rng
        year, cents = rng.randrange(300, 1400) * 100, rng.randrange(0, 100)
        month = rng.randrange(1800, 7900)
        dotted, spaced = f"{month:,}".replace(",", "."), f"{month:,}".replace(",", " ")
        match how:
            case "usd":
                return rng.choice((f"${year:,}", f"${year:,}.00", f"USD {year:,}"))
            case "gbp":
                return rng.choice((f"£{year:,}", f"£{month:,}.{cents:02d}", f"GBP {year:,}"))
            case "eur":
                return rng.choice(
                    (f"{dotted},{cents:02d} €", f"{dotted} EUR", f"{dotted},{cents:02d} EUR", f"{month} €")
                )
            case "eurfr":
                return f"{spaced},{cents:02d} €"
            case "inr":
                return f"₹{rng.randrange(5, 40)},{rng.randrange(10, 99)},000"
            case "k":
                return f"{rng.randrange(28, 190)}k"
            case "int":
                return str(year)
        raise ValueError(how)

    def filler(self, how: str) -> str:
        """Something harmless: `#8` eight digits, `#x7` hexadecimal ones, `#A3` capitals, or a named form."""
        rng = self.rng
        if how.isdecimal():
            return self.digits(int(how))
        if re.fullmatch(r"x\d+", how):
            return self.draw(HEX, int(how[1:]))
        if re.fullmatch(r"A\d+", how):
            return self.draw("ABCDEFGHJKLMNPQRSTUVWXYZ", int(how[1:]))
        day, month, year = rng.randrange(1, 29), rng.randrange(1, 13), rng.randrange(2023, 2027)
        amount, cents = rng.randrange(2, 9000), rng.randrange(0, 100)
        dotted = f"{amount:,}".replace(",", ".")
        sign = f"{rng.randrange(16**12):012x}"
        isbn = "978" + self.draw(string.digits, 9)
        isbn += str(-sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(isbn)) % 10)
        match how:
            case "int":
                return str(rng.randrange(2, 990))
            case "date":
                return f"{year}-{month:02d}-{day:02d}"
            case "datede":
                return f"{day:02d}.{month:02d}.{year}"
            case "time":
                return f"{rng.randrange(7, 20):02d}:{rng.choice(('00', '15', '30', '45', '10'))}"
            case "price":
                return rng.choice((f"${amount:,}.{cents:02d}", f"£{amount}.{cents:02d}", f"{amount}.{cents:02d} EUR"))
            case "pricede":
                return f"{dotted},{cents:02d} €"
            case "color":
                return "#" + rng.choice((self.draw(HEX, 6), self.draw(HEX, 6).upper(), self.draw(HEX, 3)))
            case "ver":
                return f"{rng.randrange(0, 25)}.{rng.randrange(0, 40)}.{rng.randrange(0, 30)}"
            case "uuid":
                return f"{self.draw(HEX, 8)}-{self.draw(HEX, 4)}-4{self.draw(HEX, 3)}-a{self.draw(HEX, 3)}-{sign}"
            case "ups":
                return "1Z" + self.draw(string.ascii_uppercase + string.digits, 6) + self.draw(string.digits, 10)
            case "isbn":
                return f"{isbn[:3]}-{isbn[3]}-{isbn[4:7]}-{isbn[7:12]}-{isbn[12]}"
            case "isbnplain":
                return isbn
            case "badcard":
                return self.bad_card()
            case "badiban":
                return self.bad_iban()
        raise ValueError(how)


def fold(text: str) -> str:
    """The text without accents."""
    plain = unicodedata.normalize("NFKD", text.translate(FOLD))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def grouped(number: str, sizes: Sequence[int], between: str) -> str:
    """The number in groups of these sizes."""
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return between.join(parts)


def checked(prefix: str, body: str) -> str:
    """A token as GitHub and npm make them: the last six signs are the CRC-32 of the others in base 62."""
    value, tail = zlib.crc32(body.encode()), ""
    while value:
        value, digit = divmod(value, 62)
        tail = BASE62[digit] + tail
    return prefix + body + tail.rjust(6, "0")


def unpadded(part: dict[str, Any]) -> str:
    """A part of a JWT: compact JSON in base64 for URLs, without padding."""
    text = json.dumps(part, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


HELDOUT = Words(
    domains=(
        "brightwell-logistics.com",
        "mail.example.org",
        "kontor-nordsee.de",
        "example.co.uk",
        "atelier-lumiere.fr",
        "ops.hallam.example",
        "talleres-rioja.es",
        "post.example",
        "müller-bau.example",
        "quartz.io",
    ),
    mailboxes=("warehouse", "buchhaltung", "no-reply", "x", "pallet.king", "front.desk", "o'hara", "2ndfloor"),
    passwords=("Kettle", "Sommer", "Harbour", "Tiger", "Bosque", "Lavande", "Winter", "Bridge", "Marmalade", "Quasar"),
    addresses={
        "us": Street(
            ("Maple Ave", "W 43rd St", "Old Mill Road", "Sunset Blvd", "County Road 12", "Cedar Ct"),
            ("Dayton, OH", "Tucson, AZ", "Portland, ME", "Boise, ID", "Baton Rouge, LA"),
        ),
        "uk": Street(
            ("Church Lane", "Victoria Road", "The Crescent", "Mill Street", "Station Approach"),
            ("Leeds LS", "London SW", "Cardiff CF", "Norwich NR", "Bath BA"),
        ),
        "de": Street(
            ("Hauptstraße", "Lindenweg", "Am Alten Markt", "Goethestr.", "Schloßallee", "Ostring"),
            ("Köln", "Dresden", "Freiburg im Breisgau", "Oldenburg", "Fürth"),
        ),
        "fr": Street(("rue des Lilas", "avenue Jean Jaurès", "chemin du Moulin"), ("Lyon", "Nantes", "Saint-Étienne")),
        "es": Street(("Calle Mayor", "Avda. de la Constitución", "C/ Olmo"), ("Sevilla", "Zaragoza", "A Coruña")),
        "it": Street(("Via Garibaldi", "Corso Vittorio Emanuele", "Piazza Dante"), ("Bologna", "Torino", "Bari")),
        "nl": Street(("Kerkstraat", "Prinsengracht", "Molenweg"), ("Utrecht", "Amsterdam", "Groningen")),
        "se": Street(("Storgatan", "Björkvägen"), ("Uppsala", "Malmö")),
    },
    health={
        "en": (
            "type 2 diabetes",
            "bipolar disorder",
            "breast cancer",
            "multiple sclerosis",
            "asthma",
            "hepatitis C",
            "epilepsy",
            "burnout",
            "Crohn's disease",
        ),
        "de": ("Depression", "Bluthochdruck", "Brustkrebs", "Lungenentzündung", "Migräne", "Rheuma"),
    },
)

DEV = Words(
    domains=(
        "fernhill-supply.com",
        "example.net",
        "spedition-alster.de",
        "team.example.com",
        "papeterie-duval.fr",
        "it.morland.example",
        "ferreteria-sol.es",
        "bücherstube.example",
        "onyx.dev",
    ),
    mailboxes=("dispatch", "einkauf", "noreply", "a1", "stamp.queen", "reception", "hr", "4thfloor"),
    passwords=("Teapot", "Herbst", "Lantern", "Panda", "Playa", "Citron", "Spring", "Tunnel", "Pickle", "Nebula"),
    addresses={
        "us": Street(
            ("Oak Street", "E 9th Ave", "River Road", "Lincoln Dr", "Highland Pkwy"),
            ("Akron, OH", "Fresno, CA", "Salem, OR", "Macon, GA", "Duluth, MN"),
        ),
        "uk": Street(
            ("High Street", "Queens Road", "Park Drive", "Bridge Street"),
            ("York YO", "London N", "Derby DE", "Hull HU"),
        ),
        "de": Street(
            ("Bahnhofstraße", "Rosenweg", "Am Stadtpark", "Schillerstr.", "Westring"),
            ("Bremen", "Leipzig", "Kassel", "Lübeck", "Münster"),
        ),
        "fr": Street(("rue de la Gare", "boulevard Victor Hugo", "impasse des Roses"), ("Lille", "Rennes", "Dijon")),
        "es": Street(("Calle Real", "Paseo de Gracia", "Avda. del Puerto"), ("Valencia", "Málaga", "Gijón")),
        "it": Street(("Via Roma", "Viale Mazzini"), ("Napoli", "Verona")),
        "nl": Street(("Dorpsstraat", "Herengracht"), ("Leiden", "Haarlem")),
    },
    health={
        "en": (
            "high blood pressure",
            "leukaemia",
            "schizophrenia",
            "arthritis",
            "anxiety disorder",
            "type 1 diabetes",
            "tuberculosis",
        ),
        "de": ("Diabetes", "Herzinfarkt", "Angststörung", "Neurodermitis", "Hautkrebs"),
    },
)
