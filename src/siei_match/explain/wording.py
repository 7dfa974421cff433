"""The French words of an explanation: for the clerk or the data protection officer who reads it."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from siei_match.reference.french import NO_BREAK, french_date, french_number

TRAITS: Final[Mapping[str, str]] = {
    "nom": "nom",
    "prenom": "prénom",
    "autres_prenoms": "autres prénoms",
    "naissance": "date de naissance",
    "sexe": "sexe",
    "lieu": "lieu de naissance",
    "telephone": "téléphone",
    "courriel": "courriel",
    "adresse": "adresse",
    "inscription": "inscriptions",
    "ine": "INE",
    "menage": "ménage, rivaux",
}
LEVELS: Final[Mapping[str, Mapping[str, str]]] = {
    "nom": {
        "egal": "identiques",
        "partie": "l’un contient l’autre",
        "proche": "à une faute près",
        "courriel": "lu dans un courriel",
        "lointain": "un peu semblables",
        "ecorche": "un mot s’y retrouve",
        "different": "différents",
    },
    "prenom": {
        "egal": "identiques",
        "partie": "l’un contient l’autre",
        "inverse": "inversé avec le nom",
        "inverse_proche": "inversé, à une faute",
        "entendu": "se prononcent pareil",
        "variante": "deux formes du même",
        "courriel": "lu dans un courriel",
        "autre": "un autre en commun",
        "proche": "à une faute près",
        "lointain": "un peu semblables",
        "courants": "deux prénoms courants",
        "ecorche": "peut-être mal écrit",
        "deux_courriels": "chacun son courriel",
        "different": "différents",
    },
    "autres_prenoms": {"egal": "un autre en commun", "different": "aucun commun"},
    "naissance": {
        "egal": "identique",
        "partiel": "incomplète, compatible",
        "inversion": "jour et mois inversés",
        "un_chiffre": "un chiffre d’écart",
        "un_jour": "un jour d’écart",
        "deux_elements": "deux éléments sur 3",
        "deux_chiffres": "deux chiffres d’écart",
        "different": "différente",
    },
    "sexe": {"egal": "identique", "different": "différent"},
    "lieu": {
        "egal": "même commune",
        "departement": "même département",
        "different": "différent",
    },
    "telephone": {"egal": "un numéro commun", "different": "aucun commun"},
    "courriel": {"egal": "un courriel commun", "different": "aucun commun"},
    "adresse": {
        "egal": "identique",
        "proche": "presque identique",
        "commune": "même commune",
        "departement": "même département",
        "different": "différente",
    },
    "inscription": {
        "compatibles": "compatibles",
        "simultanees": "ailleurs, mêmes jours",
    },
    "ine": {"egal": "identique", "voisin": "numéro voisin", "different": "différent"},
}
METHODS: Final[Mapping[str, str]] = {
    "ine": "INE",
    "traits": "traits identiques",
    "vraisemblance": "vraisemblance",
    "seul": "rien : ligne seule",
}
PROOFS: Final[Mapping[str, str]] = {
    "ine": "INE : une autre ligne porte le même INE, et le reste rend crédible que ce soit la même "
    "personne.",
    "traits": "Traits identiques : une autre ligne a les mêmes nom, prénom, date et lieu de "
    "naissance, et aucun homonyme n’est à attendre ; ou elle dit exactement la même chose.",
    "vraisemblance": "Vraisemblance : aucune preuve sûre ; les paires ci-dessous disent ce qui a "
    "pesé.",
    "seul": "Ligne seule : aucune autre ligne n’a été rattachée à celle-ci.",
}
ISSUES: Final[Mapping[str, str]] = {
    "lie": "LIÉES : même personne",
    "a_verifier": "À VÉRIFIER : doute",
    "ecarte": "ÉCARTÉES : deux personnes",
}
REASONS: Final[Mapping[str, str]] = {
    "seuil_lien_atteint": "La probabilité atteint le seuil de lien.",
    "liees_par_d_autres_lignes": "Cette paire seule n’atteint pas le seuil de lien ; d’autres "
    "lignes de la personne rattachent les deux.",
    "entre_les_seuils": "La probabilité est sous le seuil de lien, mais atteint le seuil de doute.",
    "doute_sur_l_ensemble": "Cette paire seule n’atteint pas le seuil de doute ; toutes les lignes "
    "des deux personnes, ensemble, l’atteignent.",
    "ensemble_contredit": "Cette paire seule mènerait plus haut ; toutes les lignes des deux personnes, "
    "ensemble, se contredisent.",
    "sous_seuil_doute": "La probabilité est sous le seuil de doute.",
    "clerc_meme": "Un clerc a répondu : même personne. Sa réponse l’emporte sur le calcul.",
    "clerc_autre": "Un clerc a répondu : personnes différentes. Sa réponse l’emporte sur le calcul.",
    "clercs_en_desaccord": "Des clercs ont répondu, et ne sont pas d’accord : la paire reste en "
    "doute, quoi que dise le calcul.",
    "reponses_contradictoires": "Des clercs ont répondu sur plusieurs paires, et leurs réponses ne "
    "peuvent pas toutes tenir : celles-ci restent en doute.",
}
STATES: Final[Mapping[str, str]] = {
    "ne_tient_pas": "non",
    "decide": "OUI",
    "non_examinee": "–",
}
STATUSES: Final[Mapping[str, str]] = {
    "hors_champ": "hors champ",
    "en_formation": "en formation",
    "diplome": "diplômé",
    "retour": "retour d’une plateforme",
    "sortant": "sortant",
}
VALUES: Final[Mapping[str, str]] = {
    "nom_naissance": "nom de naissance",
    "nom_usage": "nom d’usage",
    "prenoms": "prénoms",
    "date_naissance": "date de naissance",
    "sexe": "sexe",
    "lieu_naissance": "lieu de naissance",
    "ine": "INE",
    "telephones": "téléphones",
    "courriels": "courriels",
    "adresse": "adresse",
    "parcours": "parcours",
}


def name_trait(trait: str) -> str:
    return TRAITS.get(trait, trait)


def name_level(trait: str, niveau: str) -> str:
    """Return a level in words; a level of a newer model is shown as its own name."""
    return LEVELS.get(trait, {}).get(niveau, niveau)


def show_bits(bits: float) -> str:
    """Return a weight with its sign and one decimal: +8,1."""
    # A weight that rounds to nothing is no loss: +0,0.
    return french_number(round(bits, 1) + 0.0, 1, signed=True, minus="-")


def show_chance(chance: float) -> str:
    """Return a probability in percent, never rounded to certainty."""
    percent = 100 * chance
    if percent > 99.99:
        return f"> 99,99{NO_BREAK}%"
    number = french_number(percent, 2 if percent < 1 or percent > 99 else 1).removesuffix(",0")
    return f"{number}{NO_BREAK}%"


def show_date(day: date | None) -> str:
    return french_date(day) if day else "absente"
