"""Two attackers who learn to tell people by windows of their steps: a random forest and a small recurrent net.

Each is trained on the data as it is told, levels and all: one trained on other data than he attacks proves nothing.
Both are deterministic with their seed on one machine.
"""

from __future__ import annotations

import warnings

import numpy as np
import torch
from sklearn.ensemble import RandomForestClassifier

from understudy.risk.identify import Labels
from understudy.risk.scores import Scores
from understudy.risk.traits import Numbers

TREES = 200
LEAF = 2
HIDDEN = 48
EPOCHS = 12
BATCH = 256
LEARNING_RATE = 3e-3
MOST_WINDOWS = 40_000
"""More windows than this are thinned evenly: further ones cost time and teach little."""
NOTHING = -1e6
"""What a number that isn't told counts as in a forest: beneath everything that is."""
FLOOR = 1e-3
"""Added to a forest's shares before their logarithm: a person whom no tree chose isn't impossible."""


class Forest:
    """A random forest over means, spreads and extremes of a window's numbers, and its first and last step."""

    def __init__(self, seed: int, *, jobs: int = 1, trees: int = TREES) -> None:
        self._forest = RandomForestClassifier(trees, min_samples_leaf=LEAF, n_jobs=jobs, random_state=seed)
        self._people = 0

    def learn(self, windows: Numbers, whose: Labels, people: int) -> None:
        """Grow the trees anew."""
        self._people = people
        windows, whose = _thinned(windows, whose)
        self._forest.fit(summaries(windows), whose)

    def tell(self, windows: Numbers) -> Scores:
        """(n, people)"""
        shares = np.zeros((len(windows), self._people))
        shares[:, self._forest.classes_] = self._forest.predict_proba(summaries(windows))
        told: Scores = np.log(shares + FLOOR)
        return told


def summaries(windows: Numbers) -> Numbers:
    """(n, numbers): what is told of each window as a whole. What isn't told at all is `NOTHING`."""
    with warnings.catch_warnings():
        # A number that a whole window doesn't tell has no mean; it becomes the value for nothing below.
        warnings.simplefilter("ignore", RuntimeWarning)
        parts = [
            np.nanmean(windows, axis=1),
            np.nanstd(windows, axis=1),
            np.nanmin(windows, axis=1),
            np.nanmax(windows, axis=1),
            np.nanmedian(windows, axis=1),
        ]
    told: Numbers = np.nan_to_num(np.concatenate([*parts, windows[:, -1]], axis=1), nan=NOTHING)
    return told


class Recurrent:
    """A gated recurrent unit that reads a window step by step."""

    def __init__(self, seed: int, *, epochs: int = EPOCHS) -> None:
        self._seed, self._epochs = seed, epochs
        self._mean = self._spread = np.zeros(0)
        self._net: _Net | None = None

    def learn(self, windows: Numbers, whose: Labels, people: int) -> None:
        """Train a new net."""
        windows, whose = _thinned(windows, whose)
        flat = windows.reshape(-1, windows.shape[2])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            self._mean = np.nan_to_num(np.nanmean(flat, axis=0))
            self._spread = np.maximum(np.nan_to_num(np.nanstd(flat, axis=0)), 1e-6)
        generator = torch.Generator().manual_seed(self._seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self._seed)
            net = _Net(2 * windows.shape[2], people)
            optimiser = torch.optim.AdamW(net.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
            inputs, labels = self._inputs(windows), torch.from_numpy(whose)
            net.train()
            for _ in range(self._epochs):
                order = torch.randperm(len(labels), generator=generator)
                for start in range(0, len(order), BATCH):
                    batch = order[start : start + BATCH]
                    loss = torch.nn.functional.cross_entropy(net(inputs[batch]), labels[batch])
                    optimiser.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimiser.step()
        self._net = net.eval()

    def tell(self, windows: Numbers) -> Scores:
        """(n, people). Raises RuntimeError before `learn`."""
        if self._net is None:
            raise RuntimeError("nothing was learnt yet")
        with torch.no_grad():
            told = torch.log_softmax(self._net(self._inputs(windows)), dim=1)
        return told.numpy().astype(np.float64)

    def _inputs(self, windows: Numbers) -> torch.Tensor:
        """(n, steps, 2 × numbers): standardised, and which of them are told."""
        there = np.isfinite(windows)
        scaled = np.where(there, (windows - self._mean) / self._spread, 0.0)
        both = np.concatenate([np.clip(scaled, -6, 6), there], axis=2)
        return torch.from_numpy(both.astype(np.float32))


class _Net(torch.nn.Module):
    def __init__(self, numbers: int, people: int) -> None:
        super().__init__()
        self.gru = torch.nn.GRU(numbers, HIDDEN, batch_first=True)
        self.drop = torch.nn.Dropout(0.3)
        self.out = torch.nn.Linear(2 * HIDDEN, people)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(n, steps, numbers) → (n, people)"""
        states, last = self.gru(inputs)
        both = torch.cat([last[-1], states.mean(dim=1)], dim=1)
        told: torch.Tensor = self.out(self.drop(both))
        return told


def _thinned(windows: Numbers, whose: Labels) -> tuple[Numbers, Labels]:
    if len(windows) <= MOST_WINDOWS:
        return windows, whose
    kept = np.linspace(0, len(windows) - 1, MOST_WINDOWS).astype(np.int64)
    return windows[kept], whose[kept]
