"""One platform's published list, in the format that its reader wants."""

import textwrap
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match.audit import Acteur, append
from siei_match.contracts import declaration
from siei_match.errors import OutputError
from siei_match.files import PRIVATE, create, file_sha256, output_guard
from siei_match.publish.answers import add_answers
from siei_match.publish.encryption import EXTENSION, encrypt
from siei_match.publish.spreadsheet import french_date
from siei_match.publish.workbook import write_workbook
from siei_match.store import published_campaigns

FORMATS: Final = ("csv", "xlsx", "parquet")
WIDTH_MIN, WIDTH_MAX = 6, 32
"""Characters: longer texts go on below, in the same cell."""
CUT: Final = {"id_signalement": 16}
"""Columns shown shorter than they are, so that names stay in sight: copied more than read."""
KEY_SHOWN: Final = 20
"""Characters of a public key that tell it from every other."""
LINE: Final = 15
"""Points of a line of text, in the default font."""
NAMES: Final = ("nom_naissance", "prenoms")
"""From here to there: repeated on each printed page; with what stands before, never scrolled."""
PAGES: Final = 4
"""A4 pages beside each other for the 28 columns: about 8 points high on paper."""


def export_liste(
    sortie: Path,
    campagne: str,
    psad: str,
    formats: Sequence[str] = FORMATS,
    destination: Path | None = None,
    *,
    acteur: Acteur,
    reponses: bool = False,
    cles: Sequence[str] = (),
) -> list[Path]:
    """Copy a published list into `destination` (the current folder), one file per format.

    With `reponses` a workbook has columns for the platform's answers beside those of the list.

    Output: the files `liste-<campagne>-<psad>.<format>`, mode 0600: they name people. They get
    their names once the audit log has noted them; if it refuses, none is handed out. With `cles`,
    public keys of age, they are encrypted (`.age`) and their text is never on the disk.

    Raises:
        OutputError: the campaign, the platform or the format is unknown, or the disk or the audit
            log refused.
    """
    source = _find_liste(sortie, campagne, psad)
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise OutputError(
            f"Unknown format: {', '.join(unknown)}.", remedy=f"Choose among {', '.join(FORMATS)}."
        )
    folder = destination or Path.cwd()
    drafts: dict[Path, Path] = {}
    try:
        with output_guard(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for kind in dict.fromkeys(formats):
                content = _render(source, kind, campagne, reponses)
                target = folder / f"liste-{campagne}-{psad}.{kind}"
                if cles:
                    content = encrypt(content, cles)
                    target = target.with_name(target.name + EXTENSION)
                drafts[target] = _write(content, target)
        details: dict[str, str | int] = {"campagne": campagne, "psad": psad}
        if cles:
            details["cles"] = " ".join(key[:KEY_SHOWN] for key in cles)
        _note(sortie, details, drafts, acteur)
        with output_guard(folder):
            return [draft.replace(target) for target, draft in drafts.items()]
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _note(
    sortie: Path, details: dict[str, str | int], drafts: dict[Path, Path], acteur: Acteur
) -> None:
    fichiers = {target.name: file_sha256(draft) or "" for target, draft in drafts.items()}
    append(sortie, "export", acteur, details=details, fichiers=fichiers)


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


def _render(source: Path, kind: str, campagne: str, reponses: bool) -> bytes:
    if kind != "xlsx":
        return (source / f"liste.{kind}").read_bytes()
    return render_liste(source, campagne, reponses=reponses)


def _write(content: bytes, target: Path) -> Path:
    """Write what `target` will be beside it, and return where."""
    # Another file of that name keeps its readers, and never gives them half of ours.
    draft = create(target.with_name(f".{target.name}.en-cours"), PRIVATE)
    draft.write_bytes(content)
    return draft


def render_liste(source: Path, campagne: str, *, reponses: bool = True) -> bytes:
    """Return the workbook of the list that stands in a platform's folder (`psad=<code>`)."""
    liste = pl.read_parquet(source / "liste.parquet", hive_partitioning=False)
    title = f"Liste {campagne} – {source.name.removeprefix('psad=')}"
    return render_xlsx(liste, title, reponses=reponses)


def render_xlsx(liste: pl.DataFrame, title: str, *, reponses: bool = True) -> bytes:
    """Return a list as a workbook made for reading; the same list gives the same bytes.

    Texts are text cells, so nothing is guessed: leading zeros stay and no formula ever runs.
    """
    return write_workbook(
        lambda book: _fill_sheet(book, liste, reponses),
        title=title,
        subject="Sortants sans diplôme",
    )


def _fill_sheet(book: Any, liste: pl.DataFrame, reponses: bool) -> None:
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
    if reponses:
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
    return liste.with_columns(french_date(pl.col("date_naissance"))).to_dict(as_series=False)


def _width(name: str, values: Sequence[Any]) -> int:
    longest = max((len("JJ/MM/AAAA" if isinstance(v, date) else str(v)) for v in values), default=0)
    # Room for the heading and the button of its filter.
    return CUT.get(name) or max(min(longest, WIDTH_MAX), len(name) + 2, WIDTH_MIN) + 2


def _lines(value: str | None, width: int) -> int:
    # Words are not cut, so a line loses a few characters.
    if value is None or len(value) <= width - 2:
        return 1
    return len(textwrap.wrap(value, width - 2)) or 1
