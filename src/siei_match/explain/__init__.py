"""Explain one person: their rows, what tied them, who was refused and why, and the decision."""

from siei_match.explain.model import Explication
from siei_match.explain.person import explain_person

__all__ = ["Explication", "explain_person"]
