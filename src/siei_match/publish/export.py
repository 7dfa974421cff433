"""One platform's published list, in the format that its reader wants."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import polars as pl
import xlsxwriter

from siei_match.contracts import declaration
from siei_match.errors import OutputError
from siei_match.files import PRIVATE, create, output_guard
from siei_match.publish.spreadsheet import french_date
from siei_match.store import published_campaigns

FORMATS: Final = ("csv", "xlsx", "parquet")
WIDTH_MIN, WIDTH_MAX = 8, 48
"""Characters: narrower hides headings, wider pushes the next columns off the screen."""


def export_liste(
    sortie: Path,
    campagne: str,
    psad: str,
    formats: Sequence[str] = FORMATS,
    destination: Path | None = None,
) -> list[Path]:
    """Copy a published list into `destination` (the current folder), one file per format.

    Output: the files `liste-<campagne>-<psad>.<format>`, mode 0600: they name people.

    Raises:
        OutputError: the campaign, the platform or the format is unknown, or the disk refused.
    """
    source = _find_liste(sortie, campagne, psad)
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise OutputError(
            f"Unknown format: {', '.join(unknown)}.", remedy=f"Choose among {', '.join(FORMATS)}."
        )
    folder = destination or Path.cwd()
    with output_guard(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [
            _write(source, kind, folder / f"liste-{campagne}-{psad}.{kind}", campagne)
            for kind in dict.fromkeys(formats)
        ]


def _find_liste(sortie: Path, campagne: str, psad: str) -> Path:
    campagnes = published_campaigns(sortie)
    if campagne not in campagnes:
        known = ", ".join(campagnes) or "none"
        raise OutputError(
            f"No campaign {campagne} is published in {sortie} (there: {known}).",
            remedy="Check the code and --sortie, or run that campaign first.",
        )
    known_psads = {path.name.removeprefix("psad=") for path in campagnes[campagne].glob("listes/*")}
    if psad not in known_psads:
        raise OutputError(
            f"Campaign {campagne} has no list for the platform {psad}.",
            remedy=f"Its {len(known_psads)} codes are the folders of "
            f"{campagnes[campagne] / 'listes'}.",
        )
    return campagnes[campagne] / "listes" / f"psad={psad}"


def _write(source: Path, kind: str, target: Path, campagne: str) -> Path:
    if kind == "xlsx":
        liste = pl.read_parquet(source / "liste.parquet", hive_partitioning=False)
        content = render_xlsx(liste, f"Liste {campagne} – {source.name.removeprefix('psad=')}")
    else:
        content = (source / f"liste.{kind}").read_bytes()
    # Another file of that name keeps its readers, and never gives them half of ours.
    draft = create(target.with_name(f".{target.name}.en-cours"), PRIVATE)
    draft.write_bytes(content)
    return draft.replace(target)


def render_xlsx(liste: pl.DataFrame, title: str) -> bytes:
    """Return a list as a workbook made for reading; the same list gives the same bytes.

    Texts are text cells, so nothing is guessed: leading zeros stay and no formula ever runs.
    """
    memory = BytesIO()
    book = xlsxwriter.Workbook(
        memory,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    # No clock: a workbook's date is that of its campaign.
    created = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    book.set_properties({"title": title, "subject": "Sortants sans diplôme", "created": created})
    _fill_sheet(book, liste)
    book.close()
    return memory.getvalue()


def _fill_sheet(book: Any, liste: pl.DataFrame) -> None:
    sheet = book.add_worksheet("Liste")
    heading = book.add_format(
        {"bold": True, "bg_color": "#DDE5EE", "bottom": 1, "valign": "top", "text_wrap": True}
    )
    styles: Mapping[Any, Any] = {
        pl.String: book.add_format({"num_format": "@", "valign": "top"}),
        pl.Date: book.add_format({"num_format": "dd/mm/yyyy", "align": "left", "valign": "top"}),
    }
    number = book.add_format({"num_format": "0", "valign": "top"})
    described = {f["name"]: f["description"] for f in declaration("tables/liste").fields}
    for at, (name, values) in enumerate(_readable(liste).items()):
        dtype = liste.schema[name]
        style = styles.get(dtype, number)
        sheet.set_column(at, at, _width(name, values), style)
        sheet.write_string(0, at, name, heading)
        sheet.write_comment(0, at, described.get(name, name), {"author": "siei-match"})
        write: Callable[..., Any] = sheet.write_datetime if dtype == pl.Date else sheet.write_number
        if dtype == pl.String:
            write = sheet.write_string
        for row, value in enumerate(values, start=1):
            if value is not None:
                write(row, at, value, style)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(liste.height, 1), liste.width - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _readable(liste: pl.DataFrame) -> dict[str, list[Any]]:
    return liste.with_columns(french_date(pl.col("date_naissance"))).to_dict(as_series=False)


def _width(name: str, values: Sequence[Any]) -> int:
    longest = max((len("JJ/MM/AAAA" if isinstance(v, date) else str(v)) for v in values), default=0)
    return min(max(longest, len(name), WIDTH_MIN), WIDTH_MAX) + 2
