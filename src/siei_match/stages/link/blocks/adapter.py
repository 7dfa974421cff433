"""recordlinkage's extension points, filled with our parts: the only module that knows pandas.

For those who come with the toolkit and its manual: `Compare`, `Index` and classifiers work as
usual, with our blocking passes, ordered levels and multi-level model inside::

    pairs = CandidateIndex().index(people)
    levels = recordlinkage.Compare([LevelFeature(t, people) for t in COMPARED]).compute(pairs, people)
    classifier = LevelClassifier()
    classifier.fit(levels, match_index=known)
    links = classifier.predict(levels)

`people` is a pandas frame with the columns of `tables/traits`. recordlinkage's own parts treat a
missing value as a disagreement and know two levels only; see docs/adr/0004-recordlinkage-in-one-module.md.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
from recordlinkage.base import BaseClassifier, BaseCompareFeature, BaseIndexAlgorithm

from siei_match.reference.contracts import declaration
from siei_match.stages.link.blocks.blocking import block
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Trait, siei
from siei_match.stages.link.records.records import Fiches, build_fiches

COMPARED: Final = tuple(t.name for t in siei().traits if t.kind != "sejours")


def _fiches(people: pd.DataFrame) -> Fiches:
    schema = declaration("tables/traits").polars_schema
    given = pl.from_pandas(people.reset_index(drop=True)).with_row_index("rid")
    lacking = {c: pl.lit(None, dtype=t) for c, t in schema.items() if c not in given.columns}
    numbered = given.with_columns(**lacking).select(pl.col(c).cast(t) for c, t in schema.items())
    return build_fiches(numbered)


def _comparator(fiches: Fiches) -> Comparator:
    nobody_enrolled = pl.DataFrame(schema=declaration("tables/parcours").polars_schema)
    return Comparator(fiches, stays(fiches, nobody_enrolled))


class CandidateIndex(BaseIndexAlgorithm):  # type: ignore[misc]
    """Candidate pairs of all blocking passes, as a MultiIndex of row labels."""

    def _dedup_index(self, df_a: pd.DataFrame) -> pd.MultiIndex:
        fiches = _fiches(df_a)
        each = np.arange(fiches.count, dtype=np.uint32)
        pairs, _ = block(fiches, _comparator(fiches).words, each)
        twins = fiches.table.select(a="fiche", b="fiche")
        rows = (
            pl.concat([pairs, twins])
            .join(fiches.lignes, left_on="a", right_on="fiche")
            .join(fiches.lignes, left_on="b", right_on="fiche", suffix="_b")
            .select(high=pl.max_horizontal("rid", "rid_b"), low=pl.min_horizontal("rid", "rid_b"))
            .filter(pl.col("high") != pl.col("low"))
            .unique()
            .sort("high", "low")
        )
        labels = df_a.index
        return pd.MultiIndex.from_arrays(
            [labels[rows["high"].to_numpy()], labels[rows["low"].to_numpy()]]
        )


class LevelFeature(BaseCompareFeature):  # type: ignore[misc]
    """The level (0 absent, 1 the best, …) that pairs of rows reach in one trait."""

    def __init__(self, trait: str, people: pd.DataFrame) -> None:
        super().__init__([], [], label=trait)
        self.trait = siei().by_name[trait]
        fiches = _fiches(people)
        self._comparator = _comparator(fiches)
        numbers = fiches.lignes.sort("rid")["fiche"].to_numpy()
        self._fiche_of = pd.Series(numbers, index=people.index)

    def _compute_vectorized(self, *sides: Any) -> npt.NDArray[np.uint8]:
        labels = sides[0].index
        left, right = (self._fiche_of.loc[labels.get_level_values(k)].to_numpy() for k in (0, 1))
        pairs = pl.DataFrame({"a": left, "b": right}, schema={"a": pl.UInt32, "b": pl.UInt32})
        return self._comparator.compare(pairs)[self.trait.name].to_numpy()


class LevelClassifier(BaseClassifier):  # type: ignore[misc]
    """Fellegi–Sunter over ordered levels: a naive Bayes in which absent says nothing.

    Args:
        prior: P(same person) of a candidate pair.
        threshold: probability from which a pair is a link.
    """

    def __init__(self, prior: float = 0.1, threshold: float = 0.5) -> None:
        super().__init__()
        self.prior = prior
        self.threshold = threshold
        self._traits: list[Trait] = []
        self._bits: list[npt.NDArray[np.float64]] = []

    def _initialise_classifier(self, comparison_vectors: pd.DataFrame) -> None:
        self._traits = [siei().by_name[column] for column in comparison_vectors.columns]

    def _fit(self, features: npt.NDArray[Any], y: npt.NDArray[Any] | None = None) -> None:
        """Count the levels of known links and of the others; without labels keep start values."""
        levels = features.astype(int)
        self._bits = []
        for column, trait in enumerate(self._traits):
            width = len(trait.m) + 1
            m, u = np.array([1.0, *trait.m]), np.full(width, 1.0 / width)
            if y is not None:
                m = _level_shares(levels[y == 1, column], width)
                u = _level_shares(levels[y == 0, column], width)
            bits = np.log2(m / u)
            bits[ABSENT] = 0.0
            self._bits.append(bits)

    def _prob_match(self, features: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        levels = features.astype(int)
        total = np.full(len(levels), np.log2(self.prior / (1 - self.prior)))
        for column, bits in enumerate(self._bits):
            total += bits[levels[:, column]]
        chances: npt.NDArray[np.float64] = 1.0 / (1.0 + np.exp2(-total))
        return chances

    def _predict(self, features: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        return (self._prob_match(features) >= self.threshold).astype(np.int64)


def _level_shares(levels: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.float64]:
    counts = np.bincount(levels, minlength=width).astype(float)
    counts[ABSENT] = 0.0
    shares: npt.NDArray[np.float64] = (counts + 0.5) / (counts.sum() + 0.5 * (width - 1))
    return shares
