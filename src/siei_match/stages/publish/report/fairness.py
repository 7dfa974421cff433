"""The report's tables of groups: shares with their intervals, hidden counts left hidden."""

from collections.abc import Mapping
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

WHOLES: Final = {
    "personnes": "personnes",
    "rapprochees": "personnes",
    "doutes": "personnes",
    "decidees": "personnes",
    "sortants": "decidees",
    A_VERIFIER: "sortants",
}
"""Of which other count each is a part at most."""
EVERYBODY: Final = ("sexe", "age", "naissance", "territoire")
"""The dimensions of which everybody is in one group."""
NARROW: Final = 0.001
"""A share is shown to a tenth of a percent. Twelve people of unknown sex hide how many women were of age, not to this
precision which share of them left: what everybody could work out is shown, and no more."""

Bounds = tuple[int, int]
Share = tuple[float, float, float]
"""A share and the ends of its 95 % interval."""


@dataclass(frozen=True)
class GroupRow:
    """A group as it is shown. A share that is None is hidden, or is one of nobody; a count may be hidden and its share not."""

    nom: str
    counts: GroupRecord
    rapprochees: Share | None
    doutes: Share | None
    sortants: Share | None
    a_verifier: Share | None


def describe_fairness(groups: tuple[GroupRecord, ...]) -> list[tuple[str, list[GroupRow]]]:
    """Return the groups by dimension, in the order in which they are read."""
    totals = _totals(groups)
    told = []
    for dimension, found in groupby(groups, key=lambda group: group.dimension):
        beside = sorted(found, key=_place)
        told.append((DIMENSIONS[dimension], [_row(group, beside, totals) for group in beside]))
    return told


def _totals(groups: tuple[GroupRecord, ...]) -> dict[str, int]:
    """Return how many everybody is, where a dimension that has everybody tells it of all its groups."""
    totals = {}
    for count in WHOLES:
        for dimension in EVERYBODY:
            told = [getattr(group, count) for group in groups if group.dimension == dimension]
            if told and None not in told:
                totals[count] = sum(told)
    return totals


def _bounds(
    group: GroupRecord, count: str, beside: list[GroupRecord], totals: Mapping[str, int]
) -> Bounds | None:
    """Return between which numbers what is told puts a count: what everybody is, less the other groups."""
    own = getattr(group, count)
    if own is not None:
        return own, own
    if count not in totals or group.dimension not in EVERYBODY:
        return None
    others = [one for one in beside if one is not group]
    most = totals[count] - sum(getattr(one, count) or 0 for one in others)
    hidden = [one for one in others if getattr(one, count) is None]
    caps = [getattr(one, WHOLES[count]) for one in hidden]
    return (0 if None in caps else max(0, most - sum(caps))), most


def _place(group: GroupRecord) -> tuple[int, str]:
    known = group.groupe in ORDER
    return (ORDER.index(group.groupe) if known else len(ORDER), group.groupe)


def _row(group: GroupRecord, beside: list[GroupRecord], totals: Mapping[str, int]) -> GroupRow:
    def share(part: str, whole: str) -> Share | None:
        of = (_bounds(group, count, beside, totals) for count in (part, whole))
        return _share(*of)

    return GroupRow(
        nom=GROUPS.get(group.groupe, group.groupe),
        counts=group,
        rapprochees=share("rapprochees", "personnes"),
        doutes=share("doutes", "personnes"),
        sortants=share("sortants", "decidees"),
        a_verifier=share(A_VERIFIER, "sortants"),
    )


def _share(part: Bounds | None, whole: Bounds | None) -> Share | None:
    """Return a share that what is told leaves open by less than a tenth of a percent, as it is shown."""
    if part is None or whole is None or not whole[0]:
        return None
    low, high = part[0] / whole[1], part[1] / whole[0]
    if high - low > NARROW:
        return None
    middle = (low + high) / 2
    return middle, *wilson(middle, whole[0])
