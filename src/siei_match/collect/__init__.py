"""What platforms answer: their files, read as they are sent, and kept for the campaigns to come.

lecture = read_answers(path)                         # pure: what was understood, and what not
collecte = collect(sortie, path, acteur, psad=…)     # keeps it in DIR/memoire/retours/
"""

from siei_match.collect.collecting import Collected, collect
from siei_match.collect.reading import REGLES, AnswersReading, read_answers

__all__ = [
    "REGLES",
    "AnswersReading",
    "Collected",
    "collect",
    "read_answers",
]
