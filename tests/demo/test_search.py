"""The search fails on a leak planted in any channel, and on a channel in which it is blind."""

from __future__ import annotations

import base64
import io
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PIL import Image, ImageDraw, ImageFont

from demo.search import as_json, verdict
from demo.secrets import plant
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Mark, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, FramePatch, TextRun
from understudy.records.recording import Recording, RecordingInfo
from understudy.risk.leaks import Channel, Piece, search
from understudy.risk.reading import Reader, Word, in_rows
from understudy.risk.written import (
    KEYCODES,
    element_names_of,
    file_pieces,
    files_under,
    frames_of,
    joined_keys,
    picture_pieces,
    pictures_in,
    record_pieces,
    titles_of,
    with_edits,
)

PLANTED = plant(random.Random(11))
WORDS = PLANTED.controls
FONT = "DejaVuSans.ttf"


def picture_of(*lines: str, width: int = 800, height: int = 300) -> Image.Image:
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((20, 20 + 60 * number), line, fill="black", font=ImageFont.truetype(FONT, 16))
    return picture


def webp_of(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "WEBP", lossless=True)
    return file.getvalue()


def typed(text: str, start: int = 0) -> tuple[Key, ...]:
    codes = {sign: code for code, sign in KEYCODES.items()}
    keys = []
    for place, sign in enumerate(text):
        code, name = codes.get(sign.lower(), 0), {" ": "space", "@": "at", ".": "period"}.get(sign, sign)
        for down in (True, False):
            seq = start + 2 * place + (not down)
            keys.append(Key(time_ns=seq, seq=seq, down=down, keycode=code, keysym=name, text=sign if down else ""))
    return tuple(keys)


def recording(**changes: object) -> Recording:
    """A clean recording, the control words in their places."""
    button = Element(id="1", role="push button", name=f"Ready for {WORDS.element}")
    window = WindowState(id=7, rect=Rect(0, 0, 800, 300), program="chromium", title=f"Order for {WORDS.title}")
    patch = FramePatch(0, 0, 800, 300, webp_of(picture_of(WORDS.pixels, "Order lines")))
    clean = Recording(
        info=RecordingInfo(
            id="0" * 32,
            contributor="c",
            consent_id="1" * 32,
            profile="own-work",
            started_at="2026-01-01T00:00:00+00:00",
            start_ns=0,
            policy_sha256="2" * 64,
            product_version="0.1.0",
            schema_version=1,
        ),
        keys=typed(f"two crates of {WORDS.typed}"),
        text=(
            TextRun(time_ns=2, seq=0, run=0, start_ns=1, text=f"crates of {WORDS.typed}", level="text", element=button),
        ),
        window=(Windows(time_ns=0, seq=0, active=7, windows=(window,), screen=Rect(0, 0, 800, 300)),),
        element=(ElementAt(time_ns=1, seq=0, cause="focus", element=button, asked_ns=1),),
        frame=(Frame(time_ns=1, seq=0, changed_ns=1, width=800, height=300, key=True, patches=(patch,)),),
        mark=(Mark(time_ns=0, seq=0, kind="start"),),
    )
    return msgspec.structs.replace(clean, **changes)


def channels_of(value: Recording) -> Iterator[Channel]:
    yield Channel("records", WORDS.typed, record_pieces(value))
    yield Channel("keys", WORDS.typed, joined_keys(value.keys))
    yield Channel("titles", WORDS.title, titles_of(value))
    yield Channel("elements", WORDS.element, element_names_of(value))
    yield Channel("frames", WORDS.pixels, picture_pieces(Reader(), frames_of(value)))


def leaking(value: Recording) -> set[str]:
    return {result.channel for result in search(channels_of(value), PLANTED.secrets) if result.count}


def test_a_clean_recording_passes() -> None:
    results = search(channels_of(recording()), PLANTED.secrets)
    assert verdict(results) is None
    assert all(result.count == 0 and result.control_found and result.pieces for result in results)


def test_a_title_leaks() -> None:
    clean = recording()
    state = msgspec.structs.replace(clean.window[0].windows[0], title=f"Mail to {PLANTED.person.value}")
    windows = (*clean.window, msgspec.structs.replace(clean.window[0], seq=1, windows=(state,)))
    assert leaking(recording(window=windows)) == {"records", "titles"}


def test_an_element_name_leaks() -> None:
    clean = recording()
    cell = Element(id="2", role="static", name=PLANTED.iban.value)
    asked = (*clean.element, ElementAt(time_ns=2, seq=1, cause="rest", element=cell, asked_ns=2))
    assert leaking(recording(element=asked)) == {"records", "elements"}


def test_a_text_run_leaks() -> None:
    run = recording().text[0]
    assert leaking(recording(text=(run, msgspec.structs.replace(run, text=PLANTED.card.value)))) == {"records"}


def test_a_mark_leaks() -> None:
    mark = Mark(time_ns=5, seq=1, kind="task", detail=f"write to {PLANTED.email.value}")
    assert leaking(recording(mark=(mark,))) == {"records"}


def test_typed_keys_leak_though_no_record_holds_the_secret() -> None:
    keys = typed(f"{WORDS.typed} {PLANTED.password.value}")
    assert leaking(recording(keys=keys)) == {"keys"}


@pytest.mark.parametrize("only", ["text", "keysym", "keycode"])
def test_keys_leak_by_each_of_their_fields_alone(only: str) -> None:
    empty = {"text": "", "keysym": "", "keycode": 0}
    del empty[only]
    keys = tuple(msgspec.structs.replace(key, **empty) for key in typed(PLANTED.outside_typed.value))
    assert leaking(recording(keys=(*typed(WORDS.typed), *keys))) == {"keys"}


def test_keys_leak_by_their_releases_alone() -> None:
    keys = tuple(key for key in typed(PLANTED.outside_typed.value) if not key.down)
    assert leaking(recording(keys=(*typed(WORDS.typed), *keys))) == {"keys"}


def test_keys_with_a_corrected_slip_leak() -> None:
    value = PLANTED.outside_typed.value
    slip = typed(value[:6] + "q")
    back = Key(time_ns=0, seq=900, down=True, keycode=22, keysym="BackSpace")
    keys = (*slip, back, *typed(value[6:], 1000))
    assert with_edits([key for key in keys if key.down]) == value
    assert leaking(recording(keys=(*typed(WORDS.typed), *keys))) == {"keys"}


@pytest.mark.parametrize("which", ["password", "email", "card", "person", "outside", "outside_title"])
def test_a_frame_leaks(which: str) -> None:
    clean = recording()
    patch = FramePatch(100, 100, 600, 80, webp_of(picture_of(getattr(PLANTED, which).value, width=600, height=80)))
    frame = msgspec.structs.replace(clean.frame[0], seq=1, key=False, patches=(patch,))
    assert leaking(recording(frame=(*clean.frame, frame))) == {"frames"}


def test_a_frame_split_over_two_patches_leaks() -> None:
    whole = picture_of(PLANTED.outside.value, width=600, height=80)
    halves = (whole.crop((0, 0, 90, 80)), whole.crop((90, 0, 600, 80)))
    clean = recording()
    first = FramePatch(0, 150, 90, 80, webp_of(halves[0]))
    second = FramePatch(90, 150, 510, 80, webp_of(halves[1]))
    frames = (
        msgspec.structs.replace(clean.frame[0], seq=1, key=False, patches=(first,)),
        msgspec.structs.replace(clean.frame[0], seq=2, key=False, patches=(second,)),
    )
    assert leaking(recording(frame=(*clean.frame, *frames))) == {"frames"}


@pytest.mark.parametrize(
    ("channel", "changes"),
    [
        ("records", {"text": (), "keys": ()}),
        ("keys", {"keys": ()}),
        ("titles", {"window": ()}),
        ("elements", {"element": (), "text": ()}),
        ("frames", {"frame": ()}),
    ],
)
def test_a_blind_channel_fails(channel: str, changes: dict[str, object]) -> None:
    said = verdict(search(channels_of(recording(**changes)), PLANTED.secrets))
    assert said is not None and "blind" in said and channel in said


FILES: dict[str, Callable[[str], bytes]] = {
    "spool/0001.seg": lambda secret: b"UNDERSTUDY\x00\x07" + secret.encode() + b"\xff\x00",
    "datasets/part.parquet": lambda secret: b"PARE\x00" + secret.encode("utf-16-le"),
    "exports/steps.jsonl": lambda secret: f'{{"text": "{secret}"}}\n'.encode(),
    "exports/actions.json": lambda secret: base64.b64encode(b"x" + secret.encode()),
    "logs/record.log": lambda secret: f"recording {secret[::-1]} failed".encode(),
    "report.html": lambda secret: f"<p>{'<b></b>'.join(secret)}</p>".encode(),
    "catalogue.db": lambda secret: b"SQLite format 3\x00" + secret.encode().hex().encode(),
}


@pytest.mark.parametrize("which", [secret.name for secret in PLANTED.secrets])
@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_leaks(tmp_path: Path, name: str, which: str) -> None:
    secret = next(secret for secret in PLANTED.secrets if secret.name == which)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(FILES[name](secret.value) + b" " + WORDS.typed.encode())
    pieces = file_pieces(files_under(tmp_path), tmp_path)
    (result,) = search([Channel("files", WORDS.typed, pieces)], PLANTED.secrets)
    assert result.count and result.control_found
    said = verdict([result])
    assert said is not None and which in said and secret.value not in said


def test_a_file_name_leaks(tmp_path: Path) -> None:
    (tmp_path / f"{PLANTED.person.parts[1]}.bin").write_bytes(b"\x00")
    (result,) = search([Channel("files", "x", file_pieces(files_under(tmp_path), tmp_path))], PLANTED.secrets)
    assert result.count


def test_pictures_in_files_and_pages_leak(tmp_path: Path) -> None:
    leak = webp_of(picture_of(PLANTED.password.value, WORDS.pixels))
    (tmp_path / "still.webp").write_bytes(leak)
    (tmp_path / "report.html").write_text(f'<img src="data:image/webp;base64,{base64.b64encode(leak).decode()}">')
    for name in ("still.webp", "report.html"):
        pieces = picture_pieces(Reader(), pictures_in([tmp_path / name], tmp_path))
        (result,) = search([Channel("pictures", WORDS.pixels, pieces)], PLANTED.secrets)
        assert result.count and result.control_found, name


def test_skipped_folders_are_skipped(tmp_path: Path) -> None:
    for name in ("a/one", "b/two"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("x")
    assert files_under(tmp_path, skip=[tmp_path / "b"]) == [tmp_path / "a/one"]


def test_an_empty_search_is_no_clean_search() -> None:
    assert verdict([]) is not None


def test_results_as_values_hold_no_secret() -> None:
    results = search([Channel("c", "word", [Piece("p", PLANTED.card.value)])], PLANTED.secrets)
    assert PLANTED.card.value not in repr(as_json(results)) and as_json(results)[0]["secrets_found"] == 1


def test_equal_rows_are_read_once_and_told_each_time() -> None:
    reader = Reader()
    picture = picture_of("Marmalade", "Gooseberry", "", "Juniper")
    ((where, text),) = reader.read([("a", picture), ("b", picture.copy())])
    assert where == "a" and "Marmalade" in text and "Juniper" in text and reader.sheets == 1
    ((where, again),) = reader.read([("c", picture.copy())])
    assert where == "c" and again == text and reader.sheets == 1
    changed = picture.copy()
    ImageDraw.Draw(changed).text((500, 200), "Sandpiper", fill="black", font=ImageFont.truetype(FONT, 16))
    ((_, first), (where, rest)) = reader.read([("d", picture), ("e", changed)])
    assert first == text and where == "e" and "Sandpiper" in rest and "Marmalade" not in rest
    assert reader.read([("f", Image.new("RGB", (400, 400), "black"))])[0][1].strip() == ""
    assert reader.pictures == 6


@pytest.mark.parametrize("ground", ["black", "white", "#808080"])
def test_a_window_on_a_bare_desktop_is_read(ground: str) -> None:
    """Equal rows above and below it once made its strip empty: the search was blind for the whole picture."""
    picture = Image.new("RGB", (1280, 800), ground)
    picture.paste(picture_of("Sandpiper", "Watermelon", width=420, height=240), (500, 160))
    ((_, text),) = Reader().read([("desktop", picture)])
    assert "Sandpiper" in text and "Watermelon" in text


def test_light_text_on_dark_is_read() -> None:
    picture = Image.new("RGB", (800, 200), "white")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((30, 60, 330, 104), 8, fill="#1f6f5c")
    draw.text((60, 72), "Ready for nightingale", fill="white", font=ImageFont.truetype("DejaVuSans-Bold.ttf", 14))
    ((_, text),) = Reader().read([("button", picture)])
    assert "nightingale" in text


def test_words_far_apart_on_one_row_are_read_as_one_row() -> None:
    words = [Word("right", 600, 101, 12), Word("below", 10, 140, 12), Word("left", 10, 100, 12)]
    assert in_rows(words) == "left right\nbelow"
