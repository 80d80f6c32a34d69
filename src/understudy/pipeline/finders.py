"""Other people's finders of sensitive text: Presidio's analyser and named detect-secrets plugins.

Both work from patterns, checksums and context words alone: no language model, and nothing is fetched. They come with
the extra `second-pass`; `versions` tells what is installed.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import logging
from collections.abc import Sequence
from typing import Any

from understudy.pipeline.second_pass import Finder, Found

PACKAGES = ("presidio-analyzer", "detect-secrets")
MODULES = ("presidio_analyzer", "spacy", "tldextract", "detect_secrets")

KINDS = {
    "EMAIL_ADDRESS": "EMAIL",
    "CREDIT_CARD": "CARD",
    "PHONE_NUMBER": "PHONE",
    "IBAN_CODE": "IBAN",
    "US_SSN": "ID",
    "US_ITIN": "ID",
    "UK_NHS": "ID",
    "CRYPTO": "SECRET",
}
"""Presidio's types that a second pass acts upon, and what tokens call them. Its dates, addresses of pages and
machines, version numbers among them, and bare numbers of banks and licences are found in ordinary work all the time."""

LEAST_SCORE = 0.4
"""Presidio's phone numbers score 0.4 without a word beside them; what scores less is a guess."""

PLUGINS = {
    "aws": "AWSKeyDetector",
    "azure_storage_key": "AzureStorageKeyDetector",
    "basic_auth": "BasicAuthDetector",
    "discord": "DiscordBotTokenDetector",
    "github_token": "GitHubTokenDetector",
    "gitlab_token": "GitLabTokenDetector",
    "jwt": "JwtTokenDetector",
    "mailchimp": "MailchimpDetector",
    "npm": "NpmDetector",
    "openai": "OpenAIDetector",
    "private_key": "PrivateKeyDetector",
    "pypi_token": "PypiTokenDetector",
    "sendgrid": "SendGridDetector",
    "slack": "SlackDetector",
    "square_oauth": "SquareOAuthDetector",
    "stripe": "StripeDetector",
    "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}
"""detect-secrets' plugins with a form of their own, by module. Its entropy and keyword plugins take plain words for
secrets."""


def installed() -> bool:
    """True when both can be loaded."""
    return all(importlib.util.find_spec(module) is not None for module in MODULES)


def versions() -> str:
    """Which finders these are, such as "presidio-analyzer 2.2.366, detect-secrets 1.5.0"."""
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)


@functools.cache
def open_finders() -> Sequence[Finder]:
    """Both finders; loading them takes a second or two, once a process. Raises ImportError when not installed."""
    return Presidio(), DetectSecrets()


class Presidio:
    """Presidio's own recognisers with a blank English pipeline."""

    def __init__(self) -> None:
        analyzer: Any = importlib.import_module("presidio_analyzer")
        engines: Any = importlib.import_module("presidio_analyzer.nlp_engine")
        spacy: Any = importlib.import_module("spacy")
        tldextract: Any = importlib.import_module("tldextract.tldextract")
        # It tells on its log which recognisers lack a model or a language.
        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
        # Its e-mail recogniser would fetch the list of public suffixes; the one in the package serves.
        tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
        engine = engines.SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
        engine.nlp = {"en": spacy.blank("en")}
        self._engine = analyzer.AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def find(self, text: str) -> list[Found]:
        """What it finds with a score of at least `LEAST_SCORE`."""
        told = self._engine.analyze(text, "en", entities=list(KINDS), score_threshold=LEAST_SCORE)
        return [Found(one.start, one.end, KINDS[one.entity_type]) for one in told]


class DetectSecrets:
    """The plugins of `PLUGINS`, without the requests by which some would verify what they found."""

    def __init__(self) -> None:
        self._plugins: list[Any] = [
            getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)()
            for module, name in PLUGINS.items()
        ]

    def find(self, text: str) -> list[Found]:
        """Each place that a plugin's form matches, whole."""
        return [
            Found(match.start(), match.end(), "SECRET")
            for plugin in self._plugins
            for form in plugin.denylist
            for match in form.finditer(text)
        ]
