"""recordlinkage and pandas, behind one door: the only module that knows either.

The linkage is recordlinkage's: passes of blocking are index algorithms united by an `Index`, kinds of
traits are features of a `Compare`, the model is a classifier. The toolkit finds records by label and
hands each part a frame of its own; here records are numbered from 0, so that a pair is two positions:
a MultiIndex whose codes are its labels, never looked up. What the rooms of the linkage implement
(`Pass`, `Feature`, `Classifier`) takes and returns numpy arrays and polars frames.

All parts work in recordlinkage's own classes too, only slower (tests/unit/test_link_adapter.py).
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import recordlinkage
from recordlinkage.base import BaseClassifier, BaseCompareFeature, BaseIndexAlgorithm

from siei_match.reference.arrays import distinct, packed, unpacked

Ids = npt.NDArray[np.uint32]
Column = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def index_of_pairs(a: Ids, b: Ids, count: int) -> pd.MultiIndex:
    """Return pairs of records 0..count-1 as the toolkit knows them; nothing is looked up or sorted."""
    numbers = pd.RangeIndex(count)
    return pd.MultiIndex([numbers, numbers], [a, b], names=["a", "b"], verify_integrity=False)


def positions(pairs: pd.MultiIndex) -> tuple[Ids, Ids]:
    """Return the positions of the two records of each pair, labels being positions."""
    sides = []
    for side, (labels, codes) in enumerate(zip(pairs.levels, pairs.codes, strict=True)):
        plain = isinstance(labels, pd.RangeIndex) and labels.start == 0 and labels.step == 1
        found = codes if plain else pairs.get_level_values(side)
        sides.append(np.asarray(found).astype(np.uint32))
    return sides[0], sides[1]


def records_of(count: int, columns: dict[str, pl.Series] | None = None) -> pd.DataFrame:
    """Return records numbered from 0, with the columns that features ask for by name."""
    given = {name: _plain(column) for name, column in (columns or {}).items()}
    return pd.DataFrame(given, index=pd.RangeIndex(count), copy=False)


def _plain(column: pl.Series) -> Any:
    """Return a column as the toolkit's own features read it: texts as objects, dates as datetimes."""
    if column.dtype == pl.String:
        texts = np.empty(len(column), dtype=object)
        texts[:] = column.to_list()
        return texts
    return column.to_numpy()


def table_of(vectors: pd.DataFrame) -> pl.DataFrame:
    """Return comparison vectors with the positions `a`, `b` of their pairs first."""
    a, b = positions(vectors.index)
    columns = {str(name): vectors[name].to_numpy() for name in vectors.columns}
    return pl.DataFrame({"a": a, "b": b, **columns})


def vectors_of(table: pl.DataFrame, count: int) -> pd.DataFrame:
    """Return what `table_of` makes as comparison vectors of `count` records."""
    a, b = (table[side].to_numpy() for side in ("a", "b"))
    columns = {name: table[name].to_numpy() for name in table.columns if name not in ("a", "b")}
    return pd.DataFrame(columns, index=index_of_pairs(a, b, count), copy=False)


class Index(recordlinkage.Index):  # type: ignore[misc]
    """Unite passes by position, where the toolkit unites labels.

    `index(chunk, records)`: the pairs of which a record of `chunk` (consecutive records) is the first.
    Chunk by chunk, each pair is made once, and no index of all pairs ever stands.
    """

    def index(self, x: pd.DataFrame, x_link: pd.DataFrame | None = None) -> pd.MultiIndex:
        if not self.algorithms:
            raise ValueError("No algorithms given.")
        found = [packed(*positions(passe.index(x, x_link))) for passe in self.algorithms]
        a, b = unpacked(distinct(np.concatenate(found)))
        return index_of_pairs(a, b, len(x if x_link is None else x_link))


class Pass(BaseIndexAlgorithm):  # type: ignore[misc]
    """A blocking pass."""

    @abstractmethod
    def pairs(self, first: int, end: int) -> tuple[Ids, Ids]:
        """Return the pairs `a` < `b` of records that the pass brings together, first <= `a` < end."""

    def _link_index(self, df_a: pd.DataFrame, df_b: pd.DataFrame) -> pd.MultiIndex:
        first = int(df_a.index[0]) if len(df_a) else 0
        return index_of_pairs(*self.pairs(first, first + len(df_a)), len(df_b))

    def _dedup_index(self, df_a: pd.DataFrame) -> pd.MultiIndex:
        return index_of_pairs(*self.pairs(0, len(df_a)), len(df_a))


class Compare(recordlinkage.Compare):  # type: ignore[misc]
    """Compare by position, where the toolkit looks each record up by its label, twice.

    A feature that asks for no column receives the positions of both sides alone; one that asks for
    columns receives them as series in the order of the pairs, as from the toolkit.
    """

    def _compute(
        self, pairs: pd.MultiIndex, x: pd.DataFrame, x_link: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        left, right = positions(pairs)
        other = x if x_link is None else x_link
        columns: dict[Any, Any] = {}
        for feature in self.features:
            found = feature._compute(
                self._side(feature.labels_left, x, left, pairs),
                self._side(feature.labels_right, other, right, pairs),
            )
            if isinstance(feature, Feature):
                columns |= zip(feature.label, found, strict=True)
            else:
                united = self._union([(found, feature.label)], column_i=len(columns))
                columns |= {name: united[name].to_numpy() for name in united.columns}
        # The toolkit's own union copies all columns, takes the index apart and numbers it again.
        return pd.DataFrame(columns, index=pairs, copy=False)

    @staticmethod
    def _side(labels: Any, frame: pd.DataFrame, rows: Ids, pairs: pd.MultiIndex) -> tuple[Any, ...]:
        if labels is None:
            return ()
        names = list(labels) if isinstance(labels, list | tuple) else [labels]
        if not names:
            return (rows,)
        # Both sides under one index object: what a feature joins by it is not sorted or looked up.
        return tuple(pd.Series(frame[name].to_numpy()[rows], index=pairs) for name in names)


class Feature(BaseCompareFeature):  # type: ignore[misc]
    """What is compared of two records, as one or more columns of numbers.

    Args:
        columns: the names of what `compare` returns, in order.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__([], [], label=list(columns))

    @abstractmethod
    def compare(self, a: Ids, b: Ids) -> tuple[Column, ...]:
        """Return a column per name, of the height of the record numbers `a` and `b`."""

    def _compute_vectorized(self, *sides: Any) -> tuple[Column, ...]:
        # From the toolkit's own Compare: a frame without columns, whose index is the pairs.
        given = [
            s if isinstance(s, np.ndarray) else positions(s.index)[k] for k, s in enumerate(sides)
        ]
        return self.compare(given[0], given[1])


class Levels(BaseCompareFeature):  # type: ignore[misc]
    """Cut the similarity that any feature tells into ordered levels; 0 where a value is missing.

    Args:
        feature: of one similarity.
        columns: that it reads, of either side.
        thresholds: descending; a similarity below all of them is of the last level.
        label: the column of the levels.
    """

    def __init__(
        self, feature: Any, columns: Sequence[str], thresholds: Sequence[float], label: str
    ) -> None:
        super().__init__(list(columns), list(columns), label=label)
        self.feature = feature
        self.thresholds = thresholds

    def _compute_vectorized(self, *series: pd.Series) -> npt.NDArray[np.uint8]:
        known = np.logical_and.reduce([one.notna().to_numpy() for one in series])
        levels = np.zeros(len(known), dtype=np.uint8)
        if known.any():
            pairs = series[0].index[known]
            given = [pd.Series(one.to_numpy()[known], index=pairs) for one in series]
            levels[known] = self._cut(given)
        return levels

    def _cut(self, series: list[pd.Series]) -> npt.NDArray[np.uint8]:
        half = len(series) // 2
        found = self.feature._compute(tuple(series[:half]), tuple(series[half:]))
        similarity = np.asarray(found, dtype=float)
        if similarity.shape != (len(series[0]),):
            raise ValueError(f"gives {similarity.shape} numbers for {len(series[0])} pairs")
        tests = [np.isnan(similarity), *(similarity >= at for at in self.thresholds)]
        return np.select(tests, list(range(len(tests))), len(tests)).astype(np.uint8)


EXAMPLES: Final[Mapping[str, list[Any]]] = {
    "texte": ["MARTIN", "MARTINE"],
    "nombre": [38.0, 42.0],
    "date": [pd.Timestamp("2008-02-29"), pd.Timestamp("2008-03-01")],
}


def feature_class(path: str) -> Any:
    """Return the compare feature that an import path names.

    Raises:
        ValueError: nothing is there, or it is no `BaseCompareFeature`.
    """
    module, _, name = path.rpartition(".")
    try:
        found = getattr(import_module(module), name)
    except Exception as error:  # noqa: BLE001 -- whatever importing a stranger's code raises
        raise ValueError(f"{path} cannot be imported ({type(error).__name__})") from None
    if not (isinstance(found, type) and issubclass(found, BaseCompareFeature)):
        raise ValueError(f"{path} is no recordlinkage.base.BaseCompareFeature")
    return found


def build_feature(
    path: str, columns: Sequence[str], arguments: Mapping[str, Any], example: str
) -> Any:
    """Make the feature that a path names, of the same columns on either side, and try it once.

    Args:
        path: see `feature_class`.
        columns: that it reads, by name.
        arguments: of its constructor, after the columns of the left and those of the right.
        example: what the columns hold, of `EXAMPLES`.

    Raises:
        ValueError: it cannot be made so, or cannot compare two such values.
    """
    try:
        feature = feature_class(path)(*columns, *columns, **arguments)
    except TypeError:
        raise ValueError(
            f"{path} does not take {len(columns)} columns a side and the arguments "
            f"{sorted(arguments)}"
        ) from None
    left, right = (pd.Series([value, value]) for value in EXAMPLES[example])
    try:
        Levels(feature, columns, (), path)._cut([left] * len(columns) + [right] * len(columns))
    except Exception as error:  # noqa: BLE001 -- whatever it raises, on values that are ours
        raise ValueError(f"{path} cannot compare two values read as {example}: {error}") from None
    return feature


class Classifier(BaseClassifier):  # type: ignore[misc]
    """A classifier of comparison vectors whose columns keep their names and types.

    The toolkit would hand it one matrix of floats, copied at every call.
    """

    threshold: float = 0.5

    @abstractmethod
    def learn(self, vectors: pl.DataFrame, matched: Bools | None) -> None:
        """Learn from vectors of which `matched` are one person's; None: nobody knows which."""

    @abstractmethod
    def chances(self, vectors: pl.DataFrame) -> Floats:
        """Return the probability of each pair to be one person."""

    def fit(
        self, comparison_vectors: pd.DataFrame, match_index: pd.MultiIndex | None = None
    ) -> None:
        self._fit(comparison_vectors, match_index)

    def prob(self, comparison_vectors: pd.DataFrame) -> pd.Series:
        return pd.Series(self._prob_match(comparison_vectors), index=comparison_vectors.index)

    def predict(self, comparison_vectors: pd.DataFrame) -> Any:
        return self._return_result(self._predict(comparison_vectors), comparison_vectors)

    def _fit(self, vectors: pd.DataFrame, match_index: pd.MultiIndex | None = None) -> None:
        if match_index is None:
            matched = None
        elif match_index is vectors.index:
            matched = np.ones(len(vectors), dtype=np.bool_)
        else:
            keys, wanted = (packed(*positions(i)) for i in (vectors.index, match_index))
            matched = np.isin(keys, wanted)
        self.learn(table_of(vectors), matched)

    def _prob_match(self, vectors: pd.DataFrame) -> Floats:
        return self.chances(table_of(vectors))

    def _predict(self, vectors: pd.DataFrame) -> npt.NDArray[np.int64]:
        return (self._prob_match(vectors) >= self.threshold).astype(np.int64)
