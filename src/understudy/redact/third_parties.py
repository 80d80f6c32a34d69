"""Other people on the screen: which elements show them, and which are the mechanics that an agent learns from.

In a document or window where people are masked, everything is taken for somebody else's that is not known as mechanics:
buttons, menus and fields outside lists and messages, and a closed list of words that such programs use everywhere. So
what is unknown is masked. Pure; works on a whole tree, or on one element by its path where no tree is at hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from understudy.records.elements import Element, Node
from understudy.redact.third_party_words import COMMON, DATE_WORDS, FILLERS

THIRD_PARTY = "<THIRD_PARTY>"
"""What stands in the place of a name: one token for everybody, so that it tells nobody apart."""

CONTENT = frozenset(
    (
        *("list item", "table cell", "table row", "tree item", "row header", "table row header", "article", "comment"),
        *("block quote", "log", "document email", "description term", "description value", "caption", "notification"),
        *("tool tip", "alert", "definition", "marquee", "suggestion", "footnote", "info bar"),
    )
)
"""Roles of what holds messages, entries of lists and calendars: all that stands in them is content."""
MECHANICS = frozenset(
    (
        *("push button", "toggle button", "push button menu", "radio button", "check box", "switch", "menu"),
        *("menu bar", "menu item", "check menu item", "radio menu item", "tearoff menu item", "popup menu"),
        *("combo box", "entry", "password text", "spin button", "slider", "scroll bar", "separator", "editbar"),
        *("autocomplete", "date editor", "color chooser", "dial", "progress bar", "level bar", "column header"),
        *("table column header", "accelerator label", "rating", "split pane"),
    )
)
"""Roles of what a person works with; outside content their names stay."""
DRAWN_BY_CHILDREN = frozenset(
    (
        *("frame", "window", "dialog", "application", "root pane", "document web", "document frame", "document text"),
        *("document spreadsheet", "document presentation", "panel", "filler", "section", "form", "landmark", "list"),
        *("list box", "table", "tree", "tree table", "grouping", "scroll pane", "viewport", "split pane", "tool bar"),
        *("page tab list", "layered pane", "internal frame", "glass pane", "redundant object", "description list"),
        *("menu bar", "page", "html container", "header", "footer", "status bar", "table column"),
    )
)
"""Roles that draw nothing of their own: their names may tell of people, their bounds hold everything."""
_PICTURES = frozenset(("image", "canvas", "video", "animation", "drawing area", "image map", "embedded", "icon"))

_BARS = frozenset(("tool bar", "menu bar", "page tab list", "status bar", "landmark", "separator"))
"""Roles whose own name is the program's word for a part of itself."""
_TEXT_LEAVES = frozenset(("static", "label", "link", "text"))

MOST_NAMES = 500
"""Most names of people that are remembered of one tree."""
_LONGEST_NAME_WORDS = 4
_LONGEST_NAME_CHARS = 48

_ASKS = re.compile(
    r"^\W*(?:to|cc|bcc|from|reply[- ]?to|an|von|kopie|blindkopie|empf(?:ä|ae)nger|à|de|cci|para|a"
    r"|recipients?|guests?|attendees?|participants?|invitees?|members?|people|contacts?|assignees?|organi[sz]er"
    r"|teilnehmer|g(?:ä|ae)ste|kontakte?|personen|destinataires?|invit(?:é|e)s?|participants?|contacts?)\W*$"
    r"|\b(?:to|cc|bcc) recipients?\b|\brecipients?\b"
    r"|\b(?:add|invite|search|find|mention|select|choose)(?: for| a| an| new| more)? "
    r"(?:people|persons?|guests?|attendees?|participants?|members?|recipients?|contacts?|users?|someone|colleagues?)\b"
    r"|\bassign(?:ed)? to\b|\bempf(?:ä|ae)nger\b|\bdestinataires?\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"[(\[]?\d{1,5}\+?[)\]]?|[•·:…,.!?()\[\]–—\-|/]+")
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")

Where = Literal["outside", "mechanics", "field", "content"]


@dataclass(frozen=True)
class People:
    """What a tree shows of other people.

    `others` are the ids of elements whose name is theirs, `masked` the indexes of nodes whose bounds must be covered,
    `free` the ids of the remaining elements with the names that were found harmless. `names` holds, in lower case, what
    looks like the name of somebody in a list or a message.
    """

    others: frozenset[str] = frozenset()
    masked: tuple[int, ...] = ()
    names: frozenset[str] = frozenset()
    free: Mapping[str, str] = field(default_factory=dict)

    def owns(self, element: Element) -> bool | None:
        """True when an element is somebody else's, False when it isn't, None when this tree doesn't know."""
        if element.id in self.others:
            return True
        return False if self.free.get(element.id) == element.name else None


NOBODY = People()


def asks_for_people(label: str) -> bool:
    """True for the label of a field into which people's names are typed ("To", "Add guests")."""
    return len(label) <= 80 and _ASKS.search(label.strip()) is not None


def is_common(text: str) -> bool:
    """True for words that programs of this kind use everywhere ("Inbox (3)", "Reply", "Monday, 17 November")."""
    if len(text) > 60:
        return False
    bare = " ".join(_MORE.sub(" ", text.casefold()).split())
    if not bare:
        return not any(char.isalnum() for char in text)
    if bare in COMMON:
        return True
    words = [word for word in bare.split() if word not in FILLERS]
    if " ".join(words) in COMMON:
        return True
    return all(word in DATE_WORDS for word in words) and _recent(text)


def names_somebody(name: str, names: Collection[str]) -> bool:
    """True when a text holds one of the names as whole words."""
    if not names or not name:
        return False
    words = _WORD.findall(name[:400].casefold())
    return any(
        " ".join(words[at : at + size]) in names
        for size in range(1, _LONGEST_NAME_WORDS + 1)
        for at in range(len(words) - size + 1)
    )


def of_tree(nodes: Sequence[Node], masks: Callable[[Element], bool]) -> People:
    """What the nodes of one tree show of other people; `masks` says in which documents people are masked."""
    concerned = [masks(node.element) for node in nodes]
    if not any(concerned):
        return NOBODY
    where, spared = _places(nodes), _spared(nodes)
    inner = {node.parent for node in nodes}
    asking: set[int] = set()
    theirs: list[bool] = []
    for index, node in enumerate(nodes):
        inside = where[index] == "field" and node.parent in asking
        if inside or (concerned[index] and where[index] == "field" and asks_for_people(node.element.name)):
            asking.add(index)
        # What stands in such a field is theirs; its label is not.
        theirs.append(concerned[index] and (inside or _theirs(node, where[index], spared=index in spared)))
    names = _names(node for index, node in enumerate(nodes) if theirs[index] and index not in inner)
    for index, node in enumerate(nodes):
        if concerned[index] and not theirs[index] and names_somebody(node.element.name, names):
            theirs[index] = True
    texts = {node.parent for node in nodes if node.element.role in _TEXT_LEAVES}
    covered = asking | {i for i, yes in enumerate(theirs) if yes}
    masked = [i for i, node in enumerate(nodes) if i in covered and _draws(node, others_tell=i in texts)]
    return People(
        others=frozenset(nodes[i].element.id for i, yes in enumerate(theirs) if yes),
        masked=tuple(masked),
        names=names,
        free={n.element.id: n.element.name for n, yes in zip(nodes, theirs, strict=True) if not yes},
    )


def _draws(node: Node, *, others_tell: bool) -> bool:
    """True when something of a node itself is on the screen; `others_tell`: its text has elements of its own."""
    if node.element.role not in DRAWN_BY_CHILDREN:
        return True
    return bool(node.text.strip("￼ \n")) and not others_tell


def of_element(element: Element, names: Collection[str] = ()) -> bool:
    """True when an element alone, by its role and path, must be taken for somebody else's; `names` are people's."""
    where: Where = "outside"
    for role in element.path[:-1]:
        where = _inside(where, role, editable=role == "entry")
    where = _inside(where, element.role, editable="editable" in element.states)
    spared = where == "content" and is_common(element.name)
    return _theirs(Node(element=element, parent=-1), where, spared=spared) or names_somebody(element.name, names)


def _inside(around: Where, role: str, *, editable: bool) -> Where:
    if role == "block quote":
        return "content"
    if around == "field" or (editable and role not in CONTENT):
        return "field"
    if around == "content" or role in CONTENT:
        return "content"
    return "mechanics" if around == "mechanics" or role in MECHANICS else "outside"


def _places(nodes: Sequence[Node]) -> list[Where]:
    places: list[Where] = []
    for node in nodes:
        around: Where = places[node.parent] if node.parent >= 0 else "outside"
        places.append(_inside(around, node.element.role, editable="editable" in node.element.states))
    return places


def _spared(nodes: Sequence[Node]) -> set[int]:
    """Nodes in lists and such that say nothing but common words: navigation, not content."""
    says = [True] * len(nodes)
    texts = [False] * len(nodes)
    inner = {node.parent for node in nodes}
    for index in range(len(nodes) - 1, -1, -1):
        node = nodes[index]
        told = [text for text in (node.element.name, node.text, node.element.value) if text.strip("￼ \n")]
        # What holds others repeats their words in its own name.
        own = told if index not in inner else []
        if node.element.role in _PICTURES and index not in inner:
            says[index] = False
        if own:
            texts[index] = True
            says[index] = says[index] and all(is_common(text) for text in own)
        if node.parent >= 0:
            says[node.parent] = says[node.parent] and says[index]
            texts[node.parent] = texts[node.parent] or texts[index]
    return {
        index
        for index, node in enumerate(nodes)
        if says[index] and texts[index] and (is_common(node.element.name) or not node.element.name or index in inner)
    }


def _theirs(node: Node, where: Where, *, spared: bool) -> bool:
    element = node.element
    told = element.name or node.text or element.value
    if where == "field" or element.role in _BARS:
        return False
    if element.role in _PICTURES:
        return where != "mechanics"
    if where == "content":
        if spared and _says_common(element.name, node.text):
            return False
        return bool(told) or element.role in CONTENT
    if element.role == "page tab":
        # A browser's own tab tells the title of a page.
        return not element.url and not is_common(told)
    if where == "mechanics" or not told:
        return False
    return not is_common(element.name or told)


def _says_common(name: str, text: str) -> bool:
    """The name of what holds others is all their words in a row: those were looked at one by one."""
    return all(is_common(part) for part in re.split(r"[\n,;￼]+|\s{2,}", f"{name}\n{text}")) or all(
        word in COMMON or word in FILLERS or word in DATE_WORDS or not word.isalpha() or len(word) == 1
        for word in _WORD.findall(f"{name} {text}".casefold())
    )


def _names(nodes: Iterable[Node]) -> frozenset[str]:
    """What looks like somebody's name among the texts of lists and messages."""
    found: set[str] = set()
    for node in nodes:
        text = (node.element.name or node.text).strip()
        if len(found) >= MOST_NAMES:
            break
        if not text or len(text) > _LONGEST_NAME_CHARS or is_common(text):
            continue
        words = _WORD.findall(text)
        if not 1 <= len(words) <= _LONGEST_NAME_WORDS or not all(word[0].isupper() for word in words):
            continue
        if len(words) == 1 and len(words[0]) < 3:
            continue
        found.add(" ".join(words).casefold())
    return frozenset(found)


def _recent(text: str) -> bool:
    """False for dates with a year in which somebody may have been born."""
    return all(2015 <= int(year) <= 2100 for year in re.findall(r"(?<!\d)\d{4}(?!\d)", text))


def origin(url: str) -> str:
    """An address without its path, in which such pages often name people; "" when it can't be read."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.partition('/')[0]}/" if mark and scheme in ("http", "https") else ""
