"""How a part is sealed: its tables by Parquet modular encryption, all under one key a recording and version.

Everything happens in memory, so that no plain byte of a part reaches a disk. The whole file is encrypted, footer and
so column names and row counts included; what stays readable is the wrapped key and the part's random id.
"""

from __future__ import annotations

import base64
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
from nacl.exceptions import CryptoError
from nacl.secret import Aead

from understudy.dataset.errors import DamagedPart
from understudy.seal.keys import derive_key

TABLES_CONTEXT = "understudy/1/dataset/tables"
STILLS_CONTEXT = "understudy/1/dataset/stills"
NAMES_CONTEXT = "understudy/1/dataset/names"
DATA_KEY_BITS = 256
ROW_GROUP_ROWS = 65_536


def part_key(dataset_key: bytes, version_id: str) -> bytes:
    """The key (32 bytes) of one recording's part in one version; it opens no other version.

    `dataset_key` is the recording's (`seal.keys.dataset_key`), so a destroyed recording key takes its parts with it.
    """
    return derive_key(dataset_key, f"understudy/1/dataset/part/{version_id}")


def pseudonym(dataset_key: bytes) -> str:
    """The name of a recording in datasets, 32 hexadecimal digits: the same in each, and not its id in the spool."""
    return derive_key(dataset_key, "understudy/1/dataset/pseudonym")[:16].hex()


def file_name(key: bytes, what: str) -> str:
    """The stem of a part's file for one table or its stills: it looks random, and building again finds it again."""
    return derive_key(key, f"{NAMES_CONTEXT}/{what}")[:16].hex()


class _PartKms(pe.KmsClient):  # type: ignore[misc]
    """Wraps a file's own random key with the part's key, in this process; the part's id is authenticated with it."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._box = Aead(derive_key(key, TABLES_CONTEXT))

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
        return base64.b64encode(self._box.encrypt(key_bytes, master_key_identifier.encode()))

    def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
        return bytes(self._box.decrypt(base64.b64decode(wrapped_key), master_key_identifier.encode()))


def _factory(key: bytes) -> pe.CryptoFactory:
    # One factory a file: its caches of keys end with it.
    return pe.CryptoFactory(lambda _config: _PartKms(key))


def seal_table(table: pa.Table, part_id: str, name: str, key: bytes) -> bytes:
    """The table as a sealed Parquet file of the part `part_id`; `name` is the table's, bound to the file."""
    factory, config = _factory(key), pe.KmsConnectionConfig()
    encryption = factory.file_encryption_properties(
        config,
        pe.EncryptionConfiguration(
            footer_key=f"{part_id}/{name}",
            uniform_encryption=True,
            double_wrapping=False,
            plaintext_footer=False,
            data_key_length_bits=DATA_KEY_BITS,
        ),
    )
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, table.schema, compression="zstd", encryption_properties=encryption) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
    return buffer.getvalue()


def unseal_table(data: bytes, file: str, part_id: str, name: str, key: bytes) -> pa.Table:
    """The table that `seal_table` was given. Raises DamagedPart, naming `file`, when key or bytes are wrong."""
    # The identity that the file names is not believed: the key is unwrapped for the one that is expected here.
    expected = f"{part_id}/{name}"

    class _Expecting(_PartKms):
        def unwrap_key(self, wrapped_key: bytes, master_key_identifier: str) -> bytes:
            return super().unwrap_key(wrapped_key, expected)

    factory: Any = pe.CryptoFactory(lambda _config: _Expecting(key))
    try:
        decryption = factory.file_decryption_properties(pe.KmsConnectionConfig())
        return pq.ParquetFile(io.BytesIO(data), decryption_properties=decryption).read()
    except CryptoError as error:
        raise DamagedPart(f"{file}: the key doesn't open this part (table {name})") from error
    except (OSError, pa.ArrowException, ValueError) as error:
        raise DamagedPart(f"{file}: the sealed table {name} is damaged") from error
