"""What happened to a recording since it was sealed. Pure: bytes in, a verdict out.

- `whole`: every segment is there, closed, and what its device sealed.
- `recovered`: the recorder ended without closing; the end of the last segment is torn off and nothing else is missing.
- `incomplete`: something is missing, and the bytes don't tell why: it may have been lost, or taken away.
- `tampered`: something was changed, swapped, replayed or forged.

What is needed for what: the device's public key always (headers and the manifest are signed, so nobody else can make
them, and the chain of header hashes shows what was swapped or left out). With a manifest, its hashes cover every byte
of every segment, so all four verdicts but one need no other key. The recording's private key makes it stronger where
the manifest can't help: in a recording that was never closed it alone tells "recovered" from "incomplete" and finds a
changed body; in a segment that was cut it alone tells whether what is left is unchanged; and in a closed recording it
checks what lies inside against what the manifest's summary says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from understudy.records.recording import RecordingInfo, Verdict
from understudy.seal.errors import CutShort, Tampered, UnknownVersion, WrongKey
from understudy.seal.keys import public_of
from understudy.seal.layout import digest
from understudy.seal.manifest import FILE_PERSON, INFO_PERSON, Manifest, parse_manifest
from understudy.seal.segment import (
    GENESIS,
    HEADER_BYTES,
    INFO,
    RECORDS,
    SegmentHeader,
    SegmentReader,
    parse_header,
)
from understudy.seal.streams import BodyDecoder

SEVERITY: tuple[Verdict, ...] = ("whole", "recovered", "incomplete", "tampered")

Depth = Literal["outline", "bytes", "content"]
"""How much was looked at: headers and sizes; every byte by the manifest's hashes; every frame, opened."""


@dataclass(frozen=True)
class Head:
    """The first HEADER_BYTES of a segment (fewer when it is shorter) and its size in bytes."""

    start: bytes
    size: int


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; `segment` is None when it concerns the recording as a whole."""

    verdict: Verdict
    segment: int | None
    reason: str


@dataclass(frozen=True)
class Verification:
    """The verdict, the first reason for it in one line, every finding, and how deep the look went."""

    verdict: Verdict
    reason: str
    depth: Depth
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Outline:
    """What headers, sizes and the manifest tell: headers that hold, by number; the manifest, None without one."""

    headers: Mapping[int, SegmentHeader]
    manifest: Manifest | None
    findings: tuple[Finding, ...]


@dataclass
class _Contents:
    """What the frames of a recording turned out to hold."""

    info_hash: str = ""
    records: dict[str, int] = field(default_factory=dict)


def verify(
    segments: Mapping[int, bytes],
    manifest: bytes | None,
    *,
    recording_id: str,
    device_public_key: bytes,
    private_key: bytes | None = None,
) -> Verification:
    """Judge a recording by all its bytes.

    `segments` maps the number in each segment's name to its bytes (it may load them when asked); `manifest` is None
    when there is none. Raises UnknownVersion when the bytes are of a version that this program can't judge, WrongKey
    when `private_key` is not this recording's.
    """
    heads = {number: _head(segments[number]) for number in segments}
    outline = look(heads, manifest, recording_id=recording_id, device_public_key=device_public_key)
    findings = list(outline.findings)
    contents = _Contents()
    ended = False
    for number, header in sorted(outline.headers.items()):
        data = segments[number]
        findings += _check_bytes(number, data, outline.manifest)
        if private_key is not None:
            if public_of(private_key) != header.recording_public_key:
                raise WrongKey(f"the key is not that of recording {recording_id}")
            last = outline.manifest is None and number == max(heads)
            found, closed = _check_content(number, data, private_key, outline.manifest, contents, last=last)
            findings += found
            ended = closed if number == max(heads) else ended
    if outline.manifest is None:
        findings += _unclosed(heads, ended, private_key)
    elif private_key is not None and not findings:
        findings += _check_summary(outline.manifest, private_key, contents)
    depth: Depth = "content" if private_key is not None else "bytes" if outline.manifest is not None else "outline"
    return _verdict(findings, depth)


def verify_outline(
    heads: Mapping[int, Head], manifest: bytes | None, *, recording_id: str, device_public_key: bytes
) -> Verification:
    """Judge a recording by its headers, sizes and manifest alone: quick, for lists. Raises UnknownVersion.

    A changed body is not seen, and a recording that was never closed is at best "incomplete".
    """
    outline = look(heads, manifest, recording_id=recording_id, device_public_key=device_public_key)
    findings = list(outline.findings)
    if outline.manifest is None:
        findings += _unclosed(heads, False, None)
    return _verdict(findings, "outline")


def look(heads: Mapping[int, Head], manifest: bytes | None, *, recording_id: str, device_public_key: bytes) -> Outline:
    """What can be seen without opening a body. Raises UnknownVersion when the version is all that can be told."""
    findings: list[Finding] = []
    headers: dict[int, SegmentHeader] = {}
    known = _manifest(manifest, recording_id, device_public_key, findings)
    for number, head in sorted(heads.items()):
        header = _header(number, head, known, manifest is None and number == max(heads), findings)
        if header is None:
            continue
        try:
            header.check(device_public_key)
        except Tampered as error:
            findings.append(Finding("tampered", number, str(error)))
            continue
        wrong = _misplaced(number, header, recording_id, known)
        if wrong:
            findings.append(Finding("tampered", number, wrong))
        else:
            headers[number] = header
    findings += _chain(heads, headers, known)
    return Outline(headers, known, tuple(findings))


def _manifest(
    data: bytes | None, recording_id: str, device_public_key: bytes, findings: list[Finding]
) -> Manifest | None:
    if data is None:
        return None
    try:
        manifest = parse_manifest(data, device_public_key)
    except CutShort as error:
        findings.append(Finding("incomplete", None, f"the closing manifest is cut short: {error}"))
    except Tampered as error:
        findings.append(Finding("tampered", None, f"the closing manifest: {error}"))
    else:
        if manifest.recording_id == recording_id:
            return manifest
        findings.append(Finding("tampered", None, f"the closing manifest is that of {manifest.recording_id}"))
    return None


def _header(
    number: int, head: Head, manifest: Manifest | None, torn_is_fine: bool, findings: list[Finding]
) -> SegmentHeader | None:
    if torn_is_fine and head.size and not any(head.start):
        findings.append(Finding("recovered", number, "nothing of it reached the disk"))
        return None
    try:
        return parse_header(head.start)
    except CutShort as error:
        if torn_is_fine:
            findings.append(Finding("recovered", number, "its header was not yet written in full"))
        else:
            findings.append(Finding("incomplete", number, f"cut short: {error}"))
    except UnknownVersion:
        if manifest is None:
            raise
        # The manifest vouches for another header, so this one is not a newer program's.
        findings.append(Finding("tampered", number, "its header is not the one that the manifest names"))
    except Tampered as error:
        findings.append(Finding("tampered", number, str(error)))
    return None


def _misplaced(number: int, header: SegmentHeader, recording_id: str, manifest: Manifest | None) -> str:
    """Why a header that its device signed is not in its place; "" when it is."""
    if header.recording_id != recording_id:
        return f"it belongs to recording {header.recording_id}"
    if header.number != number:
        return f"it is segment {header.number} under another number"
    if manifest is None:
        return ""
    if header.recording_public_key != manifest.recording_public_key:
        return "it is sealed to another key than the manifest's"
    entry = manifest.entries.get(number)
    if entry is None:
        return "the manifest knows no segment of that number"
    if entry.state == "removed":
        return "it was removed from the recording and is back"
    if entry.header_hash != header.hash:
        return "its header is not the one that the manifest names"
    return ""


def _chain(heads: Mapping[int, Head], headers: Mapping[int, SegmentHeader], manifest: Manifest | None) -> list[Finding]:
    findings = []
    entries = manifest.entries if manifest else {}
    gone = {number for number, entry in entries.items() if entry.state == "removed"}
    expected = (set(range(max(heads) + 1)) if heads else set()) | set(entries)
    for number in sorted(expected - set(heads) - gone):
        findings.append(Finding("incomplete", number, "it is missing"))
    for number, header in sorted(headers.items()):
        link: bytes | None = GENESIS
        if number:
            before = entries.get(number - 1)
            link = before.link_hash if before else headers[number - 1].hash if number - 1 in headers else None
        if link is not None and header.previous != link:
            findings.append(Finding("tampered", number, "it does not follow the segment before it"))
    if len({header.recording_public_key for header in headers.values()}) > 1:
        findings.append(Finding("tampered", None, "its segments are sealed to different keys"))
    for number, entry in sorted(entries.items()):
        if number in headers and heads[number].size > entry.size:
            extra = heads[number].size - entry.size
            findings.append(Finding("tampered", number, f"it has {extra} bytes more than the manifest says"))
        elif number in headers and heads[number].size < entry.size:
            missing = entry.size - heads[number].size
            findings.append(Finding("incomplete", number, f"{missing} bytes are missing at its end"))
    return findings


def _check_bytes(number: int, data: bytes, manifest: Manifest | None) -> list[Finding]:
    entry = manifest.entries.get(number) if manifest else None
    if entry and len(data) == entry.size and digest(data, FILE_PERSON) != entry.file_hash:
        return [Finding("tampered", number, "its bytes are not those that the manifest names")]
    return []


def _check_content(
    number: int, data: bytes, private_key: bytes, manifest: Manifest | None, contents: _Contents, *, last: bool
) -> tuple[list[Finding], bool]:
    """(what is wrong inside, True when the segment ends closed)."""
    try:
        reader = SegmentReader(data, private_key)
        decoder = BodyDecoder()
        for index, frame in enumerate(reader.frames()):
            if (frame.kind == INFO) != (number == 0 and index == 0):
                raise Tampered("what the recording says of itself is not where it belongs")
            if frame.kind == INFO:
                if msgspec.json.decode(frame.body, type=RecordingInfo).id != reader.header.recording_id:
                    raise Tampered("it says to be another recording")
                contents.info_hash = digest(frame.body, INFO_PERSON).hex()
            if frame.kind == RECORDS:
                batches = decoder.decode(frame.body)
                if sum(batch.num_rows for batch in batches.values()) != frame.records:
                    raise Tampered("a frame holds another number of records than it says")
                for stream, batch in batches.items():
                    contents.records[stream] = contents.records.get(stream, 0) + batch.num_rows
    except msgspec.MsgspecError:
        return [Finding("tampered", number, "what the recording says of itself is not readable")], False
    except Tampered as error:
        return [Finding("tampered", number, str(error))], False
    if reader.end == "closed":
        return [], True
    if last:
        torn = "inside a frame" if reader.end == "torn" else "after a whole frame"
        return [Finding("recovered", number, f"the recorder ended without closing it; it ends {torn}")], False
    # With a manifest, the missing bytes were found by size already.
    return ([] if manifest else [Finding("incomplete", number, "its end is missing")]), False


def _check_summary(manifest: Manifest, private_key: bytes, contents: _Contents) -> list[Finding]:
    try:
        summary = manifest.summary(private_key)
    except Tampered as error:
        return [Finding("tampered", None, str(error))]
    changed = any(entry.state != "recorded" for entry in manifest.entries.values())
    if not changed and (summary.info_hash, summary.records) != (contents.info_hash, contents.records):
        return [Finding("tampered", None, "its content is not what the manifest's summary says")]
    return []


def _unclosed(heads: Mapping[int, Head], ended: bool, private_key: bytes | None) -> list[Finding]:
    """What the lack of a (usable) manifest means."""
    if not heads:
        return [Finding("incomplete", None, "it has no segment")]
    if private_key is None:
        return [Finding("incomplete", None, "it was never closed, and only its key tells whether its end is torn")]
    if ended:
        return [Finding("incomplete", None, "the last segment is closed, yet no closing manifest is there")]
    return []


def _verdict(findings: list[Finding], depth: Depth) -> Verification:
    worst: Verdict = max((finding.verdict for finding in findings), key=SEVERITY.index, default="whole")
    first = next((finding for finding in findings if finding.verdict == worst), None)
    if first is None:
        told = {
            "outline": "headers, sizes and the closing manifest agree",
            "bytes": "every byte is what its device signed",
            "content": "every byte is what its device signed, and every frame opens",
        }
        return Verification("whole", told[depth], depth)
    reason = first.reason if first.segment is None else f"segment {first.segment}: {first.reason}"
    return Verification(worst, reason, depth, tuple(findings))


def _head(data: bytes) -> Head:
    return Head(data[:HEADER_BYTES], len(data))
