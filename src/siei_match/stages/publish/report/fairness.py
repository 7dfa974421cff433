"""The report's tables of groups: shares with their intervals, hidden counts left hidden."""

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from siei_match.output.estimates import GroupRecord
from siei_match.reference.intervals import wilson
from siei_match.reference.vocabulary import A_VERIFIER

DIMENSIONS: Final = {
    "sexe": "Sexe",
    "age": "Âge au jour d’observation",
    "niveau": "Niveau quitté",
    "naissance": "Lieu de naissance",
    "territoire": "Résidence",
    "academie": "Académie de la plateforme",
    "extrait": "Présence dans l’extrait",
}
PROFILES: Final = frozenset(
    DIMENSIONS[name] for name in ("sexe", "age", "niveau", "territoire", "academie")
)
"""What the report says of who the sortants are; the other dimensions are about the linkage."""
GROUPS: Final = {
    "F": "Femmes",
    "M": "Hommes",
    "inconnu": "Inconnu",
    "moins_de_18": "Moins de 18 ans",
    "18_a_20": "18 à 20 ans",
    "21_a_25": "21 à 25 ans",
    "26_et_plus": "26 ans et plus",
    "france": "En France",
    "etranger": "À l’étranger",
    "college": "Collège",
    "niveau_3": "CAP ou équivalent",
    "niveau_4": "Niveau 4 professionnel",
    "baccalaureat": "Baccalauréat",
    "hexagone": "Hexagone et Corse",
    "outre_mer": "Outre-mer",
}
ORDER: Final = tuple(GROUPS)

Share = tuple[float, float, float]
"""A share and the ends of its 95 % interval."""


@dataclass(frozen=True)
class GroupRow:
    """A group as it is shown. A share that is None is hidden, or is one of nobody."""

    nom: str
    counts: GroupRecord
    rapprochees: Share | None
    doutes: Share | None
    sortants: Share | None
    a_verifier: Share | None


def describe_fairness(groups: tuple[GroupRecord, ...]) -> list[tuple[str, list[GroupRow]]]:
    """Return the groups by dimension, in the order in which they are read."""
    return [
        (DIMENSIONS[dimension], [_row(group) for group in sorted(found, key=_place)])
        for dimension, found in groupby(groups, key=lambda group: group.dimension)
    ]


def _place(group: GroupRecord) -> tuple[int, str]:
    known = group.groupe in ORDER
    return (ORDER.index(group.groupe) if known else len(ORDER), group.groupe)


def _row(group: GroupRecord) -> GroupRow:
    return GroupRow(
        nom=GROUPS.get(group.groupe, group.groupe),
        counts=group,
        rapprochees=_share(group.rapprochees, group.personnes),
        doutes=_share(group.doutes, group.personnes),
        sortants=_share(group.sortants, group.decidees),
        a_verifier=_share(getattr(group, A_VERIFIER), group.sortants),
    )


def _share(part: int | None, whole: int | None) -> Share | None:
    if part is None or not whole:
        return None
    return part / whole, *wilson(part / whole, whole)
