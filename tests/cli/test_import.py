"""`understudy import`, run as a person runs it: from a source to recordings that everything else takes."""

from __future__ import annotations

import importlib.util
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.testing import CliRunner, Result

from understudy.build import build_dataset, open_dataset
from understudy.catalogue import Catalogue
from understudy.cli import import_, importing, recordings
from understudy.cli.app import run as run_line
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.settings import Home
from understudy.spool import identity
from understudy.spool.batch import BatchLog
from understudy.spool.keystore import KeyStore
from understudy.spool.reader import read_recording, verify_recording
from understudy.spool.recordings import recording_ids
from understudy.spool.writer import SpoolFull, SpoolWriter


def _load(relative: str) -> ModuleType:
    path = Path(__file__).parents[1] / relative
    spec = importlib.util.spec_from_file_location(f"cli_import_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


pages = _load("importers/pages.py")
PERSON = "3TPZPLC3M1672Y0OHFHMWBH11DT3PK"
OTHER = "3QY7M81QH8GOSQ4V6ZF4DB7IFSU7KQ"


def run(home: Home, *arguments: str) -> Result:
    app = typer.Typer()
    import_.register(app)
    recordings.register(app)

    @app.callback()
    def root(context: typer.Context) -> None:
        context.obj = home

    return CliRunner().invoke(app, list(arguments))


def import_json(home: Home, *arguments: str) -> dict[str, object]:
    done = run(home, "import", *arguments, "--identity", "none", "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    told: dict[str, object] = json.loads(done.stdout)
    return told


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Four demonstrations of two people (one failed), the same one twice, one empty, one damaged, one foreign."""
    folder = tmp_path / "source" / "fill-form"
    folder.mkdir(parents=True)
    for index, (person, reward) in enumerate(((PERSON, 1), (PERSON, -1), (OTHER, 0.5), (OTHER, 0.4))):
        page = pages.Pages()
        page.click(3, 30, 70)
        page.type(3, f"anna {index}")
        page.click(7, 20, 140)
        (folder / f"fill-form_{person}_d{index}.json").write_bytes(page.json(reward=reward))
    (folder / f"fill-form_{OTHER}_d9.json").write_bytes((folder / f"fill-form_{OTHER}_d2.json").read_bytes())
    (folder / "g1.json").write_bytes(pages.Pages().json())
    (folder / "g2.json").write_text("{")
    (folder / "g3.json").write_text("{}")
    return folder.parent


def kept_bytes(home: Home) -> Iterator[tuple[str, bytes]]:
    for path in home.root.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()


def test_imported_recordings_are_like_ones_own(home: Home, source: Path) -> None:
    told = import_json(home, "miniwob", str(source))
    assert (told["read"], told["imported"], told["failed"]) == (8, 4, 1)
    assert told["skipped"] == {"known": 1, "empty": 1, "damaged": 1, "foreign": 1}
    ids = told["recordings"]
    assert isinstance(ids, list) and recording_ids(home.spool) == tuple(sorted(ids))
    me, device = identity.load(home.identity), identity.device(home.identity)
    for recording_id in ids:
        key = KeyStore(home.keys).unwrap(recording_id, me)
        folder = home.spool / recording_id
        assert verify_recording(folder, device_public_key=device.public_key, private_key=key).verdict == "whole"
        recording = read_recording(folder, key, device_public_key=device.public_key)
        assert recording.info.task == "Fill in the form." and recording.info.id == recording_id
        assert [mark.kind for mark in recording.mark][-2:] == ["outcome", "stop"]
    with Catalogue.open(home.catalogue) as catalogue:
        rows = catalogue.recordings()
        assert {row.id for row in rows} == set(ids) and {row.state for row in rows} == {"finished"}
        assert all(row.bytes == sum(f.stat().st_size for f in (home.spool / row.id).iterdir()) for row in rows)
        assert [event.action for event in catalogue.events()].count("recording-imported") == 4
    assert run(home, "recordings", "list", "--json").exit_code == 0
    assert run(home, "recordings", "verify", "--json").exit_code == 0


def test_provenance_stands_in_the_place_of_consent(home: Home, source: Path) -> None:
    import_json(home, "miniwob", str(source))
    with Catalogue.open(home.catalogue) as catalogue:
        consents = catalogue.consents()
        assert len(consents) == 2 and {one.method for one in consents} == {"provenance"}
        notice = catalogue.notice(consents[0].notice_sha256)
        contributors = {row.contributor for row in catalogue.recordings()}
    assert "stanfordnlp/miniwob-plusplus-demos" in notice and "Nobody was asked" in notice
    assert len(contributors) == 2 and all(name.startswith("miniwob-") for name in contributors)


def test_a_dataset_of_them_knows_the_outcomes(home: Home, source: Path) -> None:
    import_json(home, "miniwob", str(source))
    build_dataset(home, "forms", identity=identity.load(home.identity))
    dataset = open_dataset(home, "forms")
    assert sorted(row["outcome"] for row in dataset.episodes()) == ["failure", "success", "success", "success"]
    steps = [(row["kind"], row["text"], row["target_role"], row["app"]) for row in dataset.steps()]
    assert steps.count(("click", "", "push button", "miniwob")) == 4
    assert {text for kind, text, *_ in steps if kind == "type"} == {f"anna {n}" for n in range(4)}


def test_nothing_of_the_source_lies_open(home: Home, source: Path) -> None:
    import_json(home, "miniwob", str(source))
    secrets = [PERSON, OTHER, "fill-form", "anna", "Fill in", str(source)]
    for path, data in kept_bytes(home):
        for secret in secrets:
            assert secret.encode() not in data and secret.encode("utf-16-le") not in data, (path, secret)
            assert secret not in path


def test_the_same_demonstration_is_imported_once(home: Home, source: Path) -> None:
    import_json(home, "miniwob", str(source))
    again = import_json(home, "miniwob", str(source / "fill-form" / f"fill-form_{PERSON}_d0.json"))
    assert (again["imported"], again["skipped"]) == (0, {"known": 1})
    assert len(recording_ids(home.spool)) == 4


def test_a_forgotten_one_stays_forgotten(home: Home, source: Path) -> None:
    one = str(source / "fill-form" / f"fill-form_{PERSON}_d0.json")
    (recording_id,) = import_json(home, "miniwob", one)["recordings"]  # type: ignore[misc]
    assert run(home, "recordings", "forget", str(recording_id), "--yes").exit_code == 0
    assert import_json(home, "miniwob", one)["skipped"] == {"forgotten": 1}


def test_a_person_whose_leave_was_withdrawn_is_left_out(home: Home, source: Path, tmp_path: Path) -> None:
    import_json(home, "miniwob", str(source / "fill-form" / f"fill-form_{PERSON}_d0.json"))
    with Catalogue.open(home.catalogue) as catalogue:
        (consent,) = catalogue.consents()
        catalogue.withdraw_consent(consent.id, "2026-01-02T03:04:05+00:00")
    policy = tmp_path / "other.toml"
    policy.write_text('version = 1\nprofile = "own-work"\nunknown_apps = true\ndefault_keys = "text"\n')
    told = import_json(home, "miniwob", str(source), "--policy", str(policy))
    assert told["imported"] == 2 and told["skipped"]["withdrawn"] == 1  # type: ignore[index]


def test_failed_ones_are_left_out_where_one_asks_for_it(home: Home, source: Path) -> None:
    told = import_json(home, "miniwob", str(source), "--failed", "skip")
    assert told["imported"] == 3 and told["skipped"]["failed"] == 1  # type: ignore[index]


def test_a_policy_that_keeps_nothing_leaves_nothing(home: Home, source: Path, tmp_path: Path) -> None:
    policy = tmp_path / "strict.toml"
    policy.write_text('version = 1\nprofile = "own-work"\n[[app]]\nname = "Desk"\nprogram = "desk"\n')
    told = import_json(home, "miniwob", str(source), "--policy", str(policy))
    assert told["imported"] == 0 and told["skipped"]["dropped"] == 5  # type: ignore[index]
    assert recording_ids(home.spool) == () and KeyStore(home.keys).known() == ()


def test_counts_for_people(home: Home, source: Path) -> None:
    done = run(home, "import", "miniwob", str(source), "--identity", "none")
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert "8 demonstrations read: 4 imported, 4 skipped" in said
    assert "skipped 1: nothing was done in it" in said and "skipped 1: it can't be read" in said
    assert "1 of those imported failed" in said and "g2.json: it is not JSON" in said
    assert "understudy build" in said


def test_the_list_of_formats(home: Home) -> None:
    done = run(home, "import", "--list", "--json")
    assert {"miniwob", "sapimouse"} <= {row["name"] for row in json.loads(done.stdout)}
    assert "miniwob" in run(home, "import", "--list").stdout
    assert not home.root.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "which format?"),
        (("nonsense", "x"), 'no format "nonsense"; expected one of'),
        (("miniwob",), "what shall be imported?"),
        (("miniwob", "not-there"), "not-there is not there; expected MiniWoB++ demonstrations"),
        (("sapimouse", "{source}"), "holds no file ending in .csv"),
        (("miniwob", "{source}", "--policy", "no.toml"), "no.toml: can't read the policy"),
        (("miniwob", "{source}"), "how your key is kept must be asked"),
    ],
)
def test_wrong_use_is_one_line_and_leaves_nothing(
    home: Home, source: Path, arguments: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.isatty", lambda _descriptor: False)
    done = run(home, "import", *(each.replace("{source}", str(source)) for each in arguments))
    assert isinstance(done.exception, UsageFault), done.output
    assert message in str(done.exception) and "\n" not in str(done.exception)
    assert recording_ids(home.spool) == () and not home.catalogue.exists()


def test_an_import_that_dies_leaves_no_half_recording(
    home: Home, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    # As by kill -9: nothing after the sealing runs, neither the catalogue nor the clearing up.
    monkeypatch.setattr(importing.Importing, "_commit", die)
    monkeypatch.setattr(importing.Importing, "_remove", lambda *_: None)
    assert run(home, "import", "miniwob", str(source), "--identity", "none").exit_code != 0
    left = set(recording_ids(home.spool))
    assert left
    monkeypatch.undo()
    told = import_json(home, "miniwob", str(source))
    assert told["imported"] == 4
    assert set(recording_ids(home.spool)) == set(told["recordings"]) == set(KeyStore(home.keys).known())  # type: ignore[call-overload]
    assert not left & set(recording_ids(home.spool))


def test_a_full_disk_stops_it_and_leaves_whole_recordings_only(
    home: Home, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_json(home, "miniwob", str(source / "fill-form" / f"fill-form_{PERSON}_d0.json"))
    whole = recording_ids(home.spool)
    append, calls = SpoolWriter.append, []

    def full(self: SpoolWriter, records: object) -> int:
        calls.append(records)
        if len(calls) == 2:
            raise SpoolFull("the disk is full: recording stops")
        return append(self, records)  # type: ignore[arg-type]

    monkeypatch.setattr(SpoolWriter, "append", full)
    done = run(home, "import", "miniwob", str(source))
    assert isinstance(done.exception, CommandFailed) and "the disk is full" in str(done.exception)
    assert recording_ids(home.spool) == whole == KeyStore(home.keys).known()


def test_what_came_before_the_break_of_an_archive_stays(home: Home, source: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.tar"
    with tarfile.open(whole, "w") as archive:
        for path in sorted(source.rglob("fill-form_*.json")):
            archive.add(path, path.name)
    cut = tmp_path / "cut.tar"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    done = run(home, "import", "miniwob", str(cut), "--identity", "none")
    assert isinstance(done.exception, UsageFault) and "breaks off" in str(done.exception)
    assert 0 < len(recording_ids(home.spool)) < 4
    told = import_json(home, "miniwob", str(whole))
    assert len(recording_ids(home.spool)) == 4 and told["imported"] < 4  # type: ignore[operator]


def test_one_import_at_a_time(home: Home, source: Path) -> None:
    import_json(home, "miniwob", str(source / "fill-form" / "g3.json"))
    with BatchLog(home.spool):
        done = run(home, "import", "miniwob", str(source))
    assert isinstance(done.exception, CommandFailed) and "another import is running" in str(done.exception)


def test_the_whole_command_line_knows_it(home: Home, source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_line(["--home", str(home.root), "import", "miniwob", str(source), "--identity", "none"]) == 0
    assert "4 imported" in capsys.readouterr().out
    assert run_line(["--home", str(home.root), "import", "miniwob", str(source / "no.json")]) == 2
    assert "no.json is not there" in capsys.readouterr().err
