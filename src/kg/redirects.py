"""Rules by which w3id.org leads from the identifiers to a server, for the Apache web server that it runs on.

A thing is no file, so the answer is 303 See Other (RFC 9110 section 15.4.4), and what the client wants is
negotiated by the server that it is led to. Escapes stay as they are (flag NE).
"""

import re

from kg import vocab
from kg.errors import SettingsError

_NAME = vocab.BASE.removeprefix("https://w3id.org/").rstrip("/")
# The first words of the paths below our base; the rest goes along.
_SPACES = ("id", "graph", "ontology", "downloads", "releases")
_PAGES = ("void", "sparql", "about")


def rules(server: str) -> str:
    """Return the .htaccess file for a public address of a server; SettingsError when it is none."""
    found = re.fullmatch(r"(https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?)", server)
    if not found:
        raise SettingsError(f"{server[:100]!r} is no address such as https://kg.example.org.")
    target = found[1].rstrip("/")
    return f"""\
# Identifiers of Connectivity KG, {vocab.BASE}
# Goes into the folder {_NAME}/ of https://github.com/perma-id/w3id.org
Options -MultiViews
RewriteEngine On
RewriteRule ^$ {target}/about [R=303,L]
RewriteRule ^({"|".join(_PAGES)})$ {target}/$1 [R=303,L,QSA]
RewriteRule ^({"|".join(_SPACES)})(/.*|[.][a-z]+)?$ {target}/$1$2 [R=303,L,NE,QSA]
"""
