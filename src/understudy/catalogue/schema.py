"""The catalogue's tables as they are after the last migration, for SQLite and PostgreSQL alike.

No content lives here: pseudonyms, random ids, hashes, counts, times, words of closed lists, the notices' and the
policies' own words and the scope patterns that a consent names. Ids are 32 hexadecimal digits unless said otherwise;
times are ISO 8601 with zone, kept as the text that was given, since a consent's time is evidence.
"""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = sa.String(32)
NAME = sa.String(128)
WORD = sa.String(32)
TIME = sa.String(40)
SHA256 = sa.String(64)

contributors = sa.Table(
    "contributors",
    METADATA,
    sa.Column("id", NAME, primary_key=True),
    sa.Column("demo", sa.Boolean, nullable=False),
    sa.Column("added_at", TIME, nullable=False),
)

devices = sa.Table(
    "devices",
    METADATA,
    sa.Column("id", NAME, primary_key=True),
    sa.Column("contributor_id", NAME, sa.ForeignKey("contributors.id"), nullable=False),
    sa.Column("verify_key", sa.String(64), nullable=False),
    sa.Column("added_at", TIME, nullable=False),
)

notices = sa.Table(
    "notices",
    METADATA,
    sa.Column("sha256", SHA256, primary_key=True),
    sa.Column("version", WORD, nullable=False),
    sa.Column("language", WORD, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("added_at", TIME, nullable=False),
)

policies = sa.Table(
    "policies",
    METADATA,
    sa.Column("sha256", SHA256, primary_key=True),
    sa.Column("edition", sa.Text, nullable=False),
    sa.Column("text", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
    sa.Column("added_at", TIME, nullable=False),
)

consents = sa.Table(
    "consents",
    METADATA,
    sa.Column("id", ID, primary_key=True),
    sa.Column("contributor_id", NAME, sa.ForeignKey("contributors.id"), nullable=False, index=True),
    sa.Column("profile", WORD, nullable=False),
    sa.Column("notice_sha256", SHA256, sa.ForeignKey("notices.sha256"), nullable=False),
    sa.Column("notice_version", WORD, nullable=False),
    sa.Column("language", WORD, nullable=False),
    sa.Column("policy_sha256", SHA256, nullable=False),
    sa.Column("retention_days", sa.Integer, nullable=False),
    sa.Column("method", WORD, nullable=False),
    sa.Column("demo", sa.Boolean, nullable=False),
    sa.Column("given_at", TIME, nullable=False),
    sa.Column("withdrawn_at", TIME, nullable=True),
)

consent_purposes = sa.Table(
    "consent_purposes",
    METADATA,
    sa.Column("consent_id", ID, sa.ForeignKey("consents.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("purpose", WORD, nullable=False),
)

consent_scopes = sa.Table(
    "consent_scopes",
    METADATA,
    sa.Column("consent_id", ID, sa.ForeignKey("consents.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("pattern", sa.Text, nullable=False),
)

recordings = sa.Table(
    "recordings",
    METADATA,
    sa.Column("id", ID, primary_key=True),
    sa.Column("contributor_id", NAME, sa.ForeignKey("contributors.id"), nullable=False, index=True),
    sa.Column("consent_id", ID, sa.ForeignKey("consents.id"), nullable=False, index=True),
    sa.Column("device_id", NAME, sa.ForeignKey("devices.id"), nullable=True),
    sa.Column("state", WORD, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=True),
    sa.Column("started_at", TIME, nullable=False),
    sa.Column("finished_at", TIME, nullable=True),
)

datasets = sa.Table(
    "datasets",
    METADATA,
    sa.Column("id", ID, primary_key=True),
    sa.Column("name", NAME, nullable=False, unique=True),
    sa.Column("added_at", TIME, nullable=False),
)

dataset_versions = sa.Table(
    "dataset_versions",
    METADATA,
    sa.Column("id", ID, primary_key=True),
    sa.Column("dataset_id", ID, sa.ForeignKey("datasets.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("purpose", WORD, nullable=False),
    sa.Column("motion", WORD, nullable=False),
    sa.Column("timing", WORD, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("manifest_sha256", SHA256, nullable=False),
    sa.Column("added_at", TIME, nullable=False),
    sa.UniqueConstraint("dataset_id", "number"),
)

dataset_parts = sa.Table(
    "dataset_parts",
    METADATA,
    sa.Column("id", ID, primary_key=True),
    sa.Column("version_id", ID, sa.ForeignKey("dataset_versions.id"), nullable=False),
    sa.Column("recording_id", ID, sa.ForeignKey("recordings.id"), nullable=False, index=True),
    sa.Column("removed_at", TIME, nullable=True),
    sa.UniqueConstraint("version_id", "recording_id"),
)

grants = sa.Table(
    "grants",
    METADATA,
    sa.Column("id", ID, primary_key=True),
    sa.Column("version_id", ID, sa.ForeignKey("dataset_versions.id"), nullable=False, index=True),
    sa.Column("holder", NAME, nullable=False),
    sa.Column("purpose", WORD, nullable=False),
    sa.Column("granted_at", TIME, nullable=False),
    sa.Column("until", TIME, nullable=True),
    sa.Column("revoked_at", TIME, nullable=True),
)

lineage = sa.Table(
    "lineage",
    METADATA,
    sa.Column("made_kind", WORD, primary_key=True),
    sa.Column("made_id", ID, primary_key=True),
    sa.Column("source_kind", WORD, primary_key=True),
    sa.Column("source_id", ID, primary_key=True),
    sa.Column("made_by", NAME, nullable=False),
    sa.Column("added_at", TIME, nullable=False),
)

erasures = sa.Table(
    "erasures",
    METADATA,
    sa.Column("id", ID, primary_key=True),
    sa.Column("recording_id", ID, sa.ForeignKey("recordings.id"), nullable=False, unique=True),
    sa.Column("reason", NAME, nullable=False),
    sa.Column("begun_at", TIME, nullable=False),
    sa.Column("completed_at", TIME, nullable=True),
)

erasure_revisions = sa.Table(
    "erasure_revisions",
    METADATA,
    sa.Column("erasure_id", ID, sa.ForeignKey("erasures.id"), primary_key=True),
    sa.Column("version_id", ID, sa.ForeignKey("dataset_versions.id"), primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("added_at", TIME, nullable=False),
)

events = sa.Table(
    "events",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", TIME, nullable=False),
    sa.Column("actor", NAME, nullable=False),
    sa.Column("action", WORD, nullable=False),
    sa.Column("reason", NAME, nullable=False),
)

event_subjects = sa.Table(
    "event_subjects",
    METADATA,
    sa.Column("event_id", sa.Integer, sa.ForeignKey("events.id"), primary_key=True),
    sa.Column("kind", WORD, primary_key=True),
    sa.Column("subject_id", NAME, primary_key=True, index=True),
)
