"""The French words of an access: for the person whose data they are, not for a clerk."""

from collections.abc import Mapping
from typing import Final

ADMINISTRATIONS: Final[Mapping[str, str]] = {
    "scolarite": "Éducation nationale, scolarité",
    "diplomes": "Éducation nationale, examens",
    "agricole": "ministère de l’Agriculture, scolarité",
    "diplomes_agricoles": "ministère de l’Agriculture, examens",
    "apprentissage": "centres de formation d’apprentis",
    "missions_locales": "missions locales",
    "contrats": "contrats d’apprentissage",
}
METHODS: Final[Mapping[str, str]] = {
    "ine": "par votre numéro d’élève (INE)",
    "traits": "par vos nom, prénom, date et lieu de naissance, identiques",
    "vraisemblance": "par ressemblance (voir plus bas)",
    "seul": "aucune autre ligne ne vous est rattachée",
}
DECISIONS: Final[Mapping[tuple[str, str], str]] = {
    ("hors_champ", "age_moins_16"): "Vous aviez moins de 16 ans ce jour-là.",
    ("hors_champ", "age_plus_25"): "Vous aviez plus de 25 ans ce jour-là.",
    ("en_formation", "scolarite"): "Un établissement de l’Éducation nationale vous comptait parmi "
    "ses élèves ce jour-là.",
    ("en_formation", "agricole"): "Un établissement de l’enseignement agricole vous comptait parmi "
    "ses élèves ce jour-là.",
    ("en_formation", "apprentissage"): "Un centre de formation d’apprentis vous comptait parmi ses "
    "apprentis ce jour-là.",
    ("diplome", "baccalaureat"): "Vous avez obtenu un baccalauréat ou un diplôme supérieur.",
    ("diplome", "niveau_3"): "Vous avez obtenu un diplôme professionnel de niveau 3 (CAP, BEP…).",
    ("diplome", "niveau_4"): "Vous avez obtenu un diplôme professionnel de niveau 4 (BP, MC…).",
    ("retour", "en_formation"): "Une plateforme a répondu que vous étiez en formation.",
    ("retour", "en_emploi"): "Une plateforme a répondu que vous étiez en emploi.",
    ("retour", "service_civique"): "Une plateforme a répondu que vous étiez en service civique.",
    ("retour", "diplome"): "Une plateforme a répondu que vous aviez un diplôme.",
    ("retour", "decede"): "Une plateforme a répondu que la personne était décédée.",
    ("retour", "doublon"): "Une plateforme a répondu que vous figuriez deux fois sur sa liste.",
    ("sortant", "confirme"): "Vous aviez quitté votre formation, et aucun fichier ne montrait ce "
    "jour-là d’inscription ni de diplôme.",
    ("sortant", "a_verifier"): "Vous aviez quitté votre formation ; une ligne qui est peut-être la "
    "vôtre, ou une date qui se lit de deux façons, montrait une inscription ou un diplôme, ou une mission "
    "locale vous disait en formation, sans "
    "certitude : la plateforme devait vérifier.",
}
HORS_CHAMP: Final = (
    "Aucune décision : vous n’avez pas suivi, l’année d’avant, au moins quinze jours d’une "
    "formation menant au baccalauréat ou à un diplôme professionnel."
)
GENRES: Final[Mapping[str, str]] = {
    "ine": "numéro d’élève",
    "lieu": "nom, date et lieu de naissance",
    "nom": "nom et date de naissance",
    "telephone": "nom, date de naissance et téléphone",
    "courriel": "nom, date de naissance et courriel",
    "adresse": "nom, date de naissance et adresse",
}
INDICES: Final[Mapping[str, str]] = {
    "ine": "numéro d’élève (INE) connu",
    "lieu": "nom, prénom, date et commune de naissance connus",
    "nom": "nom, prénom et date de naissance connus",
    "telephone": "téléphone connu",
    "courriel": "courriel connu",
    "adresse": "adresse connue",
    "liste": "nom, prénom et date de naissance d’une liste",
    "extrait": "nom, prénom et date de naissance d’un extrait",
}
GAPS: Final[Mapping[str, str]] = {
    "": "",
    "noms_inverses": ", nom et prénom inversés",
    "jour_mois_inverses": ", jour et mois inversés",
    "partie_du_nom": ", une partie du nom seulement",
    "partie_du_prenom": ", une partie du prénom seulement",
    "a_peu_pres": ", à peu près",
}
ACTS: Final[Mapping[str, str]] = {
    "acces": "a consulté l’ensemble de ces données",
    "recherche": "a fait une recherche qui mène à vous",
    "explication": "a consulté l’explication d’une campagne",
    "export": "a exporté la liste où vous figurez",
    "connexion": "s’est connecté",
    "telechargement": "a téléchargé la liste où vous figurez",
    "exclusion": "a enregistré une exclusion",
    "levee": "a levé une exclusion",
    "rectification": "a enregistré une rectification",
    "collecte": "a enregistré la réponse d’une plateforme",
    "revue": "a examiné vos lignes",
}
RETOURS: Final[Mapping[str, str]] = {
    "en_formation": "en formation",
    "en_emploi": "en emploi",
    "service_civique": "en service civique",
    "diplome": "a un diplôme",
    "suivi": "accompagnement en cours",
    "rendez_vous": "rendez-vous pris",
    "contacte_sans_reponse": "un message a été laissé, sans réponse",
    "coordonnees_incorrectes": "les coordonnées ne sont pas les bonnes",
    "ne_souhaite_plus": "ne souhaite plus être contacté",
    "decede": "décès",
    "annule": "la réponse précédente a été reprise",
    "injoignable": "n’a pas pu être joint",
    "refus": "refus d’être accompagné",
    "demenage": "a changé d’adresse",
    "doublon": "figure deux fois",
    "autre": "autre",
}
MOTIFS: Final[Mapping[str, str]] = {
    "opposition": "à votre demande",
    "erreur": "vous figuriez par erreur",
    "autre": "autre motif",
}
DURATION: Final = (
    "Ces données restent jusqu’à ce que le responsable du traitement les purge, à l’échéance qu’il a "
    "fixée : la purge retire alors tout de chacun de ces fichiers. Les extraits des administrations "
    "n’y sont pas recopiés ; leur conservation est l’affaire de chacune d’elles."
)
NOTHING: Final = (
    "Personne. Essayez le nom d’usage ou un autre prénom, une autre orthographe, l’INE d’un "
    "certificat de scolarité, sans --commune, ou avec --dossier CAMPAGNE_DIR, qui lit aussi les "
    "extraits et tolère les fautes. Une personne purgée ou jamais reçue ne se trouve pas."
)
WITHOUT_KEY: Final = (
    "La clé n’est pas à portée (--reglages ou SIEI_CLE) : seules les listes ont été cherchées, non "
    "ceux qui n’y sont pas."
)
