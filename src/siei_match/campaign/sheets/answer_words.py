"""What a provider of platforms' answers is told to correct, by rule of the extract `retours`."""

from collections.abc import Mapping
from typing import Final

Said = tuple[str, str]
"""What is wrong, and what to do."""

ANSWERS: Final[Mapping[str, Said]] = {
    "id_signalement_present": (
        "La réponse ne dit pas sur quel signalement elle porte.",
        "Recopier l’identifiant de la liste (id_signalement).",
    ),
    "retour_connu": (
        "La réponse est absente, ou n’est pas l’une de celles de la liste.",
        "Choisir l’une des réponses proposées.",
    ),
    "psad_destination_connue": (
        "La destination n’est le code d’aucune plateforme : personne n’est transféré.",
        "Recopier le code d’une plateforme qui existe.",
    ),
    "psad_destination_autre": (
        "La destination est la plateforme qui répond elle-même : personne n’est transféré.",
        "Donner le code de l’autre plateforme, ou laisser vide.",
    ),
    "date_retour_lisible": (
        "La date de la réponse est absente ou ne se lit pas.",
        "Écrire la date : JJ/MM/AAAA.",
    ),
}
