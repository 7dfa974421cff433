"""A fictive France and its truth: people, lives, extracts with their errors, and the score."""

from siei_match.simulate.answers import simulate_retours
from siei_match.simulate.rates import Taux, TauxSource
from siei_match.simulate.story import Simulation, simulate

__all__ = ["Simulation", "Taux", "TauxSource", "simulate", "simulate_retours"]
