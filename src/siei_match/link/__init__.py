"""Linkage: which rows are the same person."""

from siei_match.link.engine import Rapprochement, link

__all__ = ["Rapprochement", "link"]
