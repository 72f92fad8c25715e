"""Queries that ask for more time or memory than there is: each ends at its limit, and says so.

A bomb is small on the wire. What an answer may be is stated for each; never is it a short list of rows that
looks whole, and never does it take longer than the limit and a second.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from target import ENDLESS, FULL, PRODUCT, Peak, Target
from wire import Answer, asking, exchange

pytestmark = pytest.mark.slow

LIMIT = 0.6
MEMORY_LIMIT = 256_000_000
ENVIRON = {"KG_QUERY_TIMEOUT": "0.6", "KG_QUERY_MEMORY": "256MB"}

TIME = frozenset({"timeout"})
SPACE = frozenset({"memory", "timeout"})
GUARDED = frozenset({"query-limit", "timeout"})
EITHER = frozenset({"timeout", "memory", "query-limit", "result-too-large", "broken"})

DOUBLED = " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(30))
REPLACED = " ".join(f"BIND(REPLACE(?v{n}, 'a', 'aaaaaaaaaaaaaaaa') AS ?v{n + 1})" for n in range(9))
LONG = "a" * 1000
WIDE = f"VALUES ?m {{ {' '.join(str(n) for n in range(3000))} }}"

BOMBS: dict[str, tuple[str, frozenset[str]]] = {
    "product, counted": (ENDLESS, TIME),
    "product, counted without a filter": (f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}", TIME),
    "product, sorted": (f"SELECT * {{ {PRODUCT} }} ORDER BY ?w ?x ?y ?z", SPACE),
    "product, distinct": (f"SELECT (COUNT(DISTINCT *) AS ?n) {{ {PRODUCT} }}", SPACE),
    "product, distinct rows": (f"SELECT DISTINCT ?w ?x ?y ?z {{ {PRODUCT} }}", EITHER),
    "product, grouped": (
        f"SELECT ?k {{ {PRODUCT} }} GROUP BY (((?w * 300 + ?x) * 300 + ?y) * 300 + ?z AS ?k)",
        SPACE,
    ),
    "product, joined into one string": (f"SELECT (GROUP_CONCAT(?w) AS ?s) {{ {PRODUCT} }}", SPACE),
    "product, skipped over": (f"SELECT * {{ {PRODUCT} }} OFFSET 1000000000 LIMIT 1", TIME),
    "product, constructed": (f"CONSTRUCT {{ ?a ?w ?b . ?a ?x ?z }} WHERE {{ {PRODUCT} }}", EITHER),
    "product, described": (f"DESCRIBE ?a ?b ?c ?d {{ {PRODUCT} FILTER(?w + ?x + ?y + ?z < 0) }}", TIME),
    "product, asked": (f"ASK {{ {PRODUCT} FILTER(?w + ?x + ?y + ?z < 0) }}", TIME),
    "product of VALUES": (
        f"SELECT (COUNT(*) AS ?n) {{ {WIDE} {WIDE.replace('?m', '?k')} {WIDE.replace('?m', '?l')} "
        "FILTER(?k + ?l + ?m < 0) }",
        TIME,
    ),
    "product, subtracted": (f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} MINUS {{ ?a <urn:p:n> -1 }} }}", TIME),
    "product inside EXISTS": (
        f"ASK {{ ?s <urn:p:n> ?v FILTER NOT EXISTS {{ {PRODUCT} FILTER(?w + ?x + ?y + ?z > ?v - 1) }} }}",
        SPACE,
    ),
    "union of products": (f"SELECT (COUNT(*) AS ?n) {{ {{ {PRODUCT} }} UNION {{ {PRODUCT} }} }}", TIME),
    "path, any to any": ("SELECT (COUNT(*) AS ?n) { ?a (<urn:p:k>/<urn:p:k>)* ?b }", TIME),
    "path of stars": ("SELECT (COUNT(*) AS ?n) { ?a ((<urn:p:k>*/<urn:p:k>)*/<urn:p:k>)* ?b }", TIME),
    "path, both ways": (
        "SELECT (COUNT(*) AS ?n) { ?a (<urn:p:k>|^<urn:p:k>|!<urn:q>)+/(<urn:p:k>|^<urn:p:k>)+ ?b }",
        TIME,
    ),
    "path, steps in plenty": (
        f"SELECT (COUNT(*) AS ?n) {{ ?a {'/'.join(['<urn:p:k>'] * 12)} ?b }}",
        SPACE,
    ),
    "path, stars in a row": (
        f"SELECT (COUNT(*) AS ?n) {{ ?a {'/'.join(['<urn:p:k>*'] * 8)} ?b }}",
        SPACE,
    ),
    "string, doubled": (f"SELECT (STRLEN(?v30) AS ?n) {{ BIND('{LONG}' AS ?v0) {DOUBLED} }}", SPACE),
    "string, replaced": (f"SELECT (STRLEN(?v9) AS ?n) {{ BIND('{LONG}' AS ?v0) {REPLACED} }}", SPACE),
    "string, doubled for every row": (
        f"SELECT (MAX(STRLEN(?v16)) AS ?n) {{ ?a <urn:p:n> ?w . ?b <urn:p:n> ?x BIND('{LONG}' AS ?v0) "
        f"{' '.join(DOUBLED.split(') ', 16)[i] + ')' for i in range(16))} }}",
        frozenset({"timeout", "memory", "ok"}),
    ),
    "regular expression from data": (
        "SELECT (COUNT(*) AS ?n) { ?a <urn:p:k> ?b . ?c <urn:p:n> ?v "
        "FILTER REGEX(CONCAT('a', STR(?v)), CONCAT('^(a+)+', STR(?b), STR(?v), '{1,200}$')) }",
        TIME,
    ),
    "regular expression, counted repeats": (
        "SELECT (COUNT(*) AS ?n) { ?s <urn:p:n> ?v FILTER REGEX(STR(?s), '((a{1000}){1000}){1000}') }",
        frozenset({"ok", "timeout", "memory"}),
    ),
    "regular expression, evil classic": (
        f"SELECT (REGEX('{'a' * 5000}', '^(a+)+$b') AS ?x) {{}}",
        frozenset({"ok"}),
    ),
    "replacement that grows": (
        f"SELECT (STRLEN(REPLACE(REPLACE('{LONG * 20}', 'a', '{LONG}'), 'a', '{LONG}')) AS ?n) {{}}",
        SPACE,
    ),
    "planner: steps": (f"ASK {{ ?a {'/'.join(['<urn:p>'] * 1000)} ?b }}", GUARDED),
    "planner: optionals": (f"ASK {{ {'OPTIONAL { ?a <urn:p> ?b }' * 300} }}", GUARDED | {"ok"}),
    "planner: patterns": (
        f"ASK {{ {' . '.join(f'?a{n} <urn:p> ?b{n}' for n in range(1000))} }}",
        GUARDED,
    ),
    "planner: a collection": (f"ASK {{ ?a <urn:p> ( {'1 ' * 1000} ) }}", GUARDED | {"ok"}),
    "planner: blank nodes": (f"ASK {{ ?a <urn:p> {'[ <urn:p> ' * 1000} 1 {']' * 1000} }}", GUARDED),
    "planner: every limit short of its end": (
        "ASK { "
        + " . ".join(f"?a{n} <urn:p> ?a{n + 1}" for n in range(150))
        + " "
        + "OPTIONAL { ?a1 <urn:p> ?b . ?b <urn:p> ?c } " * 100
        + "}",
        GUARDED | {"ok", "memory"},
    ),
}


def outcome(answer: Answer, allowed: frozenset[str]) -> str:
    """Check that an answer is one of those allowed and, if it refuses, says what limit was met."""
    assert answer.outcome in allowed, answer
    if answer.code:
        detail = answer.refusal().lower()
        words = {
            "timeout": (" s,", " s.", " s ", "second"),
            "memory": ("memory",),
            "query-limit": ("limit",),
            "result-too-large": ("bytes", "mb", "gb", "kb"),
        }[answer.code]
        assert any(word in detail for word in words), detail
        assert (answer.status, answer.code) in {
            (504, "timeout"),
            (503, "memory"),
            (400, "query-limit"),
            (413, "result-too-large"),
        }
    return answer.outcome


@pytest.mark.parametrize(("query", "allowed"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_at_its_limit(target: Target, query: str, allowed: frozenset[str]) -> None:
    with Peak(target.pid) as peak:
        answer = target.ask(query, accept="*/*")
    outcome(answer, allowed)
    assert answer.seconds < LIMIT + 1, answer
    assert peak.growth < MEMORY_LIMIT + 96_000_000, f"{peak.growth:,} bytes more"


@pytest.mark.parametrize("asked", ["0.2", "0.5"])
def test_a_client_may_ask_for_less_time(target: Target, asked: str) -> None:
    answer = target.ask(ENDLESS, timeout=asked)
    answer.problem(504, "timeout")
    assert float(asked) * 0.8 <= answer.seconds < float(asked) + 1, answer


@pytest.mark.parametrize("asked", ["3600", "1e1", "0.6001", "1" * 400])
def test_a_client_cannot_ask_for_more_time(target: Target, asked: str) -> None:
    answer = target.ask(ENDLESS, timeout=asked)
    assert answer.outcome in ("timeout", "query", "bad-request"), answer
    answer.refusal()
    assert answer.seconds < LIMIT + 1, answer


@pytest.mark.parametrize(
    "asked", ["0", "-1", "nan", "inf", "-inf", "", "soon", "1;2", "٣", "0x10", "1_0", "1e999"]
)
def test_a_time_that_is_none_is_refused_or_bounded(target: Target, asked: str) -> None:
    answer = target.ask(ENDLESS, timeout=asked)
    assert answer.outcome in ("timeout", "query", "bad-request"), answer
    answer.refusal()
    assert answer.seconds < LIMIT + 1, answer


UPDATES: dict[str, tuple[str, frozenset[str]]] = {
    "product": (f"INSERT {{ ?a <urn:left> ?b }} WHERE {{ {PRODUCT} }}", SPACE),
    "product that fits no row": (
        f"INSERT {{ ?a <urn:left> ?b }} WHERE {{ {PRODUCT} FILTER(?w + ?x + ?y + ?z < 0) }}",
        TIME,
    ),
    "new nodes for a product": (
        f"INSERT {{ [] <urn:left> [ <urn:left> ?x ; <urn:left> ?w , ?y , ?z ] }} WHERE {{ {PRODUCT} }}",
        SPACE,
    ),
    "a string, doubled": (
        f"INSERT {{ <urn:s> <urn:left> ?v30 }} WHERE {{ BIND('{LONG}' AS ?v0) {DOUBLED} }}",
        SPACE,
    ),
    "a path": ("INSERT { ?a <urn:left> ?b } WHERE { ?a (<urn:p:k>/<urn:p:k>)* ?b }", SPACE),
    "patterns": (
        f"DELETE {{ <urn:s> ?p ?o }} WHERE {{ {' . '.join(f'?a{n} <urn:p> ?b{n}' for n in range(1000))} }}",
        GUARDED,
    ),
}


@pytest.mark.parametrize(("text", "allowed"), UPDATES.values(), ids=UPDATES.keys())
def test_an_update_that_is_a_bomb_ends_and_leaves_nothing(
    target: Target, text: str, allowed: frozenset[str]
) -> None:
    with Peak(target.pid) as peak:
        answer = target.update(text)
    outcome(answer, allowed)
    assert answer.seconds < LIMIT + 1, answer
    assert peak.growth < MEMORY_LIMIT + 96_000_000, f"{peak.growth:,} bytes more"
    assert target.count("?s <urn:left> ?o") == 0


CROWD = 32 if FULL else 12


def test_bombs_at_once_stay_within_their_caps(target: Target) -> None:
    bombs = [BOMBS[name][0] for name in ("string, doubled", "product, sorted", "string, replaced")]
    with Peak(target.pid) as peak, ThreadPoolExecutor(CROWD) as pool:
        answers = list(pool.map(target.ask, (bombs * CROWD)[:CROWD]))
    for answer in answers:
        assert answer.outcome in ("memory", "timeout", "busy"), answer
        answer.refusal()
    assert peak.growth < 6 * MEMORY_LIMIT + 128_000_000, f"{peak.growth:,} bytes more"


FILLS: dict[str, str] = {
    "parentheses": "(",
    "numbers": "1 ",
    "signs": "+1",
    "names": "a:b ",
    "dots": "a.",
    "comments": "#\n",
    "strings that do not end": "\\'''\n",
    "long strings that do not end": '\\"""\n',
    "line ends in strings": "'''a\n\\",
    "escapes": "\\u0041",
    "half IRIs": "<a ",
    "variables": "?a ",
    "letters beyond": "\U00010000",
}


@pytest.mark.parametrize("size", [19_000, 999_000] if FULL else [19_000, 300_000])
@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS.keys())
def test_a_long_text_is_read_at_once(target: Target, fill: str, size: int) -> None:
    room = size // len(fill.encode())
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(exchange, target.port, asking(f"SELECT * {{ {fill * room} }}"), wait=20)
        time.sleep(0.02)
        target.probe()
        while not waiting.done():
            target.probe()
            time.sleep(0.05)
        answer = waiting.result()
    assert answer.outcome in ("query", "query-limit", "timeout", "ok"), answer
    assert answer.seconds < 10, answer


def test_many_texts_of_full_length_cost_little(target: Target) -> None:
    rows = 140_000
    text = f"SELECT * {{ VALUES ?x {{ {' '.join(str(100_000 + n) for n in range(rows))} }} }}"
    number = CROWD // 2
    with Peak(target.pid) as peak, ThreadPoolExecutor(number) as pool:
        waiting = [pool.submit(target.ask, text) for _ in range(number)]
        while not all(one.done() for one in waiting):
            target.probe()
            time.sleep(0.1)
    for answer in (one.result() for one in waiting):
        assert answer.outcome in ("ok", "broken", "timeout", "busy", "memory"), answer
        if answer.outcome == "ok":
            assert answer.text.count("\r\n") == rows + 1
    assert peak.growth < 6 * MEMORY_LIMIT + 128_000_000, f"{peak.growth:,} bytes more"
