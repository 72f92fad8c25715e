"""A question as a program would ask it: curl, Python, R and JavaScript, without any library beyond those."""

import json

from kg.media import by_name
from kg.sparql import Kind


def snippets(query: str, endpoint: str, kind: Kind) -> dict[str, str]:
    """Return a program by the name of its language; ``endpoint`` is the full address."""
    rows = kind in ("select", "ask")
    media = by_name("csv" if rows else "ttl").media_type
    return {
        "curl": _curl(query, endpoint, media),
        "Python": _python(query, endpoint, rows),
        "R": _r(query, endpoint, rows),
        "JavaScript": _javascript(query, endpoint, rows),
    }


def _curl(query: str, endpoint: str, media: str) -> str:
    end = "SPARQL"
    while end in query.splitlines():
        end += "_"
    return (
        f"curl -sS -H 'Accept: {media}' --data-urlencode query@- '{endpoint}' <<'{end}'\n"
        f"{query.rstrip()}\n{end}\n"
    )


def _python(query: str, endpoint: str, rows: bool) -> str:
    if rows:
        accept, taken = "application/sparql-results+json", "json.load(answer)"
    else:
        accept, taken = "text/turtle", "answer.read().decode()"
    return (
        f"{'import json' + chr(10) if rows else ''}from urllib.parse import urlencode\n"
        "from urllib.request import Request, urlopen\n\n"
        f"query = {_python_text(query)}\n"
        f'data = urlencode({{"query": query}}).encode()\n'
        f'request = Request("{endpoint}", data, {{"Accept": "{accept}"}})\n'
        f"with urlopen(request) as answer:\n    found = {taken}\n"
        + (
            'for row in found.get("results", {}).get("bindings", []):\n'
            '    print({name: term["value"] for name, term in row.items()})\n'
            if rows
            else "print(found)\n"
        )
    )


def _python_text(query: str) -> str:
    if "\\" in query or '"""' in query or query.endswith('"'):
        return json.dumps(query, ensure_ascii=False)
    return f'"""{query}"""'


def _r(query: str, endpoint: str, rows: bool) -> str:
    dashes = "-"
    while f'){dashes}"' in query:
        dashes += "-"
    read = "read.csv(address)" if rows else 'paste(readLines(address), collapse = "\\n")'
    return (
        f'query <- r"{dashes}({query}){dashes}"\n'
        f'address <- paste0("{endpoint}?format={"csv" if rows else "ttl"}&query=", '
        "URLencode(query, reserved = TRUE))\n"
        f"found <- {read}\n"
    )


def _javascript(query: str, endpoint: str, rows: bool) -> str:
    text = query.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    accept = "application/sparql-results+json" if rows else "text/turtle"
    return (
        f"const query = `{text}`;\n"
        f'const answer = await fetch("{endpoint}", {{\n'
        '  method: "POST",\n'
        f'  headers: {{ Accept: "{accept}" }},\n'
        "  body: new URLSearchParams({ query }),\n"
        "});\n"
        "if (!answer.ok) throw new Error(await answer.text());\n"
        f"const found = await answer.{'json' if rows else 'text'}();\n"
    )
