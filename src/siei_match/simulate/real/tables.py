"""Tables under other headings: workbooks, and text with other separators, words and dates."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl
import xlsxwriter

from siei_match.simulate import files
from siei_match.simulate.real.model import describe_columns, quote

SHEET_ROWS: Final = 500_000
"""Rows of a sheet, at most; more come as text, as a provider whose sheet is full would deliver."""
DAYS: Final = "JJ/MM/AAAA"

RESULTS: Final = {"RESULTAT": {"Reçu": "ADMIS", "Refusé": "AJOURNE", "Non présenté": "ABSENT"}}
EXAMS: Final = {
    "SESSION": "Session",
    "CODE_DIPLOME": "Code du diplôme",
    "RESULTAT": "Décision du jury",
    "INE": "N° INE",
    "NOM_DE_FAMILLE": "Nom de famille",
    "PRENOM": "Prénom 1",
    "PRENOM2": "Prénom 2",
    "DATE_NAISS": "Né(e) le",
    "CODE_SEXE": "Sexe",
    "CODE_COMMUNE_INSEE_NAISS": "Commune de naissance (INSEE)",
}
SEXES: Final = {"sexe": {"Masculin": "M", "Féminin": "F"}}
CONTRACTS: Final = {
    "nom": "Nom de naissance de l'apprenti",
    "nomUsage": "Nom d'usage",
    "prenom": "Prénoms",
    "dateNaissance": "Date de naissance",
    "sexe": "Sexe",
    "ine": "INE",
    "dateInscriptionCfa": "Inscription au CFA",
    "dateDebut": "Début du contrat",
    "dateFin": "Fin du contrat",
    "dateRupture": "Rupture",
    "uaiCfa": "UAI du CFA",
    "siretCfa": "SIRET du CFA",
    "codeDiplome": "Diplôme visé",
    "adresse": "Adresse",
    "codePostal": "CP",
    "codeCommuneInsee": "Code INSEE",
    "telephone": "Téléphone",
    "courriel": "Courriel",
}
SITUATIONS: Final = {
    "situationCategorie": {
        "Contrat d'apprentissage ou de professionnalisation": "Contrat en Alternance",
        "Etudes": "Scolarité",
        "CDI ou CDD": "Emploi",
    },
    "situationEtat": {"en cours": "EN_COURS", "terminée": "TERMINE", "prévue": "PREVU"},
    "civilite": {"Madame": "MME", "Monsieur": "M"},
}
FOLLOW_UPS: Final = {
    "idJeune": "Identifiant du jeune",
    "civilite": "Civilité",
    "nomNaissance": "Nom de naissance",
    "nomUsage": "Nom d'usage",
    "prenom": "Prénom",
    "dateNaissance": "Date de naissance",
    "adresse": "Adresse",
    "complement": "Complément d'adresse",
    "codePostal": "CP",
    "commune": "Ville",
    "communeCodeInsee": "Code INSEE",
    "mail": "Adresse e-mail",
    "telephone": "Tél. mobile",
    "structureCode": "Code structure",
    "structureNom": "Mission locale",
    "dateDebutAccompagnement": "Début de l'accompagnement",
    "dateFinAccompagnement": "Fin de l'accompagnement",
    "situationCategorie": "Situation",
    "situationEtat": "Etat de la situation",
}
MAYOTTE: Final = "^976"
FORMER_MAYOTTE: Final = "985"
"""i-milo keeps the prefix that Mayotte's communes had before 2011."""


def write_exams(path: Path, frame: pl.DataFrame) -> tuple[Path, tuple[str, ...]]:
    """Write results under the headings of the examinations' export, as tabulated text or a workbook."""
    told = _renamed(_in_words(frame, RESULTS), EXAMS)
    return _write(path, told, DAYS, describe_columns(EXAMS, RESULTS))


def write_contracts(path: Path, frame: pl.DataFrame) -> tuple[Path, tuple[str, ...]]:
    """Write contracts with French dates and headings."""
    told = _in_words(_french_days(frame), SEXES)
    return _write(path, _renamed(told, CONTRACTS), DAYS, describe_columns(CONTRACTS, SEXES))


def write_follow_ups(path: Path, frame: pl.DataFrame) -> tuple[Path, tuple[str, ...]]:
    """Write follow-ups as i-milo exports them: French dates and words, Mayotte as it was once."""
    told = _in_words(_french_days(frame), SITUATIONS).with_columns(
        pl.col("communeCodeInsee").str.replace(MAYOTTE, FORMER_MAYOTTE)
    )
    return _write(path, _renamed(told, FOLLOW_UPS), DAYS, describe_columns(FOLLOW_UPS, SITUATIONS))


def _in_words(frame: pl.DataFrame, words: dict[str, dict[str, str]]) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(column).replace({own: word for word, own in meant.items()})
        for column, meant in words.items()
    )


def _french_days(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.col("^date.*$").str.replace(r"^(\d{4})-(\d{2})-(\d{2})$", "${3}/${2}/${1}")
    )


def _renamed(frame: pl.DataFrame, headings: dict[str, str]) -> pl.DataFrame:
    """Return the columns in another order, under other headings, with one that is nobody's."""
    own = frame.select(pl.col(column).alias(text) for column, text in headings.items())
    return own.with_columns(Observations=pl.lit("à revoir"))


def _write(
    path: Path, frame: pl.DataFrame, days: str, described: tuple[str, ...]
) -> tuple[Path, tuple[str, ...]]:
    """Write a table in the form that its name asks for; return the file and how it is described."""
    first = f"formats_dates = [{quote(days)}]"
    if path.suffix == ".xlsx" and frame.height <= SHEET_ROWS:
        _write_sheet(path, frame)
        return path, ('feuille = "Export"', first, *described)
    path = path.with_suffix(".csv") if path.suffix == ".xlsx" else path
    separator = "," if path.suffix == ".csv" else "\t"
    files.write_csv(path, frame, [], separator=separator)
    return path, (f"separateur = {quote(separator)}", first, *described)


def _write_sheet(path: Path, frame: pl.DataFrame) -> None:
    """Write a sheet with a title above its headings, row by row, all texts."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False})
    # No clock: the same rows give the same bytes.
    book.set_properties({"created": datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet("Export")
    sheet.write_string(0, 0, "Export fictif")
    for j, heading in enumerate(frame.columns):
        sheet.write_string(2, j, heading)
    for i, row in enumerate(frame.iter_rows(), 3):
        for j, text in enumerate(row):
            if text:
                sheet.write_string(i, j, text)
    book.close()
