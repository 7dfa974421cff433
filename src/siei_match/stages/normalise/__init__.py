"""Normalise: from each provider's valid rows to the tables that linkage and decision read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from siei_match.reference.contracts import conform
from siei_match.reference.delivery import Fichier
from siei_match.reference.vocabulary import (
    AGRICOLE,
    APPRENTISSAGE,
    CONTRATS,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    MISSIONS_LOCALES,
    SCOLARITE,
)
from siei_match.stages.normalise.agricole import normalise_agricole
from siei_match.stages.normalise.apprentissage import normalise_apprentissage
from siei_match.stages.normalise.contacts import shared_phones
from siei_match.stages.normalise.contrats import normalise_contrats
from siei_match.stages.normalise.dates import build_dates
from siei_match.stages.normalise.diplomes import normalise_diplomes
from siei_match.stages.normalise.missions_locales import normalise_missions_locales
from siei_match.stages.normalise.retours import normalise_retours
from siei_match.stages.normalise.scolarite import normalise_scolarite
from siei_match.stages.normalise.tables import NormalisedTables, phone_holders, without_phones

__all__ = [
    "NormalisedTables",
    "normalise",
    "normalise_part",
    "normalise_retours",
    "phone_holders",
    "shared_phones",
    "without_phones",
]

EXTRACTS: Final[Mapping[str, Callable[[pl.DataFrame, Fichier, int], NormalisedTables]]] = {
    SCOLARITE: normalise_scolarite,
    DIPLOMES: normalise_diplomes,
    AGRICOLE: normalise_agricole,
    DIPLOMES_AGRICOLES: normalise_diplomes,
    APPRENTISSAGE: normalise_apprentissage,
    MISSIONS_LOCALES: normalise_missions_locales,
    CONTRATS: normalise_contrats,
}


def normalise(
    valides: pl.DataFrame,
    fichier: Fichier,
    premier_rid: int,
    dates: pl.DataFrame | None = None,
) -> NormalisedTables:
    """Take all valid rows of a file of people to the four tables, each checked.

    Args:
        valides: the valid rows as `validate` gives them: the provider's columns, `ligne`, and
            `naissance_annee`, `naissance_mois`, `naissance_jour`.
        fichier: the file they come from.
        premier_rid: the number of the first row; the others follow, in the order of their lines.
        dates: `tables/dates_recues` of the file: its dates that are no one day, if it has any.

    Raises:
        ContractError: a table breaks its declaration, which is a defect of siei-match.
    """
    made = normalise_part(valides, fichier, premier_rid, dates)
    shared = shared_phones(phone_holders(made.traits))
    return replace(made, traits=without_phones(made.traits, shared))


def normalise_part(
    valides: pl.DataFrame,
    fichier: Fichier,
    premier_rid: int,
    dates: pl.DataFrame | None = None,
) -> NormalisedTables:
    """Do the same for some consecutive rows of a file; what concerns the whole file is left to do.

    That is the telephones that too many people of it share (`phone_holders` of every part, of all
    of these `shared_phones`, and `without_phones`).
    """
    made = EXTRACTS[fichier.extrait](valides, fichier, premier_rid)
    doubtful = build_dates(valides, made, dates, fichier.extrait)
    return NormalisedTables(
        conform(made.traits, "tables/traits"),
        conform(made.parcours, "tables/parcours"),
        conform(made.titres, "tables/titres"),
        conform(made.coordonnees, "tables/coordonnees"),
        conform(doubtful, "tables/dates_douteuses"),
    )
