"""Linkage: which rows are the same person."""

from siei_match.stages.link.engine import Rapprochement, link

__all__ = ["Rapprochement", "link"]
