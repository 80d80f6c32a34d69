"""Passwords, tokens and keys, each in the form that its provider gives it: what a scanner of secrets looks for."""

from __future__ import annotations

import base64
import json
import string
import zlib
from collections.abc import Sequence
from random import Random
from typing import Any

from benchmarks.scrub_corpus.draws import ALNUM, HEX, digits, draw

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def secret(rng: Random, passwords: Sequence[str], how: str) -> str:
    """A password, a provider's token in its current form, or the key inside a longer text."""
    url_safe = ALNUM + "-_"
    match how:
        case "pw":
            return rng.choice(
                (
                    f"{rng.choice(passwords)}{rng.randrange(1990, 2027)}{rng.choice('!?#$')}",
                    f"{rng.choice(passwords)}_{rng.choice(passwords).lower()}{rng.randrange(10, 99)}",
                    draw(rng, ALNUM, 5) + draw(rng, "!$%&*+#", 1) + draw(rng, ALNUM, rng.randrange(4, 9)),
                    rng.choice(passwords).lower().replace("a", "4").replace("e", "3") + draw(rng, ALNUM, 3) + "1",
                )
            )
        case "pw2":
            return rng.choice(passwords) + draw(rng, ALNUM, 5) + draw(rng, string.digits, 2)
        case "urlpw":
            return draw(rng, ALNUM, rng.randrange(6, 12)) + rng.choice(("-", "_", "~")) + draw(rng, ALNUM, 4) + "9"
        case "phrase":
            words = (rng.choice(passwords).lower(), rng.choice(passwords), rng.choice(passwords).lower())
            return "-".join((*words, digits(rng, 2)))
        case "pin":
            return digits(rng, 6)
        case "opaque":
            return draw(rng, ALNUM, rng.randrange(32, 48))
        case "aws":
            return rng.choice(("AKIA", "AKIA", "ASIA")) + draw(rng, string.ascii_uppercase + "234567", 16)
        case "awssecret":
            return draw(rng, ALNUM, 12) + draw(rng, ALNUM + "+/", 28)
        case "ghp":
            return checked("ghp_" if rng.random() < 0.7 else "gho_", draw(rng, ALNUM, 30))
        case "ghpat":
            return f"github_pat_{draw(rng, ALNUM, 22)}_{draw(rng, ALNUM, 59)}"
        case "glpat":
            return "glpat-" + draw(rng, url_safe, 19) + draw(rng, ALNUM, 1)
        case "slack":
            if rng.random() < 0.5:
                return f"xoxb-{digits(rng, 12)}-{digits(rng, 13)}-{draw(rng, ALNUM, 24)}"
            return f"xoxp-{digits(rng, 11)}-{digits(rng, 12)}-{digits(rng, 13)}-{draw(rng, HEX, 32)}"
        case "stripe":
            return rng.choice(("sk_live_", "sk_live_", "rk_live_")) + draw(rng, ALNUM, rng.choice((24, 99)))
        case "openai":
            return f"sk-proj-{draw(rng, url_safe, 74)}T3BlbkFJ{draw(rng, url_safe, 73)}A"
        case "anthropic":
            return f"sk-ant-api03-{draw(rng, url_safe, 93)}AA"
        case "google":
            return "AIzaSy" + draw(rng, url_safe, 32) + draw(rng, ALNUM, 1)
        case "npm":
            return checked("npm_", draw(rng, ALNUM, 30))
        case "pypi":
            return "pypi-AgEIcHlwaS5vcmc" + draw(rng, url_safe, 150) + draw(rng, ALNUM, 1)
        case "hf":
            return "hf_" + draw(rng, string.ascii_letters, 34)
        case "twilio":
            return "SK" + draw(rng, HEX, 32)
        case "sendgrid":
            return f"SG.{draw(rng, url_safe, 22)}.{draw(rng, url_safe, 42)}{draw(rng, ALNUM, 1)}"
        case "azure":
            return base64.b64encode(bytes(rng.randrange(256) for _ in range(64))).decode()
        case "jwt":
            head = unpadded({"alg": "HS256", "typ": "JWT"})
            body = unpadded({"sub": digits(rng, 8), "iat": rng.randrange(1700000000, 1790000000)})
            return f"{head}.{body}.{draw(rng, url_safe, 42)}{draw(rng, ALNUM, 1)}"
        case "pem":
            return "\n".join(("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + draw(rng, ALNUM, 32), draw(rng, ALNUM, 64)))
        case "sshpem":
            return "\n".join(("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUA" + draw(rng, ALNUM, 38), draw(rng, ALNUM, 70)))
    raise ValueError(how)


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
