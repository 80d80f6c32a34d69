"""Opens a dataset by its name: finds the version, the grant and the keys."""

from __future__ import annotations

from collections.abc import Callable

from understudy.build.forget import finish_erasures
from understudy.build.grants import grant_in_force
from understudy.catalogue import Catalogue, NotInCatalogue, VersionRow
from understudy.catalogue.session import utc_now
from understudy.dataset.errors import DamagedPart, NotADataset
from understudy.dataset.reader import Dataset, KeySource, open_version
from understudy.dataset.sealing import part_key
from understudy.seal.errors import SealError
from understudy.settings import Home
from understudy.spool import identity as identities
from understudy.spool.identity import Identity
from understudy.spool.keystore import KeyGone, KeyStore


def open_dataset(
    home: Home,
    name: str,
    *,
    version: int | None = None,
    identity: Identity | None = None,
    ask_passphrase: Callable[[], str] | None = None,
    clock: Callable[[], str] = utc_now,
) -> Dataset:
    """Open a version (None: the newest) of the dataset `name`, by a grant to `identity`; each opening is logged.

    `identity` None loads the one of this home; `ask_passphrase` is then asked where it lies under a passphrase.
    Raises NotInCatalogue when there is no such dataset or version, NoGrant, NoKey when a part's key is gone,
    DamagedPart, NotADataset, NewerFormat, and what `spool.identity.load` raises.
    """
    # Looking for a dataset leaves no catalogue behind where there was none.
    if not home.catalogue.exists():
        raise NotInCatalogue(f'no dataset "{name}": nothing was ever built in {home.root}')
    finish_erasures(home)
    holder = identity or identities.load(home.identity, ask_passphrase=ask_passphrase)
    with Catalogue.open(home.catalogue, clock=clock) as catalogue:
        row = find_version(catalogue, name, version)
        grant = grant_in_force(catalogue, row, holder.public_key, clock())
        folder = home.datasets / row.dataset_id / row.id
        dataset = open_version(folder, _keys(home, catalogue, row, holder))
        if dataset.manifest_sha256 != row.manifest_sha256:
            raise DamagedPart(
                f"{folder / 'manifest.json'}: not the manifest that the catalogue knows; build the dataset anew"
            )
        if (dataset.manifest.version, dataset.manifest.number) != (row.id, row.number):
            raise NotADataset(f'{folder}: holds another version than number {row.number} of "{name}"')
        catalogue.note("version-opened", ("version", row.id), ("grant", grant.id))
    return dataset


def find_version(catalogue: Catalogue, name: str, number: int | None = None) -> VersionRow:
    """A version of the dataset `name`, the newest for None. Raises NotInCatalogue, naming what there is."""
    versions = catalogue.versions(name)
    if not versions:
        names = sorted({row.name for row in catalogue.versions()})
        there = f"there are {', '.join(names)}" if names else "none was built yet: understudy build NAME"
        raise NotInCatalogue(f'no dataset "{name}"; {there}')
    for row in versions:
        if number in (None, row.number) and (number is not None or row is versions[-1]):
            return row
    raise NotInCatalogue(f'"{name}" has no version {number}; its newest is {versions[-1].number}')


def _keys(home: Home, catalogue: Catalogue, version: VersionRow, identity: Identity) -> KeySource:
    recordings = {part.id: part.recording_id for part in catalogue.parts(version.id)}
    store = KeyStore(home.keys)

    def key(part_id: str) -> bytes:
        if part_id not in recordings:
            raise LookupError("the catalogue doesn't know it")
        try:
            return part_key(store.dataset_key(recordings[part_id], identity), version.id)
        except KeyGone as error:
            raise LookupError("its key was destroyed: part of an erased recording") from error
        except SealError as error:
            raise LookupError(str(error)) from error

    return key
