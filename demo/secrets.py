"""What the demonstration plants: secrets that must be found nowhere, and control words that must be found.

All of it is made anew for each run, so that nothing in the product or its tests can know it. Each secret is random
enough that a part of it, as `understudy.risk.matching` counts parts, turns up by chance about once in a thousand runs.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from understudy.risk.matching import Sought

CONSONANTS = "bdfgklmnprstvz"
VOWELS = "aeiou"

CONTROL_WORDS = (
    *("marmalade", "gooseberry", "tangerine", "pomegranate", "artichoke", "butterscotch", "cinnamon", "dandelion"),
    *("evergreen", "gingerbread", "honeysuckle", "juniper", "kingfisher", "lavender", "mandarin", "nightingale"),
    *("peppermint", "rosemary", "sandpiper", "sunflower", "watermelon", "woodpecker", "chestnut", "elderberry"),
)
"""Harmless words that no page, policy or program of the demonstration uses by itself, long enough to be read by OCR."""


@dataclass(frozen=True)
class Controls:
    """Harmless words, one for each way in which content reaches a recording; the policy keeps all of them.

    `typed` is typed into a form field, `pixels` stands on the page in a picture-like heading that is read by OCR,
    `title` is part of the page's title, `element` of a button's name, `task` of the task that the recording is
    begun with.
    """

    typed: str
    pixels: str
    title: str
    element: str
    task: str


@dataclass(frozen=True)
class Planted:
    """Everything planted in one run.

    `password` is typed into a password field; `email` and `card` are typed into the customer form; `person` and
    `iban` only stand on the page, the person's name being in the policy's directory file; `outside` stands in the
    out-of-scope program, `outside_title` in its title, `outside_typed` is typed there; `paused` is typed into the
    editor while the recording is paused.
    """

    password: Sought
    email: Sought
    card: Sought
    person: Sought
    iban: Sought
    outside: Sought
    outside_title: Sought
    outside_typed: Sought
    paused: Sought
    controls: Controls

    @property
    def secrets(self) -> tuple[Sought, ...]:
        """Every secret, in the order in which the story meets them."""
        return (
            *(self.person, self.iban, self.password, self.email, self.card),
            *(self.outside, self.outside_title, self.outside_typed, self.paused),
        )


def plant(rng: random.Random | None = None) -> Planted:
    """Fresh secrets and control words; from the operating system's randomness unless a test gives its own."""
    chance = rng or random.SystemRandom()
    first, last = _word(chance).capitalize(), _word(chance).capitalize()
    local, host = f"{_word(chance)}.{_word(chance)}", _word(chance)
    typed, pixels, title, element, task = chance.sample(CONTROL_WORDS, 5)
    return Planted(
        password=Sought("password", _mixed(chance, 16)),
        email=Sought("customer e-mail", f"{local}@{host}.example", (local, f"{local}@{host}")),
        card=Sought("card number", _card(chance)),
        person=Sought("customer name", f"{first} {last}", (first, last)),
        iban=Sought("customer IBAN", _iban(chance)),
        outside=Sought("text in a program out of scope", _mixed(chance, 18)),
        outside_title=Sought("title of a program out of scope", f"{_word(chance)}-{_word(chance)}"),
        outside_typed=Sought("typed into a program out of scope", _word(chance) + _word(chance)),
        paused=Sought("typed while paused", f"{_word(chance)} {_word(chance)}"),
        controls=Controls(typed=typed, pixels=pixels, title=title, element=element, task=task),
    )


def luhn_digit(digits: str) -> str:
    """The check digit that makes `digits` + it pass the Luhn test of payment cards (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def iban_of(country: str, account: str) -> str:
    """The IBAN of an account number, its two check digits computed (ISO 13616: 98 minus the remainder by 97)."""
    number = "".join(str(int(sign, 36)) for sign in f"{account}{country}00")
    return f"{country}{98 - int(number) % 97:02d}{account}"


def in_fours(value: str) -> str:
    """`value` in groups of four, as cards and IBANs are printed."""
    return " ".join(value[start : start + 4] for start in range(0, len(value), 4))


def _word(chance: random.Random) -> str:
    """Eight letters that can be spoken but are no word."""
    shape = (CONSONANTS, VOWELS, CONSONANTS, CONSONANTS, VOWELS, CONSONANTS, VOWELS, CONSONANTS)
    return "".join(chance.choice(letters) for letters in shape)


def _mixed(chance: random.Random, length: int) -> str:
    """Letters and digits in turn, such as a password generator gives; no sign needs a shift level beyond shift."""
    alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    while True:
        value = "".join(chance.choice(alphabet) for _ in range(length))
        if any(c.isdigit() for c in value) and any(c.isupper() for c in value) and any(c.islower() for c in value):
            return value


def _card(chance: random.Random) -> str:
    """Sixteen digits that pass the Luhn test, under the prefix 4000 that payment processors use for tests."""
    body = "4000" + "".join(chance.choice("0123456789") for _ in range(11))
    return body + luhn_digit(body)


def _iban(chance: random.Random) -> str:
    """A German IBAN with valid check digits and a random account."""
    return iban_of("DE", "".join(chance.choice("0123456789") for _ in range(18)))
