"""What of a network is shown."""

from __future__ import annotations

from kg.ties import Ties
from kg.vocab import CONN
from kg.web.meaning import Meaning
from kg.web.scene import MOST, MOST_TIES, Wish, about, arranged, see

A, B, C, FAR = (Meaning(name, name) for name in ("a", "b", "c", "far"))
PLACE = CONN + "Place"
TIES = Ties.of(
    {"a": "X", "b": "X", "c": "Y", "p": PLACE, "far": "X"},
    [("a", "r", "b", ""), ("b", "r", "c", ""), ("a", "in", "p", ""), ("far", "in", "p", "")],
)


def test_all_but_the_background() -> None:
    view = see(TIES, Wish())
    assert set(view.things) == {"a", "b", "c"} and len(view.shown) == 2
    assert see(TIES, Wish(kinds=(PLACE, "X"))).things == ("a", "p", "b", "far")
    assert see(TIES, Wish(kinds=(PLACE,))).things == ()


def test_around_one() -> None:
    assert see(TIES, Wish(A)).layers == (("a",), ("b",))
    assert see(TIES, Wish(A, depth=2)).layers == (("a",), ("b",), ("c",))
    assert see(TIES, Wish(A, relations=("in",))).layers == (("a",),)
    assert see(TIES, Wish(Meaning("", None), C)).layers == (("c",), ("b",)), "either field will do"


def test_between_two() -> None:
    view = see(TIES, Wish(A, C))
    assert view.paths is not None and view.paths.found == (("a", "b", "c"),)
    assert view.layers == (("a",), ("b",), ("c",)) and len(view.shown) == 2
    apart = see(TIES, Wish(A, FAR))
    assert apart.paths is not None and apart.paths.total == 0 and apart.layers == ()
    wide = see(TIES, Wish(A, FAR, kinds=("X", PLACE)))
    assert wide.paths is not None and wide.paths.found == (("a", "p", "far"),)


def test_about_several() -> None:
    view = about(TIES, ["a", "c", "unknown"])
    assert view.layers == (("a", "c"), ("b",)) and len(view.shown) == 2
    alone = about(TIES, ["p"])
    assert alone.layers == (("p",), ("a", "far")), "what is chosen may be background"
    assert {tie.relation for tie in about(TIES, ["b", "far"]).shown} == {"r"}
    assert about(TIES, ["b", "far"]).layers == (("b", "far"), ("a", "c")), "with or without ties"
    assert about(TIES, ["far"]).layers == about(TIES, []).layers == ()


def test_about_no_more_than_there_is_room_for() -> None:
    names = [f"n{number:03}" for number in range(MOST + 50)]
    said = [("hub", "r", name, "") for name in names] + [("side", "r", "n449", ""), ("n001", "q", "n002", "")]
    ties = Ties.of(dict.fromkeys(["hub", "side", *names], "X"), said)
    view = about(ties, ["side", "hub"])
    assert view.layers[0] == ("hub", "side") and view.layers[1][0] == "n449", "what ties several comes first"
    assert len(view.things) == MOST and view.left == 52
    assert all("hub" in tie or "side" in tie for tie in view.shown), "none between others"


def test_nothing_before_it_is_clear_what_is_meant() -> None:
    assert see(TIES, Wish(A, Meaning("z", None))).layers == ()


def test_no_more_than_there_is_room_for() -> None:
    names = [f"n{number:03}" for number in range(MOST + 50)]
    ties = Ties.of(dict.fromkeys(names, "X"), [("n000", "r", name, "") for name in names])
    whole, near = see(ties, Wish()), see(ties, Wish(Meaning("n000", "n000")))
    assert len(whole.things) == len(near.things) == MOST
    assert whole.left == near.left == 50
    assert len(arranged(near).places) == MOST
    pairs = [(one, "r", other, "") for one in names[:80] for other in names[:80]]
    dense = see(Ties.of(dict.fromkeys(names, "X"), pairs), Wish())
    assert len(dense.shown) <= MOST_TIES and dense.left == 80 - len(dense.things) > 30
