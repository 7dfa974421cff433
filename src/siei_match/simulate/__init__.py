"""A fictive France and its truth: people, lives, extracts with their errors, and the score."""

from siei_match.simulate.answers import draw_answers, simulate_retours
from siei_match.simulate.rates import SimulatedRates, SourceRates
from siei_match.simulate.story import Simulation, simulate

__all__ = [
    "SimulatedRates",
    "Simulation",
    "SourceRates",
    "draw_answers",
    "simulate",
    "simulate_retours",
]
