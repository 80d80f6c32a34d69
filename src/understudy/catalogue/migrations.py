"""The catalogue's migrations: one list, applied in order when a catalogue is opened. Needs no files and no network.

A migration never changes once released; a new one is added at the end. Each speaks alembic's operations, so that one
list serves SQLite and PostgreSQL. The number of migrations applied is the schema's version, kept in one row of the
table `catalogue_schema`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations

VERSION_TABLE = sa.table("catalogue_schema", sa.column("version", sa.Integer))


def _first(op: Operations) -> None:
    """Everything that one machine needs: people, consents, recordings, datasets, grants, erasures, events."""
    id_, name, word, time, sha256 = sa.String(32), sa.String(128), sa.String(32), sa.String(40), sa.String(64)

    def needed(column: str, type_: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
        return sa.Column(column, type_, nullable=False)

    def optional(column: str, type_: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
        return sa.Column(column, type_, nullable=True)

    def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
        return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")

    def refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
        return sa.ForeignKeyConstraint([column], [other], name=f"fk_{table}_{column}")

    op.create_table(
        "contributors",
        *(needed("id", name), needed("demo", sa.Boolean()), needed("added_at", time)),
        key("contributors", "id"),
    )
    op.create_table(
        "devices",
        *(needed("id", name), needed("contributor_id", name), needed("verify_key", sha256), needed("added_at", time)),
        key("devices", "id"),
        refers("devices", "contributor_id", "contributors.id"),
    )
    op.create_table(
        "notices",
        *(needed("sha256", sha256), needed("version", word), needed("language", word)),
        *(needed("text", sa.Text()), needed("added_at", time)),
        key("notices", "sha256"),
    )
    op.create_table(
        "consents",
        *(needed("id", id_), needed("contributor_id", name), needed("profile", word)),
        *(needed("notice_sha256", sha256), needed("notice_version", word), needed("language", word)),
        *(needed("policy_sha256", sha256), needed("retention_days", sa.Integer()), needed("method", word)),
        *(needed("demo", sa.Boolean()), needed("given_at", time), optional("withdrawn_at", time)),
        key("consents", "id"),
        refers("consents", "contributor_id", "contributors.id"),
        refers("consents", "notice_sha256", "notices.sha256"),
    )
    op.create_index("ix_consents_contributor_id", "consents", ["contributor_id"])
    for table, column, type_ in (("consent_purposes", "purpose", word), ("consent_scopes", "pattern", sa.Text())):
        op.create_table(
            table,
            *(needed("consent_id", id_), needed("position", sa.Integer()), needed(column, type_)),
            key(table, "consent_id", "position"),
            refers(table, "consent_id", "consents.id"),
        )
    op.create_table(
        "recordings",
        *(needed("id", id_), needed("contributor_id", name), needed("consent_id", id_), optional("device_id", name)),
        *(needed("state", word), optional("bytes", sa.BigInteger())),
        *(needed("started_at", time), optional("finished_at", time)),
        key("recordings", "id"),
        refers("recordings", "contributor_id", "contributors.id"),
        refers("recordings", "consent_id", "consents.id"),
        refers("recordings", "device_id", "devices.id"),
    )
    op.create_index("ix_recordings_contributor_id", "recordings", ["contributor_id"])
    op.create_index("ix_recordings_consent_id", "recordings", ["consent_id"])
    op.create_table(
        "datasets",
        *(needed("id", id_), needed("name", name), needed("added_at", time)),
        key("datasets", "id"),
        sa.UniqueConstraint("name", name="uq_datasets_name"),
    )
    op.create_table(
        "dataset_versions",
        *(needed("id", id_), needed("dataset_id", id_), needed("number", sa.Integer())),
        *(needed("purpose", word), needed("motion", word), needed("timing", word)),
        *(needed("revision", sa.Integer()), needed("manifest_sha256", sha256), needed("added_at", time)),
        key("dataset_versions", "id"),
        refers("dataset_versions", "dataset_id", "datasets.id"),
        sa.UniqueConstraint("dataset_id", "number", name="uq_dataset_versions_dataset_id_number"),
    )
    op.create_table(
        "dataset_parts",
        *(needed("id", id_), needed("version_id", id_), needed("recording_id", id_), optional("removed_at", time)),
        key("dataset_parts", "id"),
        refers("dataset_parts", "version_id", "dataset_versions.id"),
        refers("dataset_parts", "recording_id", "recordings.id"),
        sa.UniqueConstraint("version_id", "recording_id", name="uq_dataset_parts_version_id_recording_id"),
    )
    op.create_index("ix_dataset_parts_recording_id", "dataset_parts", ["recording_id"])
    op.create_table(
        "grants",
        *(needed("id", id_), needed("version_id", id_), needed("holder", name), needed("purpose", word)),
        *(needed("granted_at", time), optional("until", time), optional("revoked_at", time)),
        key("grants", "id"),
        refers("grants", "version_id", "dataset_versions.id"),
    )
    op.create_index("ix_grants_version_id", "grants", ["version_id"])
    op.create_table(
        "lineage",
        *(needed("made_kind", word), needed("made_id", id_), needed("source_kind", word), needed("source_id", id_)),
        *(needed("made_by", name), needed("added_at", time)),
        key("lineage", "made_kind", "made_id", "source_kind", "source_id"),
    )
    op.create_table(
        "erasures",
        *(needed("id", id_), needed("recording_id", id_), needed("reason", name)),
        *(needed("begun_at", time), optional("completed_at", time)),
        key("erasures", "id"),
        refers("erasures", "recording_id", "recordings.id"),
        sa.UniqueConstraint("recording_id", name="uq_erasures_recording_id"),
    )
    op.create_table(
        "erasure_revisions",
        *(needed("erasure_id", id_), needed("version_id", id_), needed("revision", sa.Integer())),
        needed("added_at", time),
        key("erasure_revisions", "erasure_id", "version_id"),
        refers("erasure_revisions", "erasure_id", "erasures.id"),
        refers("erasure_revisions", "version_id", "dataset_versions.id"),
    )
    op.create_table(
        "events",
        *(needed("id", sa.Integer()), needed("at", time), needed("actor", name)),
        *(needed("action", word), needed("reason", name)),
        key("events", "id"),
    )
    op.create_table(
        "event_subjects",
        *(needed("event_id", sa.Integer()), needed("kind", word), needed("subject_id", name)),
        key("event_subjects", "event_id", "kind", "subject_id"),
        refers("event_subjects", "event_id", "events.id"),
    )
    op.create_index("ix_event_subjects_subject_id", "event_subjects", ["subject_id"])


def _policies(op: Operations) -> None:
    """The exact policies that recordings were made under, by their hash."""
    op.create_table(
        "policies",
        *(sa.Column(name, type_, nullable=False) for name, type_ in _POLICY_COLUMNS),
        sa.PrimaryKeyConstraint("sha256", name="pk_policies"),
    )


_POLICY_COLUMNS: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = (
    *(("sha256", sa.String(64)), ("edition", sa.Text()), ("text", sa.LargeBinary())),
    *(("signature", sa.Text()), ("added_at", sa.String(40))),
)

MIGRATIONS: tuple[Callable[[Operations], None], ...] = (_first, _policies)
"""All migrations, oldest first. Only ever grows."""


def migrate(connection: sa.Connection) -> int:
    """Bring the schema up to date and return its version; doing nothing when it is.

    Runs inside the caller's transaction, which must hold the write lock, so that two openers don't both migrate.
    Raises ValueError when the catalogue was written by a newer Understudy.
    """
    has_table = sa.inspect(connection).has_table(VERSION_TABLE.name)
    if has_table and schema_version(connection) == len(MIGRATIONS):
        return len(MIGRATIONS)
    # Only for this: alembic takes 13 MB, which a recording would hold all the while.
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    operations = Operations(MigrationContext.configure(connection))
    if not has_table:
        operations.create_table(VERSION_TABLE.name, sa.Column("version", sa.Integer(), nullable=False))
        connection.execute(VERSION_TABLE.insert().values(version=0))
    version = schema_version(connection)
    if version > len(MIGRATIONS):
        raise ValueError(f"schema version {version}, but this Understudy knows versions up to {len(MIGRATIONS)}")
    for migration in MIGRATIONS[version:]:
        migration(operations)
    if version < len(MIGRATIONS):
        connection.execute(VERSION_TABLE.update().values(version=len(MIGRATIONS)))
    return len(MIGRATIONS)


def schema_version(connection: sa.Connection) -> int:
    """The number of migrations that this catalogue has had; 0 for an empty file."""
    if not sa.inspect(connection).has_table(VERSION_TABLE.name):
        return 0
    return int(connection.execute(sa.select(VERSION_TABLE.c.version)).scalar_one())
