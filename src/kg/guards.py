"""What the text of a query or update may be: a courtesy before the wall.

Engines of this kind overflow their stack on deep or very long texts and plan for hours over many patterns.
The wall is the process that evaluates (``store.workers``); these limits only see to it that the usual
shapes get a clear answer at once. They read tokens, never a grammar. Data do not count: the rows of VALUES,
the lists of IN, and what INSERT DATA and DELETE DATA name may be as long as the whole text may be.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.errors import Forbidden, QueryError, QueryLimit
from kg.syntax import Token, decode, place, signs, tokens


@dataclass(frozen=True)
class Limit:
    """A limit on the text: its name, the highest number allowed, what is counted, and a way out."""

    name: str
    most: int
    counts: str
    remedy: str


NESTING = Limit("nesting", 200, "brackets within each other", "Write the query flatter.")
TOKENS = Limit(
    "tokens",
    10_000,
    "words and signs, without those of VALUES, IN and DATA",
    "Put long lists into VALUES, or ask in several queries.",
)
OPERATORS = Limit("operators", 64, "operators in a row", "Leave out those that cancel each other.")
PATTERNS = Limit("patterns", 500, "triple patterns", "Ask in several queries.")
STEPS = Limit("steps", 300, "steps of property paths", "Ask in several queries, or use the path * or +.")
OPTIONALS = Limit("optionals", 150, "OPTIONAL and MINUS", "Ask in several queries, or use UNION or VALUES.")
UNIONS = Limit("unions", 500, "UNION", "Use VALUES, or ask in several queries.")
SERVICES = Limit("services", 50, "SERVICE clauses", "Ask in several queries.")

LENGTH = Limit(
    "length", 300_000, "words and signs of any kind", "Send long lists in several queries, or as data."
)

LIMITS = (NESTING, TOKENS, OPERATORS, PATTERNS, STEPS, OPTIONALS, UNIONS, SERVICES, LENGTH)

_DOUBTFUL = 4
_SMALL = 5_000
"""Characters of a text whose signs are counted before it is read token by token."""
_OPEN, _CLOSE = "{([", "})]"
_CHAIN = frozenset("!+-^*?")
_SIGNS = _CHAIN | {"/", "|", "||", "&&", "=", "!=", "<", ">", "<=", ">="}
_OF_SIGN = {".": PATTERNS, ";": PATTERNS, ",": PATTERNS, "[": PATTERNS, "/": STEPS, "|": STEPS}
_OF_WORD = {"OPTIONAL": OPTIONALS, "MINUS": OPTIONALS, "UNION": UNIONS}


def read(text: str) -> list[Token]:
    """Cut a text into its tokens, without white space and comments.

    QueryLimit when there are too many, QueryError for a string that does not end: such a text is no query,
    and would cost the lexer one look at all the rest for each of them.
    """
    if "#" not in text and len(text.split()) > LENGTH.most * 1.1:  # known at once, and without a place
        raise exceeded(LENGTH, text, Token("word", "", len(text)))
    found: list[Token] = []
    doubtful = 0
    for token in signs(text):
        found.append(token)
        if len(found) > LENGTH.most:
            raise exceeded(LENGTH, text, token)
        # An empty string with a quotation mark behind it may be long quotation marks without an end.
        doubtful += token.text in ("''", '""') and text.startswith(token.text[0], token.start + 2)
        if token.kind == "open" or doubtful > _DOUBTFUL:
            line, column = place(text, token.start)
            raise QueryError(
                f"A string begins here and does not end (line {line}, column {column}).",
                remedy=f"Close it with {token.text[0]}.",
                line=line,
                column=column,
            )
    return found


def decoded(text: str) -> list[Token]:
    """Cut a text with escapes into the tokens that stand there once these are read, as far as that can be.

    Where strings do not end, whatever is looked for is taken for code if it occurs in the rest.
    """
    plain = decode(text)
    found: list[Token] = []
    doubtful = 0
    for token in tokens(plain):
        if token.kind in ("space", "comment"):
            continue
        found.append(token)
        doubtful += token.kind == "open" or (
            token.text in ("''", '""') and plain.startswith(token.text[0], token.start + 2)
        )
        if doubtful > _DOUBTFUL:
            rest = plain[token.start :].upper()
            return found + [Token("word", word, token.start) for word in ("SERVICE", "LOAD") if word in rest]
    return found


def check(text: str, found: Sequence[Token], *, federated: bool = False) -> None:
    """Refuse what is known to crash or stall an engine; QueryLimit names the limit, Forbidden the rule.

    SERVICE is refused, too, unless ``federated``: whoever says so looks at its clauses.
    """
    if not federated:
        refuse_service(found)
        if "\\" in text:
            refuse_service(decoded(text))
    if _is_small(text):
        return
    counts = dict.fromkeys((TOKENS, PATTERNS, STEPS, OPTIONALS, UNIONS), 0)

    def count(limit: Limit, token: Token) -> None:
        counts[limit] += 1
        if counts[limit] > limit.most:
            raise exceeded(limit, text, token)

    depth = run = 0
    data_from = 0  # the depth of the brackets around a list of data; 0: not in one
    before = ""
    awaiting = in_list = False
    for token in found:
        kind, sign = token.kind, token.text
        if kind == "punct":
            if sign[0] in _OPEN or sign in ("<<(", "<<"):
                depth += 1
                if depth > NESTING.most:
                    raise exceeded(NESTING, text, token)
                if awaiting and (sign == "{" or before == "IN"):
                    data_from, awaiting, in_list = depth, False, before == "IN"
                elif sign == "{" and in_list:
                    data_from = 0  # a pattern, of EXISTS
            elif sign[-1] in _CLOSE or sign in (")>>", ">>"):
                data_from = 0 if data_from == depth else data_from
                depth -= 1
            run = run + 1 if sign in _CHAIN else 0
            if run > OPERATORS.most:
                raise exceeded(OPERATORS, text, token)
            if not data_from or sign in _SIGNS:
                count(TOKENS, token)
                if sign in _OF_SIGN:
                    count(_OF_SIGN[sign], token)
            before = ""
            continue
        run = 0
        word = token.word
        if not data_from:
            count(TOKENS, token)
            if word:
                if word in _OF_WORD:
                    count(_OF_WORD[word], token)
                data = word in ("VALUES", "IN") or (word == "DATA" and before in ("INSERT", "DELETE"))
                awaiting = data or (awaiting and word == "GRAPH")
        before = word


def _is_small(text: str) -> bool:
    """Whether a text is too small to pass any limit, whatever its signs mean: most are."""
    if len(text) > _SMALL:
        return False
    count, words = text.count, text.upper().count
    return (
        sum(map(count, _OPEN)) + count("<<") <= NESTING.most
        and sum(map(count, _CHAIN)) <= OPERATORS.most
        and sum(map(count, ".;,[")) <= PATTERNS.most
        and count("/") + count("|") <= STEPS.most
        and words("OPTIONAL") + words("MINUS") <= OPTIONALS.most
        and words("UNION") <= UNIONS.most
    )


def services(found: Sequence[Token]) -> Iterator[int]:
    """Where an engine could read the word SERVICE, also run together with its neighbours: indexes."""
    for index, token in enumerate(found):
        if token.kind == "word":
            if "SERVICE" in token.word:
                yield index
        elif token.kind == "pname" and "SERVICE" in token.text.upper():
            follower = found[index + 1].text if index + 1 < len(found) else ""
            if follower == "{" and found[index - 1].word not in ("GRAPH", "SERVICE", "SILENT"):
                yield index


def refuse_service(found: Sequence[Token]) -> None:
    """Refuse federated query."""
    if next(services(found), None) is not None:
        raise Forbidden(
            "SERVICE is not allowed: this server answers from its own graph and contacts no other.",
            remedy="Ask the other endpoint yourself, or use its data through a client that federates.",
        )


def exceeded(limit: Limit, text: str, token: Token) -> QueryLimit:
    """The error for a limit that is passed at a token."""
    line, column = place(text, token.start)
    return QueryLimit(
        f"The limit “{limit.name}” is passed at line {line}, column {column}: "
        f"at most {limit.most:,} {limit.counts}.",
        remedy=limit.remedy,
        line=line,
        column=column,
    )
