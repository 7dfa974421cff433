"""Where SYGNE and FREGATA say what: paths in an object, for each column of `scolarite` and `agricole`."""

from collections.abc import Mapping, Sequence
from typing import Final

from siei_match.reference.vocabulary import AGRICOLE, SCOLARITE

SYGNE: Final[Mapping[str, Sequence[str]]] = {
    "ANNEE_SCOLAIRE": ("scolarite.anneeScolaire",),
    "INE": ("ine",),
    "NOM_DE_FAMILLE": ("nom",),
    "NOM_USAGE": ("nomUsage",),
    "PRENOM": ("prenom",),
    "PRENOM2": ("prenom2",),
    "PRENOM3": ("prenom3",),
    "DATE_NAISS": ("dateNaissance",),
    "CODE_SEXE": ("codeSexe",),
    "CODE_PAYS_NAISS": ("inseePaysNaissance",),
    "CODE_COMMUNE_INSEE_NAISS": ("inseeCommuneNaissance",),
    "VILLE_NAISS": ("villeNaissance",),
    "UAI": ("scolarite.codeUai",),
    "CODE_MEF": ("scolarite.codeMefRatt",),
    "CODE_STATUT": ("scolarite.codeStatut",),
    "DATE_ENTREE": ("scolarite.dateDebSco",),
    "DATE_SORTIE": ("scolarite.dateFinSco",),
    "CODE_MOTIF_SORTIE": ("scolarite.codeMotifSortie",),
    "LIGNE1_ADRESSE": ("adrResidenceEle.adresseLigne1",),
    "LIGNE2_ADRESSE": ("adrResidenceEle.adresseLigne2",),
    "CODE_POSTAL": ("adrResidenceEle.codePostal",),
    "CODE_COMMUNE_INSEE": ("adrResidenceEle.codeCommuneInsee",),
    "CODE_PAYS": ("adrResidenceEle.codePays",),
    "TEL_PERSONNEL": ("telephonePersonnel",),
    "TEL_PORTABLE": ("telephonePortable",),
    "MEL": ("mel", "courriel"),
    "RESP1_NOM": (),
    "RESP1_PRENOM": (),
    "RESP1_TEL": (),
    "RESP1_MEL": (),
    "RESP2_NOM": (),
    "RESP2_PRENOM": (),
    "RESP2_TEL": (),
    "RESP2_MEL": (),
}
_HOME: Final = "apprenant.adressesApprenant.adresseIndividu"
FREGATA: Final[Mapping[str, Sequence[str]]] = {
    "ine": ("apprenant.ine",),
    "nomUsuel": ("apprenant.nomUsuel",),
    "prenomUsuel": ("apprenant.prenomUsuel",),
    "dateNaissance": ("apprenant.dateNaissance",),
    "sexeId": ("apprenant.sexeId",),
    "communeNaissanceCodeInsee": ("apprenant.communeCodeInsee",),
    "paysNaissanceCodeInsee": ("apprenant.paysCodeInsee",),
    "statutApprenant": ("statutApprenant.code",),
    "codeMef": ("sectionReference.codeMef",),
    "uai": ("uai", "etablissement.uai", "etablissement.numeroUai"),
    "anneeScolaire": ("division.anneeScolaireId",),
    "dateEntreeFormation": ("dateEntreeFormation",),
    "dateSortieFormation": ("dateSortieFormation", "dateSortieEtablissement"),
    # Line 4 of a French address is the street (AFNOR NF Z 10-011); the others stand beside it.
    "adresseLigne1": (f"{_HOME}.ligne4", f"{_HOME}.ligne3", f"{_HOME}.ligne2"),
    "adresseLigne2": (f"{_HOME}.ligne5",),
    "communeCodePostal": (f"{_HOME}.communeCodePostal",),
    "communeCodeInsee": (f"{_HOME}.communeCodeInsee",),
    "telephone": ("apprenant.telephone", "apprenant.telephonePortable"),
    "courriel": ("apprenant.courriel", "apprenant.mail"),
}
SHAPES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {SCOLARITE: SYGNE, AGRICOLE: FREGATA}
"""Where each column of an extract stands in an object: paths, the first that says something."""
MARKS: Final[Mapping[str, Sequence[str]]] = {
    SCOLARITE: ("ine", "nom", "prenom", "dateNaissance", "scolarite"),
    AGRICOLE: ("apprenant", "dateEntreeFormation", "statutApprenant", "sectionReference"),
}
"""Keys by which an object of each is known; half of them are enough."""
