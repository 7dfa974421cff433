"""The true decision of each person: section 4 of the contract, written a second time.

An oracle for the tests and for the score, independent of the stages that decide: it reads the
simulated lives (true enrolments, diplomas and follow-ups as far as they were delivered), never a
row with its errors, and needs no linkage.
"""

from datetime import date

import polars as pl

from siei_match.reference.vocabulary import BINDING_ANSWERS

CYCLES_VISES = ("college", "niveau_3", "niveau_4", "baccalaureat")
TITLE_RANK = {"niveau_3": 3, "niveau_4": 4, "baccalaureat": 5}
RANG_CYCLE = {"college": 3, "niveau_3": 3, "niveau_4": 4, "baccalaureat": 4}
ORDER = {"scolarite": 0, "agricole": 1, "apprentissage": 2, "missions_locales": 3}


def _bounds(year: int) -> tuple[date, date]:
    return date(year, 9, 1), date(year + 1, 8, 31)


def find_scope(inscriptions: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return `personne`, `rang_cycle` for those schooled 15 days on end in year N-1.

    Input: `personne`, `extrait`, `annee`, `debut`, `fin`, `cycle`; `annee` is that of N-1's
    September. `rang_cycle` is the level of the last cycle attended.
    """
    premier, last = _bounds(year)
    stays = (
        inscriptions.filter((pl.col("annee") == year) & pl.col("cycle").is_in(CYCLES_VISES))
        .with_columns(
            debut=pl.col("debut").fill_null(premier).clip(premier, last),
            fin=pl.when(pl.col("extrait") == "apprentissage")
            .then(last)
            .otherwise(pl.col("fin").fill_null(last).clip(premier, last)),
        )
        .filter(pl.col("fin") >= pl.col("debut"))
        .sort("personne", "debut", "fin")
        .with_columns(until_now=pl.col("fin").cum_max().over("personne"))
        .with_columns(avant=pl.col("until_now").shift(1).over("personne"))
        .with_columns(
            rupture_suite=(pl.col("debut") > pl.col("avant") + pl.duration(days=1)).fill_null(True)
        )
        .with_columns(bloc=pl.col("rupture_suite").cum_sum().over("personne"))
    )
    blocs = stays.group_by("personne", "bloc").agg(
        days=(pl.col("fin").max() - pl.col("debut").min()).dt.total_days() + 1
    )
    inside = blocs.filter(pl.col("days") >= 15).select("personne").unique()
    last_cycle = stays.group_by("personne").agg(
        rang_cycle=pl.col("cycle").sort_by("debut", "fin").last().replace_strict(
            RANG_CYCLE, return_dtype=pl.Int8
        )
    )  # fmt: skip
    return inside.join(last_cycle, on="personne", how="left")


def find_enrolled(inscriptions: pl.DataFrame, year: int, day: date, delay: int = 0) -> pl.DataFrame:
    """Return `personne`, `en_formation` (the extract) for those enrolled in N on the day."""
    premier, last = _bounds(year)
    six_months = pl.lit(day).dt.offset_by("-6mo")
    current = (
        inscriptions.filter(pl.col("annee") == year)
        .with_columns(
            debut=pl.col("debut").fill_null(premier),
            fin=pl.when(pl.col("extrait") == "apprentissage")
            .then(last)
            .otherwise(pl.col("fin").fill_null(last)),
        )
        .filter(
            (pl.col("debut") <= pl.lit(day) + pl.duration(days=delay))
            & (pl.col("fin") >= day)
            & ~((pl.col("rupture") < six_months).fill_null(False))
        )
        .with_columns(order=pl.col("extrait").replace_strict(ORDER, return_dtype=pl.Int8))
    )
    return current.group_by("personne").agg(en_formation=pl.col("extrait").sort_by("order").first())


def find_titles(titres: pl.DataFrame) -> pl.DataFrame:
    """Return `personne`, `rang_titre`, `title`: the highest diploma held that counts."""
    ranks = titres.with_columns(
        rang_titre=pl.col("titre")
        .replace({"superieur": "baccalaureat"})
        .replace_strict(TITLE_RANK, default=None, return_dtype=pl.Int8)
    ).drop_nulls("rang_titre")
    names = {v: k for k, v in TITLE_RANK.items()}
    return (
        ranks.group_by("personne")
        .agg(pl.col("rang_titre").max())
        .with_columns(titre=pl.col("rang_titre").replace_strict(names, return_dtype=pl.String))
    )


def decide_truth(
    personnes: pl.DataFrame,
    inscriptions: pl.DataFrame,
    titres: pl.DataFrame,
    retours: pl.DataFrame | None,
    *,
    annee_n: int,
    day: date,
    definition: str = "legale",
    delay: int = 0,
) -> pl.DataFrame:
    """Return the true `statut` and `motif` of each person in scope.

    Inputs: `personnes` (`personne`, `naissance`), true enrolments, `titres` (`personne`,
    `title`), `retours` (`personne`, `retour`) or None. A true sortant is `confirme`: truth has no
    doubt.
    """
    a, m, j = (getattr(pl.col("naissance").dt, p)() for p in ("year", "month", "day"))
    pas_encore = (m > day.month) | ((m == day.month) & (j > day.day))
    age = (pl.lit(day.year) - a - pas_encore.cast(pl.Int32)).cast(pl.Int16)
    base = (
        find_scope(inscriptions, annee_n - 1)
        .join(personnes.select("personne", "naissance"), on="personne")
        .join(find_enrolled(inscriptions, annee_n, day, delay), on="personne", how="left")
        .join(find_titles(titres), on="personne", how="left")
        .with_columns(age=age)
    )
    if retours is None:
        base = base.with_columns(retour=pl.lit(None, pl.String))
    else:
        useful = retours.filter(pl.col("retour").is_in(BINDING_ANSWERS)).unique(
            "personne", keep="first"
        )
        base = base.join(useful.select("personne", "retour"), on="personne", how="left")
    enough = pl.col("titre").is_not_null()
    if definition == "operationnelle":
        enough &= pl.min_horizontal("rang_titre", pl.lit(4)) >= pl.col("rang_cycle")
    statut = (
        pl.when((pl.col("age") < 16) | (pl.col("age") >= 26)).then(pl.lit("hors_champ"))
        .when(pl.col("en_formation").is_not_null()).then(pl.lit("en_formation"))
        .when(enough).then(pl.lit("diplome"))
        .when(pl.col("retour").is_not_null()).then(pl.lit("retour"))
        .otherwise(pl.lit("sortant"))
    )  # fmt: skip
    motif = (
        pl.when(pl.col("age") < 16).then(pl.lit("age_moins_16"))
        .when(pl.col("age") >= 26).then(pl.lit("age_plus_25"))
        .when(pl.col("en_formation").is_not_null()).then("en_formation")
        .when(enough).then("titre")
        .when(pl.col("retour").is_not_null()).then("retour")
        .otherwise(pl.lit("confirme"))
    )  # fmt: skip
    return base.select("personne", "age", statut=statut, motif=motif).sort("personne")


def find_residence(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return `personne`, `commune` of the row that began last, not after the day.

    Input: `personne`, `extrait`, `annee` (null for a follow-up), `debut`, `commune`. A missing
    entry date is 1 September of the school year; ties go in the order of the contract.
    """
    return (
        rows.with_columns(
            debut=pl.col("debut").fill_null(pl.date(pl.col("annee").cast(pl.Int32), 9, 1)),
            order=pl.col("extrait").replace_strict(ORDER, return_dtype=pl.Int8),
        )
        .filter((pl.col("debut") <= day) & pl.col("commune").is_not_null())
        .sort(["personne", "debut", "order"], descending=[False, True, False])
        .unique("personne", keep="first", maintain_order=True)
        .select("personne", "commune")
    )
