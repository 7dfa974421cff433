"""A platform's list as a workbook to work in: names and phones first, codes last and narrow."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from siei_match.output import CampaignFolder
from siei_match.output.workbook import write_workbook
from siei_match.reference.contracts import declaration
from siei_match.reference.french import french_partial_dates
from siei_match.stages.publish.answer_columns import COLUMNS, add_sheets, lay_out, offer_choices
from siei_match.stages.publish.contact_sheet import add_contacts

WIDTH_MIN, WIDTH_MAX = 6, 32
"""Characters: longer texts go on below, in the same cell."""
NARROW: Final = 9
"""Characters of what is copied more than read: identifiers and codes."""
FROZEN: Final = {"nom_naissance": 17, "prenoms": 15, "telephones": 16}
"""Never scrolled, repeated on each printed page: 352 pixels of a screen of 1,366, under a third."""
FIRST: Final = ("responsable_nom", "responsable_telephone", "age", "public", "situation")
"""After the names, before the answer: whom else to call, and who comes first."""
LAST: Final = ("sexe", "campagne", "psad", "dernier_uai", "ine", "id_signalement")
"""At the end, `NARROW`."""
LINE: Final = 15
"""Points of a line of text, in the default font."""
PAGES: Final = 4
"""A4 pages beside each other for all columns: about 8 points high on paper."""
CALLED: Final = ("telephones", "responsable_telephone")
"""Each number on a line of its own: cut in two, one calls it wrong."""
DAYS: Final = ("date_naissance", "date_sortie", "date_retour")


@dataclass(frozen=True)
class _Style:
    """The formats of a workbook's cells."""

    heading: Any
    answer: Any
    text: Any
    cut: Any
    day: Any
    number: Any


def render_list(
    campaign: CampaignFolder,
    psad: str,
    *,
    answers: bool = True,
    platforms: Mapping[str, str] | None = None,
) -> bytes:
    """Return the workbook of a platform's list.

    Raises:
        OutputError: the list is missing or damaged.
    """
    title = f"Liste {campaign.code} – {psad}"
    return render_xlsx(
        campaign.list(psad), title, answers=answers, platforms=platforms,
        contacts=campaign.contacts(psad),
    )  # fmt: skip


def render_xlsx(
    liste: pl.DataFrame,
    title: str,
    *,
    answers: bool = True,
    platforms: Mapping[str, str] | None = None,
    contacts: pl.DataFrame | None = None,
) -> bytes:
    """Return a list as a workbook to work in; the same arguments give the same bytes.

    Texts are text cells, so nothing is guessed: leading zeros stay and no formula ever runs. Who is to
    be called first stands first.

    Args:
        liste: tables/liste.
        title: of the document.
        answers: with the columns in which the platform answers.
        platforms: the names of those to whom somebody can be handed over, by their code.
        contacts: tables/coordonnees_liste of the list, on a sheet of their own.
    """
    ordered = _sort(liste)

    def fill(book: Any) -> None:
        _fill(book, ordered, answers, platforms or {})
        if contacts is not None and contacts.height:
            add_contacts(book, ordered, contacts)

    return write_workbook(
        fill,
        title=title,
        subject="Sortants sans diplôme",
    )


def order_columns(columns: Sequence[str], *, answers: bool) -> list[str]:
    """Return the columns as the workbook has them: to call, to answer, to know, to copy."""
    opening = [*FROZEN, *FIRST, *(COLUMNS if answers else ())]
    middle = [c for c in columns if c not in (*opening, *LAST)]
    return [*opening, *middle, *LAST]


def _sort(liste: pl.DataFrame) -> pl.DataFrame:
    """Sort by what to do first, as the page does: minors, the new, those who left last."""
    minor = pl.col("public") == "obligation_formation"
    new = pl.col("premier_signalement") >= pl.col("campagne")
    return liste.sort(
        minor, new, "date_sortie", "nom_naissance", "prenoms", "id_signalement",
        descending=[True, True, True, False, False, False], nulls_last=True,
    )  # fmt: skip


def _fill(
    book: Any,
    liste: pl.DataFrame,
    answers: bool,
    platforms: Mapping[str, str],
) -> None:
    sheet = book.add_worksheet("Liste")
    style = _make_style(book)
    described = {f["name"]: f["description"] for f in declaration("tables/liste").fields}
    described |= {name: meaning for name, (_, meaning) in COLUMNS.items()}
    filled = _values(liste)
    columns = order_columns(liste.columns, answers=answers)
    lines = [1] * liste.height
    for at, name in enumerate(columns):
        values = filled.get(name, [None] * liste.height)
        width = _width(name, values)
        cell = _cell_style(style, name, liste.schema.get(name, pl.String))
        if cell is style.text:
            lines = [max(n, _lines(v, width)) for n, v in zip(lines, values, strict=True)]
        sheet.set_column(at, at, width, cell)
        sheet.write_string(0, at, name, style.answer if name in COLUMNS else style.heading)
        sheet.write_comment(0, at, described.get(name, name), {"author": "siei-match"})
        for row, value in enumerate(values, start=1):
            _write(sheet, row, at, value, cell)
    # Said, not left to the spreadsheet: LibreOffice would print the lines one over the other.
    for row, n in enumerate(lines, start=1):
        sheet.set_row(row, LINE * n)
    sheet.autofilter(0, 0, max(liste.height, 1), len(columns) - 1)
    if answers and liste.height:
        offer_choices(sheet, liste.height, columns.index("retour"))
    add_sheets(book, style.heading, answers=answers, platforms=platforms)
    _lay_out(sheet)


def _make_style(book: Any) -> _Style:
    heading = {"bold": True, "bottom": 1, "valign": "top"}
    text = {"num_format": "@", "valign": "top"}
    return _Style(
        book.add_format({**heading, "bg_color": "#DDE5EE"}),
        book.add_format({**heading, "bg_color": "#FFF2CC"}),
        book.add_format({**text, "text_wrap": True}),
        book.add_format(text),
        book.add_format({"num_format": "dd/mm/yyyy", "align": "left", "valign": "top"}),
        # A number on the right of its cell would touch the text of the next: 17 41 rue de Paris.
        book.add_format({"num_format": "0", "align": "center", "valign": "top"}),
    )


def _cell_style(style: _Style, name: str, kind: Any) -> Any:
    if name in DAYS:
        return style.day
    if name in LAST:
        return style.cut
    return style.text if kind == pl.String else style.number


def _write(sheet: Any, row: int, at: int, value: Any, style: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, at, value, style)
    elif isinstance(value, int):
        sheet.write_number(row, at, value, style)
    elif value is not None:
        sheet.write_string(row, at, value, style)


def _values(liste: pl.DataFrame) -> dict[str, list[Any]]:
    """Return the values of each column: whole dates of birth are dates, partial ones texts."""
    whole = pl.col("date_naissance").str.to_date("%Y-%m-%d", strict=False)
    partial = french_partial_dates(pl.col("date_naissance"))
    values: dict[str, list[Any]] = liste.with_columns(partial).to_dict(as_series=False)
    days = liste.select(whole).to_series()
    born = values["date_naissance"]
    values["date_naissance"] = [day or text for day, text in zip(days, born, strict=True)]
    for name in CALLED:
        values[name] = [told.replace(", ", "\n") if told else None for told in values[name]]
    return values


def _lay_out(sheet: Any) -> None:
    """On the screen and on paper, keep names and phones beside each cell."""
    sheet.freeze_panes(1, len(FROZEN))
    lay_out(sheet, PAGES)
    sheet.repeat_columns(0, len(FROZEN) - 1)


def _width(name: str, values: Sequence[Any]) -> int:
    if name in FROZEN:
        return FROZEN[name]
    if name in LAST:
        return NARROW
    if name in COLUMNS:
        return COLUMNS[name][0]
    longest = max((len("JJ/MM/AAAA" if isinstance(v, date) else str(v)) for v in values), default=0)
    # Room for the heading and the button of its filter.
    return max(min(longest, WIDTH_MAX), len(name) + 2, WIDTH_MIN) + 2


def _lines(value: str | None, width: int) -> int:
    # Words are not cut, so a line loses a few characters.
    if value is None or (len(value) <= width - 2 and "\n" not in value):
        return 1
    return sum(len(textwrap.wrap(line, width - 2)) or 1 for line in value.split("\n"))
