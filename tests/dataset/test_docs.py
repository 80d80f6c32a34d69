from __future__ import annotations

from pathlib import Path

import pytest

from understudy.dataset.tables import TABLES, as_markdown, field_name, schema
from understudy.dataset.thinning import COARSE_GRID_PX, COARSE_TIME_MS, KEY_BUCKET_MS, TIME_GRID_MS

PAGE = (Path(__file__).parents[2] / "docs" / "dataset.md").read_text()


@pytest.mark.parametrize("table", TABLES)
def test_the_page_lists_every_column_as_stored(table: str) -> None:
    assert as_markdown(table) in PAGE, "run: make docs"
    assert schema(table).names == [field_name(column) for column in TABLES[table]]


def test_times_carry_their_unit_in_the_name() -> None:
    for columns in TABLES.values():
        for column in columns:
            assert (column.unit == "ms") == field_name(column).endswith("_ms")
            assert column.doc.endswith("."), column.name


def test_the_page_tells_the_levels_numbers() -> None:
    for words in (
        f"each {COARSE_TIME_MS} ms on a grid of {COARSE_GRID_PX} px",
        f"in {KEY_BUCKET_MS} ms steps",
        f"rounded down to {TIME_GRID_MS} ms",
    ):
        assert words in PAGE
