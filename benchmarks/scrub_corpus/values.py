"""Made-up values of each sensitive type, drawn from a seeded generator, with valid checksums where a type has one.

What a half's values are made of stands in words.py; numbers with check digits and secrets are made beside this.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from benchmarks.scrub_corpus import checked_numbers
from benchmarks.scrub_corpus.draws import HEX, digits, draw
from benchmarks.scrub_corpus.secret_values import secret
from benchmarks.scrub_corpus.words import Words

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


class Values:
    """Makes values for one half: `make("CARD", "visa")` is a value of that type in that form."""

    def __init__(self, rng: Random, words: Words, names: Sequence[str], codes: Sequence[str]) -> None:
        self.rng, self.words, self.codes = rng, words, codes
        self.names = [name for name in names if not re.match(r"\w\. ", name)]
        self.initials = [name for name in names if re.match(r"\w\. ", name)]
        self._makers: dict[str, Callable[[str], str]] = {
            "EMAIL": self.email,
            "CARD": partial(checked_numbers.card, rng),
            "PHONE": self.phone,
            "IBAN": partial(checked_numbers.iban, rng),
            "SECRET": partial(secret, rng, words.passwords),
            "NATIONAL_ID": partial(checked_numbers.national_id, rng),
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
                tail = f"{rng.randrange(1, 20)} {rng.randrange(1, 10)}{draw(rng, 'ABDEFGHJLNPQRSTUWXYZ', 2)}"
                return f"{number} {street}, {town}{tail}"
            case "street":
                return f"{number} {street}"
            case "destreet":
                return f"{street} {number}{rng.choice(('', '', 'a', ' b'))}"
            case "de":
                return f"{street} {number}{rng.choice(('', '', 'a'))}, {rng.randrange(10115, 99900)} {town}"
            case "fr":
                return (
                    f"{number}{rng.choice(('', ' bis', ','))} {street}, {rng.randrange(13, 95)}{digits(rng, 3)} {town}"
                )
            case "es":
                return f"{street} {number}, {rng.randrange(1, 6)}.º B, {rng.randrange(10, 52)}{digits(rng, 3)} {town}"
            case "it":
                return f"{street} {number}, {rng.randrange(10, 98)}{digits(rng, 3)} {town}"
            case "nl":
                return f"{street} {number}, {digits(rng, 4)} {draw(rng, 'BCDEGHJKLN', 2)} {town}"
            case "se":
                return f"{street} {number}, {digits(rng, 3)} {digits(rng, 2)} {town}"
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
            return digits(rng, int(how))
        if re.fullmatch(r"x\d+", how):
            return draw(rng, HEX, int(how[1:]))
        if re.fullmatch(r"A\d+", how):
            return draw(rng, "ABCDEFGHJKLMNPQRSTUVWXYZ", int(how[1:]))
        day, month, year = rng.randrange(1, 29), rng.randrange(1, 13), rng.randrange(2023, 2027)
        amount, cents = rng.randrange(2, 9000), rng.randrange(0, 100)
        dotted = f"{amount:,}".replace(",", ".")
        sign = f"{rng.randrange(16**12):012x}"
        isbn = "978" + draw(rng, string.digits, 9)
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
                return "#" + rng.choice((draw(rng, HEX, 6), draw(rng, HEX, 6).upper(), draw(rng, HEX, 3)))
            case "ver":
                return f"{rng.randrange(0, 25)}.{rng.randrange(0, 40)}.{rng.randrange(0, 30)}"
            case "uuid":
                return f"{draw(rng, HEX, 8)}-{draw(rng, HEX, 4)}-4{draw(rng, HEX, 3)}-a{draw(rng, HEX, 3)}-{sign}"
            case "ups":
                return "1Z" + draw(rng, string.ascii_uppercase + string.digits, 6) + draw(rng, string.digits, 10)
            case "isbn":
                return f"{isbn[:3]}-{isbn[3]}-{isbn[4:7]}-{isbn[7:12]}-{isbn[12]}"
            case "isbnplain":
                return isbn
            case "badcard":
                return checked_numbers.bad_card(rng)
            case "badiban":
                return checked_numbers.bad_iban(rng)
        raise ValueError(how)


def fold(text: str) -> str:
    """The text without accents."""
    plain = unicodedata.normalize("NFKD", text.translate(FOLD))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
