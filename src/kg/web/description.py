"""The SPARQL 1.1 service description: a CONSTRUCT query over the store, so its numbers are of this moment.

Limits are told as schema.org properties of the service, since the description's own vocabulary has none.
"""

from collections.abc import Iterator

from kg.guards import LIMITS
from kg.media import GRAPH_FORMATS, SOLUTION_FORMATS
from kg.settings import Settings
from kg.web.site import Site


def limits(settings: Settings) -> Iterator[tuple[str, float, str]]:
    """Yield the limits of a request: name, value, meaning."""
    yield "timeout", settings.query_timeout, "seconds for one query or update"
    yield "memory", settings.query_memory, "bytes of memory for one query, update or body, on top of the data"
    yield "result", settings.result_limit, "bytes of one answer before compression"
    yield "query", settings.query_length, "bytes of the text of a query or update"
    yield "body", settings.body_limit, "bytes of a request body"
    yield "head", settings.head_limit, "bytes of the request line and the header fields"
    if settings.client_budget:
        yield "budget", settings.client_budget, "requests a minute of one client"
    for limit in LIMITS:
        yield limit.name, limit.most, f"{limit.counts}, in a query or update"


def description(site: Site, endpoint: str, updates: str) -> str:
    """Return the query whose answer describes the service at these addresses."""
    union = site.settings.default_graph == "union"
    comment = (
        "Holds the triples of all graphs, named and unnamed, as one set: a triple that several graphs state "
        "counts once. A query without a dataset clause reads this graph; GRAPH reads the named ones."
        if union
        else "Holds only what was loaded without a graph name. GRAPH reads the named graphs."
    )
    if site.store.version is None:
        comment = "What the store behind this server shows to a query without a dataset clause."
    results = " , ".join(f"<{row.iri}>" for row in (*SOLUTION_FORMATS, *GRAPH_FORMATS))
    more = ["sd:UnionDefaultGraph"] * union + ["sd:BasicFederatedQuery"] * bool(site.origins)
    features = " , ".join(["sd:EmptyGraphs", *more])
    bounds = [
        f"""<{endpoint}#limit-{name}> a schema:PropertyValue ;
    schema:name "{name}" ;
    schema:value {value if isinstance(value, int) else format(value, "g")} ;
    schema:description "{meaning}"@en .
  <{endpoint}#service> schema:additionalProperty <{endpoint}#limit-{name}> ."""
        for name, value, meaning in limits(site.settings)
    ]
    writing = f"""<{updates}#service> a sd:Service ;
    sd:endpoint <{updates}> ;
    sd:supportedLanguage sd:SPARQL11Update ;
    sd:feature sd:EmptyGraphs ."""
    return f"""
PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
CONSTRUCT {{
  <{endpoint}#service> a sd:Service ;
    sd:endpoint <{endpoint}> ;
    sd:supportedLanguage sd:SPARQL11Query ;
    sd:resultFormat {results} ;
    sd:feature {features} ;
    sd:defaultDataset <{endpoint}#dataset> .
  <{endpoint}#dataset> a sd:Dataset ;
    sd:defaultGraph <{endpoint}#default-graph> .
  <{endpoint}#default-graph> a sd:Graph ;
    rdfs:comment "{comment}"@en ;
    void:triples ?all .
  {" ".join(bounds)}
  {writing if site.settings.token else ""}
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
