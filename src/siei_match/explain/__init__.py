"""Explain one person: their rows, what tied them, who was refused and why, and the decision."""

from siei_match.explain.model import Explanation
from siei_match.explain.person import explain_person

__all__ = ["Explanation", "explain_person"]
