"""Operations on episodes read from a file: a list in JSON, or in TOML as tables [[edit]]."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import msgspec

from understudy.dataset.edit_operations import AnyOperation, EditError

MAX_BYTES = 4 * 1024 * 1024
"""A hundred thousand operations, and more than anybody writes."""


def read_operations(data: bytes, source: str) -> list[AnyOperation]:
    """The operations in a file's bytes: JSON when it begins as that, else TOML. `source` names it in messages.

    In TOML each is a table [[edit]]; JSON is their list, or an object with the list under "edit". Raises EditError
    naming the file and the first entry (counted from 1) that is wrong.
    """
    if len(data) > MAX_BYTES:
        raise EditError(f"{source}: longer than {MAX_BYTES} bytes; expected a list of edits")
    listed = _parsed(data, source)
    if isinstance(listed, dict):
        if set(listed) != {"edit"}:
            raise EditError(f'{source}: expected tables [[edit]] (in JSON a list, or {{"edit": […]}}) and nothing else')
        listed = listed["edit"]
    if not isinstance(listed, list) or not listed:
        raise EditError(f"{source}: no edits in it; expected a list of at least one")
    return [_operation(entry, nth, source) for nth, entry in enumerate(listed, start=1)]


def _parsed(data: bytes, source: str) -> Any:  # noqa: ANN401 - checked by the caller
    try:
        text = data.decode()
        # A table's head begins with a bracket too; JSON's list holds objects.
        if text.lstrip().startswith("{") or "".join(text.split()).startswith(("[{", "[]")):
            return json.loads(text)
        return tomllib.loads(text)
    except ValueError as error:
        told = "not text in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise EditError(f"{source}: neither JSON nor TOML: {' '.join(told.split())}") from None


def _operation(entry: object, nth: int, source: str) -> AnyOperation:
    try:
        operation: AnyOperation = msgspec.convert(entry, AnyOperation)
    except msgspec.ValidationError as error:
        raise EditError(
            f"{source}: edit {nth}: {error}; expected do = trim (episode, from, to), split (episode, before), "
            "merge (episodes), relabel (episode, task) or delete (episode)"
        ) from None
    return operation
