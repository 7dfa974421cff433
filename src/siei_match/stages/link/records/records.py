"""Rows become records (*fiches*): one per distinct content of a source, in integers.

Most people stand several times in a source with the same words. Comparing each distinct
content once is the cheapest trick of all, and it makes the result independent of row order.
A text becomes its 64-bit hash, enough where only equality matters: among ten million distinct
values two collide with a chance of 3 in a million. The letters stay in the rows, for those who
compare them.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import TEXT, Runs, runs
from siei_match.reference.errors import ContractError
from siei_match.reference.parallel import each
from siei_match.stages.link.declared.faults import unknown
from siei_match.stages.link.declared.spec import Spec, siei

Ids = npt.NDArray[np.uint32]
Codes = npt.NDArray[np.uint64]
PLACE: Final = ("rid", "extrait", "fichier", "ligne")
MOST_FICHES: Final = 60
"""No one has more distinct records than this in two school years of all sources."""


@dataclass(frozen=True)
class Fiches:
    """Distinct records of a campaign.

    table: one row per fiche, column `fiche` dense from 0, ordered by content; `source` is the
        place of the extract in `spec.sources`; the columns of `spec`, texts and lists of texts as
        hashes (UInt64), 0 where absent, never null; `cle`, the hash of all of it.
    lignes: `rid` → `fiche`.
    rows: a row for each fiche, for the letters of texts; `premiere`: its place in `rows`.
    places: `rid`, and where all rows come from, file and line, as far as it is told.
    fillers: identifiers that too many records share to be anybody's, taken for absent.
    """

    spec: Spec
    table: pl.DataFrame
    lignes: pl.DataFrame
    rows: pl.DataFrame = field(repr=False)
    premiere: npt.NDArray[np.int64] = field(repr=False)
    places: pl.DataFrame = field(repr=False)
    fillers: int = 0
    _lists: dict[str, npt.NDArray[np.uint64]] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        return self.table.height

    def codes(self, column: str) -> npt.NDArray[Any]:
        """Return a column of `table`."""
        return self.table[column].to_numpy()

    def texts(self, column: str, fiches: npt.NDArray[Any]) -> list[str]:
        """Return the letters of a text column for some fiches, absent ones as the empty string."""
        return self.rows[column].gather(self.premiere[fiches]).fill_null("").to_list()

    def lists(self, column: str) -> npt.NDArray[np.uint64]:
        """Return the hashes of the values of a list column, a row a fiche, 0 where no more."""
        if column not in self._lists:
            self._lists[column] = table_of_lists(self.rows[column])[self.premiere]
        return self._lists[column]

    def held(self, column: str) -> tuple[Runs, npt.NDArray[np.uint32]]:
        """Return the fiches of each value of a column, and the number of its run, absent or not."""
        found = runs(self.codes(column).astype(np.uint64))
        return found, found.numbers()


def build_fiches(traits: pl.DataFrame, spec: Spec | None = None) -> Fiches:
    """Collapse the rows of `tables/traits` that say the same in the same source.

    Args:
        traits: `rid` (dense from 0), `extrait`, the columns of `spec`.
        spec: what is compared; by default the SIEI's.
    """
    spec = (spec or siei()).without_absent(set(traits["extrait"].unique()))
    coded = _code(traits, spec)
    content = [c for c in coded.columns if c != "rid"]
    keys = coded.select(_mixed(content)).to_series().to_numpy()
    # Records are numbered by their content, so that the order of rows and files leaves no trace.
    found = runs(keys)
    first = found.first
    table = pl.DataFrame(
        [
            pl.Series("fiche", np.arange(len(first), dtype=np.uint32)),
            *each(lambda c: pl.Series(c, coded[c].to_numpy()[first]), content),
            pl.Series("cle", keys[first]),
        ]
    )
    rows = pl.DataFrame([coded["rid"], pl.Series("fiche", found.numbers())])
    # The codes of all rows are the largest of all: those of records are enough from here on.
    coded = coded.clear()
    table, fillers = _drop_fillers(table, spec)
    letters = pl.DataFrame(each(lambda c: own_copy(traits[c].gather(first)), spec.columns))
    itself = np.arange(len(first))
    return Fiches(spec, table, rows, letters, itself, places_of(traits), fillers)


def places_of(traits: pl.DataFrame) -> pl.DataFrame:
    """Return where rows come from; names, of which there are few, as numbers in their order."""
    told = traits.select(c for c in PLACE if c in traits.columns)
    names = {
        c: told[c].unique().drop_nulls().sort() for c in told.columns if told[c].dtype == pl.String
    }
    return told.with_columns(pl.col(c).cast(pl.Enum(found)) for c, found in names.items())


def own_copy(values: pl.Series) -> pl.Series:
    """Return texts that hold on to no other text: what is gathered shares the memory of all."""
    if values.dtype not in (pl.String, pl.List(pl.String)):
        return values
    oldest = values.to_arrow(compat_level=pl.CompatLevel.oldest())
    return pl.Series(values.name, oldest, dtype=values.dtype)


def table_of_lists(lists: pl.Series) -> npt.NDArray[np.uint64]:
    """Return the hashes of the values of each list, one row a list, 0 where there are no more."""
    lengths = lists.list.len().fill_null(0).to_numpy().astype(np.int64)
    table = np.zeros((len(lists), max(1, int(lengths.max(initial=0)))), dtype=np.uint64)
    rows = np.repeat(np.arange(len(lists)), lengths)
    places = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    values = lists.filter(pl.Series(lengths > 0)).explode()
    table[rows, places] = values.hash(seed=TEXT).to_numpy()
    return table


def _code(traits: pl.DataFrame, spec: Spec) -> pl.DataFrame:
    """Return `rid`, `source` and the columns of the traits, texts as hashes."""
    check_readings(traits, spec)
    columns = []
    for column in spec.columns:
        value = pl.col(column)
        if traits.schema[column] == pl.List(pl.String):
            value = pl.when(value.list.len() > 0).then(value.hash(seed=TEXT))
        elif not traits.schema[column].is_integer():
            value = pl.when(value.is_not_null()).then(value.cast(pl.String).hash(seed=TEXT))
        columns.append(value.fill_null(0).alias(column))
    names = list(spec.sources)
    source = pl.col("extrait").replace_strict(names, range(len(names)), return_dtype=pl.UInt8)
    return traits.select("rid", source.alias("source"), *columns)


def check_readings(traits: pl.DataFrame, spec: Spec) -> None:
    """Refuse rows of another declaration: other sources, no such columns, or of another type.

    Raises:
        ContractError: parts of dates are no whole numbers, or values of sets no lists; a column is
            missing; a source is not declared.
    """
    missing = [c for c in ("rid", "extrait", *spec.columns) if c not in traits.columns]
    if missing:
        raise ContractError(
            f"The rows to link lack {', '.join(missing)}: {unknown('column', missing[0], traits.columns)}.",
            remedy="Let siei_match.stages.link.read_rows read the files, or add the columns.",
        )
    others = sorted(
        {*traits["extrait"].unique().drop_nulls().cast(pl.String).to_list()} - {*spec.sources}
    )
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


def _mixed(columns: list[str]) -> pl.Expr:
    """Return one hash of several columns."""
    mixed = pl.lit(0, pl.UInt64)
    for place, column in enumerate(columns, start=1):
        mixed = mixed ^ pl.col(column).hash(seed=place)
    return mixed


def _drop_fillers(table: pl.DataFrame, spec: Spec) -> tuple[pl.DataFrame, int]:
    """Take an identifier that stands on more records than a life holds for none: it fills a column."""
    if spec.identifier is None:
        return table, 0
    column = spec.identifier.columns[0]
    codes = table[column].to_numpy()
    found = runs(codes)
    filled = (found.lengths > MOST_FICHES) & (codes[found.first] != 0)
    if not filled.any():
        return table, 0
    kept = np.where(filled[found.numbers()], 0, codes)
    return table.with_columns(pl.Series(column, kept)), int(filled.sum())
