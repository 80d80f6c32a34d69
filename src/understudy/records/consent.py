"""Consent as a value: what was agreed to, when, and on which words."""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.records.recording import Profile

Purpose = Literal["train-own-agent", "train-shared-agent"]
"""The closed list of what a recording may be used for. Rating a person is not among them and never will be."""

IMPORTED = "import-"
"""How versions of notices begin that tell where an imported recording is from, in the place of a notice to a person."""


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """One consent, given. Fields after ISO/IEC TS 27560 (consent record information structure).

    `id` is 32 hexadecimal digits; `contributor` a pseudonym; `notice_sha256` the hash of the exact notice text shown
    (UTF-8), `notice_version` and `language` (BCP 47) name it; `scope` lists the applications as the policy matches
    them; `given_at` and `withdrawn_at` are ISO 8601 with zone, withdrawn_at None while it holds. `demo` is True for
    consents that no person gave (the demonstration's own contributor). `method` "provenance": nobody was asked here;
    the recording was made elsewhere and imported, and the notice tells where it is from and on which terms.
    """

    id: str
    contributor: str
    profile: Profile
    notice_sha256: str
    notice_version: str
    language: str
    purposes: tuple[Purpose, ...]
    scope: tuple[str, ...]
    policy_sha256: str
    retention_days: int
    given_at: str
    method: Literal["typed-yes", "option", "provenance"]
    withdrawn_at: str | None = None
    demo: bool = False

    @property
    def holds(self) -> bool:
        """True until it is withdrawn."""
        return self.withdrawn_at is None
