"""Trains the network on episodes: deterministic with a seed, able to go on where it was stopped.

Says counts and losses, never what stands in the episodes.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from understudy.learn.augment import Augment
from understudy.learn.curriculum import Curriculum, chosen, curriculum_of
from understudy.learn.examples import LearntEpisode
from understudy.learn.loader import END, Answers, batches, order_of_epoch
from understudy.learn.model import Batch, Pointer, Thought
from understudy.learn.settings import Progress, TrainingSettings

log = logging.getLogger(__name__)

TELL_EVERY = 25
"""Batches between two words on how it goes."""
WARM_UP = 0.04
"""Share of the training in which the learning rate rises."""
CLIP = 1.0

Tell = Callable[[Progress], None]
Save = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Trained:
    """The network with what it was taught, and how it went."""

    network: Pointer
    curriculum: Curriculum
    settings: TrainingSettings
    curves: tuple[Progress, ...]
    seconds: float
    finished: bool


def train(
    episodes: Sequence[LearntEpisode],
    settings: TrainingSettings,
    tell: Tell = lambda _progress: None,
    *,
    state: dict[str, Any] | None = None,
    save: Save = lambda _state: None,
    stop: Callable[[], bool] = lambda: False,
    device: str | None = None,
) -> Trained:
    """Train on the episodes that the settings choose.

    `save` is given the whole state after each epoch, and `state` is such a one to go on from: with the same episodes
    and settings the weights are then those of a training that never stopped (on the same device, without `minutes`).
    `stop` is asked after each batch; True ends the training, `Trained.finished` False. `device` None: a GPU where there
    is one. Raises ValueError when there is nothing to learn from.
    """
    began = time.monotonic()
    curriculum = curriculum_of(chosen(episodes, settings), settings)
    log.info("%d looks of %d episodes, %d operations", len(curriculum.samples), curriculum.episodes,
             len(curriculum.operations))  # fmt: skip
    return _Training(curriculum, settings, tell, device).run(began, state, save, stop)


class _Training:
    def __init__(self, curriculum: Curriculum, settings: TrainingSettings, tell: Tell, device: str | None) -> None:
        self._curriculum, self._settings, self._tell = curriculum, settings, tell
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.manual_seed(settings.seed)
        self._network = Pointer(len(curriculum.operations), len(curriculum.vocabulary), settings.sizes)
        self._network.to(self._device)
        self._optimiser = torch.optim.AdamW(
            self._network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, foreach=True
        )
        self._augment = Augment(curriculum.table, settings.variation, settings.seed)
        self._curves: list[Progress] = []
        self._step = self._epoch = 0
        self._spent_s = 0.0

    def run(self, began: float, state: dict[str, Any] | None, save: Save, stop: Callable[[], bool]) -> Trained:
        if state is not None:
            self._restore(state)
        before_s = self._spent_s
        finished = True
        self._network.train()
        while self._epoch < self._settings.epochs and (self._step == 0 or self._share(0, 1) < 1):
            if not self._run_epoch(began, before_s, stop):
                finished = False
                break
            self._epoch += 1
            save(self._state())
        self._network.eval()
        seconds = before_s + time.monotonic() - began
        return Trained(self._network, self._curriculum, self._settings, tuple(self._curves), seconds, finished)

    def _share(self, done: int, of: int) -> float:
        """How much of the training is done: by epochs, or by time where that is limited and further."""
        share = (self._epoch + done / of) / self._settings.epochs
        if self._settings.minutes is not None:
            share = max(share, self._spent_s / 60 / self._settings.minutes)
        return share

    def _run_epoch(self, began: float, before_s: float, stop: Callable[[], bool]) -> bool:
        settings, samples = self._settings, self._curriculum.samples
        order = order_of_epoch(
            samples, settings.seed, self._epoch, evenness=settings.evenness, size=settings.epoch_size
        )
        total = math.ceil(len(order) / settings.batch_size)
        losses, right, seen, since = 0.0, 0.0, 0, time.monotonic()
        for nth, (batch, answers) in enumerate(
            batches(
                samples,
                order,
                self._curriculum.table,
                size=settings.batch_size,
                augment=self._augment,
                seed=(settings.seed, 1, self._epoch),
            )
        ):
            # Each batch's dropout by its own number: going on gives what would have come.
            torch.manual_seed((settings.seed * 1_000_003 + self._step) % 2**63)
            share = self._share(nth, total)
            if share >= 1 and self._step > 0:
                break
            for group in self._optimiser.param_groups:
                group["lr"] = settings.learning_rate * _rate(share)
            loss, accuracy = self._learn(batch, answers)
            self._step += 1
            losses, right, seen = losses + loss, right + accuracy, seen + 1
            self._spent_s = before_s + time.monotonic() - began
            if seen == TELL_EVERY:
                self._say(share, losses, right, seen, since)
                losses, right, seen, since = 0.0, 0.0, 0, time.monotonic()
            if stop():
                return False
        if seen:
            self._say(self._share(total, total), losses, right, seen, since)
        return True

    def _say(self, share: float, losses: float, right: float, seen: int, since: float) -> None:
        """One more point of the curves: means over the last `seen` batches."""
        progress = Progress(
            epoch=self._epoch,
            step=self._step,
            share=round(min(1.0, share), 4),
            loss=round(losses / seen, 4),
            accuracy=round(right / seen, 4),
            lessons=len(self._curriculum.samples),
            per_s=round(seen * self._settings.batch_size / max(time.monotonic() - since, 1e-6), 1),
        )
        self._curves.append(progress)
        self._tell(progress)

    def _learn(self, batch: Batch, answers: Answers) -> tuple[float, float]:
        batch = Batch(*(each.to(self._device, non_blocking=True) for each in batch))
        answers = Answers(*(each.to(self._device, non_blocking=True) for each in answers))
        loss, right = loss_of(self._network, batch, answers)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), CLIP)
        self._optimiser.step()
        return float(loss.detach()), right

    def _state(self) -> dict[str, Any]:
        return {
            "network": self._network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "epoch": self._epoch,
            "step": self._step,
            "spent_s": self._spent_s,
            "curves": [[getattr(each, name) for name in Progress.__struct_fields__] for each in self._curves],
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self._network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._epoch, self._step, self._spent_s = state["epoch"], state["step"], state["spent_s"]
        self._curves = [Progress(**dict(zip(Progress.__struct_fields__, row, strict=True))) for row in state["curves"]]


def _rate(share: float) -> float:
    """The learning rate's share of its highest: up, then down along half a cosine."""
    if share < WARM_UP:
        return 0.05 + 0.95 * share / WARM_UP
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (share - WARM_UP) / (1 - WARM_UP))))


def loss_of(network: Pointer, batch: Batch, answers: Answers) -> tuple[Tensor, float]:
    """(the loss, the share of looks at which operation and target came out right)."""
    thought = network.look(batch)
    weights = answers.weights / answers.weights.sum().clamp(min=1e-6)
    op_logits = network.operations(thought)
    loss = (functional.cross_entropy(op_logits, answers.ops, reduction="none") * weights).sum()
    logits = network.targets(thought, answers.ops, batch.there)
    logs = functional.log_softmax(logits, -1)
    told = torch.logsumexp(logs.masked_fill(~answers.targets, -1e9), -1)
    loss = loss - (torch.where(answers.aimed, told, 0.0) * weights).sum()
    hit = answers.targets[torch.arange(len(logits), device=logits.device), logits.argmax(-1)] | ~answers.aimed
    right = float(((op_logits.argmax(-1) == answers.ops) & hit).float().mean())
    if answers.parts.shape[1]:
        loss = loss + _spelling_loss(network, thought, batch, answers, weights)
    return loss, right


def _spelling_loss(network: Pointer, thought: Thought, batch: Batch, answers: Answers, weights: Tensor) -> Tensor:
    rows = (answers.parts[:, 0] != -1).nonzero().squeeze(1)
    few = Batch(batch.grams, batch.identities, *(each[rows] for each in batch[2:]))
    whole = Thought(*(each[rows] for each in thought))
    targets = answers.targets[rows].float().argmax(-1)
    state, given = network.spell_begin(whole, answers.ops[rows], targets)
    words = few.task.shape[1]
    last = torch.full_like(rows, -1)
    loss = state.new_zeros(())
    for nth in range(answers.parts.shape[1]):
        wanted = answers.parts[rows, nth]
        state, logits = network.spell_step(whole, few, state, given, last)
        end = logits.shape[1] - 1
        index = torch.where(wanted == END, end, wanted).clamp(min=0)
        each = functional.cross_entropy(logits, index, reduction="none")
        loss = loss + (torch.where(wanted != -1, each, 0.0) * weights[rows]).sum()
        given = network.part_vectors(whole, index)
        last = torch.where(index < words, index, -1)
    return loss
