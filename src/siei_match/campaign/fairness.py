"""Who is of which group, for a run to say what it did for each: by sex, age, level, birth, place, source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from siei_match.campaign.by_people import cut_by_people
from siei_match.campaign.rights import TRAITS_RECTIFIES, rectified
from siei_match.campaign.worksite import Worksite
from siei_match.output.databases.indicators import COUNTED, count_indicators, tell_indicators
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
TABLES: Final[Mapping[str, Sequence[str]]] = {
    "personnes": ("rid", "id_personne"),
    "traits": TRAITS,
    "groupes": ("rid", "methode"),
    TESTED: (),
}
"""What is read of everybody, some people at a time; of the tested, every column."""


@dataclass(frozen=True)
class ToldOfPeople:
    """What is said of people by their identifier: of some, of everybody in scope, of all in doubt."""

    decided: pl.DataFrame
    levels: pl.DataFrame
    doubted: pl.DataFrame


def compare_groups(worksite: Worksite, delivery: Delivery, psad: Psad) -> tuple[GroupRecord, ...]:
    """Return what this run did for each group of people (`stages.publish.groups`)."""
    pairs = worksite.read("paires_personnes")
    doubted = pl.concat([pairs.select(id_personne=f"id_{side}") for side in "ab"]).unique()
    known = ToldOfPeople(_decided(worksite, psad), _levels(worksite), doubted)
    changed = worksite.read(TRAITS_RECTIFIES, *TRAITS)
    day = delivery.campagne.date_observation
    with cut_by_people(worksite, TABLES) as cut:
        parts = (_group_people(rows, changed, known, day) for rows in cut)
        return describe_groups(parts, _tell_places(worksite, psad))


def _group_people(
    tables: Mapping[str, pl.DataFrame], changed: pl.DataFrame, known: ToldOfPeople, day: date
) -> GroupedPeople:
    """Say of which group each of some people is.

    Args:
        tables: their rows (`TABLES`).
        changed: tables/traits_rectifies.
        known: what is said of everybody.
        day: the day of observation.
    """
    rows = rectified(tables["traits"], changed).join(tables["personnes"], on="rid")
    linked = tables["groupes"].filter(methode="vraisemblance")
    likely = rows.join(linked, on="rid", how="semi")["id_personne"].unique().implode()
    people = (
        _describe_people(rows)
        .join(_ages(rows, day), on="id_personne", how="left")
        .join(known.decided, on="id_personne", how="left")
        .join(known.levels, on="id_personne", how="left")
        .join(known.doubted.with_columns(doute=True), on="id_personne", how="left")
    )
    return GroupedPeople(
        people=people.with_columns(
            pl.col("decidee", "sortant", A_VERIFIER, "doute").fill_null(value=False),
            by_likeness=pl.col("id_personne").is_in(likely),
        ),
        sources=rows.select("id_personne", "extrait").unique(),
        tested=tables[TESTED].join(tables["personnes"], on="rid").drop("rid"),
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


def _ages(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return `id_personne`, `age`: their class of age on the day of observation."""
    born = settle_births(rows.select("extrait", *NAISSANCE, personne="id_personne"))
    age = age_on(day)
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
    counts = count_indicators(worksite.read("decisions", *COUNTED), nobody)
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
