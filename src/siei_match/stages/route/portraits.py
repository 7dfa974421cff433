"""What a list says of each person, put together from all their rows."""

from datetime import date

import polars as pl

from siei_match.reference.births import settle_naissances
from siei_match.reference.enrolments import date_fin, keep_last
from siei_match.reference.people import People
from siei_match.reference.vocabulary import MISSIONS_LOCALES
from siei_match.stages.route.contacts import (
    choose_adresses,
    choose_courriels,
    choose_majoritaire,
    choose_noms,
    choose_responsables,
    join_telephones,
)
from siei_match.stages.route.residence import find_residences, gather_lignes


def describe_personnes(
    ids: pl.DataFrame, people: People, coordonnees: pl.DataFrame, jour: date
) -> pl.DataFrame:
    """Put together the portrait of each person of `ids` (id_personne, once each).

    Output: id_personne, ine, nom_naissance, nom_usage, prenoms, sexe, date_naissance, adresse,
    code_postal, commune, telephones, courriel, responsable_nom, responsable_telephone,
    responsable_courriel, mission_locale.
    """
    personnes = ids.sort("id_personne").with_columns(
        personne=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    miennes = people.members.join(personnes, on="id_personne").select("rid", "personne")
    lignes = gather_lignes(personnes, people)
    civils = people.traits.select(
        "rid", "extrait", "ine", "sexe", "naissance_annee", "naissance_mois", "naissance_jour"
    ).join(miennes, on="rid")
    contacts = (
        coordonnees.join(civils.select("rid", "personne", "extrait"), on="rid")
        .join(lignes.select("rid", anciennete=-pl.col("cle")), on="rid", how="left")
        .drop_nulls("personne")
    )
    portraits = personnes
    for trait in (
        choose_majoritaire(civils, "ine"),
        choose_noms(contacts),
        choose_majoritaire(civils, "sexe"),
        write_naissances(settle_naissances(civils)),
        choose_adresses(contacts, find_residences(lignes, jour)),
        join_telephones(contacts),
        choose_courriels(contacts),
        choose_responsables(contacts),
        find_missions_locales(lignes, people.enrolments, jour),
    ):
        portraits = portraits.join(trait, on="personne", how="left")
    return portraits.drop("personne")


def write_naissances(naissances: pl.DataFrame) -> pl.DataFrame:
    """Write birth dates as AAAA-MM-JJ, AAAA-MM or AAAA: as far as they are known.

    A day whose month is unknown is not written: nothing could show which it belongs to.
    """
    deux_chiffres = {
        partie: "-" + pl.col(partie).cast(pl.String).str.zfill(2)
        for partie in ("naissance_mois", "naissance_jour")
    }
    mois = deux_chiffres["naissance_mois"]
    return naissances.select(
        "personne",
        date_naissance=pl.concat_str(
            pl.col("naissance_annee").cast(pl.String).str.zfill(4),
            mois.fill_null(""),
            pl.when(mois.is_not_null()).then(deux_chiffres["naissance_jour"]).fill_null(""),
        ),
    )


def find_missions_locales(lignes: pl.DataFrame, parcours: pl.DataFrame, jour: date) -> pl.DataFrame:
    """Find the mission locale that follows each person on the day: personne, mission_locale.

    Of several open follow-ups, the one that began last.
    """
    suivis = parcours.filter(pl.col("extrait") == MISSIONS_LOCALES).select(
        "rid", "structure_nom", fin=date_fin()
    )
    ouverts = lignes.join(suivis, on="rid").filter(
        (pl.col("debut") <= jour).fill_null(value=True),
        (pl.col("fin") >= jour).fill_null(value=True),
    )
    return keep_last(ouverts, "cle", ["structure_nom"]).select(
        "personne", mission_locale="structure_nom"
    )
