"""The words of a platform: its headings and its answers, whatever their accents, case or spaces."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

from siei_match.reference.nomenclatures.places import read_csv

INCLUSIVE: Final = re.compile(r"[(·•∙‧](e|es|ne|se)[)·•∙‧]?(?=\W|$)")
"""Scolarisé(e), scolarisé·e·s: the ending that says both."""


def fold(text: str) -> str:
    """Return what two ways of writing one thing share: letters and digits, without accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", INCLUSIVE.sub("", plain)))


@cache
def headings() -> Mapping[str, str]:
    """Return the column that each known heading means (retours_colonnes.csv), folded."""
    return _read("retours_colonnes.csv", "titre", "colonne")


@cache
def answers() -> Mapping[str, str]:
    """Return the answer that each known wording means (retours_reponses.csv), folded."""
    return _read("retours_reponses.csv", "libelle", "retour")


def _read(name: str, words: str, meaning: str) -> Mapping[str, str]:
    table = read_csv(name)
    # The contract's own word is always one of its wordings: en_formation, id_signalement.
    own = {fold(code): code for code in table[meaning].unique()}
    return own | {fold(said): code for said, code in table.select(words, meaning).iter_rows()}
