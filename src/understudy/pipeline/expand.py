"""Actions → the events that they were made from."""

from __future__ import annotations

from understudy.records.actions import Action
from understudy.records.events import Key, Pointer
from understudy.records.recording import Recording


class Events:
    """A recording's pointer and key events, asked by action. What an action expands to is what was recorded of it:
    the presses and releases of its buttons and keys (its modifiers' too), the moves of a drag, the notches of a scroll.
    """

    def __init__(self, recording: Recording) -> None:
        self._pointer = {event.seq: event for event in recording.pointer}
        self._keys = {key.seq: key for key in recording.keys}

    def of(self, action: Action) -> list[Pointer | Key]:
        """The action's events in order of time; [] for waits and for texts whose keys weren't kept.

        Raises KeyError when the action is of another recording.
        """
        events: list[Pointer | Key] = [self._pointer[seq] for seq in action.pointer_seqs]
        events += [self._keys[seq] for seq in action.key_seqs]
        return sorted(events, key=lambda event: event.time_ns)
