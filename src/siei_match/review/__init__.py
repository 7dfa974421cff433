"""Clerks review the pairs in doubt: a workbook out, judgements in, the state of both.

pairs_to_review(sortie, campagne)                    what is asked, the most consequential first
plan_review(sortie, campagne, capacity)              what can be read in the hours there are
export_pairs(sortie, campagne, dossier, vers, acteur)    the workbook: it names people
show_pairs(sortie, campagne, dossier, acteur)    the same values, put down for the page
read_workbook(path), record_judgements(sortie, judgements, par, quand)     what came back, kept
"""

from siei_match.review.export import export_pairs
from siei_match.review.pairs import pairs_to_review
from siei_match.review.plan import Capacity, Plan, Share, plan_review
from siei_match.review.reading import JudgementsReading, read_content, read_workbook
from siei_match.review.recording import (
    Recorded,
    Refusal,
    list_judgements,
    record_judgements,
    scope_of,
    withdraw_judgement,
)
from siei_match.review.showing import hide_pairs, read_shown, show_pairs

__all__ = [
    "Capacity",
    "JudgementsReading",
    "Plan",
    "Recorded",
    "Refusal",
    "Share",
    "export_pairs",
    "hide_pairs",
    "list_judgements",
    "pairs_to_review",
    "plan_review",
    "read_content",
    "read_shown",
    "read_workbook",
    "record_judgements",
    "scope_of",
    "show_pairs",
    "withdraw_judgement",
]
