"""Do the code, the day, the school years and the dates of extraction of a campagne.toml agree?

Each alone makes sense; a file copied from last time's, with one of them left, does not: it would
put one campaign in another's place. No clock: everything is compared with the day of observation.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from siei_match.reference.delivery import Campagne, Delivery, Fichier, is_code
from siei_match.reference.errors import DeliveryError, Notice
from siei_match.reference.listing import first_of
from siei_match.reference.vocabulary import MISSIONS_LOCALES

MONTHS: Final = 1
"""Between the code's month and the day's: an October campaign may observe on 30 September or in the
first days of November. Two campaigns of a year are five months apart at least."""
DAYS_BEFORE: Final = 365
"""An extraction is this many days before the day of observation, or more: it is last year's."""
DAYS_AFTER: Final = 120
"""Weeks after are normal, and a correction may take a season; later it is the next campaign's."""
DAYS_FRESH: Final = 60
"""What is in progress, extracted longer before the day, says little of that day: it is told."""
ENROLLED_FROM: Final = (7, 1)
"""Month and day from which pupils are enrolled for the school year that follows."""
SHOWN: Final = 3
"""Files that a message names; the others are counted."""


def require_agreement(delivery: Delivery, toml: str) -> None:
    """Refuse a declaration whose code, day, school years and dates of extraction do not agree.

    Args:
        delivery: what the campagne.toml says.
        toml: its name, for the message.

    Raises:
        DeliveryError: they do not; the message says which.
    """
    campagne = delivery.campagne
    if abs(_months(campagne)) > MONTHS:
        raise DeliveryError(
            f"{toml}: the code is {campagne.code} and date_observation {campagne.date_observation}: "
            f"a campaign is named by the month that it observes, give or take {MONTHS}.",
            remedy="Correct the code or the day: under another campaign's code, this one would take "
            "its place.",
        )
    wrong = [
        f"{fichier.nom}: extracted on {fichier.date_extraction}, {why}"
        for fichier in delivery.fichiers
        if (why := _disagreement(fichier, campagne.date_observation))
    ]
    if wrong:
        told = first_of(wrong, SHOWN, "; and {} more files", sign="; ")
        raise DeliveryError(
            f"{toml}: {told}.",
            remedy="Correct date_extraction, annee_scolaire or date_observation; a file that is "
            "that old, or that of another campaign, must be asked for again.",
        )


def _months(campagne: Campagne) -> int:
    year, month = map(int, campagne.code.split("-"))
    day = campagne.date_observation
    return (day.year - year) * 12 + day.month - month


def _disagreement(fichier: Fichier, day: date) -> str | None:
    days = (fichier.date_extraction - day).days
    if -days >= DAYS_BEFORE:
        return f"a year or more before the day of observation, {day}"
    if days > DAYS_AFTER:
        return f"more than {DAYS_AFTER} days after the day of observation, {day}"
    if fichier.annee_scolaire is not None:
        begins = date(int(fichier.annee_scolaire[:4]), *ENROLLED_FROM)
        if fichier.date_extraction < begins:
            return f"before anybody was enrolled for {fichier.annee_scolaire}"
    return None


def warn_of_dates(delivery: Delivery) -> Iterator[Notice]:
    """Tell which extracts of what is in progress are too old to say who is there on the day."""
    campagne = delivery.campagne
    now = f"{campagne.start_year}-{campagne.start_year + 1}"
    for fichier in delivery.fichiers:
        days = (campagne.date_observation - fichier.date_extraction).days
        current = fichier.annee_scolaire == now or fichier.extrait == MISSIONS_LOCALES
        if current and days > DAYS_FRESH:
            yield Notice(
                f"{fichier.nom} was extracted {days} days before the day of observation: who came "
                "or left since is unknown.",
                f"Le fichier {fichier.nom} a été extrait {days} jours avant le jour d’observation : "
                "les arrivées et les départs survenus depuis sont inconnus.",
            )


def warn_of_folder(dossier: Path, code: str) -> Iterator[Notice]:
    """Tell a folder that is named like another campaign than the one that it holds."""
    name = dossier.resolve().name
    if is_code(name) and name != code:
        yield Notice(
            f"The folder is named {name} and holds campaign {code}: was its campagne.toml copied?",
            f"Le dossier s’appelle {name} et contient la campagne {code} : vérifier que son "
            "campagne.toml n’est pas la copie d’un autre.",
        )
