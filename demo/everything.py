"""Everything that a run of the demonstration wrote, as the channels that the leak search goes through.

Each channel names the harmless planted word that must be found in it. What is sealed holds no word in the clear, so
there the control is the format's own mark: it shows that the bytes were really looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demo.secrets import Controls
from understudy.dataset import Dataset
from understudy.records.recording import Recording
from understudy.risk.leaks import Channel
from understudy.risk.reading import Reader
from understudy.risk.written import (
    columns_of,
    element_names_of,
    file_pieces,
    files_under,
    frames_of,
    joined_keys,
    picture_pieces,
    pictures_in,
    record_pieces,
    stills_of,
    titles_of,
)
from understudy.seal import layout
from understudy.settings import Home

SPOOL_MARK = layout.SEGMENT_MAGIC.decode()
PARQUET_MARK = "PARE"
"""The first bytes of a Parquet file whose footer is encrypted (Parquet Modular Encryption, section 5)."""
CATALOGUE_MARK = "SQLite format 3"


@dataclass(frozen=True)
class Output:
    """Where a run puts what it writes: everything lies under `root`."""

    root: Path

    @property
    def home(self) -> Home:
        """Understudy's own folder in this run: keys, spool, catalogue, datasets."""
        return Home(self.root / "understudy")

    @property
    def user_home(self) -> Path:
        """HOME of the commands that are run: what a library drops there is searched too."""
        return self.root / "home"

    @property
    def logs(self) -> Path:
        """What each command printed, a file each."""
        return self.root / "logs"

    @property
    def exports(self) -> Path:
        """The exports, a folder a format."""
        return self.root / "exports"

    @property
    def report(self) -> Path:
        """The page that people look at first."""
        return self.root / "report.html"


def everything(output: Output, recording: Recording, dataset: Dataset, controls: Controls) -> Iterator[Channel]:
    """Every channel of a run. Pictures are read as their channel is reached; rows read before are not read again."""
    reader = Reader()
    root, home = output.root, output.home
    yield Channel("spool as it lies", SPOOL_MARK, file_pieces(files_under(home.spool), root))
    yield Channel("records, unsealed", controls.typed, record_pieces(recording))
    yield Channel("keys, joined to text", controls.typed, joined_keys(recording.keys))
    yield Channel("window titles", controls.title, titles_of(recording))
    yield Channel("element names", controls.element, element_names_of(recording))
    yield Channel("frames, read by OCR", controls.pixels, picture_pieces(reader, frames_of(recording)))
    yield Channel("dataset as it lies", PARQUET_MARK, file_pieces(files_under(home.datasets), root))
    yield Channel("dataset columns, opened", controls.typed, columns_of(dataset))
    yield Channel("dataset stills, read by OCR", controls.pixels, picture_pieces(reader, stills_of(dataset)))
    for folder in sorted(path for path in output.exports.iterdir() if path.is_dir()):
        files = files_under(folder)
        yield Channel(f"export {folder.name}", controls.typed, file_pieces(files, root))
        yield Channel(
            f"export {folder.name}, read by OCR", controls.pixels, picture_pieces(reader, pictures_in(files, root))
        )
    yield Channel("report", controls.typed, file_pieces([output.report], root))
    yield Channel("report, read by OCR", controls.pixels, picture_pieces(reader, pictures_in([output.report], root)))
    yield Channel("logs", controls.task, file_pieces(files_under(output.logs), root))
    rest = files_under(root, skip=[home.spool, home.datasets, output.exports, output.report, output.logs])
    yield Channel("catalogue, keys and all else", CATALOGUE_MARK, file_pieces(rest, root))
