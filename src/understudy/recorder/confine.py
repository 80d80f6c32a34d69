"""What the recorder's processes may no longer do: write elsewhere, be dumped, outlive their parent.

Linux only, by system calls through ctypes. What this can't rule out (swap, hibernation, a superuser reading memory)
is told by `understudy doctor` and in docs/privacy-officer.md.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
from collections.abc import Sequence
from pathlib import Path

# Numbers from the Linux UAPI headers linux/landlock.h and linux/prctl.h; the system calls have the same number on
# every architecture (they came after the tables were unified).
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38

_WRITE_FILE = 1 << 1
# Every right of ABI 1 that changes the file system: write, remove and make of each kind.
_WRITE_RIGHTS_V1 = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14


class ConfinementUnavailable(Exception):
    """The kernel can't confine the recorder; the message says which part and what to do."""


class _RulesetAttr(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise ConfinementUnavailable(f"{what}: {os.strerror(code)}")
    return result


def landlock_abi() -> int:
    """The kernel's Landlock version, 0 where Landlock is missing or switched off."""
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)))


def restrict_writes(folders: Sequence[Path], *, devices: Sequence[Path] = (Path("/dev/null"),)) -> None:
    """From here on this process and its children can change files beneath `folders` only (and write `devices`).

    Reading stays allowed. Holds for the calling thread and whatever it starts afterwards: call it before any thread.
    Raises ConfinementUnavailable where the kernel has no Landlock (Linux 5.13, docs.kernel.org/userspace-api/landlock).
    """
    abi = landlock_abi()
    if abi < 1:
        raise ConfinementUnavailable(
            "Landlock is missing or switched off in this kernel; the recorder needs it to keep to its folder: "
            "use Linux 5.13 or newer with landlock among the lsm= modules"
        )
    libc = _libc()
    handled = _WRITE_RIGHTS_V1 | (_REFER if abi >= 2 else 0) | (_TRUNCATE if abi >= 3 else 0)
    attr = _RulesetAttr(handled)
    ruleset = _checked(
        libc.syscall(_CREATE_RULESET, ctypes.byref(attr), ctypes.c_size_t(ctypes.sizeof(attr)), 0), "landlock ruleset"
    )
    try:
        file_rights = handled & (_WRITE_FILE | _TRUNCATE)
        for path, rights in [(f, handled) for f in folders] + [(d, file_rights) for d in devices]:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                rule = _PathBeneathAttr(rights, descriptor)
                _checked(
                    libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0), f"landlock rule {path}"
                )
            finally:
                os.close(descriptor)
        _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0), "landlock restriction")
    finally:
        os.close(ruleset)


def forbid_dumps() -> None:
    """No core file, and no other process of the same user may read this one's memory (prctl(2), PR_SET_DUMPABLE)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _checked(_libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "PR_SET_DUMPABLE")


def die_with(parent_pid: int) -> None:
    """Have the kernel kill this process when `parent_pid`, its parent, ends. Raises SystemExit when it already has."""
    _checked(_libc().prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0), "PR_SET_PDEATHSIG")
    if os.getppid() != parent_pid:
        # The parent ended between our start and the call above: no signal will come any more.
        raise SystemExit(1)


def writable(path: Path) -> bool:
    """True when this process may make files in the folder `path`; tried by making one and removing it."""
    probe = path / f".probe-{os.getpid()}"
    try:
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return False
        raise
    probe.unlink()
    return True
