"""The tables of a prepared campaign, read for one person; and who an identifier is."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match.output import CODE, MANIFESTE, published_campaigns
from siei_match.reference.errors import OutputError
from siei_match.reference.redirections import follow

IDENTIFIANT: Final = re.compile(r"[ps][0-9a-f]{31}|[0-9a-f]{32}")
PLACE: Final = ("extrait", "fichier", "ligne")


@dataclass(frozen=True)
class Published:
    """The folder of a prepared campaign among the others of its output folder."""

    code: str
    dossier: Path
    manifeste: dict[str, Any]
    autres: dict[str, Path]

    def rows(self, table: str, *where: pl.Expr) -> pl.DataFrame:
        return read_rows(self.dossier / f"{table}.parquet", *where)

    @property
    def publiee(self) -> str:
        return f"campaign {self.code}"


def open_campaign(sortie: Path, code: str) -> Published:
    """Find a prepared campaign.

    Raises:
        OutputError: it does not stand there, or its manifest is damaged.
    """
    if not sortie.is_dir():
        raise OutputError(
            f"{sortie}: there is no such folder.",
            remedy="Give as --sortie the output folder of `siei run`.",
        )
    campagnes = published_campaigns(sortie)
    if code not in campagnes:
        known = ", ".join(campagnes) or "none"
        # What is no code is not shown: a name may have been typed in its place.
        named = f"No campaign {code}" if CODE.fullmatch(code) else "No campaign of that code"
        raise OutputError(
            f"{named} stands in {sortie} (there: {known}).",
            remedy="Check the code and --sortie, or run that campaign first.",
        )
    folder = campagnes.pop(code)
    try:
        manifeste = json.loads((folder / MANIFESTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise damaged(folder / MANIFESTE) from None
    return Published(code, folder, manifeste, campagnes)


def read_rows(path: Path, *where: pl.Expr) -> pl.DataFrame:
    """Read the rows of a table that `where` keeps.

    Raises:
        OutputError: the table is missing or damaged.
    """
    try:
        return pl.scan_parquet(path).filter(*where).collect()
    except (OSError, pl.exceptions.PolarsError):
        raise damaged(path) from None


def damaged(path: Path) -> OutputError:
    return OutputError(
        f"{path} is missing, damaged or not yours to read.",
        remedy="Restore it from a back-up, or run that campaign again.",
    )


def find_person(campagne: Published, identifiant: str) -> str:
    """Return the `id_personne` meant by an id_personne or an id_signalement.

    Raises:
        OutputError: nobody of this campaign has it; the remedy says where it is known, and who
            shares its fingerprints now.
    """
    if not IDENTIFIANT.fullmatch(identifiant):
        raise OutputError(
            "What was given is no identifier.",
            remedy="Give an id_personne or an id_signalement: a letter, then 31 characters 0-9 a-f.",
        )
    if campagne.rows("identites", pl.col("id_personne") == identifiant).height:
        return identifiant
    personne = identifiant
    folders = [campagne.dossier, *reversed(campagne.autres.values())]
    for folder in folders:
        signalee = read_rows(
            folder / "signalements.parquet", pl.col("id_signalement") == identifiant
        )
        if signalee.height:
            personne = str(signalee["id_personne"][0])
            break
    personne = find_heir(campagne, personne)
    if campagne.rows("identites", pl.col("id_personne") == personne).height:
        return personne
    raise _unknown(campagne, identifiant, personne)


def _unknown(campagne: Published, identifiant: str, personne: str) -> OutputError:
    known = [
        code
        for code, folder in campagne.autres.items()
        if read_rows(folder / "identites.parquet", pl.col("id_personne") == personne).height
    ]
    if not known:
        return OutputError(
            f"Nobody has the identifier {identifiant} in any campaign of this output folder.",
            remedy="Copy it whole from a list or a table of this folder; a run with another key "
            "gives other identifiers.",
        )
    return OutputError(
        f"{identifiant} is nobody of {campagne.publiee}; known in {', '.join(known)}.",
        remedy=f"No row of theirs may have been delivered this time: explain them in {known[-1]}.",
    )


def find_heir(campagne: Published, personne: str) -> str:
    """Return the identifier that somebody known earlier has in this campaign, if another one."""
    folders = campagne.autres | {campagne.code: campagne.dossier}
    parts = [
        read_rows(folder / "redirections.parquet")
        for code, folder in folders.items()
        if code <= campagne.code
    ]
    one = pl.DataFrame({"id_personne": [personne]})
    return str(follow(one, pl.concat(parts), "id_personne").item())


def at_places(places: pl.DataFrame, suffix: str = "") -> pl.Expr:
    """Keep the rows that may stand at `places` (extrait, fichier, ligne); join to be exact."""
    return pl.all_horizontal(
        pl.col(f"{column}{suffix}").is_in(places[column].unique().implode()) for column in PLACE[1:]
    )


def join_places(
    rows: pl.DataFrame, places: pl.DataFrame, suffix: str, columns: Sequence[str]
) -> pl.DataFrame:
    """Add `columns` of `places` as `<column><suffix>` by the place of each row's end `suffix`."""
    renamed = places.select(*PLACE, *columns).rename(lambda c: f"{c}{suffix}")
    return rows.join(renamed, on=[f"{c}{suffix}" for c in PLACE], how="left")
