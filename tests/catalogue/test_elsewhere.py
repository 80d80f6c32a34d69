"""A catalogue that another process holds: the same answers, the same faults, and nothing left of it while it rests."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.catalogue.conftest import CONSENT_ID, WHEN, make_consent

from understudy.catalogue import Catalogue, CatalogueError, NotInCatalogue
from understudy.catalogue.elsewhere import Elsewhere


def children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()}


def test_it_answers_as_the_catalogue_and_rests(path: Path, catalogue: Catalogue) -> None:
    before = children()
    with Elsewhere(path) as elsewhere:
        assert children() == before, "nothing runs before it is asked something"
        assert elsewhere.catalogue.consents("p-1") == catalogue.consents("p-1")
        assert len(children() - before) == 1
        elsewhere.rest()
        assert children() == before
        started_at = "2026-01-02T03:04:05+01:00"
        elsewhere.catalogue.add_recording("ab" * 16, contributor="p-1", consent_id=CONSENT_ID, started_at=started_at)
        assert [row.id for row in catalogue.recordings(state="recording")] == ["ab" * 16]
    assert children() == before


def test_a_consent_is_looked_up_while_it_rests(path: Path, catalogue: Catalogue) -> None:
    before = children()
    with Elsewhere(path) as elsewhere:
        assert elsewhere.consent_holds(CONSENT_ID) and catalogue.consent_holds(CONSENT_ID)
        assert not elsewhere.consent_holds("00" * 16)
        catalogue.withdraw_consent(CONSENT_ID, WHEN)
        assert not elsewhere.consent_holds(CONSENT_ID) and not catalogue.consent_holds(CONSENT_ID)
        assert children() == before
    with pytest.raises(CatalogueError, match="can't be used"):
        Elsewhere(path.parent / "no folder" / "catalogue.db").consent_holds(CONSENT_ID)


def test_faults_are_raised_here(path: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    with Elsewhere(path) as elsewhere:
        with pytest.raises(NotInCatalogue, match="no consent"):
            elsewhere.catalogue.withdraw_consent("00" * 16, WHEN)
        assert elsewhere.catalogue.consents("p-1"), "a fault doesn't end it"
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database " * 100)
    with Elsewhere(broken) as elsewhere, pytest.raises(CatalogueError, match="not a catalogue"):
        elsewhere.catalogue.consents("p-1")


def test_ctrl_c_is_not_for_it_and_its_death_is_told(path: Path, catalogue: Catalogue) -> None:
    before = children()
    with Elsewhere(path) as elsewhere:
        elsewhere.catalogue.consents("p-1")
        (child,) = children() - before
        os.kill(child, signal.SIGINT)
        assert elsewhere.catalogue.consents("p-1")
        os.kill(child, signal.SIGKILL)
        with pytest.raises(CatalogueError, match="ended without an answer"):
            elsewhere.catalogue.consents("p-1")
        assert children() == before
        assert elsewhere.catalogue.consents("p-1"), "the next question starts another"


def interrupted(at: str, path: Path) -> subprocess.CompletedProcess[str]:
    """A process that is sent Ctrl+C just when the catalogue's is forked, `at` "after_in_child" or "after_in_parent"."""
    code = f"""
import os, signal
from pathlib import Path
from understudy.catalogue.elsewhere import Elsewhere
signal.signal(signal.SIGINT, signal.default_int_handler)
os.register_at_fork({at}=lambda: os.kill(os.getpid(), signal.SIGINT))
with Elsewhere(Path({str(path)!r})) as elsewhere:
    try:
        print(len(elsewhere.catalogue.consents("p-1")))
    except KeyboardInterrupt:
        print("interrupted")
print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))
print(Path(f"/proc/self/task/{{os.getpid()}}/children").read_text().split())
"""
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("at", "first"), [("after_in_child", "1"), ("after_in_parent", "interrupted")], ids=["there", "here"]
)
def test_ctrl_c_while_it_starts_ends_only_the_command(path: Path, catalogue: Catalogue, at: str, first: str) -> None:
    ended = interrupted(at, path)
    assert (ended.stdout.split("\n"), ended.stderr) == ([first, "False", "[]", ""], "")


def test_what_is_asked_may_be_named(path: Path, catalogue: Catalogue) -> None:
    with Elsewhere(path) as elsewhere:
        made = elsewhere.catalogue.add_dataset(name="orders", dataset_id="da" * 16)
        assert elsewhere.catalogue.dataset(name="orders") == made == catalogue.dataset("orders")


def test_an_answer_that_nobody_waits_for_any_more_is_no_fault(
    path: Path, catalogue: Catalogue, capfd: pytest.CaptureFixture[str]
) -> None:
    with Elsewhere(path) as elsewhere:
        elsewhere.catalogue.consents("p-1")
        assert elsewhere._wire is not None
        elsewhere._wire.send(("consents", ("p-1",), {}))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("module", ["record", "teach"])
def test_a_command_that_records_does_without_what_the_catalogue_stands_on(module: str) -> None:
    code = f"import sys, understudy.cli.{module}; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_disk_that_fills_up_does_not_hide_the_consent(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small file system can't be mounted here")
    try:
        path = folder / "catalogue.db"
        with Elsewhere(path) as elsewhere:
            elsewhere.catalogue.add_contributor("p-1")
            sha256 = elsewhere.catalogue.add_notice("What is recorded, and why.", version="1", language="en")
            elsewhere.catalogue.add_consent(make_consent(notice_sha256=sha256))
            elsewhere.rest()
            assert elsewhere.consent_holds(CONSENT_ID)
            with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1 << 12))
            assert elsewhere.consent_holds(CONSENT_ID)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
