"""What siei.duckdb says of a pair that likeness decided: its levels, and classes for its weights.

A weight is log2 of how rare a value is: with a public list of names, the weight of a name tells
the name, whatever the key. So the exact numbers stay in `liens.parquet`, its owner's alone, and
the base that a group reads has classes so coarse that they say little more than the levels.

And what it says of a person's schooling: a school, a training and an age tell most people apart from
all others. So each is shown only where enough people share all that is shown (setting `grossierete`).
"""

from typing import Final

import polars as pl

from siei_match.reference.contracts import declaration

TABLE: Final = "tables/liens_classes"
DECISIONS: Final = "tables/decisions_classes"
MASKS: Final = "tables/masques"
OUTCOMES: Final = "tables/devenirs_classes"
SEEN: Final = ("statut", "motif", "psad", "public", "suivi_mission_locale")
"""What a row always shows: the tables of indicators count it too."""
DETAILS: Final = ("age", "derniere_formation", "dernier_uai", "date_derniere_sortie")
"""What it shows where enough people share it, in this order."""
ADULT: Final = 18
SHARE: Final = "poids_"
CLASS: Final = "classe_"
LEVEL: Final = "niveau_"
OUTCOME: Final = ("issue", "revue")
DOUBTFUL: Final = 0.25
SURE: Final = 0.95
STRONG: Final = 10.0
"""In bits: a thousand to one. Fixed bounds: a setting that moved them would narrow the classes."""


def coarsen_links(liens: pl.LazyFrame) -> pl.DataFrame:
    """Return the rows of `liens` with classes in place of every number that a value's rarity made.

    Input: schemas/tables/liens.json, some rows at a time. Output: schemas/tables/liens_classes.json, in an
    order that no weight decides; of texts that are one of a few each row holds a number.
    """
    chance, weight = pl.col("probabilite"), pl.col("poids")
    shares = [name for name in liens.collect_schema().names() if name.startswith(SHARE)]
    declared = declaration(TABLE)
    # Levels are whatever the linkage was declared to tell: no run fails for one that nobody listed here.
    few = [name for name in declared.columns if name.startswith((LEVEL, CLASS))]
    return (
        liens.with_columns(
            _choose([(chance < DOUBTFUL, "faible"), (chance < SURE, "incertaine")], "forte").alias(
                "classe_probabilite"
            ),
            _choose([(weight < 0, "contre"), (weight < STRONG, "faible")], "forte").alias(
                "classe_poids"
            ),
            *(_tell_side(name) for name in shares),
        )
        .select(declared.columns)
        .with_columns(pl.col(*few, *OUTCOME).cast(pl.Categorical))
        .collect(engine="streaming")
        .sort("extrait_a", "fichier_a", "ligne_a", "extrait_b", "fichier_b", "ligne_b")
    )


def class_of(chance: float) -> str:
    """Return the class of a probability, for whoever is shown one pair without its values."""
    return "faible" if chance < DOUBTFUL else "incertaine" if chance < SURE else "forte"


def _tell_side(name: str) -> pl.Expr:
    """Say on which side a share weighs: its level says as much."""
    share = pl.col(name)
    found = _choose([(share < 0, "contre"), (share > 0, "pour")], "neutre")
    return found.alias(CLASS + name.removeprefix(SHARE))


def _choose(cases: list[tuple[pl.Expr, str]], otherwise: str) -> pl.Expr:
    told = pl.lit(otherwise)
    for holds, word in reversed(cases):
        told = pl.when(holds).then(pl.lit(word)).otherwise(told)
    return told


def coarsen_decisions(decisions: pl.DataFrame, fewest: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of `decisions` with what tells one person from fewer than `fewest` hidden.

    In the order of `DETAILS`, a value is shown where so many people of one decision and platform share
    it and all that the row shows before it; else it is absent, and `masque` says so. The day of leaving
    becomes its month. Input: schemas/tables/decisions.json. Output: schemas/tables/decisions_classes.json,
    and masques.json: the public of each, and whether a value is hidden.
    """
    day = pl.col("date_derniere_sortie")
    told = decisions.with_columns(
        day.dt.month_start(),
        public=pl.when(pl.col("age") < ADULT)
        .then(pl.lit("obligation_formation"))
        .otherwise(pl.lit("droit_retour")),
        masque=pl.lit(value=False),
    )
    for place, name in enumerate(DETAILS):
        shared = pl.len().over(*SEEN, *DETAILS[:place], name) >= fewest
        told = told.with_columns(
            pl.when(shared).then(name).alias(name),
            masque=pl.col("masque") | (~shared & pl.col(name).is_not_null()),
        )
    told = told.sort("id_personne")
    return told.select(declaration(DECISIONS).columns), told.select(declaration(MASKS).columns)


def without_traits(devenirs: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `devenirs` without what is counted in `cohortes` instead."""
    return devenirs.select(declaration(OUTCOMES).columns)
