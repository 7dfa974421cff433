"""The columns of a workbook in which a platform answers, with their drop-down lists."""

from collections.abc import Mapping
from typing import Any, Final

LEAVES: Final = "quitte les listes de l'année scolaire, tant que c'est votre dernière réponse"
REPONSES: Final[Mapping[str, str]] = {
    "en_formation": f"inscrit dans une formation : {LEAVES}",
    "en_emploi": f"en emploi ou en contrat : {LEAVES}",
    "service_civique": f"en service civique : {LEAVES}",
    "diplome": f"a déjà un diplôme : {LEAVES}",
    "suivi": "accompagné par la plateforme",
    "rendez_vous": "un rendez-vous est pris",
    "contacte_sans_reponse": "un message a été laissé, à rappeler",
    "injoignable": "ni téléphone, ni courrier, ni visite n'ont abouti",
    "coordonnees_incorrectes": "numéro ou adresse d'une autre personne, ou qui n'existe pas",
    "refus": "ne souhaite pas d'accompagnement",
    "ne_souhaite_plus": "était accompagné, ne veut plus l'être",
    "demenage": "parti ailleurs : donner la plateforme si elle est connue",
    "decede": f"décédé : {LEAVES}",
    "doublon": f"déjà sur la liste sous un autre identifiant : {LEAVES}",
    "autre": "aucune de ces réponses",
    "annule": "reprend votre dernière réponse sur ce jeune, donnée par erreur",
}
LABELS: Final[Mapping[str, str]] = {
    "en_formation": "En formation",
    "en_emploi": "En emploi",
    "service_civique": "Service civique",
    "diplome": "Diplômé",
    "suivi": "Suivi",
    "rendez_vous": "Rendez-vous",
    "contacte_sans_reponse": "Contacté sans réponse",
    "injoignable": "Injoignable",
    "coordonnees_incorrectes": "Coordonnées incorrectes",
    "refus": "Refus",
    "ne_souhaite_plus": "Ne souhaite plus",
    "demenage": "Déménagé",
    "decede": "Décédé",
    "doublon": "Doublon",
    "autre": "Autre",
    "annule": "Annulé",
}
"""What people read in place of the codes; written in a file of answers they are read as these."""
COLUMNS: Final[Mapping[str, tuple[int, str]]] = {
    "retour": (24, "Votre réponse : choisir dans la liste."),
    "date_retour": (14, "Date de la réponse, JJ/MM/AAAA."),
    "psad_destination": (18, "Code de la plateforme à qui le jeune est transmis."),
    "commentaire": (32, "Pour vous seuls : jamais enregistré ni republié. Rien de sensible."),
}
"""Width and meaning of each; their names are those of the contract's extract `retours`."""


def add_answers(book: Any, sheet: Any, rows: int, first: int) -> int:
    """Add the columns from column `first` on, beside `rows` rows; return the last one's number."""
    heading = book.add_format({"bold": True, "bg_color": "#FFF2CC", "bottom": 1, "valign": "top"})
    cell = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left", "valign": "top"})
    for at, (name, (width, meaning)) in enumerate(COLUMNS.items(), start=first):
        sheet.set_column(at, at, width, day if name == "date_retour" else cell)
        sheet.write_string(0, at, name, heading)
        sheet.write_comment(0, at, meaning, {"author": "siei-match"})
    if rows:
        sheet.data_validation(
            1,
            first,
            rows,
            first,
            {
                "validate": "list",
                "source": list(REPONSES),
                "error_title": "Réponse inconnue",
                "error_message": "Choisir une réponse de la liste ; la feuille Réponses les explique.",
            },
        )
    explain = book.add_worksheet("Réponses")
    explain.set_column(0, 0, 24)
    explain.set_column(1, 1, 90)
    for at, text in enumerate(("retour", "sens")):
        explain.write_string(0, at, text, heading)
    for row, (retour, said) in enumerate(REPONSES.items(), start=1):
        explain.write_string(row, 0, retour)
        explain.write_string(row, 1, said)
    return first + len(COLUMNS) - 1
