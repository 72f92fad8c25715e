"""/cite: how to cite the dataset or, with a query, its answer and the sources that the answer rests on."""

from hashlib import sha256
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from kg.catalog import TITLE
from kg.media import HTML
from kg.syntax import significant
from kg.web.asked import charge, choose, endpoint, languages, page, site_of, terms_of
from kg.web.citation import BIBTEX, CSL, TEXT, Citation, release, today
from kg.web.evidence import Evidence, evidence
from kg.web.html import Links, render
from kg.web.protocol import Question, operation_of, question_of
from kg.web.reply import VARY, while_there

PATH = "/cite"
OFFERS = (HTML, TEXT, BIBTEX, CSL)
_LONG = 1_500
"""Characters of an address that is still cited; a longer query is named by its digest."""


async def get(request: Request) -> Response:
    """Cite the answer to the query that is asked, else the dataset."""
    charge(request)
    site = site_of(request)
    question = await question_of(request)
    chosen = choose(request, question.formats, OFFERS, "A citation")
    terms = terms_of(request, question.seconds)
    rests: Evidence | None = None
    if question.query is None:
        cited = Citation(TITLE, endpoint(request, "/"), await release(site), today())
    else:
        operation = await operation_of(request, question, terms)
        rests = await while_there(request, evidence(site, operation, terms, languages(request)))
        cited = await _answer(request, question, rests)
    headers = {"Content-Type": chosen.content_type, "Vary": VARY, "Cache-Control": "no-cache"}
    if chosen is TEXT:
        return Response(cited.text() + "\n", headers=headers)
    if chosen is not HTML:
        return Response(cited.bibtex() if chosen is BIBTEX else cited.csl(), headers=headers)
    links = Links(site.settings)
    asked = [("query", question.query), *question.parameters] if question.query is not None else []
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


async def _answer(request: Request, question: Question, rests: Evidence) -> Citation:
    site = site_of(request)
    text = question.query or ""
    words = _words(text)
    known = next((item for item in site.questions if _words(item.query) == words), None)
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    address = endpoint(request, f"/questions#{known.name}" if known else "/sparql")
    asked = f"{address}?{urlencode([('query', text), *question.parameters])}"
    return Citation(
        known.summary if known else f"Answer to the SPARQL query {digest}",
        address if known or len(asked) > _LONG else asked,
        await release(site),
        today(),
        tuple(source.label for source in rests.sources),
        f"connectivity-kg-answer-{digest}",
        " ".join(rests.untold),
    )


def _words(text: str) -> list[str]:
    """What a query says, whatever its layout and comments."""
    return [token.text for token in significant(text)]
