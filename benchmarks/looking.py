"""Looking at the machine from the outside while something is recorded: changed files, open files, shared memory."""

from __future__ import annotations

import base64
import contextlib
import os
import random
import re
import stat
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PSEUDO = frozenset(
    (
        *("autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs"),
        *("fusectl", "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "rpc_pipefs", "securityfs", "sysfs", "tracefs"),
    )
)
"""File systems that hold no files of anybody's."""
MOST_BYTES = 256 << 20


def new_word(chance: random.Random) -> str:
    """A word that nobody ever wrote, and that no rule takes for a secret: syllables of one consonant and one vowel."""
    return "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(6))


def forms(word: str) -> list[bytes]:
    """How a word may lie in a file, in lower case: as it is, UTF-16, UTF-32, hexadecimal, and base64 anywhere in it."""
    plain = word.encode()
    found = [plain, word.encode("utf-16-le"), word.encode("utf-16-be"), word.encode("utf-32-le"), plain.hex().encode()]
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + plain)
        # The characters that hold bits of what stands before and behind are left out.
        found.append(coded[(0, 2, 3)[before] : len(coded) - 4].lower())
    return found


class Searcher:
    """Which of the words lie in some bytes, in any form and case."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._forms = [(name, form) for name, word in words.items() for form in forms(word)]

    def look(self, data: bytes) -> set[str]:
        """The names of the words found."""
        # One search a form is faster than one pattern for all of them: 90 forms in 33 MB took 11 s by the pattern.
        lower = data.lower()
        return {name for name, form in self._forms if form in lower}

    def look_in(self, paths: Iterable[Path]) -> dict[str, set[str]]:
        """path → names of the words found there; files that are gone by now count as empty."""
        found: dict[str, set[str]] = {}
        for path in paths:
            with contextlib.suppress(OSError), path.open("rb") as file:
                if names := self.look(file.read(MOST_BYTES)):
                    found[str(path)] = names
        return found


def file_systems() -> list[str]:
    """Where every file system that can hold files is mounted."""
    lines = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    return sorted({words[1] for words in lines if words[2] not in PSEUDO})


def changed_files(since: Path, apart_from: Sequence[Path]) -> list[Path]:
    """Every regular file on the machine that changed since the file `since` did; by ctime, which can't be set back."""
    left_out = [part for path in apart_from for part in ("-path", str(path), "-prune", "-o")]
    pseudo = [part for path in ("/proc", "/sys") for part in ("-path", path, "-prune", "-o")]
    done = subprocess.run(
        ["find", *file_systems(), "-xdev", *pseudo, *left_out, "-type", "f", "-cnewer", str(since), "-print0"],
        capture_output=True,
        check=False,
    )
    return sorted({Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name})


@dataclass(frozen=True)
class OpenFile:
    """A file that a process holds open. `regular` True for memfd and deleted files too."""

    pid: int
    path: str
    regular: bool
    writable: bool


def open_files(pids: Iterable[int]) -> list[OpenFile]:
    """All files that these processes hold open. Needs root: they can't be read by others of the same user."""
    found = []
    for pid in pids:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            flags = re.search(r"flags:\s*(\d+)", Path(f"/proc/{pid}/fdinfo/{entry.name}").read_text())
            assert flags is not None
            found.append(
                OpenFile(
                    pid=pid,
                    path=os.readlink(entry),  # noqa: PTH115 - sockets and pipes are no paths
                    regular=stat.S_ISREG(entry.stat().st_mode),
                    writable=int(flags.group(1), 8) & os.O_ACCMODE != os.O_RDONLY,
                )
            )
    return found


def shared_mappings(pids: Iterable[int]) -> list[str]:
    """Lines of /proc/PID/maps of writable memory that is shared: with a file, or with another process."""
    lines = [(pid, line) for pid in pids for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    return [f"{pid} {line}" for pid, line in lines if line.split()[1] == "rw-s"]


def system_v_memory(pids: Iterable[int]) -> list[str]:
    """Lines of /proc/sysvipc/shm of segments that these processes made or used last."""
    wanted = {str(pid) for pid in pids}
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()
    names = lines[0].split()
    columns = names.index("cpid"), names.index("lpid")
    return [line for line in lines[1:] if wanted & {line.split()[column] for column in columns}]
