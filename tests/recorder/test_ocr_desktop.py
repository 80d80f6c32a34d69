"""A real program without a tree, recorded by what is read in its pictures."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.driven import Desk, Recorder, alive, wait_until
from understudy.act.desktop import VirtualDesktop
from understudy.pipeline.stills import Stills
from understudy.records.recording import Recording
from understudy.risk.reading import read_words

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

POLICY = """\
version = 1
profile = "own-work"

[[app]]
name = "Terminal"
program = "xterm"
pixels = "ocr"
"""
HARMLESS = "Delivery of seven chairs is planned"
SAID = f"""\
printf '%s\\n\\n%s\\n\\n%s\\n\\n%s\\n' '{HARMLESS}' 'Card CARD' 'mail MAIL please' 'Weather stays bright today'
exec sleep 600
"""


def card(dice: random.Random) -> str:
    digits = [4, *(dice.randrange(10) for _ in range(14))]
    total = sum(sum(divmod(2 * d, 10)) if i % 2 == 0 else d for i, d in enumerate(digits))
    text = "".join(map(str, [*digits, -total % 10]))
    return " ".join(text[at : at + 4] for at in range(0, 16, 4))


def read(recording: Recording) -> str:
    """All that can be read in the kept frames, each at twice its size."""
    stills, found = Stills(recording), []
    for frame in recording.frame:
        picture = Image.fromarray(stills.at(frame.seq))
        larger = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BICUBIC)
        found.append(" ".join(word.text for word in read_words(larger, "11")))
    return "\n".join(found)


def terminal(desktop: VirtualDesktop, desk: Desk, folder: Path, number: str, mail: str) -> tuple[int, ...]:
    script = folder / "said.sh"
    script.write_text(SAID.replace("CARD", number).replace("MAIL", mail))
    desktop.spawn(["xterm", "-fa", "DejaVu Sans Mono", "-fs", "12", "-e", "sh", str(script)])
    return desk.place(desk.find("xterm"), 20, 60, 640, 360)


def reader_of(recorder: Recorder) -> int:
    """The process that reads pictures."""
    wait_until(lambda: "reader" in recorder.crew().others, "the reader")
    return recorder.crew().others["reader"]


def test_a_terminal_shows_harmless_words_and_no_card(tmp_path: Path) -> None:
    if shutil.which("xterm") is None:
        pytest.skip("xterm is not installed")
    dice = random.Random()
    number, mail = card(dice), f"ann{dice.randrange(100, 999)}.lee@example.com"
    # What isn't read within its budget stays covered: a busy machine needs more tries for the same page.
    for nth, seconds in enumerate((6, 20, 40)):
        with (
            VirtualDesktop() as desktop,
            Desk(desktop.display) as desk,
            Recorder(desktop, tmp_path / f"recorder{nth}", policy=POLICY) as recorder,
        ):
            recorder.begin()
            area = terminal(desktop, desk, tmp_path, number, mail)
            time.sleep(seconds)
            recorder.stop()
            recording = recorder.recording()
        text = read(recording)
        joined = "".join(sign for sign in text if sign.isalnum()).lower()
        assert not any(group in joined for group in number.split()), text
        assert mail.split("@")[0].replace(".", "") not in joined, text
        if all(word in text for word in HARMLESS.split()) and "stays bright today" in text:
            break
    else:
        pytest.fail(f"the harmless words were never shown: {text}")
    last = Stills(recording).at(recording.frame[-1].seq)[area[1] : area[1] + area[3], area[0] : area[0] + area[2]]
    assert (last == (0x28, 0x28, 0x28)).all(2).any()


def test_a_stopped_reader_shows_nothing_and_is_told(tmp_path: Path) -> None:
    if shutil.which("xterm") is None:
        pytest.skip("xterm is not installed")
    with (
        VirtualDesktop() as desktop,
        Desk(desktop.display) as desk,
        Recorder(desktop, tmp_path / "recorder", policy=POLICY) as recorder,
    ):
        recorder.begin()
        stopped = reader_of(recorder)
        os.kill(stopped, signal.SIGSTOP)
        area = terminal(desktop, desk, tmp_path, "4111 1111 1111 1111", "ann@example.com")
        time.sleep(7)
        asked_s = time.monotonic()
        recorder.stop()
        assert time.monotonic() - asked_s < 10
        recording = recorder.recording()
    wait_until(lambda: not alive(stopped), "the reader's end")
    stills = Stills(recording)
    for frame in recording.frame:
        inside = stills.at(frame.seq)[area[1] : area[1] + area[3], area[0] : area[0] + area[2]]
        assert len(np.unique(inside.reshape(-1, 3), axis=0)) <= 2
    marks = [(mark.kind, mark.what) for mark in recording.mark if mark.reason == "time_out"]
    assert marks == [("dropped", "frame")]
