"""What platforms answer: their files, read as they are sent, and kept for the campaigns to come.

lecture = read_answers(path)                         # pure: what was understood, and what not
collecte = collect(sortie, path, acteur, psad=…)     # keeps it in DIR/memoire/retours/
append_answers(sortie, [SingleAnswer(…)], psad, acteur, seen=0)    # one that the page was told
"""

from siei_match.collect.collecting import Collected, collect
from siei_match.collect.reading import REGLES, AnswersReading, read_answers
from siei_match.collect.single import SingleAnswer, append_answers

__all__ = [
    "REGLES",
    "AnswersReading",
    "Collected",
    "SingleAnswer",
    "append_answers",
    "collect",
    "read_answers",
]
