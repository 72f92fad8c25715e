"""Texts made by chance: what is right is answered right, and how a text is laid out changes no verdict."""

from __future__ import annotations

import random
from urllib.parse import quote_plus

import pytest
from target import FULL, PRODUCT, Target
from wire import FORM, QUERY, Answer, compose, exchange

pytestmark = pytest.mark.slow

ENVIRON = {"KG_QUERY_TIMEOUT": "1"}

SEEDS = range(200 if FULL else 8)
EACH = 20

CLEAR = {"ok", "broken", "query", "query-limit", "forbidden", "timeout", "memory", "crashed", "too-large"}


class Sums:
    """Makes an expression by chance, with its value as Python reckons it."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def number(self, depth: int) -> tuple[str, int]:
        kind = self._chance.randrange(9) if depth else 0
        if kind == 0:
            value = self._chance.randrange(10)
            return str(value), value
        left, one = self.number(depth - 1)
        if kind == 1:
            return f"({left})", one
        if kind == 2:
            return f"ABS({left})", abs(one)
        if kind == 3:
            return f"STRLEN(STR({left}))", len(str(one))
        if kind == 4:
            return f"COALESCE(?none, {left})", one
        if kind == 5:
            return f"-({left})", -one
        right, two = self.number(depth - 1 if self._chance.random() < 0.3 else 0)
        if kind == 6:
            return f"({left} - {right})", one - two
        if kind == 7:
            truth, true = self.truth(1)
            return f"IF({truth}, {left}, {right})", one if true else two
        return f"({left} + {right})", one + two

    def truth(self, depth: int) -> tuple[str, bool]:
        left, one = self.number(depth)
        right, two = self.number(0)
        sign = self._chance.choice(("<", ">", "=", "!=", "IN"))
        if sign == "IN":
            return f"({left} IN ({right}, 3, 4))", one in (two, 3, 4)
        return (
            f"({left} {sign} {right})",
            {"<": one < two, ">": one > two, "=": one == two, "!=": one != two}[sign],
        )


def disguised(word: str, chance: random.Random, escapes: float) -> str:
    """Write a keyword in small letters, or one of its letters as an escape."""
    if not (word.isalpha() and word.isupper()) or chance.random() < 0.5:
        return word
    if chance.random() >= escapes:
        return word.lower()
    at = chance.randrange(len(word))
    return f"{word[:at]}\\u{ord(word[at]):04X}{word[at + 1 :]}"


def laid_out(text: str, chance: random.Random, escapes: float = 0.0) -> str:
    """Write the same text otherwise: other white space, comments, letters in disguise."""
    gaps = (" ", "\n", "\t", " # ({[\n", "  ")
    return "".join(disguised(word, chance, escapes) + chance.choice(gaps) for word in text.split(" "))


def transports(query: str) -> list[bytes]:
    accept = {"Accept": "text/csv, */*;q=0.1"}
    body = query.encode("utf-8", "surrogatepass")
    return [
        compose("POST", "/sparql", {"Content-Type": QUERY, **accept}, body),
        compose("QUERY", "/sparql", {"Content-Type": QUERY, **accept}, body),
        compose(
            "POST", "/sparql", {"Content-Type": FORM, **accept}, b"query=" + quote_plus(body).encode("ascii")
        ),
        *(
            [compose("GET", f"/sparql?query={quote_plus(body)}", accept)]
            if len(quote_plus(body)) < 50_000
            else []
        ),
    ]


def verdict(answer: Answer) -> tuple[str, str]:
    assert answer.outcome in CLEAR, answer
    if answer.code:
        answer.refusal()
    return answer.outcome, answer.text if answer.outcome == "ok" else ""


@pytest.mark.parametrize("seed", SEEDS)
def test_right_sums_are_answered_right(target: Target, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(EACH):
        text, value = Sums(chance).number(chance.randrange(1, 25))
        query = laid_out(f"SELECT ( {text} AS ?x ) WHERE {{ }}", chance)
        answer = exchange(target.port, chance.choice(transports(query)))
        assert (answer.outcome, answer.text) == ("ok", f"x\r\n{value}\r\n"), (query, answer)


# What must be refused however it is written.
REFUSED: dict[str, tuple[str, str]] = {
    "SERVICE": ("SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "forbidden"),
    "SERVICE SILENT": ("ASK { OPTIONAL { SERVICE SILENT ?u { ?s ?p ?o } } }", "forbidden"),
    "an update": ("INSERT DATA { <urn:s> <urn:p> 1 }", "forbidden"),
    "clearing": ("CLEAR ALL", "forbidden"),
    "parentheses": (f"SELECT ( {'( ' * 1000} 1 {') ' * 1000} AS ?x ) {{ }}", "query-limit"),
    "braces": (f"SELECT * WHERE {'{ ' * 1000} {'} ' * 1000}", "query-limit"),
    "calls": (f"SELECT ( {'STR ( ' * 1000} 1 {') ' * 1000} AS ?x ) {{ }}", "query-limit"),
    "optionals": (f"SELECT * WHERE {{ {'OPTIONAL { ?a ?b ?c } ' * 1000} }}", "query-limit"),
    "steps": (f"ASK {{ ?a {' / '.join(['<urn:p>'] * 1000)} ?b }}", "query-limit"),
    "unions": (f"SELECT * WHERE {{ {{ }} {'UNION { } ' * 2000} }}", "query-limit"),
    "sums": (f"SELECT ( 1 {'+ 1 ' * 20_000} AS ?x ) {{ }}", "query-limit"),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_no_layout_slips_past_the_guards(target: Target, text: str, expected: str) -> None:
    chance = random.Random(text)
    for _ in range(30 if FULL else 4):
        written = laid_out(text, chance, escapes=0.1)
        # Engines differ on whether an escape may stand for a letter of a keyword; none may let it through.
        right = {expected, "query"} if "\\u" in written else {expected}
        for request in transports(written):
            outcome, _ = verdict(exchange(target.port, request))
            assert outcome in right, (written[:300], outcome)


CORPUS = (
    "PREFIX a: <urn:a:> SELECT DISTINCT ?s (COUNT(?o) AS ?n) WHERE { ?s a:b/a:c*|^a:d ?o . FILTER(?o > 1 "
    "&& REGEX(STR(?s), 'a+b', \"i\")) OPTIONAL { ?s a:e ?f } } GROUP BY ?s HAVING(COUNT(?o) > 0) LIMIT 9",
    "CONSTRUCT { ?s <urn:p> [ <urn:q> ( 1 2.5 'x'@en \"y\"^^<urn:t> ) ] } WHERE { GRAPH ?g { ?s ?p ?o } "
    "MINUS { ?s a <urn:K> } VALUES (?o ?p) { (1 UNDEF) (<urn:b> <urn:p>) } }",
    f"SELECT * {{ {PRODUCT} BIND(?w + ?x * -?y / 2 AS ?q) }} ORDER BY DESC(?q) OFFSET 5 LIMIT 5",
    "DESCRIBE <urn:a> ?x FROM <urn:g> FROM NAMED <urn:h> WHERE { ?x <urn:p> ?y FILTER EXISTS { ?y ?z ?x } }",
    "ASK { { SELECT ?a { ?a ?b <<( ?s ?p ?o )>> } } UNION { << ?s ?p ?o >> ?q ?r {| ?t ?u |} } # comment\n }",
    "SELECT ('''long 'string' ''' AS ?a) (\"\"\"\\u00e9\\n\"\"\" AS ?b) (IF(1 IN (1, 2), 'y', 'n') AS ?c) {}",
)
NOISE = "{}()[]<>\"'\\#.;,|/^*+?!=&@_:-%$ \n\t\r\x00\x01\x7f\u00e9\u202e\ufeff\U0001f600aASELECTservice0159"


def mutated(chance: random.Random) -> str:
    text = chance.choice(CORPUS)
    for _ in range(chance.randrange(1, 12)):
        at, length = chance.randrange(len(text) + 1), chance.randrange(1, 30)
        kind = chance.randrange(5)
        if kind == 0:
            text = text[:at] + text[at + length :]
        elif kind == 1:
            text = text[:at] + "".join(chance.choices(NOISE, k=chance.randrange(1, 6))) + text[at:]
        elif kind == 2:
            text = text[:at] + text[at : at + length] * chance.randrange(2, 200) + text[at + length :]
        elif kind == 3:
            other = chance.choice(CORPUS)
            begin = chance.randrange(len(other))
            text = text[:at] + other[begin : begin + 60] + text[at:]
        else:
            text = text[:at] + f"\\u{chance.randrange(0x10000):04x}" + text[at:]
        text = text or " "
    return text[:200_000]


@pytest.mark.parametrize("seed", SEEDS)
def test_texts_by_chance_get_a_clear_answer(target: Target, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(EACH):
        text = mutated(chance)
        for request in chance.sample(transports(text), 2):
            answer = exchange(target.port, request, wait=20)
            assert answer.outcome in CLEAR | {"too-large"}, (text, answer)
            assert answer.seconds < target.limit + 2, (text, answer)
            if answer.code:
                answer.refusal()
