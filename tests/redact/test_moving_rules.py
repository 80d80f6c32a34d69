"""When what moved is shown, rule by rule: where each tree and each told change must lie in time and place."""

from __future__ import annotations

import numpy as np

from understudy.records.events import Stir
from understudy.records.geometry import Rect
from understudy.redact.moving import Ground, Moving, Stirs, Version
from understudy.redact.pixels import TILE_PX, Piece
from understudy.redact.tiles import tiles_of

# Most scenes: a tree from 1.0 to 1.1 s, the pixels of 1.8 s, a tree from 2.5 to 2.6 s; moving since 0.3 s.

MS = 1_000_000
BOX = Rect(64, 64, 64, 32)
AREA = Rect(0, 0, 400, 300)


def ground(started_ms: int, *told: Rect, covered: tuple[Rect, ...] = (), silent: bool = False) -> Ground:
    places = {"word": Rect(200, 200, 50, 20), "box": BOX, "nowhere": None}
    return Ground(started_ms * MS, (started_ms + 100) * MS, (*told, *covered), (), covered, places, silent)


def holds(
    *grounds: Ground,
    at_ms: int = 1_800,
    spell_ms: int = 300,
    waits: Rect = BOX,
    stirs: tuple[tuple[int, tuple[str, ...] | None], ...] = (),
    broken_ms: int = 0,
) -> bool:
    told = Stirs()
    for time_ms, elements in stirs:
        told.add(Stir(time_ns=time_ms * MS, seq=0, pid=100, elements=elements))
    tiles = np.zeros((-(-AREA.height // TILE_PX), -(-AREA.width // TILE_PX)), np.bool_)
    tiles[tiles_of(waits, TILE_PX)] = True
    pixels = np.zeros((BOX.height, BOX.width), "<u4")
    piece = Piece(BOX, pixels, at_ms * MS, spell_ms * MS, at_ms * MS, sure=False)
    moving = Moving(broken_ns=broken_ms * MS)
    moving.keep(Version(at_ms * MS, (piece,), False, (), AREA, tiles))
    proven = [pieces for each in grounds for _, pieces in moving.proven(each, 100, told)]
    return bool(proven and proven[-1])


def test_a_version_between_two_bare_trees_holds() -> None:
    assert holds(ground(1_000), ground(2_500))
    assert holds(ground(1_000), ground(1_700), ground(2_500))
    assert holds(ground(1_000, Rect(0, 0, 50, 20)), ground(2_500, Rect(0, 0, 50, 20)))


def test_each_tree_counts() -> None:
    assert not holds(ground(1_000, BOX), ground(2_500))
    assert not holds(ground(1_000), ground(2_500, BOX))
    assert not holds(ground(1_000), ground(1_600, BOX), ground(2_500))
    assert not holds(ground(1_000), ground(2_500, Rect(BOX.right + 2, BOX.y, 20, 20))), "beside it, by a hair"
    assert not holds(ground(1_000), ground(2_500, silent=True))
    assert not holds(ground(1_000, silent=True), ground(2_500))


def test_trees_count_only_at_their_distance() -> None:
    assert not holds(ground(1_300), ground(2_500)), "what was told to be gone may still be shown"
    assert not holds(ground(1_000), ground(2_300)), "what is shown may not be told yet"
    assert holds(ground(1_000), ground(2_300), ground(2_500))


def test_the_movement_was_under_way_before() -> None:
    assert not holds(ground(1_000), ground(2_500), spell_ms=500)
    assert not holds(ground(1_000), ground(2_500), spell_ms=1_200)


def test_what_the_program_told_counts_from_the_first_tree_on() -> None:
    assert holds(ground(1_000), ground(2_500), stirs=((900, None), (1_800, ("word",))))
    for elements in (None, ("box",), ("nowhere",), ("gone",), ("word", "box")):
        for time_ms in (1_050, 1_700, 2_650):
            assert not holds(ground(1_000), ground(2_500), stirs=((time_ms, elements),)), (elements, time_ms)


def test_what_is_covered_or_told_of_a_change_stood_in_its_place() -> None:
    far = Rect(300, 200, 60, 20)
    assert holds(ground(1_000, covered=(far,)), ground(2_500, covered=(far,)))
    assert not holds(ground(1_000, covered=(far,)), ground(2_500, covered=(far,)), waits=far)
    assert not holds(ground(1_000), ground(2_500, covered=(far,)), waits=far)
    assert not holds(ground(1_000), ground(2_500), stirs=((1_700, ("word",)),), waits=Rect(200, 200, 50, 20))


def test_an_unsure_tree_between_breaks_it() -> None:
    assert not holds(ground(1_000), ground(2_500), broken_ms=1_700)
    assert holds(ground(1_000), ground(2_500), broken_ms=900)
