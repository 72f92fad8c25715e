"""/sparql: the SPARQL 1.1 protocol for queries (section 2.1), by GET, POST and QUERY, and the description.

A request is read, its format agreed (RFC 9110 section 12), and its answer begun or made before a status is
sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from kg.errors import Forbidden, QueryError, TooLarge, UnsupportedMedia
from kg.media import GEOJSON, GRAPH_FORMATS, HTML, Format, of_answer
from kg.sparql import Operation
from kg.store import Terms
from kg.web import body, pages
from kg.web.asked import (
    answer,
    charge,
    choose,
    endpoint,
    formats_of,
    languages,
    page,
    seconds_of,
    settled,
    site_of,
    terms_of,
)
from kg.web.body import FORM
from kg.web.credits import with_sources
from kg.web.description import description
from kg.web.reply import VARY, while_there
from kg.web.views import TABLE, view_of

PATH = "/sparql"

DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"

_LONG = 20_000
"""Characters of a text that is read beside the event loop."""
_NO_UPDATE = "This address only reads: it takes no update."


@dataclass(frozen=True)
class Question:
    """What a request asks: the text if there is one, the graphs, the formats it names, the time it gives.

    ``sources``: each row of the answer comes with the passages behind it; ``view`` is how a page shows it.
    """

    query: str | None
    default_graph: tuple[str, ...]
    named_graphs: tuple[str, ...]
    formats: tuple[str, ...]
    seconds: float | None
    sources: bool = False
    view: str = TABLE

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The graphs again as parameters, for links to the same question."""
        return (
            *(("default-graph-uri", graph) for graph in self.default_graph),
            *(("named-graph-uri", graph) for graph in self.named_graphs),
        )


async def get(request: Request) -> Response:
    """Answer the query in the address; without one, describe the service or offer a form."""
    charge(request)
    question = await question_of(request)
    if question.query is not None:
        return await _answer(request, question)
    if question.parameters:
        raise QueryError(
            "The address names graphs but no query.", remedy="Add the parameter query, percent-encoded."
        )
    chosen = choose(request, question.formats, (*GRAPH_FORMATS, HTML), "The service description")
    if chosen.kind == "page":
        return page(request, await pages.form(site_of(request)))
    text = description(site_of(request), endpoint(request, "/sparql"), endpoint(request, "/update"))
    return await answer(request, Operation.parse(text), chosen, terms_of(request, None), (text,))


async def post(request: Request) -> Response:
    """Answer the query in the body: a form, or the query itself."""
    charge(request)
    return await _answer(request, await question_of(request))


async def question_of(request: Request) -> Question:
    """Read what is asked, in the address or, but for GET, in the body, where there has to be a query."""
    pairs = body.pairs(request.scope["query_string"])
    if request.method in ("GET", "HEAD"):
        question = _question(pairs, None)
        _keep(request, question)
        return question
    media_type, charset = body.content_type(request)
    if media_type == UPDATE:
        raise Forbidden(_NO_UPDATE, remedy="Send updates to /update.")
    if media_type not in (FORM, DIRECT):
        shown = f"{media_type[:60]} is" if media_type else "Without a Content-Type the body is"
        raise UnsupportedMedia(f"{shown} not a body that is read here.", remedy=f"Send {DIRECT} or {FORM}.")
    body.require_utf8(charset)
    settings = site_of(request).settings
    if media_type == FORM:
        data = await body.read(request, *body.form_limit(settings))
        question = _question([*pairs, *body.pairs(data)], None)
    else:
        data = await body.read(request, settings.query_length, "KG_QUERY_LENGTH")
        question = _question(pairs, body.utf8(data, "The query").removeprefix("\ufeff"))
    _keep(request, question)
    if question.query is None:
        raise QueryError("The form holds no query.", remedy="Put the text into the parameter query.")
    return question


def _keep(request: Request, question: Question) -> None:
    """Note what the form has to hold again should anything go wrong."""
    request.state.query, request.state.view = question.query or "", question.view
    request.state.sources = question.sources


def _question(pairs: Sequence[tuple[str, str]], query: str | None) -> Question:
    queries = [value for name, value in pairs if name == "query"]
    if query is not None:
        queries.append(query)
    if len(queries) > 1:
        raise QueryError(
            f"The request holds {len(queries)} queries.", remedy="Send one query in one request."
        )
    if any(name == "update" for name, _ in pairs):
        raise Forbidden(_NO_UPDATE, remedy="Put a query into the parameter query; send updates to /update.")
    return Question(
        queries[0] if queries else None,
        tuple(value for name, value in pairs if name == "default-graph-uri" and value),
        tuple(value for name, value in pairs if name == "named-graph-uri" and value),
        tuple(formats_of(pairs)),
        seconds_of([value for name, value in pairs if name == "timeout" and value]),
        _sources([value for name, value in pairs if name == "sources" and value]),
        view_of([value for name, value in pairs if name == "view" and value]),
    )


def _sources(values: Sequence[str]) -> bool:
    if not set(values) <= {"yes"}:
        raise QueryError(
            f"The parameter sources is {', '.join(values)[:40]!r}.", remedy="Give yes, or leave it away."
        )
    return bool(values)


async def _answer(request: Request, question: Question) -> Response:
    terms = terms_of(request, question.seconds)
    base = endpoint(request, "/sparql")
    operation = await operation_of(request, question, terms)
    return await settled(
        request,
        question.formats,
        _offers(question, operation),
        f"The answer to {operation.kind.upper()}",
        lambda chosen: _answer_as(request, question, operation, chosen, terms, base),
    )


def _offers(question: Question, operation: Operation) -> Sequence[Format]:
    """The formats of the answer; where sources are wanted, those that can hold them."""
    offers = of_answer(operation.kind)
    if not question.sources:
        return offers
    return [row for row in offers if row is HTML or (operation.kind == "select" and row is not GEOJSON)]


async def _answer_as(
    request: Request, question: Question, operation: Operation, chosen: Format, terms: Terms, base: str
) -> Response:
    site = site_of(request)
    if chosen.kind == "page":
        made = pages.answer(
            site,
            operation,
            terms,
            question.parameters,
            languages(request),
            sources=question.sources,
            view=question.view,
        )
        return page(request, await while_there(request, made))
    if question.sources:
        data = await while_there(request, with_sources(site, operation, chosen, terms, languages(request)))
        headers = {"Content-Type": chosen.content_type, "Vary": f"{VARY}, Accept-Language"}
        return Response(data, headers={**headers, "Cache-Control": "no-cache"})
    state = (operation.source, *operation.default_graph, "", *operation.named_graphs, base)
    return await answer(request, operation, chosen, terms, () if operation.volatile else state)


async def operation_of(request: Request, question: Question, terms: Terms) -> Operation:
    """Parse the query that is asked, beside the event loop if it is long; QueryError, Forbidden, TooLarge."""
    site = site_of(request)
    base = endpoint(request, "/sparql")
    text, most = question.query or "", site.settings.query_length
    if len(text) > most or (len(text) * 4 > most and len(text.encode()) > most):
        raise TooLarge(
            f"The query is longer than {most:,} bytes (KG_QUERY_LENGTH).", remedy="Ask in several queries."
        )

    def parse() -> Operation:
        return Operation.parse(text, question.default_graph, question.named_graphs, base, site.origins)

    if len(text) <= _LONG:
        return parse()

    async def in_turn() -> Operation:
        async with site.reading.place(terms.client, site.settings.query_timeout):
            return await run_in_threadpool(parse)

    return await while_there(request, in_turn())
