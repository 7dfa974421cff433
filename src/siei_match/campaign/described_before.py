"""What somebody wrote of a delivery's files before `siei prepare` writes its campagne.toml anew."""

import tomllib
from pathlib import Path
from typing import Any

from siei_match.reference.description import check_description, read_date_formats
from siei_match.reference.vocabulary import EXTRACTS
from siei_match.stages.extract.headings import Told
from siei_match.stages.extract.questions import QUESTION


def read_answers(path: Path) -> dict[str, Told]:
    """Return by file what a campagne.toml says of its extract, columns, words and dates: no question, and no nonsense.

    A file that is missing, or no campagne.toml, says nothing.
    """
    try:
        files = tomllib.loads(path.read_text("utf-8")).get("fichiers", [])
        return {file["nom"]: _answer(file) for file in files}
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return {}


def _answer(file: dict[str, Any]) -> Told:
    extrait = file.get("extrait")
    if extrait not in EXTRACTS:
        return Told()
    colonnes = _answered(file.get("colonnes", {}))
    words = {column: _answered(told) for column, told in file.get("valeurs", {}).items()}
    valeurs = {column: told for column, told in words.items() if told}
    formats = tuple(str(form) for form in file.get("formats_dates", ()))
    try:
        check_description(extrait, colonnes, valeurs)
        read_date_formats(formats)
    except ValueError:
        # A run would refuse it: all of it is proposed anew.
        return Told(extrait)
    return Told(extrait, colonnes, valeurs, formats)


def _answered(told: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in told.items() if value != QUESTION}
