"""Secure fields: one mark, no keys, no rhythm; once secure, always."""

# ruff: noqa: ANN401 - the fixture's class lives in a conftest, which nothing can import

from __future__ import annotations

from typing import Any

import msgspec

from understudy.records.events import ElementAt, Key, Mark
from understudy.records.geometry import Rect
from understudy.records.kept import Kept, TextRun
from understudy.redact.secure import SecureMemory


def of(kept: list[Kept], kind: type[Any]) -> list[Any]:
    return [each for each in kept if isinstance(each, kind)]


def drops(kept: list[Kept]) -> list[str]:
    return [mark.reason for mark in of(kept, Mark) if mark.kind == "dropped"]


def test_a_password_leaves_one_mark_and_the_key_that_left_it(fabricate: Any) -> None:
    user = fabricate.entry("User")
    secret = fabricate.entry("Password", secure=True, at=Rect(10, 50, 300, 24))
    made = fabricate.typing(user).type(user, "ann").key("Tab", "\t").focus(secret)
    made.type(secret, "hunter\b2").key("a", "", modifiers=("ctrl",)).type(secret, "x").key("Tab", "\t").focus(user)
    kept = fabricate.kept(made.wait(900))
    assert drops(kept) == ["secure_field"]
    assert [key.keysym for key in of(kept, Key) if key.down] == ["a", "n", "n", "Tab", "Tab"]
    assert len([key for key in of(kept, Key) if not key.down]) == 5
    assert [run.text for run in of(kept, TextRun)] == ["ann"]
    assert [at.element.value_class for at in of(kept, ElementAt)] == ["", "bullets", ""]


def test_number_and_rhythm_of_the_keys_show_nowhere(fabricate: Any) -> None:
    def session(password: str) -> list[Kept]:
        secret = fabricate.entry("Password", secure=True)
        made = fabricate.typing(secret).type(secret, password)
        made.now_ns = 20_000_000_000
        return fabricate.kept(made.key("Return", "\r").wait(500))

    assert session("a") == session("correct horse battery")


def test_a_revealed_password_stays_secure(fabricate: Any) -> None:
    secret = fabricate.entry("Password", secure=True)
    shown = msgspec.structs.replace(
        secret, id="new", role="entry", secure=False, value_class="text", path=("frame", "panel", "entry")
    )
    made = fabricate.typing(secret).type(secret, "abc").focus(shown).type(shown, "def").key("Return", "\r")
    kept = fabricate.kept(made.wait(900))
    assert drops(kept) == ["secure_field"]
    assert not of(kept, Key) and not of(kept, TextRun)
    assert all(at.element.secure for at in of(kept, ElementAt))


def test_a_field_of_another_name_is_not_taken_for_it(fabricate: Any) -> None:
    memory = SecureMemory()
    assert memory.secure(fabricate.entry("Password", secure=True))
    assert not memory.secure(fabricate.entry("Street"))
    assert not memory.secure(fabricate.entry("Password", url="https://other.example/", key="x"))
    assert not memory.secure(None)


def test_bullets_make_an_element_secure(fabricate: Any) -> None:
    assert SecureMemory().secure(msgspec.structs.replace(fabricate.entry(), value_class="bullets"))


def test_bullets_that_arrive_tell_where_the_keys_go(fabricate: Any) -> None:
    secret = fabricate.entry("Password", secure=True)
    kept = fabricate.kept(fabricate.typing().type(secret, "hunter2").key("Return", "\r").wait(900))
    assert not of(kept, TextRun)
    assert not [key for key in of(kept, Key) if key.keysym != "Return"]
    assert "secure_field" in drops(kept)


def test_shift_in_motion_beside_a_password_is_not_told(fabricate: Any) -> None:
    made = fabricate.typing(fabricate.entry("Password", secure=True))
    guard = fabricate.guard()
    made.point(20, 20, "move", modifiers=("shift",))  # type: ignore[arg-type]
    assert all(getattr(each, "modifiers", ()) == () for each in made.run(guard))
