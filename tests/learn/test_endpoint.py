"""Other people's models on recorded steps, against a fake server that only pretends to be one."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from understudy.learn.acting import Choice, Done, Observation, Shown
from understudy.learn.endpoint import (
    Answer,
    Endpoint,
    EndpointFault,
    answer_of,
    evaluate_endpoint,
    messages_of,
    score,
    shares,
    turns_of,
)
from understudy.learn.examples import LearntEpisode, Turn
from understudy.records.geometry import Rect


def _load(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"learn_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


fake_openai = _load("fake_openai").fake_openai

FIELD = Shown(role="entry", name="Email", states=("editable", "focusable"), bounds=Rect(10, 20, 100, 20))
SEND = Shown(role="push button", name="Send", states=("focusable",), bounds=Rect(10, 60, 40, 20))
SEEN = Observation(
    elements=(Shown(role="frame", bounds=Rect(0, 0, 300, 200)), FIELD, SEND), bounds=Rect(0, 0, 300, 200)
)
CLICK = Turn(observation=SEEN, choice=Choice(kind="click", element=2, button="left"))
TYPE = Turn(
    observation=SEEN,
    choice=Choice(kind="type", element=1, text="<EMAIL_1>"),
    done=(Done(choice=Choice(kind="click", element=1), target=FIELD),),
)
SAVE = Turn(observation=SEEN, choice=Choice(kind="hotkey", keys=("Control_L", "s")))


def episode(*turns: Turn) -> LearntEpisode:
    return LearntEpisode(
        task="Write to <EMAIL_1> and send it",
        page="Mail",
        outcome="success",
        contributor="c",
        recording_id="r",
        episode_id="e",
        turns=turns,
    )


@pytest.mark.parametrize(
    ("turn", "said", "kind", "hit", "text"),
    [
        (CLICK, '{"kind": "click", "element": 2}', True, True, None),
        (CLICK, 'Sure: ```json\n{"kind": "click", "x": 30, "y": 70}\n```', True, True, None),
        (CLICK, '{"kind": "click", "x": 5.5, "y": "70"}', True, False, None),
        (CLICK, '{"kind": "double_click", "element": 2}', False, True, None),
        (CLICK, '{"kind": "click", "element": 99}', True, False, None),
        (CLICK, "I would press Send.", False, False, None),
        (CLICK, '{"kind": ["click"]}', False, False, None),
        (CLICK, '{"kind": "click", "element": ' + "[" * 5000, False, False, None),
        (TYPE, '{"kind": "type", "element": 1, "text": " <email_1> "}', True, True, True),
        (TYPE, '{"kind": "type", "text": "<EMAIL_1>"}', True, None, True),
        (TYPE, '{"kind": "type", "text": "someone"}', True, None, False),
        (SAVE, '{"kind": "hotkey", "keys": ["control_l", "S"]}', True, None, True),
        (SAVE, '{"kind": "hotkey", "keys": ["s"]}', True, None, False),
    ],
)
def test_an_answer_beside_what_was_done(turn: Turn, said: str, kind: bool, hit: bool | None, text: bool | None) -> None:
    found = score(turn, answer_of(said), "Mail")
    assert (found.kind, found.hit, found.text) == (kind, hit, text)
    assert found.right == (kind and hit is not False and text is not False)


def test_what_is_asked_holds_the_task_the_elements_and_what_was_done() -> None:
    system, user = messages_of("Write to <EMAIL_1>", SEEN, TYPE.done, None)
    assert system["role"] == "system"
    assert "Task: Write to <EMAIL_1>" in user["content"]
    assert '1. click on entry "Email"' in user["content"]
    assert '[2] push button "Send" (focusable) at 10,60 40x20' in user["content"]
    content = messages_of("x", SEEN, (), b"picture")[1]["content"]
    assert content[1]["image_url"]["url"].startswith("data:image/webp;base64,")


def test_a_long_page_is_told_by_what_acts() -> None:
    text = Shown(role="static", name="word", bounds=Rect(0, 0, 5, 5))
    long = Observation(elements=(*[text] * 300, SEND), bounds=SEEN.bounds)
    told = messages_of("x", long, (), None)[1]["content"]
    assert "Send" in told
    assert "word" not in told


def test_steps_are_asked_one_by_one_and_counted() -> None:
    def answer(body: dict[str, Any]) -> str:
        asked = body["messages"][1]["content"]
        return '{"kind": "type", "text": "<EMAIL_1>"}' if "1. click" in asked else '{"kind": "click", "element": 1}'

    with fake_openai(answer) as server:
        endpoint = Endpoint(server.url, "fake", "s3cret", sleep=lambda _s: None)
        scores = evaluate_endpoint(endpoint, turns_of([episode(CLICK, TYPE)]))
    found = shares(scores)
    assert (found["kind"].right, found["kind"].steps) == (2, 2)
    assert (found["hit"].right, found["hit"].steps) == (0, 1)
    assert (found["text"].right, found["text"].steps) == (1, 1)
    assert (found["right"].right, found["right"].steps) == (1, 2)
    assert set(server.paths) == {"/v1/chat/completions"}
    assert {each["Authorization"] for each in server.headers} == {"Bearer s3cret"}
    assert {(each["model"], each["temperature"]) for each in server.bodies} == {("fake", 0)}
    assert all("s3cret" not in json.dumps(each) for each in server.bodies)


def test_steps_without_elements_or_text_are_not_asked_for() -> None:
    blind = Turn(observation=Observation(elements=(), bounds=SEEN.bounds), choice=Choice(kind="click"))
    silent = Turn(observation=SEEN, choice=Choice(kind="type", element=1))
    assert [index for _, index in turns_of([episode(blind, CLICK, silent, TYPE)])] == [1, 3]


def test_a_busy_server_is_asked_again_and_waited_for_as_it_says() -> None:
    waited: list[float] = []
    replies = [(429, {"Retry-After": "7"}, b""), (503, {}, b"")]
    with fake_openai(lambda _body: replies.pop(0) if replies else '{"kind": "stop"}') as server:
        assert Endpoint(server.url, "fake", sleep=waited.append).ask([]) == '{"kind": "stop"}'
    assert waited == [7.0, 14.0]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ((401, {}, b""), "401.*--token-env"),
        ((404, {}, b""), "404.*/v1"),
        ((302, {"Location": "http://127.0.0.1:1/elsewhere"}, b""), "302.*not followed"),
        ((200, {}, b"<html>hello</html>"), "not that of an OpenAI-compatible"),
        ((200, {}, b'{"choices": []}'), "not that of an OpenAI-compatible"),
    ],
)
def test_what_can_not_be_mended_stops_at_once(reply: tuple[int, dict[str, str], bytes], expected: str) -> None:
    waited: list[float] = []
    with fake_openai(lambda _body: reply) as server, pytest.raises(EndpointFault, match=expected):
        Endpoint(server.url, "fake", "s3cret", sleep=waited.append).ask([])
    assert waited == []
    assert len(server.paths) == 1


def test_nobody_there_and_too_slow_are_told_apart_from_wrong() -> None:
    with fake_openai(lambda _body: "") as server:
        pass
    with pytest.raises(EndpointFault, match=r"can't be reached.*\(3 tries, 1 s each\)") as caught:
        Endpoint(server.url, "fake", "s3cret", timeout_s=1, tries=3, sleep=lambda _s: None).ask([])
    assert "s3cret" not in str(caught.value)


def test_addresses_that_are_none_or_unsafe_are_refused() -> None:
    for url in ("localhost:8000", "ftp://host/v1", "https://"):
        with pytest.raises(EndpointFault, match="no address"):
            Endpoint(url, "m")
    with pytest.raises(EndpointFault, match="--token-env"):
        Endpoint("https://user:word@host/v1", "m")
    with pytest.raises(EndpointFault, match="use https"):
        Endpoint("http://models.example/v1", "m", "token")
    assert Endpoint("http://models.example/v1", "m").local is False
    assert Endpoint("http://[::1]:8000/v1", "m", "token").local is True


def test_an_answer_without_an_action_is_no_answer() -> None:
    assert answer_of("no") == Answer()
    assert answer_of("{}") == Answer()
    assert answer_of('{"kind": "press", "keys": ["Tab"]}').keys == ("Tab",)
