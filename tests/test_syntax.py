"""The lexer: tokens, places, and the form in which a text goes to an engine."""

import pytest

from kg.syntax import decode, for_engine, place, quoted, significant, tokens

CASES = {
    "a query": ("SELECT ?s{ ?s a <u:x> }", ["SELECT", "?s", "{", "?s", "a", "<u:x>", "}"]),
    "run together": ("ASK{?s?p?o}", ["ASK", "{", "?s", "?p", "?o", "}"]),
    "comments go": ("ASK # <u:x> 'a\n{ } # end", ["ASK", "{", "}"]),
    "a comment ends with a carriage return": ("ASK # a\r{}", ["ASK", "{", "}"]),
    "# in an IRI": ("<http://x/#a>", ["<http://x/#a>"]),
    "# escaped in a name": (r"a:b\#c", [r"a:b\#c"]),
    "# after a name": ("a:b#c", ["a:b"]),
    "quotes in quotes": ("\"it's\" 'a\"b'", ['"it\'s"', "'a\"b'"]),
    "an escaped quote": (r"'it\'s'", [r"'it\'s'"]),
    "long quotes": ("'''a'b''c\n'''@en", ["'''a'b''c\n'''", "@en"]),
    "long double quotes": ('"""a"b""c # d"""', ['"""a"b""c # d"""']),
    "a quote that does not end": ("'abc\n?s", ["'abc", "?s"]),
    "less than": ("?a<?b && ?c> 1", ["?a", "<", "?b", "&&", "?c", ">", "1"]),
    "less than an IRI": ("?a<<u:x>", ["?a", "<", "<u:x>"]),
    "a triple term": ("<<( ?s ?p ?o )>>", ["<<(", "?s", "?p", "?o", ")>>"]),
    "numbers": ("1 -1.5 +.5 1e6 2.e-3 1-1", ["1", "-1.5", "+.5", "1e6", "2.e-3", "1", "-1"]),
    "a dot after a number": ("?p 1.", ["?p", "1", "."]),
    "names": ("a: :b a.b:c.d _:x.y a:%20 é:ü", ["a:", ":b", "a.b:c.d", "_:x.y", "a:%20", "é:ü"]),
    "a dot after a name": ("a:b. ?x", ["a:b", ".", "?x"]),
    "a datatype": ('"1"^^a:b', ['"1"', "^^", "a:b"]),
    "a language with a direction": ('"x"@ar--rtl', ['"x"', "@ar--rtl"]),
    "a path": ("^a:b/a:c*|!a:d", ["^", "a:b", "/", "a:c", "*", "|", "!", "a:d"]),
    "an odd character": ("?s § ?o", ["?s", "§", "?o"]),
}


@pytest.mark.parametrize(("text", "found"), CASES.values(), ids=CASES.keys())
def test_tokens(text: str, found: list[str]) -> None:
    assert [token.text for token in significant(text)] == found


@pytest.mark.parametrize("text", [text for text, _ in CASES.values()])
def test_tokens_are_the_whole_text(text: str) -> None:
    assert "".join(token.text for token in tokens(text)) == text


@pytest.mark.parametrize(
    ("offset", "found"),
    [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (7, (3, 1)), (9, (4, 1)), (11, (4, 3))],
)
def test_place_counts_lines_of_every_kind(offset: int, found: tuple[int, int]) -> None:
    assert place("ab\ncd\r\ne\rfgh", offset) == found


def test_place_counts_characters_not_bytes() -> None:
    assert place("äö😀x", 3) == (1, 4)


def test_an_engine_gets_no_comment_and_no_mark_inside_an_iri() -> None:
    text = "ASK # '''\n{ <http://x/#it's> a:b\\#c '# not a comment' }"
    assert for_engine(text) == ("ASK      \n{ <http://x/\\u0023it\\u0027s> a:b\\#c '# not a comment' }")


@pytest.mark.parametrize(
    ("text", "found"),
    [(r"\u0053", "S"), (r"\U0001F600", "😀"), (r"\uD800", r"\uD800"), (r"\U00110000", r"\U00110000")],
)
def test_decode(text: str, found: str) -> None:
    assert decode(text) == found


def test_quoted_is_one_short_line() -> None:
    assert quoted("a\n  b") == "“a b”"
    assert quoted("x" * 100) == f"“{'x' * 60}…”"
