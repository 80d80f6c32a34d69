"""What is recorded of an application, in words for the person in front of it: the indicator and the commands say it."""

from __future__ import annotations

from understudy.records.kept import KeyLevel
from understudy.redact.policy import AppRule, PixelLevel

PICTURES: dict[PixelLevel, str] = {
    "tree": "pictures masked",
    "ocr": "pictures masked by what is read in them",
    "blur": "pictures blurred",
    "drop": "no pictures",
}
_TYPING: dict[KeyLevel, str] = {
    "text": "text kept, scrubbed",
    "shape": "only the shape of text",
    "timing": "only when keys are pressed",
    "nothing": "no typing",
}


def level_in_words(rule: AppRule) -> str:
    """What a rule keeps, without its name: "text kept, scrubbed; other people masked".

    `rule` is the one in force for a window, as `Scope` gives it.
    """
    parts = [_TYPING["nothing" if rule.terminal and not rule.keyboard_text else rule.keys]]
    if rule.pixels != "tree":
        parts.append(PICTURES[rule.pixels])
    if rule.third_parties == "mask":
        parts.append("other people masked")
    return "; ".join(parts)
