from __future__ import annotations

import io
import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from understudy.catalogue import Catalogue, CatalogueError
from understudy.catalogue.migrations import MIGRATIONS, schema_version
from understudy.catalogue.schema import METADATA


def test_an_empty_file_migrates_to_the_tables_as_declared(path: Path) -> None:
    Catalogue.open(path).close()
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_object": lambda _o, name, kind, _r, _c: not (kind == "table" and name == "catalogue_schema")
            },
        )
        assert compare_metadata(context, METADATA) == []
        assert schema_version(connection) == len(MIGRATIONS)
        for name, table in METADATA.tables.items():
            real = {column["name"]: column["nullable"] for column in sa.inspect(connection).get_columns(name)}
            assert real == {column.name: column.nullable for column in table.columns}, name
    engine.dispose()


def test_opening_again_changes_nothing_and_stays_private(path: Path) -> None:
    with Catalogue.open(path) as catalogue:
        catalogue.add_contributor("p-1")
    with Catalogue.open(path) as catalogue:
        assert catalogue.contributors() == ["p-1"]
        for file in path.parent.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file
    catalogue.close()


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    Catalogue.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE catalogue_schema SET version = 99")
    connection.close()
    with pytest.raises(CatalogueError, match=r"catalogue\.db: .* version 99, .* up to 2; update Understudy"):
        Catalogue.open(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version FROM catalogue_schema").fetchone() == (99,)
    connection.close()


def test_a_file_that_is_no_catalogue_is_refused(path: Path) -> None:
    path.write_bytes(os.urandom(8192))
    with pytest.raises(CatalogueError, match="not a database"):
        Catalogue.open(path)


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CatalogueError, match="can't open the catalogue"):
        Catalogue.open(tmp_path / "file" / "catalogue.db")


def test_the_list_speaks_postgresql_too() -> None:
    script = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": script, "transactional_ddl": False}
    )
    for migration in MIGRATIONS:
        migration(Operations(context))
    text = script.getvalue()
    for name in METADATA.tables:
        assert f"CREATE TABLE {name} (" in text
    assert "id SERIAL NOT NULL" in text, "events number themselves there too"
