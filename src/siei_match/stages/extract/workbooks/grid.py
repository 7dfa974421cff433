"""The rows of a sheet as they are read: values by column, until a part of them is full."""

from typing import Final

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.streams import swollen

MOST_COLUMNS: Final = 1_000
MOST_ROWS: Final = 1 << 20
"""Rows of a sheet in every spreadsheet that we know."""
PART: Final = 1 << 26
"""Letters that rows may hold before they are handed on."""

Row = dict[int, str]
"""What the cells of a row say, by their column from 0; an empty cell is not there."""


class Rows:
    """Receives the rows of a sheet, and hands them on by parts. Blank rows are no rows.

    A sheet may say a text once and show it in a million cells: what is shown keeps to `most` letters, as what
    is unfolded does.
    """

    def __init__(self, fichier: Fichier, most: int) -> None:
        self.fichier, self._left = fichier, most
        self.rows: list[Row] = []
        self.letters = 0
        self.count = 0
        self.without_value = 0
        """Cells that hold a formula and no value."""
        self.merged = 0
        """Ranges of cells that stand as one over several rows."""

    def add(self, row: Row) -> None:
        """Take a row."""
        if not row:
            return
        self.count += 1
        if self.count > MOST_ROWS:
            raise self._refuse(f"more than {MOST_ROWS} rows")
        self.rows.append(row)
        letters = sum(map(len, row.values()))
        self.letters += letters
        self._left -= letters
        if self._left < 0:
            raise swollen(self.fichier)

    def check_column(self, column: int) -> None:
        """Refuse a sheet that is wider than any extract."""
        if column >= MOST_COLUMNS:
            raise self._refuse(f"more than {MOST_COLUMNS} columns")

    def take(self) -> list[Row]:
        """Hand on the rows that were read since the last time."""
        rows, self.rows, self.letters = self.rows, [], 0
        return rows

    def check_whole(self) -> None:
        """Refuse a sheet whose cells do not say what they seem to, once it is read to its end.

        Raises:
            DeliveryError: formulas were never computed, or cells are merged over rows.
        """
        if self.without_value:
            raise DeliveryError(
                f"{self.fichier.nom}: {self.without_value} cells hold a formula without its value.",
                remedy="Open it in a spreadsheet and save it again, or paste the values alone.",
                code="type_de_colonne",
            )
        if self.merged:
            raise DeliveryError(
                f"{self.fichier.nom}: {self.merged} groups of cells are merged over several rows: only "
                "the first row has their value.",
                remedy="Undo the merging (and fill each row), or ask its provider for CSV.",
                code="type_de_colonne",
            )

    def _refuse(self, what: str) -> DeliveryError:
        return DeliveryError(
            f"{self.fichier.nom}: its sheet has {what}.",
            remedy="Remove what stands far outside the table, or deliver it as CSV or Parquet.",
            code="volume",
        )
