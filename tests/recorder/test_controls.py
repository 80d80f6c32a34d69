"""The person's controls while it records for real: what is forgotten is nowhere, what was paused was never there."""

from __future__ import annotations

import contextlib
import io
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
from PIL import Image
from tests.recorder.fake_saver import FakeSaver

from benchmarks.driven import Desk, Recorder, understudy, wait_until
from benchmarks.looking import Searcher, new_word
from understudy.act.desktop import VirtualDesktop
from understudy.act.xtest import XTest
from understudy.export.words import tell_mark
from understudy.pipeline.reduce import reduce
from understudy.records.events import Mark
from understudy.records.recording import Recording
from understudy.seal.segment import SegmentReader
from understudy.spool import identity
from understudy.spool.keystore import KeyStore

pytestmark = [pytest.mark.desktop, pytest.mark.timeout(900)]

INDICATOR_BACK = (0x1C, 0x1D, 0x21)


@dataclass(repr=False)
class Story:
    """What was done while it was recorded, and the recording."""

    words: dict[str, str]
    recorder: Recorder
    recording: Recording
    bar: tuple[int, int, int, int]
    said: str
    forgot_ns: tuple[int, int]
    before: set[str] = field(default_factory=set)
    spool_after: bytes = b""


def unsealed(recorder: Recorder) -> bytes:
    """Everything in the recording's folder: each file as it lies there, and all that the key opens of it."""
    key = KeyStore(recorder.home.keys).unwrap(recorder.id, identity.load(recorder.home.identity))
    content = []
    for path in sorted((recorder.home.spool / recorder.id).iterdir()):
        data = path.read_bytes()
        content.append(data)
        if path.suffix == ".seg":
            content += [frame.body for frame in SegmentReader(data, key).frames()]
    return b"\n".join(content) + msgspec.json.encode(msgspec.structs.replace(recorder.recording(), frame=()))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    chance = random.Random()
    words = {name: new_word(chance) for name in ("before", "open", "locked", "after")}
    with (
        VirtualDesktop() as desktop,
        Desk(desktop.display) as desk,
        XTest(desktop.display) as hands,
        FakeSaver(desktop.env["DBUS_SESSION_BUS_ADDRESS"]) as saver,
        Recorder(desktop, tmp_path_factory.mktemp("controls")) as recorder,
    ):
        desktop.spawn(["mousepad", "--disable-server"])
        area = desk.place(desk.find("mousepad"), 0, 0, 1200, 700)
        recorder.begin()
        bar = desk.indicator()
        recorder.wait_for_scope()

        def type_(word: str, *, end: bool = True) -> None:
            hands.type_text(words[word] + (" " if end else ""), 0.02)
            if end:
                hands.key("Return")

        def hotkey(letter: str) -> None:
            for key in ("ctrl", "alt", "shift", letter):
                hands.key_down(key)
            for key in (letter, "shift", "alt", "ctrl"):
                hands.key_up(key)

        def click() -> None:
            hands.move(area[0] + 300, area[1] + 300, 0.1)
            time.sleep(0.2)
            hands.click()
            time.sleep(0.4)

        searcher = Searcher(words)

        def seal(word: str) -> None:
            """Type a word until it is kept: on a busy machine the editor may not be known yet the first time."""
            for _ in range(5):
                click()
                type_(word)
                with contextlib.suppress(AssertionError):
                    wait_until(lambda: word in searcher.look(unsealed(recorder)), f"{word} to be sealed", 12)
                    return
            raise AssertionError(f"{word} was typed five times and not kept; {recorder.said()}")

        seal("before")
        before = searcher.look(unsealed(recorder))
        hands.move(*_middle(desk.indicator()), 0.1)
        time.sleep(0.2)
        hands.click()
        time.sleep(0.8)
        hands.click()
        time.sleep(0.8)
        click()
        type_("open", end=False)
        begun_ns = time.monotonic_ns()
        hotkey("f")
        wait_until(lambda: "are forgotten" in recorder.said(), "it to be forgotten", 40)
        forgot_ns = begun_ns, time.monotonic_ns()
        spool_after = unsealed(recorder)
        hands.key("ctrl+a")
        hands.key("BackSpace")

        saver.active(True)
        time.sleep(0.5)
        click()
        type_("locked")
        hands.key("ctrl+a")
        hands.key("BackSpace")
        time.sleep(0.5)
        saver.active(False)
        time.sleep(1.5)

        seal("after")
        hands.move(*_middle(desk.indicator()), 0.1)
        time.sleep(0.2)
        # The right button asks for nothing, the left one for a pause.
        hands.click(3)
        time.sleep(1.0)
        hands.click()
        time.sleep(0.6)
        hotkey("q")
        assert recorder.wait() == 0
        made = recorder.recording()
        yield Story(words, recorder, made, bar, recorder.said(), forgot_ns, before, spool_after)


def _middle(area: tuple[int, int, int, int]) -> tuple[int, int]:
    return area[0] + area[2] // 2, area[1] + area[3] // 2


def kinds(recording: Recording) -> list[str]:
    told = ("start", "pause", "resume", "forgotten", "stop")
    return [mark.kind for mark in recording.mark if mark.kind in told]


def test_what_was_forgotten_is_nowhere_and_what_came_after_is_there(story: Story) -> None:
    searcher = Searcher(story.words)
    assert story.before == {"before"}
    assert searcher.look(story.spool_after) == set()
    assert searcher.look(unsealed(story.recorder)) == {"after"}
    keys = "".join(key.keysym for key in story.recording.keys if key.down)
    assert searcher.look(keys.encode()) <= {"after"}


def test_the_recording_is_whole_and_says_what_is_missing(story: Story) -> None:
    assert story.recorder.verdict() == "whole"
    assert kinds(story.recording) == ["start", "forgotten", "pause", "resume", "pause", "stop"]
    (mark,) = [one for one in story.recording.mark if one.kind == "forgotten"]
    assert story.forgot_ns[0] <= mark.time_ns <= story.forgot_ns[1]
    began_ns = mark.time_ns - int(mark.detail) * 1_000_000
    assert 5e9 < mark.time_ns - began_ns < 120e9
    assert abs(began_ns - story.recording.info.start_ns) < 30e9
    assert "the last 5 minutes are forgotten (0:" in story.said


@pytest.mark.parametrize("stream", ["pointer", "keys", "text", "window", "element", "frame", "mark"])
def test_what_is_left_is_numbered_without_gaps(story: Story, stream: str) -> None:
    records = getattr(story.recording, stream)
    assert [one.seq for one in records] == list(range(len(records)))
    assert all(one.time_ns >= story.forgot_ns[0] for one in records)


def test_pictures_begin_anew_with_a_whole_one(story: Story) -> None:
    assert story.recording.frame[0].key


def test_a_locked_screen_is_a_pause_that_ends_by_itself(story: Story) -> None:
    locks = [mark for mark in story.recording.mark if mark.detail == "lock"]
    assert [mark.kind for mark in locks] == ["pause", "resume"]
    for stream in ("pointer", "keys", "text", "window", "element", "frame"):
        inside = [one for one in getattr(story.recording, stream) if locks[0].time_ns < one.time_ns < locks[1].time_ns]
        assert not inside, stream


def test_no_hotkey_and_no_click_on_the_indicator_is_an_action(story: Story) -> None:
    assert _middle(story.bar) not in {(one.x, one.y) for one in story.recording.pointer}
    # Select all is the person's own; Understudy's three are not there.
    assert {one.keys for one in reduce(story.recording) if one.kind == "hotkey"} <= {("ctrl", "a")}
    assert not {key.keysym.lower() for key in story.recording.keys if key.modifiers == ("shift", "ctrl", "alt")}
    own = [one for one in story.recording.mark if one.reason == "own_window"]
    assert {(one.kind, one.what) for one in own} <= {("dropped", "pointer")}
    # The first two clicks were forgotten; of the one that paused a mark is kept where it came in time.
    assert len(own) <= 2


def test_the_indicator_is_in_no_picture(story: Story) -> None:
    x, y, width, height = story.bar
    assert story.recording.frame
    seen = 0
    for frame in story.recording.frame:
        for patch in frame.patches:
            with Image.open(io.BytesIO(patch.webp)) as opened:
                picture = opened.convert("RGB")
            box = (max(x, patch.x), max(y, patch.y), min(x + width, patch.x + patch.width), y + height)
            if box[0] >= box[2] or patch.y > y:
                continue
            part = picture.crop((box[0] - patch.x, box[1] - patch.y, box[2] - patch.x, box[3] - patch.y))
            colours = part.getcolors(1 << 16) or []
            assert not [one for one in colours if one[1] == INDICATOR_BACK]
            seen += 1
    assert seen, "no picture covers the place of the indicator"


def test_marks_are_told_in_words(story: Story) -> None:
    told = [tell_mark(mark) for mark in story.recording.mark if isinstance(mark, Mark)]
    assert any(one and "forgotten" in one for one in told)


def test_the_list_of_what_it_holds_tells_of_it(story: Story) -> None:
    shown = understudy(story.recorder.home.root, "recordings", "show", story.recorder.id[:8])
    line = next(line for line in shown.stdout.splitlines() if line.startswith("Forgotten"))
    assert "once, 0:" in line
