"""What the red team plants: canaries that may be found nowhere, and harmless controls that must be found.

All of it follows from a seed, so that a run can be made again. A canary is random enough that half of it does not turn
up by chance; a control is made of words that no program or page of the suite shows by itself.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, get_args

from demo.secrets import CONTROL_WORDS, iban_of, in_fours, luhn_digit
from understudy.risk.matching import Sought

Kind = Literal["password", "email", "card", "iban", "ssn", "name", "token", "phrase"]
"""What a canary looks like. "phrase" is text that nothing gives away: out of scope, or hidden, it must stay out."""
SCRUBBED: tuple[Kind, ...] = ("email", "card", "iban", "ssn", "name", "token")
"""Kinds that the scrubber finds in any text of a program in scope."""
ControlKind = Literal["text", "pixels", "target", "title"]
CONTROL_KINDS: tuple[ControlKind, ...] = get_args(ControlKind)

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_MORE = (
    *("almond", "barley", "cabbage", "camellia", "cardamom", "chamomile", "clover", "coriander", "cranberry", "fennel"),
    *("fiddle", "foxglove", "hazelnut", "hibiscus", "hyacinth", "jasmine", "lantern", "magnolia", "marigold", "meadow"),
    *("mulberry", "nutmeg", "orchard", "paprika", "parsley", "pepper", "pumpkin", "raspberry", "saffron", "thimble"),
)


@dataclass(frozen=True)
class Canary:
    """Planted in a channel: `id` names it in reports, `value` is what was typed or shown."""

    id: str
    channel: str
    kind: Kind
    value: str

    @property
    def sought(self) -> Sought:
        """What the leak search looks for."""
        return Sought(self.id, self.value)


@dataclass(frozen=True)
class Control:
    """Two harmless words that the policy keeps, as text, in pictures, as a target's name or in a title."""

    id: str
    channel: str
    kind: ControlKind
    words: str


class Maker:
    """Makes canaries and controls; the same seed makes the same ones. `names` are the people of the directory."""

    def __init__(self, seed: int | str, names: int = 400) -> None:
        self._chance = random.Random(seed)
        self.names = tuple(f"{self.word().capitalize()} {self.word().capitalize()}" for _ in range(names))
        self._unused = list(self.names)
        words = (*CONTROL_WORDS, *_MORE)
        pairs = [f"{one} {other}" for one in words for other in words if one != other]
        self._chance.shuffle(pairs)
        self._pairs = pairs

    @property
    def chance(self) -> random.Random:
        """For choices of the scenes: delays, orders, places."""
        return self._chance

    def word(self) -> str:
        """Eight letters that can be spoken but are no word."""
        shape = "cvccvcvc"
        return "".join(self._chance.choice(_CONSONANTS if place == "c" else _VOWELS) for place in shape)

    def words(self) -> str:
        """Two harmless words that stood together nowhere before."""
        return self._pairs.pop()

    def value(self, kind: Kind) -> str:
        """A new value of that kind."""
        match kind:
            case "password":
                return self._mixed(16)
            case "email":
                return f"{self.word()}.{self.word()}@{self.word()}.example"
            case "card":
                body = "4000" + self._digits(11)
                return in_fours(body + luhn_digit(body))
            case "iban":
                return in_fours(iban_of("DE", self._digits(18)))
            case "ssn":
                # Areas 900 and up, 000 and 666 were never given out, groups and serials are never all zeros.
                area = self._chance.choice([number for number in range(101, 899) if number != 666])
                return f"{area}-{self._chance.randrange(10, 99)}-{self._chance.randrange(1000, 9999)}"
            case "name":
                return self._unused.pop()
            case "token":
                return "ghp_" + self._mixed(24)
            case "phrase":
                return f"{self.word()} {self.word()}"
        raise ValueError(f"no kind of canary: {kind}")

    def _mixed(self, length: int) -> str:
        alphabet = "abcdefghjkmnpqrstuvwxyzACDEFHJKLMNPRTUVWXY3479"
        while True:
            value = "".join(self._chance.choice(alphabet) for _ in range(length))
            if any(map(str.isdigit, value)) and any(map(str.isupper, value)) and any(map(str.islower, value)):
                return value

    def _digits(self, count: int) -> str:
        return "".join(self._chance.choice("0123456789") for _ in range(count))
