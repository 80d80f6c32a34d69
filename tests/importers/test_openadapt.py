"""openadapt-capture recordings, written by the package's own storage code in an environment of its own."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy.importers.foreign_sqlite import NoDatabase, tables
from understudy.importers.imported import Imported, NotReadable, Skipped
from understudy.importers.listened import OUTSIDE
from understudy.importers.openadapt import OpenAdapt
from understudy.records.actions import Episode

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".stamps" / "openadapt-capture" / "bin" / "python"
WRITER = Path(__file__).parent / "openadapt_recording.py"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two recordings: "stopped" and "killed"."""
    if not PYTHON.exists():
        pytest.skip("openadapt-capture is not installed apart; make test does it")
    folder = tmp_path_factory.mktemp("openadapt")
    for name, more, status in (("stopped", [], 0), ("killed", ["--killed"], 9)):
        done = subprocess.run([PYTHON, WRITER, folder / name, *more], capture_output=True, timeout=120, check=False)
        assert done.returncode == status, done.stderr.decode()[-2000:]
    return folder


def test_what_the_person_did(written: Path, episodes: Callable[[Imported], list[Episode]]) -> None:
    """Both recordings tell the same; what a kill left in the database's log is not lost, and nothing there changes."""
    before = {path: path.read_bytes() for path in written.rglob("*") if path.is_file()}
    killed, stopped = OpenAdapt().read(written)
    assert isinstance(killed, Imported) and isinstance(stopped, Imported)
    assert (written / "killed" / "recording.db-wal").stat().st_size > 0
    assert killed.records == stopped.records and killed.task == "Ask jane.roe@example.org"
    assert {path: path.read_bytes() for path in written.rglob("*") if path.is_file()} == before
    steps = [step for each in episodes(killed) for step in each.steps if step.action.kind != "wait"]
    assert [(s.action.kind, s.action.text, s.action.button, s.window_title) for s in steps] == [
        ("click", "", "left", "notes.txt - Mousepad"),
        ("type", "Hié", "", "notes.txt - Mousepad"),
        ("scroll", "", "", "notes.txt - Mousepad"),
        ("click", "", "right", "notes.txt - Mousepad"),
    ]
    assert steps[0].target is not None and (steps[0].target.role, steps[0].target.name) == ("push button", "Save")
    assert steps[2].action.scroll_y == 1
    assert (steps[3].action.x, steps[3].action.y) == (1500, 40) and steps[3].target is None


def test_what_is_counted(written: Path) -> None:
    killed, stopped = OpenAdapt().read(written)
    assert isinstance(killed, Imported) and isinstance(stopped, Imported)
    common = {OUTSIDE: 1, "events of unknown kinds or without their place or key (left out)": 1}
    assert killed.found == {
        **common,
        "recordings that were killed (what their database's log still held was read too)": 1,
    }
    assert stopped.found == {
        **common,
        "recordings without the recorder's seal (not stopped properly, or by an older version)": 1,
    }


def database(path: Path, *statements: str) -> Path:
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return path


def test_what_is_no_recording(tmp_path: Path) -> None:
    database(tmp_path / "a" / "recording.db", "CREATE TABLE other (x)")
    database(tmp_path / "b" / "recording.db", "CREATE TABLE recording (id INTEGER)", "INSERT INTO recording VALUES (1)")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "recording.db").write_bytes(b"no database at all")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "recording.db").touch()
    told = [(each.name, each.reason) for each in OpenAdapt().read(tmp_path) if isinstance(each, Skipped)]
    assert told == [("a", "foreign"), ("b", "empty"), ("c", "damaged"), ("d", "damaged")]
    (tmp_path / "c" / "recording.db").unlink()
    with pytest.raises(NotReadable, match=r"no recording\.db in it or below"):
        OpenAdapt().provenance(tmp_path / "c")


def test_a_view_in_a_tables_place_is_not_run(tmp_path: Path) -> None:
    """A file may say that its recordings are whatever a query makes of anything: it isn't asked."""
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x FROM n"
    path = database(tmp_path / "r" / "recording.db", f"CREATE VIEW recording AS {endless}")
    assert tables(path.read_bytes(), b"", ("recording",)) == {"recording": []}


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A database and its write-ahead log with ten committed transactions."""
    path = tmp_path_factory.mktemp("log") / "recording.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE recording (id INTEGER PRIMARY KEY, task_description TEXT)")
    for index in range(10):
        connection.execute("INSERT INTO recording VALUES (?, ?)", (index, "x" * 900))
    both = path.read_bytes(), path.with_name("recording.db-wal").read_bytes()
    connection.close()
    return both


def test_a_torn_log_gives_what_was_committed(logged: tuple[bytes, bytes]) -> None:
    content, log = logged
    assert len(tables(content, log, ("recording",))["recording"]) == 10
    assert len(tables(content, log[:-1], ("recording",))["recording"]) == 9
    flipped = log[:-100] + bytes([log[-100] ^ 1]) + log[-99:]
    assert len(tables(content, flipped, ("recording",))["recording"]) == 9


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    places=st.lists(st.tuples(st.booleans(), st.integers(0, 40_000), st.integers(0, 255)), max_size=30),
    cut=st.integers(0, 9_000),
)
def test_mangled_databases_never_crash(
    logged: tuple[bytes, bytes], places: list[tuple[bool, int, int]], cut: int
) -> None:
    """Rows or NoDatabase, whatever bytes are changed or missing."""
    content, log = bytearray(logged[0]), bytearray(logged[1])
    for in_log, at, value in places:
        target = log if in_log else content
        target[at % len(target)] = value
    try:
        rows = tables(bytes(content), bytes(log[: len(log) - cut]), ("recording",))["recording"]
    except NoDatabase as fault:
        assert "\n" not in str(fault)
    else:
        assert len(rows) <= 20
