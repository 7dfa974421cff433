"""Other words by which providers head the contract's columns: proposals for a person to confirm, never a reading.

Those of a kind serve the one column that an extract has of it; those of a column serve it in every extract.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from siei_match.reference.contracts import declaration

OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "ine": ("INE", "N° INE", "Numéro INE", "Identifiant national", "INE élève", "INE de l’élève", "INE du candidat", "Code INE"),
    "naissance": ("Né(e) le", "Né le", "Date naissance", "Naissance", "DDN"),
    "sexe": ("Sexe", "Genre"),
    "civilite": ("Civilité", "Titre"),
    "uai": ("UAI", "RNE", "N° UAI", "Code UAI", "Code RNE", "Code établissement", "UAI établissement", "UAI de l’établissement"),
    "mef": ("MEF", "Code MEF", "MEF 11"),
    "diplome": ("Code diplôme", "Code du diplôme", "Diplôme visé", "Diplôme préparé", "CFD", "Code CFD"),
    "commune": ("Code INSEE", "INSEE", "Code commune", "Commune INSEE", "Code INSEE commune", "Code INSEE de la commune"),
    "code_postal": ("CP", "Code postal"),
    "courriel": ("Mail", "E-mail", "Courriel", "Mél", "Adresse mail", "Adresse e-mail", "Adresse électronique"),
    "telephone": ("Tél", "Tél.", "Téléphone", "Portable", "Mobile", "Tél. mobile", "Tél. portable", "Téléphone mobile",
                  "Téléphone portable", "Numéro de téléphone"),
    "session": ("Session", "Année de session", "Session d’examen"),
}  # fmt: skip
OF_COLUMN: Final[Mapping[str, tuple[str, ...]]] = {
    "NOM_DE_FAMILLE": ("Nom", "Nom de famille", "Nom patronymique"),
    "nomNaissance": ("Nom", "Nom de famille", "Nom patronymique"),
    "nom": ("Nom de famille", "Nom de naissance de l’apprenti", "Nom de l’apprenti", "Nom patronymique"),
    "nomUsuel": ("Nom", "Nom d’usage"),
    "prenomUsuel": ("Prénom", "Prénoms"),
    "NOM_USAGE": ("Nom d’usage", "Nom usuel", "Nom marital"),
    "nomUsage": ("Nom usuel", "Nom marital"),
    "PRENOM": ("Prénom", "Prénoms", "Prénom 1", "1er prénom"),
    "prenom": ("Prénoms", "Prénom 1", "1er prénom", "Prénom de l’apprenti"),
    "PRENOM2": ("Prénom 2", "2e prénom", "Second prénom"),
    "PRENOM3": ("Prénom 3", "3e prénom"),
    "CODE_COMMUNE_INSEE_NAISS": ("Commune de naissance (INSEE)", "Commune de naissance (code INSEE)", "Code INSEE de naissance", "Commune de naissance", "Code commune de naissance"),
    "RESULTAT": ("Décision", "Décision du jury", "Résultat à l’examen"),
    "idJeune": ("Identifiant du jeune", "Identifiant jeune", "Identifiant", "N° de dossier", "Numéro de dossier", "Id dossier"),
    "commune": ("Ville", "Localité", "Nom de la commune"),
    "complement": ("Complément", "Complément adresse"),
    "structureCode": ("Code structure", "Code de la mission locale", "Code ML"),
    "structureNom": ("Mission locale", "Nom de la structure", "Nom structure", "Structure de rattachement"),
    "situationCategorie": ("Situation", "Type de situation", "Catégorie de la situation"),
    "situationEtat": ("État", "Statut de la situation"),
    "dateDebutAccompagnement": ("Date de début d’accompagnement", "Date de début de l’accompagnement", "Début d’accompagnement"),
    "dateFinAccompagnement": ("Date de fin d’accompagnement", "Date de fin de l’accompagnement", "Fin d’accompagnement"),
    "dateInscriptionCfa": ("Date d’inscription au CFA", "Entrée au CFA", "Date d’entrée au CFA"),
    "dateDebut": ("Date de début du contrat", "Date de début", "Début"),
    "dateFin": ("Date de fin du contrat", "Date de fin", "Fin"),
    "dateRupture": ("Date de rupture", "Rupture", "Date de rupture du contrat"),
    "siretCfa": ("SIRET", "N° SIRET"),
    "adresse": ("Adresse postale", "Adresse du jeune", "Rue"),
    "LIGNE1_ADRESSE": ("Adresse", "Adresse 1", "Ligne 1"),
    "LIGNE2_ADRESSE": ("Adresse 2", "Complément d’adresse", "Ligne 2"),
    "DATE_ENTREE": ("Date d’entrée", "Entrée"),
    "DATE_SORTIE": ("Date de sortie", "Sortie"),
}  # fmt: skip


@cache
def other_headings(extrait: str) -> Mapping[str, tuple[str, ...]]:
    """Return by column how else its provider may head it, the declaration's own title first."""
    fields = [
        field
        for field in declaration(f"extraits/{extrait}").fields
        if not field["siei"].get("facultatif")
    ]
    kinds = [field["siei"]["kind"] for field in fields]
    return {
        field["name"]: (
            field.get("title", field["name"]),
            *OF_COLUMN.get(field["name"], ()),
            *(OF_KIND.get(kind, ()) if kinds.count(kind) == 1 else ()),
        )
        for field, kind in zip(fields, kinds, strict=True)
    }
