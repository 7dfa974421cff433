"""The kinds of traits: how two values reach a level. Whole columns in, whole columns out."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import polars as pl

from siei_match.reference.engines import as_it_is
from siei_match.reference.parallel import each
from siei_match.stages.link.compare.kinds.base import Kind
from siei_match.stages.link.compare.kinds.dates import Dates
from siei_match.stages.link.compare.kinds.first_names import FirstNames
from siei_match.stages.link.compare.kinds.full_names import FullNames
from siei_match.stages.link.compare.kinds.further_names import FurtherFirstNames
from siei_match.stages.link.compare.kinds.homes import Homes
from siei_match.stages.link.compare.kinds.names import Surnames
from siei_match.stages.link.compare.kinds.numbers import Initials, Numbers, Postcodes
from siei_match.stages.link.compare.kinds.stays import Stays
from siei_match.stages.link.compare.kinds.together import count_together
from siei_match.stages.link.compare.kinds.values import (
    Addresses,
    Categories,
    Contacts,
    Identifiers,
    Places,
    Texts,
)
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.records import Fiches

OF_RECORDS: Final[Mapping[str, Callable[[Fiches, Trait], Kind]]] = {
    "noms": Surnames,
    "prenoms": FirstNames,
    "nom_complet": FullNames,
    "initiale": Initials,
    "date": Dates,
    "nombre": Numbers,
    "categorie": Categories,
    "lieu": Places,
    "code_postal": Postcodes,
    "ensemble": Contacts,
    "domicile": Homes,
    "adresse": Addresses,
    "identifiant": Identifiers,
    "texte": Texts,
    "code": Identifiers,
}
"""By name in a declaration; `stays` needs the enrolments too, `autres_prenoms` the first names."""


Put = Callable[[Kind], Kind]


def build_kinds(fiches: Fiches, stays: pl.DataFrame, put: Put = as_it_is) -> dict[str, Kind]:
    """Make every declared trait ready to be compared, but those of a feature named by its path."""

    def build(trait: Trait) -> Kind:
        if trait.kind == "sejours":
            return put(Stays(fiches, trait, stays))
        return put(OF_RECORDS[trait.kind](fiches, trait))

    traits = fiches.spec.traits
    alone = [t for t in traits if t.kind != "autres_prenoms" and not t.declared.is_named]
    built = {kind.trait.name: kind for kind in each(build, alone)}
    for trait in traits:
        if trait.kind == "autres_prenoms":
            prenoms = next(
                k
                for k in built.values()
                if isinstance(k, FirstNames) and k.trait.columns == trait.columns
            )
            built[trait.name] = FurtherFirstNames(trait, prenoms)
    count_names_together(built)
    return built


def count_names_together(built: Mapping[str, Kind]) -> None:
    """Count first names among the bearers of each surname, where a declaration asks it."""
    for prenoms in built.values():
        declared = prenoms.trait.declared
        if not isinstance(prenoms, FirstNames) or declared.frequences_avec is None:
            continue
        names = built[declared.frequences_avec]
        assert isinstance(names, Surnames)  # noqa: S101
        born = next((k.values() for k in built.values() if isinstance(k, Dates)), None)
        values = prenoms.values()
        people = np.arange(1, len(values) + 1, dtype=np.uint64) if born is None else born
        prenoms.together = count_together(values, prenoms.shares(), names.values(), people)
