"""What the toolkit compares: sources, traits one by one, and names, which may be inverted, together."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.errors import ContractError
from siei_match.stages.link.compare.kinds.base import Kind
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.records import Fiches, Ids
from siei_match.stages.link.toolkit import Feature, Levels, build_feature

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


def named_feature(trait: Trait) -> Levels:
    """Return a feature named by its path, which tells levels: its columns are the trait's own."""
    declared = trait.declared
    columns = declared.feature_columns(trait.name)
    feature = build_feature(trait.kind, columns, declared.arguments, declared.comme)
    cut = [level.seuil for level in declared.niveaux.values() if level.seuil is not None]
    return Levels(feature, columns, cut, trait.name)


def columns_read(fiches: Fiches) -> dict[str, pl.Series]:
    """Return the columns that features named by their path read, a value a record.

    Raises:
        ContractError: one holds lists of values.
    """
    found: dict[str, pl.Series] = {}
    for trait in fiches.spec.traits:
        if not trait.declared.is_named:
            continue
        if trait.declared.comme == "date":
            found[trait.name] = _dates(fiches, trait.columns)
            continue
        for name, column in zip(
            trait.declared.feature_columns(trait.name), trait.columns, strict=True
        ):
            if column in fiches.sets:
                raise ContractError(
                    f"Trait {trait.name}: column {column} holds several values a row, "
                    f"which {trait.kind} cannot compare.",
                    remedy="Name a column of one value, or use the kind ensemble.",
                )
            dtype = pl.Float64 if trait.declared.comme == "nombre" else pl.String
            found[name] = fiches.letters(column).cast(dtype, strict=False)
    return found


def _dates(fiches: Fiches, columns: tuple[str, ...]) -> pl.Series:
    """Return year, month and day as one date, null where a part is unknown or no calendar holds it."""
    parts = [fiches.letters(c).cast(pl.String) for c in columns]
    text = pl.DataFrame([p.alias(n) for p, n in zip(parts, "ymd", strict=True)]).select(
        pl.concat_str(
            pl.col("y").str.zfill(4),
            pl.col("m").str.zfill(2),
            pl.col("d").str.zfill(2),
            separator="-",
        )
    )
    return text.to_series().str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("ns"))


class LeftOut(Feature):
    """A trait that is not compared this time: absent in all pairs."""

    def __init__(self, trait: Trait) -> None:
        super().__init__([trait.name, *share_column(trait)])

    def compare(self, a: Ids, b: Ids) -> tuple[npt.NDArray[Any], ...]:
        nothing = np.full(len(a), np.nan, dtype=np.float32)
        levels = np.full(len(a), ABSENT, dtype=np.uint8)
        return (levels, nothing) if len(self.label) > 1 else (levels,)
