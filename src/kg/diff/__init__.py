"""What differs between two states of the dataset, for people and for programs.

``states`` opens a state, ``view`` reads what it tells, ``compare`` finds what differs, ``words`` tells it.
"""

from kg.diff.compare import Difference, compare
from kg.diff.states import State, open_state
from kg.diff.words import sections, to_json, to_markdown, to_text

__all__ = ["Difference", "State", "compare", "open_state", "sections", "to_json", "to_markdown", "to_text"]
