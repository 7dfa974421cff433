"""The kinds of traits: how two values reach a level. Whole columns in, whole columns out."""

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from siei_match.link.fiches import Fiches
from siei_match.link.kinds.base import Kind
from siei_match.link.kinds.dates import Dates
from siei_match.link.kinds.names import Noms, Prenoms
from siei_match.link.kinds.stays import Stays
from siei_match.link.kinds.values import (
    Addresses,
    Categories,
    Contacts,
    Identifiers,
    Places,
    Texts,
)
from siei_match.link.spec import Trait

OF_RECORDS: Final[Mapping[str, Callable[[Fiches, Trait], Kind]]] = {
    "noms": Noms,
    "prenoms": Prenoms,
    "date": Dates,
    "categorie": Categories,
    "lieu": Places,
    "ensemble": Contacts,
    "adresse": Addresses,
    "identifiant": Identifiers,
    "texte": Texts,
    "code": Identifiers,
}
"""By name in a declaration; `sejours` needs the enrolments too."""


def build_kind(fiches: Fiches, trait: Trait, sejours: pl.DataFrame) -> Kind:
    """Make a trait ready to be compared."""
    if trait.kind == "sejours":
        return Stays(fiches, trait, sejours)
    return OF_RECORDS[trait.kind](fiches, trait)
