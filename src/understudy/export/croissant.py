"""croissant.json: what a folder of Parquet files holds, in the vocabulary that dataset searches and loaders read.

Croissant 1.0 with its responsible-AI terms, written as plain JSON-LD. Purpose and conditions stand as the licence, the
use cases and the maintenance plan. No date of publication: the same version exports to the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from understudy.dataset.card import LIMITS, MOTION_WORDS, notice_words, timing_words
from understudy.dataset.files import sha256_of
from understudy.dataset.findings import findings, in_words
from understudy.dataset.manifest import Manifest
from understudy.export.card import LICENCE_FILE, LICENCE_NAME
from understudy.export.story import Source
from understudy.export.terms import PURPOSE_WORDS, conditions

CROISSANT = "croissant.json"
CONFORMS_TO = ("http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0")
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the Croissant 1.0 specification asks every description to open with."""


@dataclass(frozen=True)
class RecordFile:
    """One Parquet file as a set of records. `path` within the folder; `key` the column that names a row, "" for none.

    `docs` says what a column means; columns that it doesn't name go without.
    """

    name: str
    path: str
    schema: pa.Schema
    description: str
    key: str = ""
    docs: Mapping[str, str] = field(default_factory=dict)


def write_croissant(folder: Path, source: Source, files: Sequence[RecordFile]) -> None:
    """Describe `files`, which must be finished: their hashes are in it."""
    told = _described(folder, source.manifest, files) | _analysed(source)
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (folder / CROISSANT).write_text(text + "\n", encoding="utf-8")


def _described(folder: Path, manifest: Manifest, files: Sequence[RecordFile]) -> dict[str, Any]:
    purpose, said = PURPOSE_WORDS[manifest.purpose], " ".join(conditions(manifest))
    demo = " It is a demonstration: no person's work is in it." if manifest.demo else ""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "name": f"computer-work-{manifest.dataset}",
        "description": "Real computer work as steps: the screen before, the action, the element acted upon. For one "
        f"purpose: {purpose} ({manifest.purpose}). {said}{demo}",
        "version": f"{manifest.number}.{manifest.revision}.0",
        "identifier": f"{manifest.dataset}/{manifest.version}",
        "license": {
            "@type": "sc:CreativeWork",
            "@id": "licence",
            "name": LICENCE_NAME,
            "description": f"Purpose: {purpose} ({manifest.purpose}). {said}",
            "url": LICENCE_FILE,
        },
        "usageInfo": LICENCE_FILE,
        "isAccessibleForFree": False,
        "keywords": ["computer-use", "demonstrations", "gui", f"purpose:{manifest.purpose}"],
        "citeAs": f"Dataset {manifest.dataset}, version {manifest.number}, revision {manifest.revision}, made with "
        f"understudy {manifest.product_version}",
        "rai:dataUseCases": [f"{purpose} ({manifest.purpose}); nothing else"],
        "rai:dataCollection": "Recorded on the contributors' own desktops, after a notice, with consent on file, "
        "or imported on the terms of whoever made it: " + " ".join(_notices(manifest)),
        "rai:dataCollectionType": ["Direct measurement"],
        "rai:dataCollectionMissingData": "Work outside the policy's scope, password fields and what could not be "
        "decided are left out; the table of marks says where and why.",
        "rai:dataPreprocessingProtocol": [
            "Typed text, titles, element names and pictures were redacted before they were written.",
            f"Motion {manifest.motion}: {MOTION_WORDS[manifest.motion]}.",
            f"Timing {manifest.timing}: {timing_words(manifest.motion, manifest.timing)}.",
        ],
        "rai:personalSensitiveInformation": ["People's own work; redacted, yet to be treated as personal data."],
        "rai:dataLimitations": list(LIMITS[:1]),
        "rai:dataBiases": list(LIMITS[1:]),
        "rai:dataReleaseMaintenancePlan": "Consent can be withdrawn: when the dataset gets an erasure revision, delete "
        f"this copy and export anew. Erasures so far: {len(manifest.erasures)}.",
        "distribution": [_file_object(folder, file) for file in files],
        "recordSet": [_record_set(file) for file in files],
    }


def _analysed(source: Source) -> dict[str, Any]:
    """What was found out about the data itself: quality, corrections, splits, the observer effect."""
    told = in_words(source.manifest, findings(source.tables, for_others=True))
    return {
        "rai:dataAnnotationProtocol": [
            "Corrections are labelled by rules over actions and what the screen showed; scores and task templates are "
            "computed. No person annotates."
        ],
        "rai:dataAnnotationAnalysis": [f"{heading}: {' '.join(lines)}" for heading, lines in told.items()],
    }


def _notices(manifest: Manifest) -> list[str]:
    notices = {(part.notice.version, part.notice.language, part.notice.sha256) for part in manifest.parts}
    return [notice_words(*notice) for notice in sorted(notices)]


def _file_object(folder: Path, file: RecordFile) -> dict[str, Any]:
    sha256, size = sha256_of(folder / file.path)
    return {
        "@type": "cr:FileObject",
        "@id": f"{file.name}-file",
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256,
    }


def _record_set(file: RecordFile) -> dict[str, Any]:
    told: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": file.name,
        "name": file.name,
        "description": file.description,
        "field": [_field(file, one) for one in file.schema],
    }
    if file.key:
        told["key"] = {"@id": f"{file.name}/{file.key}"}
    return told


def _field(file: RecordFile, one: pa.Field) -> dict[str, Any]:
    told: dict[str, Any] = {"@type": "cr:Field", "@id": f"{file.name}/{one.name}", "name": one.name}
    if doc := file.docs.get(one.name):
        told["description"] = doc
    kind = one.type
    if pa.types.is_list(kind):
        told["repeated"] = True
        kind = kind.value_type
    if pa.types.is_struct(kind) and {child.name for child in kind} == {"bytes", "path"}:
        # A picture as `datasets` stores it.
        return told | {"dataType": "sc:ImageObject", "source": _source(file, one.name, "bytes")}
    if pa.types.is_struct(kind):
        told["subField"] = [
            {
                "@type": "cr:Field",
                "@id": f"{file.name}/{one.name}/{child.name}",
                "name": child.name,
                "dataType": _data_type(child.type),
                "source": _source(file, one.name, child.name),
            }
            for child in kind
        ]
        return told
    return told | {"dataType": _data_type(kind), "source": _source(file, one.name)}


def _source(file: RecordFile, column: str, json_path: str = "") -> dict[str, Any]:
    told: dict[str, Any] = {"fileObject": {"@id": f"{file.name}-file"}, "extract": {"column": column}}
    if json_path:
        told["transform"] = {"jsonPath": json_path}
    return told


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_string(kind):
        return "sc:Text"
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    if pa.types.is_floating(kind):
        return "sc:Float"
    raise ValueError(f"a column of the Arrow type {kind} has no Croissant data type")
