"""The report's French: what codes are called; numbers and dates are `reference.french`'s."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from siei_match.output.estimates import IntervalRecord
from siei_match.reference.french import (
    french_date,
    french_month,
    french_number,
    french_of_month,
    french_percent,
)
from siei_match.reference.vocabulary import A_VERIFIER, CONFIRME

LABELS: Final[Mapping[str, str]] = {
    "scolarite": "Scolarité (Éducation nationale)",
    "diplomes": "Diplômes (Éducation nationale)",
    "agricole": "Enseignement agricole",
    "diplomes_agricoles": "Diplômes agricoles",
    "apprentissage": "Apprentissage (CFA)",
    "missions_locales": "Missions locales",
    "contrats": "Contrats d’apprentissage",
    "retours": "Retours des plateformes",
    "ine": "Même INE et traits concordants",
    "traits": "Traits identiques",
    "vraisemblance": "Ressemblance (modèle)",
    "seul": "Aucune autre ligne de la même personne",
    "lie": "Même personne",
    A_VERIFIER: "À vérifier",
    "ecarte": "Personnes différentes",
    "sortant": "Sortant sans diplôme",
    CONFIRME: "Confirmé",
    "en_formation": "En formation",
    "diplome": "Diplômé",
    "retour": "Réponse d’une plateforme",
    "hors_champ": "Hors champ",
    "age_moins_16": "Moins de 16 ans",
    "age_plus_25": "26 ans et plus",
    "baccalaureat": "Baccalauréat ou plus",
    "niveau_3": "Diplôme de niveau 3",
    "niveau_4": "Diplôme de niveau 4",
    "en_emploi": "En emploi",
    "doublon": "Doublon",
    "personnes": "Personnes reconnues",
    "non_observees": "Sans inscription observée",
    "nouveaux": "Nouveaux : jamais signalés",
    "deja_signales": "Déjà signalés à la campagne précédente",
    "revenus": "Revenus : signalés plus tôt, pas à la précédente",
    "legale": "légale",
    "operationnelle": "opérationnelle",
}
STATUSES: Final = ("sortant", "en_formation", "diplome", "retour", "hors_champ")

ETAPES: Final[Mapping[str, str]] = {
    "lues": "Lignes lues",
    "valides": "Lignes valides",
    "rejetees": "Lignes rejetées",
    "rattachees": "Lignes rattachées à une personne",
    "personnes": "Personnes distinctes",
    "paires": "Paires jugées sur leur ressemblance",
    "liees": "Paires liées",
    "douteuses": "Paires à vérifier",
    "decidees": "Personnes dans le champ",
    "sortants": "Sortants sans diplôme",
    "a_verifier": "Sortants à vérifier",
    "listees": "Lignes des listes",
    "non_affectees": "Sortants sans plateforme",
    "rapprochement_lignes": "Rapprochement : lignes comparées",
    "rapprochement_fiches": "Rapprochement : fiches distinctes",
    "rapprochement_ine_de_remplissage": "Rapprochement : INE de remplissage, tenus pour absents",
    "rapprochement_paires_ine": "Rapprochement : paires de même INE",
    "rapprochement_conflits_ine": "Rapprochement : même INE, traits contraires",
    "rapprochement_paires_traits": "Rapprochement : paires de traits identiques",
    "rapprochement_paires_candidates": "Rapprochement : paires candidates",
    "rapprochement_paires_examinees": "Rapprochement : paires examinées",
    "rapprochement_doutes": "Rapprochement : paires de personnes en doute",
    "rapprochement_personnes": "Rapprochement : personnes",
    "rapprochement_maintenues": "Rapprochement : personnes maintenues, car réunies la dernière fois",
    "rapprochement_hors_d_une_vie": "Rapprochement : personnes de plus de fiches qu’une vie n’en tient",
    "rapprochement_revues_liantes": "Réponses de clercs appliquées",
    "rapprochement_revues_ambigues": "Réponses de clercs que plusieurs homonymes pourraient porter",
    "methode_ine": "Lignes rattachées par l’INE",
    "methode_traits": "Lignes rattachées par leurs traits",
    "methode_vraisemblance": "Lignes rattachées par ressemblance",
    "methode_seul": "Lignes seules de leur personne",
    "retours_livres": "Retours livrés avec les extraits",
    "retours_collectes": "Retours collectés auprès des plateformes",
    "retours_inconnus": "Retours sans signalement connu",
    "personnes_exclues": "Personnes exclues à leur demande ou par décision",
    "lignes_exclues": "Lignes des personnes exclues",
    "rectifications": "Valeurs rectifiées",
    "retours_autre_plateforme": "Retours d’une plateforme qui n’a jamais eu ce signalement",
    "retours_apres_le_jour": "Retours datés d’après le jour d’observation",
    "retours_annules": "Retours repris, ou envoyés de nouveau depuis",
    "transferts": "Personnes transmises à une autre plateforme",
}
CAUSES: Final[Mapping[str, str]] = {
    "inscription": "Inscription trouvée ou terminée, nouvelle adresse",
    "diplome": "Diplôme",
    "retour": "Réponse d’une plateforme, transfert",
    "age": "Âge",
    "rapprochement": "Lignes réunies ou séparées",
    "rectification": "Rectification",
    "hors_champ": "Entrée dans le champ, ou sortie",
    "source_absente": "Source absente cette fois",
}
"""The causes of movements, for people to read."""
SHORT_CAUSES: Final[Mapping[str, str]] = {
    "inscription": "Inscription, adresse",
    "retour": "Réponse, transfert",
    "rapprochement": "Lignes réunies, séparées",
    "hors_champ": "Champ",
    "source_absente": "Source absente",
}
"""The same for a picture that is as wide as a phone, where they are shorter."""
CHECKS: Final[Mapping[str, str]] = {
    "rejets": "Lignes refusées",
    "volume": "Nombre de jeunes",
    "volume_psad": "Nombre de jeunes par plateforme",
    "a_verifier": "Situations à vérifier",
    "erreurs": "Erreurs estimées de rapprochement",
    "estimations": "Accord des deux estimations d'erreurs",
    "equite": "Erreurs d'un groupe de personnes",
    "fraicheur": "Âge des sources",
    "sources": "Fichiers attendus",
    "colonnes": "Colonnes vides ou en conflit",
    "annees": "Années scolaires",
    "extraits": "Taille des fichiers",
    "correction": "Ce que change une correction",
    "campagnes_anterieures": "Campagnes antérieures",
}
"""What each gate of a release looks at (stages/publish/gates.py)."""

DRIFTS: Final[Mapping[str, str]] = {
    "m": "Part des paires d’une même personne à un niveau",
    "u": "Part des paires d’inconnus à un niveau (bits)",
    "motifs": "Motifs d’accord des paires candidates (part)",
    "candidates": "Paires comparées par fiche (bits)",
    "fiches_par_personne": "Fiches par personne (part)",
}
"""How far a delivery is from what a model was taught."""

WITHOUT_MEASURE: Final[Mapping[str, str]] = {
    "mesure_desactivee": "la mesure est désactivée (réglage « mesure »)",
    "aucun_ine": "aucune ligne n’a d’INE",
    "trop_peu_de_personnes": "trop peu de personnes ont un INE dans plusieurs lignes",
}
COURTS: Final[Mapping[str, str]] = {
    "scolarite": "Scolarité",
    "diplomes": "Diplômes",
    "agricole": "Agricole",
    "diplomes_agricoles": "Diplômes agricoles",
    "apprentissage": "Apprentissage",
    "missions_locales": "Missions locales",
    "contrats": "Contrats",
}


def label(code: str) -> str:
    return LABELS.get(code, code)


def decimal(value: float) -> str:
    """1.25 → 1,2; from ten on, whole."""
    return french_number(round(value)) if value >= 10 else french_number(value, 1)


def percent_of_pairs(value: IntervalRecord) -> str:
    """Say a rate per hundred with the ends of its interval."""
    middle, low, high = (
        french_number(100 * rate, 2) for rate in (value.estimation, value.bas, value.haut)
    )
    return f"{middle} (de {low} à {high})"


def tell_setting(value: object) -> str:
    """0.02 → 0,02; None → –; true → oui; a list between commas."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int):
        return french_number(value)
    if isinstance(value, float):
        return french_number(value, max(-int(Decimal(repr(value)).as_tuple().exponent), 0))
    if isinstance(value, list | tuple):
        return ", ".join(tell_setting(one) for one in value)
    return str(value)


FILTERS: Final = {
    "nombre": french_number,
    "pourcent": french_percent,
    "pourcent_fin": lambda value: french_percent(value, 2),
    "decimal": decimal,
    "deux_decimales": lambda value: french_number(value, 2),
    "pourcent_signe": lambda value: french_percent(value, signed=True),
    "signe_entier": lambda value: french_number(value, signed=True) if value else "0",
    "sum_known": lambda rows, name: sum(row[name] or 0 for row in rows),
    "signe": lambda value: french_number(value, 2, signed=True),
    "pour_cent_paires": percent_of_pairs,
    "libelle": label,
    "court": lambda code: COURTS.get(code, code),
    "jour": french_date,
    "mois": french_month,
    "de_mois": french_of_month,
    "reglage": tell_setting,
    "sum_rows": lambda rows: sum(27 + 13 * (len(row) // 2) for row in rows),
}
