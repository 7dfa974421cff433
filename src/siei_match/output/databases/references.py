"""The reference data that analysts need beside the results, as tables of siei.duckdb."""

from functools import cache

import polars as pl

from siei_match.reference.contracts import conform, schemas_root
from siei_match.reference.french import FRENCH_DATE


@cache
def read_communes() -> pl.DataFrame:
    """Return today's communes (schemas/tables/communes.json)."""
    communes = pl.read_parquet(
        schemas_root() / "nomenclatures" / "communes_2026.parquet", glob=False
    )
    return conform(
        communes.filter(pl.col("type") == "commune-actuelle")
        .select(
            code_commune="code",
            nom="nom",
            departement="departement",
            region="region",
            arrondissement="arrondissement",
            population=pl.col("population").cast(pl.Int64),
        )
        .sort("code_commune"),
        "tables/communes",
    )


@cache
def read_diplomes() -> pl.DataFrame:
    """Return the diplomas and their levels (schemas/tables/diplomes.json)."""
    return conform(
        _read("diplomes.csv")
        .select(
            code_diplome="FORMATION_DIPLOME",
            libelle_court="LIBELLE_COURT",
            libelle="LIBELLE_LONG_200",
            niveau_formation="NIVEAU_FORMATION_DIPLOME",
            niveau_rncp="NIVEAU_QUALIFICATION_RNCP",
            date_ouverture=_date("DATE_OUVERTURE"),
            date_fermeture=_date("DATE_FERMETURE"),
        )
        .sort("code_diplome"),
        "tables/diplomes",
    )


@cache
def read_domaines() -> pl.DataFrame:
    """Return the fields of training (schemas/tables/domaines.json)."""
    return conform(_read("domaines.csv").sort("code"), "tables/domaines")


@cache
def read_mef() -> pl.DataFrame:
    """Return the training modules (schemas/tables/mef.json)."""
    return conform(
        _read("mef.csv")
        .select(
            mef="MEF",
            dispositif="DISPOSITIF_FORMATION",
            code_diplome="FORMATION_DIPLOME",
            duree=pl.col("DUREE_DISPOSITIF").cast(pl.Int16),
            annee=pl.col("ANNEE_DISPOSITIF").cast(pl.Int16),
            libelle="LIBELLE_LONG",
            date_ouverture=_date("DATE_OUVERTURE"),
            date_fermeture=_date("DATE_FERMETURE"),
        )
        .sort("mef"),
        "tables/mef",
    )


def _read(name: str) -> pl.DataFrame:
    path = schemas_root() / "nomenclatures" / name
    return pl.read_csv(path, separator=";", infer_schema=False)


def _date(column: str) -> pl.Expr:
    return pl.col(column).str.to_date(FRENCH_DATE, strict=False)
