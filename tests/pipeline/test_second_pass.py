"""A second look at a recording's texts: what other people's finders see goes, and nothing else does."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy.pipeline.finders import DetectSecrets, Presidio, open_finders
from understudy.pipeline.second_pass import Found, second_pass
from understudy.pipeline.stills import Stills
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Key, Mark, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, Frame, FramePatch, TextRun, TreeNode
from understudy.records.recording import Recording, RecordingInfo

S = 1_000_000_000
INFO = RecordingInfo(
    id="0" * 32, contributor="c", consent_id="1" * 32, profile="own-work", started_at="2026-03-01T09:00:00+00:00",
    start_ns=0, policy_sha256="", product_version="0", schema_version=1, task="Ask kumquat about <EMAIL_1>",
)  # fmt: skip
FIELD = Rect(10, 10, 40, 8)
LABEL = Rect(10, 30, 40, 8)


class Kumquats:
    """Finds a word."""

    def find(self, text: str) -> Sequence[Found]:
        at = text.casefold().find("kumquat")
        return [Found(at, at + 7, "EMAIL")] if at >= 0 else []


def entry(name: str, at: Rect = FIELD) -> Element:
    return Element(id="e", role="entry", name=name, bounds=at)


def recording() -> Recording:
    keys = [Key(time_ns=S + n, seq=n, down=True, keycode=9, keysym="k", text="k", run=n // 2) for n in range(4)]
    runs = (
        TextRun(time_ns=2 * S, seq=0, run=0, start_ns=S, text="my Kumquat", level="text", element=entry("Note")),
        TextRun(time_ns=4 * S, seq=1, run=1, start_ns=3 * S, text="plum", level="text", element=entry("kumquat name")),
        TextRun(time_ns=6 * S, seq=2, run=2, start_ns=5 * S, text="kumquat", level="shape", element=None),
    )
    window = WindowState(id=1, rect=Rect(0, 0, 64, 48), title="kumquat – mail", url="http://x/kumquat")
    nodes = (TreeNode(id="a", role="label", parent=-1, name="To kumquat", bounds=LABEL),)
    trees = tuple(
        ElementTree(
            time_ns=at * S, seq=seq, started_ns=at * S - 1, window=1, bounds=Rect(0, 0, 64, 48),
            nodes=nodes if seq == 1 else (),
        )
        for seq, at in enumerate((1, 4, 8))
    )  # fmt: skip
    webp = _white()
    return Recording(
        info=INFO,
        keys=tuple(keys),
        text=runs,
        window=(Windows(time_ns=1, seq=0, active=1, windows=(window,), screen=Rect(0, 0, 64, 48)),),
        element=(ElementAt(time_ns=S, seq=0, cause="focus", element=entry("plain"), asked_ns=S),),
        frame=tuple(
            Frame(
                time_ns=at * S, seq=seq, changed_ns=0, width=64, height=48, key=seq == 0,
                patches=(FramePatch(0, 0, 64, 48, webp),),
            )
            for seq, at in enumerate((0, 5, 9))
        ),
        mark=(Mark(time_ns=0, seq=0, kind="task", detail="call kumquat"),),
        tree=trees,
    )  # fmt: skip


def _white() -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (255, 255, 255)).save(buffer, "WEBP", lossless=True)
    return buffer.getvalue()


def test_what_is_found_goes_from_every_text_and_numbers_go_on() -> None:
    done = second_pass(recording(), [Kumquats()])
    kept = done.recording
    assert "kumquat" not in repr(msgspec.structs.replace(kept, text=kept.text[:2], frame=())).casefold()
    assert kept.text[0].text == "my <EMAIL_2>" and kept.info.task == "Ask <EMAIL_2> about <EMAIL_1>"
    assert kept.window[0].windows[0].title == "<EMAIL_2> – mail" and kept.mark[0].detail == "call <EMAIL_2>"
    assert done.found == {"EMAIL": 1}, "one value, however often it stands there"


def test_a_run_that_held_something_loses_its_keys_and_its_end() -> None:
    kept = second_pass(recording(), [Kumquats()]).recording
    assert [key.run for key in kept.keys] == [1, 1]
    assert kept.text[0].scrubbed and kept.text[0].time_ns == kept.text[0].start_ns
    assert not kept.text[1].scrubbed and kept.text[1].element is not None
    assert kept.text[1].element.name == "<EMAIL_2> name" and kept.text[1].text == "plum"
    assert kept.text[2].text == "kumquat", "classes of characters are no text"


def test_stills_are_painted_over_where_a_tree_tells_of_it_and_while_it_may_have_stood_there() -> None:
    whole = recording()
    done = second_pass(whole, [Kumquats()])
    stills = Stills(done.recording, done.masks)
    x, y = LABEL.x + 3, LABEL.y + 3
    assert [int(stills.shown(seq)[y, x, 0]) for seq in (0, 1, 2)] == [255, 0, 255]
    # The field that was typed into stays covered.
    assert [int(stills.shown(seq)[FIELD.y + 2, FIELD.x + 2, 0]) for seq in (0, 1, 2)] == [255, 0, 0]
    assert int(Stills(done.recording).shown(1)[y, x, 0]) == 255


def test_nothing_found_is_nothing_changed() -> None:
    whole = recording()
    done = second_pass(whole, [])
    assert done.recording == whole and not done.masks and not done.found


SEEN = (
    ("write to ann.lee@example.com today", "ann.lee@example.com", "EMAIL"),
    ("card 4111 1111 1111 1111 ok", "4111 1111 1111 1111", "CARD"),
    ("IBAN DE89370400440532013000", "DE89370400440532013000", "IBAN"),
    ("key " + "AKIA" + "IOSFODNN7EXAMPLE now", "AKIA" + "IOSFODNN7EXAMPLE", "SECRET"),
    ("tok " + "ghp_" + "a1B2" * 9 + " end", "ghp_" + "a1B2" * 9, "SECRET"),
)


@pytest.mark.parametrize(("text", "value", "kind"), SEEN)
def test_the_real_finders_find_without_a_network(
    monkeypatch: pytest.MonkeyPatch, text: str, value: str, kind: str
) -> None:
    def refuse(*_arguments: object, **_more: object) -> None:
        raise AssertionError("something asked for a network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    found = [one for finder in open_finders() for one in finder.find(text)]
    assert any(text[one.start : one.end] == value and one.kind == kind for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "Meeting at 10:30 on 12/03/2026, order 123456789, version 1.2.3.4, room 4021",
        "Forgot your password? Password must be 12 characters",
        "<EMAIL_1> and <CARD_2> in https://shop.example.org/orders/17?page=2",
        "commit 9f1c2ab in src/understudy/records/kept.py",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    whole = msgspec.structs.replace(recording(), info=msgspec.structs.replace(INFO, task=text))
    assert second_pass(whole, open_finders()).recording.info.task == text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_looked_through_without_an_error(text: str) -> None:
    for finder in (DetectSecrets(), open_finders()[0]):
        for one in finder.find(text):
            assert 0 <= one.start <= one.end <= len(text)
    assert isinstance(open_finders()[0], Presidio)
