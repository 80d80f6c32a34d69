"""Presidio's own default recognisers, as they are shipped, without a language model and without a network."""

from __future__ import annotations

import logging

import spacy
import tldextract.tldextract
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngine, SpacyNlpEngine

from benchmarks.scrub_judge import Text

OF_PRESIDIO = {
    "EMAIL_ADDRESS": "EMAIL",
    "CREDIT_CARD": "CARD",
    "PHONE_NUMBER": "PHONE",
    "IBAN_CODE": "IBAN",
    "IP_ADDRESS": "IP",
    "US_SSN": "NATIONAL_ID",
    "US_ITIN": "NATIONAL_ID",
    "US_PASSPORT": "NATIONAL_ID",
    "US_DRIVER_LICENSE": "NATIONAL_ID",
    "UK_NHS": "NATIONAL_ID",
    "DATE_TIME": "DATE_OF_BIRTH",
}
"""What its types are to us. Its others (URL, CRYPTO, MEDICAL_LICENSE, US_BANK_NUMBER) have none; names and places
come from a language model alone."""
NO_FAULT = frozenset(("DATE_OF_BIRTH",))
"""It finds any date and doesn't claim that somebody was born then: that counts for it, never against it."""


class Presidio:
    """`AnalyzerEngine()` with a blank English pipeline: patterns, checksums and context words."""

    def __init__(self) -> None:
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        # Its e-mail recogniser would fetch the list of public suffixes; the one in the package serves.
        tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
        self._engine = AnalyzerEngine(nlp_engine=_blank(), supported_languages=["en"])

    def find(self, text: Text, *, threshold: float = 0.0) -> list[tuple[int, int, str]]:
        """What it finds; the label's words are its context."""
        told = self._engine.analyze(
            text.text,
            "en",
            entities=list(OF_PRESIDIO),
            context=text.label.split() or None,
            score_threshold=threshold,
        )
        return [(one.start, one.end, OF_PRESIDIO[one.entity_type]) for one in told]


def _blank() -> NlpEngine:
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    engine.nlp = {"en": spacy.blank("en")}
    return engine
