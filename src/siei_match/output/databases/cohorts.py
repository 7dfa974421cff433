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
    counts = count_cohortes({code: devenirs}).filter(dimension=ENSEMBLE)
    return {
        str(liste): dict(counted.select("devenir", "personnes").iter_rows())
        for (liste,), counted in counts.group_by("campagne_liste", maintain_order=True)
    }


def count_cohortes(devenirs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Count what has become of each past list at each campaign (tables/cohortes).

    Input: tables/devenirs of each campaign, by its code. Output: zeros included, counts under
    `SMALL_COUNT` absent, and with them whatever would give one back by a difference along its row (the
    outcomes of one value) or its column (the values of one dimension, for one outcome).
    """
    counts = hide_small(_count(devenirs))
    return conform(counts.select(declaration("tables/cohortes").columns), "tables/cohortes")


def _count(devenirs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    empty = [pl.DataFrame(schema=declaration("tables/devenirs").polars_schema)]
    every = pl.concat(
        frame.with_columns(campagne=pl.lit(code, dtype=pl.String))
        for code, frame in [("", empty[0]), *sorted(devenirs.items())]
    )
    rows = pl.concat(
        every.select(
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
    rows = pl.concat([rows, rows.with_columns(devenir=pl.lit(ENSEMBLE))], how="diagonal")
    enum = next(f for f in declaration("tables/devenirs").fields if f["name"] == "devenir")
    issues = pl.DataFrame({"devenir": [ENSEMBLE, *enum["constraints"]["enum"]]})
    grille = rows.select(CLE[:-1]).unique().join(issues, how="cross")
    counts = rows.group_by(CLE).agg(n=pl.len())
    return grille.join(counts, on=CLE, how="left").with_columns(pl.col("n").fill_null(0)).sort(CLE)


def hide_small(counts: pl.DataFrame) -> pl.DataFrame:
    """Add `personnes`: `n`, absent where it is small or would give a small one back.

    In each row and each column of each dimension, with their totals, either nothing is hidden, or
    two counts are, that make `SMALL_COUNT` people or more: no difference is a small count. What more
    than one difference at a time could bound is not treated.
    """
    cases = counts.with_columns(
        case=pl.int_range(pl.len(), dtype=pl.UInt32),
        cache=pl.col("n").is_between(1, SMALL_COUNT - 1),
    )
    rows = _list_lines(cases)
    while (chosen := _choose(cases, rows)).height:
        cases = cases.with_columns(
            cache=pl.col("cache") | pl.col("case").is_in(chosen["case"].implode())
        )
    return cases.with_columns(personnes=pl.when(~pl.col("cache")).then(pl.col("n"))).sort(CLE)


def _list_lines(cases: pl.DataFrame) -> pl.DataFrame:
    """List the cells of every row and column: ligne (a key), case, total."""
    suite = ["campagne_liste", "campagne"]
    rows = cases.select(
        "case",
        ligne=pl.concat_str(*suite, "dimension", "valeur", separator="|"),
        total=pl.col("devenir") == ENSEMBLE,
    )
    margins = cases.filter(dimension=ENSEMBLE).drop("dimension")
    columns = pl.concat(
        [
            cases.filter(pl.col("dimension") != ENSEMBLE).select(
                "case", *suite, "dimension", "devenir", total=pl.lit(value=False)
            ),
            margins.join(pl.DataFrame({"dimension": DIMENSIONS}), how="cross").select(
                "case", *suite, "dimension", "devenir", total=pl.lit(value=True)
            ),
        ]
    )
    return pl.concat(
        [
            rows.select("case", "ligne", "total"),
            columns.select(
                "case",
                ligne=pl.concat_str(*suite, "dimension", pl.lit(""), "devenir", separator="|"),
                total="total",
            ),
        ]
    )


def _choose(cases: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Choose, in each line that gives a hidden count away, one more to hide: case."""
    state = rows.join(cases.select("case", "n", "cache"), on="case")
    part = pl.col("cache") & ~pl.col("total")
    telling = (
        state.group_by("ligne")
        .agg(
            hidden=pl.col("cache").sum(),
            parts=part.sum(),
            shown_sum=pl.col("n").filter(part).sum(),
            total_cache=(pl.col("cache") & pl.col("total")).any(),
        )
        .filter(
            (pl.col("hidden") == 1)
            | (~pl.col("total_cache") & (pl.col("parts") > 0) & (pl.col("shown_sum") < SMALL_COUNT))
        )
    )
    return (
        state.join(telling, on="ligne", how="semi")
        .filter(~pl.col("cache"), pl.col("n") > 0)
        # The smallest first; the total last, which is what people look for.
        .sort("ligne", "total", "n", "case")
        .unique("ligne", keep="first", maintain_order=True)
        .select("case")
        .unique()
    )
