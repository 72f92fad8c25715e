"""/sparql: the SPARQL 1.1 protocol for queries, and the service description.

A request is read (section 2.1), its format agreed (RFC 9110), its answer made whole, and only then a status
sent. The description is a CONSTRUCT query over the store itself, so its numbers are those of this moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from kg.errors import Forbidden, NotAcceptable, QueryError, UnsupportedMedia
from kg.media import (
    FORMATS,
    GRAPH_FORMATS,
    HTML,
    SOLUTION_FORMATS,
    Format,
    by_name,
    listing,
    negotiate,
)
from kg.sparql import Operation
from kg.web import pages
from kg.web.site import Site

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"

_VARY = {"Vary": "Accept"}


@dataclass(frozen=True)
class Question:
    """What a request asks: the text if there is one, the graphs, and the formats it names."""

    query: str | None
    default_graph: tuple[str, ...]
    named_graphs: tuple[str, ...]
    formats: tuple[str, ...]

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The graphs again as parameters, for links to the same question."""
        return (
            *(("default-graph-uri", graph) for graph in self.default_graph),
            *(("named-graph-uri", graph) for graph in self.named_graphs),
        )


async def get(request: Request) -> Response:
    """Answer the query in the address; without one, describe the service or offer a form."""
    question = _question(_pairs(request.scope["query_string"]), None)
    request.state.query = question.query or ""
    if question.query is not None:
        return await _answer(request, question)
    if question.parameters:
        raise QueryError(
            "The address names graphs but no query.", remedy="Add the parameter query, percent-encoded."
        )
    chosen = _choose(request, question.formats, (*GRAPH_FORMATS, HTML), "The service description")
    if chosen.kind == "page":
        return _page(await pages.form(request.app.state.site))
    return await _describe(request, chosen)


async def post(request: Request) -> Response:
    """Answer the query in the body: a form, or the query itself."""
    media_type, charset = _content_type(request.headers.get("content-type", ""))
    if request.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise UnsupportedMedia("The body is compressed.", remedy="Send it without Content-Encoding.")
    if media_type == UPDATE:
        raise Forbidden(
            "This endpoint only reads: it takes no update.",
            remedy="Send a SELECT, ASK, CONSTRUCT or DESCRIBE query.",
        )
    if media_type not in (FORM, DIRECT):
        shown = f"{media_type[:60]} is" if media_type else "Without a Content-Type the body is"
        raise UnsupportedMedia(f"{shown} not a body that is read here.", remedy=f"Send {DIRECT} or {FORM}.")
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise UnsupportedMedia(f"The body is in {charset[:40]}.", remedy="Send it in UTF-8.")
    pairs = _pairs(request.scope["query_string"])
    try:
        body = await request.body()
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is left to read it
    if media_type == FORM:
        question = _question([*pairs, *_pairs(body)], None)
    else:
        question = _question(pairs, _utf8(body, "The query").removeprefix("\ufeff"))
    request.state.query = question.query or ""
    if question.query is None:
        raise QueryError("The form holds no query.", remedy="Put the text into the parameter query.")
    return await _answer(request, question)


def wants_page(request: Request) -> bool:
    """Whether whoever asks would rather have a page than anything else on offer: a browser."""
    found = negotiate(accepted(request), (*FORMATS, HTML))
    return found is not None and found.kind == "page"


def accepted(request: Request) -> str | None:
    """The Accept field, whole: a client may send it in several lines (RFC 9110 section 5.3)."""
    return ",".join(request.headers.getlist("accept")) or None


def _content_type(value: str) -> tuple[str, str]:
    media_type, *parameters = (part.strip() for part in value.split(";"))
    charset = ""
    for part in parameters:
        name, _, setting = part.partition("=")
        if name.strip().lower() == "charset":
            charset = setting.strip().strip('"').lower()
    return media_type.lower(), charset


def _utf8(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise QueryError(
            f"{what} is not valid UTF-8: byte {error.start + 1} does not fit.", remedy="Send it in UTF-8."
        ) from None


def _pairs(data: bytes) -> list[tuple[str, str]]:
    """Decode a query string or a form, percent escapes included, as UTF-8."""
    try:
        return parse_qsl(_utf8(data, "The request"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise QueryError(
            "The percent escapes of the request do not spell valid UTF-8.",
            remedy="Encode the text as UTF-8 before escaping it.",
        ) from None


def _question(pairs: Sequence[tuple[str, str]], body: str | None) -> Question:
    queries = [value for name, value in pairs if name == "query"]
    if body is not None:
        queries.append(body)
    if len(queries) > 1:
        raise QueryError(
            f"The request holds {len(queries)} queries.", remedy="Send one query in one request."
        )
    if any(name == "update" for name, _ in pairs):
        raise Forbidden(
            "This endpoint only reads: it takes no update.", remedy="Put a query into the parameter query."
        )
    formats = tuple(value.strip() for name, value in pairs if name == "format" and value.strip())
    return Question(
        queries[0] if queries else None,
        tuple(value for name, value in pairs if name == "default-graph-uri" and value),
        tuple(value for name, value in pairs if name == "named-graph-uri" and value),
        formats,
    )


# What clients such as SPARQLWrapper call a format of triples.
_GRAPH_NAMES = {"xml": "rdf", "rdf+xml": "rdf", "json": "jsonld", "n3": "ttl"}


def _named(name: str, offers: Sequence[Format]) -> Format | None:
    """The format on offer that a client means by a name or media type; KeyError for no format at all."""
    if "/" in name:
        return negotiate(name, offers)
    row = by_name(name if name in ("xml", "json") else _GRAPH_NAMES.get(name.lower(), name))
    if row not in offers and name.lower() in _GRAPH_NAMES:
        row = by_name(_GRAPH_NAMES[name.lower()])
    return row if row in offers else None


def _choose(request: Request, names: Sequence[str], offers: Sequence[Format], what: str) -> Format:
    """Agree on a format: the first that fits of those asked for by name, else by Accept.

    NotAcceptable lists what there is; QueryError when a single name is that of no format.
    """
    chosen = None if names else negotiate(accepted(request), offers)
    for name in names:
        try:
            chosen = chosen or _named(name, offers)
        except KeyError:
            if len(names) > 1:
                continue
            raise QueryError(
                f"There is no format {name[:40]!r}.",
                remedy=f"Name one of {', '.join(row.name for row in offers)}.",
            ) from None
    if chosen is None:
        raise NotAcceptable(
            f"{what} comes in none of the formats asked for.", remedy=f"On offer: {listing(offers)}."
        )
    return chosen


async def _answer(request: Request, question: Question) -> Response:
    site: Site = request.app.state.site
    operation = await run_in_threadpool(
        Operation.parse, question.query or "", question.default_graph, question.named_graphs
    )
    offers = SOLUTION_FORMATS if operation.kind in ("select", "ask") else GRAPH_FORMATS
    chosen = _choose(request, question.formats, (*offers, HTML), f"The answer to {operation.kind.upper()}")
    if chosen.kind == "page":
        return _page(await pages.answer(site, operation, question.parameters))
    return Response(await site.answer(operation, chosen), media_type=None, headers=_headers(chosen))


def _headers(format: Format) -> dict[str, str]:
    return {"Content-Type": format.content_type, **_VARY}


def _page(text: str) -> Response:
    return Response(text, headers=_headers(HTML))


# ---- what the service says of itself
# ---------------------------------------------------------------------------


async def _describe(request: Request, format: Format) -> Response:
    site: Site = request.app.state.site
    operation = Operation.parse(description(site, address(request) + "/sparql"))
    return Response(await site.answer(operation, format), headers=_headers(format))


def address(request: Request) -> str:
    """The public address of this server, else the one the connection came in by; never the Host header's."""
    site: Site = request.app.state.site
    if site.settings.public_url:
        return site.settings.public_url
    host, port = request.scope.get("server") or (site.settings.host, site.settings.port)
    name = f"[{host}]" if ":" in host else quote(host)
    scheme = request.scope["scheme"]
    usual = {"http": 80, "https": 443}.get(scheme)
    return f"{scheme}://{name}" + (f":{port}" if port and port != usual else "")


def description(site: Site, endpoint: str) -> str:
    """The query whose answer is the SPARQL 1.1 service description."""
    union = site.settings.default_graph == "union"
    comment = (
        "Holds the triples of all graphs, named and unnamed, as one set: a triple that several graphs state "
        "counts once. A query without a dataset clause reads this graph; GRAPH reads the named ones."
        if union
        else "Holds only what was loaded without a graph name. GRAPH reads the named graphs."
    )
    formats = [row for row in FORMATS if row in SOLUTION_FORMATS or row in GRAPH_FORMATS]
    results = " , ".join(f"<{row.iri}>" for row in formats)
    return f"""
PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
CONSTRUCT {{
  <{endpoint}#service> a sd:Service ;
    sd:endpoint <{endpoint}> ;
    sd:supportedLanguage sd:SPARQL11Query ;
    sd:resultFormat {results} ;
    {"sd:feature sd:UnionDefaultGraph ;" if union else ""}
    sd:defaultDataset <{endpoint}#dataset> .
  <{endpoint}#dataset> a sd:Dataset ;
    sd:defaultGraph <{endpoint}#default-graph> .
  <{endpoint}#default-graph> a sd:Graph ;
    rdfs:comment "{comment}"@en ;
    void:triples ?all .
  <{endpoint}#dataset> sd:namedGraph ?entry .
  ?entry a sd:NamedGraph ;
    sd:name ?name ;
    sd:graph ?graph .
  ?graph a sd:Graph ;
    void:triples ?size .
}} WHERE {{
  {{ SELECT (COUNT(*) AS ?all) WHERE {{ ?s ?p ?o }} }}
  OPTIONAL {{
    {{ SELECT ?name (COUNT(*) AS ?size) WHERE {{ GRAPH ?name {{ ?s ?p ?o }} }} GROUP BY ?name }}
    BIND (ENCODE_FOR_URI(STR(?name)) AS ?code)
    BIND (IRI(CONCAT("{endpoint}#named-", ?code)) AS ?entry)
    BIND (IRI(CONCAT("{endpoint}#graph-", ?code)) AS ?graph)
  }}
}}"""
