"""What a copy without keys, a changed file and a foreign or newer version give: nothing, or one clear line."""

from __future__ import annotations

import base64
import json
import shutil
import zlib
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest

import understudy.dataset
from understudy.dataset import DamagedPart, NewerFormat, NoKey, NotADataset
from understudy.dataset.tables import TABLES, field_name


def everything(folder: Path) -> bytes:
    return b"\0".join(
        [path.name.encode() + b"\0" + path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    )


def test_a_copy_without_keys_tells_nothing(sealed: SimpleNamespace) -> None:
    data = everything(sealed.folder)
    words = [sealed.planted, "shop.example", "Chromium", "Gedit", "secure_field", "entry", "2026-01-02"]
    for word in words:
        for form in (word, word.lower(), word[::-1]):
            for coded in (form.encode(), form.encode("utf-16-le"), base64.b64encode(form.encode())[:-4]):
                assert coded not in data, word
    parts = b"".join(path.read_bytes() for path in sealed.folder.iterdir() if path.suffix in (".parquet", ".stills"))
    for columns in TABLES.values():
        for column in columns:
            if len(column.name) > 4 and column.name not in TABLES:
                assert field_name(column).encode() not in parts, column.name
    assert b"RIFF" not in data and b"WEBP" not in data
    for path in sealed.folder.iterdir():
        assert path.name in ("manifest.json", "README.md") or len(path.stem) == 32
        assert path.stat().st_mode & 0o077 == 0
        if path.suffix == ".parquet":
            with pytest.raises(OSError, match="encrypted"):
                pq.read_table(path)
            body = path.read_bytes()[4:1004]
            # What is sealed has no structure left to squeeze; the short JSON of the wrapped key stands at the end.
            assert len(zlib.compress(body)) > 0.9 * len(body)
    with pytest.raises(NoKey):
        understudy.dataset.open(sealed.folder, {})


def test_the_manifest_and_readme_hold_no_counts_of_rows_and_no_times(sealed: SimpleNamespace) -> None:
    text = (sealed.folder / "manifest.json").read_text() + (sealed.folder / "README.md").read_text()
    assert "20:" not in text and "T0" not in text
    manifest = json.loads((sealed.folder / "manifest.json").read_text())
    assert next(iter(manifest)) == "format"
    assert set(manifest["parts"][0]) == {"id", "notice", "files"}
    assert {key for file in manifest["parts"][0]["files"] for key in file} == {"name", "content", "sha256", "bytes"}
    assert "anonym" not in text.lower()


@pytest.mark.parametrize("content", [*TABLES, "stills"])
def test_a_flipped_bit_names_the_file(sealed: SimpleNamespace, content: str) -> None:
    file = next(file for file in sealed.manifest.parts[1].files if file.content == content)
    path = sealed.folder / file.name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    with pytest.raises(DamagedPart, match=f"{file.name}: damaged part"):
        dataset.verify()
    with pytest.raises(DamagedPart, match=file.name):
        if content == "stills":
            [dataset.still_webp(still) for still in dataset.still_ids()]
        else:
            dataset.tables[content]
    if content != "stills":
        assert len(next(dataset.batches(content))) >= 0, "the other recording still opens"


def test_a_missing_or_cut_file_is_told(sealed: SimpleNamespace) -> None:
    stills = next(file for file in sealed.manifest.parts[0].files if file.content == "stills")
    steps = next(file for file in sealed.manifest.parts[0].files if file.content == "steps")
    path = sealed.folder / stills.name
    path.write_bytes(path.read_bytes()[:-1])
    (sealed.folder / steps.name).unlink()
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    with pytest.raises(DamagedPart, match=stills.name):
        list(dataset.still_ids())
    with pytest.raises(DamagedPart, match=f"{steps.name}: .*missing"):
        list(dataset.steps())
    with pytest.raises(DamagedPart):
        dataset.verify()


def test_swapped_files_do_not_pass_even_with_a_forged_manifest(sealed: SimpleNamespace) -> None:
    """The manifest isn't authenticated here (the catalogue keeps its hash), so the seal itself must tell."""
    manifest = json.loads((sealed.folder / "manifest.json").read_text())
    one, two = manifest["parts"]
    for entry in ("episodes", "stills"):
        at = [file["content"] for file in one["files"]].index(entry)
        one["files"][at], two["files"][at] = two["files"][at], one["files"][at]
    tables = {file["content"]: file for file in one["files"]}
    tables["app_usage"]["content"], tables["marks"]["content"] = "marks", "app_usage"
    (sealed.folder / "manifest.json").write_text(json.dumps(manifest))
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    for name in ("episodes", "app_usage", "marks"):
        with pytest.raises(DamagedPart, match="key doesn't open"):
            dataset.tables[name]
    with pytest.raises(DamagedPart):
        list(dataset.still_ids())


def test_foreign_newer_and_unfinished_folders_are_told(sealed: SimpleNamespace, tmp_path: Path) -> None:
    path = sealed.folder / "manifest.json"
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, "format": 2}))
    with pytest.raises(NewerFormat, match=r"format 2, .* up to 1; update Understudy"):
        understudy.dataset.open(sealed.folder, sealed.keys)
    for text in ("", "[]", "{}", '{"format": 1}', "\0\1"):
        path.write_text(text)
        with pytest.raises(NotADataset, match=r"manifest\.json: not a manifest"):
            understudy.dataset.open(sealed.folder, sealed.keys)
    path.unlink()
    with pytest.raises(NotADataset, match=r"no manifest\.json"):
        understudy.dataset.open(sealed.folder, sealed.keys)
    with pytest.raises(NotADataset):
        understudy.dataset.open(tmp_path / "nowhere", sealed.keys)


def test_a_manifest_can_not_point_outside_its_folder(sealed: SimpleNamespace) -> None:
    path = sealed.folder / "manifest.json"
    fields = json.loads(path.read_text())
    fields["parts"][0]["files"][0]["name"] = "../elsewhere.parquet"
    path.write_text(json.dumps(fields))
    with pytest.raises(NotADataset, match="outside"):
        understudy.dataset.open(sealed.folder, sealed.keys)


def test_a_copied_folder_opens_elsewhere_with_the_keys(sealed: SimpleNamespace, tmp_path: Path) -> None:
    copy = shutil.copytree(sealed.folder, tmp_path / "copy")
    assert len(list(understudy.dataset.open(str(copy), sealed.keys).episodes())) == 2
