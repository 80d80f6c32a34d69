"""The formats that a dataset exports to: each with what it is and what it loses. docs/exports.md tells the same."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from understudy.export import (
    anthropic,
    browsergym,
    huggingface,
    lerobot,
    mcap,
    openai,
    opencua,
    parquet,
    pyautogui_script,
    uitars,
)
from understudy.export.card import write_card
from understudy.export.folder import check_free, new_folder
from understudy.export.story import Source
from understudy.export.terms import write_notices, write_terms
from understudy.export.written import Written


class MissingPackage(Exception):
    """The format needs a package that isn't installed; the message is one line."""


def no_head(_source: Source, _written: Written) -> str:
    """The head of README.md for formats that need none."""
    return ""


@dataclass(frozen=True)
class Format:
    """One format. `loses` says, a line each, what of the dataset it can't hold; `usage` is Markdown on reading it.

    `head` gives the head of README.md. `package` is what the extra [export] must have installed, "" for nothing.
    """

    name: str
    title: str
    description: str
    loses: tuple[str, ...]
    usage: str
    write: Callable[[Source, Path], Written]
    head: Callable[[Source, Written], str] = no_head
    package: str = ""


@dataclass(frozen=True)
class Exported:
    """What an export yielded; `bytes` on disk, `left_out` steps by reason."""

    folder: Path
    counts: Mapping[str, int]
    left_out: Mapping[str, int]
    bytes: int


FORMATS: dict[str, Format] = {
    "opencua": Format(
        name="opencua",
        title="OpenCUA / AgentNet trajectories",
        description="JSONL as AgentNet is published: pyautogui code with shares of the screen, stills as WebP.",
        loses=opencua.LOSES,
        usage=opencua.USAGE,
        write=opencua.write,
    ),
    "openai": Format(
        name="openai",
        title="OpenAI computer-use actions",
        description="JSONL of Responses API items: computer calls in screen pixels and their outputs, stills as WebP.",
        loses=openai.LOSES,
        usage=openai.USAGE,
        write=openai.write,
    ),
    "anthropic": Format(
        name="anthropic",
        title="conversations with Anthropic's computer tool",
        description="JSONL of Messages API conversations: tool calls in pixels of pictures scaled as the service does.",
        loses=anthropic.LOSES,
        usage=anthropic.USAGE,
        write=anthropic.write,
    ),
    "uitars": Format(
        name="uitars",
        title="UI-TARS chats",
        description="JSONL of chats: a picture, then UI-TARS actions in thousandths of the screen; stills as WebP.",
        loses=uitars.LOSES,
        usage=uitars.USAGE,
        write=uitars.write,
    ),
    "browsergym": Format(
        name="browsergym",
        title="BrowserGym actions",
        description="JSONL of what was done in web pages, as calls of BrowserGym's coordinate set; stills as WebP.",
        loses=browsergym.LOSES,
        usage=browsergym.USAGE,
        write=browsergym.write,
    ),
    "pyautogui": Format(
        name="pyautogui",
        title="pyautogui scripts",
        description="One Python script an episode that performs it again on a screen of the same size.",
        loses=pyautogui_script.LOSES,
        usage=pyautogui_script.USAGE,
        write=pyautogui_script.write,
    ),
    "parquet": Format(
        name="parquet",
        title="plain Parquet",
        description="Every table as a Parquet file, stills in one with bytes: for pyarrow, DuckDB and datasets.",
        loses=("Nothing but the seal: whoever can read the files reads all of it.",),
        usage='```python\nimport pyarrow.parquet as pq\nprint(pq.read_table("steps.parquet").to_pylist()[0])\n```',
        write=parquet.write,
        head=parquet.head,
    ),
    "huggingface": Format(
        name="huggingface",
        title="a folder for Hugging Face datasets",
        description="One row a step with its still as an image, task and words; Parquet with a card that hubs read.",
        loses=huggingface.LOSES,
        usage=huggingface.USAGE,
        write=huggingface.write,
        head=huggingface.head,
    ),
    "lerobot": Format(
        name="lerobot",
        title="a LeRobot v3 dataset",
        description="A frame a step: still, state and action vectors, words; for LeRobot's policies and loaders.",
        loses=lerobot.LOSES,
        usage=lerobot.USAGE,
        write=lerobot.write,
        head=lerobot.head,
    ),
    "mcap": Format(
        name="mcap",
        title="MCAP files for viewers",
        description="A file a recording: every table a stream of JSON messages, stills as Foxglove images, drawn upon.",
        loses=mcap.LOSES,
        usage=mcap.USAGE,
        write=mcap.write,
        package="mcap",
    ),
}


def check_installed(format_name: str) -> None:
    """Raises MissingPackage when the format needs a package that isn't there, KeyError for an unknown format."""
    package = FORMATS[format_name].package
    if package and importlib.util.find_spec(package) is None:
        raise MissingPackage(f"the format {format_name} needs the package {package}: pip install 'understudy[export]'")


def export(
    source: Source, format_name: str, folder: Path, *, notices: Mapping[str, str] = MappingProxyType({})
) -> Exported:
    """Write a dataset version in the clear into the new `folder`, whole or not at all.

    `notices` are the words of the notices that it was recorded under, by SHA-256; those that are known go with it.

    Raises KeyError for an unknown format, FolderInUse when the folder holds something, MissingPackage.
    """
    check_installed(format_name)
    chosen = FORMATS[format_name]
    check_free(folder)
    with new_folder(folder) as unfinished:
        written = chosen.write(source, unfinished)
        head = chosen.head(source, written)
        write_terms(unfinished, source.manifest, format_name=chosen.name, loses=chosen.loses, written=written)
        write_notices(unfinished, source.manifest, notices)
        write_card(
            unfinished,
            source,
            title=chosen.title,
            loses=chosen.loses,
            written=written,
            usage=chosen.usage,
            head=head,
        )
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Exported(folder=folder, counts=written.counts, left_out=written.left_out, bytes=size)
