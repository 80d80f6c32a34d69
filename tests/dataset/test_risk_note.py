from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

import understudy.dataset
from understudy.dataset import DamagedPart
from understudy.dataset.manifest import MANIFEST_NAME
from understudy.dataset.revise import revise
from understudy.dataset.risk_note import RISK_NAME, RiskNote, read_note, write_note


def note(manifest_sha256: str) -> RiskNote:
    return RiskNote(
        manifest_sha256=manifest_sha256,
        product_version="0",
        seed=1,
        lines=("Nobody was found.",),
        figures={"people": 3},
    )


def test_findings_stand_on_the_card(sealed: SimpleNamespace) -> None:
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    assert dataset.risk == ()
    assert "Nobody has attacked this version yet" in dataset.card.markdown
    written = note(dataset.manifest_sha256)
    write_note(sealed.folder, written)
    assert read_note(sealed.folder, dataset.manifest_sha256) == written
    card = understudy.dataset.open(sealed.folder, sealed.keys).card
    assert card.risk == ("Nobody was found.",)
    assert "- Nobody was found." in card.markdown
    dataset.verify()


def test_findings_about_another_manifest_are_none(sealed: SimpleNamespace) -> None:
    write_note(sealed.folder, note("ab" * 32))
    assert understudy.dataset.open(sealed.folder, sealed.keys).risk == ()


def test_an_erasure_takes_the_findings_along(sealed: SimpleNamespace) -> None:
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    write_note(sealed.folder, note(dataset.manifest_sha256))
    revise(sealed.folder, {dataset.parts[0].id}, "forgotten")
    assert not (sealed.folder / RISK_NAME).exists()
    assert (sealed.folder / MANIFEST_NAME).exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data.replace(b"Nobody was", b"Somebody w"),
        lambda data: data[:40],
        lambda data: b"{}",
    ],
)
def test_changed_findings_are_refused(sealed: SimpleNamespace, damage: object) -> None:
    dataset = understudy.dataset.open(sealed.folder, sealed.keys)
    write_note(sealed.folder, note(dataset.manifest_sha256))
    path: Path = sealed.folder / RISK_NAME
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(DamagedPart, match="attack the version again"):
        _ = understudy.dataset.open(sealed.folder, sealed.keys).risk
