"""The French of a list's pages: what a situation, a move or an answer means for who calls."""

from collections.abc import Mapping
from typing import Any, Final

from siei_match.portal.lists.progress import Tab
from siei_match.reference.french import french_day, french_month
from siei_match.reference.vocabulary import BINDING_ANSWERS
from siei_match.stages.publish.answer_columns import LABELS, REPONSES
from siei_match.stages.publish.answer_columns import LEAVES as SAID_ONCE

TABS: Final[Mapping[Tab, str]] = {
    Tab.TO_CALL: "À contacter",
    Tab.AGAIN: "À rappeler",
    Tab.DONE: "Traités",
    Tab.LEFT: "Partis de la liste",
}
CHOICES: Final = {
    "mineurs": "Mineurs",
    "nouveaux": "Nouveaux",
    "verifier": "À vérifier",
    "never": "Jamais contactés",
    "due": "À rappeler aujourd'hui ou avant",
    "suivis": "Suivis par une mission locale",
    "miens": "Dont je m'occupe",
}
"""What each filter of an address shows."""
CAUSES: Final[Mapping[str, str]] = {
    "inscription": "de nouveau inscrit dans une formation, ou habite ailleurs",
    "diplome": "a obtenu un diplôme",
    "retour": "d'après votre réponse, ou transmis à une autre plateforme",
    "age": "a 26 ans",
    "rapprochement": "ses dossiers ont été réunis ou séparés : il peut être sur la liste sous un autre signalement",
    "rectification": "une date de naissance ou une commune a été corrigée",
    "hors_champ": "n'est plus de l'année scolaire regardée",
    "source_absente": "un fichier reçu la fois d'avant ne l'a pas été cette fois",
}
LEAVES: Final = (
    "À la prochaine campagne de la même année scolaire, ce jeune ne sera plus sur les listes, tant "
    "que c'est votre dernière réponse."
)
STAYS: Final = "À la prochaine campagne, ce jeune restera sur la liste s'il est toujours sans formation ni diplôme."
MOVES: Final = (
    "À la prochaine campagne, ce jeune passera sur la liste de la plateforme {name}, jusqu'à ce "
    "qu'il donne une nouvelle adresse."
)


GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Il reste sur la liste": (
        "contacte_sans_reponse", "rendez_vous", "suivi", "injoignable", "coordonnees_incorrectes",
        "refus", "ne_souhaite_plus", "demenage", "autre",
    ),
    "Il quitte les listes de l'année scolaire, tant que c'est votre dernière réponse": (
        "en_formation", "en_emploi", "service_civique", "diplome", "doublon", "decede",
    ),
}  # fmt: skip
"""The answers as the form offers them, those that are given most first."""


def offer_answers() -> dict[str, dict[str, str]]:
    """Return the answers of the form by what they do, each with its meaning."""
    said = {code: text.removesuffix(f" : {SAID_ONCE}") for code, text in REPONSES.items()}
    return {
        title: {code: said[code] if said[code] != LABELS[code].lower() else "" for code in codes}
        for title, codes in GROUPS.items()
    }


def tell_effect(retour: str, destination: str | None) -> str:
    """Say what an answer does at the next run; `destination`: the name of the platform told."""
    if retour in BINDING_ANSWERS:
        return LEAVES
    return MOVES.format(name=destination) if destination else STAYS


def tell_taking_back(before: Mapping[str, Any] | None, label: str) -> str:
    """Say what taking back the last answer does; `before`: the answer that counts again."""
    if before is None:
        return (
            "La reprendre : plus aucune réponse ne compte, et ce jeune revient parmi ceux à "
            "contacter. À la prochaine campagne, il restera sur la liste s'il est toujours sans "
            "formation ni diplôme."
        )
    effect = tell_effect(before["retour"], before["psad_destination"])
    return (
        f"La reprendre : « {label} », du {french_day(before['day'])}, compte de nouveau. {effect}"
    )


def tell_birth(born: str | None) -> str:
    """2008-05-15 → né le 15 mai 2008, whatever the sex; 2008-05 → né en mai 2008."""
    if not born:
        return "date de naissance inconnue"
    if len(born) == len("2008-05-15"):
        return f"né(e) le {french_day(born)}"
    return f"né(e) en {french_month(born) if len(born) == len('2008-05') else born}"


def tell_end(born: str | None) -> str:
    """Say until when somebody must be in training: the eighteenth birthday, as far as it is known."""
    if not born:
        return "jusqu'à ses 18 ans"
    later = f"{int(born[:4]) + 18}{born[4:]}"
    if len(born) == len("2008-05-15"):
        # Eighteen years after a leap year is never one.
        return f"jusqu'à ses 18 ans, le {french_day(later.replace('-02-29', '-03-01'))}"
    return (
        f"jusqu'à ses 18 ans, en {french_month(later) if len(later) == len('2026-05') else later}"
    )
