"""Grants: who may open which version, for what, until when."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from understudy.build.errors import NoGrant
from understudy.catalogue import Catalogue, GrantRow, VersionRow
from understudy.spool.identity import Identity


def holder_of(public_key: bytes) -> str:
    """How grants name a holder: by the hash of their public key, 32 hexadecimal digits."""
    return hashlib.sha256(b"understudy holder\0" + public_key).hexdigest()[:32]


def grant_self(catalogue: Catalogue, version: VersionRow, identity: Identity, until: str | None = None) -> GrantRow:
    """Grant this identity leave to open the version for the purpose that it was built for; logged.

    `until` is ISO 8601 with zone, None for until revoked.
    """
    return catalogue.add_grant(
        version.id,
        grant_id=secrets.token_hex(16),
        holder=holder_of(identity.public_key),
        purpose=version.purpose,
        until=until,
    )


def grant_in_force(catalogue: Catalogue, version: VersionRow, public_key: bytes, now: str) -> GrantRow:
    """The grant by which the holder of this key may open the version now. Raises NoGrant, saying what there is."""
    grants = catalogue.grants(version.id, holder_of(public_key))
    for grant in reversed(grants):
        if grant.revoked_at is None and (
            grant.until is None or datetime.fromisoformat(now) < datetime.fromisoformat(grant.until)
        ):
            return grant
    told = f'version {version.number} of "{version.name}" is not granted to you'
    if grants:
        last = grants[-1]
        told += f": the grant {'was revoked' if last.revoked_at else f'ended on {last.until}'}"
    else:
        told += ": only own-work recordings grant themselves; ask who built it for a grant"
    raise NoGrant(told)
