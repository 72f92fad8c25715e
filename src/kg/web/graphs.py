"""/graphs: the SPARQL 1.1 Graph Store HTTP Protocol.

A graph is named by ``?graph=IRI``, by ``?default`` for what is stored without a name, or by its own address
below /graphs (section 4.1). Without any of these, GET gives the whole dataset and POST makes a new graph.
"""

import secrets
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from kg.errors import MethodNotAllowed, QueryError
from kg.media import DATASET_FORMATS, GRAPH_FORMATS, NQUADS, TRIG
from kg.sparql import is_iri
from kg.store import DropGraph, PutGraph, ReadDataset, ReadGraph, Terms
from kg.store.bodies import is_read, refusal
from kg.syntax import quoted
from kg.web import body
from kg.web.asked import answer, charge, choose, endpoint, formats_of, seconds_of, site_of, terms_of
from kg.web.reply import while_there
from kg.web.write import authorize

PATH = "/graphs"

# What an IRI and a URI share (RFC 3987 section 3.1); all else is escaped for a header field.
_URI = "%:/?#[]@!$&'()*+,;=-._~"


async def get(request: Request) -> Response:
    """Give the triples of a graph, or the dataset."""
    charge(request)
    named, name = _graph(request)
    pairs = body.pairs(request.scope["query_string"])
    formats = formats_of(pairs)
    terms = terms_of(request, _seconds(request))
    if not named:
        offers = sorted(DATASET_FORMATS, key=lambda row: (row is not TRIG, row is not NQUADS))
        chosen = choose(request, formats, offers, "The dataset")
        return await answer(request, ReadDataset(), chosen, terms, ("dataset",))
    chosen = choose(request, formats, GRAPH_FORMATS, "A graph")
    state = ("graph", name) if name is not None else ("unnamed",)
    return await answer(request, ReadGraph(name), chosen, terms, state)


async def put(request: Request) -> Response:
    """Make the body all of a graph."""
    return await _take(request, replace=True)


async def post(request: Request) -> Response:
    """Add the body to a graph, or to a new one."""
    return await _take(request, replace=False)


async def delete(request: Request) -> Response:
    """Remove a graph."""
    client = authorize(request)
    named, name = _graph(request)
    if not named:
        raise _not_on_all()
    await while_there(
        request, site_of(request).store.write(DropGraph(name), Terms(_seconds(request), client))
    )
    return Response(status_code=204)


async def _take(request: Request, *, replace: bool) -> Response:
    client = authorize(request)
    named, name = _graph(request)
    if not named and replace:
        raise _not_on_all()
    media_type = request.headers.get("content-type", "")
    if not is_read(media_type):
        raise refusal(media_type)
    if not named:
        name = endpoint(request, f"{PATH}/{secrets.token_hex(12)}")
    site = site_of(request)
    data = await body.read(request, site.settings.body_limit, "KG_BODY_LIMIT")
    base = name or endpoint(request, PATH)
    change = PutGraph(name, data, media_type, base, replace)
    outcome = await while_there(request, site.store.write(change, Terms(_seconds(request), client)))
    headers = {"Location": quote(name, safe=_URI)} if name and outcome.created else {}
    return Response(status_code=201 if outcome.created else 204, headers=headers)


def _seconds(request: Request) -> float | None:
    pairs = body.pairs(request.scope["query_string"])
    return seconds_of([value for key, value in pairs if key == "timeout" and value])


def _graph(request: Request) -> tuple[bool, str | None]:
    """Whether the request names a graph, and its name; None for what is stored without one."""
    pairs = body.pairs(request.scope["query_string"])
    names = [value for key, value in pairs if key == "graph"]
    default = any(key == "default" for key, _ in pairs)
    raw = request.scope.get("raw_path", request.scope["path"].encode()).decode("ascii", "replace")
    _, slash, rest = raw.lstrip("/").partition("/")  # the first step is PATH, whatever is escaped in it
    below = slash + rest
    if len(names) + default + bool(below.strip("/")) > 1:
        raise QueryError(
            "The request names more than one graph.", remedy="Give one of graph, default and a path."
        )
    if default:
        return True, None
    if names:
        name = names[0]
        if not is_iri(name):
            raise QueryError(f"{quoted(name)} is not the IRI of a graph.", remedy="Give an absolute IRI.")
        return True, name
    if not below.strip("/"):
        return False, None
    name = endpoint(request, PATH + below)
    if not is_iri(name):
        raise QueryError("The address is not the IRI of a graph.", remedy="Escape its characters by %.")
    return True, name


def _not_on_all() -> MethodNotAllowed:
    return MethodNotAllowed(
        "All graphs at once cannot be replaced or removed here.",
        allow=("GET", "HEAD", "POST", "OPTIONS"),
        remedy="Name a graph by ?graph=IRI, or ?default.",
    )
