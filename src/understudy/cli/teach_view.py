"""What an agent may see and type: the recorder's own redaction, held against the desktop while the agent works.

The observations come from the same guard as a recording's, under the same policy; so a policy sees when it acts what it
saw when it learnt. What is replaced by a token there is replaced here too, and the person's own values are known by the
token that they got (docs/adr/0214).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from understudy.act.agent_eyes import Seen
from understudy.learn.acting import Observation, Shown
from understudy.recorder.recording import without_ourselves
from understudy.records.events import Tree, Windows
from understudy.records.kept import TreeNode
from understudy.redact.directory import Directory
from understudy.redact.guard import Guard
from understudy.redact.policy import Policy
from understudy.redact.scrub import TOKEN, Scrubbed, Scrubber
from understudy.redact.scrub_span import kinds_of


class TaskView:
    """One performance of one task, seen through `policy`: a guard of its own, whose tokens begin anew.

    `values` are what the person named, by slot. `task` is the sentence as the policy may see it.
    """

    def __init__(self, policy: Policy, sentence: str, values: Mapping[str, str]) -> None:
        scrubber = Scrubber(kinds_of(policy.categories), Directory(policy.directory))
        self._guard = Guard(without_ourselves(policy), scrubber)
        scrubbed = scrubber.scrub(sentence)
        self.task = scrubbed.text
        self._real = dict(_tokens(sentence, scrubbed))
        # What is typed into a field called "Full name" is taken for a name, whatever it is; so is a slot called so.
        for slot, value in values.items():
            for token, real in _tokens(value, scrubber.scrub(value, label=slot.replace("_", " "))):
                self._real.setdefault(token, real)

    def learn(self, record: Windows | Tree) -> None:
        """The windows changed, or one was read."""
        self._guard.feed(record)

    def seen(self, typed_into: frozenset[str] = frozenset()) -> Seen | None:
        """The window that has the keyboard, as it would be kept; None where nothing of it would."""
        shown = self._guard.shown(typed_into)
        if shown is None:
            return None
        kept = shown.kept
        observation = Observation(
            elements=tuple(_shown(node) for node in kept.nodes),
            bounds=kept.bounds,
            app=shown.window.app or shown.window.program,
            title=shown.window.title,
            url=kept.url,
            complete=kept.complete,
        )
        return Seen(observation, shown.tree, shown.raw_window)

    def value(self, text: str) -> str | None:
        """The real text for one with tokens; None where a token stands for nothing that the person named."""
        if any(token not in self._real for token in TOKEN.findall(text)):
            return None
        return TOKEN.sub(lambda found: self._real[found.group()], text)

    def know(self, token: str, value: str) -> None:
        """The person said what a token stands for."""
        self._real[token] = value

    def unknown(self, text: str) -> list[str]:
        """The tokens of a text that stand for nothing known."""
        return [token for token in dict.fromkeys(TOKEN.findall(text)) if token not in self._real]


def _tokens(text: str, scrubbed: Scrubbed) -> list[tuple[str, str]]:
    """Each token of a scrubbed text with what it replaced; nothing where the text held tokens of its own."""
    if TOKEN.search(text):
        return []
    tokens = TOKEN.findall(scrubbed.text)
    return [(token, text[hit.start : hit.end]) for token, hit in zip(tokens, scrubbed.hits, strict=True)]


def _shown(node: TreeNode) -> Shown:
    return Shown(
        role=node.role,
        parent=node.parent,
        name=node.name,
        text=node.text,
        value_class=node.value_class,
        states=node.states,
        bounds=node.bounds,
        hint=node.hint,
    )


class Irreversible:
    """Whether pressing an element can't be taken back, by a policy's words: whole words of its name, without case."""

    def __init__(self, words: tuple[str, ...]) -> None:
        each = "|".join(re.escape(word) for word in words)
        self._words = re.compile(rf"\b(?:{each})\b", re.IGNORECASE) if words else None

    def __call__(self, element: Shown) -> bool:
        """True when it asks for a question first."""
        return self._words is not None and self._words.search(element.name) is not None
