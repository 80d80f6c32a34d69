"""Batches for training: looks are encoded once; each epoch draws from them, varied, in an order that a seed fixes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from understudy.learn.augment import Augment, Varied
from understudy.learn.encode import MOST_COUNT, Answer, Encoded
from understudy.learn.model import Batch
from understudy.learn.pieces import PieceTable, number_identity

Array = npt.NDArray[np.int64]


class Answers(NamedTuple):
    """What was done, padded: `ops` (b,), `targets` bool (b, n), `aimed` bool (b,): it has a target; `parts` int64
    (b, m) of `Pointer.spell_step`'s logits, -1 behind the end, which is told; `weights` (b,)."""

    ops: Tensor
    targets: Tensor
    aimed: Tensor
    parts: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Sample:
    """One encoded lesson. `group` is the page it was seen on; `fixed` are pieces that no variation may replace."""

    look: Encoded
    answer: Answer
    group: str


def order_of_epoch(samples: Sequence[Sample], seed: int, epoch: int, *, evenness: float, size: int) -> Array:
    """The places of an epoch's samples, a multiple of nothing: drawn so that a group of g samples comes up in
    proportion to g ** `evenness`, each sample of it equally often where it can."""
    generator = np.random.default_rng((seed, epoch))
    groups: dict[str, list[int]] = {}
    for place, sample in enumerate(samples):
        groups.setdefault(sample.group, []).append(place)
    shares = np.array([len(members) ** evenness for members in groups.values()])
    wanted = np.maximum(1, np.round(size * shares / shares.sum())).astype(int)
    chosen: list[int] = []
    for members, count in zip(groups.values(), wanted, strict=True):
        whole, rest = divmod(int(count), len(members))
        chosen += members * whole
        chosen += list(generator.choice(members, rest, replace=False))
    places = np.array(chosen, np.int64)
    generator.shuffle(places)
    return places


def batches(
    samples: Sequence[Sample],
    order: Array,
    table: PieceTable,
    *,
    size: int,
    augment: Augment | None,
    seed: tuple[int, ...],
    begin: int = 0,
) -> Iterator[tuple[Batch, Answers]]:
    """The epoch's batches from the `begin`th on. Samples of like size come together, so that little is padding.

    Each batch is varied by a generator of its own, so that going on at any batch gives what would have come.
    """
    chunks = _alike(samples, order, size)
    for nth in range(begin, len(chunks)):
        generator = np.random.default_rng((*seed, nth))
        chosen = [samples[place] for place in chunks[nth]]
        varied = [augment.vary(each.look, each.answer, generator) if augment else None for each in chosen]
        yield collate(
            [each.look for each in chosen], [each.answer for each in chosen], table, varied if augment else None
        )


POOL = 8
"""Batches that are sorted by size together: enough to save padding, few enough to stay mixed."""


def _alike(samples: Sequence[Sample], order: Array, size: int) -> list[Array]:
    chunks: list[Array] = []
    for begin in range(0, len(order), size * POOL):
        pool = order[begin : begin + size * POOL]
        sizes = [len(samples[place].look.kept) + len(samples[place].look.task) for place in pool]
        pool = pool[np.argsort(sizes, kind="stable")]
        chunks += [pool[at : at + size] for at in range(0, len(pool), size)]
    if chunks:
        # Else each pool would go from small to large.
        generator = np.random.default_rng(len(chunks) + int(order[0]))
        chunks = [chunks[place] for place in generator.permutation(len(chunks))]
    return chunks


_COUNT_IDENTITIES = np.array([number_identity(count) for count in range(256)], np.int64)


def _number_identities(numbers: npt.NDArray[np.int32]) -> Array:
    found: Array = _COUNT_IDENTITIES[np.clip(numbers, 0, 255)]
    return found


def collate(
    looks: Sequence[Encoded],
    answers: Sequence[Answer] | None,
    table: PieceTable,
    varied: Sequence[Varied | None] | None = None,
) -> tuple[Batch, Answers]:
    """Looks (and what was done) as one batch. Without answers, `Answers` is empty."""
    grams, identities = table.arrays()
    b = len(looks)
    n = max(1, max(len(look.kept) for look in looks))
    t = max(1, max(len(look.task) for look in looks))
    k = max(1, max(len(look.done_ops) for look in looks))
    task = np.zeros((b, t), np.int64)
    names = np.zeros((b, n, looks[0].names.shape[1]), np.int64)
    hints = np.zeros((b, n, looks[0].hints.shape[1]), np.int64)
    roles = np.zeros((b, n), np.int64)
    features = np.zeros((b, n, looks[0].features.shape[1]), np.float32)
    relations = np.zeros((b, n, n, 3), np.int64)
    ordinals, counts = np.zeros((b, n), np.int64), np.zeros((b, n), np.int64)
    there = np.zeros((b, n), bool)
    done_ops = np.zeros((b, k), np.int64)
    done_names = np.zeros((b, k, names.shape[2]), np.int64)
    done_hints = np.zeros((b, k, hints.shape[2]), np.int64)
    done_texts = np.zeros((b, k, names.shape[2]), np.int64)
    done_there = np.zeros((b, k), bool)
    for row, look in enumerate(looks):
        e, w, d = len(look.kept), len(look.task), len(look.done_ops)
        task[row, :w] = look.task
        names[row, :e], hints[row, :e], roles[row, :e] = look.names, look.hints, look.roles
        features[row, :e] = look.features
        relations[row, :e, :e] = look.relations
        ordinals[row, :e] = _number_identities(look.ordinals)
        counts[row, :e] = np.where(look.counts > 0, _number_identities(np.minimum(look.counts, 99)), 0)
        there[row, :e] = True
        done_ops[row, :d], done_there[row, :d] = look.done_ops, True
        done_names[row, :d], done_hints[row, :d], done_texts[row, :d] = (
            look.done_names,
            look.done_hints,
            look.done_texts,
        )
        change = varied[row] if varied is not None else None
        if change is not None:
            if change.replaced:
                for places in (task[row], names[row], done_names[row], done_texts[row]):
                    for old, new in change.replaced.items():
                        places[places == old] = new
            there[row, :e] &= change.there
            if change.features is not None:
                features[row, :e] = change.features
            if change.unordered:
                ordinals[row] = 0
    used = (task, names, hints, roles, done_names, done_hints, done_texts)
    unique, inverse = np.unique(np.concatenate([[0], *(each.ravel() for each in used)]), return_inverse=True)
    mapped, at = [], 1
    for each in used:
        mapped.append(torch.from_numpy(inverse[at : at + each.size].reshape(each.shape)))
        at += each.size
    batch = Batch(
        grams=torch.from_numpy(grams[unique]),
        identities=torch.from_numpy(identities[unique]),
        task=mapped[0],
        task_there=torch.from_numpy(task > 0),
        names=mapped[1],
        hints=mapped[2],
        roles=mapped[3],
        features=torch.from_numpy(features),
        relations=torch.from_numpy(relations),
        ordinals=torch.from_numpy(ordinals),
        counts=torch.from_numpy(counts),
        there=torch.from_numpy(there),
        done_ops=torch.from_numpy(done_ops),
        done_names=mapped[4],
        done_hints=mapped[5],
        done_texts=mapped[6],
        done_there=torch.from_numpy(done_there),
        steps=torch.tensor([min(look.steps, 10 * MOST_COUNT) for look in looks]),
    )
    return batch, _answers(answers or (), n, t)


def _answers(answers: Sequence[Answer], n: int, t: int) -> Answers:
    b = len(answers)
    targets = np.zeros((b, n), bool)
    longest = max((len(answer.parts) + 1 for answer in answers if answer.parts), default=0)
    parts = np.full((b, longest), -1, np.int64)
    offsets = {"task": 0, "screen": t, "learnt": t + n}
    for row, answer in enumerate(answers):
        targets[row, list(answer.elements)] = True
        if answer.parts:
            told = [offsets[part.source] + part.place for part in answer.parts]
            # The end stands for itself: the loss knows its place behind the vocabulary.
            parts[row, : len(told) + 1] = [*told, END]
    return Answers(
        ops=torch.tensor([answer.op for answer in answers], dtype=torch.long),
        targets=torch.from_numpy(targets),
        aimed=torch.tensor([bool(answer.elements) for answer in answers], dtype=torch.bool),
        parts=torch.from_numpy(parts),
        weights=torch.tensor([answer.weight for answer in answers], dtype=torch.float32),
    )


END = -2
"""Stands in `Answers.parts` for the end of a text."""
