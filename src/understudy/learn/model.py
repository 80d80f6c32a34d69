"""The network: words of the task, actions done and elements on screen look at each other; it points at what to do.

Nothing in it knows a task. Two kinds of knowledge meet in its attention: learnt vectors of word pieces, and identities,
by which a word that no weight ever saw is known again where it stands a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from understudy.learn.encode import FEATURES, LCA_KINDS, MOST_DONE, MOST_TASK, PLACE_KINDS, TREE_KINDS
from understudy.learn.pieces import BUCKETS, IDENTITIES

NAME_CHANNELS = IDENTITIES
HINT_CHANNELS = 3
CHANNELS = NAME_CHANNELS + HINT_CHANNELS + 2
"""By name (as it stands, without case, by stem, as a number), by hint, as the place among alike elements, as the
number of times it was acted upon."""
NEVER = -1e4
"""Added to attention that may not be: finite, so that a row of padding stays a number."""
COUNTS = 16
BESIDE = 8
"""Kinds of surroundings whose matches each element is told."""


@dataclass(frozen=True)
class Sizes:
    """How large the network is."""

    width: int = 64
    heads: int = 4
    layers: int = 3
    dropout: float = 0.1


class Batch(NamedTuple):
    """b looks padded to n elements, t pieces, k actions, with u pieces in all of them.

    `grams` int64 (u, GRAMS), `identities` int64 (u, IDENTITIES). `task` (b, t), `names` (b, n, p), `hints` (b, n, h),
    `roles` (b, n), `done_names` (b, k, p), `done_hints`, `done_texts`: int64 places among the u pieces, 0 for none.
    `features` (b, n, FEATURES), `relations` int64 (b, n, n, 3); `ordinals`, `counts` int64 (b, n): identities of
    numbers; `done_ops` (b, k), `steps` (b,); masks bool: `task_there` (b, t), `there` (b, n), `done_there` (b, k).
    """

    grams: Tensor
    identities: Tensor
    task: Tensor
    task_there: Tensor
    names: Tensor
    hints: Tensor
    roles: Tensor
    features: Tensor
    relations: Tensor
    ordinals: Tensor
    counts: Tensor
    there: Tensor
    done_ops: Tensor
    done_names: Tensor
    done_hints: Tensor
    done_texts: Tensor
    done_there: Tensor
    steps: Tensor


class Thought(NamedTuple):
    """What the network made of a batch: `whole` (b, d), `words` (b, t, d), `elements` (b, n, d)."""

    whole: Tensor
    words: Tensor
    elements: Tensor


class Pointer(nn.Module):
    """The network. `operations` and `vocabulary` are how many there are."""

    def __init__(self, operations: int, vocabulary: int, sizes: Sizes) -> None:
        super().__init__()
        width = sizes.width
        self.sizes = sizes
        self.grams = nn.EmbeddingBag(BUCKETS, width, mode="mean", padding_idx=0)
        self.role_in = nn.Linear(width, width)
        self.name_in = nn.Linear(width, width)
        self.hint_in = nn.Linear(width, width)
        self.feature_in = nn.Linear(FEATURES + CHANNELS + NAME_CHANNELS, width)
        self.beside = _Beside()
        self.beside_in = nn.Sequential(nn.Linear(BESIDE * 2 * NAME_CHANNELS, width), nn.GELU(), nn.Linear(width, width))
        self.word_in = nn.Linear(width, width)
        self.word_place = nn.Embedding(MOST_TASK, width)
        self.word_match = nn.Linear(CHANNELS + 4, width)
        self.word_near = nn.Conv1d(width, width, 3, padding=1)
        self.op_in = nn.Embedding(operations, width)
        self.done_name_in = nn.Linear(width, width)
        self.done_hint_in = nn.Linear(width, width)
        self.done_text_in = nn.Linear(width, width)
        self.done_place = nn.Embedding(MOST_DONE, width)
        self.start = nn.Parameter(torch.randn(width) * 0.1)
        self.step_in = nn.Embedding(COUNTS, width)
        self.layers = nn.ModuleList(_Layer(sizes) for _ in range(sizes.layers))
        self.relations = _Relations(sizes)
        self.done_norm = nn.LayerNorm(width)
        self.op_out = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, operations))
        self.target_query = nn.Linear(2 * width, width)
        self.target_key = nn.Linear(width, width)
        self.target_alone = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Linear(width, 1))
        self.op_asks = nn.Embedding(operations, width)
        self.part_in = nn.Linear(width, width)
        self.learnt_part = nn.Embedding(vocabulary + 2, width)
        self.speller = nn.GRUCell(width, width)
        self.spell_start = nn.Linear(3 * width, width)
        self.spell_word = nn.Linear(width, width)
        self.spell_element = nn.Linear(width, width)
        self.spell_learnt = nn.Linear(width, vocabulary + 1)
        self.spell_on = nn.Parameter(torch.tensor([1.0, 0.0]))
        self.dropout = nn.Dropout(sizes.dropout)

    # Looking

    def look(self, batch: Batch) -> Thought:
        """What the network makes of the looks."""
        pieces = self.grams(batch.grams)
        name_match, hint_match, other_match, covered = _matches(batch)
        match = torch.cat((name_match, hint_match, other_match), -1)
        # (b, t, n, c) → the most that any word says of an element, and any element of a word.
        of_elements = match.amax(1)
        of_words = match.amax(2)
        beside = self.beside(name_match, batch.relations)
        elements = (
            self.role_in(pieces[batch.roles])
            + self.name_in(_mean(pieces, batch.names))
            + self.hint_in(_mean(pieces, batch.hints))
            + self.feature_in(torch.cat((batch.features, of_elements, covered), -1))
            + self.beside_in(beside)
        )
        words = self.word_in(pieces[batch.task])
        words = words + self.word_near(words.transpose(1, 2)).transpose(1, 2)
        words = words + self.word_place.weight[: batch.task.shape[1]]
        words = words + self.word_match(torch.cat((of_words, _done_matches(batch)), -1))
        done = (
            self.op_in(batch.done_ops)
            + self.done_name_in(_mean(pieces, batch.done_names))
            + self.done_hint_in(_mean(pieces, batch.done_hints))
            + self.done_text_in(_mean(pieces, batch.done_texts))
            + self.done_place.weight[: batch.done_ops.shape[1]]
        )
        start = (self.start + self.step_in(batch.steps.clamp(max=COUNTS - 1)))[:, None]
        state = self.dropout(torch.cat((start, words, done, elements), 1))
        b, t, k = len(batch.task), words.shape[1], done.shape[1]
        there = torch.cat((batch.there.new_ones(b, 1), batch.task_there, batch.done_there, batch.there), 1)
        first = 1 + t + k
        for layer, bias in zip(self.layers, self.relations(match, batch.relations, there, first), strict=True):
            state = layer(state, bias)
        state = self.done_norm(state)
        return Thought(state[:, 0], state[:, 1 : 1 + t], state[:, first:])

    # Answering

    def operations(self, thought: Thought) -> Tensor:
        """Logits (b, operations)."""
        found: Tensor = self.op_out(thought.whole)
        return found

    def targets(self, thought: Thought, ops: Tensor, there: Tensor) -> Tensor:
        """Logits (b, n) of the elements for one operation each."""
        asked = self.op_asks(ops)
        query = self.target_query(torch.cat((thought.whole, asked), -1))
        alike = torch.einsum("bd,bnd->bn", query, self.target_key(thought.elements)) / query.shape[-1] ** 0.5
        pairs = torch.cat((thought.elements, asked[:, None].expand_as(thought.elements)), -1)
        found: Tensor = alike + self.target_alone(pairs).squeeze(-1)
        return found.masked_fill(~there, NEVER)

    def spell_begin(self, thought: Thought, ops: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """(state, input) before the first part; `targets` (b,) places of elements, 0 where there is none."""
        rows = torch.arange(len(targets), device=targets.device)
        told = torch.cat((thought.whole, self.op_asks(ops), thought.elements[rows, targets]), -1)
        return torch.tanh(self.spell_start(told)), self.learnt_part.weight[-1].expand(len(targets), -1)

    def spell_step(
        self, thought: Thought, batch: Batch, state: Tensor, given: Tensor, last: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(state, logits (b, t + n + vocabulary + 1)); the last one ends. `last` (b,): the word before, -1 for none."""
        state = self.speller(given, state)
        scale = state.shape[-1] ** 0.5
        words = torch.einsum("bd,btd->bt", self.spell_word(state), thought.words) / scale
        following = torch.arange(words.shape[1], device=words.device)[None] == (last[:, None] + 1)
        words = words + torch.where(following & (last >= 0)[:, None], self.spell_on[0], self.spell_on[1])
        words = words.masked_fill(~batch.task_there, NEVER)
        elements = torch.einsum("bd,bnd->bn", self.spell_element(state), thought.elements) / scale
        elements = elements.masked_fill(~batch.there, NEVER)
        return state, torch.cat((words, elements, self.spell_learnt(state)), 1)

    def part_vectors(self, thought: Thought, parts: Tensor) -> Tensor:
        """What a part (b,), an index of `spell_step`'s logits, tells the next step."""
        rows = torch.arange(len(parts), device=parts.device)
        known = self.learnt_part.weight[:-1].expand(len(parts), -1, -1)
        found: Tensor = self.part_in(torch.cat((thought.words, thought.elements, known), 1)[rows, parts])
        return found


class _Beside(nn.Module):
    """What the task says of the elements around one: by how they lie to it, learnt gates add up what they match."""

    def __init__(self) -> None:
        super().__init__()
        self.lca = nn.Embedding(LCA_KINDS, BESIDE)
        self.tree = nn.Embedding(TREE_KINDS, BESIDE)
        self.place = nn.Embedding(PLACE_KINDS, BESIDE)

    def forward(self, match: Tensor, relations: Tensor) -> Tensor:
        """(b, n, BESIDE * 2 * NAME_CHANNELS) of `match` (b, t, n, NAME_CHANNELS)."""
        # A word that stands in many elements says little of each.
        rare = match / match.sum(2, keepdim=True).clamp(min=1)
        told = torch.cat((match.amax(1), rare.amax(1)), -1)
        gates = _of_pairs(relations, torch.sigmoid(2 * _known(self.lca, self.tree, self.place)))
        return torch.einsum("bnmg,bmc->bngc", gates, told).clamp(max=3).flatten(2)


class _Relations(nn.Module):
    """What is added to each layer's attention: identities between words and elements, elements' places to each other.

    All layers' at once: looking up once for twelve heads costs little more than for four.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.heads, self.layers = sizes.heads, sizes.layers
        wide = sizes.heads * sizes.layers
        self.word_to_element = nn.Linear(CHANNELS, wide, bias=False)
        self.element_to_word = nn.Linear(CHANNELS, wide, bias=False)
        self.lca = nn.Embedding(LCA_KINDS, wide)
        self.tree = nn.Embedding(TREE_KINDS, wide)
        self.place = nn.Embedding(PLACE_KINDS, wide)
        self.near = nn.Parameter(torch.zeros(wide, 5))
        with torch.no_grad():
            # Identity is worth looking at before anything is learnt.
            self.word_to_element.weight.uniform_(0.5, 2.0)
            self.element_to_word.weight.uniform_(0.5, 2.0)
            for each in (self.lca, self.tree, self.place):
                each.weight.normal_(0, 0.5)

    def forward(self, match: Tensor, relations: Tensor, there: Tensor, first: int) -> Tensor:
        """(layers, b, heads, s, s). `there` (b, s); elements begin at `first`, words at 1."""
        b, s = there.shape
        t = match.shape[1]
        wide = self.heads * self.layers
        bias = torch.where(there, 0.0, NEVER)[:, None, None, :].expand(b, wide, s, s).clone()
        bias[:, :, 1 : 1 + t, first:] += self.word_to_element(match).permute(0, 3, 1, 2)
        bias[:, :, first:, 1 : 1 + t] += self.element_to_word(match).permute(0, 3, 2, 1)
        of_pairs = _of_pairs(relations, _known(self.lca, self.tree, self.place))
        bias[:, :, first:, first:] += of_pairs.permute(0, 3, 1, 2)
        away = torch.arange(t, device=bias.device)
        bias[:, :, 1 : 1 + t, 1 : 1 + t] += self.near[:, (away[None] - away[:, None]).clamp(-2, 2) + 2]
        return bias.view(b, self.layers, self.heads, s, s).transpose(0, 1)


def _known(lca: nn.Embedding, tree: nn.Embedding, place: nn.Embedding) -> Tensor:
    """(kinds of pairs, width): the sums of what is learnt of each way in which two elements can lie to each other."""
    sums = lca.weight[:, None, None] + tree.weight[None, :, None] + place.weight[None, None]
    return sums.flatten(0, 2)


def _of_pairs(relations: Tensor, known: Tensor) -> Tensor:
    """(b, n, n, width) of `relations` (b, n, n, 3): for each pair what is `known` of its kind."""
    codes = (relations[..., 0] * TREE_KINDS + relations[..., 1]) * PLACE_KINDS + relations[..., 2]
    return functional.embedding(codes, known)


class _Layer(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        width = sizes.width
        self.heads = sizes.heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.ff_norm = nn.LayerNorm(width)
        self.ff = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.dropout = nn.Dropout(sizes.dropout)

    def forward(self, state: Tensor, bias: Tensor) -> Tensor:
        b, s, width = state.shape
        q, k, v = self.qkv(self.norm(state)).view(b, s, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        state = state + self.out(found.transpose(1, 2).reshape(b, s, width))
        out: Tensor = state + self.dropout(self.ff(self.ff_norm(state)))
        return out


def _mean(pieces: Tensor, places: Tensor) -> Tensor:
    """The mean of the vectors of pieces, over the last axis of `places`; 0 where there is none."""
    there = (places > 0).to(pieces.dtype)
    summed = (pieces[places] * there[..., None]).sum(-2)
    return summed / there.sum(-1, keepdim=True).clamp(min=1)


def _matches(batch: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Which words are which elements', (b, t, n, channels) each, and how much of each name the task says (b, n, c)."""
    words = batch.identities[batch.task]
    words = torch.where(batch.task_there[..., None], words, 0)
    names = batch.identities[batch.names]
    same = (words[:, :, None, None] == names[:, None]) & (words[:, :, None, None] != 0)
    by_name = same.any(3)
    said = same.any(1)
    lengths = (batch.names > 0).sum(-1, keepdim=True).clamp(min=1)
    covered = said.sum(2) / lengths
    hints = batch.identities[batch.hints]
    kinds = [0, 1, 2]
    hint_same = (words[:, :, None, None, kinds] == hints[:, None][..., kinds]) & (words[:, :, None, None, kinds] != 0)
    numbers = words[:, :, None, 3:4]
    others = torch.stack((batch.ordinals, batch.counts), -1)[:, None]
    by_number = (numbers == others) & (numbers != 0)
    dtype = batch.features.dtype
    return by_name.to(dtype), hint_same.any(3).to(dtype), by_number.to(dtype), covered.to(dtype)


def _done_matches(batch: Batch) -> Tensor:
    """(b, t, 4): whether a word was typed, or stood in the name of what was acted upon, at all and just now."""
    words = torch.where(batch.task_there, batch.identities[batch.task][..., 1], 0)
    found = []
    for places in (batch.done_texts, batch.done_names):
        done = batch.identities[places][..., 1]
        done = torch.where(batch.done_there[..., None], done, 0)
        same = ((words[:, :, None, None] == done[:, None]) & (words[:, :, None, None] != 0)).any(-1)
        found += [same.any(-1), same[..., 0]]
    return torch.stack(found, -1).to(batch.features.dtype)
