"""Finds things by what they are called: the index behind the search box and behind reconciliation.

``words`` says when two spellings are the same, ``postings`` which things have a word (or one much like it),
``index`` what there is; ``ranking`` answers a search, ``matching`` says which thing a name in someone's list
means. Nothing here knows of the web or of the store: an index is made of plain strings.
"""
