"""The French of a provider's sheet: what a broken rule or a refused file means, and what to correct.

Nothing here is a value of a row: names of columns, numbers of lines, counts.
"""

from collections.abc import Mapping
from typing import Any, Final

from siei_match.campaign.sheets.answer_words import ANSWERS, Said
from siei_match.reference.contracts import Declaration, declaration
from siei_match.reference.errors import SieiError
from siei_match.reference.vocabulary import EXTRACTS, REJET

BLOCKING: Final = "bloquant"
HELD: Final = "retenu"
GRAVITES: Final[Mapping[str, str]] = {
    BLOCKING: "Bloquant : la campagne ne peut pas être lancée",
    HELD: "Retenu : la campagne ne sera pas publiée sans explication",
    REJET: "Ligne rejetée : la personne n’est pas prise en compte",
    "avertissement": "Valeur ignorée : la ligne est gardée sans elle",
}

IMPLAUSIBLE: Final[Mapping[str, str]] = {
    "colonnes": "Livrer la colonne remplie, dans la forme de l’extrait ; ou confirmer qu’elle est ainsi.",
    "annees": "Livrer l’année scolaire entière, pour tous les établissements ; ou confirmer qu’elle l’est.",
    "extraits": "Livrer l’extrait entier ; ou confirmer qu’il l’est.",
}
"""What to correct of what is implausible, by its kind."""

RULES: Final[Mapping[str, Said]] = {
    "nombre_de_champs": (
        "La ligne n’a pas le même nombre de champs que le fichier n’a de colonnes.",
        "Chercher un séparateur de trop ou manquant, un guillemet non fermé ou un saut de ligne dans un champ.",
    ),
    "nom_present": (
        "Ni nom de naissance ni nom d’usage : la ligne ne désigne personne.",
        "Renseigner le nom.",
    ),
    "prenom_present": ("Aucun prénom : la ligne ne désigne personne.", "Renseigner le prénom."),
    "annee_naissance_lisible": (
        "L’année de naissance est absente ou illisible.",
        "Renseigner la date de naissance dans la forme attendue.",
    ),
    "annee_naissance_plausible": (
        "L’année de naissance est avant 1900 ou après celle de la campagne.",
        "Vérifier la date de naissance.",
    ),
    "mois_naissance_possible": (
        "Le mois de naissance n’existe pas ; seule l’année est gardée.",
        "Vérifier la date de naissance ; 00 pour un mois inconnu.",
    ),
    "jour_naissance_possible": (
        "Le jour de naissance n’existe pas dans ce mois ; seuls le mois et l’année sont gardés.",
        "Vérifier la date de naissance ; 00 pour un jour inconnu.",
    ),
    "inscription_situee": (
        "L’inscription ne se situe pas : ni établissement (UAI), ni formation (MEF ou diplôme) lisible.",
        "Renseigner au moins l’un des deux.",
    ),
    "annee_scolaire_concordante": (
        "L’année scolaire de la ligne n’est pas celle annoncée pour le fichier.",
        "Livrer un fichier par année scolaire, ou corriger l’année annoncée.",
    ),
    "sortie_apres_entree": (
        "La date de sortie précède la date d’entrée.",
        "Vérifier les deux dates.",
    ),
    "rupture_apres_debut": (
        "La rupture du contrat précède son début.",
        "Vérifier les deux dates ; ne pas laisser la rupture d’un contrat antérieur.",
    ),
    "fin_apres_debut": (
        "La fin de l’accompagnement précède son début.",
        "Vérifier les deux dates.",
    ),
    "ine_lisible": (
        "L’INE n’a pas la forme d’un INE, ou sa clé est fausse.",
        "Renseigner l’INE de 11 caractères, sans espace ; laisser vide s’il est inconnu.",
    ),
    "date_naissance_lisible": (
        "La date de naissance ne se lit pas en entier.",
        "Renseigner la date dans la forme attendue.",
    ),
    "sexe_lisible": ("Le sexe n’est pas l’un des codes attendus.", "Utiliser les codes attendus."),
    "civilite_lisible": (
        "La civilité n’est ni M ni MME.",
        "Renseigner M ou MME ; laisser vide si elle est inconnue.",
    ),
    "commune_lisible": (
        "Le code de la commune n’est pas un code INSEE de cinq caractères.",
        "Renseigner le code INSEE (non le code postal), zéro de tête compris ; 99xxx à l’étranger.",
    ),
    "pays_lisible": (
        "Le code du pays n’est pas l’un des codes attendus.",
        "Renseigner le code du pays, zéros de tête compris.",
    ),
    "code_connu": (
        "Le code n’est pas l’un de ceux de la nomenclature de cette colonne.",
        "Utiliser les codes attendus ; signaler un code nouveau.",
    ),
    "mef_lisible": (
        "Le code MEF n’a pas 11 chiffres.",
        "Exporter la colonne comme du texte : un tableur écrit 2,41E+10 à la place du code.",
    ),
    "diplome_lisible": (
        "Le code du diplôme n’a pas 8 caractères.",
        "Exporter la colonne comme du texte : un tableur écrit 5,0E+07 à la place du code.",
    ),
    "uai_lisible": (
        "L’UAI n’a pas la forme attendue, ou sa lettre de contrôle est fausse.",
        "Renseigner l’UAI de l’établissement : sept chiffres et une lettre.",
    ),
    "annee_scolaire_lisible": (
        "L’année scolaire ne se lit pas.",
        "Écrire deux années qui se suivent : 2025-2026.",
    ),
    "session_lisible": (
        "La session d’examen n’est pas une année.",
        "Écrire l’année sur quatre chiffres.",
    ),
    "date_lisible": (
        "La date ne se lit pas, ou n’existe pas.",
        "Renseigner la date dans la forme attendue ; laisser vide si elle est inconnue.",
    ),
    "code_postal_lisible": (
        "Le code postal n’a pas cinq chiffres.",
        "Exporter la colonne comme du texte, zéro de tête compris.",
    ),
    "telephone_lisible": (
        "Le numéro de téléphone n’est ni un numéro français de dix chiffres ni un numéro étranger avec +.",
        "Corriger le numéro, ou laisser vide.",
    ),
    "courriel_lisible": (
        "L’adresse électronique n’a pas la forme d’une adresse.",
        "Corriger l’adresse, ou laisser vide.",
    ),
    **ANSWERS,
}

FAULTS: Final[Mapping[str, Said]] = {
    "extrait_absent": (
        "L’extrait n’a pas été fourni, alors qu’il est obligatoire.",
        "Livrer l’extrait : sans lui, des jeunes en formation ou diplômés seraient signalés.",
    ),
    "fichier_absent": (
        "Le fichier annoncé n’est pas dans la livraison.",
        "Livrer le fichier, ou ne plus l’annoncer.",
    ),
    "fichier_en_double": (
        "Le fichier est annoncé deux fois : ses lignes compteraient double.",
        "Annoncer chaque fichier une seule fois.",
    ),
    "fichier_non_liste": (
        "Le fichier est dans le dossier, mais n’est pas annoncé dans campagne.toml.",
        "L’annoncer s’il fait partie de la livraison, ou le retirer du dossier.",
    ),
    "fichier_vide": ("Le fichier ne contient rien.", "Livrer de nouveau le fichier."),
    "fichier_illisible": (
        "Le système refuse de lire le fichier.",
        "Vérifier les droits d’accès et le disque.",
    ),
    "fichier_abime": (
        "Le fichier est abîmé ou coupé : il ne s’ouvre pas jusqu’au bout.",
        "Transmettre de nouveau le fichier, avec son empreinte SHA-256.",
    ),
    "sha256": (
        "Le fichier n’est pas celui annoncé : son empreinte SHA-256 diffère.",
        "Transmettre de nouveau le fichier d’origine, ou l’empreinte du fichier corrigé.",
    ),
    "lignes_annoncees": (
        "Le fichier a {read} lignes de données, {announced} étaient annoncées.",
        "Vérifier que l’export est complet, puis transmettre de nouveau le fichier.",
    ),
    "format": (
        "Le contenu du fichier n’est pas celui que son extension annonce.",
        "Corriger l’extension (.gz pour un fichier compressé, .parquet), ou changer le format d’export.",
    ),
    "archive": (
        "L’archive ne contient pas les documents d’un seul export de SIECLE.",
        "Livrer une archive par export d’établissement : un Eleves….xml, et son Responsables….xml dans la même "
        "archive ou dans une autre à côté.",
    ),
    "encodage": (
        "Des caractères ne sont pas de l’encodage annoncé.",
        "Exporter en UTF-8, ou dire l’encodage du fichier : utf-8, iso-8859-15 ou windows-1252.",
    ),
    "entete": (
        "La première ligne n’est pas l’en-tête attendu : {present} des {expected} colonnes s’y trouvent.",
        "Vérifier l’extrait livré, son séparateur (;) et la présence de la ligne d’en-tête.",
    ),
    "colonnes": (
        "Les colonnes ne sont pas celles attendues",
        "Livrer les colonnes de la description de l’extrait, sous leur nom.",
    ),
    "type_de_colonne": (
        "La colonne contient autre chose que du texte (nombres à décimales, heures).",
        "Exporter la colonne comme du texte, les dates comme des dates.",
    ),
    "decoupage": (
        "Les lignes ne se découpent pas en colonnes.",
        "Vérifier le séparateur (;) et les guillemets.",
    ),
    "guillemet": (
        "Un guillemet est ouvert et n’est pas fermé : les lignes suivantes seraient lues comme une seule.",
        "Fermer ou doubler le guillemet ; corriger l’export, qui doit échapper les guillemets.",
    ),
    "champ_trop_long": (
        "Un champ ou une ligne est beaucoup trop long.",
        "Chercher un séparateur, un guillemet ou un saut de ligne manquant.",
    ),
    "volume": (
        "Le fichier contient bien plus de données qu’un extrait.",
        "Vérifier ce qui a été exporté.",
    ),
    "taux_rejet": (
        "{rejected} lignes sur {read} sont rejetées : c’est trop pour lancer la campagne.",
        "Corriger les lignes rejetées, listées ci-dessous, et livrer de nouveau le fichier entier.",
    ),
}
OTHERWISE: Final = (
    "Le fichier ne peut pas être lu.",
    "Voir avec la personne qui prépare la campagne.",
)
COLUMN_FAULTS: Final[Mapping[str, str]] = {
    "missing": "manquantes",
    "unknown": "inconnues",
    "twice": "en double",
}


def word_fault(error: SieiError) -> Said:
    """Return what is wrong with a file that is refused, and what to correct."""
    what, todo = FAULTS.get(error.code, OTHERWISE)
    if error.code == "colonnes":
        told = [f"{COLUMN_FAULTS.get(kind, kind)} : {n}" for kind, n in error.found.items()]
        return f"{what} ({' ; '.join(told)}).", todo
    return what.format_map(error.found), todo


def word_rule(extrait: str, rule: str, column: str | None) -> Said:
    """Return what a broken rule means for a column, and what to correct: with its expected form."""
    what, todo = RULES.get(rule) or (describe_rule(extrait, rule, column), "Corriger la valeur.")
    form = _expected_form(_field(extrait, column))
    return what, f"{todo} {form}".strip()


def describe_rule(extrait: str, rule: str, column: str | None) -> str:
    """Return the words of the extract's declaration for a rule that has none here."""
    rules: Any = _declared(extrait).siei.get("regles", ()) if extrait in EXTRACTS else ()
    said = next((r["description"] for r in rules if r["rule"] == rule), None)
    field = _field(extrait, column)
    expected = f" Attendu : {field['description']}" if field else ""
    return str(said) if said else f"La valeur ne respecte pas la règle {rule}.{expected}"


def title_column(extrait: str, column: str | None) -> str:
    """Return a column as its provider names it, with its meaning: DATE_NAISS (Date de naissance)."""
    field = _field(extrait, column)
    if column is None:
        return "(toute la ligne)"
    return f"{column} ({field['title']})" if field else column


def _declared(extrait: str) -> Declaration:
    return declaration(f"extraits/{extrait}")


def _field(extrait: str, column: str | None) -> Mapping[str, Any] | None:
    if column is None or extrait not in EXTRACTS:
        return None
    return next((f for f in _declared(extrait).fields if f["name"] == column), None)


def _expected_form(field: Mapping[str, Any] | None) -> str:
    """Say what a field looks like where its declaration does: a date's form, a column's codes."""
    if field is None:
        return ""
    formats = field["siei"].get("formats") or [field["siei"].get("format")]
    if formats[0]:
        forms = (str(f) for f in formats)
        return f"Forme attendue\u00a0: {' ou '.join(map(french_form, forms))}."
    if codes := field.get("constraints", {}).get("enum"):
        return f"Valeurs attendues\u00a0: {', '.join(map(str, codes))}."
    return ""


def french_form(form: str) -> str:
    """%d/%m/%Y → JJ/MM/AAAA."""
    for sign, letters in (("%d", "JJ"), ("%m", "MM"), ("%Y", "AAAA")):
        form = form.replace(sign, letters)
    return form
