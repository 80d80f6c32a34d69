"""SQLite files of other programs, read in memory: nothing beside them is made, locked or changed.

What a killed program left in its write-ahead log is applied as SQLite itself would do it
(https://www.sqlite.org/fileformat2.html, "The Write-Ahead Log").
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing

MAX_STEPS = 50_000_000
"""SQLite's virtual machine stops a query after so many steps: a mangled file must not hold us for ever."""
_HEADER = b"SQLite format 3\x00"
_WAL_MAGIC = (0x377F0682, 0x377F0683)


class NoDatabase(ValueError):
    """The bytes are no SQLite database, or a broken one."""


def tables(content: bytes, log: bytes, names: tuple[str, ...]) -> dict[str, list[Mapping[str, object]]]:
    """The rows of the named tables, in the order of their row ids; [] for tables that don't exist.

    `log` holds the file's write-ahead log, b"" when there is none. Columns of type BLOB are left out. Raises
    NoDatabase.
    """
    if not content.startswith(_HEADER) or len(content) < 100:
        raise NoDatabase("it is no SQLite database")
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.deserialize(_as_rollback(_with_log(content, log)))
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA query_only = ON")
            steps = iter(range(MAX_STEPS // 10_000))
            connection.set_progress_handler(lambda: next(steps, None) is None, 10_000)
            return {name: list(_rows(connection, name)) for name in names}
        except (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError) as error:
            raise NoDatabase(f"its database is broken ({type(error).__name__})") from None


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[Mapping[str, object]]:
    kind = connection.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if kind is None or kind[0] != "table":
        return
    columns = [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")') if row[2].upper() != "BLOB"]
    quoted = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
    for row in connection.execute(f'SELECT {quoted} FROM "{table}" ORDER BY rowid'):
        yield dict(zip(columns, row, strict=True))


def _as_rollback(content: bytes) -> bytes:
    """The file's own word for "there is a log" taken back: in memory there is none."""
    return content[:18] + b"\x01\x01" + content[20:]


def _with_log(content: bytes, log: bytes) -> bytes:
    """The pages of the log's last whole transaction over those of the file."""
    if len(log) < 32:
        return content
    magic, _version, page_bytes, _sequence = struct.unpack(">4I", log[:16])
    if magic not in _WAL_MAGIC or page_bytes < 512 or page_bytes & (page_bytes - 1) or page_bytes > 65_536:
        return content
    order = ">" if magic & 1 else "<"
    sums = _checksum(log[:24], (0, 0), order)
    if sums != struct.unpack(">2I", log[24:32]):
        return content
    committed: dict[int, bytes] = {}
    pages: dict[int, bytes] = {}
    size = 0
    for at in range(32, len(log) - 24 - page_bytes + 1, 24 + page_bytes):
        frame, page = log[at : at + 24], log[at + 24 : at + 24 + page_bytes]
        number, size_after = struct.unpack(">2I", frame[:8])
        sums = _checksum(page, _checksum(frame[:8], sums, order), order)
        if frame[8:16] != log[16:24] or sums != struct.unpack(">2I", frame[16:24]) or not number:
            break
        pages[number] = page
        if size_after:
            committed.update(pages)
            pages, size = {}, size_after
    if not size or size * page_bytes > len(content) + len(log):
        return content
    whole = bytearray(content[: size * page_bytes].ljust(size * page_bytes, b"\x00"))
    for number, page in committed.items():
        if number <= size:
            whole[(number - 1) * page_bytes : number * page_bytes] = page
    return bytes(whole)


def _checksum(content: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = start
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for at in range(0, len(words), 2):
        first = (first + words[at] + second) & 0xFFFFFFFF
        second = (second + words[at + 1] + first) & 0xFFFFFFFF
    return first, second
