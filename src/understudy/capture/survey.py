"""What `doctor` asks of a desktop and of the machine under it, and how the answers are judged.

The judging functions are pure: facts in, a `Check` out, so that each verdict is tested without a desktop.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from understudy.capture.choose import NEEDED_EXTENSIONS
from understudy.capture.source import CaptureUnavailable, DesktopEnv
from understudy.capture.x11.atspi_survey import BusFacts, ProgramFacts, bus_facts, x_facts

State = Literal["ok", "warn", "fail"]

ACCESSIBILITY_FLAG = "--force-renderer-accessibility"
_SWITCH = "gsettings set org.gnome.desktop.interface toolkit-accessibility true"
_CHROMIUM_FILES = ("chrome_100_percent.pak", "resources.pak", "icudtl.dat")
"""Files that lie beside the executable of every program built on Chromium, Electron's included."""


@dataclass(frozen=True)
class Check:
    """One thing looked at. "warn": recording works, but something is lost or less safe; "fail": it can't work.
    `mend` is what to do, "" when nothing is wrong."""

    name: str
    state: State
    finding: str
    mend: str = ""


def survey(environment: Mapping[str, str], landlock_abi: int) -> list[Check]:
    """Every check, in the order in which they should be mended. Never raises for a desktop that lacks something.

    `environment` is the process environment of the session; `landlock_abi` the kernel's Landlock version, 0 for none.
    """
    env = DesktopEnv.from_environment(environment)
    checks = [session_check(environment)]
    windows: dict[int, int] = {}
    if env.display:
        try:
            missing, windows = x_facts(env, NEEDED_EXTENSIONS)
            checks.append(extension_check(missing))
        except CaptureUnavailable as error:
            checks.append(Check("X server", "fail", str(error), "start understudy inside a running X11 session"))
    buses, programs = bus_facts(env, frozenset(windows))
    checks += bus_checks(buses)
    checks += [program_check(each, chromium=built_on_chromium(each.pid)) for each in programs if _told(each, windows)]
    checks += [
        swap_check(_read("/proc/swaps")),
        hibernation_check(_read("/sys/power/state"), _read("/proc/cmdline")),
        landlock_check(landlock_abi),
        core_check(_read("/proc/sys/kernel/core_pattern")),
    ]
    return checks


def can_record(checks: Sequence[Check]) -> bool:
    """True when nothing stands in the way of a recording."""
    return all(check.state != "fail" for check in checks)


def session_check(environment: Mapping[str, str]) -> Check:
    """Whether this is a session of a kind that can be recorded."""
    if environment.get("WAYLAND_DISPLAY") or environment.get("XDG_SESSION_TYPE", "").lower() == "wayland":
        return Check(
            "session",
            "fail",
            "a Wayland session: no program may record another there",
            "work in a recorded window of its own: understudy desk PROGRAM; or choose an X11 (Xorg) session at login",
        )
    display = environment.get("DISPLAY", "")
    if not display:
        return Check(
            "session",
            "fail",
            "no display: DISPLAY is not set",
            "start understudy from a terminal inside an X11 desktop session",
        )
    return Check("session", "ok", f"X11, display {display}")


def extension_check(missing: Sequence[str]) -> Check:
    """Whether the X server has the extensions that recording needs."""
    if missing:
        return Check(
            "X extensions",
            "fail",
            f"the X server lacks {', '.join(missing)}",
            "enable them in the X server's configuration (Xvfb and Xorg have them by default)",
        )
    return Check("X extensions", "ok", ", ".join(NEEDED_EXTENSIONS))


def bus_checks(facts: BusFacts) -> list[Check]:
    """The session bus, the accessibility bus, and the switch that programs read when they start."""
    lost = "recording works, but without elements, and typed text is dropped for want of evidence"
    if not facts.session:
        return [
            Check(
                "session bus",
                "warn",
                f"no D-Bus session bus answers: {lost}",
                "log in through a display manager, or start the session with: dbus-run-session -- COMMAND",
            )
        ]
    checks = [Check("session bus", "ok", "answers")]
    if not facts.accessibility:
        mend = "install at-spi2-core, then log out and in: sudo apt-get install -y at-spi2-core"
        return [*checks, Check("accessibility bus", "warn", f"not there: {lost}", mend)]
    checks.append(Check("accessibility bus", "ok", "answers"))
    if facts.enabled:
        return [*checks, Check("accessibility switch", "ok", "on (org.a11y.Status.IsEnabled)")]
    told = "off" if facts.enabled is False else "not told"
    return [
        *checks,
        Check(
            "accessibility switch",
            "warn",
            f"{told}: programs that start now show nothing of themselves (they read it only when they start)",
            f"{_SWITCH}; then restart the programs, or log out and in",
        ),
    ]


def program_check(facts: ProgramFacts, *, chromium: bool) -> Check:
    """How much of itself one running program shows. `chromium`: it is built on Chromium (Electron too)."""
    name = f"program {facts.name or facts.pid}"
    restart = f"quit it wholly and start it as: {facts.name} {ACCESSIBILITY_FLAG}"
    if not facts.on_bus:
        mend = restart if chromium else "turn the accessibility switch on, then restart it; a few toolkits have no tree"
        return Check(name, "warn", "shows nothing: its windows have no elements, and its typed text is dropped", mend)
    if facts.elements is None or facts.document_elements is None:
        return Check(name, "warn", "is on the bus but does not answer (stopped or very busy)", "continue or restart it")
    counted = f"{facts.elements} elements in {facts.windows} window{'' if facts.windows == 1 else 's'}"
    if not facts.windows:
        return Check(name, "ok", "on the bus, no window showing")
    if chromium and not facts.document_elements:
        return Check(name, "warn", f"{counted}, nothing of its pages", restart)
    if facts.elements <= facts.windows:
        return Check(name, "warn", f"{counted}: frames only", "its toolkit tells no more; its pixels follow the policy")
    inside = f", {facts.document_elements} of them in documents" if facts.document_elements else ""
    return Check(name, "ok", f"{counted}{inside}")


def silent_browsers(environment: Mapping[str, str]) -> list[str]:
    """The names of what shows windows now, is built on Chromium, and was started without ACCESSIBILITY_FLAG."""
    try:
        _, windows = x_facts(DesktopEnv.from_environment(environment), ())
    except CaptureUnavailable:
        return []
    return sorted({_name(pid) for pid in windows if built_on_chromium(pid) and not _flagged(pid)})


def silent_note(name: str) -> str:
    """What to tell whoever records while such a program is open."""
    return (
        f"{name} runs without {ACCESSIBILITY_FLAG}: it tells no elements and no address, so pages and typed text stay "
        f"out of the recording; quit it wholly and start it with that flag, or use: understudy desk {name}"
    )


def _name(pid: int) -> str:
    return _read(f"/proc/{pid}/comm").strip() or str(pid)


def _flagged(pid: int) -> bool:
    return any(word.startswith(ACCESSIBILITY_FLAG) for word in re.split(r"[\0\s]", _read(f"/proc/{pid}/cmdline")))


def built_on_chromium(pid: int) -> bool:
    """True for Chromium, its relatives and Electron programs, by the files beside their executable."""
    try:
        folder = (Path("/proc") / str(pid) / "exe").readlink().parent
        return all((folder / name).exists() for name in _CHROMIUM_FILES)
    except OSError:
        return False


def swap_check(swaps: str, encrypted: Mapping[str, bool] | None = None) -> Check:
    """Whether memory may be written to a disk in the clear; `encrypted` tells of each swap space by its path."""
    areas = [line.split()[0] for line in swaps.splitlines()[1:] if line.strip()]
    known = {area: is_encrypted(area) for area in areas} if encrypted is None else encrypted
    plain = [area for area in areas if not known.get(area, False)]
    if not plain:
        return Check("swap", "ok", "none" if not areas else "encrypted or in memory only")
    return Check(
        "swap",
        "warn",
        f"unencrypted: {', '.join(plain)}; what is held in memory before redaction may reach the disk",
        "encrypt it (cryptswap in /etc/crypttab), use zram, or switch it off while recording: sudo swapoff -a",
    )


def hibernation_check(power_state: str, command_line: str) -> Check:
    """Whether the machine may write its whole memory to the disk."""
    if "disk" not in power_state.split():
        return Check("hibernation", "ok", "not available")
    resumes = any(word.startswith("resume=") for word in command_line.split())
    finding = "set up" if resumes else "available"
    return Check(
        "hibernation",
        "warn",
        f"{finding}: hibernating while recording writes memory to the disk, raw input included",
        "don't hibernate while recording, or: sudo systemctl mask hibernate.target hybrid-sleep.target",
    )


def landlock_check(abi: int) -> Check:
    """Whether the kernel can confine the recorder to its own folder."""
    if abi < 1:
        mend = "use Linux 5.13 or newer with landlock among the lsm= modules"
        return Check("Landlock", "fail", "the kernel has none: the recorder can't be confined to its folder", mend)
    return Check("Landlock", "ok", f"version {abi}")


def core_check(pattern: str) -> Check:
    """Where crashed programs' memory goes. The recorder never leaves any: it is not dumpable."""
    where = "a program" if pattern.startswith("|") else "files"
    return Check("core dumps", "ok", f"go to {where}; the recorder makes none (non-dumpable)")


def is_encrypted(area: str) -> bool:
    """True when a swap space lies in memory (zram) or on an encrypted device, a file's file system counted."""
    path = Path(area)
    if path.name.startswith("zram"):
        return True
    try:
        status = path.stat()
    except OSError:
        return False
    device = status.st_rdev or status.st_dev
    return _device_encrypted(Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}"), 0)


def _device_encrypted(block: Path, depth: int) -> bool:
    try:
        if (block / "dm/uuid").read_text().startswith("CRYPT-"):
            return True
    except OSError:
        pass
    try:
        beneath = sorted((block / "slaves").iterdir())
    except OSError:
        return False
    # LVM on LUKS: encrypted when all that it stands on is. The depth guards against a loop in a broken /sys.
    return bool(beneath) and depth < 8 and all(_device_encrypted(each, depth + 1) for each in beneath)


def _told(facts: ProgramFacts, windows: Mapping[int, int]) -> bool:
    """Programs that a person sees; helpers on the bus without a window are not worth a line."""
    return facts.pid in windows or facts.windows > 0 or facts.elements is None


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
