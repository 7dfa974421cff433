"""Pairs of records get a level per trait: record numbers in, small integers out."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.fiches import Fiches, Ids
from siei_match.link.kinds import build_kind
from siei_match.link.kinds.names import Noms, Prenoms, crossed
from siei_match.link.parallel import each
from siei_match.link.spec import ABSENT, Spec
from siei_match.link.words import Words, sounding_words

CHUNK: Final = 250_000
"""Pairs compared at a time by a core: about 100 MB."""
SIDES: Final = ("a", "b")


class Comparator:
    """Compare pairs of fiches; build once a campaign, call on any pairs.

    Args:
        fiches: see `Fiches`.
        sejours: see `kinds.stays.stays`.
    """

    def __init__(self, fiches: Fiches, sejours: pl.DataFrame) -> None:
        self.fiches = fiches
        self.source = fiches.table["source"].to_numpy()
        built = each(lambda t: build_kind(fiches, t, sejours), fiches.spec.traits)
        self.kinds = {kind.trait.name: kind for kind in built}

    @property
    def spec(self) -> Spec:
        return self.fiches.spec

    @cached_property
    def words(self) -> Words:
        """The words of the names, by sound."""
        noms, prenoms = self._names()
        return sounding_words(noms.sets, prenoms.sets)

    def _names(self) -> tuple[Noms, Prenoms]:
        found = [self.kinds[t.name] for t in self.spec.traits if t.kind in ("noms", "prenoms")]
        noms = next(k for k in found if isinstance(k, Noms))
        return noms, next(k for k in found if isinstance(k, Prenoms))

    def compare(self, pairs: pl.DataFrame, leave: tuple[str, ...] = ()) -> pl.DataFrame:
        """Add to `a`, `b` (fiche numbers) the sources, the levels and the shares of values.

        Args:
            pairs: `a`, `b`.
            leave: traits not to be compared, `ABSENT` in all pairs.

        Returns: `a`, `b`, `source_a`, `source_b`, a UInt8 column per trait, and a Float32 column
        `part_<trait>` for the traits whose agreement depends on how rare the value is.
        """
        return pl.concat(each(lambda chunk: self._compare(*chunk, leave), chunks(pairs)))

    def _compare(self, a: Ids, b: Ids, leave: tuple[str, ...]) -> pl.DataFrame:
        columns: dict[str, npt.NDArray[Any]] = {
            "a": a,
            "b": b,
            "source_a": self.source[a],
            "source_b": self.source[b],
        }
        shares = {}
        for trait in self.spec.traits:
            if trait.name in leave:
                levels, part = np.full(len(a), ABSENT, dtype=np.uint8), None
            else:
                levels, part = self.kinds[trait.name].compare(a, b)
            columns[trait.name] = levels
            if trait.frequent:
                shares[f"part_{trait.name}"] = (
                    np.full(len(a), np.nan, dtype=np.float32) if part is None else part
                )
        self._invert(columns, a, b)
        return pl.DataFrame(columns | shares)

    def _invert(self, columns: dict[str, npt.NDArray[Any]], a: Ids, b: Ids) -> None:
        """Name and first name inverted: `nom` says so, `prenom` abstains (one fact, one weight)."""
        for trait in self.spec.traits:
            if trait.declared.croise is None:
                continue
            nom, prenom = columns[trait.name], columns[trait.declared.croise]
            other = self.spec.by_name[trait.declared.croise]
            rows = np.flatnonzero((nom != trait.code("egal")) & (prenom != other.code("egal")))
            noms, prenoms = self.kinds[trait.name], self.kinds[other.name]
            assert isinstance(noms, Noms)  # noqa: S101
            assert isinstance(prenoms, Prenoms)  # noqa: S101
            inverted = rows[crossed(noms, prenoms, a[rows], b[rows])]
            nom[inverted] = trait.code("inverse")
            prenom[inverted] = ABSENT


def chunks(pairs: pl.DataFrame) -> Iterator[tuple[Ids, Ids]]:
    """Cut pairs into slices of bounded memory, one at least."""
    a, b = (pairs[side].cast(pl.UInt32).to_numpy() for side in SIDES)
    for start in range(0, max(1, len(a)), CHUNK):
        yield a[start : start + CHUNK], b[start : start + CHUNK]
