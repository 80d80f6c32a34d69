"""Signatures: the same for the same, alike for almost the same, unlike for other instances of a task."""

from __future__ import annotations

from understudy.dataset.likeness import alike, groups
from understudy.pipeline.duplicates import SIZE, likeness
from understudy.records.actions import Action, Episode, Step
from understudy.records.elements import Element
from understudy.records.geometry import Rect
from understudy.records.kept import ElementTree, TreeNode

GOLDEN = (3014092353, 3824549050, 1854180696)


def made(task: str, *names: str, at_ns: int = 0, shown: int = 30) -> tuple[int, ...]:
    steps = tuple(
        Step(
            index=place, action=Action(kind="click", start_ns=at_ns + place, end_ns=at_ns + place + 1, button="left"),
            frame_seq=None, frame_age_ms=None, target=Element(id=f"x{at_ns}{place}", role="push button", name=name),
            target_confidence="rested", tree_seq=0,
        )
        for place, name in enumerate(names)
    )  # fmt: skip
    nodes = tuple(TreeNode(id=f"{at_ns}{n}", role="link", parent=-1, name=f"link {n}") for n in range(shown))
    tree = ElementTree(time_ns=at_ns, seq=0, started_ns=at_ns, window=1, bounds=Rect(0, 0, 9, 9), nodes=nodes)
    episode = Episode(index=0, task=task, start_ns=at_ns, end_ns=at_ns + 9, steps=steps, cause="end")
    return likeness(episode, {0: tree})


def test_the_same_at_another_time_is_the_same() -> None:
    one = made("Order tea", "Tea", "Order")
    assert one == made("Order tea", "Tea", "Order", at_ns=10**12) and len(one) == SIZE
    assert all(0 <= number < 2**32 for number in one)
    # As written into datasets: a change here would part duplicates of one version from those of another.
    assert one[:3] == made("Order tea", "Tea", "Order")[:3] == GOLDEN


def test_almost_the_same_is_alike_and_another_instance_is_not() -> None:
    one = made("Order tea and send it", "Tea", "Order", "Send")
    assert alike(one, made("Order tea and send it", "Tea", "Order", "Back", "Send"))
    assert not alike(made("Order tea", "Tea", shown=2), made("Order rum", "Rum", shown=2))


def test_what_has_no_feature_has_no_signature() -> None:
    assert made("", shown=0) == () and not alike((), ())


def test_groups_are_named_by_their_first_and_reach_over_others() -> None:
    base = list(range(64))
    near = [*base[:-8], *range(100, 108)]
    farther = [*base[:-16], *range(200, 208), *range(100, 108)]
    other = list(range(1000, 1064))
    assert not alike(base, farther)
    assert groups([other, base, None, farther, near, base, ()]) == [0, 1, 2, 1, 1, 1, 6]
    assert groups([]) == []
