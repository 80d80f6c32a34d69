"""What the writer was given is on disk when it returns, and stays readable whatever happens next."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from understudy.records.events import Mark, Pointer
from understudy.records.kept import Frame, FramePatch, Kept
from understudy.records.redacted import Redacted
from understudy.seal.keys import DeviceSigner
from understudy.seal.segment import SegmentReader
from understudy.seal.streams import BodyDecoder, records_of
from understudy.spool import writer as writer_module
from understudy.spool.reader import SegmentFiles, read_recording, verify_recording
from understudy.spool.writer import SpoolFull

if TYPE_CHECKING:
    from tests.spool.conftest import Workbench

SECOND_NS = 1_000_000_000


def moves(count: int, start: int = 0) -> list[Redacted]:
    return [
        Redacted(Pointer(time_ns=n * SECOND_NS // 10, seq=n, kind="move", x=n, y=0))
        for n in range(start, start + count)
    ]


def frame(second: float, *, key: bool) -> Redacted:
    patch = FramePatch(0, 0, 1, 1, b"webp")
    time_ns = int(second * SECOND_NS)
    return Redacted(
        Frame(time_ns=time_ns, seq=int(second), changed_ns=time_ns, width=1, height=1, key=key, patches=(patch,))
    )


def verdict(bench: Workbench, recording_id: str) -> str:
    return verify_recording(
        bench.home.spool / recording_id,
        device_public_key=bench.device.public_key,
        private_key=bench.key(recording_id),
    ).verdict


def count(bench: Workbench, recording_id: str) -> int:
    recording = read_recording(
        bench.home.spool / recording_id, bench.key(recording_id), device_public_key=bench.device.public_key
    )
    return len(recording.pointer)


def test_each_append_is_readable_at_once(bench: Workbench) -> None:
    recording_id, writer = bench.begin()
    for n in range(5):
        assert writer.append(moves(10, n * 10)) > 0
        assert count(bench, recording_id) == (n + 1) * 10
    assert verdict(bench, recording_id) == "recovered"
    writer.close({"n": 1})
    writer.close()
    assert verdict(bench, recording_id) == "whole"


def test_appending_nothing_writes_nothing(bench: Workbench) -> None:
    _, writer = bench.begin()
    assert writer.append([]) == 0
    writer.close()


def test_the_bytes_told_are_the_bytes_on_disk(bench: Workbench) -> None:
    recording_id, writer = bench.begin()
    before = writer.bytes_written
    told = writer.append(moves(700))
    files = list((bench.home.spool / recording_id).glob("*.seg"))
    assert sum(path.stat().st_size for path in files) == before + told == writer.bytes_written
    assert len(files) == 2
    writer.close()


def test_only_redacted_reaches_the_disk(bench: Workbench) -> None:
    recording_id, writer = bench.begin()
    size = writer.bytes_written
    raw = Pointer(time_ns=1, seq=0, kind="move", x=1, y=1)
    for bad in ([raw], [*moves(3), raw], [b"bytes"]):
        with pytest.raises(TypeError, match="only Redacted"):
            writer.append(bad)  # type: ignore[arg-type]
    assert writer.bytes_written == size == (bench.home.spool / recording_id / "000000.seg").stat().st_size
    writer.close()


def test_files_are_private_and_their_names_tell_nothing(bench: Workbench) -> None:
    recording_id = bench.record([Mark(time_ns=1, seq=0, kind="task", detail="secret task")], task="secret task")
    folder = bench.home.spool / recording_id
    assert sorted(path.name for path in folder.iterdir()) == ["000000.seg", "manifest"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not any(b"secret" in path.read_bytes() for path in bench.home.root.rglob("*") if path.is_file())


def test_a_recording_begins_in_an_empty_folder(bench: Workbench) -> None:
    recording_id, writer = bench.begin()
    writer.close()
    with pytest.raises(FileExistsError, match="not empty"):
        type(writer).create(bench.home.spool / recording_id, writer._info, bench.me.public_key, bench.device)


# segments


def opening_frames(bench: Workbench, recording_id: str) -> list[bool | None]:
    """For each segment: whether its first frame record is a key frame, None without any."""
    found: list[bool | None] = []
    for data in SegmentFiles(bench.home.spool / recording_id).values():
        decoder = BodyDecoder()
        frames: list[Kept] = []
        for sealed in SegmentReader(data, bench.key(recording_id)).frames():
            if sealed.kind == 2:
                for stream, batch in decoder.decode(sealed.body).items():
                    frames += records_of(stream, batch) if stream == "frame" else []
        found.append(frames[0].key if frames and isinstance(frames[0], Frame) else None)
    return found


def test_segments_open_on_the_key_frame_that_was_asked_for(bench: Workbench) -> None:
    asked: list[int] = []
    recording_id, writer = bench.begin(rekey=lambda: asked.append(1))
    answered = 0
    writer.append([frame(0, key=True)])
    for second in range(1, 200):
        key, answered = len(asked) > answered, len(asked)
        writer.append([*moves(10, second * 10), frame(second + 0.95, key=key)])
    writer.close()
    assert opening_frames(bench, recording_id) == [True, True, True, True]
    assert verdict(bench, recording_id) == "whole"


def test_a_segment_ends_after_a_minute_without_any_frame(bench: Workbench) -> None:
    recording_id, writer = bench.begin()
    for second in range(125):
        writer.append(moves(10, second * 10))
    writer.close()
    assert len(SegmentFiles(bench.home.spool / recording_id)) == 3
    assert count(bench, recording_id) == 1250


def test_one_call_may_span_many_segments(bench: Workbench) -> None:
    recording_id, writer = bench.begin()
    writer.append(moves(2000))
    writer.close()
    assert len(SegmentFiles(bench.home.spool / recording_id)) == 4
    assert count(bench, recording_id) == 2000


def test_roll_ends_a_segment_when_asked(bench: Workbench) -> None:
    recording_id, writer = bench.begin()
    writer.append(moves(5))
    writer.roll()
    assert len(SegmentFiles(bench.home.spool / recording_id)) == 2
    assert verdict(bench, recording_id) == "recovered"
    writer.append(moves(5, 5))
    writer.close()
    assert verdict(bench, recording_id) == "whole"


def test_an_error_while_recording_leaves_it_as_a_crash_would(bench: Workbench) -> None:
    recording_id, writer = bench.begin()
    with pytest.raises(RuntimeError), writer:
        writer.append(moves(5))
        raise RuntimeError("boom")
    assert verdict(bench, recording_id) == "recovered"
    assert count(bench, recording_id) == 5


# a full disk


class FullDisk:
    """Stands for os.write on a disk with `room` bytes left: writes what fits, then ENOSPC as the kernel does."""

    def __init__(self, room: int, code: int = errno.ENOSPC) -> None:
        self.room, self.code, self.real = room, code, os.write

    def __call__(self, descriptor: int, data: bytes | memoryview) -> int:
        if self.room <= 0:
            raise OSError(self.code, os.strerror(self.code))
        written = self.real(descriptor, memoryview(data)[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("room", [0, 1, 40, 300])
def test_a_full_disk_says_so_once_and_keeps_what_was_sealed(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, room: int, code: int
) -> None:
    recording_id, writer = bench.begin()
    writer.append(moves(10))
    monkeypatch.setattr(os, "write", FullDisk(room, code))
    with pytest.raises(SpoolFull, match=r"disk.*stays readable"):
        writer.append(moves(500, 10))
    with pytest.raises(ValueError, match="only close may follow"):
        writer.append(moves(1))
    writer.close({"full": True})
    assert verdict(bench, recording_id) == "recovered"
    assert count(bench, recording_id) == 10
    assert not list((bench.home.spool / recording_id).glob("*.tmp"))


def test_a_disk_that_has_room_again_closes_properly(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id, writer = bench.begin()
    writer.append(moves(10))
    with monkeypatch.context() as full:
        full.setattr(os, "write", FullDisk(5))
        with pytest.raises(SpoolFull):
            writer.append(moves(10, 10))
    writer.close()
    assert verdict(bench, recording_id) == "whole"
    assert count(bench, recording_id) == 10


@pytest.mark.parametrize("room", [0, 30, 60, 200, 340])
def test_a_disk_that_fills_while_a_segment_ends_loses_nothing(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    recording_id, writer = bench.begin()
    writer.append(moves(10))
    monkeypatch.setattr(os, "write", FullDisk(room))
    with pytest.raises(SpoolFull):
        writer.roll()
    monkeypatch.undo()
    writer.close()
    assert count(bench, recording_id) == 10
    assert verdict(bench, recording_id) in ("whole", "recovered")


@pytest.mark.parametrize("room", [0, 30, 60, 400])
def test_a_disk_that_fills_at_the_close_is_told(bench: Workbench, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    recording_id, writer = bench.begin()
    writer.append(moves(10))
    monkeypatch.setattr(os, "write", FullDisk(room))
    with pytest.raises(SpoolFull):
        writer.close()
    assert verdict(bench, recording_id) == "recovered"
    assert count(bench, recording_id) == 10


def test_another_error_of_the_disk_is_not_called_full(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    recording_id, writer = bench.begin()
    writer.append(moves(10))
    monkeypatch.setattr(os, "write", FullDisk(7, errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        writer.append(moves(10, 10))
    writer.abandon()
    assert verdict(bench, recording_id) == "recovered"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_really_full_file_system(tmp_path: Path) -> None:
    """In a mount namespace of its own: a tmpfs of 64 KiB, filled by recording."""
    script = f"""
    import os, sys
    from pathlib import Path
    from understudy.records.events import Mark
    from understudy.records.recording import RecordingInfo
    from understudy.records.redacted import Redacted
    from understudy.seal.keys import DeviceSigner, new_pair
    from understudy.spool.reader import read_recording, verify_recording
    from understudy.spool.writer import SpoolFull, SpoolWriter
    pair, device, name = new_pair(), DeviceSigner.generate(), "ab" * 16
    info = RecordingInfo(id=name, contributor="c", consent_id="", profile="own-work", started_at="", start_ns=0,
                         policy_sha256="", product_version="", schema_version=1)
    folder = Path({str(tmp_path)!r}) / name
    writer, sent = SpoolWriter.create(folder, info, pair.public, device), 0
    try:
        while True:
            writer.append([Redacted(Mark(time_ns=sent, seq=sent, kind="task", detail=os.urandom(1000).hex()))])
            sent += 1
    except SpoolFull as full:
        print(full)
    writer.close()
    kept = len(read_recording(folder, pair.private, device_public_key=device.public_key).mark)
    verdict = verify_recording(folder, device_public_key=device.public_key, private_key=pair.private).verdict
    print(sent == kept > 10, verdict)
    """
    command = f"mount -t tmpfs -o size=64k none {tmp_path} && exec {sys.executable} -"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", command],
        input=textwrap.dedent(script),
        capture_output=True,
        text=True,
        check=False,
    )
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    assert "the disk is full" in done.stdout, done.stderr
    assert done.stdout.splitlines()[-1] in ("True recovered", "True whole"), done.stdout


# kill -9


def test_kill_9_at_any_moment_keeps_what_was_appended(tmp_path: Path) -> None:
    script = f"""
    import sys
    from pathlib import Path
    from understudy.records.events import Pointer
    from understudy.records.recording import RecordingInfo
    from understudy.records.redacted import Redacted
    from understudy.seal.keys import DeviceSigner
    from understudy.spool.writer import SpoolWriter
    public, seed, name = bytes.fromhex(sys.argv[1]), bytes.fromhex(sys.argv[2]), sys.argv[3]
    info = RecordingInfo(id=name, contributor="c", consent_id="", profile="own-work", started_at="", start_ns=0,
                         policy_sha256="", product_version="", schema_version=1)
    writer = SpoolWriter.create(Path({str(tmp_path)!r}) / name, info, public, DeviceSigner(seed))
    n = 0
    while True:
        writer.append([Redacted(Pointer(time_ns=(n + k) * 10**7, seq=n + k, kind="move", x=0, y=0)) for k in range(50)])
        n += 50
        print(n, flush=True)
    """
    from understudy.seal.keys import new_pair

    device = DeviceSigner.generate()
    for turn in range(4):
        pair, name = new_pair(), f"{turn:02x}" * 16
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), pair.public.hex(), device.seed.hex(), name],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05 * turn)
        process.send_signal(signal.SIGKILL)
        told = [1, *(int(line) for line in process.stdout if line.strip())]
        process.wait()
        process.stdout.close()
        folder = tmp_path / name
        recording = read_recording(folder, pair.private, device_public_key=device.public_key)
        assert len(recording.pointer) >= told[-1]
        assert [move.seq for move in recording.pointer] == list(range(len(recording.pointer)))
        result = verify_recording(folder, device_public_key=device.public_key, private_key=pair.private)
        # The kill may fall between the end of one segment and the start of the next.
        assert result.verdict == "recovered" or "closed" in result.reason


def test_the_writer_opens_nothing_outside_its_folder(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = os.open

    def watched(path: str | Path, *arguments: int, **named: int) -> int:
        opened.append(str(path))
        return real(path, *arguments, **named)

    recording_id, writer = bench.begin()
    monkeypatch.setattr(writer_module.os, "open", watched)
    writer.append(moves(1500))
    writer.close()
    folder = str(bench.home.spool / recording_id)
    assert opened and all(path.startswith(folder) for path in opened)


def test_the_writer_works_confined_to_its_folder(tmp_path: Path) -> None:
    """As in the recorder: after Landlock, nothing but the folder may be written."""
    script = """
    import sys
    from pathlib import Path
    from understudy.recorder.confine import restrict_writes
    from understudy.records.events import Pointer
    from understudy.records.recording import RecordingInfo
    from understudy.records.redacted import Redacted
    from understudy.seal.keys import DeviceSigner, new_pair
    from understudy.spool.reader import verify_recording
    from understudy.spool.writer import SpoolWriter
    folder, pair, device = Path(sys.argv[1]), new_pair(), DeviceSigner.generate()
    restrict_writes([folder])
    try:
        (folder.parent / "outside").write_text("x")
    except PermissionError:
        print("confined")
    info = RecordingInfo(id=folder.name, contributor="c", consent_id="", profile="own-work", started_at="",
                         start_ns=0, policy_sha256="", product_version="", schema_version=1)
    with SpoolWriter.create(folder, info, pair.public, device) as writer:
        for n in range(150):
            writer.append([Redacted(Pointer(time_ns=n * 10**9, seq=n, kind="move", x=0, y=0))])
    print(verify_recording(folder, device_public_key=device.public_key, private_key=pair.private).verdict)
    """
    folder = tmp_path / ("ab" * 16)
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(folder)], capture_output=True, text=True, check=False
    )
    if "Landlock" in done.stderr:
        pytest.skip(f"no Landlock here: {done.stderr.splitlines()[-1]}")
    assert done.stdout.split() == ["confined", "whole"], done.stderr
