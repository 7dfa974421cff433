"""The sheet of a list's workbook with every way to reach those on it, in the order of the list."""

from typing import Any, Final

import polars as pl

from siei_match.stages.publish.answer_columns import lay_out
from siei_match.stages.publish.report.words import label

HEADINGS: Final = (
    ("Nom", 24), ("Prénoms", 20), ("De qui", 20), ("Nom du responsable", 26), ("Nature", 12),
    ("Coordonnée", 46), ("Source", 30), ("Depuis", 12), ("id_signalement", 9),
)  # fmt: skip
OF_WHOM: Final = {
    "jeune": "Le jeune",
    "responsable": "Responsable légal",
    "second_responsable": "Second responsable",
}
KINDS: Final = {"telephone": "Téléphone", "courriel": "Courriel", "adresse": "Adresse"}


def add_contacts(book: Any, liste: pl.DataFrame, contacts: pl.DataFrame) -> None:
    """Add the sheet « Coordonnées »: a row for each contact, the list's people in their order.

    Args:
        book: the workbook.
        liste: tables/liste, sorted as its sheet is.
        contacts: tables/coordonnees_liste.
    """
    sheet = book.add_worksheet("Coordonnées")
    heading = book.add_format({"bold": True, "bottom": 1, "bg_color": "#DDE5EE"})
    text = book.add_format({"num_format": "@", "valign": "top"})
    day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left", "valign": "top"})
    for at, (title, width) in enumerate(HEADINGS):
        sheet.set_column(at, at, width, text)
        sheet.write_string(0, at, title, heading)
    names = liste.select(
        "id_signalement", "prenoms", name=pl.coalesce("nom_naissance", "nom_usage")
    ).with_row_index("rank")
    rows = contacts.join(names, on="id_signalement", maintain_order="left").sort(
        "rank", maintain_order=True
    )
    for row, told in enumerate(rows.iter_rows(named=True), start=1):
        cells = (
            told["name"], told["prenoms"], OF_WHOM[told["de_qui"]], told["nom"],
            KINDS[told["nature"]], told["valeur"], label(told["source"]),
        )  # fmt: skip
        for at, cell in enumerate(cells):
            if cell:
                sheet.write_string(row, at, cell, text)
        if told["depuis"]:
            sheet.write_datetime(row, len(cells), told["depuis"], day)
        sheet.write_string(row, len(cells) + 1, told["id_signalement"], text)
    sheet.autofilter(0, 0, max(rows.height, 1), len(HEADINGS) - 1)
    sheet.freeze_panes(1, 2)
    lay_out(sheet)
