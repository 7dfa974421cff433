"""Who was schooled in year N-1, who is enrolled on the day, and what was left last."""

from typing import Final

import polars as pl

from siei_match.reference.enrolments import (
    date_cloture,
    date_debut,
    date_fin,
    first_school_day,
    keep_last,
    recency_key,
    year_begun,
)
from siei_match.reference.vocabulary import (
    APPRENTISSAGE,
    CONTRATS,
    ENROLMENT_EXTRACTS,
    SCHOOLING_EXTRACTS,
)
from siei_match.stages.decide.observation import Observation

CYCLE_LEVEL: Final = {"college": 3, "niveau_3": 3, "niveau_4": 4, "baccalaureat": 4}
"""Cycles that put a person in scope, with the level of diploma that leaving each one asks for.

A collégien has no vocational diploma to miss: any of level 3 or more will do (contract, 4)."""

REQUIRED_DAYS: Final = 15
CFA_GRACE_MONTHS: Final = 6
"""A CFA keeps an apprentice whose contract was broken for six months (Code du travail,
L. 6222-18-2 and L. 6225-3-1)."""


def measure_scolarite(parcours: pl.DataFrame, observation: Observation) -> pl.DataFrame:
    """Find the people in scope, the length of their longest schooling in N-1, the cycle they left.

    Input: `parcours` keyed by personne. A contract is an enrolment of each school year that it
    covers a part of; one that begins in July or August, of none before the one that follows. Output, one row per person in scope: personne,
    jours_consecutifs, cycle_quitte. Enrolments are clipped to their school year and merged where
    they touch or overlap; both ends count. The cycle left is that of the last enrolment among
    those of a long enough schooling; of two that nothing separates, the more demanding.
    """
    year = pl.lit(observation.previous_year, dtype=pl.Int16)
    # A contract that was broken is no schooling from then on, whatever end it was to have.
    broken = pl.when(pl.col("extrait") == CONTRATS).then("rupture")
    inscriptions = (
        parcours.filter(
            (pl.col("annee") == year)
            | ((pl.col("extrait") == CONTRATS) & (year_begun(date_debut()) <= year)),
            pl.col("extrait").is_in(SCHOOLING_EXTRACTS),
            pl.col("cycle").is_in(list(CYCLE_LEVEL)),
        )
        .select(
            "personne",
            "cycle",
            cle=recency_key(),
            du=pl.max_horizontal(date_debut(), first_school_day(year)),
            au=pl.min_horizontal(date_fin(), broken, date_cloture(year)),
        )
        .filter(pl.col("du") <= pl.col("au"))
    )
    periods = merge_periods(inscriptions)
    durations = periods.group_by("personne", "period").agg(
        jours=(pl.col("au").max() - pl.col("du").min()).dt.total_days() + 1
    )
    long = durations.filter(pl.col("jours") >= REQUIRED_DAYS)
    days = long.group_by("personne").agg(jours_consecutifs=pl.col("jours").max().cast(pl.Int16))
    required = pl.col("cycle").replace_strict(
        {"baccalaureat": 0, "niveau_4": 1, "niveau_3": 2, "college": 3}, return_dtype=pl.Int8
    )
    left = keep_last(
        periods.join(long, on="period", how="semi").with_columns(requirement=required),
        "cle",
        ["requirement"],
    )
    return days.join(
        left.select("personne", cycle_quitte="cycle"), on="personne", maintain_order="left"
    )


def merge_periods(inscriptions: pl.DataFrame) -> pl.DataFrame:
    """Number the maximal periods of each person: same `period` for rows that touch or overlap.

    Input: personne, du, au (both ends included) and others. Output: the same rows, sorted by
    personne and du, with `period`.
    """
    days = 1 << 24
    sorted_ = inscriptions.sort("personne", "du", "au")
    # One running maximum serves everybody: a person's numbers all exceed the previous person's.
    reached = (
        (pl.col("personne").cast(pl.Int64) * days + pl.col("au").dt.epoch("d")).cum_max().shift(1)
    )
    debut = pl.col("personne").cast(pl.Int64) * days + pl.col("du").dt.epoch("d")
    break_ = (debut > reached + 1).fill_null(value=True)
    return sorted_.with_columns(period=break_.cast(pl.UInt32).cum_sum())


def has_left_cfa(observation: Observation) -> pl.Expr:
    """Whether the contract broke more than six calendar months before the day.

    Months are counted from the break, as article 641 of the Code de procédure civile counts:
    from 31 August they end on the last day of February.
    """
    end = pl.col("rupture").dt.offset_by(f"{CFA_GRACE_MONTHS}mo")
    return (end < observation.day).fill_null(value=False)


def find_enrolled(parcours: pl.DataFrame, observation: Observation) -> pl.DataFrame:
    """Find who is enrolled on the day, extract by extract.

    Output, one row per enrolled person: personne, inscription_scolarite, inscription_agricole,
    inscription_apprentissage (a contract, too). Any cycle counts, the integration tracks included.
    """
    latest_start = pl.lit(observation.day).dt.offset_by(f"{observation.delai_entree}d")
    still_open = parcours.filter(
        (pl.col("annee") == observation.year) | (pl.col("extrait") == CONTRATS),
        pl.col("extrait").is_in(SCHOOLING_EXTRACTS),
        date_debut() <= latest_start,
        date_fin() >= pl.max_horizontal(date_debut(), pl.lit(observation.day)),
        ~has_left_cfa(observation),
    )
    return still_open.group_by("personne").agg(
        pl.col("extrait")
        .replace(CONTRATS, APPRENTISSAGE)
        .eq(extrait)
        .any()
        .alias(f"inscription_{extrait}")
        for extrait in ENROLMENT_EXTRACTS
    )


def describe_last(parcours: pl.DataFrame, observation: Observation) -> pl.DataFrame:
    """Describe the last enrolment that had begun by the day.

    Output: personne, date_derniere_sortie, derniere_formation, dernier_uai. The exit is absent
    while the enrolment runs; an apprentice who left the CFA left when the contract broke. When
    the last enrolment names no establishment, `dernier_uai` is that of the last one that does.
    """
    begun = parcours.filter(
        pl.col("extrait").is_in(SCHOOLING_EXTRACTS), date_debut() <= observation.day
    ).select(
        "personne",
        "uai",
        "formation",
        cle=recency_key(),
        sortie=pl.when(has_left_cfa(observation))
        .then(pl.max_horizontal("rupture", date_debut()))
        .otherwise(date_fin()),
    )
    tie_break = ["uai", "formation", "sortie"]
    last = keep_last(begun, "cle", tie_break)
    without_uai = last.filter(pl.col("uai").is_null())
    with_uai = begun.filter(pl.col("uai").is_not_null())
    fallbacks = keep_last(with_uai.join(without_uai, on="personne", how="semi"), "cle", tie_break)
    return last.join(
        fallbacks.select("personne", fallback_uai="uai"), on="personne", how="left"
    ).select(
        "personne",
        date_derniere_sortie=pl.when(pl.col("sortie") < observation.day).then("sortie"),
        derniere_formation="formation",
        dernier_uai=pl.coalesce("uai", "fallback_uai"),
    )
