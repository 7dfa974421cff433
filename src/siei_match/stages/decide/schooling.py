"""Who was schooled in year N-1, who is enrolled on the day, and what was left last."""

from typing import Final

import polars as pl

from siei_match.reference.enrolments import (
    cle_recence,
    date_cloture,
    date_debut,
    date_fin,
    date_rentree,
    keep_last,
)
from siei_match.reference.vocabulary import EXTRAITS_INSCRIPTION
from siei_match.stages.decide.observation import Observation

NIVEAU_CYCLE: Final = {"college": 3, "niveau_3": 3, "niveau_4": 4, "baccalaureat": 4}
"""Cycles that put a person in scope, with the level of diploma that leaving each one asks for.

A collégien has no vocational diploma to miss: any of level 3 or more will do (contract, 4)."""

JOURS_REQUIS: Final = 15
MOIS_MAINTIEN_CFA: Final = 6
"""A CFA keeps an apprentice whose contract was broken for six months (Code du travail,
L. 6222-18-2 and L. 6225-3-1)."""


def measure_scolarite(parcours: pl.DataFrame, observation: Observation) -> pl.DataFrame:
    """Find the people in scope, the length of their longest schooling in N-1, the cycle they left.

    Input: `parcours` keyed by personne. Output, one row per person in scope: personne,
    jours_consecutifs, cycle_quitte. Enrolments are clipped to their school year and merged where
    they touch or overlap; both ends count. The cycle left is that of the last enrolment among
    those of a long enough schooling; of two that nothing separates, the more demanding.
    """
    annee = pl.col("annee")
    inscriptions = (
        parcours.filter(
            annee == observation.annee_precedente,
            pl.col("extrait").is_in(EXTRAITS_INSCRIPTION),
            pl.col("cycle").is_in(list(NIVEAU_CYCLE)),
        )
        .select(
            "personne",
            "cycle",
            cle=cle_recence(),
            du=pl.max_horizontal(date_debut(), date_rentree(annee)),
            au=pl.min_horizontal(date_fin(), date_cloture(annee)),
        )
        .filter(pl.col("du") <= pl.col("au"))
    )
    periodes = merge_periodes(inscriptions)
    durees = periodes.group_by("personne", "periode").agg(
        jours=(pl.col("au").max() - pl.col("du").min()).dt.total_days() + 1
    )
    longues = durees.filter(pl.col("jours") >= JOURS_REQUIS)
    jours = longues.group_by("personne").agg(jours_consecutifs=pl.col("jours").max().cast(pl.Int16))
    exigence = pl.col("cycle").replace_strict(
        {"baccalaureat": 0, "niveau_4": 1, "niveau_3": 2, "college": 3}, return_dtype=pl.Int8
    )
    quittes = keep_last(
        periodes.join(longues, on="periode", how="semi").with_columns(exigence=exigence),
        "cle",
        ["exigence"],
    )
    return jours.join(
        quittes.select("personne", cycle_quitte="cycle"), on="personne", maintain_order="left"
    )


def merge_periodes(inscriptions: pl.DataFrame) -> pl.DataFrame:
    """Number the maximal periods of each person: same `periode` for rows that touch or overlap.

    Input: personne, du, au (both ends included) and others. Output: the same rows, sorted by
    personne and du, with `periode`.
    """
    jours = 1 << 24
    triees = inscriptions.sort("personne", "du", "au")
    # One running maximum serves everybody: a person's numbers all exceed the previous person's.
    atteint = (
        (pl.col("personne").cast(pl.Int64) * jours + pl.col("au").dt.epoch("d")).cum_max().shift(1)
    )
    debut = pl.col("personne").cast(pl.Int64) * jours + pl.col("du").dt.epoch("d")
    coupure = (debut > atteint + 1).fill_null(value=True)
    return triees.with_columns(periode=coupure.cast(pl.UInt32).cum_sum())


def a_quitte_le_cfa(observation: Observation) -> pl.Expr:
    """Whether the contract broke more than six calendar months before the day.

    Months are counted from the break, as article 641 of the Code de procédure civile counts:
    from 31 August they end on the last day of February.
    """
    terme = pl.col("rupture").dt.offset_by(f"{MOIS_MAINTIEN_CFA}mo")
    return (terme < observation.jour).fill_null(value=False)


def find_inscriptions(parcours: pl.DataFrame, observation: Observation) -> pl.DataFrame:
    """Find who is enrolled on the day, extract by extract.

    Output, one row per enrolled person: personne, inscription_scolarite, inscription_agricole,
    inscription_apprentissage. Any cycle counts, the integration tracks included.
    """
    dernier_debut = pl.lit(observation.jour).dt.offset_by(f"{observation.delai_entree}d")
    ouvertes = parcours.filter(
        pl.col("annee") == observation.annee,
        pl.col("extrait").is_in(EXTRAITS_INSCRIPTION),
        date_debut() <= dernier_debut,
        date_fin() >= pl.max_horizontal(date_debut(), pl.lit(observation.jour)),
        ~a_quitte_le_cfa(observation),
    )
    return ouvertes.group_by("personne").agg(
        (pl.col("extrait") == extrait).any().alias(f"inscription_{extrait}")
        for extrait in EXTRAITS_INSCRIPTION
    )


def describe_derniere(parcours: pl.DataFrame, observation: Observation) -> pl.DataFrame:
    """Describe the last enrolment that had begun by the day.

    Output: personne, date_derniere_sortie, derniere_formation, dernier_uai. The exit is absent
    while the enrolment runs; an apprentice who left the CFA left when the contract broke. When
    the last enrolment names no establishment, `dernier_uai` is that of the last one that does.
    """
    commencees = parcours.filter(
        pl.col("extrait").is_in(EXTRAITS_INSCRIPTION), date_debut() <= observation.jour
    ).select(
        "personne",
        "uai",
        "formation",
        cle=cle_recence(),
        sortie=pl.when(a_quitte_le_cfa(observation))
        .then(pl.max_horizontal("rupture", date_debut()))
        .otherwise(date_fin()),
    )
    departage = ["uai", "formation", "sortie"]
    dernieres = keep_last(commencees, "cle", departage)
    sans_uai = dernieres.filter(pl.col("uai").is_null())
    avec_uai = commencees.filter(pl.col("uai").is_not_null())
    replis = keep_last(avec_uai.join(sans_uai, on="personne", how="semi"), "cle", departage)
    return dernieres.join(
        replis.select("personne", uai_repli="uai"), on="personne", how="left"
    ).select(
        "personne",
        date_derniere_sortie=pl.when(pl.col("sortie") < observation.jour).then("sortie"),
        derniere_formation="formation",
        dernier_uai=pl.coalesce("uai", "uai_repli"),
    )
