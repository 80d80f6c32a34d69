"""Contributors, their devices, the notices they were shown and the consents they gave."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from understudy.catalogue import schema
from understudy.catalogue.rows import NotInCatalogue
from understudy.catalogue.session import Session
from understudy.records.consent import Consent


class Consents(Session):
    """What was agreed to, by which pseudonym, on which words."""

    def add_contributor(self, contributor: str, *, demo: bool = False) -> None:
        """Add a pseudonym; a known one is left as it is. `demo` marks contributors who are no person."""
        table = schema.contributors
        with self._writing() as connection:
            if connection.execute(sa.select(table.c.id).where(table.c.id == contributor)).first() is None:
                connection.execute(table.insert().values(id=contributor, demo=demo, added_at=self._clock()))
                self._event(connection, "contributor-added", ("contributor", contributor))

    def contributors(self) -> list[str]:
        """All pseudonyms, in order of their being added."""
        table = schema.contributors
        with self._reading() as connection:
            return list(connection.execute(sa.select(table.c.id).order_by(table.c.added_at, table.c.id)).scalars())

    def add_device(self, device: str, contributor: str, verify_key: str) -> None:
        """Add a contributor's device and the key (hexadecimal) that its signatures verify with; a known one stays.

        Raises NotInCatalogue when the contributor is unknown.
        """
        table = schema.devices
        with self._writing() as connection:
            self._require_contributor(connection, contributor)
            if connection.execute(sa.select(table.c.id).where(table.c.id == device)).first() is None:
                connection.execute(
                    table.insert().values(
                        id=device, contributor_id=contributor, verify_key=verify_key, added_at=self._clock()
                    )
                )
                self._event(connection, "device-added", ("device", device), ("contributor", contributor))

    def add_notice(self, text: str, *, version: str, language: str) -> str:
        """Keep a notice's exact words; returns their SHA-256 (UTF-8, hexadecimal). The same words again change nothing.

        `language` is a BCP 47 tag.
        """
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        table = schema.notices
        with self._writing() as connection:
            if connection.execute(sa.select(table.c.sha256).where(table.c.sha256 == sha256)).first() is None:
                connection.execute(
                    table.insert().values(
                        sha256=sha256, version=version, language=language, text=text, added_at=self._clock()
                    )
                )
                self._event(connection, "notice-added", ("notice", sha256))
        return sha256

    def notice(self, sha256: str) -> str:
        """A notice's words. Raises NotInCatalogue when they were never kept."""
        table = schema.notices
        with self._reading() as connection:
            text = connection.execute(sa.select(table.c.text).where(table.c.sha256 == sha256)).scalar()
        if text is None:
            raise NotInCatalogue(f"no notice with SHA-256 {sha256} in the catalogue")
        return str(text)

    def add_consent(self, consent: Consent) -> None:
        """Put a consent on file. Its contributor and its notice must be there first (NotInCatalogue otherwise).

        Raises ValueError when another consent has the same id.
        """
        with self._writing() as connection:
            self._add_consent(connection, consent)

    def consent(self, consent_id: str) -> Consent:
        """The consent as it stands, its withdrawal included. Raises NotInCatalogue when there is none."""
        with self._reading() as connection:
            found = self._consents(connection, schema.consents.c.id == consent_id)
        if not found:
            raise NotInCatalogue(f"no consent {consent_id} in the catalogue")
        return found[0]

    def consents(self, contributor: str | None = None) -> list[Consent]:
        """All consents, or one contributor's, oldest first."""
        with self._reading() as connection:
            table = schema.consents
            return self._consents(
                connection, sa.true() if contributor is None else table.c.contributor_id == contributor
            )

    def consent_holds(self, consent_id: str) -> bool:
        """True when the consent is on file and not withdrawn. Cheap: made to be asked every few seconds."""
        table = schema.consents
        with self._reading() as connection:
            row = connection.execute(sa.select(table.c.withdrawn_at).where(table.c.id == consent_id)).first()
        return row is not None and row[0] is None

    def withdraw_consent(self, consent_id: str, at: str) -> None:
        """Withdraw a consent as of `at` (ISO 8601 with zone). A second withdrawal changes nothing.

        Raises NotInCatalogue when there is none with this id.
        """
        table = schema.consents
        with self._writing() as connection:
            row = connection.execute(
                sa.select(table.c.withdrawn_at, table.c.contributor_id).where(table.c.id == consent_id)
            ).first()
            if row is None:
                raise NotInCatalogue(f"no consent {consent_id} in the catalogue")
            if row.withdrawn_at is None:
                connection.execute(table.update().where(table.c.id == consent_id).values(withdrawn_at=at))
                self._event(
                    connection, "consent-withdrawn", ("consent", consent_id), ("contributor", row.contributor_id)
                )

    def _add_consent(self, connection: sa.Connection, consent: Consent) -> None:
        self._require_contributor(connection, consent.contributor)
        notice = sa.select(schema.notices.c.sha256).where(schema.notices.c.sha256 == consent.notice_sha256)
        if connection.execute(notice).first() is None:
            raise NotInCatalogue(f"no notice with SHA-256 {consent.notice_sha256}: add the notice first")
        known = sa.select(schema.consents.c.id).where(schema.consents.c.id == consent.id)
        if connection.execute(known).first() is not None:
            raise ValueError(f"consent {consent.id} is already on file")
        connection.execute(
            schema.consents.insert().values(
                id=consent.id,
                contributor_id=consent.contributor,
                profile=consent.profile,
                notice_sha256=consent.notice_sha256,
                notice_version=consent.notice_version,
                language=consent.language,
                policy_sha256=consent.policy_sha256,
                retention_days=consent.retention_days,
                method=consent.method,
                demo=consent.demo,
                given_at=consent.given_at,
                withdrawn_at=consent.withdrawn_at,
            )
        )
        purposes = [
            {"consent_id": consent.id, "position": at, "purpose": purpose}
            for at, purpose in enumerate(consent.purposes)
        ]
        scopes = [
            {"consent_id": consent.id, "position": at, "pattern": pattern} for at, pattern in enumerate(consent.scope)
        ]
        if purposes:
            connection.execute(schema.consent_purposes.insert(), purposes)
        if scopes:
            connection.execute(schema.consent_scopes.insert(), scopes)
        self._event(connection, "consent-given", ("consent", consent.id), ("contributor", consent.contributor))

    @staticmethod
    def _require_contributor(connection: sa.Connection, contributor: str) -> None:
        table = schema.contributors
        if connection.execute(sa.select(table.c.id).where(table.c.id == contributor)).first() is None:
            raise NotInCatalogue(f"no contributor {contributor} in the catalogue: add the contributor first")

    @staticmethod
    def _consents(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Consent]:
        table = schema.consents
        rows = connection.execute(sa.select(table).where(condition).order_by(table.c.given_at, table.c.id)).all()
        return [
            Consent(
                id=row.id,
                contributor=row.contributor_id,
                profile=row.profile,
                notice_sha256=row.notice_sha256,
                notice_version=row.notice_version,
                language=row.language,
                purposes=tuple(_list(connection, schema.consent_purposes, "purpose", row.id)),  # type: ignore[arg-type]
                scope=tuple(_list(connection, schema.consent_scopes, "pattern", row.id)),
                policy_sha256=row.policy_sha256,
                retention_days=row.retention_days,
                given_at=row.given_at,
                method=row.method,
                withdrawn_at=row.withdrawn_at,
                demo=row.demo,
            )
            for row in rows
        ]


def _list(connection: sa.Connection, table: sa.Table, column: str, consent_id: str) -> list[str]:
    """A consent's purposes or scope patterns in their order."""
    query = sa.select(table.c[column]).where(table.c.consent_id == consent_id).order_by(table.c.position)
    return list(connection.execute(query).scalars())
