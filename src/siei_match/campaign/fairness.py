"""Who is of which group, for a run to say what it did for each: by sex, age, level, birth, place, source."""

from collections.abc import Mapping, Sequence
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
    "traits": TRAITS,
    "groupes": ("rid", "personne", "methode"),
    TESTED: (),
}
"""What is read of everybody, some people at a time; of the tested, every column."""
TOLD: Final = ("decidee", "sortant", A_VERIFIER, "doute")


def compare_groups(worksite: Worksite, delivery: Delivery, psad: Psad) -> tuple[GroupRecord, ...]:
    """Return what this run did for each group of people (`stages.publish.groups`)."""
    told = _tell_of_people(worksite, psad)
    changed = worksite.read(TRAITS_RECTIFIES, *TRAITS)
    day = delivery.campagne.date_observation
    with cut_by_people(worksite, TABLES) as cut:
        parts = (_group_people(rows, changed, told, day) for rows in cut)
        return describe_groups(parts, _tell_places(worksite, psad))


def _tell_of_people(worksite: Worksite, psad: Psad) -> pl.DataFrame:
    """Return what is said of everybody, a row at the place of their number: `kept` (their rights leave them in), the
    columns of `_decided`, `niveau`, `doute`.

    Identifiers are texts: they are looked up once, not for each part of the people again.
    """
    pairs = worksite.read("paires_personnes")
    doubted = pl.concat([pairs.select(id_personne=f"id_{side}") for side in "ab"]).unique()
    people = _number_people(worksite)
    everybody = pl.int_range(int(people["personne"].max() or 0) + 1, eager=True, dtype=pl.UInt32)  # type: ignore[arg-type]
    return (
        pl.DataFrame({"personne": everybody})
        .join(people, on="personne", how="left", maintain_order="left")
        .join(_decided(worksite, psad), on="id_personne", how="left", maintain_order="left")
        .join(_levels(worksite), on="id_personne", how="left", maintain_order="left")
        .join(doubted.with_columns(doute=True), on="id_personne", how="left", maintain_order="left")
        .with_columns(pl.col(TOLD).fill_null(value=False), kept=pl.col("id_personne").is_not_null())
        .drop("id_personne")
    )


def _number_people(worksite: Worksite) -> pl.DataFrame:
    """Return `personne`, `id_personne` of everybody whom their rights leave in, each once."""
    numbers = worksite.read("groupes", "rid", "personne").sort("rid")["personne"]
    named = (
        rows.select(numbers.gather(rows["rid"]).alias("personne"), "id_personne").unique("personne")
        for rows in worksite.pieces("personnes", "rid", "id_personne")
    )
    return pl.concat(named).unique("personne")


def _group_people(
    tables: Mapping[str, pl.DataFrame], changed: pl.DataFrame, told: pl.DataFrame, day: date
) -> GroupedPeople:
    """Say of which group each of some people is.

    Args:
        tables: their rows (`TABLES`).
        changed: tables/traits_rectifies.
        told: see `_tell_of_people`.
        day: the day of observation.
    """
    groups = tables["groupes"]
    groups = groups.filter(told["kept"].gather(groups["personne"]))
    rows = rectified(tables["traits"], changed).join(groups, on="rid")
    likely = rows.filter(methode="vraisemblance")["personne"].unique().implode()
    people = _describe_people(rows).join(_ages(rows, day), on="personne", how="left")
    return GroupedPeople(
        people=people.with_columns(
            told.drop("personne", "kept")[people["personne"]],
            by_likeness=pl.col("personne").is_in(likely),
        ),
        sources=rows.select("personne", "extrait").unique(),
        tested=tables[TESTED].join(groups.select("rid", "personne"), on="rid").drop("rid"),
    )


def _describe_people(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `personne`, `sexe`, `naissance`, `territoire`: what most of their rows say.

    Where as many say the one as the other: what a group looked at closely would be (F, abroad, overseas).
    """
    abroad = pl.col("naissance_lieu").str.starts_with("99")
    overseas = pl.col("commune").str.slice(0, 2).is_in(["97", "98"])
    return rows.group_by("personne").agg(
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
    """Return `personne`, `age`: their class of age on the day of observation."""
    born = settle_births(rows.select("personne", "extrait", *NAISSANCE), day)
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
    return born.select("personne", age=classes)


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
