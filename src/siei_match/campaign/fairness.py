"""Who is of which group, for a run to say what it did for each: by sex, age, level, birth, place, source."""

from typing import Final

import polars as pl

from siei_match.campaign.rights import read_rectified
from siei_match.campaign.worksite import Worksite
from siei_match.output.databases.indicators import count_indicators, tell_indicators
from siei_match.output.estimates import GroupRecord
from siei_match.reference.births import age_on, settle_births
from siei_match.reference.delivery import Delivery
from siei_match.reference.nomenclatures import Psad
from siei_match.reference.vocabulary import A_VERIFIER
from siei_match.stages.publish.groups import UNKNOWN, GroupedPeople, describe_groups
from siei_match.stages.publish.report.places import WITHOUT_ACADEMY

TESTED: Final = "personnes_testees"
NAISSANCE: Final = ("naissance_annee", "naissance_mois", "naissance_jour")
TRAITS: Final = ("rid", "extrait", "sexe", *NAISSANCE, "naissance_lieu", "commune")
"""The columns of traits that groups are made of: no name among them, on purpose."""


def compare_groups(worksite: Worksite, delivery: Delivery, psad: Psad) -> tuple[GroupRecord, ...]:
    """Return what this run did for each group of people (`stages.publish.groups`)."""
    members = worksite.read("personnes", "rid", "id_personne")
    rows = read_rectified(worksite, *TRAITS).join(members, on="rid")
    linked = worksite.read("groupes", "rid", "methode").filter(methode="vraisemblance")
    people = (
        _describe_people(rows)
        .join(_ages(rows, delivery), on="id_personne", how="left")
        .join(_decided(worksite, psad), on="id_personne", how="left")
        .join(_levels(worksite), on="id_personne", how="left")
    )
    pairs = worksite.read("paires_personnes")
    doubted = pl.concat([pairs["id_a"], pairs["id_b"]]).unique().implode()
    likely = rows.join(linked, on="rid", how="semi")["id_personne"].unique().implode()
    return describe_groups(
        GroupedPeople(
            people=people.with_columns(
                pl.col("decidee", "sortant", A_VERIFIER).fill_null(value=False),
                by_likeness=pl.col("id_personne").is_in(likely),
                doute=pl.col("id_personne").is_in(doubted),
            ),
            sources=rows.select("id_personne", "extrait").unique(),
            tested=worksite.read(TESTED).join(members, on="rid").drop("rid"),
            places=_tell_places(worksite, psad),
        )
    )


def _describe_people(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `id_personne`, `sexe`, `naissance`, `territoire`: what most of their rows say.

    Where as many say the one as the other: what a group looked at closely would be (F, abroad, overseas).
    """
    abroad = pl.col("naissance_lieu").str.starts_with("99")
    overseas = pl.col("commune").str.slice(0, 2).is_in(["97", "98"])
    return rows.group_by("id_personne").agg(
        _most(overseas, "outre_mer", "hexagone").alias("territoire"),
        sexe=_most(pl.col("sexe") == "F", "F", "M"),
        naissance=_most(abroad, "etranger", "france"),
    )


def _most(told: pl.Expr, yes: str, no: str) -> pl.Expr:
    return (
        pl.when(told.count() == 0)
        .then(pl.lit(UNKNOWN))
        .when(2 * told.sum() >= told.count())
        .then(pl.lit(yes))
        .otherwise(pl.lit(no))
    )


def _ages(rows: pl.DataFrame, delivery: Delivery) -> pl.DataFrame:
    """Return `id_personne`, `age`: their class of age on the day of observation."""
    born = settle_births(rows.select("extrait", *NAISSANCE, personne="id_personne"))
    age = age_on(delivery.campagne.date_observation)
    classes = (
        pl.when(age < 18)
        .then(pl.lit("moins_de_18"))
        .when(age < 21)
        .then(pl.lit("18_a_20"))
        .when(age < 26)
        .then(pl.lit("21_a_25"))
        .otherwise(pl.lit("26_et_plus"))
    )
    return born.select(age=classes, id_personne="personne")


def _academies(psad: Psad) -> pl.DataFrame:
    """Return `psad`, `academie`, named as in the report's table of places: `non_affecte` is no place."""
    return psad.zones.select(pl.col("academie").fill_null(WITHOUT_ACADEMY), psad="code")


def _tell_places(worksite: Worksite, psad: Psad) -> pl.DataFrame:
    """Return what is told of académies and of the country, as `siei.duckdb` and the report tell it."""
    nobody = pl.Series("id_personne", [], pl.String)
    counts = count_indicators(worksite.read("decisions"), nobody)
    return tell_indicators(counts.drop("nouveaux", "deja_signales"), psad.zones)


def _levels(worksite: Worksite) -> pl.DataFrame:
    """Return `id_personne`, `niveau`: the cycle that people in scope left in N-1."""
    return worksite.read("cycles", "id_personne", "cycle_quitte").rename({"cycle_quitte": "niveau"})


def _decided(worksite: Worksite, psad: Psad) -> pl.DataFrame:
    """Return of everybody in scope the decision, and the académie of their platform.

    Who is too young or too old is no sortant whatever happens: a share of sortants leaves them out.
    """
    return (
        worksite.read("decisions", "id_personne", "statut", "motif", "psad")
        .join(_academies(psad), on="psad", how="left")
        .select(
            "id_personne",
            "academie",
            decidee=pl.col("statut") != "hors_champ",
            sortant=pl.col("statut") == "sortant",
            a_verifier=(pl.col("statut") == "sortant") & (pl.col("motif") == A_VERIFIER),
        )
    )
