"""Whatever the bytes, there is a verdict or an error of ours, and never a wrong "whole"."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.records.events import Mark
from understudy.records.redacted import Redacted
from understudy.seal.errors import SealError, Tampered
from understudy.seal.keys import DeviceSigner
from understudy.seal.manifest import parse_manifest
from understudy.seal.passphrase import unlock
from understudy.seal.segment import parse_header
from understudy.seal.streams import BodyDecoder, BodyEncoder, batches_of
from understudy.seal.verify import verify

if TYPE_CHECKING:
    from tests.seal.conftest import Sealed

FAST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FAST
@given(st.binary(max_size=400))
def test_any_bytes_are_an_error_of_ours(data: bytes) -> None:
    device = DeviceSigner(bytes(32))
    for start in (b"", b"\x01UNDRSEG\x01\0\0\0", b"\x01UNDRMAN\x01\0\0\0", b"\x01UNDRPWD\x01\0\0\0"):
        for parse in (
            lambda d: parse_header(d).check(device.public_key),
            lambda d: parse_manifest(d, device.public_key),
            lambda d: unlock(d, "x"),
        ):
            with pytest.raises(SealError):
                parse(start + data)


@FAST
@given(st.data())
def test_any_edit_of_any_file_is_noticed(small: Sealed, data: st.DataObject) -> None:
    files: dict[int | str, bytes] = {**small.segments, "manifest": small.manifest}
    name = data.draw(st.sampled_from(list(files)))
    good = files[name]
    start = data.draw(st.integers(0, len(good)))
    stop = data.draw(st.integers(start, len(good)))
    other = files[data.draw(st.sampled_from(list(files)))]
    at = data.draw(st.integers(0, len(other)))
    inserted = data.draw(st.one_of(st.binary(max_size=80), st.just(other[at : at + 300])))
    changed = good[:start] + inserted + good[stop:]
    files[name] = changed
    manifest = files.pop("manifest")
    for manifest_or_none in (manifest, None):
        for private_key in (small.pair.private, None):
            try:
                result = verify(
                    files,
                    manifest_or_none,
                    recording_id=small.recording_id,
                    device_public_key=small.device.public_key,
                    private_key=private_key,
                )
            except SealError:
                continue
            assert (result.verdict == "whole") <= (changed == good and manifest_or_none is not None)


@FAST
@given(st.data())
def test_a_damaged_arrow_body_is_an_error_of_ours(data: st.DataObject) -> None:
    """Only a signed device could seal one; the reader stays upright all the same."""
    body = bytearray(BodyEncoder().encode(batches_of([Redacted(Mark(time_ns=1, seq=0, kind="task", detail="x" * 40))])))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Tampered):
        BodyDecoder().decode(bytes(body))
