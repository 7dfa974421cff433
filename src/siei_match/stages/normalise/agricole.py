"""Ministry of agriculture (FREGATA): pupils and apprentices, known by their usual names only."""

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.stages.normalise.columns import ProviderColumns
from siei_match.stages.normalise.tables import NormalisedTables, PupilColumns, normalise_pupils

# nomUsuel may be the name of birth or a married or chosen one: it stands as name of usage, and
# the linkage compares it with both names of the other sources.
COLUMNS = ProviderColumns(
    nom_naissance=None,
    nom_usage="nomUsuel",
    prenoms=("prenomUsuel",),
    sexe="sexeId",
    ine="ine",
    commune_naissance="communeNaissanceCodeInsee",
    pays_naissance="paysNaissanceCodeInsee",
    uai="uai",
    address=("adresseLigne1", "adresseLigne2"),
    code_postal="communeCodePostal",
    commune="communeCodeInsee",
    telephones=("telephone",),
    courriels=("courriel",),
)
STAY = PupilColumns(
    annee="anneeScolaire",
    mef="codeMef",
    debut="dateEntreeFormation",
    fin="dateSortieFormation",
    uai="uai",
)


def normalise_agricole(
    valides: pl.DataFrame, fichier: Fichier, premier_rid: int = 0
) -> NormalisedTables:
    """Take a file of `agricole` to the four tables; it tells no diploma obtained."""
    return normalise_pupils(valides, fichier, premier_rid, COLUMNS, STAY)
