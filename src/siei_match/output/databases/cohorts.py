"""What has become of past lists, counted; small counts hidden, and what would give them back."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from siei_match.output.databases.indicators import LISTED, tell_lists, tell_parts
from siei_match.reference.concealment import conceal_parts
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.disclosure import is_small
from siei_match.reference.vocabulary import UNPLACED

DIMENSIONS: Final = ("psad", "academie", "age", "sexe", "niveau")
ENSEMBLE: Final = "ensemble"
INCONNU: Final = "inconnu"
PAIR: Final = ("campagne_liste", "campagne")
AGES: Final = range(16, 26)
"""Of who is on a list."""
ENTIRE: Final = pl.DataFrame({"dimension": [ENSEMBLE], "valeur": [ENSEMBLE]})
CLE: Final = ("campagne_liste", "campagne", "dimension", "valeur", "devenir")

DEVENIRS: Final = {
    "de_retour_scolarite": "De retour à l’école",
    "de_retour_agricole": "De retour dans l’enseignement agricole",
    "de_retour_apprentissage": "De retour en CFA",
    "diplome": "Diplômés",
    "reponse_plateforme": "Sortis par la réponse d’une plateforme",
    "suivi_mission_locale": "Suivis par une mission locale",
    "toujours_sans_solution": "Toujours sans solution connue",
    "sorti_du_champ": "Sortis du champ par leur âge",
    "plus_vu": "Dans aucun extrait de cette campagne",
    ENSEMBLE: "Ensemble",
}


def describe_cohortes(code: str, devenirs: pl.DataFrame) -> dict[str, dict[str, int | None]]:
    """Return, for each past list, its people by outcome as `count_cohortes` shows them."""
    shown = _show(_tell_top(_count({code: devenirs}, ENTIRE)))
    return {
        str(liste): dict(counts.select("devenir", "personnes").iter_rows())
        for (liste,), counts in shown.group_by("campagne_liste", maintain_order=True)
    }


def count_cohortes(devenirs: Mapping[str, pl.DataFrame], zones: pl.DataFrame) -> pl.DataFrame:
    """Count what has become of each past list at each campaign (tables/cohortes).

    Args:
        devenirs: tables/devenirs of each campaign, by its code.
        zones: tables/psad.

    Output: zeros included; hidden counts absent. How long a list is of a platform or an académie is told
    where `indicateurs` tells it.
    """
    counts = _count(devenirs, _values(zones))
    told = [_tell_cohort(cohort, zones) for _, cohort in counts.group_by(PAIR, maintain_order=True)]
    every = pl.concat([counts.clear().with_columns(told=pl.lit(value=True)), *told])
    return conform(_show(every).select(declaration("tables/cohortes").columns), "tables/cohortes")


def _show(told: pl.DataFrame) -> pl.DataFrame:
    """Add `personnes`: `n` where it is told; a country's list that is itself small is not."""
    return told.with_columns(
        personnes=pl.when(pl.col("told") & ~is_small(pl.col("n"))).then(pl.col("n")).cast(pl.UInt32)
    ).sort(CLE)


def _values(zones: pl.DataFrame) -> pl.DataFrame:
    """Return what people are counted by, of nobody too (dimension, valeur): an absent row would tell of none."""
    allowed = {
        field["name"]: field["constraints"]["enum"]
        for field in declaration("tables/devenirs").fields
        if field["name"] in ("sexe", "niveau")
    }
    every = {
        "psad": [*zones["code"], UNPLACED],
        "academie": [*zones["academie"].drop_nulls().unique(maintain_order=True), INCONNU],
        "age": [str(age) for age in AGES],
        "sexe": [*allowed["sexe"], INCONNU],
        "niveau": allowed["niveau"],
    }
    listed = [
        pl.DataFrame({"valeur": values}, {"valeur": pl.String}).select(
            pl.lit(dimension).alias("dimension"), "valeur"
        )
        for dimension, values in every.items()
    ]
    return pl.concat([ENTIRE, *listed])


def _count(devenirs: Mapping[str, pl.DataFrame], values: pl.DataFrame) -> pl.DataFrame:
    """Count people by `CLE`, zeros included: n."""
    empty = pl.DataFrame(schema=declaration("tables/devenirs").polars_schema)
    every = pl.concat(
        frame.select(empty.columns).with_columns(campagne=pl.lit(code, dtype=pl.String))
        for code, frame in [("", empty), *sorted(devenirs.items())]
    )
    rows = pl.concat(
        every.select(
            *PAIR,
            "devenir",
            dimension=pl.lit(dimension),
            valeur=pl.lit(ENSEMBLE)
            if dimension == ENSEMBLE
            else pl.col(dimension).cast(pl.String).fill_null(INCONNU),
        )
        for dimension in values["dimension"].unique(maintain_order=True)
    )
    rows = pl.concat([rows, rows.with_columns(devenir=pl.lit(ENSEMBLE))], how="diagonal")
    enum = next(f for f in declaration("tables/devenirs").fields if f["name"] == "devenir")
    outcomes = pl.DataFrame({"devenir": [ENSEMBLE, *enum["constraints"]["enum"]]})
    # Platforms of other zones than today's stand there too.
    places = pl.concat([values, rows.select(values.columns)]).unique()
    grid = rows.select(PAIR).unique().join(places, how="cross").join(outcomes, how="cross")
    counts = rows.group_by(CLE).agg(n=pl.len().cast(pl.Int64))
    return grid.join(counts, on=CLE, how="left").with_columns(pl.col("n").fill_null(0)).sort(CLE)


def _tell_top(counts: pl.DataFrame) -> pl.DataFrame:
    """Decide the outcomes of whole lists: rows of the dimension `ensemble`, with `told`."""
    parts = counts.filter(pl.col("devenir") != ENSEMBLE)
    groups = parts.select("n", ensemble=pl.concat_str(PAIR, separator="|"), part="devenir")
    return pl.concat(
        [
            parts.with_columns(told=conceal_parts(groups)["told"]),
            counts.filter(devenir=ENSEMBLE).with_columns(told=pl.lit(value=True)),
        ]
    )


def _tell_cohort(counts: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Decide the counts of one list at one campaign: `told`."""
    top = _tell_top(counts.filter(dimension=ENSEMBLE))
    sizes = counts.filter(devenir=ENSEMBLE)
    wholes = pl.concat([_tell_sizes(sizes, zones), top.filter(devenir=ENSEMBLE)])
    outcomes = tuple(top.filter(pl.col("devenir") != ENSEMBLE)["devenir"])
    parts = tell_parts(
        _as_places(counts.filter(pl.col("devenir") != ENSEMBLE)),
        _as_places(wholes),
        _lines(sizes, zones),
        {"devenirs": (ENSEMBLE, outcomes)},
        _as_places(top.filter(pl.col("devenir") != ENSEMBLE)),
    )
    told = parts.rename({"niveau": "dimension", "lieu": "valeur", "indicateur": "devenir"})
    joined = counts.join(told.drop("n"), on=CLE[2:], how="inner", maintain_order="left")
    return pl.concat([joined, wholes.select(joined.columns)])


def _as_places(counts: pl.DataFrame) -> pl.DataFrame:
    names = {"dimension": "niveau", "valeur": "lieu", "devenir": "indicateur"}
    return counts.drop(PAIR).rename(names)


def _tell_sizes(sizes: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Decide of how many people of each dimension a list is made: `told`."""
    listed = sizes.filter(dimension="psad").select("n", psad="valeur").rename({"n": LISTED})
    places = tell_lists(listed, zones).select("told", "n", dimension="niveau", valeur="lieu")
    # Who is of no académie is at platforms that are in none, or at none.
    placed = zones.drop_nulls("academie")["code"]
    nowhere = places.filter(
        pl.col("dimension") == "psad", ~pl.col("valeur").is_in(placed.implode())
    )
    unknown = nowhere.select(
        "told", "n", dimension=pl.lit("academie"), valeur=pl.lit(INCONNU)
    ).group_by("dimension", "valeur").agg(pl.col("told").all(), pl.col("n").sum())  # fmt: skip
    every = pl.concat([places, unknown.select(places.columns)]).rename({"n": "there"})
    # An académie of other zones than today's is told nowhere else: nor here.
    same = (pl.col("there") == pl.col("n")).fill_null(value=False)
    by_place = (
        sizes.filter(pl.col("dimension").is_in(["psad", "academie"]))
        .join(every, on=["dimension", "valeur"], how="left", maintain_order="left")
        .with_columns(told=pl.col("told").fill_null(value=False) & same)
        .drop("there")
    )
    others = sizes.filter(~pl.col("dimension").is_in(["psad", "academie", ENSEMBLE]))
    groups = others.select("n", ensemble="dimension", part="valeur")
    flat = others.with_columns(told=conceal_parts(groups)["told"])
    return pl.concat([by_place, flat])


def _lines(sizes: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Return which values are parts of which others (`tell_parts`)."""
    academies = zones.select("academie", psad="code")
    below = {"niveau": pl.col("dimension"), "lieu": pl.col("valeur")}
    top = {"above": pl.lit(ENSEMBLE), "of": pl.lit(ENSEMBLE)}
    flat = sizes.filter(~pl.col("dimension").is_in(["psad", ENSEMBLE])).select(
        rank=pl.lit(0), line="dimension", **top, **below
    )
    known = sizes.filter(dimension="academie")["valeur"]
    of = pl.when(pl.col("academie").is_in(known.implode())).then("academie").fill_null(INCONNU)
    platforms = (
        sizes.filter(dimension="psad")
        .join(academies, left_on="valeur", right_on="psad", how="left", maintain_order="left")
        .select(rank=pl.lit(1), line=of, above=pl.lit("academie"), of=of, **below)
    )
    return pl.concat([flat, platforms])
