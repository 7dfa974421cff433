"""The workbook of a provider: what to correct, and what became of each file."""

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from siei_match.campaign.results import Examined
from siei_match.campaign.sheets.providers import OTHERS, PROVIDERS, Provider, provider_of
from siei_match.campaign.sheets.remarks import NOWHERE, Remark, list_remarks
from siei_match.campaign.sheets.words import BLOCKING, GRAVITES
from siei_match.output.workbook import write_workbook
from siei_match.reference.errors import OutputError
from siei_match.reference.files import SHARED, make_folder, output_guard, replacing
from siei_match.reference.french import french_percent
from siei_match.stages.validate import RejectionLimit

NAME: Final = "corrections-{code}-{provider}.xlsx"
REMARKS: Final = (
    ("Gravité", 28),
    ("Fichier", 28),
    ("Colonne", 26),
    ("Ce qui ne va pas", 44),
    ("Nombre de lignes", 10),
    ("Où : lignes de données", 30),
    ("Ce qu’il faut corriger", 48),
    ("Règle", 22),
)
FILES: Final = (
    ("Fichier", 28),
    ("Extrait", 20),
    ("Lignes lues", 12),
    ("Acceptées", 12),
    ("Rejetées", 12),
    ("Part rejetée", 12),
    ("Résultat", 44),
)
LINE: Final = 15
"""Points of a line of text, in the default font."""
COLOURS: Final = {BLOCKING: "#F6D5D5", "rejet": "#FBE7CF"}
NOTES: Final = (
    "Ce classeur ne contient aucune donnée personnelle : ni nom, ni INE, ni valeur d’une ligne.",
    "Les lignes sont celles de données : la ligne 1 suit l’en-tête (ligne 2 dans un tableur) ; "
    "un fichier SIFA n’a pas d’en-tête. Les lignes vides ne comptent pas.",
    "Livrer de nouveau le fichier entier, avec son nombre de lignes et son empreinte SHA-256.",
)


def write_sheets(checked: Examined, limit: RejectionLimit, folder: Path) -> list[Path]:
    """Write a workbook for each provider of a delivery, and return their paths.

    Args:
        checked: what a check found.
        limit: how many rows of a file may be rejected.
        folder: where they go; made if it is missing. A sheet of before is replaced.

    Raises:
        OutputError: the disk refuses.
    """
    remarks = list_remarks(checked, limit)
    concerned = [p for p in (*PROVIDERS, OTHERS) if _concerns(p, checked, remarks)]
    written = []
    with output_guard(folder):
        if folder.exists() and not folder.is_dir():
            raise OutputError(
                f"{folder} is a file, not a folder for sheets.",
                remedy="Name another with --sheets.",
            )
        make_folder(folder, 0o750)
        for provider in concerned:
            path = folder / NAME.format(code=checked.code, provider=provider.code)
            with replacing(path, SHARED) as draft:
                draft.write_bytes(render_sheet(provider, checked, remarks))
            written.append(path)
    return written


def render_sheet(provider: Provider, checked: Examined, remarks: Sequence[Remark]) -> bytes:
    """Return a provider's workbook; the same check gives the same bytes."""
    mine = [remark for remark in remarks if provider_of(remark.extrait) == provider]
    title = f"Corrections demandées, campagne {checked.code} : {provider.name}"

    def fill(book: Any) -> None:
        _fill_remarks(book, mine)
        _fill_summary(book, title, _list_files(provider, checked, mine))

    return write_workbook(fill, title=title, subject="Contrôle d’une livraison")


def _concerns(provider: Provider, checked: Examined, remarks: Iterable[Remark]) -> bool:
    delivered = any(provider_of(c.extrait) == provider for c in checked.fichiers)
    return delivered or any(provider_of(r.extrait) == provider for r in remarks)


def _list_files(
    provider: Provider, checked: Examined, remarks: Sequence[Remark]
) -> list[tuple[Any, ...]]:
    """Return a line per file: its rows, and what became of it."""
    blocked = {remark.fichier for remark in remarks if remark.gravite == BLOCKING}
    noted = {remark.fichier for remark in remarks}
    rows: list[tuple[Any, ...]] = []
    for c in checked.fichiers:
        if provider_of(c.extrait) != provider:
            continue
        result = "Accepté, avec des remarques" if c.fichier in noted else "Accepté"
        if c.fichier in blocked:
            result = "Refusé : voir « À corriger »"
        rate = french_percent(c.taux_rejet, 2)
        rows.append((c.fichier, c.extrait, c.rows_read, c.valides, c.rejetees, rate, result))
    counted = {row[0] for row in rows}
    for remark in remarks:
        if remark.fichier not in counted and remark.gravite == BLOCKING:
            counted.add(remark.fichier)
            absent = remark.regle in ("extrait_absent", "fichier_absent")
            result = "Non fourni" if absent else "Refusé, non lu"
            unread = (remark.fichier, remark.extrait or NOWHERE, *[NOWHERE] * 4)
            rows.append((*unread, f"{result} : voir « À corriger »"))
    return rows


def _fill_remarks(book: Any, remarks: Sequence[Remark]) -> None:
    sheet = book.add_worksheet("À corriger")
    style = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#D0D5DD"}
    plain = book.add_format(style)
    # A number on the right of its cell would touch the text of the next.
    middle = book.add_format({**style, "align": "center"})
    tinted = {kind: book.add_format({**style, "bg_color": c}) for kind, c in COLOURS.items()}
    _write_heading(book, sheet, 0, REMARKS)
    for row, remark in enumerate(remarks, start=1):
        cells = (
            GRAVITES.get(remark.gravite, remark.gravite),
            remark.fichier,
            remark.colonne,
            remark.what,
            NOWHERE if remark.lignes is None else remark.lignes,
            remark.where,
            remark.todo,
            remark.regle,
        )
        for at, value in enumerate(cells):
            shown = tinted.get(remark.gravite, plain) if at == 0 else plain
            write = sheet.write_number if isinstance(value, int) else sheet.write_string
            write(row, at, value, middle if isinstance(value, int) else shown)
        # Said, not left to the spreadsheet: LibreOffice would print the lines one over the other.
        sheet.set_row(row, LINE * max(map(_lines, cells, (width for _, width in REMARKS))))
    if not remarks:
        sheet.write_string(1, 0, "Rien à corriger dans les fichiers lus.")
    sheet.autofilter(0, 0, max(len(remarks), 1), len(REMARKS) - 1)
    sheet.freeze_panes(1, 0)
    _lay_out(sheet)


def _fill_summary(book: Any, title: str, files: Sequence[tuple[Any, ...]]) -> None:
    sheet = book.add_worksheet("Résumé")
    plain = book.add_format({"valign": "top"})
    middle = book.add_format({"valign": "top", "align": "center"})
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    _write_heading(book, sheet, 2, FILES)
    for row, cells in enumerate(files, start=3):
        for at, value in enumerate(cells):
            write = sheet.write_number if isinstance(value, int) else sheet.write_string
            write(row, at, value, middle if 2 <= at < len(cells) - 1 else plain)
    for row, note in enumerate(NOTES, start=len(files) + 4):
        sheet.write_string(row, 0, note)
    _lay_out(sheet)


def _write_heading(book: Any, sheet: Any, row: int, headings: Sequence[tuple[str, int]]) -> None:
    shown = book.add_format(
        {"bold": True, "bg_color": "#DDE5EE", "bottom": 1, "valign": "top", "text_wrap": True}
    )
    sheet.set_row(row, 2 * LINE)
    for at, (heading, width) in enumerate(headings):
        sheet.set_column(at, at, width)
        sheet.write_string(row, at, heading, shown)


def _lay_out(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&LSans donnée personnelle&RPage &P sur &N")


def _lines(value: str | int, width: int) -> int:
    return len(textwrap.wrap(str(value), width - 2)) or 1
