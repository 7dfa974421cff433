"""The workbook that a clerk reads and judges: two rows a pair, what differs marked twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from siei_match.explain.show import clean
from siei_match.explain.values import VALUES, WITHOUT_MARK, differs
from siei_match.explain.wording import STATUSES, show_chance
from siei_match.explain.wording import VALUES as LABELS
from siei_match.output.workbook import write_workbook
from siei_match.reference.vocabulary import CONTESTE

ANSWERS: Final = ("même personne", "personnes différentes", "ne sait pas")
SAME, OTHER, NONE = "=", "≠", ""
WIDTHS: Final = {
    "paire": 6, "ligne": 5, "décide": 26, "probabilité": 13, "réponse": 21, "remarque": 24,
    "sexe": 8, "prenoms": 18, "nom_naissance": 18, "nom_usage": 20, "date_naissance": 18,
    "lieu_naissance": 24, "ine": 14, "telephones": 17, "courriels": 28, "adresse": 32,
    "parcours": 44, "source": 34, "id_paire": 34,
}  # fmt: skip
FIRST: Final = ("paire", "ligne", "nom_naissance", "prenoms")
"""Columns never scrolled away: which pair, and the names; under a third of a laptop's screen."""
ASKED: Final = ("décide", "probabilité", "remarque")
COLUMNS: Final = (
    *FIRST, "réponse", *(name for name in VALUES if name not in FIRST), *ASKED, "source", "id_paire",
)  # fmt: skip
LINE: Final = 15
"""Points of a line of text, in the default font."""
GUIDE: Final = (
    ("Relire les paires en doute", "titre"),
    ("Chaque paire tient sur deux lignes, A et B, de la feuille « Paires ». Sont-elles la même personne ?", ""),
    ("Les paires qui décident d'une liste viennent d'abord, puis les plus probables.", ""),
    ("", ""),
    ("Répondre", "titre"),
    ("Colonne jaune « réponse », après les noms, sur l'une des deux lignes : même personne, personnes différentes, ou ne sait pas.", ""),
    ("Répondez « même personne » ou « personnes différentes » seulement si vous en êtes sûr.", ""),
    ("« Ne sait pas » est une bonne réponse : la paire reste en doute. Sans réponse, elle reviendra.", ""),
    ("« Remarque » est pour vous : elle n'est ni lue ni gardée.", ""),
    ("", ""),
    ("Lire les deux lignes", "titre"),
    ("≠ sur fond orange : les deux lignes diffèrent.   = : elles s'accordent.   Sans signe : l'une des deux ne dit rien.", ""),
    ("Accents, majuscules et traits d'union ne comptent pas. Un téléphone en commun suffit à s'accorder.", ""),
    ("Un nom d'usage, une faute de frappe, un jour et un mois inversés, un déménagement : peut-être la même personne.", ""),
    ("Deux prénoms usuels différents à la même adresse : souvent des jumeaux, des frères et sœurs.", ""),
    ("Deux INE différents ne suffisent pas à faire deux personnes ; le même INE ne suffit pas à en faire une.", ""),
    ("", ""),
    ("Décide : OUI", "titre"),
    ("Une personne de la paire est sur une liste. Si c'est la même personne, elle n'y a pas sa place : la suite dit pourquoi.", ""),
    ("", ""),
    ("Rendre le classeur", "titre"),
    ("Sur la page, Relecture, « Renvoyer un classeur » ; ou siei review import CE_FICHIER --sortie DOSSIER --par VOTRE_NOM", ""),
    ("Trier, filtrer, déplacer ou enlever des lignes et des colonnes ne gêne pas, sauf « id_paire » et « réponse ».", ""),
    ("Ce classeur contient des données personnelles : ne le laissez pas circuler, effacez-le une fois rendu.", "gras"),
)  # fmt: skip


@dataclass(frozen=True)
class PairBlock:
    """A pair (`tables/doutes`) with the values of its rows, None for a row that is not read any more."""

    pair: Mapping[str, Any]
    a: Mapping[str, Any] | None
    b: Mapping[str, Any] | None


def compare(bloc: PairBlock, name: str) -> str:
    """Return `=`, `≠`, or nothing where one of the two rows does not say."""
    show, key = VALUES[name]
    if bloc.a is None or bloc.b is None or None in (show(bloc.a), show(bloc.b)):
        return NONE
    if name in WITHOUT_MARK:
        return NONE
    return OTHER if differs(key(bloc.a), key(bloc.b)) else SAME


def say_decides(pair: Mapping[str, Any]) -> str:
    """Say what depends on the pair."""
    told = "non"
    if pair["decide"]:
        statut = STATUSES.get(pair["statut"], pair["statut"])
        told = f"OUI : si c'est la même personne, {statut} ({pair['motif']}), plus sur la liste"
    if pair["revue"] is not None:
        return f"{told}. {'Clercs en désaccord' if pair['revue'] == CONTESTE else 'Réponses contradictoires'}"
    return told


def render(blocs: Sequence[PairBlock], campagne: str, places: Mapping[str, str]) -> bytes:
    """Return the workbook; the same pairs give the same bytes. `places`: names of places by code.

    Texts are text cells, so nothing is guessed: leading zeros stay and no formula ever runs.
    """

    def fill(book: Any) -> None:
        _fill_pairs(book, blocs, places)
        _fill_guide(book)

    return write_workbook(fill, title=f"Relecture {campagne}")


def _fill_pairs(book: Any, blocs: Sequence[PairBlock], places: Mapping[str, str]) -> None:
    sheet = book.add_worksheet("Paires")
    columns = COLUMNS
    heading = book.add_format({"bold": True, "bg_color": "#DDE5EE", "bottom": 1, "valign": "top"})
    for at, name in enumerate(columns):
        sheet.set_column(at, at, WIDTHS[name])
        sheet.write_string(0, at, LABELS.get(name, name), heading)
    formats = {
        (kind, last): book.add_format(
            {"num_format": "@", "text_wrap": True, "valign": "top"}
            | LOOKS[kind]
            | ({"bottom": 2} if last else {"bottom": 4})
        )
        for kind in LOOKS
        for last in (False, True)
    }
    for rang, bloc in enumerate(blocs):
        for place, side in enumerate("ab"):
            row = 1 + 2 * rang + place
            told = _cells(bloc, rang + 1, side, places)
            cells = [told[name] for name in columns]
            for at, (name, (text, kind)) in enumerate(zip(columns, cells, strict=True)):
                style = formats["judgement" if name == "réponse" else kind, side == "b"]
                # An empty cell is blank, or a filter on blanks would miss it.
                write = sheet.write_string if text else sheet.write_blank
                write(row, at, text or None, style)
            sheet.set_row(
                row, LINE * max(_lines(n, c) for n, (c, _) in zip(columns, cells, strict=True))
            )
    last = max(2 * len(blocs), 1)
    judgement = columns.index("réponse")
    sheet.data_validation(1, judgement, last, judgement, {
        "validate": "list", "source": list(ANSWERS),
        "error_title": "Réponse", "error_message": "Choisir dans la liste, ou laisser vide.",
    })  # fmt: skip
    sheet.autofilter(0, 0, last, len(columns) - 1)
    sheet.freeze_panes(1, len(FIRST))
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&LDonnées personnelles : à ne pas laisser circuler&RPage &P sur &N")


LOOKS: Final[Mapping[str, dict[str, Any]]] = {
    "plain": {},
    OTHER: {"bg_color": "#FCE0C0", "bold": True},
    SAME: {"font_color": "#1B5E20"},
    "decides": {"bold": True},
    "judgement": {"bg_color": "#FFF9C4", "locked": False},
}


def _cells(
    bloc: PairBlock, number: int, side: str, places: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Return the text and the look of each cell of one row of a pair, by its column."""
    pair, row = bloc.pair, bloc.a if side == "a" else bloc.b
    decides = "decides" if pair["decide"] else "plain"
    source = f"{pair[f'extrait_{side}']}, {clean(pair[f'fichier_{side}'])}, ligne {pair[f'ligne_{side}']}"
    told = {
        "paire": (str(number), "plain"),
        "ligne": (side.upper(), "plain"),
        "décide": (say_decides(pair) if side == "a" else "", decides),
        "probabilité": (show_chance(pair["probabilite"]) if side == "a" else "", "plain"),
        "réponse": ("", "judgement"),
        "remarque": ("", "plain"),
        "source": (source, "plain"),
        "id_paire": (pair["id_paire"], "plain"),
    }
    for name, (show, _) in VALUES.items():
        sign = compare(bloc, name)
        shown = clean(show(row) or "") if row is not None else "ligne illisible"
        if name == "lieu_naissance" and shown in places:
            shown = f"{shown} {places[shown]}"
        told[name] = (f"{sign} {shown}".strip(), sign or "plain")
    return told


def _lines(name: str, text: str) -> int:
    # Words are not cut, so a line loses a few characters.
    return min(8, -(-len(text) // max(4, WIDTHS[name] - 2)) or 1)


def _fill_guide(book: Any) -> None:
    sheet = book.add_worksheet("Mode d'emploi")
    looks = {
        "": book.add_format({"text_wrap": True, "valign": "top"}),
        "titre": book.add_format({"bold": True, "font_size": 13}),
        "gras": book.add_format({"bold": True, "text_wrap": True}),
    }
    sheet.set_column(0, 0, 115)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    for row, (text, look) in enumerate(GUIDE):
        sheet.write_string(row, 0, text, looks[look])
