"""Places: communes of today, every code since 1943, départements, countries, establishments."""

from functools import cache
from pathlib import Path

import polars as pl

from siei_match.reference.contracts import schemas_root

SAINT_BARTHELEMY_SAINT_MARTIN = {"97123": "97701", "97127": "97801"}
"""Left Guadeloupe on 15 July 2007 (loi organique 2007-223); the history file stops there."""


def nomenclature_path(name: str) -> Path:
    return schemas_root() / "nomenclatures" / name


def read_csv(name: str, separator: str = ";") -> pl.DataFrame:
    """Read a reference file as text: codes keep their leading zeros, an empty field is absent."""
    return pl.read_csv(nomenclature_path(name), separator=separator, infer_schema=False)


@cache
def _communes_cog() -> pl.DataFrame:
    return pl.read_parquet(nomenclature_path("communes_2026.parquet"), glob=False)


@cache
def communes() -> pl.DataFrame:
    """Return the communes of 2026, one row each, sorted by code.

    Columns: `code`, `name`, `departement`, `region`, `arrondissement` (absent in some overseas
    collectivities), `epci`, `population` (0 where nobody is counted), `code_postal` (the first)
    and `codes_postaux` (all, a list).
    """
    postcodes = pl.col("codes_postaux").str.split(",").list.drop_nulls()
    return (
        _communes_cog()
        .filter(pl.col("type") == "commune-actuelle")
        .select(
            "code",
            "nom",
            "departement",
            "region",
            "arrondissement",
            "epci",
            pl.col("population").fill_null(0).cast(pl.Int64),
            code_postal=postcodes.list.first().replace("", None),
            codes_postaux=postcodes.list.filter(pl.element() != ""),
        )
        .sort("code")
    )


@cache
def commune_history() -> pl.DataFrame:
    """Return today's commune for every code ever used: `code` (unique), `current_code`.

    Covers the codes since 1943 (Seine 75xxx, Seine-et-Oise 78xxx and Corsica 20xxx included),
    delegated and associated communes, the arrondissements of Paris, Lyon and Marseille, and
    Mayotte's 985xx. A split commune goes to its first successor (source: comhisto).
    """
    cog = _communes_cog()
    today = communes().select("code", current_code="code")
    parents = cog.filter(pl.col("type") != "commune-actuelle").select(
        "code", current_code="code_parent"
    )
    former = cog.select(
        code=pl.col("anciens_codes").str.split(","),
        current_code=pl.coalesce("code_parent", "code"),
    ).explode("code")
    history = pl.read_parquet(
        nomenclature_path("communes_historique.parquet"), columns=["code", "code_2026"], glob=False
    ).select(
        "code",
        current_code=pl.coalesce(
            "code_2026", pl.col("code").replace_strict(SAINT_BARTHELEMY_SAINT_MARTIN, default=None)
        ),
    )
    # Mayotte left prefix 985 for 976 when it became a département (2011): older births keep 985.
    mayotte = today.filter(pl.col("code").str.starts_with("976")).select(
        code=pl.lit("985") + pl.col("code").str.slice(3), current_code="code"
    )
    return (
        pl.concat([today, history, parents, former, mayotte])
        .drop_nulls()
        .filter(pl.col("code") != "", pl.col("current_code").is_in(today["code"].implode()))
        # Today's own code first: a delegated commune that gave its code to the merged one.
        .unique("code", keep="first", maintain_order=True)
        .sort("code")
    )


@cache
def pays() -> pl.DataFrame:
    """Return the countries: `code` (99xxx, INSEE), `name`, `iso2`, `iso3`."""
    return read_csv("pays.csv", ",").select(
        code="COG", nom="LIBCOG", iso2="CODEISO2", iso3="CODEISO3"
    )


@cache
def departements() -> pl.DataFrame:
    """Return `code`, `name`, `region`, `region_nom`, `academie`, `academie_nom` per département.

    `code` as INSEE writes it (01, 2A, 971). The collectivities without an académie of their own
    have none, save where the ministry's table gives one.
    """
    regions = read_csv("regions.csv", ",").select(region="code", region_nom="nom")
    padded = pl.col("codeDepartement")
    academies = (
        read_csv("departements_academies_regions.csv")
        .filter(padded.is_not_null())
        .select(
            code=pl.when(padded.str.starts_with("0")).then(padded.str.slice(1)).otherwise(padded),
            academie="codeAcademie",
            academie_nom="libelleAcademie",
        )
    )
    return (
        read_csv("departements.csv", ",")
        .select("code", "nom", "region")
        .join(regions, on="region", how="left", validate="m:1")
        .join(academies, on="code", how="left", validate="1:1")
        .sort("code")
    )


@cache
def schools() -> pl.DataFrame:
    """Return the lycées and CFA: `uai`, `name`, `commune` (today's code, absent if unresolved), `nature`.

    Derived from lycees.csv and cfa.csv by `tools/make_nomenclatures.py`.
    """
    return (
        read_csv("etablissements.csv")
        .select("uai", pl.col("nom").str.strip_chars(), "commune", "nature")
        .sort("uai")
    )


@cache
def academies() -> pl.DataFrame:
    """Return where a UAI's first three characters lead: `prefix`, `academie`, `name`.

    They are those of the département, save for Corsica, which kept its numbers of before 1976.
    """
    return (
        read_csv("departements_academies_regions.csv")
        .filter(pl.col("codeDepartement").is_not_null())
        .select(
            prefix=pl.col("codeDepartement").replace({"02A": "620", "02B": "720"}),
            academie="codeAcademie",
            name="libelleAcademie",
        )
        .sort("prefix")
    )


@cache
def commune_labels() -> pl.DataFrame:
    """Return where a commune's label leads: `libelle` (normalised), `departement`, `commune`.

    One row per label and département that designate exactly one commune of today; names of
    delegated, associated and former communes included. Derived by `tools/make_nomenclatures.py`.
    """
    return pl.read_parquet(nomenclature_path("communes_libelles.parquet"), glob=False)


@cache
def empty_words() -> pl.Series:
    """Return what stands in a name's field and names nobody: INCONNU, SNP, X (normalised)."""
    return read_csv("mots_vides.csv")["valeur"]


@cache
def dialling_codes() -> pl.DataFrame:
    """Return the overseas numbers: `prefixe` (first 3 of the 9 digits), `indicatif`."""
    return read_csv("indicatifs.csv").select("prefixe", "indicatif")


@cache
def street_types() -> pl.DataFrame:
    """Return how addresses shorten the kinds of ways: `abrege` (AV), `way` (AVENUE)."""
    return read_csv("types_voies.csv")
