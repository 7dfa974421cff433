"""The words of the contract: extracts, statuses, reasons, methods. Spelled once, here."""

from typing import Final

SCOLARITE: Final = "scolarite"
DIPLOMES: Final = "diplomes"
AGRICOLE: Final = "agricole"
DIPLOMES_AGRICOLES: Final = "diplomes_agricoles"
APPRENTISSAGE: Final = "apprentissage"
MISSIONS_LOCALES: Final = "missions_locales"
RETOURS: Final = "retours"

EXTRAITS: Final = (
    SCOLARITE,
    DIPLOMES,
    AGRICOLE,
    DIPLOMES_AGRICOLES,
    APPRENTISSAGE,
    MISSIONS_LOCALES,
    RETOURS,
)
EXTRAITS_REQUIS: Final = (SCOLARITE, DIPLOMES, AGRICOLE, APPRENTISSAGE)
EXTRAITS_INSCRIPTION: Final = (SCOLARITE, AGRICOLE, APPRENTISSAGE)
"""Enrolment extracts, in the order in which the contract prefers them."""
EXTRAITS_PERSONNES: Final = tuple(e for e in EXTRAITS if e != RETOURS)
"""Extracts whose every valid row is some person's."""

REJET: Final = "rejet"
AVERTISSEMENT: Final = "avertissement"

NON_AFFECTE: Final = "non_affecte"
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
CONTESTE: Final = "conteste"
"""Two clerks disagree on the pair."""
CONTRADICTION: Final = "contradiction"
"""Answers on several pairs that cannot all hold."""

METHODES: Final = ("ine", "traits", "vraisemblance", "seul")
RETOURS_LIANTS: Final = ("en_formation", "en_emploi", "diplome", "doublon")
"""The answers of a platform that take a person off the lists."""
