"""The columns of a workbook in which a platform answers, with their drop-down lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
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


INTRODUCTION: Final = (
    "Cette liste nomme des jeunes qui semblent avoir quitté l'école sans diplôme. Elle vient de fichiers administratifs, qui se trompent parfois : elle propose d'appeler, elle n'affirme rien.",
    "L'ordre : les mineurs d'abord (la loi demande d'être en formation, en emploi ou accompagné jusqu'à 18 ans), puis les nouveaux, puis ceux qui sont sortis en dernier. Les filtres de la première ligne le changent.",
    "À vérifier : un dossier qui ressemble à celui de ce jeune dit peut-être qu'il est inscrit ou diplômé. Lui demander d'abord où il en est.",
    "Répondre : les colonnes jaunes. Choisir la réponse dans sa liste, mettre la date, enregistrer, et renvoyer ce classeur sur la page ou à l'équipe du SIEI. Une ligne sans réponse n'est pas une réponse.",
    "Les réponses déjà données sont remplies d'avance : les laisser ne compte pas deux fois ; une autre réponse, à une date plus récente, décide.",
    "Transmettre à une autre plateforme : son code, de la feuille « Plateformes ».",
    "Ne pas changer les dernières colonnes, surtout l'identifiant : il dit de qui il s'agit.",
    "Données personnelles : garder ce classeur sur un poste protégé, ne pas l'envoyer par courriel, l'effacer quand la liste suivante arrive.",
)  # fmt: skip
"""The read-me sheet, a line each."""


@dataclass(frozen=True)
class Answered:
    """What a platform answered last on somebody, as its workbook shows it."""

    retour: str
    day: date
    psad_destination: str | None = None


def lay_out(sheet: Any, pages: int = 1, *, named: bool = True) -> None:
    """On paper, put a sheet on A4 pages, so many beside each other; its headings stand on each.

    `named`: it names people, and every page says so.
    """
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    sheet.fit_to_pages(pages, 0)
    sheet.repeat_rows(0)
    told = "Données personnelles : à ne pas laisser circuler" if named else ""
    sheet.set_footer(f"&L{told}&RPage &P sur &N")


def offer_choices(sheet: Any, rows: int, column: int) -> None:
    """Give the cells of an answer their drop-down list, beside `rows` rows."""
    sheet.data_validation(
        1,
        column,
        rows,
        column,
        {
            "validate": "list",
            "source": list(REPONSES),
            "error_title": "Réponse inconnue",
            "error_message": "Choisir une réponse de la liste ; la feuille Réponses les explique.",
        },
    )


def add_sheets(book: Any, heading: Any, *, answers: bool, platforms: Mapping[str, str]) -> None:
    """Add what explains the list: a read-me, the answers, the platforms and their codes."""
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    introduction = book.add_worksheet("Lisez-moi")
    introduction.set_column(0, 0, 110, wrapped)
    lay_out(introduction, named=False)
    for row, said in enumerate(INTRODUCTION):
        introduction.write_string(row, 0, said, wrapped)
    if not answers:
        return
    explain = book.add_worksheet("Réponses")
    _fill_pairs(explain, heading, ("Mot à écrire", "Sens"), REPONSES)
    if platforms:
        _fill_pairs(book.add_worksheet("Plateformes"), heading, ("Code", "Plateforme"), platforms)


def _fill_pairs(sheet: Any, heading: Any, titles: tuple[str, str], rows: Mapping[str, str]) -> None:
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    sheet.freeze_panes(1, 0)
    lay_out(sheet, named=False)
    for row, pair in enumerate([titles, *rows.items()]):
        for at, text in enumerate(pair):
            sheet.write_string(row, at, text, *([heading] if row == 0 else []))
