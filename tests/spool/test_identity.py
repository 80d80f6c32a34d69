"""The contributor's key by each method; the device's key; the lock."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from understudy.seal.errors import CutShort, SealError, Tampered, UnknownVersion
from understudy.seal.passphrase import Cost
from understudy.spool import identity
from understudy.spool.identity import ForgottenPassphrase, NoIdentity
from understudy.spool.lock import AlreadyRecording, RecorderLock, recorder_runs
from understudy.spool.secrets import SecretService, SecretServiceUnavailable

CHEAP = Cost(passes=1, memory_kib=64)


class FakeSecrets:
    """A secret service in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, name: str, secret: bytes) -> None:
        self.kept[name] = secret

    def get(self, name: str) -> bytes:
        if name not in self.kept:
            raise SecretServiceUnavailable("gone")
        return self.kept[name]

    def remove(self, name: str) -> None:
        self.kept.pop(name, None)


def test_a_key_without_passphrase_opens_by_itself(tmp_path: Path) -> None:
    made = identity.create(tmp_path / "identity")
    assert identity.load(tmp_path / "identity") == made
    assert identity.method(tmp_path / "identity") == "none"
    assert identity.public_key(tmp_path / "identity") == made.public_key


def test_a_key_under_a_passphrase_opens_with_it_alone(tmp_path: Path) -> None:
    made = identity.create(tmp_path, "passphrase", ask_passphrase=lambda: "hunter2", cost=CHEAP)
    assert identity.load(tmp_path, ask_passphrase=lambda: "hunter2") == made
    # Recording needs the public half only.
    assert identity.public_key(tmp_path) == made.public_key
    assert made.private_key not in (tmp_path / "contributor.key").read_bytes()
    with pytest.raises(SealError, match="has to be asked for"):
        identity.load(tmp_path)


def test_a_forgotten_passphrase_says_what_is_lost_and_what_is_not(tmp_path: Path) -> None:
    identity.create(tmp_path, "passphrase", ask_passphrase=lambda: "hunter2", cost=CHEAP)
    with pytest.raises(ForgottenPassphrase) as caught:
        identity.load(tmp_path, ask_passphrase=lambda: "hunter3")
    message = str(caught.value)
    assert "\n" not in message and "hunter" not in message
    for words in ("Nothing can recover", "stay closed", "verified and forgotten", "new key"):
        assert words in message


def test_a_key_in_the_secret_service_leaves_no_copy_in_the_file(tmp_path: Path) -> None:
    secrets = FakeSecrets()
    made = identity.create(tmp_path, "secret-service", secrets=secrets)
    assert made.private_key not in (tmp_path / "contributor.key").read_bytes()
    assert identity.load(tmp_path, secrets=secrets) == made
    secrets.kept.clear()
    with pytest.raises(SecretServiceUnavailable):
        identity.load(tmp_path, secrets=secrets)


def test_an_identity_is_never_replaced(tmp_path: Path) -> None:
    identity.create(tmp_path)
    with pytest.raises(FileExistsError, match="would be lost"):
        identity.create(tmp_path)


def test_no_identity_yet_is_told(tmp_path: Path) -> None:
    assert not identity.exists(tmp_path)
    for call in (identity.load, identity.public_key, identity.method):
        with pytest.raises(NoIdentity, match="understudy record"):
            call(tmp_path)


def test_files_are_private(tmp_path: Path) -> None:
    identity.create(tmp_path / "identity")
    identity.device(tmp_path / "identity")
    assert stat.S_IMODE((tmp_path / "identity").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "identity").iterdir()} == {0o600}


def test_a_device_stays_itself(tmp_path: Path) -> None:
    assert identity.device(tmp_path).public_key == identity.device(tmp_path).public_key


def test_damaged_and_newer_files_are_named(tmp_path: Path) -> None:
    identity.create(tmp_path)
    identity.device(tmp_path)
    path = tmp_path / "contributor.key"
    good = path.read_bytes()
    path.write_bytes(b"\x02" + good[1:])
    with pytest.raises(UnknownVersion, match="version 2"):
        identity.load(tmp_path)
    path.write_bytes(good[:20])
    with pytest.raises(CutShort):
        identity.load(tmp_path)
    path.write_bytes(good[:12] + b"\x07" + good[13:])
    with pytest.raises(Tampered, match="unknown method 7"):
        identity.load(tmp_path)
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 0x10]))
    with pytest.raises(Tampered, match="don't belong together"):
        identity.load(tmp_path)
    (tmp_path / "device.key").write_bytes((tmp_path / "device.key").read_bytes()[:-1])
    with pytest.raises(Tampered, match=r"device\.key"):
        identity.device(tmp_path)


# the desktop's secret service, for real


SESSION = """
import os, subprocess, sys
# The password comes on standard input, as a display manager hands it over.
subprocess.run(["gnome-keyring-daemon", "--unlock", "--components=secrets"], input=b"login password",
               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=20)
from pathlib import Path
from understudy.spool import identity
home = Path(sys.argv[1])
made = identity.create(home, "secret-service")
assert identity.load(home) == made
from understudy.spool.secrets import SecretService
name = (home / "contributor.key").read_bytes()[48:].hex()
SecretService().remove(name)
SecretService().remove(name)
try:
    identity.load(home)
except Exception as error:
    print(type(error).__name__, error)
print("done")
"""


@pytest.mark.skipif(not shutil.which("gnome-keyring-daemon"), reason="gnome-keyring is not installed")
def test_the_desktops_secret_service_keeps_the_key(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "XDG_DATA_HOME": str(tmp_path / "share"),
    }
    command = ["dbus-run-session", "--", sys.executable, "-c", SESSION, str(tmp_path / "identity")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=90, check=False)
    assert done.stdout.splitlines()[-1:] == ["done"], done.stderr
    assert "SecretServiceUnavailable the desktop's secret service no longer holds" in done.stdout
    assert b"login password" not in b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


def test_without_a_secret_service_there_is_no_fallback(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from understudy.spool import identity\n"
        "identity.create(Path(sys.argv[1]), 'secret-service')"
    )
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none",
    }
    command = [sys.executable, "-c", script, str(tmp_path / "identity")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert "SecretServiceUnavailable" in done.stderr.splitlines()[-1]
    assert "use a passphrase" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "identity").exists()


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring.backends.SecretService", None)
    with pytest.raises(SecretServiceUnavailable, match=r"understudy\[keyring\]"):
        SecretService().get("x")


# the lock


def test_two_recorders_on_one_home_are_kept_apart(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    assert not recorder_runs(spool)
    with RecorderLock(spool) as lock:
        assert lock.fileno() >= 0 and recorder_runs(spool)
        with pytest.raises(AlreadyRecording, match=rf"process {os.getpid()}.*--home"), RecorderLock(spool):
            pass
    assert not recorder_runs(spool)
    with RecorderLock(spool):
        pass
    lock.release()


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from understudy.spool.lock import RecorderLock\n"
        "lock = RecorderLock(Path(sys.argv[1])).acquire(); print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(AlreadyRecording, match=f"process {process.pid}"):
        RecorderLock(tmp_path).acquire()
    process.kill()
    process.wait()
    process.stdout.close()
    RecorderLock(tmp_path).acquire().release()


def test_a_lock_that_is_given_back_in_time_is_waited_for(tmp_path: Path) -> None:
    held = RecorderLock(tmp_path).acquire()
    threading.Timer(0.2, held.release).start()
    with RecorderLock(tmp_path, wait_s=10) as lock:
        assert lock.fileno() >= 0
        with pytest.raises(AlreadyRecording):
            RecorderLock(tmp_path, wait_s=0.05).acquire()
