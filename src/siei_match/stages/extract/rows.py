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
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.columns import check_columns, declare, read_columns
from siei_match.stages.extract.limits import BLOC, check_fields, check_row, locate_runaway
from siei_match.stages.extract.streams import FIN, CheckedStream

SIFA_SEPARATEURS: Final = (";", "|")
COLONNES_MAX: Final = 1_000
ECARTES_MAX: Final = 1_000_000
"""Rows of another number of fields that a file may have: each is remembered."""
ECARTES_MIN: Final = 100_000
"""So many may be half of those read or more."""


@dataclass(frozen=True)
class Format:
    """How an extract's text is cut."""

    separateur: str
    cite: bool
    entete: bool


@dataclass
class Rangs:
    """Numbers of the rows: those handed over (the end mark among them), the next to be kept."""

    ecartes: list[int] = field(default_factory=list)
    prochain: int = 1
    vus: int = 0
    """How many of `ecartes` lie before `prochain`."""

    def take(self, hauteur: int) -> NDArray[np.uint32]:
        """Number the next rows that were kept."""
        ecartes = np.asarray(self.ecartes[self.vus :], dtype=np.int64)
        fin, sautes = self.prochain + hauteur - 1, 0
        while (n := int(np.searchsorted(ecartes, fin, side="right"))) != sautes:
            fin, sautes = self.prochain + hauteur - 1 + n, n
        gardes = np.ones(fin - self.prochain + 1, dtype=bool)
        gardes[ecartes[:sautes] - self.prochain] = False
        numeros = np.arange(self.prochain, fin + 1, dtype=np.uint32)[gardes]
        self.prochain, self.vus = fin + 1, self.vus + sautes
        return numeros


class TextReading:
    """One reading of a text file: iterate over its frames.

    `ecartes` numbers the rows with another number of fields, as far as the file was read.

    Raises:
        DeliveryError: while iterating, when the file is not what the contract announces.
    """

    def __init__(self, dossier: Path, fichier: Fichier) -> None:
        self.dossier = dossier
        self.fichier = fichier
        self.flux = CheckedStream(dossier, fichier)
        self.declared = declare(fichier)
        self.format = sniff_format(self.flux, self.declared)
        self.ecartes: list[int] = []
        self.rangs = Rangs()
        self._fin: int | None = None
        self._echec: DeliveryError | None = None

    def __iter__(self) -> Iterator[pl.DataFrame]:
        try:
            for lot in self._open():
                self._raise_if_failed()
                if lot.num_rows:
                    yield self._frame(lot)
        except pa.ArrowInvalid as failure:
            raise self.flux.echec or self._echec or self._explain(failure) from None
        self._raise_if_failed()
        if self._fin is None or self._fin < self.rangs.prochain:
            raise self._locate()

    def _open(self) -> csv.CSVStreamingReader:
        entete = self.format.entete
        lecteur = csv.open_csv(
            pa.PythonFile(self.flux, mode="r"),
            read_options=csv.ReadOptions(
                # With several threads pyarrow does not number the rows that it hands over.
                use_threads=False,
                block_size=BLOC,
                column_names=None if entete else self.declared.columns,
            ),
            parse_options=csv.ParseOptions(
                delimiter=self.format.separateur,
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
        if entete:
            check_columns(lecteur.schema.names, self.fichier, expected=self.declared.columns)
        return lecteur

    def _set_aside(self, row: csv.InvalidRow) -> Literal["skip", "error"]:
        ligne = row.number - int(self.format.entete)
        if self._is_hopeless(ligne):
            return "error"
        self.rangs.ecartes.append(ligne)
        if self._fin is not None:
            # What looked like the end mark stood within the file: a row like any other.
            self.ecartes.append(self._fin)
            self._fin = None
        if row.text == FIN:
            self._fin = ligne
            return "skip"
        self.ecartes.append(ligne)
        try:
            check_row(row.text, ligne, self.fichier, self.format.separateur, cite=self.format.cite)
        except DeliveryError as echec:
            self._echec = self._echec or echec
        return "skip"

    def _is_hopeless(self, ligne: int) -> bool:
        """Give up a file whose rows are not cut as its extract's: it may have no end."""
        n = len(self.ecartes)
        if n <= ECARTES_MIN or (n <= ECARTES_MAX and 2 * n <= ligne):
            return False
        self._echec = self._echec or DeliveryError(
            f"{self.fichier.nom}: {n} of its first {ligne} rows have another number of fields "
            "than it has columns.",
            remedy="Look at its separator, or ask its provider for a new file.",
        )
        return True

    def _frame(self, lot: pa.RecordBatch) -> pl.DataFrame:
        frame = pl.DataFrame(pl.from_arrow(lot))
        frame = frame.with_columns(pl.Series("ligne", self.rangs.take(frame.height)))
        check_fields(frame, self.fichier)
        return frame.select("ligne", *read_columns(self.declared))

    def _raise_if_failed(self) -> None:
        if self._echec is not None:
            raise self._echec

    def _explain(self, failure: pa.ArrowInvalid) -> DeliveryError:
        if "straddl" in str(failure):
            return self._locate()
        return DeliveryError(
            f"{self.fichier.nom}: its rows cannot be told apart.",
            remedy=f"It must be text separated by `;`, as schemas/extraits/{self.fichier.extrait}"
            ".json says.",
        )

    def _locate(self) -> DeliveryError:
        with CheckedStream(self.dossier, self.fichier) as flux:
            return locate_runaway(
                flux, self.format.separateur, cite=self.format.cite, entete=self.format.entete
            )


def sniff_format(flux: CheckedStream, declared: Declaration) -> Format:
    """Say how a file is cut: `;`, header and quotes, but SIFA, which has neither, and `;` or `|`.

    Raises:
        DeliveryError: the file holds nothing, or its first line more fields than any extract has.
    """
    premiere = flux.peek_line()
    if premiere is None or not premiere.strip():
        raise DeliveryError(
            f"{flux.fichier.nom}: the file is empty.",
            remedy="Copy it again; a delivery without rows has at least its header.",
        )
    separateur = max(SIFA_SEPARATEURS, key=lambda s: premiere.count(s.encode()))
    if premiere.count(separateur.encode()) >= COLONNES_MAX:
        # pyarrow would take minutes and gigabytes to say so.
        raise DeliveryError(
            f"{flux.fichier.nom}: its first line has more than {COLONNES_MAX} fields, where "
            f"{declared.name} has {len(declared.columns)}.",
            remedy="Ask its provider for a new file.",
        )
    if declared.name != "apprentissage":
        return Format(";", cite=True, entete=True)
    return Format(separateur, cite=False, entete=False)
