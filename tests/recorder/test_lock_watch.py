"""Who may say that the screen is locked: each heard, and only a lock's own end ends it. On the buses stand fakes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest
from tests.recorder.fake_saver import FakeLogind, FakeSaver

from understudy.act.desktop import VirtualDesktop
from understudy.capture.source import DesktopEnv
from understudy.recorder.controls import Wish
from understudy.recorder.lock_watch import ASKED, LOCKERS, SAVERS, BusLocks, LockWatch


def watch() -> tuple[LockWatch, list[Wish]]:
    told: list[Wish] = []
    made = LockWatch()
    made.begin(told.append)
    return made, told


def test_one_is_enough_and_all_must_say_that_it_is_over() -> None:
    one, told = watch()
    one.say("locker", True)
    one.say("saver", True)
    one.say("locker", False)
    assert told == ["locked", "locked"]
    one.say("saver", False)
    assert told[2:] == ["unlocked"]


def test_a_lock_that_was_there_before_anybody_listened_is_told() -> None:
    one, told = LockWatch(), list[Wish]()
    one.say("locker", True)
    one.begin(told.append)
    one.say("locker", False)
    assert told == ["locked", "unlocked"]


def test_a_lock_that_was_over_before_is_not_told() -> None:
    one, told = LockWatch(), list[Wish]()
    one.say("locker", True)
    one.say("locker", False)
    one.begin(told.append)
    assert told == []


def test_who_never_said_locked_unlocks_nothing() -> None:
    one, told = watch()
    one.say("locker", True)
    one.say("logind", False)
    assert told == ["locked"]


def test_a_wish_to_lock_ends_with_the_locker_that_came() -> None:
    one, told = watch()
    one.say(ASKED, True)
    one.say("locker", True)
    one.say("locker", False)
    assert told == ["locked", "locked", "unlocked"]


def test_a_wish_that_no_locker_answers_holds_until_it_is_taken_back() -> None:
    one, told = watch()
    one.say(ASKED, True)
    one.say("locker", False)
    assert told == ["locked"]
    one.say(ASKED, False)
    assert told == ["locked", "unlocked"]


def test_lockers_are_named_as_they_are_compared() -> None:
    assert all(name == name.lower() for name in LOCKERS)


# --- on a bus --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with VirtualDesktop(640, 480) as desktop:
        yield desktop.env["DBUS_SESSION_BUS_ADDRESS"]


def heard(desktop: DesktopEnv, steps: list[tuple[Callable[[], None], Wish]], begins: list[Wish]) -> None:
    """Listen; do each step and wait for what it must lead to."""
    made, told = watch()

    async def until(count: int) -> None:
        end_s = time.monotonic() + 30
        while len(told) < count:
            assert time.monotonic() < end_s, f"heard {told}"
            await asyncio.sleep(0.02)

    async def run() -> None:
        listening = asyncio.create_task(BusLocks(desktop, made).run())
        try:
            await until(len(begins))
            # Long enough for the questions at the beginning.
            await asyncio.sleep(1.0)
            for step, wish in steps:
                before = len(told)
                await asyncio.to_thread(step)
                await until(before + 1)
                assert told[before] == wish
        finally:
            listening.cancel()

    asyncio.run(run())
    assert told[: len(begins)] == begins


@pytest.mark.desktop
@pytest.mark.parametrize("name", SAVERS)
def test_every_kind_of_screen_saver_is_heard(address: str, name: str) -> None:
    with FakeSaver(address, name) as saver:
        env = DesktopEnv(display="", session_bus_address=address)
        heard(env, [(lambda: saver.active(True), "locked"), (lambda: saver.active(False), "unlocked")], [])


@pytest.mark.desktop
def test_a_screen_that_is_locked_already_is_found_so(address: str) -> None:
    with FakeSaver(address) as saver:
        saver.active(True)
        env = DesktopEnv(display="", session_bus_address=address)
        heard(env, [(lambda: saver.active(False), "unlocked")], ["locked"])


@pytest.mark.desktop
@pytest.mark.parametrize("of_session", [True, False])
def test_logind_is_heard(address: str, of_session: bool) -> None:
    with FakeLogind(address, of_session=of_session) as logind:
        env = DesktopEnv(display="", system_bus_address=address)
        steps: list[tuple[Callable[[], None], Wish]] = [
            (lambda: logind.signal("Lock"), "locked"),
            (lambda: logind.signal("Unlock"), "unlocked"),
            (lambda: logind.hint(True), "locked"),
            (lambda: logind.hint(False), "unlocked"),
        ]
        heard(env, steps, [])
