"""`understudy teach`: show a task a few times, then have it done with other values."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from understudy.act.agent_front import Front
from understudy.act.desk import Desk
from understudy.act.desktop import DesktopUnavailable
from understudy.capture.source import DesktopEnv
from understudy.catalogue.elsewhere import Elsewhere
from understudy.cli.desk import desk_command, desk_size
from understudy.cli.do import do_interactively, learning
from understudy.cli.errors import CommandFailed, UsageFault
from understudy.cli.options import Consent, IdentityMethod, PolicyFile, ProfileName
from understudy.cli.own_key import open_identity
from understudy.cli.policy_files import policy_in_force
from understudy.cli.record import RecordOptions, record_desktop
from understudy.cli.teach_task import Taught, folder_of, load, name_of, save, slots_of, taught
from understudy.dataset import DatasetError
from understudy.learn.examples import LearntEpisode, episodes_of
from understudy.redact.directory import Directory
from understudy.redact.policy_file import PolicyFault
from understudy.redact.scrub import Scrubber
from understudy.redact.scrub_span import kinds_of
from understudy.seal.errors import SealError
from understudy.settings import Home

DEMONSTRATIONS = 5


def register(app: typer.Typer) -> None:
    """Add `teach`."""
    app.command("teach", epilog='Example: understudy teach "File the note for {name} under {folder}"')(teach)


def teach(
    context: typer.Context,
    task: Annotated[
        str, typer.Argument(help="The task in a sentence, what varies in braces; or the name of one to teach further.")
    ] = "",
    name: Annotated[str, typer.Option(help="What to call it (default: its first words).", show_default=False)] = "",
    demonstrations: Annotated[int, typer.Option(min=1, max=50, help="How often you show it.")] = DEMONSTRATIONS,
    desk: Annotated[
        list[str] | None,
        typer.Option("--desk", metavar="PROGRAM", help="Show it in a window of its own, with this; repeatable."),
    ] = None,
    profile: ProfileName = None,
    policy: PolicyFile = None,
    consent: Consent = "ask",
    identity_method: IdentityMethod = None,
    seed: Annotated[int, typer.Option(help="Where the training's chance begins.")] = 0,
) -> None:
    """Show a task a few times; it is learnt here, offline, in minutes, and `understudy do` then performs it.

    Before each time you are asked for its values; then you do the task as ever, and the stop hotkey ends the recording.
    Without a task it lists those that are taught.
    """
    home: Home = context.obj
    console = Console(highlight=False)
    if not task:
        _list(home, console)
        return
    known = _task(home, task, name)
    options = RecordOptions(profile=profile, policy=policy, consent=consent, identity_method=identity_method)
    try:
        with _desktop(home, desk or [], console) as place:
            lesson = _Lesson(home, known, options, place, console)
            for nth in range(1, demonstrations + 1):
                lesson.show(nth, demonstrations)
            lesson.learn(seed)
            do_interactively(home, lesson.task, place.env, policy, console)
    except DesktopUnavailable as missing:
        raise CommandFailed(str(missing)) from None


def _list(home: Home, console: Console) -> None:
    known = taught(home)
    if not known:
        console.print('nothing is taught yet; begin with: understudy teach "File the note for {name} under {folder}"')
    for each in known:
        state = f"shown {len(each.recordings)} times" if each.version else "not learnt yet"
        console.print(f"[bold]{each.name}[/]  {escape(each.sentence)}  [dim]{state}[/]")


def _task(home: Home, given: str, name: str) -> Taught:
    """A task that is known by its name or sentence, else a new one."""
    for each in taught(home):
        if given in (each.name, each.sentence) and name in ("", each.name):
            return each
    if " " not in given.strip():
        return load(home, given)
    slots_of(given)
    called = name or name_of(given)
    if any(each.name == called for each in taught(home)):
        raise UsageFault(f"{called} is the name of another task; choose one with --name")
    folder_of(home, called)
    return Taught(name=called, sentence=given.strip(), dataset=f"taught {called}")


@dataclass(frozen=True)
class _Place:
    """Where the task is shown: the environment of a desktop, and what starts its programs once recording began."""

    env: Mapping[str, str]
    begun: Callable[[], None]


@contextmanager
def _desktop(home: Home, programs: list[str], console: Console) -> Iterator[_Place]:
    """One's own desktop, or one in a window with these programs."""
    if not programs:
        yield _Place(os.environ, lambda: None)
        return
    commands = [desk_command(text, os.environ) for text in programs]
    width_px, height_px = desk_size(None, os.environ)
    with Desk(width_px, height_px, outside=os.environ, profiles=home.root / "desk") as nested:
        started: list[bool] = []

        def begun() -> None:
            if not started:
                started.append(True)
                for command in commands:
                    nested.spawn(command)

        console.print("[dim]work in the window “Understudy desk”[/]")
        yield _Place(nested.env, begun)


class _Lesson:
    """One task being shown on one desktop."""

    def __init__(self, home: Home, task: Taught, options: RecordOptions, place: _Place, console: Console) -> None:
        self._home, self._options, self._place, self._console = home, options, place, console
        self.task = task

    def show(self, nth: int, of: int) -> None:
        """One demonstration: values, recording, and whether it counts."""
        console, task = self._console, self.task
        if (self._options.policy or self._home.policy).exists():
            self._check_sentence()
        console.print(f"\n[bold]{nth} of {of}[/]  {escape(task.sentence)}")
        values = {slot: _value(slot) for slot in task.slots}
        if task.slots:
            console.print(f"      “{escape(task.words(values))}”")
        if not typer.confirm("      Go to where it begins. Ready?", default=True):
            return
        before = self._recordings()
        # Each demonstration is a recording of its own, under the same consent and policy as any other.
        options = replace(self._options, task=task.words(values))
        record_desktop(self._home, self._place.env, options, begun=self._begun)
        made = [one for one in self._recordings() if one not in before]
        if made and typer.confirm("      Was that right, from beginning to end?", default=True):
            self.task = msgspec.structs.replace(task, recordings=(*task.recordings, *made))
            self._check_sentence()
            save(self._home, self.task)
        elif made:
            console.print(f"      left out; it is still yours: understudy recordings show {made[0][:8]}")

    def _begun(self) -> None:
        self._place.begun()
        if self.task.app:
            # The terminal is in front; the task's own window was so before.
            with Front(DesktopEnv.from_environment(self._place.env)) as front:
                window = front.topmost(self.task.app)
                if window is not None:
                    front.bring(window)

    def _recordings(self) -> list[str]:
        if not self._home.catalogue.exists():
            return []
        # Elsewhere, since the next thing is a recording (docs/adr/0248).
        with Elsewhere(self._home.catalogue) as elsewhere:
            return [row.id for row in elsewhere.catalogue.recordings()]

    def _check_sentence(self) -> None:
        """Raises UsageFault when the sentence itself holds what the policy never keeps."""
        try:
            policy = policy_in_force(self._home, self._options.policy or self._home.policy).policy
        except PolicyFault as fault:
            raise UsageFault(str(fault)) from None
        scrubber = Scrubber(kinds_of(policy.categories), Directory(policy.directory))
        if hits := scrubber.hits(self.task.sentence):
            raise UsageFault(
                f"the sentence holds a {hits[0].kind}, which the policy doesn't keep: make it something that varies, "
                "such as {person}"
            )

    def learn(self, seed: int) -> None:
        """Build and train. Raises CommandFailed."""
        # Only now that nothing is recorded any more: it loads what the catalogue stands on (docs/adr/0248).
        from understudy.build import BuildError, build_dataset, open_dataset

        console, task = self._console, self.task
        if not task.recordings:
            raise CommandFailed("nothing was shown, so nothing can be learnt")
        try:
            # The second pass can't be repeated on what the agent will see (docs/adr/0215); what the recorder keeps of
            # one's own work has been through the policy.
            built = build_dataset(
                self._home,
                task.dataset,
                identity=open_identity(self._home),
                recordings=task.recordings,
                second_pass=False if _own_work(self._home, self._options) else None,
            )
            episodes = list(episodes_of(open_dataset(self._home, task.dataset)))
        except (BuildError, DatasetError, SealError) as error:
            raise CommandFailed(str(error)) from None
        if not episodes:
            raise CommandFailed("what was shown holds no action; was the program in the policy's scope?")
        console.print(f"\n[bold]Learning[/] from {len(episodes)} demonstrations, {sum(_turns(episodes))} actions")
        began_s = time.monotonic()
        version = built.version
        learning().learn(episodes, folder_of(self._home, task.name), version, seed, console)
        self.task = msgspec.structs.replace(task, version=version.number, app=_app(episodes))
        save(self._home, self.task)
        console.print(f"[green]learnt[/] in {time.monotonic() - began_s:.0f} s")


def _value(slot: str) -> str:
    while not (told := str(typer.prompt(f"      {slot}")).strip()):
        continue
    return told


def _turns(episodes: list[LearntEpisode]) -> list[int]:
    return [len(episode.turns) for episode in episodes]


def _app(episodes: list[LearntEpisode]) -> str:
    """The program that most demonstrations began in."""
    first = [turn.observation.app for episode in episodes for turn in episode.turns[:1] if turn.observation.app]
    return max(set(first), key=first.count) if first else ""


def _own_work(home: Home, options: RecordOptions) -> bool:
    return policy_in_force(home, options.policy or home.policy).policy.profile == "own-work"
