"""What a platform's file says: the answers that were understood, and the rows that were not."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import polars as pl

from siei_match.collect.apart import sheets_of
from siei_match.collect.dates import read_date
from siei_match.collect.files import read_bytes, refuse_swallowed, require_content
from siei_match.collect.rows import Cell, Formula, Row, Sheet
from siei_match.collect.words import answers, fold, headings
from siei_match.reference.errors import ContractError, DeliveryError
from siei_match.reference.files import bytes_sha256
from siei_match.reference.vocabulary import ANNULE, AVERTISSEMENT, REJET

REGLES: Final[Mapping[str, str]] = {
    "sans_formule": "l’identifiant ou la réponse est une formule, qui n’est jamais calculée",
    "id_signalement_present": "une réponse sans identifiant de signalement",
    "id_signalement_lisible": "l’identifiant n’est pas celui d’une liste (s, puis 31 caractères)",
    "retour_present": "une plateforme de destination sans réponse",
    "retour_connu": "la réponse n’est aucune de celles que l’on sait lire",
    "reponses_contraires": "le même signalement a deux réponses différentes le même jour",
    "signalement_de_la_plateforme": "ce signalement n’a jamais été transmis à cette plateforme",
    "date_retour_lisible": "la date ne se lit pas : la réponse vaut du jour où elle est reçue",
    "date_retour_passee": "la date est à venir : la réponse vaut du jour où elle est reçue",
    "psad_destination_lisible": "la destination n’est pas un code de plateforme : pas de transfert",
    "psad_destination_connue": "la destination n’est le code d’aucune plateforme : pas de transfert",
    "psad_destination_autre": "la destination est la plateforme qui répond : pas de transfert",
}
"""Why a row is refused, or what was emptied in it: for who sent it to read. The last five warn."""

SIGNALEMENT: Final = re.compile(r"s[0-9a-f]{31}")
PSAD: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
COLUMNS: Final = ("id_signalement", "retour")
"""Without these two there are no answers."""
MOST_TITLES: Final = 30
"""Rows that may stand above the headings."""
REJETS: Final = {
    "ligne": pl.UInt32, "gravite": pl.String, "regle": pl.String, "colonne": pl.String,
}  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True)
class AnswersReading:
    """A file as it was understood. Rows are numbered as the spreadsheet shows them.

    `reponses`: ligne, id_signalement, date_retour, retour, psad_destination. `rejets`: ligne,
    gravite, regle, colonne; a row refused stands there once as `rejet`. Always
    `rows_read` = answers + rows refused + `sans_reponse`.
    """

    reponses: pl.DataFrame
    rejets: pl.DataFrame
    rows_read: int
    sans_reponse: int
    comments: int
    """Comments seen, and left where they are: they are kept nowhere."""
    sha256: str

    def __post_init__(self) -> None:
        counted = self.reponses.height + self.refusees + self.sans_reponse
        if counted != self.rows_read:
            raise ContractError(
                f"{self.rows_read} rows read, but {counted} accepted, refused or without an answer.",
                remedy="This is a defect of siei-match: please report it with these counts.",
            )

    @property
    def refusees(self) -> int:
        return self.rejets.filter(gravite=REJET).height

    def count(self) -> dict[str, int]:
        """Return how many answers of each kind were understood."""
        return dict(self.reponses.group_by("retour").len().sort("retour").iter_rows())

    def refuse(self, which: pl.Expr, rule: str, named: str) -> "AnswersReading":
        """Return the same with the answers that `which` names refused."""
        rows = self.reponses.filter(which)["ligne"]
        kept = self.reponses.filter(~which)
        rejets = pl.concat([self.rejets, _rejets(rows, REJET, rule, named)])
        return AnswersReading(
            kept,
            _settle(rejets),
            self.rows_read,
            self.sans_reponse,
            self.comments,
            self.sha256,
        )

    def empty(self, which: pl.Expr, rule: str, named: str) -> "AnswersReading":
        """Return the same with column `named` emptied in the answers that `which` names."""
        rows = self.reponses.filter(which)["ligne"]
        return replace(
            self,
            reponses=self.reponses.with_columns(pl.when(~which.fill_null(value=False)).then(named)),
            rejets=_settle(pl.concat([self.rejets, _rejets(rows, AVERTISSEMENT, rule, named)])),
        )


def read_answers(path: Path, day: date | None = None) -> AnswersReading:
    """Read a platform's answers: CSV or xlsx, columns in any order, under French headings.

    Args:
        path: the file.
        day: the day on which it is received; a later date in it is a typing error.

    Raises:
        DeliveryError: it cannot be opened, is too large, holds no column of identifiers or of
            answers, or a quote left open makes one row of several. Never a value in it.
    """
    return read_given(read_bytes(path), path.name, day)


def read_given(content: bytes, name: str, day: date | None = None) -> AnswersReading:
    """Read the same from the bytes of a file of that name; it fails as `read_answers` does."""
    require_content(content, name)
    heading, rows = _find_table(sheets_of(content, name), name)
    return _read(_gather(heading, rows), day, bytes_sha256(content))


def _find_table(
    sheets: Iterable[Sheet], name: str
) -> tuple[Mapping[str, list[int]], Sequence[Row]]:
    """Return where each known column stands, and the rows below, of the first table of answers."""
    seen: set[str] = set()
    for sheet in sheets:
        if sheet.hidden:
            continue
        for rang, (_, cells) in enumerate(sheet.lignes[:MOST_TITLES]):
            heading = _read_headings(cells)
            seen |= set(heading)
            if all(named in heading for named in COLUMNS):
                refuse_swallowed(sheet, name)
                return heading, sheet.lignes[rang + 1 :]
    missing = [c for c in COLUMNS if c not in seen] or list(COLUMNS)
    raise DeliveryError(
        f"{name}: no row of headings with {' and '.join(missing)}.",
        remedy="Name the columns Identifiant (id_signalement) and Réponse (retour), on one row; "
        "schemas/nomenclatures/retours_colonnes.csv lists the headings that are understood.",
    )


def _read_headings(cells: Sequence[Cell]) -> dict[str, list[int]]:
    """Find the columns that headings name. Of several that mean one thing, the contract's first:

    a list is sent back with an empty `retour`, and beside it the column that was added.
    """
    found: dict[str, list[int]] = {}
    known = headings()
    for at, cell in enumerate(cells):
        if isinstance(cell, str) and (named := known.get(fold(cell))):
            places = found.setdefault(named, [])
            places.insert(0 if fold(cell) == fold(named) else len(places), at)
    return found


def _gather(heading: Mapping[str, list[int]], rows: Sequence[Row]) -> pl.DataFrame:
    """Read the cells of the known columns: what each means, and whether it says anything."""

    def cells(named: str) -> list[Cell]:
        places = heading.get(named, [])
        return [_first(row, places) for _, row in rows]

    brutes = {c: cells(c) for c in ("id_signalement", "date_retour", "retour", "psad_destination")}
    said = {f"{named}_dit": [_said(cell) for cell in column] for named, column in brutes.items()}
    formulas = [
        isinstance(a, Formula) or isinstance(b, Formula)
        for a, b in zip(brutes["id_signalement"], brutes["retour"], strict=True)
    ]
    return pl.DataFrame(
        {
            "ligne": [line for line, _ in rows],
            **said,
            "formule": formulas,
            "commentaire": [cell is not None for cell in cells("commentaire")],
            "id_signalement": _map(brutes["id_signalement"], _read_signalement),
            "date_retour": _map(brutes["date_retour"], _read_day),
            "retour": _map(brutes["retour"], _read_retour),
            "psad_destination": _map(brutes["psad_destination"], _read_psad),
        },
        schema={
            "ligne": pl.UInt32,
            **dict.fromkeys((*said, "formule", "commentaire"), pl.Boolean),
            "id_signalement": pl.String,
            "date_retour": pl.Date,
            "retour": pl.String,
            "psad_destination": pl.String,
        },
    )


def _read(rows: pl.DataFrame, day: date | None, sha256: str) -> AnswersReading:
    """Sort the rows into answers, refusals and rows without an answer."""
    is_answer = pl.col("retour_dit") | pl.col("psad_destination_dit")
    answers = rows.filter(is_answer)
    future = pl.col("date_retour") > day if day else pl.lit(value=False)
    avertissements = [
        ("date_retour_lisible", pl.col("date_retour_dit") & pl.col("date_retour").is_null()),
        ("date_retour_passee", future.fill_null(value=False)),
        (
            "psad_destination_lisible",
            pl.col("psad_destination_dit") & pl.col("psad_destination").is_null(),
        ),
    ]
    refusal = [
        ("sans_formule", "retour", pl.col("formule")),
        ("id_signalement_present", "id_signalement", ~pl.col("id_signalement_dit")),
        ("id_signalement_lisible", "id_signalement", pl.col("id_signalement").is_null()),
        ("retour_present", "retour", ~pl.col("retour_dit")),
        ("retour_connu", "retour", pl.col("retour").is_null()),
    ]
    premier = pl.coalesce(
        pl.when(holds).then(pl.lit(rang, dtype=pl.Int8))
        for rang, (_, _, holds) in enumerate(refusal)
    )
    judged = answers.with_columns(refus=premier)
    rejets = [
        _rejets(judged.filter(refus=rang)["ligne"], REJET, rule, named)
        for rang, (rule, named, _) in enumerate(refusal)
    ] + [
        _rejets(answers.filter(holds)["ligne"], AVERTISSEMENT, rule, rule.rpartition("_")[0])
        for rule, holds in avertissements
    ]
    accepted = judged.filter(pl.col("refus").is_null()).select(
        "ligne",
        "id_signalement",
        date_retour=pl.when(~future.fill_null(value=False)).then("date_retour"),
        retour="retour",
        psad_destination="psad_destination",
    )
    lecture = AnswersReading(
        accepted,
        _settle(pl.concat(rejets)),
        rows_read=rows.height,
        sans_reponse=rows.height - answers.height,
        comments=int(rows["commentaire"].sum()),
        sha256=sha256,
    )
    # What takes back is no other answer: it may stand in the same log, on the same day.
    others = pl.col("retour").filter(pl.col("retour") != ANNULE).n_unique()
    opposite = (others.over("id_signalement", "date_retour") > 1) & (pl.col("retour") != ANNULE)
    return lecture.refuse(opposite, "reponses_contraires", "retour")


def _settle(rejets: pl.DataFrame) -> pl.DataFrame:
    """Sort; what was emptied in a row that is refused matters no more."""
    refusees = pl.col("ligne").filter(pl.col("gravite") == REJET).implode()
    warned = pl.col("gravite") == AVERTISSEMENT
    return rejets.filter(~(warned & pl.col("ligne").is_in(refusees))).sort("ligne", "regle")


def _rejets(rows: pl.Series, gravite: str, rule: str, named: str) -> pl.DataFrame:
    return pl.DataFrame({"ligne": rows}, schema={"ligne": pl.UInt32}).select(
        "ligne", gravite=pl.lit(gravite), regle=pl.lit(rule), colonne=pl.lit(named)
    ).cast(pl.Schema(REJETS))  # fmt: skip


def _first(row: Sequence[Cell], places: Sequence[int]) -> Cell:
    """Return the first cell that says something."""
    said = (row[at] for at in places if at < len(row) and row[at] is not None)
    return next(said, None)


def _said(cell: Cell) -> bool:
    return cell is not None


def _map(cells: Sequence[Cell], read: Callable[[Any], T | None]) -> list[T | None]:
    """Read cells, each distinct value once: a column of answers has few."""
    known = cache(read)
    return [None if c is None or isinstance(c, Formula) else known(c) for c in cells]


def _read_signalement(cell: Cell) -> str | None:
    text = str(cell).strip(" '\"").casefold()
    return text if SIGNALEMENT.fullmatch(text) else None


def _read_day(cell: Cell) -> date | None:
    return read_date(cell)


def _read_retour(cell: Cell) -> str | None:
    return answers().get(fold(str(cell)))


def _read_psad(cell: Cell) -> str | None:
    text = str(cell).strip(" '\"")
    return text if PSAD.fullmatch(text) else None
