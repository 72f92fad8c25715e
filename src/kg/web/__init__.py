"""The web face: the SPARQL endpoint and its pages, over the store port."""
