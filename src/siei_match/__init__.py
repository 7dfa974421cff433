"""siei-match: who left school without a diploma, found across four administrations."""

__version__ = "0.1.0"
