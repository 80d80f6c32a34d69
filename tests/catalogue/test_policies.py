"""Policies by their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from understudy.catalogue import Catalogue, NotInCatalogue

TEXT = b'version = 1\nprofile = "own-work"\n\xff'


def test_a_policy_s_exact_bytes_are_found_by_their_hash(path: Path) -> None:
    with Catalogue.open(path) as catalogue:
        sha256 = catalogue.add_policy(TEXT, edition="2")
        assert sha256 == hashlib.sha256(TEXT).hexdigest()
    with Catalogue.open(path) as catalogue:
        row = catalogue.policy(sha256)
        assert (row.text, row.edition, row.signature) == (TEXT, "2", "")
        assert [one.sha256 for one in catalogue.policies(sha256[:8])] == [sha256]
        assert catalogue.policies("zz") == []
        with pytest.raises(NotInCatalogue, match="no policy"):
            catalogue.policy("0" * 64)


def test_again_changes_nothing_but_a_signature_that_was_missing(path: Path) -> None:
    with Catalogue.open(path) as catalogue:
        sha256 = catalogue.add_policy(TEXT)
        assert catalogue.add_policy(TEXT) == sha256
        catalogue.add_policy(TEXT, signature="first")
        catalogue.add_policy(TEXT, signature="second")
        catalogue.add_policy(TEXT)
        assert [(one.sha256, one.signature) for one in catalogue.policies()] == [(sha256, "first")]
        assert [event.reason for event in catalogue.events(sha256)] == ["", "signed"]
