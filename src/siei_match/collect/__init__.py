"""What platforms answer: their files, read as they are sent, and kept for the campaigns to come.

lecture = read_answers(path)                         # pure: what was understood, and what not
collecte = collect(sortie, path, acteur, psad=…)     # keeps it in DIR/memoire/retours/
reponses = read_collected(sortie)                    # what a run joins to its delivery
"""

from siei_match.collect.lecture import REGLES, Lecture, read_answers
from siei_match.collect.memoire import Collecte, collect, list_collected, read_collected

__all__ = [
    "REGLES",
    "Collecte",
    "Lecture",
    "collect",
    "list_collected",
    "read_answers",
    "read_collected",
]
