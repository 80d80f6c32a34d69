"""The reader of pictures: what it reads, what it costs at most, and that nothing of it touches a file."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.driven import alive, wait_until
from understudy.recorder import ocr
from understudy.recorder.ocr import CPU_SHARE, SHARE_S, PictureRead, PictureReader, ReadPicture, Share, read_picture
from understudy.recorder.tesseract import Tesseract, TesseractMissing, words_of
from understudy.redact.ocr_lane import Question

FONT = "DejaVuSansMono.ttf"


def picture(text: str, size: int = 13, *, dark: bool = False, width: int = 480, height: int = 48) -> Image.Image:
    paper = Image.new("L", (width, height), 30 if dark else 255)
    font = ImageFont.truetype(FONT, size)
    ImageDraw.Draw(paper).text((12, 12), text, fill=220 if dark else 0, font=font)
    return paper


def question(image: Image.Image, number: int = 1) -> Question:
    return Question(number, image.width, image.height, image.tobytes())


@pytest.fixture(scope="module")
def tesseract() -> Tesseract:
    try:
        return Tesseract()
    except TesseractMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def reader() -> Iterator[PictureReader]:
    made = PictureReader()
    made.start()
    yield made
    made.end()


def answers(reader: PictureReader, number: int, timeout_s: float = 30) -> PictureRead:
    found: list[PictureRead] = []

    def hear() -> bool:
        reader.go_on()
        found.extend(each for each in reader.hear() if each.question == number)
        return bool(found)

    wait_until(hear, "an answer of the reader", timeout_s)
    return found[0]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [9, 11, 14, 20])
def test_reads_small_and_light_letters(tesseract: Tesseract, size: int, dark: bool) -> None:
    image = picture("Order 17 is packed", size, dark=dark)
    words = read_picture(tesseract, ReadPicture(1, image.width, image.height, image.tobytes()))
    assert words is not None
    assert [word.text for word in words] == ["Order", "17", "is", "packed"]
    letter_px = ImageFont.truetype(FONT, size).getlength("0")
    for word, column in zip(words, (0, 6, 9, 12), strict=True):
        assert abs(word.rect.x - (12 + column * letter_px)) <= 3 and word.rect.y >= 12 and word.rect.bottom <= 40


def test_a_deadline_leaves_nothing(tesseract: Tesseract) -> None:
    text = "\n".join("Order 17 is packed and waits" for _ in range(40))
    image = picture(text, 12, width=800, height=900)
    assert tesseract.read(image.tobytes(), *image.size, enlarged=1, deadline_ms=1) is None
    again = picture("Order 17 is packed")
    assert tesseract.read(again.tobytes(), *again.size, enlarged=1, deadline_ms=20_000)


def test_a_picture_of_another_size_is_refused(tesseract: Tesseract) -> None:
    with pytest.raises(ValueError, match="holds 100 bytes, not 99"):
        tesseract.read(b"\0" * 99, 10, 10, enlarged=1, deadline_ms=1000)


def test_words_of_a_table() -> None:
    page, word, blank = "1 1 0 0 0 0 0 0 9 9 -1 ", "5 1 1 1 1 1 2 3 40 12 96.3 Order", "5 1 1 1 1 2 2 3 4 5 -1 "
    table = "\n".join(row.replace(" ", "\t") for row in (page, word, blank, "odd"))
    assert words_of(table) == [("Order", 2, 3, 40, 12, 96)]


def test_a_share_of_one_core() -> None:
    share = Share(0.0)
    assert share.wait_s(CPU_SHARE * SHARE_S, 0.0) == 0
    assert share.wait_s(1.0, 0.0) == pytest.approx(1 / CPU_SHARE)
    assert share.wait_s(0.0, 1 / CPU_SHARE) == pytest.approx(0)
    busy_s, now_s = 0.0, 0.0
    share = Share(0.0)
    while now_s < 200:
        now_s += 0.3
        busy_s += 0.3
        now_s += share.wait_s(0.3, now_s)
    assert busy_s <= CPU_SHARE * (now_s + SHARE_S) + 0.3


def test_reads_in_a_process_of_its_own(reader: PictureReader) -> None:
    reader.ask(question(picture("Order 17 is packed"), 7))
    answer = answers(reader, 7)
    assert answer.words is not None and answer.words[0].text == "Order"
    assert reader.pid is not None and os.getpriority(os.PRIO_PROCESS, reader.pid) > 0


def test_a_reader_that_was_killed_is_started_again(reader: PictureReader) -> None:
    first = reader.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: list(reader.hear()) or reader.pid is None, "the end to be seen")
    reader.ask(question(picture("Order 17"), 8))
    assert answers(reader, 8).words and reader.pid != first


def test_a_stopped_reader_holds_nobody_up_and_is_ended(reader: PictureReader, monkeypatch: pytest.MonkeyPatch) -> None:
    reader.ask(question(picture("Order 17"), 1))
    answers(reader, 1)
    pid = reader.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    large = picture("Order 17", width=1000, height=900)
    started_s = time.monotonic()
    for number in range(2, 14):
        reader.ask(question(large, number))
    # Waiting for it would take for ever.
    assert time.monotonic() - started_s < 10 and reader.busy
    monkeypatch.setattr(ocr, "SILENT_S", 0.2)
    time.sleep(0.3)
    reader.go_on()
    assert reader.pid is None and not alive(pid)
    reader.ask(question(picture("Order 17"), 9))
    monkeypatch.setattr(ocr, "SILENT_S", 60.0)
    assert answers(reader, 9).words


def test_a_reader_that_keeps_ending_is_given_up(reader: PictureReader) -> None:
    for _ in range(ocr.MOST_RESTARTS + 2):
        if reader.pid is not None:
            os.kill(reader.pid, signal.SIGKILL)
            wait_until(lambda: list(reader.hear()) or reader.pid is None, "the end to be seen")
        reader.ask(question(picture("Order 17"), 8))
    assert reader.pid is None and reader.fileno() is None


WATCHED = """
import sys
from pathlib import Path
from understudy.recorder.confine import restrict_writes
from understudy.recorder.ocr import PictureReader
from understudy.redact.ocr_lane import Question
restrict_writes([Path(sys.argv[1])])
reader = PictureReader()
reader.start()
data = sys.stdin.buffer.read()
reader.ask(Question(1, 480, 48, data))
while True:
    reader.go_on()
    for answer in reader.hear():
        print([word.text for word in answer.words])
        sys.exit(0)
"""


def test_a_picture_touches_no_file(tmp_path: Path) -> None:
    """Under strace, confined as in a recording: the reader opens nothing for writing but /dev/null, makes nothing."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")
    log = tmp_path / "strace.log"
    calls = "open,openat,openat2,creat,memfd_create,shmget,mkdir,mkdirat,mknod,mknodat,execve,execveat"
    done = subprocess.run(
        [
            *("strace", "-f", "-o", str(log), "-e", "trace=" + ",".join(f"?{call}" for call in calls.split(","))),
            *(sys.executable, "-c", WATCHED, str(tmp_path)),
        ],
        input=picture("Order 17 is packed").tobytes(),
        capture_output=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=120,
        check=False,
    )
    assert b"packed" in done.stdout, done.stderr
    lines = log.read_text().splitlines()
    assert any("eng.traineddata" in line for line in lines)
    writes = [
        line
        for line in lines
        if re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE|memfd_create|shmget|mkdir|mknod|creat\(", line)
        and "/dev/null" not in line
    ]
    assert writes == []
    # Our own two interpreters, and no third program.
    assert sum("execve(" in line and "= 0" in line for line in lines) == 2
