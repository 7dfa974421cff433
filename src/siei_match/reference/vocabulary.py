"""The words of the contract: extracts, statuses, reasons, methods. Spelled once, here."""

from typing import Final

SCOLARITE: Final = "scolarite"
DIPLOMES: Final = "diplomes"
AGRICOLE: Final = "agricole"
DIPLOMES_AGRICOLES: Final = "diplomes_agricoles"
APPRENTISSAGE: Final = "apprentissage"
MISSIONS_LOCALES: Final = "missions_locales"
CONTRATS: Final = "contrats"
RETOURS: Final = "retours"

EXTRACTS: Final = (
    SCOLARITE,
    DIPLOMES,
    AGRICOLE,
    DIPLOMES_AGRICOLES,
    APPRENTISSAGE,
    MISSIONS_LOCALES,
    CONTRATS,
    RETOURS,
)
REQUIRED_EXTRACTS: Final = (SCOLARITE, DIPLOMES, AGRICOLE, APPRENTISSAGE)
ENROLMENT_EXTRACTS: Final = (SCOLARITE, AGRICOLE, APPRENTISSAGE)
"""Enrolment extracts, in the order in which the contract prefers them."""
SCHOOLING_EXTRACTS: Final = (*ENROLMENT_EXTRACTS, CONTRATS)
"""Extracts whose rows are enrolments: a contract is one, of the years of its dates."""
PERSON_EXTRACTS: Final = tuple(e for e in EXTRACTS if e != RETOURS)
"""Extracts whose every valid row is some person's."""

REJET: Final = "rejet"
AVERTISSEMENT: Final = "avertissement"

UNPLACED: Final = "non_affecte"
"""The list of the sortants that no commune places."""

CONFIRME: Final = "confirme"
A_VERIFIER: Final = "a_verifier"
LIE: Final = "lie"
ECARTE: Final = "ecarte"

MEME: Final = "meme"
AUTRE: Final = "autre"
NE_SAIT_PAS: Final = "ne_sait_pas"
REPONSES: Final = (MEME, AUTRE, NE_SAIT_PAS)
"""What a clerk judges of a pair of rows."""
A_CONFIRMER: Final = "a_confirmer"
"""One clerk said that it is one person, and that alone would decide: a second one is awaited."""
CONTESTE: Final = "conteste"
"""Two clerks disagree on the pair."""
CONTRADICTION: Final = "contradiction"
"""Answers on several pairs that cannot all hold."""

METHODS: Final = ("ine", "traits", "vraisemblance", "seul")
BINDING_ANSWERS: Final = (
    "en_formation",
    "en_emploi",
    "service_civique",
    "diplome",
    "decede",
    "doublon",
)
"""The answers of a platform that take a person off the lists."""
ANNULE: Final = "annule"
"""Takes back what a platform answered before."""
ANSWERS: Final = (
    "en_formation",
    "en_emploi",
    "service_civique",
    "diplome",
    "suivi",
    "rendez_vous",
    "contacte_sans_reponse",
    "injoignable",
    "coordonnees_incorrectes",
    "refus",
    "ne_souhaite_plus",
    "demenage",
    "decede",
    "doublon",
    "autre",
    ANNULE,
)
"""What a platform may answer about somebody whom its list names."""
