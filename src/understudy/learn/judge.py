"""How surprised a policy is by an episode: what an attack on membership and a comparison of models ask."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from understudy.learn.curriculum import sample_of
from understudy.learn.encode import Encoder
from understudy.learn.examples import LearntEpisode
from understudy.learn.lessons import lessons_of
from understudy.learn.loader import collate
from understudy.learn.pieces import PieceTable
from understudy.learn.policy import LearntPolicy
from understudy.learn.train import loss_of


def losses(policy: LearntPolicy, episodes: Iterable[LearntEpisode]) -> list[float]:
    """The mean negative log likelihood of each episode's turns, texts included, without variation; in nats.

    NaN for an episode of which the policy's operations and vocabulary can say no turn.
    """
    indices = {operation: index for index, operation in enumerate(policy.operations)}
    learnt = {text: index for index, text in enumerate(policy.vocabulary)}
    found: list[float] = []
    for episode in episodes:
        encoder = Encoder(PieceTable(), policy.operations)
        samples = [
            sample
            for lesson in lessons_of(episode)
            if (sample := sample_of(episode, lesson, encoder, indices, learnt)) is not None
        ]
        if not samples:
            found.append(float("nan"))
            continue
        batch, answers = collate([each.look for each in samples], [each.answer for each in samples], encoder.table)
        # All turns count alike here.
        answers = answers._replace(weights=torch.ones_like(answers.weights))
        with torch.inference_mode():
            loss, _ = loss_of(policy.network, batch, answers)
        found.append(float(loss))
    return found
