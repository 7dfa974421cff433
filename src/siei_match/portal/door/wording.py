"""The French of the codes that pages would show: a sentence holds words, never a code."""

from collections.abc import Mapping
from typing import Final

MOTIVES: Final[Mapping[str, str]] = {
    "scolarite": "inscription scolaire",
    "agricole": "inscription dans l'enseignement agricole",
    "apprentissage": "inscription en apprentissage",
    "baccalaureat": "baccalauréat",
    "niveau_3": "diplôme de niveau 3, CAP ou équivalent",
    "niveau_4": "diplôme de niveau 4, baccalauréat ou équivalent",
}
"""Why somebody is in training or has a diploma (contract, section 4)."""
PROVIDERS: Final[Mapping[str, str]] = {
    "scolarite": "Éducation nationale, scolarité",
    "diplomes": "Éducation nationale, examens",
    "agricole": "Enseignement agricole, scolarité",
    "diplomes_agricoles": "Enseignement agricole, examens",
    "apprentissage": "Apprentissage",
    "missions_locales": "Missions locales",
    "contrats": "Contrats d'apprentissage",
}
ACTS: Final[Mapping[str, str]] = {
    "acces": "Consultation d'une liste",
    "collecte": "Réponses enregistrées",
    "release": "Publication",
    "retrait": "Retrait",
    "archivage": "Archivage",
    "export": "Export d'une liste",
    "connexion": "Connexion",
    "deconnexion": "Déconnexion",
    "compte": "Compte",
    "revue": "Relecture",
    "purge": "Purge",
    "exclusion": "Exclusion",
    "rectification": "Rectification",
}
