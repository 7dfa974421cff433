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
    "consultation": "Consultation de chiffres",
    "run": "Exécution",
    "collecte": "Réponses enregistrées",
    "message": "Messages envoyés",
    "release": "Publication",
    "retrait": "Retrait",
    "archivage": "Archivage",
    "export": "Export d'une liste",
    "connexion": "Connexion",
    "deconnexion": "Déconnexion",
    "compte": "Compte",
    "demande": "Demande à une seconde personne",
    "demande_refusee": "Demande écartée",
    "confirmation": "Confirmation refusée",
    "revue": "Relecture",
    "purge": "Purge",
    "exclusion": "Exclusion",
    "rectification": "Rectification",
}
DETAILS: Final[Mapping[str, str]] = {
    "campagne": "campagne", "psad": "plateforme", "format": "format", "lignes": "lignes", "voie": "par",
    "geste": "geste", "compte": "compte n°", "roles": "rôles", "plateformes": "plateformes",
    "moyen": "moyen", "issue": "issue", "raison": "raison", "page": "page", "quoi": "quoi",
    "paires": "paires", "paire": "paire", "reponses": "réponses", "signalement": "signalement",
}  # fmt: skip
"""What a detail of the audit log is called."""
VALUES: Final[Mapping[str, str]] = {
    "ecran": "écran", "fiche": "fiche d'un jeune", "feuille": "feuille d'appels", "creation": "création",
    "droits": "droits changés", "mot_de_passe": "mot de passe", "fermeture": "fermeture",
    "ouverture": "réouverture", "import": "import d'un fichier", "acceptee": "acceptée",
    "refusee": "refusée", "premier_expire": "premier mot de passe expiré", "oidc": "fournisseur d'identité", "sans_droits": "sans droits",
    "avancement_fichier": "avancement, en fichier", "valeurs_relecture": "valeurs des paires à relire",
}  # fmt: skip


def tell_detail(name: str, value: str | int) -> str:
    """Say a detail of an entry: campagne 2027-03, format écran."""
    return f"{DETAILS.get(name, name.replace('_', ' '))} {VALUES.get(str(value), value)}"
