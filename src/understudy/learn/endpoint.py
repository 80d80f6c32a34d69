"""Scores somebody else's model, behind an OpenAI-compatible address, on recorded steps: would it have done the same?

A step is asked for in words: the task, what was done so far, the elements on screen with their bounds, and a picture
where there is one and it is wanted. The model answers with one action; top-1, at temperature 0.
"""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from email.message import Message
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, NoReturn

import msgspec

from understudy.learn.acting import Choice, Done, Observation
from understudy.learn.evaluate import target_of
from understudy.learn.examples import LearntEpisode, Turn
from understudy.learn.intervals import Interval, wilson
from understudy.records.geometry import Rect

TIMEOUT_S = 60.0
TRIES = 4
WAIT_S = 2.0
"""Before the second try; twice as long before each further one, unless the server says how long."""
LONGEST_WAIT_S = 60.0
ANSWER_TOKENS = 300
MOST_ELEMENTS = 250
"""Beyond these, elements that act on nothing are left out of the words."""
MOST_BYTES = 4_000_000
"""Of an answer: what is longer is no action."""
LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))
_AGAIN = frozenset((408, 409, 425, 429, 500, 502, 503, 504))
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_SPACES = re.compile(r"\s+")

INSTRUCTIONS = """You operate a computer. You are given a task, the actions done so far, and the elements of the \
window on screen: [number] role "name" (states) at x,y width x height, in pixels. Answer with the next action as one \
JSON object and nothing else:
{"kind": KIND, "element": NUMBER, "x": X, "y": Y, "text": TEXT, "keys": [KEY, ...], "to_element": NUMBER}
KIND is click, double_click, triple_click, long_press, drag, scroll, type, hotkey, press, wait or stop. For what is \
done with the pointer give "element", or "x" and "y". "text" is for type, "keys" for hotkey and press, as keysym names \
(Control_L, Return, Tab). Leave out what does not apply."""


class EndpointFault(Exception):
    """The address can't be used; one line that says why and what to do."""


class Answer(msgspec.Struct, frozen=True):
    """What a model said that it would do. `kind` "" for an answer that is no action."""

    kind: str = ""
    element: int | None = None
    x: float | None = None
    y: float | None = None
    text: str = ""
    keys: tuple[str, ...] = ()


class StepScore(msgspec.Struct, frozen=True, kw_only=True):
    """One step. `hit` None where the recorded step has no target with bounds, `text` None where it has no text.

    `right`: its kind, and its target and text where it has them.
    """

    page: str
    wanted: str
    said: str
    kind: bool
    hit: bool | None
    text: bool | None
    right: bool


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Of `steps` that were asked, `right` ones, with the 95 % interval."""

    steps: int
    right: int
    low: float
    high: float


class Endpoint:
    """An OpenAI-compatible chat address. `token` goes into no message, log or error.

    Raises EndpointFault for an address that is none.
    """

    def __init__(
        self,
        url: str,
        model: str,
        token: str = "",
        *,
        timeout_s: float = TIMEOUT_S,
        tries: int = TRIES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise EndpointFault(f"{url!r} is no address; expected one such as http://localhost:8000/v1")
        if parts.username or parts.password:
            raise EndpointFault("the address holds a user or password; name its token's variable by --token-env")
        if token and parts.scheme == "http" and parts.hostname not in LOCAL:
            raise EndpointFault(f"{parts.hostname} is not asked with a token in the clear; use https")
        self.host = parts.hostname
        self.local = parts.hostname in LOCAL
        self._address = url.rstrip("/") + ("" if parts.path.endswith("/chat/completions") else "/chat/completions")
        self._model, self._token = model, token
        self._timeout_s, self._tries, self._sleep = timeout_s, tries, sleep
        # Neither a proxy nor another host may get what is meant for this one.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere())

    def ask(self, messages: Sequence[dict[str, Any]]) -> str:
        """The model's words in answer. Waits and tries again where that may help. Raises EndpointFault."""
        body = json.dumps(
            {"model": self._model, "messages": list(messages), "temperature": 0, "max_tokens": ANSWER_TOKENS}
        ).encode()
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        wait_s, fault = WAIT_S, ""
        for attempt in range(self._tries):
            if attempt:
                self._sleep(min(wait_s, LONGEST_WAIT_S))
                wait_s *= 2
            request = urllib.request.Request(self._address, data=body, headers=headers, method="POST")
            try:
                with self._opener.open(request, timeout=self._timeout_s) as answer:
                    return _words(answer.read(MOST_BYTES))
            except urllib.error.HTTPError as error:
                fault = f"{self.host} answered {error.code} {error.reason}"
                if error.code not in _AGAIN:
                    raise EndpointFault(f"{fault}; {_advice(error.code)}") from None
                wait_s = _asked_to_wait(error.headers) or wait_s
            except (OSError, HTTPException) as error:
                reason = getattr(error, "reason", None) or error
                fault = f"{self.host} can't be reached: {str(reason) or type(error).__name__}"
        raise EndpointFault(f"{fault} ({self._tries} tries, {self._timeout_s:.0f} s each)")


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> NoReturn:
        raise urllib.error.HTTPError(req.full_url, code, "a redirection, which is not followed", headers, fp)


def _advice(code: int) -> str:
    if code in (401, 403):
        return "name the variable that holds its token by --token-env"
    if code == 404:
        return "look at the address (it mostly ends in /v1) and at the model's name"
    return "look at its log"


def _asked_to_wait(headers: Message) -> float | None:
    told = headers.get("Retry-After", "")
    return float(told) if told.isdigit() else None


def _words(data: bytes) -> str:
    try:
        told = json.loads(data)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError):
        raise EndpointFault("the answer is not that of an OpenAI-compatible chat address") from None
    return told if isinstance(told, str) else ""


# What is asked


def messages_of(
    task: str, observation: Observation, done: Sequence[Done], picture: bytes | None
) -> list[dict[str, Any]]:
    """The conversation that asks for a step's action; `picture` is a WebP of the whole screen."""
    told = [f"Task: {task}", "", "Done so far:"]
    told += [f"{number}. {_done(each)}" for number, each in enumerate(done, 1)] or ["nothing"]
    window = observation.bounds
    told += ["", f"On screen ({window.width} x {window.height} at {window.x},{window.y}):"]
    told += _elements(observation)
    content: str | list[dict[str, Any]] = "\n".join(told)
    if picture is not None:
        address = "data:image/webp;base64," + base64.b64encode(picture).decode()
        content = [{"type": "text", "text": content}, {"type": "image_url", "image_url": {"url": address}}]
    return [{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": content}]


def _elements(observation: Observation) -> list[str]:
    shown = [index for index, element in enumerate(observation.elements) if element.bounds is not None]
    if len(shown) > MOST_ELEMENTS:
        shown = [index for index in shown if "focusable" in observation.elements[index].states][:MOST_ELEMENTS]
    lines = []
    for index in shown:
        element = observation.elements[index]
        words = f' "{element.name}"' if element.name else ""
        value = f" holding {element.text or element.value_class}" if element.text or element.value_class else ""
        states = f" ({', '.join(element.states)})" if element.states else ""
        lines.append(f"[{index}] {element.role}{words}{value}{states} {_place(element.bounds)}")
    return lines


def _place(bounds: Rect | None) -> str:
    return "" if bounds is None else f"at {bounds.x},{bounds.y} {bounds.width}x{bounds.height}"


def _done(done: Done) -> str:
    choice, target = done.choice, done.target
    what = f' on {target.role} "{target.name}"' if target is not None else ""
    text = f" {choice.text!r}" if choice.text else ""
    keys = " " + "+".join(choice.keys) if choice.keys else ""
    return f"{choice.kind}{text}{keys}{what}"


def answer_of(words: str) -> Answer:
    """The action in a model's words; an Answer without a kind when there is none."""
    found = _OBJECT.search(words)
    if found is None:
        return Answer()
    try:
        return msgspec.convert(json.loads(found[0]), Answer, strict=False)
    except (ValueError, RecursionError):  # msgspec.ValidationError is a ValueError
        return Answer()


# How it is scored


def score(turn: Turn, answer: Answer, page: str = "") -> StepScore:
    """A model's answer beside what the person did.

    The target is hit by a point within its bounds, or by naming the element itself. Texts are compared without regard
    to case and to spaces at their ends.
    """
    wanted = turn.choice
    target = target_of(wanted, turn.observation)
    kind = answer.kind == wanted.kind
    hit: bool | None = None
    if target is not None and target.bounds is not None and wanted.kind not in ("hotkey", "press", "wait"):
        hit = answer.element == wanted.element or _inside(answer, turn.observation, target.bounds)
        if wanted.kind == "type" and answer.element is None and answer.x is None:
            hit = None  # typing goes to the focus: a model need not say where that is
    text: bool | None = None
    if wanted.text:
        text = _same(answer.text, wanted.text)
    elif wanted.keys:
        text = tuple(each.casefold() for each in answer.keys) == tuple(each.casefold() for each in wanted.keys)
    return StepScore(
        page=page,
        wanted=_done(Done(choice=wanted, target=target)),
        said=_said(answer, turn.observation),
        kind=kind,
        hit=hit,
        text=text,
        right=kind and hit is not False and text is not False,
    )


def _inside(answer: Answer, observation: Observation, bounds: Rect) -> bool:
    if answer.x is not None and answer.y is not None:
        return bounds.contains(round(answer.x), round(answer.y))
    if answer.element is None:
        return False
    named = target_of(Choice(kind="click", element=answer.element), observation)
    if named is None or named.bounds is None:
        return False
    return bounds.contains(named.bounds.x + named.bounds.width // 2, named.bounds.y + named.bounds.height // 2)


def _said(answer: Answer, observation: Observation) -> str:
    if not answer.kind:
        return ""
    named = target_of(Choice(kind="click", element=answer.element), observation)
    place = f" at {answer.x:.0f},{answer.y:.0f}" if answer.x is not None and answer.y is not None else ""
    what = f' on {named.role} "{named.name}"' if named is not None else place
    return f"{answer.kind}{f' {answer.text!r}' if answer.text else ''}{what}"


def _same(one: str, other: str) -> bool:
    return _SPACES.sub(" ", one).strip().casefold() == _SPACES.sub(" ", other).strip().casefold()


def turns_of(episodes: Iterable[LearntEpisode]) -> list[tuple[LearntEpisode, int]]:
    """The steps that can be asked for: those whose elements are known, and whose text was kept where one was typed."""
    return [
        (episode, index)
        for episode in episodes
        for index, turn in enumerate(episode.turns)
        if turn.observation.elements and not (turn.choice.kind == "type" and not turn.choice.text)
    ]


def evaluate_endpoint(
    endpoint: Endpoint,
    asked: Sequence[tuple[LearntEpisode, int]],
    *,
    picture: Callable[[LearntEpisode, int], bytes | None] = lambda _episode, _index: None,
    tell: Callable[[StepScore], None] = lambda _score: None,
) -> list[StepScore]:
    """Ask for each step and score the answer. Raises EndpointFault when the address stops answering."""
    scores: list[StepScore] = []
    for episode, index in asked:
        turn = episode.turns[index]
        words = endpoint.ask(messages_of(episode.task, turn.observation, turn.done, picture(episode, index)))
        scores.append(score(turn, answer_of(words), episode.page))
        tell(scores[-1])
    return scores


def shares(scores: Sequence[StepScore]) -> dict[str, Share]:
    """By what is asked of a step (kind, hit, text, right): how many were, of those where it applies."""
    made = {}
    for name in ("kind", "hit", "text", "right"):
        values = [value for each in scores if (value := getattr(each, name)) is not None]
        interval: Interval = wilson(sum(values), len(values))
        made[name] = Share(steps=len(values), right=sum(values), low=interval.low, high=interval.high)
    return made
