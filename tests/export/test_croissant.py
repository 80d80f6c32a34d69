"""croissant.json: mlcroissant finds nothing wrong with it, and loads through it what the tables hold."""

from __future__ import annotations

import io
import json
import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from understudy.dataset.files import sha256_of
from understudy.dataset.tables import TABLES
from understudy.export.formats import export

with warnings.catch_warnings():
    # Its parser's parser is older than Python's own warnings about it.
    warnings.simplefilter("ignore")
    import mlcroissant

if TYPE_CHECKING:
    from tests.export.conftest import Memory

# What the libraries behind mlcroissant say of one another.
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index"),
]
FORMATS_WITH_IT = ("parquet", "huggingface")


def plain(value: Any) -> Any:  # noqa: ANN401
    """A value as mlcroissant yields it, as the tables have it: texts are bytes there, numbers NumPy's."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key.rsplit("/", 1)[1]: plain(item) for key, item in value.items()}
    return value


def records(folder: Path, name: str) -> list[dict[str, Any]]:
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    return [plain(record) for record in dataset.records(record_set=name)]


@pytest.mark.parametrize("name", FORMATS_WITH_IT)
def test_mlcroissant_finds_no_error(full: Memory, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    export(full, name, tmp_path / "out")
    with caplog.at_level(logging.WARNING):
        dataset = mlcroissant.Dataset(jsonld=str(tmp_path / "out" / "croissant.json"))
    issues = dataset.metadata.ctx.issues
    assert not issues.errors
    # The date is left out on purpose: exports of one version are the same bytes.
    assert all("datePublished" in warning for warning in issues.warnings), issues.warnings
    assert not [record.message for record in caplog.records if "@context" in record.message]


@pytest.mark.parametrize("name", FORMATS_WITH_IT)
def test_it_says_purpose_and_conditions_where_croissant_has_them(full: Memory, tmp_path: Path, name: str) -> None:
    export(full, name, tmp_path / "out")
    metadata = mlcroissant.Dataset(jsonld=str(tmp_path / "out" / "croissant.json")).metadata
    [licence] = metadata.license
    assert "train-own-agent" in licence.description and "withdrawn" in licence.description
    assert (tmp_path / "out" / licence.url).read_text().startswith("# Terms of use")
    assert "train-own-agent" in metadata.data_use_cases[0]
    assert "erasure" in metadata.data_release_maintenance_plan
    assert metadata.personal_sensitive_information and metadata.data_biases and metadata.data_limitations
    assert metadata.version == "1.1.0"


@pytest.mark.parametrize("name", FORMATS_WITH_IT)
def test_its_hashes_are_the_files(full: Memory, tmp_path: Path, name: str) -> None:
    export(full, name, tmp_path / "out")
    told = json.loads((tmp_path / "out" / "croissant.json").read_text())
    assert {file["contentUrl"] for file in told["distribution"]} == {
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.parquet")
    }
    for file in told["distribution"]:
        sha256, size = sha256_of(tmp_path / "out" / file["contentUrl"])
        assert (file["sha256"], file["contentSize"]) == (sha256, f"{size} B")


def test_the_records_are_the_tables(full: Memory, tmp_path: Path) -> None:
    export(full, "parquet", tmp_path / "out")
    for name in TABLES:
        expected = full.tables[name].to_pylist()
        found = records(tmp_path / "out", name)
        assert len(found) == len(expected) > 0
        assert found == expected, name


def test_the_stills_come_as_pictures(full: Memory, tmp_path: Path) -> None:
    export(full, "parquet", tmp_path / "out")
    found = {record["still_id"]: record["image"] for record in records(tmp_path / "out", "stills")}
    assert set(found) == set(full.stills)
    for still, image in found.items():
        expected = Image.open(io.BytesIO(full.stills[still])).convert("RGB")
        assert image.convert("RGB").tobytes() == expected.tobytes()


def test_steps_with_their_pictures_load_through_it(full: Memory, tmp_path: Path) -> None:
    export(full, "huggingface", tmp_path / "out")
    found = records(tmp_path / "out", "steps")
    own = full.tables["steps"].to_pylist()
    assert [{name: record[name] for name in own[0]} for record in found] == own
    for record in found:
        expected = Image.open(io.BytesIO(full.stills[record["still_id"]])).convert("RGB")
        assert record["image"].convert("RGB").tobytes() == expected.tobytes()
    paths = {row["step_id"]: row["points"] for row in full.tables["trajectories"].to_pylist()}
    assert [record["path"] for record in found if record["step_id"] in paths] == list(paths.values())
