"""What is kept to be given again."""

from __future__ import annotations

from kg.web.kept import Kept


def test_what_was_used_last_stays_longest() -> None:
    kept: Kept[str, str] = Kept(100)
    for name in "abcdefghij":
        kept.keep(name, name.upper(), 10)
    assert (len(kept), kept.size) == (10, 100)
    assert kept.find("a") == "A"
    kept.keep("k", "K", 10)
    assert (kept.find("a"), kept.find("b"), kept.find("k")) == ("A", None, "K")
    assert (len(kept), kept.size, kept.hits, kept.misses) == (10, 100, 3, 1)


def test_a_key_has_one_value_and_one_size() -> None:
    kept: Kept[str, int] = Kept(100)
    kept.keep("a", 1, 4)
    kept.keep("a", 2, 7)
    assert (kept.find("a"), kept.size, len(kept)) == (2, 7, 1)


def test_what_would_drive_out_much_is_not_kept() -> None:
    kept: Kept[str, int] = Kept(100)
    kept.keep("small", 1, 10)
    kept.keep("large", 2, 11)
    assert (kept.find("small"), kept.find("large"), kept.size) == (1, None, 10)
