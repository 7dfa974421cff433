"""A platform's list as a workbook made for reading."""

import textwrap
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import polars as pl

from siei_match.output import CampaignFolder
from siei_match.output.workbook import write_workbook
from siei_match.reference.contracts import declaration
from siei_match.reference.french import french_partial_dates
from siei_match.stages.publish.answer_columns import add_answers

WIDTH_MIN, WIDTH_MAX = 6, 32
"""Characters: longer texts go on below, in the same cell."""
CUT: Final = {"id_signalement": 16}
"""Columns shown shorter than they are, so that names stay in sight: copied more than read."""
LINE: Final = 15
"""Points of a line of text, in the default font."""
NAMES: Final = ("nom_naissance", "prenoms")
"""From here to there: repeated on each printed page; with what stands before, never scrolled."""
PAGES: Final = 4
"""A4 pages beside each other for the 28 columns: about 8 points high on paper."""


def render_list(campaign: CampaignFolder, psad: str, *, answers: bool = True) -> bytes:
    """Return the workbook of a platform's list.

    Raises:
        OutputError: the list is missing or damaged.
    """
    title = f"Liste {campaign.code} – {psad}"
    return render_xlsx(campaign.list(psad), title, answers=answers)


def render_xlsx(liste: pl.DataFrame, title: str, *, answers: bool = True) -> bytes:
    """Return a list as a workbook made for reading; the same list gives the same bytes.

    Texts are text cells, so nothing is guessed: leading zeros stay and no formula ever runs.
    """
    return write_workbook(
        lambda book: _fill_sheet(book, liste, answers),
        title=title,
        subject="Sortants sans diplôme",
    )


def _fill_sheet(book: Any, liste: pl.DataFrame, answers: bool) -> None:
    sheet = book.add_worksheet("Liste")
    heading = book.add_format({"bold": True, "bg_color": "#DDE5EE", "bottom": 1, "valign": "top"})
    text = {"num_format": "@", "valign": "top"}
    cut, wrapped = book.add_format(text), book.add_format({**text, "text_wrap": True})
    day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left", "valign": "top"})
    # A number on the right of its cell would touch the text of the next: 17 41 rue de Paris.
    number = book.add_format({"num_format": "0", "align": "center", "valign": "top"})
    described = {f["name"]: f["description"] for f in declaration("tables/liste").fields}
    lines = [1] * liste.height
    for at, (name, values) in enumerate(_readable(liste).items()):
        write: Callable[..., Any] = sheet.write_number
        style, width = number, _width(name, values)
        if liste.schema[name] == pl.Date:
            write, style = sheet.write_datetime, day
        elif liste.schema[name] == pl.String:
            write, style = sheet.write_string, cut if name in CUT else wrapped
        if style is wrapped:
            lines = [max(n, _lines(v, width)) for n, v in zip(lines, values, strict=True)]
        sheet.set_column(at, at, width, style)
        sheet.write_string(0, at, name, heading)
        sheet.write_comment(0, at, described.get(name, name), {"author": "siei-match"})
        for row, value in enumerate(values, start=1):
            if value is not None:
                write(row, at, value, style)
    # Said, not left to the spreadsheet: LibreOffice would print the lines one over the other.
    for row, n in enumerate(lines, start=1):
        sheet.set_row(row, LINE * n)
    last = liste.width - 1
    if answers:
        last = add_answers(book, sheet, liste.height, liste.width)
    sheet.autofilter(0, 0, max(liste.height, 1), last)
    _lay_out(sheet, *(liste.columns.index(name) for name in NAMES))


def _lay_out(sheet: Any, first: int, last: int) -> None:
    """On the screen and on paper, keep the names of columns `first` to `last` beside each cell."""
    sheet.freeze_panes(1, last + 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(PAGES, 0)
    sheet.repeat_rows(0)
    sheet.repeat_columns(first, last)
    sheet.set_footer("&LDonnées personnelles : à ne pas laisser circuler&RPage &P sur &N")


def _readable(liste: pl.DataFrame) -> dict[str, list[Any]]:
    return liste.with_columns(french_partial_dates(pl.col("date_naissance"))).to_dict(
        as_series=False
    )


def _width(name: str, values: Sequence[Any]) -> int:
    longest = max((len("JJ/MM/AAAA" if isinstance(v, date) else str(v)) for v in values), default=0)
    # Room for the heading and the button of its filter.
    return CUT.get(name) or max(min(longest, WIDTH_MAX), len(name) + 2, WIDTH_MIN) + 2


def _lines(value: str | None, width: int) -> int:
    # Words are not cut, so a line loses a few characters.
    if value is None or len(value) <= width - 2:
        return 1
    return len(textwrap.wrap(value, width - 2)) or 1
