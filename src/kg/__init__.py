"""Connectivity KG: the knowledge graph of ecological-connectivity initiatives and its SPARQL endpoint."""

from importlib.metadata import version

__version__ = version("connectivity-kg")
