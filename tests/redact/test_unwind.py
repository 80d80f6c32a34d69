"""The end of a recording forgotten: the guard goes on as if it had never been, but for what once was secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from understudy.records.events import Key, Mark, Raw
from understudy.records.kept import Kept, TextRun, stream_of
from understudy.redact.guard import Guard
from understudy.redact.scrub import Scrubber

if TYPE_CHECKING:
    from tests.redact.conftest import Fabricator, Session


def feed(guard: Guard, records: list[Raw]) -> list[Kept]:
    return [entry.record for record in records for entry in guard.feed(record)]


def count(records: list[Kept]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in records:
        counts[stream_of(record)] = counts.get(stream_of(record), 0) + 1
    return counts


def begun(fabricate: Fabricator) -> tuple[Guard, Session]:
    policy = fabricate.policy()
    return Guard(policy, Scrubber(policy.scrub, None)), fabricate.session().windows(1)


def test_what_comes_is_numbered_as_if_the_forgotten_had_never_been(fabricate: Fabricator) -> None:
    guard, made = begun(fabricate)
    note = fabricate.entry("Note")
    made.focus(note).type(note, "to ann@example.com ").wait(900).key("Return", "\r").wait(900)
    kept = feed(guard, made.records)
    issued, numbers = guard.issued, count(kept)
    assert issued["email"] == 1
    made.records.clear()

    made.type(note, "or bob@example.org ").key("Return", "\r").wait(900).type(note, "half of a wo")
    gone = feed(guard, made.records)
    assert "EMAIL_2" in msgspec.json.encode(gone).decode()
    guard.unwind(numbers, issued)
    made.records.clear()

    # The desktop is told anew, as after a pause; what was half typed never comes.
    made.wait(500).windows(1).focus(note).type(note, "eve@example.net and ann@example.com ").key("Return", "\r").wait(
        900
    )
    after = feed(guard, made.records)
    words = msgspec.json.encode(after).decode()
    assert "half" not in words
    assert [one.text for one in after if isinstance(one, TextRun)] == ["<EMAIL_2> and <EMAIL_1> "]
    everything = [*kept, *after]
    for stream, size in count(everything).items():
        assert [one.seq for one in everything if stream_of(one) == stream] == list(range(size)), stream
    runs = [one.run for one in everything if isinstance(one, TextRun)]
    assert runs == list(range(len(runs)))


def test_a_key_held_while_it_is_forgotten_leaves_no_release(fabricate: Fabricator) -> None:
    guard, made = begun(fabricate)
    note = fabricate.entry("Note")
    made.focus(note).wait(300)
    made.add(Key(time_ns=made.now_ns, seq=0, down=True, keycode=25, keysym="F5"))
    made.wait(300)
    feed(guard, made.records)
    guard.unwind({}, {})
    made.records.clear()
    made.windows(1).focus(note)
    made.add(Key(time_ns=made.now_ns, seq=0, down=False, keycode=25, keysym="F5"))
    assert not [one for one in feed(guard, made.wait(900).records) if isinstance(one, Key)]


def test_a_field_that_was_secure_stays_so(fabricate: Fabricator) -> None:
    guard, made = begun(fabricate)
    secret = fabricate.entry("Password", secure=True, key="100/7")
    made.focus(secret).type(secret, "hunter2").wait(900)
    feed(guard, made.records)
    guard.unwind({}, {})
    made.records.clear()
    shown = fabricate.entry("Password", key="100/7")
    made.windows(1).focus(shown).type(shown, "3retnuh").wait(1500)
    kept = feed(guard, made.records)
    assert not [one for one in kept if isinstance(one, Key | TextRun)]
    assert [one.reason for one in kept if isinstance(one, Mark) and one.kind == "dropped"] == ["secure_field"]
