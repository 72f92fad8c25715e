"""The Reconciliation Service API 0.2: others match their own lists against this graph.

``service`` holds the addresses and the manifest, ``batch`` reads queries and finds candidates, ``properties``
knows what things have, ``extend`` gives it, ``suggest`` helps someone who types.
"""
