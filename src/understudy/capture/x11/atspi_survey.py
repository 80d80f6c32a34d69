"""What the accessibility bus and the X server say of a desktop: asked once, for `doctor`, with an end to every wait."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import xcffib
import xcffib.xproto
from dbus_fast import Message
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, DBusError, InvalidAddressError

from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.capture.x11.atspi_bus import AtspiBus, BusUnavailable, open_bus
from understudy.capture.x11.atspi_calls import NoAnswer, Program
from understudy.capture.x11.atspi_names import DOCUMENTS
from understudy.capture.x11.atspi_reader import Reader
from understudy.capture.x11.atspi_tree import TreeReader
from understudy.capture.x11.connect import Connection, connect, disconnect, has_extension, screen_of

WAIT_S = 3.0
MAX_WINDOWS = 500


@dataclass(frozen=True)
class BusFacts:
    """The two buses. `enabled` is org.a11y.Status.IsEnabled, None when nobody tells."""

    session: bool
    accessibility: bool
    enabled: bool | None


@dataclass(frozen=True)
class ProgramFacts:
    """A program with a window or on the bus. `elements` and `document_elements` count what shows, inside documents
    for the latter; None when the program is on the bus but did not answer. `on_bus` False: it told nothing."""

    pid: int
    name: str
    on_bus: bool
    windows: int
    elements: int | None
    document_elements: int | None


def x_facts(env: DesktopEnv, extensions: tuple[str, ...]) -> tuple[list[str], dict[int, int]]:
    """(the extensions among `extensions` that the server lacks, windows on the screen by process).

    Processes come from _NET_WM_PID of the windows that the window manager lists. Raises CaptureUnavailable when the
    server doesn't answer.
    """
    connection = connect(env)
    try:
        return [name for name in extensions if not has_extension(connection, name)], _windows(connection)
    except xcffib.XcffibException as error:
        raise CaptureUnavailable(f"the X server {env.display!r} went away while it was asked") from error
    finally:
        disconnect(connection)


def bus_facts(env: DesktopEnv, pids: frozenset[int]) -> tuple[BusFacts, list[ProgramFacts]]:
    """The buses, and how much each program on them tells; `pids` are the processes that have windows."""
    return asyncio.run(_bus_facts(env, pids))


def program_name(pid: int) -> str:
    """The base name of a process's executable, its short name when that may not be read, "" when it is gone."""
    folder = Path("/proc") / str(pid)
    try:
        return (folder / "exe").readlink().name.removesuffix(" (deleted)")
    except OSError:
        pass
    try:
        return (folder / "comm").read_text().strip()
    except OSError:
        return ""


async def _bus_facts(env: DesktopEnv, pids: frozenset[int]) -> tuple[BusFacts, list[ProgramFacts]]:
    session, enabled = await _enabled(env.session_bus_address)
    silent = [ProgramFacts(pid, program_name(pid), False, 1, 0, 0) for pid in sorted(pids)]
    try:
        bus = await open_bus(env.session_bus_address)
    except BusUnavailable:
        return BusFacts(session, False, enabled), silent
    try:
        told = await _programs(bus)
    except NoAnswer:
        return BusFacts(session, True, enabled), silent
    finally:
        bus.close()
    known = {facts.pid for facts in told}
    return BusFacts(session, True, enabled), told + [facts for facts in silent if facts.pid not in known]


async def _programs(bus: AtspiBus) -> list[ProgramFacts]:
    # Programs build most of what they tell, their cache included, only once somebody listens.
    await bus.listen()
    programs = [*(await bus.programs()).values()]
    trees = TreeReader(bus, Reader(bus))
    found = await asyncio.gather(*(_program(trees, program) for program in programs))
    return sorted(found, key=lambda facts: (facts.name, facts.pid))


async def _program(trees: TreeReader, program: Program) -> ProgramFacts:
    name = program_name(program.pid)
    try:
        windows = await trees.windows(program)
    except NoAnswer:
        return ProgramFacts(program.pid, name, True, 0, None, None)
    nodes = [node for window in windows for node in window.nodes]
    within = sum(1 for node in nodes if any(role in DOCUMENTS for role in node.element.path[:-1]))
    return ProgramFacts(program.pid, name, True, len(windows), len(nodes), within)


async def _enabled(address: str) -> tuple[bool, bool | None]:
    """(whether the session bus answers, org.a11y.Status.IsEnabled)."""
    if not address:
        return False, None
    try:
        async with asyncio.timeout(WAIT_S):
            bus = await MessageBus(address, auth_timeout=WAIT_S).connect()
    except (OSError, EOFError, TimeoutError, AuthError, InvalidAddressError, DBusError, ValueError):
        return False, None
    try:
        async with asyncio.timeout(WAIT_S):
            reply = await bus.call(
                Message(
                    destination="org.a11y.Bus",
                    path="/org/a11y/bus",
                    interface="org.freedesktop.DBus.Properties",
                    member="Get",
                    signature="ss",
                    body=["org.a11y.Status", "IsEnabled"],
                )
            )
    except (OSError, EOFError, TimeoutError, DBusError):
        return True, None
    finally:
        bus.disconnect()
    value = getattr(reply.body[0], "value", None) if reply is not None and reply.body else None
    return True, value if isinstance(value, bool) else None


def _windows(connection: Connection) -> dict[int, int]:
    core, root = connection.core, int(screen_of(connection).root)
    listed = _values(core, root, _atom(core, "_NET_CLIENT_LIST"))[:MAX_WINDOWS]
    pid_atom = _atom(core, "_NET_WM_PID")
    found: dict[int, int] = {}
    for window in listed:
        try:
            pids = _values(core, window, pid_atom)
        except xcffib.Error:
            # It closed between two questions.
            continue
        if pids:
            found[pids[0]] = found.get(pids[0], 0) + 1
    return found


def _atom(core: Connection, name: str) -> int:
    return int(core.InternAtom(False, len(name), name).reply().atom)


def _values(core: Connection, window: int, atom: int) -> list[int]:
    reply = core.GetProperty(False, window, atom, xcffib.xproto.GetPropertyType.Any, 0, MAX_WINDOWS).reply()
    return [int(value) for value in reply.value.to_atoms()]
