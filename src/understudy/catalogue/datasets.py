"""Datasets, their versions and parts, grants to open them, what was made from what, and the events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from understudy.catalogue import schema
from understudy.catalogue.rows import (
    Action,
    DatasetRow,
    EventRow,
    GrantRow,
    NotAllowed,
    NotInCatalogue,
    PartRow,
    SubjectKind,
    VersionRow,
)
from understudy.catalogue.session import Session
from understudy.records.consent import Purpose
from understudy.records.levels import Motion, Timing


class Datasets(Session):
    """What was built, from which recordings, and who may open it."""

    def add_dataset(self, name: str, *, dataset_id: str) -> DatasetRow:
        """The dataset of this name, entered under `dataset_id` when it is new."""
        table = schema.datasets
        with self._writing() as connection:
            row = connection.execute(sa.select(table).where(table.c.name == name)).first()
            if row is not None:
                return DatasetRow(row.id, row.name, row.added_at)
            added_at = self._clock()
            connection.execute(table.insert().values(id=dataset_id, name=name, added_at=added_at))
        return DatasetRow(dataset_id, name, added_at)

    def dataset(self, name: str) -> DatasetRow:
        """The dataset of this name. Raises NotInCatalogue when there is none."""
        table = schema.datasets
        with self._reading() as connection:
            row = connection.execute(sa.select(table).where(table.c.name == name)).first()
        if row is None:
            raise NotInCatalogue(f'no dataset "{name}" in the catalogue')
        return DatasetRow(row.id, row.name, row.added_at)

    def datasets(self) -> list[DatasetRow]:
        """All datasets by name."""
        table = schema.datasets
        with self._reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.name)).all()
        return [DatasetRow(row.id, row.name, row.added_at) for row in rows]

    def next_number(self, dataset_id: str) -> int:
        """The number of a dataset's next version, from 1."""
        table = schema.dataset_versions
        with self._reading() as connection:
            last = connection.execute(
                sa.select(sa.func.max(table.c.number)).where(table.c.dataset_id == dataset_id)
            ).scalar()
        return int(last or 0) + 1

    def add_dataset_version(
        self,
        dataset_id: str,
        *,
        version_id: str,
        number: int,
        purpose: Purpose,
        motion: Motion,
        timing: Timing,
        parts: Mapping[str, str],
        manifest_sha256: str,
        made_by: str,
        edited_from: str | None = None,
    ) -> VersionRow:
        """Enter a version whose files are in place; `parts` maps part ids to recording ids.

        All or nothing, and after the last word on each recording: raises NotAllowed when a consent was withdrawn or
        a recording forgotten meanwhile. `made_by` names the product and its version, for the lineage;
        `edited_from` the version whose episodes were edited into this one, None for one built from recordings. Raises
        NotInCatalogue for an unknown dataset or version, ValueError when the number is taken.
        """
        table = schema.dataset_versions
        with self._writing() as connection:
            dataset = sa.select(schema.datasets.c.id).where(schema.datasets.c.id == dataset_id)
            if connection.execute(dataset).first() is None:
                raise NotInCatalogue(f"no dataset {dataset_id} in the catalogue")
            taken = sa.select(table.c.id).where(table.c.dataset_id == dataset_id, table.c.number == number)
            if connection.execute(taken).first() is not None:
                raise ValueError(f"dataset {dataset_id} has a version {number} already")
            refused = self._refused(connection, parts.values())
            if refused:
                raise NotAllowed(refused)
            now = self._clock()
            connection.execute(
                table.insert().values(
                    id=version_id,
                    dataset_id=dataset_id,
                    number=number,
                    purpose=purpose,
                    motion=motion,
                    timing=timing,
                    revision=1,
                    manifest_sha256=manifest_sha256,
                    added_at=now,
                )
            )
            sources: list[tuple[SubjectKind, str]] = [("recording", recording) for recording in parts.values()]
            if edited_from is not None:
                sources.append(("version", self._version(connection, edited_from).id))
            for part, recording in parts.items():
                connection.execute(
                    schema.dataset_parts.insert().values(id=part, version_id=version_id, recording_id=recording)
                )
            for kind, source in sources:
                connection.execute(
                    schema.lineage.insert().values(
                        made_kind="version",
                        made_id=version_id,
                        source_kind=kind,
                        source_id=source,
                        made_by=made_by,
                        added_at=now,
                    )
                )
            action: Action = "version-built" if edited_from is None else "version-edited"
            self._event(connection, action, ("version", version_id), ("dataset", dataset_id), *sources)
            return self._version(connection, version_id)

    def revise_version(self, version_id: str, recording_id: str, *, revision: int, manifest_sha256: str) -> None:
        """Note an erasure revision: the version's manifest without this recording's part is in place.

        Raises NotInCatalogue when the version is unknown or no erasure of the recording was begun.
        """
        with self._writing() as connection:
            self._version(connection, version_id)
            erasures = schema.erasures
            erasure = connection.execute(
                sa.select(erasures.c.id).where(erasures.c.recording_id == recording_id)
            ).scalar()
            if erasure is None:
                raise NotInCatalogue(f"no erasure of recording {recording_id} was begun")
            now = self._clock()
            parts = schema.dataset_parts
            connection.execute(
                parts.update()
                .where(parts.c.version_id == version_id, parts.c.recording_id == recording_id)
                .values(removed_at=now)
            )
            table = schema.dataset_versions
            connection.execute(
                table.update()
                .where(table.c.id == version_id)
                .values(revision=revision, manifest_sha256=manifest_sha256)
            )
            revisions = schema.erasure_revisions
            known = sa.select(revisions.c.revision).where(
                revisions.c.erasure_id == erasure, revisions.c.version_id == version_id
            )
            if connection.execute(known).first() is None:
                connection.execute(
                    revisions.insert().values(
                        erasure_id=erasure, version_id=version_id, revision=revision, added_at=now
                    )
                )
                self._event(
                    connection,
                    "version-revised",
                    ("version", version_id),
                    ("recording", recording_id),
                    reason="erasure",
                )

    def version(self, version_id: str) -> VersionRow:
        """One version. Raises NotInCatalogue when it is unknown."""
        with self._reading() as connection:
            return self._version(connection, version_id)

    def versions(self, name: str | None = None) -> list[VersionRow]:
        """All versions, or one dataset's, by name and number."""
        query = _versions().order_by(schema.datasets.c.name, schema.dataset_versions.c.number)
        if name is not None:
            query = query.where(schema.datasets.c.name == name)
        with self._reading() as connection:
            return [_version(row) for row in connection.execute(query)]

    def parts(self, version_id: str) -> list[PartRow]:
        """A version's parts by id, removed ones included."""
        table = schema.dataset_parts
        with self._reading() as connection:
            rows = connection.execute(
                sa.select(table).where(table.c.version_id == version_id).order_by(table.c.id)
            ).all()
        return [PartRow(row.id, row.version_id, row.recording_id, row.removed_at) for row in rows]

    def versions_holding(self, recording_id: str) -> list[VersionRow]:
        """The versions with a part of this recording that no erasure removed."""
        parts = schema.dataset_parts
        query = (
            _versions()
            .join(parts, parts.c.version_id == schema.dataset_versions.c.id)
            .where(parts.c.recording_id == recording_id, parts.c.removed_at.is_(None))
            .order_by(schema.datasets.c.name, schema.dataset_versions.c.number)
        )
        with self._reading() as connection:
            return [_version(row) for row in connection.execute(query)]

    def add_grant(
        self, version_id: str, *, grant_id: str, holder: str, purpose: Purpose, until: str | None = None
    ) -> GrantRow:
        """Grant a holder leave to open a version for a purpose, until a date (ISO 8601 with zone) or until revoked.

        Raises NotInCatalogue when the version is unknown, ValueError when it was built for another purpose.
        """
        with self._writing() as connection:
            version = self._version(connection, version_id)
            if version.purpose != purpose:
                raise ValueError(f"version {version_id} was built for {version.purpose}, not for {purpose}")
            now = self._clock()
            connection.execute(
                schema.grants.insert().values(
                    id=grant_id, version_id=version_id, holder=holder, purpose=purpose, granted_at=now, until=until
                )
            )
            self._event(connection, "grant-given", ("grant", grant_id), ("version", version_id))
        return GrantRow(grant_id, version_id, holder, purpose, now, until, None)

    def revoke_grant(self, grant_id: str) -> None:
        """Take a grant back. Twice is harmless. Raises NotInCatalogue when it is unknown."""
        table = schema.grants
        with self._writing() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == grant_id)).first()
            if row is None:
                raise NotInCatalogue(f"no grant {grant_id} in the catalogue")
            if row.revoked_at is None:
                connection.execute(table.update().where(table.c.id == grant_id).values(revoked_at=self._clock()))
                self._event(connection, "grant-revoked", ("grant", grant_id), ("version", row.version_id))

    def grants(self, version_id: str, holder: str | None = None) -> list[GrantRow]:
        """All grants on a version, or one holder's, oldest first, expired and revoked ones included."""
        table = schema.grants
        query = sa.select(table).where(table.c.version_id == version_id).order_by(table.c.granted_at, table.c.id)
        if holder is not None:
            query = query.where(table.c.holder == holder)
        with self._reading() as connection:
            return [
                GrantRow(row.id, row.version_id, row.holder, row.purpose, row.granted_at, row.until, row.revoked_at)
                for row in connection.execute(query)
            ]

    def sources(self, version_id: str) -> list[str]:
        """The recordings that a version was made from, those erased since included, by id."""
        table = schema.lineage
        query = sa.select(table.c.source_id).where(
            table.c.made_kind == "version", table.c.made_id == version_id, table.c.source_kind == "recording"
        )
        with self._reading() as connection:
            return sorted(connection.execute(query).scalars())

    def edited_from(self, version_id: str) -> VersionRow | None:
        """The version whose episodes were edited into this one; None for one that was built from recordings."""
        table = schema.lineage
        query = sa.select(table.c.source_id).where(
            table.c.made_kind == "version", table.c.made_id == version_id, table.c.source_kind == "version"
        )
        with self._reading() as connection:
            source = connection.execute(query).scalar()
            return None if source is None else self._version(connection, source)

    def note(self, action: Action, *subjects: tuple[SubjectKind, str], reason: str = "") -> None:
        """Leave an event for an act that writes nothing else here: a version opened, or exported in the clear."""
        with self._writing() as connection:
            self._event(connection, action, *subjects, reason=reason)

    def events(self, subject: str | None = None) -> list[EventRow]:
        """All events, or those about one id, oldest first."""
        table, subjects = schema.events, schema.event_subjects
        query = sa.select(table).order_by(table.c.id)
        if subject is not None:
            query = query.where(table.c.id.in_(sa.select(subjects.c.event_id).where(subjects.c.subject_id == subject)))
        with self._reading() as connection:
            rows = connection.execute(query).all()
            about: dict[int, list[tuple[SubjectKind, str]]] = {row.id: [] for row in rows}
            listed = sa.select(subjects).order_by(subjects.c.event_id, subjects.c.kind, subjects.c.subject_id)
            for row in connection.execute(listed):
                if row.event_id in about:
                    about[row.event_id].append((row.kind, row.subject_id))
        return [EventRow(row.id, row.at, row.actor, row.action, row.reason, tuple(about[row.id])) for row in rows]

    @staticmethod
    def _refused(connection: sa.Connection, recording_ids: Iterable[str]) -> dict[str, str]:
        """The recordings that may not be used now, with the reason."""
        refused: dict[str, str] = {}
        recordings, consents = schema.recordings, schema.consents
        for recording_id in recording_ids:
            row = connection.execute(
                sa.select(recordings.c.state, consents.c.withdrawn_at)
                .join(consents, consents.c.id == recordings.c.consent_id)
                .where(recordings.c.id == recording_id)
            ).first()
            if row is None or row.state in ("forgetting", "forgotten"):
                refused[recording_id] = "forgotten"
            elif row.withdrawn_at is not None:
                refused[recording_id] = "consent-withdrawn"
        return refused

    @staticmethod
    def _version(connection: sa.Connection, version_id: str) -> VersionRow:
        row = connection.execute(_versions().where(schema.dataset_versions.c.id == version_id)).first()
        if row is None:
            raise NotInCatalogue(f"no dataset version {version_id} in the catalogue")
        return _version(row)


def _versions() -> sa.Select[tuple[object, ...]]:
    table, datasets = schema.dataset_versions, schema.datasets
    return sa.select(table, datasets.c.name).join(datasets, datasets.c.id == table.c.dataset_id)


def _version(row: sa.Row[tuple[object, ...]]) -> VersionRow:
    return VersionRow(
        id=row.id,
        dataset_id=row.dataset_id,
        name=row.name,
        number=row.number,
        purpose=row.purpose,
        motion=row.motion,
        timing=row.timing,
        revision=row.revision,
        manifest_sha256=row.manifest_sha256,
        added_at=row.added_at,
    )
