"""Small deliveries for the tests of reading and validation. Every name in them is made up."""

import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Campagne, Fichier
from siei_match.reference.vocabulary import ENROLMENT_EXTRACTS

CAMPAGNE = Campagne(
    code="2026-10",
    date_observation=date(2026, 10, 15),
    annee_scolaire="2026-2027",
    definition="legale",
)

LIGNES: Mapping[str, Mapping[str, str]] = {
    "scolarite": {
        "ANNEE_SCOLAIRE": "2025-2026", "INE": "0494004062M", "NOM_DE_FAMILLE": "QUELVENNEC",
        "PRENOM": "Maëlys", "DATE_NAISS": "12/05/2008", "CODE_SEXE": "2",
        "CODE_PAYS_NAISS": "100", "CODE_COMMUNE_INSEE_NAISS": "2A004", "UAI": "0750652B",
        "CODE_MEF": "10310019110", "CODE_STATUT": "ST", "DATE_ENTREE": "01/09/2025",
        "DATE_SORTIE": "30/06/2026", "LIGNE1_ADRESSE": "3 rue des Œillets",
        "CODE_POSTAL": "01000", "CODE_COMMUNE_INSEE": "01053", "CODE_PAYS": "100",
        "TEL_PORTABLE": "06 12 34 56 78", "MEL": "maelys@exemple.fr",
    },
    "diplomes": {
        "INE": "0494004062M", "NOM_DE_FAMILLE": "QUELVENNEC", "PRENOM": "Maëlys",
        "DATE_NAISS": "12/05/2008", "CODE_SEXE": "2", "CODE_COMMUNE_INSEE_NAISS": "2A004",
        "SESSION": "2026", "CODE_DIPLOME": "50025219", "RESULTAT": "ADMIS",
    },
    "agricole": {
        "ine": "0494004062M", "nomUsuel": "Quelvennec", "prenomUsuel": "Maëlys",
        "dateNaissance": "2008-05-12", "sexeId": "2", "communeNaissanceCodeInsee": "2A004",
        "paysNaissanceCodeInsee": "99100", "statutApprenant": "2501", "codeMef": "27121010210",
        "uai": "0750652B", "anneeScolaire": "2025-2026", "dateEntreeFormation": "2025-09-01",
        "dateSortieFormation": "2026-06-30", "communeCodePostal": "01000",
        "communeCodeInsee": "01053", "telephone": "0612345678", "courriel": "maelys@exemple.fr",
    },
    "apprentissage": {
        "INE_RNIE": "0494004062M", "NUMERO_UAI": "0750652B", "DIPLOME": "50025219",
        "NOM": "QUELVENNEC", "PRENOM1": "MAELYS", "COD_POST": "01000", "COM_RESID": "01053",
        "TEL_JEUNE": "0612345678", "MAIL_JEUNE": "maelys@exemple.fr", "DATE_NAIS": "12052008",
        "LIEU_NAIS": "2A004", "SEXE": "2", "PCS": "52", "HANDI": "INTERDIT1",
        "NATIO": "INTERDIT2", "DIP_OBT": "03", "DATE_ENTREE_CFA": "01092025",
        "DATE_DEB_CONT": "01092025",
    },
    "missions_locales": {
        "idJeune": "7", "civilite": "MME", "nomNaissance": "Quelvennec", "prenom": "Maëlys",
        "dateNaissance": "2008-05-12", "codePostal": "01000", "commune": "Bourg-en-Bresse",
        "communeCodeInsee": "01053", "mail": "maelys@exemple.fr", "telephone": "0612345678",
        "structureNom": "Mission locale de l'Ain", "dateDebutAccompagnement": "2026-01-05",
        "situationCategorie": "Demandeur d'emploi", "situationEtat": "EN_COURS",
    },
    "contrats": {
        "ine": "0494004062M", "nom": "Quelvennec", "prenom": "Maëlys", "dateNaissance": "2008-05-12",
        "sexe": "F", "dateInscriptionCfa": "2025-09-01", "dateDebut": "2025-09-15",
        "dateFin": "2027-08-31", "uaiCfa": "0750652B", "codeDiplome": "50025219",
        "codePostal": "01000", "codeCommuneInsee": "01053", "telephone": "0612345678",
    },
    "retours": {
        "id_signalement": "0123456789abcdef0123456789abcdef", "date_retour": "2026-05-04",
        "retour": "en_formation", "commentaire": "rappeler la tante",
    },
}  # fmt: skip
LIGNES = {**LIGNES, "diplomes_agricoles": LIGNES["diplomes"]}
"""A row of each extract that breaks no rule."""


def fichier(extrait: str, nom: str | None = None, **keys: object) -> Fichier:
    """Declare a file as campagne.toml would."""
    if extrait in ENROLMENT_EXTRACTS:
        keys.setdefault("annee_scolaire", "2025-2026")
    return Fichier(
        extrait=extrait, nom=nom or f"{extrait}.csv", date_extraction=date(2026, 10, 10), **keys
    )


def colonnes(extrait: str) -> list[str]:
    return declaration(f"extraits/{extrait}").columns


def rangee(extrait: str, **valeurs: str | None) -> list[str]:
    """Return the good row of an extract, some of its values replaced."""
    unknown = set(valeurs) - set(colonnes(extrait))
    assert not unknown, unknown
    ligne = {**LIGNES[extrait], **valeurs}
    return [ligne.get(colonne) or "" for colonne in colonnes(extrait)]


def texte(extrait: str, rangees: Sequence[Sequence[str]], separateur: str = ";") -> str:
    """Write rows as their provider would: header and quotes, but SIFA."""
    if extrait == "apprentissage":
        return "".join(separateur.join(rangee) + "\n" for rangee in rangees)
    flux = io.StringIO()
    sortie = csv.writer(flux, delimiter=separateur, lineterminator="\n")
    sortie.writerows([colonnes(extrait), *rangees])
    return flux.getvalue()


def write(dossier: Path, nom: str, contenu: str | bytes, encodage: str = "utf-8") -> Path:
    octets = contenu.encode(encodage) if isinstance(contenu, str) else contenu
    chemin = dossier / nom
    chemin.write_bytes(gzip.compress(octets, mtime=0) if nom.endswith(".gz") else octets)
    return chemin


def brut(extrait: str, *rangees: Mapping[str, str | None]) -> pl.DataFrame:
    """Make the frame that extraction would give of good rows with some values replaced."""
    lues = [
        f["name"]
        for f in declaration(f"extraits/{extrait}").fields
        if f["siei"]["kind"] != "jamais_lu"
    ]
    lignes = [{**LIGNES[extrait], **rangee} for rangee in rangees]
    frame = pl.DataFrame(
        {c: [ligne.get(c) or None for ligne in lignes] for c in lues},
        schema=dict.fromkeys(lues, pl.String),
    )
    return frame.with_row_index("ligne", offset=1)


TOML = """
[campagne]
code = "2026-10"
date_observation = 2026-10-15
annee_scolaire = "2026-2027"
definition = "legale"
"""


def of_year(extrait: str, annee: str | None) -> dict[str, str]:
    """Return what a row of an extract says of its school year: no two files are the same."""
    debut = (annee or "2024-2025")[:4]
    return {
        "scolarite": {"ANNEE_SCOLAIRE": f"{annee}"},
        "agricole": {"anneeScolaire": f"{annee}"},
        "apprentissage": {"DATE_ENTREE_CFA": f"0109{debut}"},
        "diplomes_agricoles": {"SESSION": debut},
    }.get(extrait, {})


def deliver(dossier: Path, *, toml: str = TOML, sans: Sequence[str] = ()) -> Path:
    """Write a whole delivery of one row per extract, but those of `sans`."""
    dossier.mkdir(parents=True, exist_ok=True)
    for extrait in LIGNES:
        if extrait in sans:
            continue
        annees = ["2025-2026", "2026-2027"] if extrait in ENROLMENT_EXTRACTS else [None]
        for annee in annees:
            nom = f"{extrait}_{annee}.csv" if annee else f"{extrait}.csv"
            write(dossier, nom, texte(extrait, [rangee(extrait, **of_year(extrait, annee))]))
            toml += f'\n[[fichiers]]\nextrait = "{extrait}"\nnom = "{nom}"\n'
            toml += "date_extraction = 2026-10-10\n"
            toml += f'annee_scolaire = "{annee}"\n' if annee else ""
    write(dossier, "campagne.toml", toml)
    return dossier


PERSONNEL = ("QUELVENNEC", "Quelvennec", "Maëlys", "MAELYS", "0494004062M", "maelys@", "INTERDIT")
"""What no message may hold."""


def assert_says(echec: BaseException, *mots: str) -> None:
    """The message has these words, a remedy, and no personal value."""
    message = str(echec)
    for mot in mots:
        assert mot in message, message
    assert echec.remedy.endswith("."), message  # type: ignore[attr-defined]
    for valeur in PERSONNEL:
        assert valeur not in message, message
