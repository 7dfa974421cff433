"""One list per platform: every sortant on one of them, once (contract, sections 3 and 4)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.contracts import conform, declaration
from siei_match.reference.errors import ContractError
from siei_match.reference.people import People
from siei_match.stages.route.portraits import describe_people

MAJORITY: Final = 18


@dataclass(frozen=True)
class Numbering:
    """What people are called on lists: now, and on those of before.

    ids: `id_personne`, `id_signalement`, one row per sortant. earlier: tables/signalements of
    earlier campaigns, by today's `id_personne`.
    """

    ids: pl.DataFrame
    earlier: pl.DataFrame


@dataclass(frozen=True)
class BuiltLists:
    """`lists`: the rows of all platforms (tables/liste); `signalements`: tables/signalements."""

    listes: pl.DataFrame
    signalements: pl.DataFrame


def build_lists(
    decisions: pl.DataFrame,
    people: People,
    coordonnees: pl.DataFrame,
    schools: pl.DataFrame,
    numbering: Numbering,
    *,
    campagne: str,
    day: date,
) -> BuiltLists:
    """Build the lists of all platforms in one frame.

    Input: tables/decisions with `psad`; the rows of `people`, and tables/coordonnees of the same;
    `schools` (uai, commune, nom); what people are called on lists (earlier ones that are
    not before `campagne` are left aside: a run may be made again). Output sorted by platform, name without accents, first
    names, id_signalement.

    Raises:
        ContractError: a sortant has no id_signalement or several, or would not be listed once.
    """
    sortants = decisions.filter(pl.col("statut") == "sortant").sort("id_personne")
    signalements = _identify(sortants, numbering.ids, campagne)
    portraits = describe_people(sortants.select("id_personne"), people, coordonnees, day)
    lists = (
        sortants.join(signalements.select("id_personne", "id_signalement"), on="id_personne")
        .join(portraits, on="id_personne", how="left")
        .join(
            schools.select(dernier_uai="uai", dernier_etablissement="nom"),
            on="dernier_uai",
            how="left",
        )
        .join(count_earlier(numbering.earlier, campagne), on="id_personne", how="left")
        .with_columns(
            suivi_mission_locale=yes_or_no(pl.col("suivi_mission_locale")),
            campagne=pl.lit(campagne),
            date_sortie="date_derniere_sortie",
            mission_locale=pl.when("suivi_mission_locale").then("mission_locale"),
            public=public_of(pl.col("age")),
            situation="motif",
            premier_signalement=pl.coalesce("premier", pl.lit(campagne)),
            nombre_signalements=(pl.col("earlier").fill_null(0) + 1).cast(pl.UInt16),
        )
    )
    lists = sort_lists(lists)
    _require_partition(lists, sortants)
    return BuiltLists(
        conform(lists.select(declaration("tables/liste").columns), "tables/liste"),
        conform(signalements, "tables/signalements"),
    )


def sort_lists(lists: pl.DataFrame) -> pl.DataFrame:
    """Sort as lists are read: by platform, name without accents, first names, id_signalement."""
    return lists.sort(
        "psad",
        alphabetical_key(pl.coalesce("nom_naissance", "nom_usage")),
        alphabetical_key(pl.col("prenoms")),
        "id_signalement",
        nulls_last=True,
    )


def yes_or_no(holds: pl.Expr) -> pl.Expr:
    return pl.when(holds).then(pl.lit("oui")).otherwise(pl.lit("non"))


def public_of(age: pl.Expr) -> pl.Expr:
    """The public by age: the obligation of training ends at 18 (Code de l'éducation, L. 114-1)."""
    return (
        pl.when(age < MAJORITY)
        .then(pl.lit("obligation_formation"))
        .otherwise(pl.lit("droit_retour"))
    )


def alphabetical_key(name: pl.Expr) -> pl.Expr:
    """What French dictionaries sort by: letters alone, without accents, ligatures or case."""
    return (
        name.str.to_lowercase()
        .str.replace_many(["œ", "æ", "ß"], ["oe", "ae", "ss"])
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.replace_all(r"[^\p{L}\p{N}]+", " ")
        .str.strip_chars()
    )


def count_earlier(signalements: pl.DataFrame, campagne: str) -> pl.DataFrame:
    """Count the campaigns before this one that listed each person.

    Output: id_personne, premier (the first campaign), anterieurs (how many).
    """
    before = signalements.filter(pl.col("campagne") < campagne)
    return before.group_by("id_personne").agg(
        premier=pl.col("campagne").min(), earlier=pl.col("campagne").n_unique()
    )


def _identify(sortants: pl.DataFrame, ids_signalement: pl.DataFrame, campagne: str) -> pl.DataFrame:
    """Give every sortant its id_signalement: this campaign's tables/signalements."""
    signalements = sortants.join(ids_signalement, on="id_personne", how="left").select(
        "id_signalement", "id_personne", campagne=pl.lit(campagne), psad="psad"
    )
    sans = signalements["id_signalement"].null_count()
    surplus = signalements.height - sortants.height
    if sans or surplus:
        raise ContractError(
            f"Signalements: {sans} sortants without id_signalement, {surplus} with several.",
            remedy="This is a defect of siei-match: please report it with these counts.",
        )
    return signalements.sort("id_signalement")


def _require_partition(lists: pl.DataFrame, sortants: pl.DataFrame) -> None:
    """Every sortant stands on one list, once, and nobody else on any."""
    distinct_people = lists["id_personne"].n_unique()
    if not lists.height == distinct_people == sortants.height:
        raise ContractError(
            f"Lists: {lists.height} rows for {sortants.height} sortants, "
            f"{distinct_people} of them distinct.",
            remedy="This is a defect of siei-match: please report it with these counts.",
        )
