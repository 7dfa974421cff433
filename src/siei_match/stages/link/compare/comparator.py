"""Pairs of records get a level per trait: record numbers in, small integers out."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl

from siei_match.reference.engines import as_it_is
from siei_match.reference.parallel import each
from siei_match.stages.link.compare.features import (
    Columns,
    LeftOut,
    NamesFeature,
    SourceFeature,
    TraitFeature,
    columns_read,
    named_feature,
    share_column,
)
from siei_match.stages.link.compare.kinds import Put, build_kinds
from siei_match.stages.link.compare.kinds.first_names import FirstNames
from siei_match.stages.link.compare.kinds.full_names import FullNames
from siei_match.stages.link.compare.kinds.inverted import has_surname, nearly_has_surname
from siei_match.stages.link.compare.kinds.names import Surnames
from siei_match.stages.link.compare.spelling import Spelling
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Spec
from siei_match.stages.link.records.records import Fiches, Ids
from siei_match.stages.link.records.words import (
    NoWords,
    SoundingFullNames,
    SoundingWords,
    Words,
)
from siei_match.stages.link.toolkit import Compare, index_of_pairs, records_of, table_of

CHUNK: Final = 250_000
"""Pairs compared at a time by a core: about 100 MB."""
SIDES: Final = ("a", "b")


class Comparator:
    """Compare pairs of fiches; build once a campaign, call on any pairs.

    Args:
        fiches: see `Fiches`.
        stays: see `kinds.stays.stays`.
        put: where each trait is held as soon as it is made ready (`Shelf.put`); by default in memory.
    """

    def __init__(self, fiches: Fiches, stays: pl.DataFrame, put: Put = as_it_is) -> None:
        self.fiches = fiches
        self.source = fiches.table["source"].to_numpy()
        self.kinds = build_kinds(fiches, stays, put)
        self.records = records_of(fiches.count, columns_read(fiches))

    @property
    def spec(self) -> Spec:
        return self.fiches.spec

    @cached_property
    def words(self) -> Words:
        """The words of the names, by sound."""
        if self._has_names:
            names, prenoms = self._names()
            spelt = None if self.spelling is None else self.spelling.sounds()
            return SoundingWords(names.sets, prenoms.sets, spelt)
        for kind in (FullNames, Surnames, FirstNames):
            found = next((k for k in self.kinds.values() if isinstance(k, kind)), None)
            if found is not None:
                return SoundingFullNames(found.sets)
        return NoWords()

    def with_words(self) -> "Comparator":
        """Return itself, its words heard already: whoever lays it in files lays them too."""
        _ = self.words
        return self

    @cached_property
    def spelling(self) -> Spelling | None:
        """What e-mails may spell of the names, where a declaration asks it."""
        if not self._has_names:
            return None
        names, prenoms = self._names()
        mails = names.trait.declared.ecrit_dans or prenoms.trait.declared.ecrit_dans
        return None if mails is None else Spelling(self.fiches, mails, (names, prenoms))

    @property
    def _has_names(self) -> bool:
        """Whether surnames and first names are declared, both."""
        kinds = [type(k) for k in self.kinds.values()]
        return Surnames in kinds and FirstNames in kinds

    def _names(self) -> tuple[Surnames, FirstNames]:
        found = self.kinds.values()
        names = next(k for k in found if isinstance(k, Surnames))
        return names, next(k for k in found if isinstance(k, FirstNames))

    def compare(self, pairs: pl.DataFrame, leave: tuple[str, ...] = ()) -> pl.DataFrame:
        """Add to `a`, `b` (fiche numbers) the sources, the levels and the shares of values.

        Args:
            pairs: `a`, `b`.
            leave: traits not to be compared, `ABSENT` in all pairs.

        Returns: `a`, `b`, `source_a`, `source_b`, a UInt8 column per trait, and a Float32 column
        `part_<trait>` for the traits whose agreement depends on how rare the value is.
        """
        comparison = self.comparison(leave)

        def one(chunk: tuple[Ids, Ids]) -> pl.DataFrame:
            found = index_of_pairs(*chunk, self.fiches.count)
            return self.in_order(table_of(comparison.compute(found, self.records)))

        return pl.concat(each(one, chunks(pairs)))

    def comparison(self, leave: tuple[str, ...] = (), *, spell: bool = True) -> Compare:
        """Return what compares pairs in all traits but those left out: one feature a fact.

        Args:
            leave: traits not to be compared.
            spell: whether e-mails that spell a name are heard; else `spelling` may be asked later.
        """
        cross = self._cross if spell else self._hear
        features: list[Any] = [SourceFeature(self.source)]
        if self._has_names and not {k.trait.name for k in self._names()} & {*leave}:
            features.append(NamesFeature(self._names(), cross))
        done = {name for feature in features for name in feature.label}
        for trait in self.spec.traits:
            if trait.name in leave:
                features.append(LeftOut(trait))
            elif trait.declared.is_named:
                features.append(named_feature(trait))
            elif trait.name not in done:
                features.append(TraitFeature(self.kinds[trait.name]))
        return Compare(features)

    def in_order(self, compared: pl.DataFrame) -> pl.DataFrame:
        """Return the columns of compared pairs in the order of the declaration."""
        traits = self.spec.traits
        shares = [column for t in traits for column in share_column(t)]
        return compared.select("a", "b", "source_a", "source_b", *(t.name for t in traits), *shares)

    def _cross(self, columns: Columns, a: Ids, b: Ids) -> None:
        self._hear(columns, a, b)
        if self.spelling is not None:
            self.spelling.tell(columns, a, b)

    def _hear(self, columns: Columns, a: Ids, b: Ids) -> None:
        """Hear what both names of a pair, and the e-mails of each side, say at first look."""
        if self.spelling is not None:
            self.spelling.tell_apart(columns, a, b)
        self._go_together(columns, a, b)
        self._invert(columns, a, b)

    def _go_together(self, columns: Columns, a: Ids, b: Ids) -> None:
        """Take the share of an equal first name among the bearers of the surname, where surnames are alike.

        Of one origin, and so as likely to bear one first name, are those whose surnames are one, mistyped or cut.
        """
        names, prenoms = self._names()
        if prenoms.together is None:
            return
        name, prenom = columns[names.trait.name], columns[prenoms.trait.name]
        alike = (name > ABSENT) & (name <= names.trait.code("proche"))
        rows = np.flatnonzero((prenom == prenoms.trait.code("egal")) & alike)
        part = columns[f"part_{prenoms.trait.name}"]
        part[rows] = prenoms.together.among(a[rows], b[rows], part[rows])

    def _invert(self, columns: Columns, a: Ids, b: Ids) -> None:
        """Name and first name inverted: `prenom` says so, `name` abstains (one fact, one weight)."""
        names, prenoms = self._names()
        if prenoms.trait.declared.croise is None:
            return
        name, prenom = columns[names.trait.name], columns[prenoms.trait.name]
        code = prenoms.trait.code
        rows = np.flatnonzero(prenom > code("egal"))
        ab = has_surname(names, prenoms, a[rows], b[rows])
        ba = has_surname(names, prenoms, b[rows], a[rows])
        prenom[rows[ab & ba]] = code("inverse")
        name[rows[ab & ba]] = ABSENT
        for told, x, y in ((ab & ~ba, b, a), (ba & ~ab, a, b)):
            half = rows[told]
            near = half[nearly_has_surname(names, prenoms, x[half], y[half])]
            prenom[near] = code("inverse_proche")
            name[near] = ABSENT


def chunks(pairs: pl.DataFrame) -> Iterator[tuple[Ids, Ids]]:
    """Cut pairs into slices of bounded memory, one at least."""
    a, b = (pairs[side].cast(pl.UInt32).to_numpy() for side in SIDES)
    for start in range(0, max(1, len(a)), CHUNK):
        yield a[start : start + CHUNK], b[start : start + CHUNK]
