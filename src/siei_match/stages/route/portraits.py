"""What a list says of each person, put together from all their rows."""

from datetime import date

import polars as pl

from siei_match.reference.births import settle_births
from siei_match.reference.enrolments import date_fin, keep_last
from siei_match.reference.people import People
from siei_match.reference.vocabulary import MISSIONS_LOCALES
from siei_match.stages.route.contacts import (
    choose_addresses,
    choose_commonest,
    choose_guardians,
    choose_mails,
    choose_names,
    join_telephones,
)
from siei_match.stages.route.residence import find_residences, gather_lignes


def describe_people(
    ids: pl.DataFrame, people: People, coordonnees: pl.DataFrame, day: date
) -> pl.DataFrame:
    """Put together the portrait of each person of `ids` (id_personne, once each).

    Output: id_personne, ine, nom_naissance, nom_usage, prenoms, sexe, date_naissance, adresse,
    code_postal, commune, telephones, courriel, responsable_nom, responsable_telephone,
    responsable_courriel, mission_locale.
    """
    personnes = ids.sort("id_personne").with_columns(
        personne=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    mine = people.members.join(personnes, on="id_personne").select("rid", "personne")
    rows = gather_lignes(personnes, people)
    civil = people.traits.select(
        "rid", "extrait", "ine", "sexe", "naissance_annee", "naissance_mois", "naissance_jour"
    ).join(mine, on="rid")
    contacts = (
        coordonnees.join(civil.select("rid", "personne", "extrait"), on="rid")
        .join(rows.select("rid", seniority=-pl.col("cle")), on="rid", how="left")
        .drop_nulls("personne")
    )
    portraits = personnes
    for trait in (
        choose_commonest(civil, "ine"),
        choose_names(contacts),
        choose_commonest(civil, "sexe"),
        write_births(settle_births(civil, day)),
        choose_addresses(contacts, find_residences(rows, day)),
        join_telephones(contacts),
        choose_mails(contacts),
        choose_guardians(contacts),
        find_missions_locales(rows, people.enrolments, day),
    ):
        portraits = portraits.join(trait, on="personne", how="left")
    return portraits.drop("personne")


def write_births(births: pl.DataFrame) -> pl.DataFrame:
    """Write birth dates as AAAA-MM-JJ, AAAA-MM or AAAA: as far as they are known.

    A day whose month is unknown is not written: nothing could show which it belongs to.
    """
    two_digits = {
        part: "-" + pl.col(part).cast(pl.String).str.zfill(2)
        for part in ("naissance_mois", "naissance_jour")
    }
    month = two_digits["naissance_mois"]
    return births.select(
        "personne",
        date_naissance=pl.concat_str(
            pl.col("naissance_annee").cast(pl.String).str.zfill(4),
            month.fill_null(""),
            pl.when(month.is_not_null()).then(two_digits["naissance_jour"]).fill_null(""),
        ),
    )


def find_missions_locales(rows: pl.DataFrame, parcours: pl.DataFrame, day: date) -> pl.DataFrame:
    """Find the mission locale that follows each person on the day: personne, mission_locale.

    Of several open follow-ups, the one that began last.
    """
    suivis = parcours.filter(pl.col("extrait") == MISSIONS_LOCALES).select(
        "rid", "structure_nom", fin=date_fin()
    )
    still_open = rows.join(suivis, on="rid").filter(
        (pl.col("debut") <= day).fill_null(value=True),
        (pl.col("fin") >= day).fill_null(value=True),
    )
    return keep_last(still_open, "cle", ["structure_nom"]).select(
        "personne", mission_locale="structure_nom"
    )
