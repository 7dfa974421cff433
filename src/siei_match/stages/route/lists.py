"""One list per platform: every sortant on one of them, once (contract, sections 3 and 4)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.contracts import conform, declaration
from siei_match.reference.errors import ContractError
from siei_match.reference.people import People
from siei_match.stages.route.portraits import describe_personnes

MAJORITE: Final = 18


@dataclass(frozen=True)
class Numbering:
    """What people are called on lists: now, and on those of before.

    ids: `id_personne`, `id_signalement`, one row per sortant. earlier: tables/signalements of
    earlier campaigns, by today's `id_personne`.
    """

    ids: pl.DataFrame
    earlier: pl.DataFrame


@dataclass(frozen=True)
class Listes:
    """`listes`: the rows of all platforms (tables/liste); `signalements`: tables/signalements."""

    listes: pl.DataFrame
    signalements: pl.DataFrame


def build_listes(
    decisions: pl.DataFrame,
    people: People,
    coordonnees: pl.DataFrame,
    etablissements: pl.DataFrame,
    numbering: Numbering,
    *,
    campagne: str,
    jour: date,
) -> Listes:
    """Build the lists of all platforms in one frame.

    Input: tables/decisions with `psad`; the rows of `people`, and tables/coordonnees of the same;
    `etablissements` (uai, commune, nom); what people are called on lists (earlier ones that are
    not before `campagne` are left aside: a run may be made again). Output sorted by platform, name without accents, first
    names, id_signalement.

    Raises:
        ContractError: a sortant has no id_signalement or several, or would not be listed once.
    """
    sortants = decisions.filter(pl.col("statut") == "sortant").sort("id_personne")
    signalements = _identify(sortants, numbering.ids, campagne)
    portraits = describe_personnes(sortants.select("id_personne"), people, coordonnees, jour)
    listes = (
        sortants.join(signalements.select("id_personne", "id_signalement"), on="id_personne")
        .join(portraits, on="id_personne", how="left")
        .join(
            etablissements.select(dernier_uai="uai", dernier_etablissement="nom"),
            on="dernier_uai",
            how="left",
        )
        .join(count_anterieurs(numbering.earlier, campagne), on="id_personne", how="left")
        .with_columns(
            suivi_mission_locale=oui_non(pl.col("suivi_mission_locale")),
            campagne=pl.lit(campagne),
            date_sortie="date_derniere_sortie",
            mission_locale=pl.when("suivi_mission_locale").then("mission_locale"),
            public=public_de(pl.col("age")),
            situation="motif",
            premier_signalement=pl.coalesce("premier", pl.lit(campagne)),
            nombre_signalements=(pl.col("anterieurs").fill_null(0) + 1).cast(pl.UInt16),
        )
    )
    listes = sort_listes(listes)
    _require_partition(listes, sortants)
    return Listes(
        conform(listes.select(declaration("tables/liste").columns), "tables/liste"),
        conform(signalements, "tables/signalements"),
    )


def sort_listes(listes: pl.DataFrame) -> pl.DataFrame:
    """Sort as lists are read: by platform, name without accents, first names, id_signalement."""
    return listes.sort(
        "psad",
        cle_alphabetique(pl.coalesce("nom_naissance", "nom_usage")),
        cle_alphabetique(pl.col("prenoms")),
        "id_signalement",
        nulls_last=True,
    )


def oui_non(vrai: pl.Expr) -> pl.Expr:
    return pl.when(vrai).then(pl.lit("oui")).otherwise(pl.lit("non"))


def public_de(age: pl.Expr) -> pl.Expr:
    """The public by age: the obligation of training ends at 18 (Code de l'éducation, L. 114-1)."""
    return (
        pl.when(age < MAJORITE)
        .then(pl.lit("obligation_formation"))
        .otherwise(pl.lit("droit_retour"))
    )


def cle_alphabetique(nom: pl.Expr) -> pl.Expr:
    """What French dictionaries sort by: letters alone, without accents, ligatures or case."""
    return (
        nom.str.to_lowercase()
        .str.replace_many(["œ", "æ", "ß"], ["oe", "ae", "ss"])
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.replace_all(r"[^\p{L}\p{N}]+", " ")
        .str.strip_chars()
    )


def count_anterieurs(signalements: pl.DataFrame, campagne: str) -> pl.DataFrame:
    """Count the campaigns before this one that listed each person.

    Output: id_personne, premier (the first campaign), anterieurs (how many).
    """
    avant = signalements.filter(pl.col("campagne") < campagne)
    return avant.group_by("id_personne").agg(
        premier=pl.col("campagne").min(), anterieurs=pl.col("campagne").n_unique()
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


def _require_partition(listes: pl.DataFrame, sortants: pl.DataFrame) -> None:
    """Every sortant stands on one list, once, and nobody else on any."""
    listes_distinctes = listes["id_personne"].n_unique()
    if not listes.height == listes_distinctes == sortants.height:
        raise ContractError(
            f"Lists: {listes.height} rows for {sortants.height} sortants, "
            f"{listes_distinctes} of them distinct.",
            remedy="This is a defect of siei-match: please report it with these counts.",
        )
