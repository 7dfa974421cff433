"""Rows become records (*fiches*): one per distinct content of a source, in integers.

Most people stand several times in a source with the same words. Comparing each distinct
content once is the cheapest trick of all, and it makes the result independent of row order.
A text becomes a number of its column's distinct texts, four bytes for any length; the letters
stand there once, for those who compare them. Texts are told apart by 64-bit hashes: among ten
million distinct values two collide with a chance of 3 in a million.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import TEXT, runs, spread
from siei_match.reference.engines import as_it_is
from siei_match.reference.errors import ContractError
from siei_match.reference.parallel import each
from siei_match.reference.stored import Columns, names_in, pieces_of
from siei_match.stages.link.declared.faults import unknown
from siei_match.stages.link.declared.spec import Spec, siei
from siei_match.stages.link.records.coding import Coded, RowsOfRecords, code_column, contents

Ids = npt.NDArray[np.uint32]
Codes = npt.NDArray[np.uint64]
PLACE: Final = ("rid", "extrait", "fichier", "ligne")
MOST_FICHES: Final = 60
"""No one has more distinct records than this in two school years of all sources."""


@dataclass(frozen=True)
class Fiches:
    """Distinct records of a campaign.

    table: one row per fiche, column `fiche` dense from 0, ordered by content; `source` is the
        place of the extract in `spec.sources`; the columns of `spec`, never null: parts of dates as
        they are, all else as the number of its value (UInt32), 0 where absent; `cle`, the hash of
        all of it.
    lignes: `rid` → `fiche`.
    values: the distinct values of each column of texts or numbers, in the order of their hashes;
        a number of `table` is a place here, null being the first.
    sets: the values of each column of lists, as hashes, a row a fiche, 0 where there are no more.
    mails: the columns of lists whose letters are read (`ecrit_dans`), a row a fiche.
    places: `rid`, and where all rows come from, file and line, as far as it is told.
    fillers: identifiers that too many records share to be anybody's, taken for absent.
    """

    spec: Spec
    table: pl.DataFrame
    lignes: pl.DataFrame
    values: Mapping[str, pl.Series] = field(repr=False)
    sets: Mapping[str, Codes] = field(repr=False)
    mails: pl.DataFrame = field(repr=False)
    places: pl.DataFrame = field(repr=False)
    fillers: int = 0

    @property
    def count(self) -> int:
        return self.table.height

    def codes(self, column: str) -> npt.NDArray[Any]:
        """Return a column of `table`."""
        return self.table[column].to_numpy()

    def keys(self, column: str) -> Codes:
        """Return a column of `table` as keys that `runs` brings together, 0 where absent."""
        return spread(self.codes(column).astype(np.uint64))

    def hashes(self, column: str) -> Codes:
        """Return the hash of each fiche's value, whatever others the delivery holds; 0 where absent."""
        return np.asarray(self.read(column, lambda values: values.hash(seed=TEXT)))

    def read(self, column: str, reader: Callable[[pl.Series], pl.Series]) -> npt.NDArray[Any]:
        """Return what a reader of distinct values says of each fiche's, 0 where it is absent."""
        values, numbers = self.distinct(column)
        said = reader(values)
        return np.asarray(said.set(values.is_null() | said.is_null(), 0).to_numpy()[numbers])

    def numbered(self, column: str, told: pl.Expr) -> Ids:
        """Number what an expression tells of a column's values, by fiche; 0 where it tells nothing."""
        ranked = told.rank("dense").cast(pl.UInt32)
        return self.read(column, lambda values: values.to_frame(column).select(ranked).to_series())

    def heads(self, column: str, length: int) -> Ids:
        """Number the first characters of a text column, by fiche, 0 where absent."""
        return self.numbered(column, pl.col(column).str.head(length))

    def distinct(self, column: str) -> tuple[pl.Series, npt.NDArray[Any]]:
        """Return the distinct values of a column, null first, and the place of each fiche's."""
        if column in self.values:
            return self.values[column], self.codes(column)
        found, numbers = np.unique(self.codes(column), return_inverse=True)
        if not len(found) or found[0] != 0:
            found, numbers = np.append(found.dtype.type(0), found), numbers + 1
        return pl.Series(column, found).replace(0, None), numbers

    def letters(self, column: str, fiches: npt.NDArray[Any] | None = None) -> pl.Series:
        """Return the values of a column as they are written, null where absent; by default of all fiches."""
        values, numbers = self.distinct(column)
        return values.gather(numbers if fiches is None else numbers[fiches])

    def texts(self, column: str, fiches: npt.NDArray[Any]) -> list[str]:
        """Return the letters of a text column for some fiches, absent ones as the empty string."""
        return self.letters(column, fiches).fill_null("").to_list()


def build_fiches(
    traits: Columns, spec: Spec | None = None, put: Callable[[Coded], Coded] = as_it_is
) -> Fiches:
    """Collapse the rows of `tables/traits` that say the same in the same source.

    A column of one file at a time: of rows that stand in files two of these are in memory, one a thread.

    Args:
        traits: `rid` (dense from 0), `extrait`, the columns of `spec`; a column is asked for three times.
        spec: what is compared; by default the SIEI's.
        put: where a column that is made is held (`Shelf.put`); by default where it was made.
    """
    spec = (spec or siei()).without_absent(names_in(traits, "extrait"))
    check_readings(traits, spec)
    keys, source = contents(traits, spec)
    # Records are numbered by their content, so that the order of rows and files leaves no trace.
    found = runs(keys)
    first = found.first
    rows = pl.DataFrame([traits["rid"], pl.Series("fiche", found.numbers())])
    cle = keys[first]
    del keys, found
    stand = RowsOfRecords.of(traits, first)
    coded = each(lambda c: put(code_column(c, stand, spec)), spec.columns)
    table = pl.DataFrame(
        [
            pl.Series("fiche", np.arange(len(first), dtype=np.uint32)),
            pl.Series("source", source[first]),
            *(column.numbers for column in coded),
            pl.Series("cle", cle),
        ]
    )
    table, fillers = _drop_fillers(table, spec)
    return Fiches(
        spec,
        table,
        rows,
        values={
            column.numbers.name: column.values for column in coded if column.values is not None
        },
        sets={column.numbers.name: column.table for column in coded if column.table is not None},
        mails=pl.DataFrame([column.mails for column in coded if column.mails is not None]),
        places=places_of(traits),
        fillers=fillers,
    )


def places_of(traits: Columns) -> pl.DataFrame:
    """Return where rows come from; names, of which there are few, as numbers in their order."""
    return pl.DataFrame([_few(traits, c) for c in PLACE if c in traits.schema])


def _few(traits: Columns, column: str) -> pl.Series:
    if traits.schema[column] != pl.String:
        return traits[column]
    kind = pl.Enum(sorted(names_in(traits, column)))
    return pl.concat([piece[column].cast(kind) for piece in pieces_of(traits)])


def check_readings(traits: Columns, spec: Spec) -> None:
    """Refuse rows of another declaration: other sources, no such columns, or of another type.

    Raises:
        ContractError: parts of dates are no whole numbers, or values of sets no lists; a column is
            missing; a source is not declared.
    """
    missing = [c for c in ("rid", "extrait", *spec.columns) if c not in traits.schema]
    if missing:
        raise ContractError(
            f"The rows to link lack {', '.join(missing)}: {unknown('column', missing[0], traits.schema)}.",
            remedy="Let siei_match.stages.link.read_rows read the files, or add the columns.",
        )
    others = sorted(names_in(traits, "extrait") - {*spec.sources})
    if others:
        raise ContractError(
            f"The rows to link are of {len(others)} sources that the declaration does not name: "
            f"{unknown('source', str(others[0]), spec.sources)}.",
            remedy="Name in extrait the sources as the declaration does.",
        )
    for column, reading in spec.readings.items():
        dtype = traits.schema[column]
        fits = {"date": dtype.is_integer(), "list": dtype == pl.List(pl.String)}.get(reading, True)
        if not fits:
            wanted = {"date": "a whole number", "list": "a list of texts"}[reading]
            raise ContractError(
                f"Column {column} is compared as {wanted}, and is of type {dtype}.",
                remedy="Let siei_match.stages.link.read_rows read the files, or convert the column.",
            )


def _drop_fillers(table: pl.DataFrame, spec: Spec) -> tuple[pl.DataFrame, int]:
    """Take an identifier that stands on more records than a life holds for none: it fills a column."""
    if spec.identifier is None:
        return table, 0
    column = spec.identifier.columns[0]
    codes = table[column].to_numpy()
    filled = np.bincount(codes) > spec.most_fiches
    filled[:1] = False
    if not filled.any():
        return table, 0
    kept = np.where(filled[codes], codes.dtype.type(0), codes)
    return table.with_columns(pl.Series(column, kept)), int(filled.sum())
