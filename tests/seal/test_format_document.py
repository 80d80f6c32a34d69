"""Another reader, written from docs/format.md alone: none of our modules, only libsodium, zstd and Arrow."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import nacl.bindings as sodium
import nacl.pwhash.argon2id as argon2id
import pyarrow as pa
import pytest

FOLDER = Path(__file__).parents[1] / "golden" / "seal" / "v1"
RECORDING_ID = "00112233445566778899aabbccddeeff"


def blake(data: bytes, person: bytes = b"", *, key: bytes = b"", salt: bytes = b"", size: int = 32) -> bytes:
    return hashlib.blake2b(data, digest_size=size, person=person, key=key, salt=salt).digest()


def open_box(box: bytes, private: bytes) -> bytes:
    return sodium.crypto_box_seal_open(box, sodium.crypto_scalarmult_base(private), private)


def check_signature(device: bytes, context: bytes, signed: bytes, signature: bytes) -> None:
    message = context + b"\0" + signed
    assert sodium.crypto_sign_open(signature + message, device) == message


def preamble(data: bytes, magic: bytes) -> None:
    assert data[:12] == b"\x01" + magic + b"\x01\0\0\0"


def read_segment(data: bytes, number: int, previous: bytes, private: bytes, device: bytes) -> tuple[bytes, list[Any]]:
    """(header hash, [(kind, body, records)])."""
    preamble(data, b"UNDRSEG")
    header = data[:296]
    check_signature(device, b"understudy/1/segment", header[:232], header[232:])
    assert struct.unpack_from("<I", header, 12) == (number,)
    assert header[16:32].hex() == RECORDING_ID and header[32:64] == previous and not any(header[200:232])
    assert header[64:96] == sodium.crypto_scalarmult_base(private)
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header[176:200], open_box(header[96:176], private))
    header_hash = blake(header, b"understudy head1")
    bound = header[16:32] + header[12:16] + header[32:64] + header_hash
    at, frames = 296, []
    while True:
        plain, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, data[at : at + 33], bound)
        assert tag == sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE and plain[1:4] == bytes(3)
        kind, sealed, size, records = plain[0], *struct.unpack_from("<III", plain, 4)
        body, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, data[at + 33 : at + 33 + sealed], bound)
        at += 33 + sealed
        if kind == 0:
            assert tag == sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL and not body and at == len(data)
            return header_hash, frames
        assert tag == sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
        body = pa.Codec("zstd").decompress(body, decompressed_size=size, asbytes=True)
        frames.append((kind, body, records))


def read_streams(frames: list[Any]) -> dict[str, pa.Table]:
    chunks: dict[str, bytes] = {}
    for kind, body, _ in frames:
        at = 0
        while kind == 2 and at < len(body):
            name = body[at + 1 : at + 1 + body[at]].decode()
            at += 1 + body[at]
            (size,) = struct.unpack_from("<I", body, at)
            chunks[name] = chunks.get(name, b"") + body[at + 4 : at + 4 + size]
            at += 4 + size
    return {name: pa.ipc.open_stream(stream).read_all() for name, stream in chunks.items()}


def as_json(value: Any) -> Any:  # noqa: ANN401
    """Values as the twin writes them."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    return [as_json(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def twin() -> dict[str, Any]:
    return json.loads((FOLDER / "twin.json").read_text())


@pytest.fixture(scope="module")
def keys(twin: dict[str, Any]) -> dict[str, bytes]:
    return {name: bytes.fromhex(value) for name, value in twin["keys"].items() if name != "passphrase"}


def test_a_reader_written_from_the_document_reads_the_golden_recording(
    twin: dict[str, Any], keys: dict[str, bytes]
) -> None:
    previous, rows = bytes(32), {}
    files = sorted((FOLDER / RECORDING_ID).glob("*.seg"))
    all_frames = []
    for number, path in enumerate(files):
        assert path.name == f"{number:06d}.seg"
        previous, frames = read_segment(
            path.read_bytes(), number, previous, keys["recording_private"], keys["device_public"]
        )
        all_frames += frames
        for name, table in read_streams(frames).items():
            rows.setdefault(name, []).extend(as_json(table.to_pylist()))
    assert [kind for kind, _, _ in all_frames].count(1) == 1 and all_frames[0][0] == 1
    assert json.loads(all_frames[0][1]) == twin["info"]
    assert rows == twin["streams"]
    assert sum(records for kind, _, records in all_frames if kind == 2) == sum(map(len, rows.values()))


def test_a_reader_written_from_the_document_reads_the_golden_manifest(
    twin: dict[str, Any], keys: dict[str, bytes]
) -> None:
    data = (FOLDER / RECORDING_ID / "manifest").read_bytes()
    preamble(data, b"UNDRMAN")
    check_signature(keys["device_public"], b"understudy/1/manifest", data[:-64], data[-64:])
    (count,) = struct.unpack_from("<I", data, 12)
    assert data[16:32].hex() == RECORDING_ID and data[32:64] == keys["recording_public"]
    (size,) = struct.unpack_from("<I", data, 64)
    assert len(data) == 72 + 112 * count + size + 64
    for index in range(count):
        number, state, bytes_, header, link, file = struct.unpack_from("<IB3xQ32s32s32s", data, 72 + 112 * index)
        segment = (FOLDER / RECORDING_ID / f"{number:06d}.seg").read_bytes()
        assert (number, state, bytes_) == (index, 0, len(segment))
        assert header == link == blake(segment[:296], b"understudy head1")
        assert file == blake(segment, b"understudy file1")
    plain = open_box(data[-64 - size : -64], keys["recording_private"])
    start = b"understudy/1/summary\0" + bytes.fromhex(RECORDING_ID)
    assert plain.startswith(start) and len(plain) % 512 == 0
    summary = json.loads(plain[len(start) :])
    assert summary["records"] == {name: len(rows) for name, rows in twin["streams"].items()}
    times = [row["time_ns"] for rows in twin["streams"].values() for row in rows]
    assert (summary["first_ns"], summary["last_ns"]) == (min(times), max(times))
    info = json.dumps(twin["info"], ensure_ascii=False, separators=(",", ":")).encode()
    assert summary["info_hash"] == blake(info, b"understudy info1").hex()


def test_a_reader_written_from_the_document_opens_the_golden_keys(twin: dict[str, Any], keys: dict[str, bytes]) -> None:
    dataset = blake(b"understudy/1/dataset", b"understudy kdf 1", key=keys["recording_private"])
    assert dataset == keys["dataset"]
    for name, kind, key in (("wrap.rec", 1, keys["recording_private"]), ("wrap.set", 2, dataset)):
        data = (FOLDER / name).read_bytes()
        preamble(data, b"UNDRWRP")
        assert len(data) == 150 and data[12:32] == struct.pack("<I", kind) + bytes.fromhex(RECORDING_ID)
        assert open_box(data[32:], keys["contributor_private"]) == b"understudy/1/wrap\0" + data[12:32] + key
    locked = (FOLDER / "locked.key").read_bytes()
    preamble(locked, b"UNDRPWD")
    passes, memory_kib = struct.unpack_from("<II", locked, 12)
    key = argon2id.kdf(32, twin["keys"]["passphrase"].encode(), locked[20:36], passes, memory_kib * 1024)
    opened = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(locked[60:], locked[:36], locked[36:60], key)
    assert opened == keys["contributor_private"] and len(locked) == 108


def test_the_tag_of_a_wrap_is_as_the_document_says(keys: dict[str, bytes]) -> None:
    from understudy.seal.keys import recipient_tag

    tag = blake(keys["contributor_public"], b"understudy tag 1", salt=bytes.fromhex(RECORDING_ID), size=16)
    assert recipient_tag(RECORDING_ID, keys["contributor_public"]) == tag.hex()


def test_this_reader_uses_none_of_our_code() -> None:
    module = ast.parse(Path(__file__).read_text())
    names = [node.module or "" for node in module.body if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in module.body if isinstance(node, ast.Import) for alias in node.names]
    assert not any(name.startswith("understudy") for name in names)
