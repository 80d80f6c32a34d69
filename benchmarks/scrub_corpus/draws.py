"""Characters drawn from a seeded generator, for values of every type.

Only `random`, `choice` and `randrange` of random.Random are used, here and by all who draw: what they draw is the same
in every Python.
"""

from __future__ import annotations

import string
from random import Random

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def draw(rng: Random, alphabet: str, count: int) -> str:
    """So many characters of the alphabet."""
    return "".join(rng.choice(alphabet) for _ in range(count))


def digits(rng: Random, count: int) -> str:
    """So many digits, the first one not 0."""
    return draw(rng, "123456789", 1) + draw(rng, string.digits, count - 1)
