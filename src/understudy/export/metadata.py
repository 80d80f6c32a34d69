"""Purpose and conditions in the shapes that the formats' own metadata places take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONGEST_VALUE = 512
"""Characters in a value of the metadata map of OpenAI's objects, as their reference states it; 16 entries at most."""


def as_strings(said: Mapping[str, Any]) -> dict[str, str]:
    """What `terms` says as a map of short strings: purpose, conditions, and which version of which dataset."""
    strings = {
        "purpose": said["purpose"],
        "purpose_in_words": said["purpose_in_words"],
        "dataset": said["dataset"],
        "version": f"{said['version']} (number {said['number']}, revision {said['revision']})",
        "demo": "yes" if said["demo"] else "no",
        "product": said["product"],
    }
    strings |= {f"condition_{nth}": condition for nth, condition in enumerate(said["conditions"], 1)}
    return {key: value[:LONGEST_VALUE] for key, value in strings.items()}


def as_text(said: Mapping[str, Any]) -> list[str]:
    """The same as lines for people."""
    return [
        f"Purpose: {said['purpose_in_words']} ({said['purpose']}).",
        *(["It is a demonstration: no person's work is in it."] if said["demo"] else []),
        "Conditions:",
        *(f"- {condition}" for condition in said["conditions"]),
        f"Version {said['number']}, revision {said['revision']} of dataset {said['dataset']}.",
        f"Made by {said['product']}.",
    ]
