"""/cite: how to cite the dataset or, with a query, its answer and the sources that the answer rests on."""

import re
from hashlib import sha256
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from kg.catalog import TITLE
from kg.errors import QueryError
from kg.media import HTML
from kg.syntax import significant
from kg.web import body
from kg.web.asked import charge, choose, endpoint, languages, page, site_of, terms_of
from kg.web.citation import BIBTEX, CSL, TEXT, Citation, release, today
from kg.web.evidence import Evidence, evidence
from kg.web.html import Links, render
from kg.web.protocol import Question, operation_of, question_of
from kg.web.reply import VARY, while_there
from kg.web.site import Site

PATH = "/cite"
OFFERS = (HTML, TEXT, BIBTEX, CSL)
_LONG = 1_500
"""Characters of an address that is still cited; a longer query is named by its digest."""
_TITLE = 200
_PAGES = ("/engagements", "/explore", "/network")
"""Pages that show the answer to a query of their own, and are cited in its place."""


async def get(request: Request) -> Response:
    """Cite the answer to the query that is asked, else the dataset."""
    charge(request)
    site = site_of(request)
    question = await question_of(request)
    chosen = choose(request, question.formats, OFFERS, "A citation")
    terms = terms_of(request, question.seconds)
    rests: Evidence | None = None
    shown = ""
    if question.query is None:
        cited = Citation(TITLE, endpoint(request, "/"), await release(site), today())
    else:
        operation = await operation_of(request, question, terms)
        rests = await while_there(request, evidence(site, operation, terms, languages(request)))
        shown = _shown(request)
        cited = await _answer(request, question, rests, shown)
    headers = {"Content-Type": chosen.content_type, "Vary": VARY, "Cache-Control": "no-cache"}
    if chosen is TEXT:
        return Response(cited.text() + "\n", headers=headers)
    if chosen is not HTML:
        return Response(cited.bibtex() if chosen is BIBTEX else cited.csl(), headers=headers)
    links = Links(site.settings)
    asked = [("query", question.query), *question.parameters] if question.query is not None else []
    asked += [("page", shown)] if shown else []
    return page(
        request,
        render(
            "cite.html",
            site.settings,
            citation=cited,
            rests=rests,
            query=question.query,
            answer=links.query(question.query, question.parameters) if question.query is not None else "",
            forms=[
                (row.label, links.cite([*asked, ("format", row.name)])) for row in OFFERS if row is not HTML
            ],
        ),
    )


async def _answer(request: Request, question: Question, rests: Evidence, shown: str) -> Citation:
    site = site_of(request)
    text = question.query or ""
    words = _words(text)
    known = next((item for item in site.questions if _words(item.query) == words), None)
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    at = endpoint(request, f"/questions#{known.name}" if known else shown or "/sparql")
    asked = f"{at}?{urlencode([('query', text), *question.parameters])}"
    is_asked = not (known or shown) and len(asked) <= _LONG
    return Citation(
        known.summary if known else _heading(site, text) or f"Answer to the SPARQL query {digest}",
        at,
        await release(site),
        today(),
        tuple(source.label for source in rests.sources),
        f"connectivity-kg-answer-{digest}",
        " ".join(rests.untold),
        asked if is_asked else "",
    )


def _shown(request: Request) -> str:
    """The page that shows the answer, as the parameter ``page`` names it; QueryError for any other."""
    found = [value for name, value in body.pairs(request.scope["query_string"]) if name == "page" and value]
    if not found:
        return ""
    path, _, asked = found[0].partition("?")
    if len(found) > 1 or path not in _PAGES or len(asked) > _LONG or not re.fullmatch(r"[!-~]*", asked):
        raise QueryError(
            f"The parameter page is {found[0][:80]!r}.",
            remedy=f"Name one page with what it is asked, of {', '.join(_PAGES)}.",
        )
    return f"{path}?{asked}".rstrip("?").replace("%2F", "/").replace("%3A", ":")


def _heading(site: Site, text: str) -> str:
    """What a query says of itself in the comment that it begins with; nothing if that is said of another."""
    found = re.match(r"(?:\s*#[^\r\n]*)+", text)
    lines = re.sub(r"\n#  +", " · ", found[0].strip()) if found else ""  # as /explore sets off conditions
    said = "".join(filter(str.isprintable, " ".join(lines.replace("#", " ").split())))
    return "" if any(item.summary in said for item in site.questions) else said[:_TITLE]


def _words(text: str) -> list[str]:
    """What a query says, whatever its layout and comments."""
    return [token.text for token in significant(text)]
