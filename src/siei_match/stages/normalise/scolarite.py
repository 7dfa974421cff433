"""Éducation nationale (SIECLE, SYGNE): a pupil, an establishment, a school year."""

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.stages.normalise.columns import ProviderColumns
from siei_match.stages.normalise.tables import NormalisedTables, PupilColumns, normalise_pupils

COLUMNS = ProviderColumns(
    nom_naissance="NOM_DE_FAMILLE",
    nom_usage="NOM_USAGE",
    prenoms=("PRENOM", "PRENOM2", "PRENOM3"),
    sexe="CODE_SEXE",
    ine="INE",
    commune_naissance="CODE_COMMUNE_INSEE_NAISS",
    pays_naissance="CODE_PAYS_NAISS",
    uai="UAI",
    address=("LIGNE1_ADRESSE", "LIGNE2_ADRESSE"),
    code_postal="CODE_POSTAL",
    commune="CODE_COMMUNE_INSEE",
    pays="CODE_PAYS",
    telephones=("TEL_PORTABLE", "TEL_PERSONNEL"),
    courriels=("MEL",),
    responsable=("RESP1_NOM", "RESP1_PRENOM"),
    guardian_phones=("RESP1_TEL",),
    guardian_mails=("RESP1_MEL",),
    second_guardian=("RESP2_NOM", "RESP2_PRENOM"),
    second_phones=("RESP2_TEL",),
    second_mails=("RESP2_MEL",),
)
STAY = PupilColumns(
    annee="ANNEE_SCOLAIRE", mef="CODE_MEF", debut="DATE_ENTREE", fin="DATE_SORTIE", uai="UAI"
)


def normalise_scolarite(
    valides: pl.DataFrame, fichier: Fichier, premier_rid: int = 0
) -> NormalisedTables:
    """Take a file of `scolarite` to the four tables; it tells no diploma obtained."""
    return normalise_pupils(valides, fichier, premier_rid, COLUMNS, STAY)
