"""Decide who left without a diploma: the contract's section 4, as a table of named rules."""

from siei_match.stages.decide.answers import JoinedAnswers, join_answers, keep_decisive, keep_last
from siei_match.stages.decide.bac import find_bac_holders
from siei_match.stages.decide.decisions import Decisions, decide
from siei_match.stages.decide.hanging import count_hanging
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.outcomes import describe_profils, follow_lists
from siei_match.stages.decide.rules import REGLES, DecisionRule
from siei_match.stages.decide.unseen import UnseenCounts, count_unseen

__all__ = [
    "REGLES",
    "DecisionReasons",
    "DecisionRule",
    "Decisions",
    "JoinedAnswers",
    "Observation",
    "UnseenCounts",
    "count_hanging",
    "count_unseen",
    "decide",
    "describe_profils",
    "find_bac_holders",
    "follow_lists",
    "join_answers",
    "keep_decisive",
    "keep_last",
]
