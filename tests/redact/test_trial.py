"""What a policy would keep of a recording that exists."""

from __future__ import annotations

import pytest

from understudy.records.actions import Action
from understudy.records.elements import Element
from understudy.records.events import ElementAt, Windows, WindowState
from understudy.records.geometry import Rect
from understudy.records.kept import Frame, KeyLevel, TextRun
from understudy.records.recording import Recording, RecordingInfo
from understudy.redact.policy_file import read_policy
from understudy.redact.scrub import Scrubber
from understudy.redact.trial import AppTrial, trial

OWN = 'version = 1\nprofile = "own-work"\n'
SCREEN = Rect(0, 0, 400, 200)
EDITOR = WindowState(id=1, rect=Rect(0, 0, 200, 200), program="mousepad", app="Mousepad", title="Notes", pid=1)
MAIL = WindowState(
    id=2, rect=Rect(200, 0, 200, 200), program="chromium", title="x", pid=2, url="https://mail.google.com/mail/u/0"
)


def windows(time_ns: int, active: int) -> Windows:
    return Windows(time_ns=time_ns, seq=0, active=active, windows=(EDITOR, MAIL), screen=SCREEN)


def run(start_ns: int, text: str, level: KeyLevel = "text", label: str = "Note") -> TextRun:
    field = Element(id="f", role="entry", name=label)
    return TextRun(time_ns=start_ns + 5, seq=0, run=0, start_ns=start_ns, text=text, level=level, element=field)


def frame(time_ns: int) -> Frame:
    return Frame(time_ns=time_ns, seq=0, changed_ns=time_ns, width=400, height=200, key=True, patches=())


def recording() -> Recording:
    info = RecordingInfo(
        id="0" * 32, contributor="c", consent_id="", profile="own-work", started_at="", start_ns=0, policy_sha256="",
        product_version="", schema_version=1,
    )  # fmt: skip
    row = Element(id="r", role="list item", name="Ada Quill", path=("frame", "list", "list item"))
    return Recording(
        info=info,
        window=(windows(0, 1), windows(100, 2)),
        text=(
            run(10, "hello"),
            run(20, "Aaa", "shape"),
            run(110, "ann@example.com"),
            run(120, "Ada Quill", label="To"),
        ),
        element=(ElementAt(time_ns=130, seq=0, cause="press", element=row, asked_ns=130, x=300, y=20),),
        frame=(frame(50), frame(150)),
    )


ACTIONS = (
    Action(kind="click", start_ns=15, end_ns=16, x=10, y=10),
    Action(kind="click", start_ns=115, end_ns=116, x=300, y=10),
    Action(kind="hotkey", start_ns=117, end_ns=118, keys=("ctrl", "s")),
    Action(kind="wait", start_ns=118, end_ns=119),
)


def tried(text: str) -> dict[str, AppTrial]:
    policy = read_policy((OWN + text).encode(), source="p")
    scrubber = Scrubber(policy.scrub)
    found = trial(
        policy, recording(), ACTIONS, lambda words, label: [h.kind for h in scrubber.hits(words, label=label)]
    )
    return {app.application: app for app in found}


BOTH = '[[app]]\nname = "Editor"\nprogram = "mousepad"\n[[app]]\nname = "Browser"\nprogram = "chromium"\n'


def test_what_is_in_scope_is_kept_and_narrowed_with_reasons() -> None:
    apps = tried(BOTH)
    editor, mail = apps["mousepad"], apps["chromium"]
    assert (editor.rule, editor.actions.kept, editor.texts.kept, editor.more) == ("Editor", 1, 2, 1)
    assert (mail.rule, mail.site, mail.actions.kept) == ("Browser", "https://mail.google.com/", 2)
    assert dict(mail.texts.narrowed) == {"holds what is replaced: email": 1, "text → shape": 1}
    assert dict(mail.targets.narrowed) == {"shows other people": 1}
    assert mail.pictures.narrowed.total() == 1 and mail.pictures.kept == 0


def test_what_is_out_is_dropped_with_the_reason() -> None:
    assert dict(tried("")["mousepad"].texts.dropped) == {"no [[app]] names the program": 2}
    denied = tried(f'{BOTH}[[deny]]\nname = "Notes"\ntitle = "notes"\n')["mousepad"]
    assert dict(denied.actions.dropped) == {"denied": 1} and denied.rule == ""
    assert dict(denied.pictures.dropped) == {"denied": 1}
    elsewhere = tried('[[app]]\nname = "B"\nprogram = "chromium"\nurls = ["https://shop.example"]\n')["chromium"]
    assert dict(elsewhere.actions.dropped) == {"the address isn't in scope": 2}


def test_levels_narrow_and_never_widen() -> None:
    editor = tried('[[app]]\nname = "E"\nprogram = "mousepad"\nkeys = "timing"\n')["mousepad"]
    assert dict(editor.texts.narrowed) == {"text → timing": 1, "shape → timing": 1} and editor.more == 0
    editor = tried('[[app]]\nname = "E"\nprogram = "mousepad"\nkeys = "nothing"\n')["mousepad"]
    assert dict(editor.texts.dropped) == {"typing isn't kept": 2}


def test_a_picture_loses_the_windows_that_are_out() -> None:
    editor = tried('[[app]]\nname = "E"\nprogram = "mousepad"\n')["mousepad"]
    assert dict(editor.pictures.narrowed) == {"a window in it isn't shown": 1}


@pytest.mark.parametrize("lane", ["ocr", "blur"])
def test_a_picture_through_a_lane_is_narrowed(lane: str) -> None:
    own = f'[[app]]\nname = "E"\nprogram = "mousepad"\npixels = "{lane}"\n'
    editor = tried(f'{own}[[app]]\nname = "B"\nprogram = "chromium"\n')["mousepad"]
    assert dict(editor.pictures.narrowed) == {"a window in it is shown only as far as it is read, or blurred": 1}
