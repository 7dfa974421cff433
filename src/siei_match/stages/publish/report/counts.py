"""Counts and their shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from siei_match.reference.stored import Columns


@dataclass(frozen=True)
class NamedCount:
    """A named count and its share of a whole."""

    nom: str
    nombre: int
    part: float
    group: str = ""


def count_by(frame: Columns, column: str, order: Sequence[str]) -> list[NamedCount]:
    """Count the rows of each value of `column`, those of `order` first and always."""
    counts = dict(frame[column].value_counts().iter_rows())
    names = [*order, *sorted(set(counts) - set(order))]
    return [
        NamedCount(name, counts.get(name, 0), share(counts.get(name, 0), frame.height))
        for name in names
    ]


def share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
