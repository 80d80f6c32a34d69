"""Policies that recordings were made under: the exact bytes, so that a hash can be looked up later."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from understudy.catalogue import schema
from understudy.catalogue.rows import NotInCatalogue
from understudy.catalogue.session import Session


@dataclass(frozen=True)
class PolicyRow:
    """A policy file as it was: `text` its exact bytes; `signature` the signature file's text, "" for unsigned ones."""

    sha256: str
    edition: str
    text: bytes
    signature: str
    added_at: str


class Policies(Session):
    """Which policies there were."""

    def add_policy(self, text: bytes, *, edition: str = "", signature: str = "") -> str:
        """Keep a policy's exact bytes; returns their SHA-256 (hexadecimal).

        The same bytes again change nothing, but that a signature is kept where there was none.
        """
        sha256 = hashlib.sha256(text).hexdigest()
        table = schema.policies
        with self._writing() as connection:
            known = connection.execute(sa.select(table.c.signature).where(table.c.sha256 == sha256)).first()
            if known is None:
                connection.execute(
                    table.insert().values(
                        sha256=sha256, edition=edition, text=text, signature=signature, added_at=self._clock()
                    )
                )
                self._event(connection, "policy-added", ("policy", sha256))
            elif signature and not known.signature:
                connection.execute(table.update().where(table.c.sha256 == sha256).values(signature=signature))
                self._event(connection, "policy-added", ("policy", sha256), reason="signed")
        return sha256

    def policies(self, beginning: str = "") -> list[PolicyRow]:
        """Every policy whose SHA-256 begins so, oldest first."""
        table = schema.policies
        query = sa.select(table).order_by(table.c.added_at, table.c.sha256)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [
            PolicyRow(row.sha256, row.edition, bytes(row.text), row.signature, row.added_at)
            for row in rows
            if row.sha256.startswith(beginning)
        ]

    def policy(self, sha256: str) -> PolicyRow:
        """The policy with this hash. Raises NotInCatalogue when it was never kept."""
        for row in self.policies(sha256):
            if row.sha256 == sha256:
                return row
        raise NotInCatalogue(f"no policy with the hash {sha256[:12]} was kept")
