"""Rows of a text extract, cut by pyarrow, each with its number in the file.

pyarrow counts the rows that are not blank, the header among them, and hands those of another
number of fields to a callback with their number; it counts only when it reads in one thread. So
the numbers of the kept rows are those that no handed-over row took.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from siei_match.reference.contracts import Declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import ContractError, DeliveryError
from siei_match.reference.vocabulary import APPRENTISSAGE
from siei_match.stages.extract.columns import (
    Layout,
    declare,
    lay_out,
    read_columns,
    refuse_lone_heading,
)
from siei_match.stages.extract.headings import names_columns
from siei_match.stages.extract.limits import BLOC, check_fields, check_row, locate_runaway
from siei_match.stages.extract.records import RecordCount
from siei_match.stages.extract.streams import FIN, CheckedStream

SIFA_SEPARATORS: Final = (";", "|")
MOST_COLUMNS: Final = 1_000
MOST_SKIPPED: Final = 1_000_000
"""Rows of another number of fields that a file may have: each is remembered."""
LEAST_SKIPPED: Final = 100_000
"""So many may be half of those read or more."""


@dataclass(frozen=True)
class Format:
    """How an extract's text is cut."""

    separator: str
    cite: bool
    heading: bool


@dataclass
class RowNumbers:
    """Numbers of the rows: those handed over (the end mark among them), the next to be kept."""

    skipped: list[int] = field(default_factory=list)
    upcoming: int = 1
    seen: int = 0
    """How many of `skipped` lie before `upcoming`."""

    def take(self, hauteur: int) -> NDArray[np.uint32]:
        """Number the next rows that were kept."""
        skipped = np.asarray(self.skipped[self.seen :], dtype=np.int64)
        fin, sautes = self.upcoming + hauteur - 1, 0
        while (n := int(np.searchsorted(skipped, fin, side="right"))) != sautes:
            fin, sautes = self.upcoming + hauteur - 1 + n, n
        gates = np.ones(fin - self.upcoming + 1, dtype=bool)
        gates[skipped[:sautes] - self.upcoming] = False
        numbers = np.arange(self.upcoming, fin + 1, dtype=np.uint32)[gates]
        self.upcoming, self.seen = fin + 1, self.seen + sautes
        return numbers


class TextReading:
    """One reading of a text file: iterate over its frames.

    `skipped` numbers the rows with another number of fields, as far as the file was read.

    Raises:
        DeliveryError: while iterating, when the file is not what the contract announces.
        ContractError: a second count of its records finds another number: a defect.
    """

    def __init__(self, dossier: Path, fichier: Fichier) -> None:
        self.dossier = dossier
        self.fichier = fichier
        self.flux = CheckedStream(dossier, fichier)
        self.declared = declare(fichier)
        self.format = sniff_format(self.flux, self.declared)
        self.count = self.flux.count = RecordCount(self.format.separator, cite=self.format.cite)
        self.skipped: list[int] = []
        self.kept = 0
        self.ranks = RowNumbers()
        self.layout = Layout({column: i for i, column in enumerate(self.declared.columns)})
        self._fin: int | None = None
        self._failed: DeliveryError | None = None

    def __iter__(self) -> Iterator[pl.DataFrame]:
        try:
            for lot in self._open():
                self._raise_if_failed()
                if lot.num_rows:
                    yield self._frame(lot)
        except pa.ArrowInvalid as failure:
            raise self.flux.failed or self._failed or self._explain(failure) from None
        self._raise_if_failed()
        if self._fin is None or self._fin < self.ranks.upcoming:
            raise self._locate()
        self._check_count()
        if not (self.kept or self.skipped):
            refuse_lone_heading(self.layout, self.fichier)

    def _check_count(self) -> None:
        """Hold what was read against the second count: the heading and the end mark are records."""
        read = self.kept + len(self.skipped)
        counted = self.count.records - int(self.format.heading) - 1
        if read != counted:
            raise ContractError(
                f"{self.fichier.nom}: {read} rows were read, a second count finds {counted}.",
                remedy="This is a defect of siei-match: please report it with these counts.",
            )

    def _open(self) -> csv.CSVStreamingReader:
        heading = self.format.heading
        reader = csv.open_csv(
            pa.PythonFile(self.flux, mode="r"),
            read_options=csv.ReadOptions(
                # With several threads pyarrow does not number the rows that it hands over.
                use_threads=False,
                block_size=BLOC,
                column_names=None if heading else self.declared.columns,
            ),
            parse_options=csv.ParseOptions(
                delimiter=self.format.separator,
                quote_char='"' if self.format.cite else False,
                newlines_in_values=self.format.cite,
                invalid_row_handler=self._set_aside,
            ),
            convert_options=csv.ConvertOptions(
                default_column_type=pa.string(),
                null_values=[""],
                strings_can_be_null=True,
                # Without quotes the columns that may not be read are not even converted. With
                # them they must be, to see a quote that was left open; they go right after.
                include_columns=None if self.format.cite else read_columns(self.declared),
            ),
        )
        if heading:
            self.layout = lay_out(reader.schema.names, self.fichier)
        return reader

    def _set_aside(self, row: csv.InvalidRow) -> Literal["skip", "error"]:
        line = row.number - int(self.format.heading)
        if self._is_hopeless(line):
            return "error"
        self.ranks.skipped.append(line)
        if self._fin is not None:
            # What looked like the end mark stood within the file: a row like any other.
            self.skipped.append(self._fin)
            self._fin = None
        if row.text == FIN:
            self._fin = line
            return "skip"
        self.skipped.append(line)
        try:
            check_row(row.text, line, self.fichier, self.format.separator, cite=self.format.cite)
        except DeliveryError as failed:
            self._failed = self._failed or failed
        return "skip"

    def _is_hopeless(self, line: int) -> bool:
        """Give up a file whose rows are not cut as its extract's: it may have no end."""
        n = len(self.skipped)
        if n <= LEAST_SKIPPED or (n <= MOST_SKIPPED and 2 * n <= line):
            return False
        self._failed = self._failed or DeliveryError(
            f"{self.fichier.nom}: {n} of its first {line} rows have another number of fields "
            "than it has columns.",
            remedy="Look at its separator, or ask its provider for a new file.",
            code="decoupage",
        )
        return True

    def _frame(self, lot: pa.RecordBatch) -> pl.DataFrame:
        if self.format.heading:
            # Headings may stand twice: those that are read have their column's name, others their place.
            lot = pa.RecordBatch.from_arrays(lot.columns, self.layout.names(lot.num_columns))
        frame = pl.DataFrame(pl.from_arrow(lot))
        self.kept += frame.height
        frame = frame.with_columns(pl.Series("ligne", self.ranks.take(frame.height)))
        check_fields(frame, self.fichier)
        return self.layout.select(frame, read_columns(self.declared))

    def _raise_if_failed(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _explain(self, failure: pa.ArrowInvalid) -> DeliveryError:
        if "straddl" in str(failure):
            return self._locate()
        return DeliveryError(
            f"{self.fichier.nom}: its rows cannot be told apart.",
            remedy=f"It must be text separated by `{self.format.separator}`, as schemas/extraits/"
            f"{self.fichier.extrait}.json says; set separateur in campagne.toml if it is another.",
            code="decoupage",
        )

    def _locate(self) -> DeliveryError:
        with CheckedStream(self.dossier, self.fichier) as flux:
            return locate_runaway(
                flux, self.format.separator, cite=self.format.cite, heading=self.format.heading
            )


def sniff_format(flux: CheckedStream, declared: Declaration) -> Format:
    """Say how a file is cut: `;` or as described, header and quotes.

    SIFA has neither, and `;` or `|`, unless its file is described or its first line names its columns.

    Raises:
        DeliveryError: the file holds nothing, or its first line more fields than any extract has.
    """
    premiere = flux.peek_line()
    if premiere is None or not premiere.strip():
        raise DeliveryError(
            f"{flux.fichier.nom}: the file is empty.",
            remedy="Copy it again; a delivery without rows has at least its header.",
            code="fichier_vide",
        )
    name = declared.name
    separator: str = flux.fichier.separateur or ";"
    if name == APPRENTISSAGE and flux.fichier.separateur is None:
        separator = max(SIFA_SEPARATORS, key=lambda s: premiere.count(s.encode()))
    if premiere.count(separator.encode()) >= MOST_COLUMNS:
        # pyarrow would take minutes and gigabytes to say so.
        raise DeliveryError(
            f"{flux.fichier.nom}: its first line has more than {MOST_COLUMNS} fields, where "
            f"{name} has {len(declared.columns)}.",
            remedy="Ask its provider for a new file.",
            code="decoupage",
        )
    fields = premiere.decode("utf-8", "replace").split(separator)
    described = bool(flux.fichier.colonnes) or names_columns(fields, name)
    if name == APPRENTISSAGE and not described:
        return Format(separator, cite=False, heading=False)
    return Format(separator, cite=True, heading=True)
