"""Sheets of an .ods: OpenDocument (ISO/IEC 26300), its one content.xml."""

from collections.abc import Iterator
from typing import Final

from siei_match.stages.extract.archives import Archive
from siei_match.stages.extract.workbooks.cells import tell_number
from siei_match.stages.extract.workbooks.grid import MOST_COLUMNS, MOST_ROWS, Row, Rows
from siei_match.stages.extract.xml import LONGEST_TEXT, parse_xml

CONTENT: Final = "content.xml"
CELLS: Final = ("table-cell", "covered-table-cell")
_BLANKS: Final = {"tab": " ", "line-break": "\n"}


class _Content:
    """Reads one sheet into rows, or the names of all of them where no rank is given."""

    def __init__(self, rank: int | None, rows: Rows | None) -> None:
        self.sheets: list[str] = []
        self._wanted, self._rows = rank, rows
        self._row: Row = {}
        self._column = self._repeated = self._again = 0
        self._attributes: dict[str, str] = {}
        self._parts: list[str] = []
        self._reading = self._in_text = False
        self._aside = 0
        self._paragraphs = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            self._reading = len(self.sheets) == self._wanted
            self.sheets.append(attributes.get("table:name", ""))
        elif not self._reading or self._rows is None:
            return
        elif name == "annotation":
            self._aside += 1
        elif name == "table-row":
            self._row, self._column = {}, 0
            self._again = _count(attributes, "table:number-rows-repeated")
        elif name in CELLS:
            self._repeated = _count(attributes, "table:number-columns-repeated")
            self._attributes, self._parts, self._paragraphs = attributes, [], 0
            self._rows.merged += attributes.get("table:number-rows-spanned", "1") != "1"
        elif name == "p" and not self._aside:
            self._in_text = True
            self._parts += ["\n"] if self._paragraphs else []
            self._paragraphs += 1
        elif self._in_text:
            self._blank(name, attributes)

    def _blank(self, name: str, attributes: dict[str, str]) -> None:
        if name == "s":
            self._parts.append(" " * min(_count(attributes, "text:c"), MOST_COLUMNS))
        else:
            self._parts.append(_BLANKS.get(name, ""))

    def end(self, name: str) -> None:
        if name == "table":
            self._reading = False
        elif not self._reading or self._rows is None:
            return
        elif name == "annotation":
            self._aside -= 1
        elif name == "p":
            self._in_text = False
        elif name in CELLS:
            self._add_cell(self._rows)
        elif name == "table-row" and self._row:
            # What repeats a row more often than a sheet has some is refused at the first too many.
            for _ in range(min(self._again, MOST_ROWS + 1)):
                self._rows.add(self._row)

    def text(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)

    def _add_cell(self, rows: Rows) -> None:
        value = self._value()
        if value:
            rows.check_column(self._column + self._repeated - 1)
            for column in range(self._column, self._column + self._repeated):
                self._row[column] = value
        elif "table:formula" in self._attributes and not self._attributes.get("office:value-type"):
            rows.without_value += 1
        self._column += self._repeated

    def _value(self) -> str:
        said, shown = self._attributes, "".join(self._parts)[:LONGEST_TEXT]
        kind = said.get("office:value-type")
        if kind == "date":
            return said.get("office:date-value", shown).replace("T00:00:00", "").replace("T", " ")
        if kind in {"float", "percentage", "currency"}:
            value = tell_number(said.get("office:value", shown))
            plain = shown.replace(" ", "")
            # A number that is shown with its zeros is a code.
            return plain if plain.isdigit() and plain.lstrip("0") == value.lstrip("0") else value
        return shown or said.get("office:string-value", "")


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return min(int(text), 1 << 31) if text.isdigit() and len(text) < MOST_COLUMNS else 1


class OpenDocument:
    """An .ods that is open: the names of its sheets, and each one's rows."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        names = _Content(None, None)
        for _ in self._parse(names):
            pass
        self.sheets = names.sheets

    def read(self, rank: int, rows: Rows) -> Iterator[None]:
        """Read a sheet into `rows`, pausing now and then."""
        yield from self._parse(_Content(rank, rows))

    def _parse(self, handler: _Content) -> Iterator[None]:
        with self.archive.open(CONTENT) as member:
            yield from parse_xml(member, handler, self.archive.fichier.nom)
