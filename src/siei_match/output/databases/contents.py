"""The two databases, from the folders of the campaigns and what stands in no folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from siei_match.output import BASES, MANIFESTE, MEMOIRE, read_published
from siei_match.output.databases.building import Chantier, listes_statements, siei_statements
from siei_match.output.databases.cohorts import count_cohortes
from siei_match.output.databases.references import read_communes, read_diplomes, read_mef
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, SHARED

SIEI, LISTES = BASES
HISTORIQUE = "historique.parquet"
"""In DIR/memoire: what can still be counted of purged campaigns."""


@dataclass(frozen=True)
class References:
    """What siei.duckdb holds beside the campaigns' tables, each as declared in schemas/tables."""

    psad: pl.DataFrame
    psad_communes: pl.DataFrame
    historique: pl.DataFrame


def start_siei(
    bases: Chantier,
    base: Path,
    folders: Mapping[str, Path],
    descriptions: Mapping[str, Mapping[str, Any]],
    references: References,
    travail: Path,
) -> None:
    """Start to build siei.duckdb at `base`.

    Args:
        bases: the databases being built.
        base: the file to make.
        folders: the folder of every campaign, oldest first.
        descriptions: what `read_description` says of each of them.
        references: see there.
        travail: a private folder for the tables that stand in no campaign's folder.
    """
    tables = {
        "campagnes": conform(describe_campaigns(descriptions), "tables/campagnes"),
        "historique": conform(references.historique, "tables/historique"),
        "cohortes": count_cohortes(
            {code: read_published(path / "devenirs.parquet") for code, path in folders.items()}
        ),
        "psad": conform(references.psad, "tables/psad"),
        "psad_communes": conform(references.psad_communes, "tables/psad_communes"),
        "communes": read_communes(),
        "diplomes": read_diplomes(),
        "mef": read_mef(),
    }
    bases.start(base, siei_statements(folders, tables, travail), SHARED)


def start_listes(bases: Chantier, base: Path, folders: Mapping[str, Path]) -> None:
    """Start to build listes.duckdb at `base`, from the lists of the campaigns in `folders`."""
    bases.start(base, listes_statements(folders), PRIVATE)


def read_historique(sortie: Path) -> pl.DataFrame:
    """Return what was kept of purged campaigns (schemas/tables/historique.json)."""
    path = sortie / MEMOIRE / HISTORIQUE
    if path.exists():
        return read_published(path)
    return pl.DataFrame(schema=declaration("tables/historique").polars_schema)


def describe_campaigns(descriptions: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    """Return one row per campaign, oldest first (schemas/tables/campagnes.json)."""
    rows = [dict(row) for _, row in sorted(descriptions.items())]
    return pl.DataFrame(rows, declaration("tables/campagnes").polars_schema)


def read_description(folder: Path) -> dict[str, Any]:
    """Describe a prepared campaign, from its manifest."""
    try:
        manifeste = json.loads((folder / MANIFESTE).read_text(encoding="utf-8"))
        return describe_told(manifeste, manifeste["version"], manifeste["etapes"])
    except (ValueError, KeyError, OSError):
        raise OutputError(
            f"{folder / MANIFESTE} is missing or damaged.",
            remedy="Restore this folder from a back-up, or run that campaign again.",
        ) from None


def describe_told(
    told: Mapping[str, Any], version: str, etapes: Mapping[str, int]
) -> dict[str, Any]:
    campagne = told["campagne"]
    return {
        "campagne": campagne["code"],
        "date_observation": date.fromisoformat(campagne["date_observation"]),
        "annee_scolaire": campagne["annee_scolaire"],
        "definition": campagne["definition"],
        "version": version,
        "cle": told["cle"],
        "lignes_lues": etapes["lues"],
        "lignes_valides": etapes["valides"],
        "lignes_rejetees": etapes["rejetees"],
        "personnes": etapes["personnes"],
        "paires": etapes["paires"],
        "personnes_champ": etapes["decidees"],
        "sortants": etapes["sortants"],
        "a_verifier": etapes["a_verifier"],
    }
