"""The on-disk dataset: tables and stills, sealed one key a recording; written once, opened with keys.

`open(path, keys)` opens a version's folder when one has its keys; `understudy.build.open_dataset` finds folder and
keys by a dataset's name.
"""

from understudy.dataset.card import Card
from understudy.dataset.errors import DamagedPart, DatasetError, NewerFormat, NoKey, NotADataset
from understudy.dataset.manifest import Manifest
from understudy.dataset.reader import Dataset, KeySource
from understudy.dataset.reader import open_version as open

__all__ = [
    "Card",
    "DamagedPart",
    "Dataset",
    "DatasetError",
    "KeySource",
    "Manifest",
    "NewerFormat",
    "NoKey",
    "NotADataset",
    "open",
]
