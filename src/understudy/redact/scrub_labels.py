"""What a field's label says of the text typed into it: the label counts even where the text looks harmless."""

from __future__ import annotations

import re

from understudy.redact.policy import ScrubKind
from understudy.redact.scrub_span import Span

MAX_LABEL_LENGTH = 200
"""Longer labels are prose; only their beginning is read. Characters."""

_LABELS: tuple[tuple[ScrubKind, re.Pattern[str]], ...] = (
    (
        "secret",
        re.compile(
            r"pass[ _-]?(?:word|code|phrase)|passwor[td]|\bpasswd|\bpwd\b|kennwort|mot de passe|contrase[ñn]a"
            r"|\bsenha\b|wachtwoord|parola|has[łl]o|\bpin\b(?! (?:to|board))|\bsecret\b"
            r"|\b(?:api|access|secret|private|license|recovery)[ _-]?key"
            r"|zugangsschl(?:ü|ue)ssel|\b(?:api|access|auth|bearer|security|personal access)[ _-]?token|^\W*token\W*$"
            r"|\b(?:otp|2fa|mfa|tan)\b|one[ -]?time|verification code|sicherheitscode|seed phrase|connection string"
            r"|security answer|security code|\bcv[vc]2?\b|\bcsc\b"
        ),
    ),
    ("iban", re.compile(r"\biban\b|kontonummer|\b(?:bank )?account (?:number|no\b|#)|num(?:é|e)ro de compte")),
    (
        "card",
        re.compile(
            r"(?:credit|debit|bank|payment|gift)[ _-]?card|card[ _-]?(?:number|no\b|nr\b|num\b|#)"
            r"|cc[ _-]?(?:number|num)\b"
            r"|^\W*(?:card|visa|mastercard|amex|pan)\W*$|kreditkarte|kartennummer|num(?:é|e)ro de (?:la )?carte"
            r"|n(?:ú|u)mero de (?:la )?tarjeta|kaartnummer|numero (?:di|della) carta"
        ),
    ),
    (
        "id",
        re.compile(
            r"\bssn\b|social (?:security|insurance)|national (?:id|insurance)|\bnino\b|passport|passnummer|reisepass"
            r"|personalausweis|tax(?:payer)?[ _-]?(?:id|number|no\b)|steuer-?(?:id|nummer)|sozialversicherung"
            r"|driver'?s?[ _-]licen[cs]e|f(?:ü|ue)hrerschein|\b(?:nif|dni|cpf|bsn|pesel|aadhaar|codice fiscale)\b"
            r"|health insurance number|identity (?:card|number)|\bid number"
        ),
    ),
    (
        "phone",
        re.compile(
            r"\b(?:tele)?phone\b|\btel\b|\bmobile\b|\bcell\b|\bfax\b|\bhandy(?:nummer)?\b|telefon|t(?:é|e)l(?:é|e)phone"
            r"|mobiltelefon|rufnummer|whatsapp|\bm(?:ó|o)vil\b"
        ),
    ),
    ("email", re.compile(r"\be-?mail|courriel|correo electr(?:ó|o)nico|\bmailadresse")),
    (
        "name",
        re.compile(
            r"\b(?:first|last|given|family|full|middle|maiden|legal|customer|patient|employee|contact)"
            r"(?:'s)?[ _-]?name|\bsurname\b|\bcard ?holder\b|\bvorname\b|\bnachname\b|\bfamilienname\b|\bpr(?:é|e)nom\b"
            r"|nom de famille|\bapellidos?\b|name on (?:the )?card|karteninhaber"
            r"|(?:cardholder|account holder)'?s? name"
        ),
    ),
)
"""In order: the first that fits decides ("Card security code" is a secret, not a card number)."""

_DIGIT = re.compile(r"\d")


def kind_of_label(label: str, kinds: frozenset[ScrubKind]) -> ScrubKind | None:
    """The kind that a label announces, None when it announces none of `kinds`. `label` is normalised text."""
    if not label:
        return None
    text = label[:MAX_LABEL_LENGTH].casefold()
    for kind, pattern in _LABELS:
        if pattern.search(text):
            return kind if kind in kinds else None
    return None


def labelled(text: str, kind: ScrubKind) -> Span | None:
    """The whole of `text` as a `kind`, because its label says so; None where it can't be one.

    Numbers need a digit; an e-mail address that is only half typed has no blank in it.
    """
    core = text.strip()
    if not core:
        return None
    if kind in ("card", "iban", "phone", "id") and not _DIGIT.search(core):
        return None
    if kind == "email" and "@" not in core and any(character.isspace() for character in core):
        return None
    if kind == "name" and not any(character.isalpha() for character in core):
        return None
    start = text.index(core)
    return Span(kind, start, start + len(core), core)
