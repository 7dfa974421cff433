"""One reading of a workbook: the sheet that has the extract's headings, row by row."""

import logging
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.archives import Archive, open_archive
from siei_match.stages.extract.columns import Layout, lay_out
from siei_match.stages.extract.headings import fold, readable_columns, required_columns
from siei_match.stages.extract.limits import check_fields
from siei_match.stages.extract.workbooks.grid import PART, Row, Rows
from siei_match.stages.extract.workbooks.open_document import OpenDocument
from siei_match.stages.extract.workbooks.xlsx import Xlsx

logger = logging.getLogger(__name__)

LOT: Final = 20_000
"""Rows of a part."""
TITLES: Final = 30
"""Rows in which a sheet's headings may stand: above them stand titles and dates."""
WIDTHS: Final = {"mef": 11, "diplome": 8, "commune": 5, "code_postal": 5, "pays_trois_chiffres": 3}
"""Figures of a code by its kind: a number that is shorter has lost its zeros."""
_NUMBER: Final = "^[0-9]+$"


class WorkbookReading:
    """Iterate over the frames of a workbook: `ligne` and the columns that are read, all text.

    Raises:
        DeliveryError: while iterating, when the file is not what the contract or its description
            announces, or asks for more than a sheet may hold.
    """

    def __init__(self, dossier: Path, fichier: Fichier) -> None:
        self.dossier, self.fichier = dossier, fichier
        self.columns = readable_columns(fichier.extrait)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        with open_archive(self.dossier, self.fichier) as archive:
            book = open_book(archive)
            rows = self._choose(book)
            try:
                heading, after = _find_heading(rows, self.fichier)
                layout = lay_out(_texts(heading), self.fichier)
                yield from self._frames(after, layout)
            finally:
                rows.close()

    def _choose(self, book: Xlsx | OpenDocument) -> "_SheetRows":
        """Open the sheet that the description names, else the first that has the headings."""
        named = self.fichier.feuille
        if named is not None:
            wanted = [rank for rank, name in enumerate(book.sheets) if fold(name) == fold(named)]
            exact = [rank for rank in wanted if book.sheets[rank].strip() == named.strip()]
            if len(exact or wanted) != 1:
                raise DeliveryError(
                    f"{self.fichier.nom}: of its {len(book.sheets)} sheets, {len(exact or wanted)} have the "
                    f"name that campagne.toml says ({named}).",
                    remedy="Correct feuille in campagne.toml; the sheet's name stands on its tab.",
                    code="colonnes",
                )
            return _SheetRows(book, (exact or wanted)[0], self.fichier)
        for rank in range(len(book.sheets)):
            rows = _SheetRows(book, rank, self.fichier)
            if _has_headings(rows.peek(), self.fichier):
                return rows
            rows.close()
        if not book.sheets:
            raise DeliveryError(
                f"{self.fichier.nom}: it has no sheet.",
                remedy="Ask its provider for it again.",
                code="fichier_vide",
            )
        return _SheetRows(book, 0, self.fichier)

    def _frames(self, rows: Iterator[Row], layout: Layout) -> Iterator[pl.DataFrame]:
        first, waiting = 1, list[Row]()
        letters = 0
        for row in chain(rows, [None]):
            if row is not None:
                waiting.append(row)
                letters += sum(map(len, row.values()))
            if waiting and (row is None or len(waiting) >= LOT or letters > PART):
                yield self._frame(waiting, layout, first)
                first, waiting, letters = first + len(waiting), [], 0

    def _frame(self, rows: Sequence[Row], layout: Layout, first: int) -> pl.DataFrame:
        frame = pl.DataFrame(
            {c: [row.get(place) for row in rows] for c, place in layout.places.items()},
            schema=dict.fromkeys(layout.places, pl.String),
        )
        frame = frame.with_columns(_padded(self.fichier.extrait, list(layout.places)))
        numbered = frame.with_row_index("ligne", offset=first)
        check_fields(numbered, self.fichier)
        return layout.select(numbered, self.columns)


class _SheetRows:
    """The rows of one sheet that are not blank, of which the first may be looked at beforehand."""

    def __init__(self, book: Xlsx | OpenDocument, rank: int, fichier: Fichier) -> None:
        self._rows = Rows(fichier, book.archive.most)
        self._pauses = book.read(rank, self._rows)
        self._ahead: list[Row] = []
        self._ended = False

    def peek(self) -> list[Row]:
        """Return the first rows without taking them."""
        while len(self._ahead) < TITLES and not self._ended:
            self._read()
        return self._ahead[:TITLES]

    def _read(self) -> None:
        if next(self._pauses, self) is self:
            self._ended = True
            self._rows.check_whole()
        self._ahead += self._rows.take()

    def __iter__(self) -> Iterator[Row]:
        while self._ahead or not self._ended:
            rows, self._ahead = self._ahead, []
            yield from rows
            if not self._ended:
                self._read()

    def close(self) -> None:
        """Leave the sheet where it is."""
        self._pauses.close()  # type: ignore[attr-defined]


def open_book(archive: Archive) -> Xlsx | OpenDocument:
    """Open a workbook by the end of its name."""
    is_open = archive.fichier.nom.lower().endswith(".ods")
    return OpenDocument(archive) if is_open else Xlsx(archive)


def list_headings(dossier: Path, fichier: Fichier) -> Iterator[tuple[str, list[str]]]:
    """Give what may be the headings of each sheet: its name, and its widest row among the first.

    Raises:
        DeliveryError: the workbook cannot be read.
    """
    with open_archive(dossier, fichier) as archive:
        book = open_book(archive)
        for rank, name in enumerate(book.sheets):
            rows = _SheetRows(book, rank, fichier)
            widest = max(rows.peek(), key=len, default={})
            rows.close()
            yield name, _texts(widest)


def _find_heading(rows: _SheetRows, fichier: Fichier) -> tuple[Row, Iterator[Row]]:
    """Return the row of headings, and an iterator over those below it."""
    first = rows.peek()
    if not first:
        raise DeliveryError(
            f"{fichier.nom}: its sheet is empty.",
            remedy="Copy it again; a delivery without rows has at least its header.",
            code="fichier_vide",
        )
    place = next((i for i, row in enumerate(first) if _has_headings([row], fichier)), 0)
    every = iter(rows)
    for _ in range(place):
        next(every)
    return next(every), every


def _has_headings(rows: Sequence[Row], fichier: Fichier) -> bool:
    """Whether one of these rows names half of the columns of the extract, as they are described."""
    columns = required_columns(fichier.extrait)
    wanted = {fold(fichier.colonnes.get(column) or column) for column in columns}
    return any(2 * len(wanted & set(map(fold, row.values()))) >= len(wanted) for row in rows)


def _texts(row: Row) -> list[str]:
    return [row.get(column, "") for column in range(max(row, default=-1) + 1)]


def _padded(extrait: str, columns: Sequence[str]) -> Iterator[pl.Expr]:
    """Give codes of a known width the zeros that they lost where they were typed as numbers."""
    for described in declaration(f"extraits/{extrait}").fields:
        said, name = described["siei"], described["name"]
        width = said.get("largeur") or WIDTHS.get(said["kind"], 0)
        if width and name in columns:
            value = pl.col(name)
            yield pl.when(value.str.contains(_NUMBER)).then(value.str.zfill(width)).otherwise(value)
