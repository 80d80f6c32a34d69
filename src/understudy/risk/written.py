"""What was written, as channels for the leak search: files as they lie, records unsealed, pictures read, keys joined.

Takes paths and unsealed values; who opens them with which key is the caller's business.
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image, UnidentifiedImageError

from understudy.dataset import Dataset
from understudy.records.events import Key
from understudy.records.kept import STREAMS
from understudy.records.recording import Recording
from understudy.risk.leaks import Channel, Piece
from understudy.risk.reading import Reader

PICTURES = (".webp", ".png", ".jpg", ".jpeg", ".gif")
TEXT_MAX_BYTES = 20_000_000
"""Longer files are searched as bytes only."""

_DATA_ADDRESS = re.compile(r"data:image/[a-z+]+;base64,([A-Za-z0-9+/=\s]+)")
_KEY_ROWS = {10: "1234567890-=", 24: "qwertyuiop[]", 38: "asdfghjkl;'`", 51: "\\zxcvbnm,./"}
"""X keycodes of the US layout's rows, from left to right (evdev codes + 8)."""
KEYCODES = {start + place: sign for start, row in _KEY_ROWS.items() for place, sign in enumerate(row)} | {65: " "}
_KEYSYM_SIGNS = {
    **{"at": "@", "period": ".", "minus": "-", "underscore": "_", "space": " ", "comma": ",", "plus": "+"},
    **{f"KP_{digit}": str(digit) for digit in range(10)},
}


def files_under(*roots: Path, skip: Sequence[Path] = ()) -> list[Path]:
    """Every regular file under `roots` (a root may be a file), in order of name, without those below `skip`."""
    found: list[Path] = []
    for root in roots:
        paths = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
        found += (path for path in paths if not any(path.is_relative_to(folder) for folder in skip))
    return found


def file_pieces(paths: Iterable[Path], base: Path) -> Iterator[Piece]:
    """Each file's name and bytes as they lie, and its text where it is text (HTML without its pictures)."""
    for path in paths:
        where = str(path.relative_to(base))
        data = path.read_bytes()
        yield Piece(f"name of {where}", where)
        yield Piece(where, data)
        if path.suffix.lower() in PICTURES or len(data) > TEXT_MAX_BYTES:
            continue
        try:
            text = data.decode()
        except UnicodeDecodeError:
            continue
        yield Piece(f"{where} as text", plain_text(text) if path.suffix == ".html" else text)


def plain_text(page: str) -> str:
    """The text of an HTML page: pictures out, tags out, entities decoded; attributes and scripts stay."""
    bare = _DATA_ADDRESS.sub(" ", page)
    return html.unescape(bare) + "\n" + html.unescape(re.sub(r"<[^>]+>", "", bare))


def pictures_in(paths: Iterable[Path], base: Path) -> Iterator[tuple[str, Image.Image]]:
    """(where, picture) for each picture file, and for each picture that an HTML file carries."""
    for path in paths:
        where = str(path.relative_to(base))
        if path.suffix.lower() in PICTURES:
            yield where, open_picture(path.read_bytes(), where)
        elif path.suffix == ".html":
            for number, match in enumerate(_DATA_ADDRESS.finditer(path.read_text())):
                yield f"{where} picture {number}", open_picture(base64.b64decode(match.group(1)), where)


def open_picture(data: bytes, where: str) -> Image.Image:
    """The picture in `data`; raises ValueError naming `where` when it is none."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            return picture.convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{where} holds no picture that can be read: {error}") from None


def picture_pieces(reader: Reader, pictures: Iterable[tuple[str, Image.Image]]) -> list[Piece]:
    """What OCR reads in the pictures, those rows that `reader` has not read before."""
    return [Piece(where, text) for where, text in reader.read(pictures)]


def values_in(value: object, where: str) -> Iterator[Piece]:
    """Every leaf of a nested value: text and bytes one by one, all else as the text that Python shows for it."""
    if isinstance(value, str | bytes):
        yield Piece(where, value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield Piece(f"{where} field name", str(key))
            yield from values_in(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from values_in(inner, where)
    elif value is not None and not isinstance(value, bool):
        yield Piece(where, str(value))


def record_pieces(recording: Recording) -> Iterator[Piece]:
    """Every field of every record of an unsealed recording, and each stream as one text."""
    yield from values_in(msgspec.to_builtins(recording.info), "info")
    for stream in STREAMS:
        for record in getattr(recording, stream):
            raw: Any = msgspec.to_builtins(record, builtin_types=(bytes,))
            texts: list[str] = []
            for piece in values_in(raw, f"{stream} {record.seq}"):
                if isinstance(piece.content, bytes):
                    yield piece
                else:
                    texts.append(piece.content)
            yield Piece(f"{stream} {record.seq}", "\n".join(texts))


def titles_of(recording: Recording) -> Iterator[Piece]:
    """Each window title that was kept, once."""
    titles = dict.fromkeys(state.title for windows in recording.window for state in windows.windows)
    return (Piece("window title", title) for title in titles)


def element_names_of(recording: Recording) -> Iterator[Piece]:
    """Each element's name that was kept, once."""
    elements = [asked.element for asked in recording.element] + [run.element for run in recording.text]
    return (Piece("element name", name) for name in dict.fromkeys(e.name for e in elements if e is not None))


def joined_texts(recording: Recording) -> Iterator[Piece]:
    """The typed runs one after another: what was typed in several goes shows only so."""
    yield Piece("typed runs, joined", "".join(run.text for run in recording.text))
    by_element: dict[str, list[str]] = {}
    for run in recording.text:
        if run.element is not None:
            by_element.setdefault(run.element.id, []).append(run.text)
    for texts in by_element.values():
        yield Piece("typed runs of one element, joined", "".join(texts))


def joined_keys(keys: Sequence[Key]) -> Iterator[Piece]:
    """The keys that were kept, joined back to text in each way that a reader of the recording could."""
    downs = [key for key in keys if key.down]
    yield Piece("texts of keys, joined", "".join(key.text for key in downs))
    yield Piece("texts of keys, edits applied", with_edits(downs))
    yield Piece("names of keys, joined", "".join(_sign_of(key.keysym) for key in downs))
    yield Piece("keycodes, joined", "".join(KEYCODES.get(key.keycode, "") for key in downs))
    ups = [key for key in keys if not key.down]
    yield Piece("names of released keys, joined", "".join(_sign_of(key.keysym) for key in ups))
    yield Piece("keycodes of released keys, joined", "".join(KEYCODES.get(key.keycode, "") for key in ups))


def with_edits(downs: Sequence[Key]) -> str:
    """What stands there after the keys, each BackSpace taking one character back."""
    text: list[str] = []
    for key in downs:
        if key.keysym == "BackSpace":
            del text[-1:]
        elif key.text.isprintable():
            text.append(key.text)
    return "".join(text)


def frames_of(recording: Recording) -> Iterator[tuple[str, Image.Image]]:
    """(where, picture) for each frame, its patches laid over the frame before."""
    screen: Image.Image | None = None
    for frame in recording.frame:
        if screen is None or screen.size != (frame.width, frame.height):
            screen = Image.new("RGB", (frame.width, frame.height))
        for patch in frame.patches:
            screen.paste(open_picture(patch.webp, f"frame {frame.seq}"), (patch.x, patch.y))
        yield f"frame {frame.seq}", screen.copy()


def _sign_of(keysym: str) -> str:
    return keysym if len(keysym) == 1 else _KEYSYM_SIGNS.get(keysym, "")


def columns_of(dataset: Dataset) -> Iterator[Piece]:
    """Every text in every table, cell by cell, and every column as one text."""
    for name, table in dataset.tables.items():
        for column in table.column_names:
            whole: list[str] = []
            for number, value in enumerate(table.column(column).to_pylist()):
                texts = [piece.content for piece in values_in(value, column) if isinstance(piece.content, str)]
                whole += texts
                if isinstance(value, str | list | dict) and any(texts):
                    yield Piece(f"{name}.{column}, row {number}", "\n".join(texts))
            # Typed one sign a row, a word shows only when the rows are joined.
            yield Piece(f"{name}.{column}, joined", "".join(whole))
            yield Piece(f"{name}.{column}, one after another", "\n".join(whole))


def stills_of(dataset: Dataset) -> Iterator[tuple[str, Image.Image]]:
    """(where, picture) for each still."""
    for still_id in dataset.still_ids():
        yield f"still {still_id}", open_picture(dataset.still_webp(still_id), f"still {still_id}")


def channels_of_recording(recording: Recording, reader: Reader | None) -> Iterator[Channel]:
    """Each way of looking at an unsealed recording. `reader` None leaves the pictures out."""
    yield Channel("records", "", record_pieces(recording))
    yield Channel("keys, joined to text", "", joined_keys(recording.keys))
    yield Channel("typed text, joined", "", joined_texts(recording))
    yield Channel("window titles", "", titles_of(recording))
    yield Channel("element names", "", element_names_of(recording))
    if reader:
        yield Channel("pictures, read", "", picture_pieces(reader, frames_of(recording)))


def channels_of_dataset(dataset: Dataset, reader: Reader | None) -> Iterator[Channel]:
    """Each way of looking at an opened dataset. `reader` None leaves the stills out."""
    yield Channel("tables", "", columns_of(dataset))
    yield Channel("what it says of itself", "", values_in(msgspec.to_builtins(dataset.manifest), "manifest"))
    yield Channel("files as they lie", "", file_pieces(files_under(dataset.folder), dataset.folder))
    if reader:
        yield Channel("stills, read", "", picture_pieces(reader, stills_of(dataset)))


def channels_of_files(root: Path, reader: Reader | None) -> Iterator[Channel]:
    """Each way of looking at files in the clear, an export's for one. `reader` None leaves pictures out."""
    files = files_under(root)
    base = root if root.is_dir() else root.parent
    yield Channel("files", "", file_pieces(files, base))
    if reader:
        yield Channel("pictures, read", "", picture_pieces(reader, pictures_in(files, base)))
