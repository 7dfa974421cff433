"""What has become of past lists, counted; small counts hidden, and what would give them back."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from siei_match.reference.contracts import conform, declaration
from siei_match.reference.disclosure import SMALL_COUNT

DIMENSIONS: Final = ("psad", "academie", "age", "sexe", "niveau")
ENSEMBLE: Final = "ensemble"
CLE: Final = ("campagne_liste", "campagne", "dimension", "valeur", "devenir")

DEVENIRS: Final = {
    "de_retour_scolarite": "De retour à l’école",
    "de_retour_agricole": "De retour dans l’enseignement agricole",
    "de_retour_apprentissage": "De retour en CFA",
    "diplome": "Diplômés",
    "reponse_plateforme": "Sortis des listes par la réponse d’une plateforme",
    "suivi_mission_locale": "Suivis par une mission locale",
    "toujours_sans_solution": "Toujours sans solution connue",
    "sorti_du_champ": "Sortis du champ par leur âge",
    "plus_vu": "Dans aucun extrait de cette campagne",
    ENSEMBLE: "Ensemble",
}


def describe_cohortes(code: str, devenirs: pl.DataFrame) -> dict[str, dict[str, int | None]]:
    """Return, for each past list, its people by outcome as `count_cohortes` shows them."""
    comptes = count_cohortes({code: devenirs}).filter(dimension=ENSEMBLE)
    return {
        str(liste): dict(counted.select("devenir", "personnes").iter_rows())
        for (liste,), counted in comptes.group_by("campagne_liste", maintain_order=True)
    }


def count_cohortes(devenirs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Count what has become of each past list at each campaign (tables/cohortes).

    Input: tables/devenirs of each campaign, by its code. Output: zeros included, counts under
    `SMALL_COUNT` absent, and with them whatever would give one back by a difference along its row (the
    outcomes of one value) or its column (the values of one dimension, for one outcome).
    """
    comptes = hide_small(_count(devenirs))
    return conform(comptes.select(declaration("tables/cohortes").columns), "tables/cohortes")


def _count(devenirs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    vides = [pl.DataFrame(schema=declaration("tables/devenirs").polars_schema)]
    toutes = pl.concat(
        frame.with_columns(campagne=pl.lit(code, dtype=pl.String))
        for code, frame in [("", vides[0]), *sorted(devenirs.items())]
    )
    lignes = pl.concat(
        toutes.select(
            "campagne_liste",
            "campagne",
            "devenir",
            dimension=pl.lit(dimension),
            valeur=pl.lit(ENSEMBLE)
            if dimension == ENSEMBLE
            else pl.col(dimension).cast(pl.String).fill_null("inconnu"),
        )
        for dimension in (ENSEMBLE, *DIMENSIONS)
    )
    lignes = pl.concat([lignes, lignes.with_columns(devenir=pl.lit(ENSEMBLE))], how="diagonal")
    enum = next(f for f in declaration("tables/devenirs").fields if f["name"] == "devenir")
    issues = pl.DataFrame({"devenir": [ENSEMBLE, *enum["constraints"]["enum"]]})
    grille = lignes.select(CLE[:-1]).unique().join(issues, how="cross")
    comptes = lignes.group_by(CLE).agg(n=pl.len())
    return grille.join(comptes, on=CLE, how="left").with_columns(pl.col("n").fill_null(0)).sort(CLE)


def hide_small(comptes: pl.DataFrame) -> pl.DataFrame:
    """Add `personnes`: `n`, absent where it is small or would give a small one back.

    In each row and each column of each dimension, with their totals, either nothing is hidden, or
    two counts are, that make `SMALL_COUNT` people or more: no difference is a small count. What more
    than one difference at a time could bound is not treated.
    """
    cases = comptes.with_columns(
        case=pl.int_range(pl.len(), dtype=pl.UInt32),
        cache=pl.col("n").is_between(1, SMALL_COUNT - 1),
    )
    lignes = _list_lines(cases)
    while (choisies := _choose(cases, lignes)).height:
        cases = cases.with_columns(
            cache=pl.col("cache") | pl.col("case").is_in(choisies["case"].implode())
        )
    return cases.with_columns(personnes=pl.when(~pl.col("cache")).then(pl.col("n"))).sort(CLE)


def _list_lines(cases: pl.DataFrame) -> pl.DataFrame:
    """List the cells of every row and column: ligne (a key), case, total."""
    suite = ["campagne_liste", "campagne"]
    rangees = cases.select(
        "case",
        ligne=pl.concat_str(*suite, "dimension", "valeur", separator="|"),
        total=pl.col("devenir") == ENSEMBLE,
    )
    marges = cases.filter(dimension=ENSEMBLE).drop("dimension")
    colonnes = pl.concat(
        [
            cases.filter(pl.col("dimension") != ENSEMBLE).select(
                "case", *suite, "dimension", "devenir", total=pl.lit(value=False)
            ),
            marges.join(pl.DataFrame({"dimension": DIMENSIONS}), how="cross").select(
                "case", *suite, "dimension", "devenir", total=pl.lit(value=True)
            ),
        ]
    )
    return pl.concat(
        [
            rangees.select("case", "ligne", "total"),
            colonnes.select(
                "case",
                ligne=pl.concat_str(*suite, "dimension", pl.lit(""), "devenir", separator="|"),
                total="total",
            ),
        ]
    )


def _choose(cases: pl.DataFrame, lignes: pl.DataFrame) -> pl.DataFrame:
    """Choose, in each line that gives a hidden count away, one more to hide: case."""
    etat = lignes.join(cases.select("case", "n", "cache"), on="case")
    part = pl.col("cache") & ~pl.col("total")
    bavardes = (
        etat.group_by("ligne")
        .agg(
            cachees=pl.col("cache").sum(),
            parts=part.sum(),
            somme=pl.col("n").filter(part).sum(),
            total_cache=(pl.col("cache") & pl.col("total")).any(),
        )
        .filter(
            (pl.col("cachees") == 1)
            | (~pl.col("total_cache") & (pl.col("parts") > 0) & (pl.col("somme") < SMALL_COUNT))
        )
    )
    return (
        etat.join(bavardes, on="ligne", how="semi")
        .filter(~pl.col("cache"), pl.col("n") > 0)
        # The smallest first; the total last, which is what people look for.
        .sort("ligne", "total", "n", "case")
        .unique("ligne", keep="first", maintain_order=True)
        .select("case")
        .unique()
    )
