"""Words of a file that are not the contract's, in the columns whose words the contract lists: what they may mean.

Proposals for a person to confirm; what is not known here is asked. A column of many other words is no
list of words: it is left to validation, and none of them is told.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.description import fold_words

LISTED: Final = ("code", "sexe", "civilite")
"""Kinds whose values are a few words of the contract."""
MOST_WORDS: Final = 20
FEWEST: Final = 0.05
"""Share of a column's values under which other words are slips of typing."""
LONGEST_WORD: Final = 60
MEANINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "M": ("Masculin", "Homme", "Garçon", "H", "Monsieur", "Mr"),
    "F": ("Féminin", "Femme", "Fille"),
    "MME": ("Madame", "Mlle", "Mademoiselle", "Féminin", "Femme"),
    "1": ("Masculin", "Homme", "Garçon", "M", "H"),
    "2": ("Féminin", "Femme", "Fille", "F"),
    "ADMIS": ("Admise", "Admis(e)", "Reçu", "Reçue", "Reçu(e)", "Obtenu"),
    "AJOURNE": ("Ajournée", "Ajourné(e)", "Refusé", "Refusée", "Refusé(e)", "Non admis", "Non admise", "Échec"),
    "ABSENT": ("Absente", "Absent(e)", "Non présenté", "Non présentée", "Non présenté(e)"),
    "EN_COURS": ("Active", "Actif", "Actuelle"),
    "TERMINE": ("Terminée", "Terminé(e)", "Close", "Clos", "Finie"),
    "PREVU": ("Prévue", "Prévu(e)", "À venir"),
    "Emploi": ("CDI", "CDD", "CDI ou CDD", "Intérim"),
    "Contrat en Alternance": ("Alternance", "Apprentissage", "Contrat d’apprentissage", "Contrat d’apprentissage ou de professionnalisation",
                              "Contrat de professionnalisation"),
    "Formation": ("Formation professionnelle", "En formation"),
    "Scolarité": ("Études", "Etudes", "Scolaire", "Retour en scolarité"),
    "Demandeur d'emploi": ("Recherche d’emploi", "Sans emploi", "En recherche d’emploi"),
    "Volontariat": ("Service civique", "Bénévolat"),
    "Pmsmp": ("Immersion PMSMP", "Période de mise en situation"),
}  # fmt: skip
"""Other words for the contract's; what two of a column's words claim is proposed for neither."""


class WordCounter:
    """The words of a file, in the columns of which the contract lists them."""

    def __init__(self, extrait: str) -> None:
        fields = declaration(f"extraits/{extrait}").fields
        listed = (f for f in fields if f["siei"]["kind"] in LISTED)
        self._known: dict[str, list[str]] = {
            f["name"]: f["constraints"]["enum"]
            for f in listed
            if "enum" in f.get("constraints", {})
        }
        self._met = {column: Counter[str]() for column in self._known}

    def add(self, frame: pl.DataFrame) -> None:
        """Count the words of a slice."""
        for column in [name for name in self._met if name in frame.columns]:
            counted = frame[column].str.strip_chars().drop_nulls().value_counts(name="n")
            self._met[column].update(dict(counted.iter_rows()))
            if len(self._met[column]) > MOST_WORDS + len(self._known[column]):
                del self._met[column]

    def propose(self) -> dict[str, dict[str, str | None]]:
        """Return by column what each of its other words may mean; None for one that is to be asked."""
        told = {column: self._propose(column) for column in self._met}
        return {column: words for column, words in told.items() if words}

    def _propose(self, column: str) -> dict[str, str | None]:
        known, met = self._known[column], self._met[column]
        plain = {_plain(word) for word in known}
        others = sorted(word for word in met if word and _plain(word) not in plain)
        share = sum(met[word] for word in others) / max(met.total(), 1)
        if share < FEWEST or not all(map(_is_word, others)):
            return {}
        return {word: _mean(word, known) for word in others}


def _plain(word: str) -> str:
    """Return a word as validation compares it."""
    return re.sub(r"\s+", "", word).upper().removesuffix(".")


def _is_word(text: str) -> bool:
    return len(text) <= LONGEST_WORD and text.isprintable() and not re.search(r"\d{2}|@", text)


def _mean(word: str, known: list[str]) -> str | None:
    folded = fold_words(word)
    meant = [
        own for own in known if folded in {fold_words(own), *map(fold_words, MEANINGS.get(own, ()))}
    ]
    return meant[0] if len(meant) == 1 else None
