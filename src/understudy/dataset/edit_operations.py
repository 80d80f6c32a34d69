"""What can be done to the episodes of a dataset, as values; and where in a version's parts each of them lies.

Episodes and steps are counted from 0. An operation names its episode by the episode's number at that moment: what the
operations before it did to the numbers has happened. So a list of operations does what the single ones would, one
after another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from understudy.dataset.errors import DatasetError


class EditError(DatasetError):
    """An operation can't be done. One line that names it, its episode or step, and what was expected."""


class Operation(msgspec.Struct, frozen=True, kw_only=False, forbid_unknown_fields=True, tag_field="do"):
    """One thing done to episodes. As JSON or TOML: an object whose "do" names it, with its fields."""


class Trim(Operation, frozen=True, tag="trim", rename={"first": "from", "last": "to"}):
    """Keep the steps `first` to `last` (None: to the end), both included; the others leave the version."""

    episode: int
    first: int = 0
    last: int | None = None


class Split(Operation, frozen=True, tag="split", rename={"before_step": "before"}):
    """Make two episodes of one; the second begins with the step `before_step`."""

    episode: int
    before_step: int


class Merge(Operation, frozen=True, tag="merge"):
    """Make one episode of two or more that follow one another in the same recording."""

    episodes: tuple[int, ...]


class Relabel(Operation, frozen=True, tag="relabel"):
    """Give an episode another task, "" for none. The text is kept as it is: scrub what a person wrote before."""

    episode: int
    task: str


class Delete(Operation, frozen=True, tag="delete"):
    """Take an episode out of the version."""

    episode: int


AnyOperation = Trim | Split | Merge | Relabel | Delete

Counts = tuple[int, ...]
"""The number of steps of each episode, in order."""


def describe(operation: AnyOperation) -> str:
    """The operation in a few words, for messages and lists; never its text."""
    match operation:
        case Trim(episode, first, last):
            return f"trim episode {episode} to steps {first} to {'the end' if last is None else last}"
        case Split(episode, before):
            return f"split episode {episode} before step {before}"
        case Merge(episodes):
            return f"merge episodes {', '.join(map(str, episodes))}"
        case Relabel(episode):
            return f"relabel episode {episode}"
        case Delete(episode):
            return f"delete episode {episode}"
    raise TypeError(f"no operation on episodes: {type(operation).__name__}")


def place(parts: Mapping[str, Counts], operations: Sequence[AnyOperation]) -> dict[str, list[AnyOperation]]:
    """The operations on a version as operations on each of its parts, whose episodes count from 0 themselves.

    `parts` maps each part's id to the numbers of steps of its episodes, in the version's order; episodes are numbered
    through them. A part that nothing is done to has no entry. Raises EditError for an operation that can't be done.
    """
    counts = {part: list(steps) for part, steps in parts.items()}
    placed: dict[str, list[AnyOperation]] = {}
    for operation in operations:
        part, base = _find(counts, operation)
        local = _moved(operation, -base)
        counts[part] = list(counted(tuple(counts[part]), local, base))
        placed.setdefault(part, []).append(local)
    return placed


def counted(counts: Counts, operation: AnyOperation, base: int = 0) -> Counts:
    """The numbers of steps after the operation. `base` is added to episode numbers in messages.

    Raises EditError when the operation can't be done, or would change nothing.
    """
    told = describe(_moved(operation, base))
    match operation:
        case Merge(episodes):
            return _merged(counts, episodes, base, told)
        case Trim(episode, first, last):
            steps = _steps(counts, episode, base, told)
            until = steps - 1 if last is None else last
            if not 0 <= first <= until < steps:
                raise EditError(
                    f"{told}: it has {_count(steps, 'step')}, 0 to {steps - 1}; expected two of these, in order"
                )
            if until - first + 1 == steps:
                raise EditError(f"{told}: these are all of its steps; expected fewer")
            return (*counts[:episode], until - first + 1, *counts[episode + 1 :])
        case Split(episode, before):
            steps = _steps(counts, episode, base, told)
            if steps == 1:
                raise EditError(f"{told}: it has one step only, which can't be split")
            if not 0 < before < steps:
                raise EditError(f"{told}: expected a step from 1 to {steps - 1}, so that both halves have steps")
            return (*counts[:episode], before, steps - before, *counts[episode + 1 :])
        case Relabel(episode):
            _steps(counts, episode, base, told)
            return counts
        case Delete(episode):
            _steps(counts, episode, base, told)
            return (*counts[:episode], *counts[episode + 1 :])
    raise TypeError(f"no operation on episodes: {type(operation).__name__}")


def _steps(counts: Counts, episode: int, base: int, told: str) -> int:
    if not 0 <= episode < len(counts):
        raise EditError(f"{told}: there is no such episode; expected {_range(base, len(counts))}")
    return counts[episode]


def _merged(counts: Counts, episodes: Sequence[int], base: int, told: str) -> Counts:
    if len(episodes) < 2:
        raise EditError(f"{told}: expected two episodes or more")
    for episode in episodes:
        if not 0 <= episode < len(counts):
            raise EditError(
                f"{told}: episode {episode + base} is not of the same recording; expected {_range(base, len(counts))}"
            )
    if list(episodes) != list(range(episodes[0], episodes[0] + len(episodes))):
        raise EditError(f"{told}: expected episodes that follow one another, in order, such as 2 3 4")
    first, last = episodes[0], episodes[-1]
    return (*counts[:first], sum(counts[first : last + 1]), *counts[last + 1 :])


def _find(counts: Mapping[str, Sequence[int]], operation: AnyOperation) -> tuple[str, int]:
    """The part that the operation's (first) episode lies in, and how many episodes come before that part."""
    if isinstance(operation, Merge):
        if not operation.episodes:
            raise EditError("merge: expected two episodes or more")
        episode = operation.episodes[0]
    else:
        episode = operation.episode
    base = 0
    for part, steps in counts.items():
        if base <= episode < base + len(steps):
            return part, base
        base += len(steps)
    raise EditError(f"{describe(operation)}: there is no episode {episode}; expected {_range(0, base)}")


def _moved(operation: AnyOperation, by: int) -> AnyOperation:
    """The operation with its episode numbers changed by `by`."""
    if isinstance(operation, Merge):
        return Merge(tuple(episode + by for episode in operation.episodes))
    return msgspec.structs.replace(operation, episode=operation.episode + by)


def _range(base: int, count: int) -> str:
    if not count:
        return "none: no episodes are left"
    return f"{base}" if count == 1 else f"{base} to {base + count - 1}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
