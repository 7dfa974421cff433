"""What the toolkit compares: sources, traits one by one, and names, which may be inverted, together."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from siei_match.stages.link.compare.kinds.base import Kind
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.records import Ids
from siei_match.stages.link.toolkit import Feature

Columns = dict[str, npt.NDArray[Any]]


def share_column(trait: Trait) -> list[str]:
    """Return the column of how rare the values are that agree, for a trait that weighs it."""
    return [f"part_{trait.name}"] if trait.frequent else []


class SourceFeature(Feature):
    """From which sources the two records come."""

    def __init__(self, source: npt.NDArray[np.uint8]) -> None:
        super().__init__(["source_a", "source_b"])
        self.source = source

    def compare(self, a: Ids, b: Ids) -> tuple[npt.NDArray[Any], ...]:
        return self.source[a], self.source[b]


class TraitFeature(Feature):
    """The level of each pair in one trait, and the share of people who have its value."""

    def __init__(self, kind: Kind) -> None:
        super().__init__([kind.trait.name, *share_column(kind.trait)])
        self.kind = kind

    def compare(self, a: Ids, b: Ids) -> tuple[npt.NDArray[Any], ...]:
        levels, part = self.kind.compare(a, b)
        if not self.kind.trait.frequent:
            return (levels,)
        return levels, np.full(len(a), np.nan, dtype=np.float32) if part is None else part


class NamesFeature(Feature):
    """Surnames and first names, each with the other in view: inverted, or spelt by an e-mail.

    Args:
        kinds: both.
        cross: changes the levels of both, for pairs of records.
    """

    def __init__(
        self, kinds: tuple[Kind, Kind], cross: Callable[[Columns, Ids, Ids], None]
    ) -> None:
        self.each = [TraitFeature(kind) for kind in kinds]
        super().__init__([name for feature in self.each for name in feature.label])
        self.cross = cross

    def compare(self, a: Ids, b: Ids) -> tuple[npt.NDArray[Any], ...]:
        columns: Columns = {}
        for feature in self.each:
            columns |= zip(feature.label, feature.compare(a, b), strict=True)
        self.cross(columns, a, b)
        return tuple(columns.values())


class LeftOut(Feature):
    """A trait that is not compared this time: absent in all pairs."""

    def __init__(self, trait: Trait) -> None:
        super().__init__([trait.name, *share_column(trait)])

    def compare(self, a: Ids, b: Ids) -> tuple[npt.NDArray[Any], ...]:
        nothing = np.full(len(a), np.nan, dtype=np.float32)
        levels = np.full(len(a), ABSENT, dtype=np.uint8)
        return (levels, nothing) if len(self.label) > 1 else (levels,)
