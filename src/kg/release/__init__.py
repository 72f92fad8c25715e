"""Releases: folders that never change, one for each version; ``making`` and ``reading`` them."""
