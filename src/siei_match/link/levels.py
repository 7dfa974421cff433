"""The comparison table: which traits are compared, and the ordered levels of each.

Level 0 of every trait is `absent`: neither agreement nor disagreement, weight zero. The others
go from the strongest agreement to disagreement. Levels and start values are data; how a level is
reached is in `comparison.py`, and what it weighs is learnt from each campaign (`estimation.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ABSENT: Final = 0


@dataclass(frozen=True)
class Trait:
    """A compared trait.

    Args:
        name: as in `liens`.
        levels: names of levels 1..n, best first.
        m: start values of P(level | same person), by level, before any counting.
        u: start values of P(level | two strangers of the country).
        jumeaux, fratrie: P(level | twins) and P(level | brothers and sisters) for the traits that
            tell them apart; None where they are as alike as one person's own rows (surname,
            address, phone).
        cap: the largest weight, in bits, that one agreement may give.
    """

    name: str
    levels: tuple[str, ...]
    m: tuple[float, ...]
    u: tuple[float, ...]
    jumeaux: tuple[float, ...] | None = None
    fratrie: tuple[float, ...] | None = None
    cap: float = 16.0

    def code(self, level: str) -> int:
        return self.levels.index(level) + 1


# Twins: two thirds are of one sex, names differ by law of use; alike pairs (LEO, THEO) are the
# danger. Values of `jumeaux` and `fratrie` are reasoned, not measured: no open source gives them.
NOM: Final = Trait(
    "nom",
    ("egal", "partie", "proche", "lointain", "inverse", "different"),
    (0.92, 0.025, 0.03, 0.005, 0.005, 0.015),
    (0.0005, 0.0002, 0.0003, 0.002, 1e-6, 0.997),
)
PRENOM: Final = Trait(
    "prenom",
    ("egal", "partie", "autre", "proche", "lointain", "courants", "different"),
    (0.928, 0.015, 0.02, 0.025, 0.004, 0.003, 0.005),
    (0.0025, 0.0002, 0.005, 0.0004, 0.0012, 0.005, 0.9857),
    jumeaux=(0.001, 0.01, 0.02, 0.004, 0.01, 0.05, 0.905),
    fratrie=(0.001, 0.01, 0.02, 0.004, 0.01, 0.03, 0.925),
)
NAISSANCE: Final = Trait(
    "naissance",
    ("egal", "partiel", "inversion", "un_chiffre", "un_jour", "deux_elements", "different"),
    (0.965, 0.01, 0.003, 0.012, 0.001, 0.006, 0.003),
    (0.00017, 0.0014, 0.0001, 0.006, 0.0001, 0.008, 0.98423),
    jumeaux=(0.95, 0.015, 0.005, 0.015, 0.003, 0.007, 0.005),
    fratrie=(0.001, 0.004, 0.001, 0.012, 0.001, 0.04, 0.941),
)
SEXE: Final = Trait(
    "sexe",
    ("egal", "different"),
    (0.996, 0.004),
    (0.5, 0.5),
    jumeaux=(0.66, 0.34),
    fratrie=(0.5, 0.5),
    cap=2.0,
)
LIEU: Final = Trait(
    "lieu", ("egal", "departement", "different"), (0.965, 0.01, 0.025), (0.006, 0.015, 0.979)
)
TELEPHONE: Final = Trait("telephone", ("egal", "different"), (0.8, 0.2), (1e-6, 0.999999), cap=14.0)
COURRIEL: Final = Trait("courriel", ("egal", "different"), (0.7, 0.3), (1e-6, 0.999999), cap=14.0)
ADRESSE: Final = Trait(
    "adresse",
    ("egal", "proche", "commune", "departement", "different"),
    (0.65, 0.08, 0.12, 0.08, 0.07),
    (1e-6, 2e-6, 0.0015, 0.015, 0.983497),
    cap=14.0,
)
INSCRIPTION: Final = Trait(
    "inscription", ("compatibles", "simultanees"), (0.98, 0.02), (0.012, 0.988), cap=2.0
)
INE: Final = Trait(
    "ine",
    ("egal", "voisin", "different"),
    (0.98, 0.01, 0.01),
    (1e-7, 1e-5, 0.9999899),
    # Numbers given in a row: brothers and sisters enrolled together have neighbouring INE.
    jumeaux=(0.004, 0.06, 0.936),
    fratrie=(0.002, 0.02, 0.978),
    cap=18.0,
)

TRAITS: Final = (
    NOM,
    PRENOM,
    NAISSANCE,
    SEXE,
    LIEU,
    TELEPHONE,
    COURRIEL,
    ADRESSE,
    INSCRIPTION,
    INE,
)
BY_NAME: Final[Mapping[str, Trait]] = {trait.name: trait for trait in TRAITS}
FREQUENCY_LEVELS: Final[Mapping[str, tuple[int, ...]]] = {
    "nom": (NOM.code("egal"),),
    "prenom": (PRENOM.code("egal"),),
    "naissance": (NAISSANCE.code("egal"),),
    "lieu": (LIEU.code("egal"),),
    "telephone": (TELEPHONE.code("egal"),),
    "courriel": (COURRIEL.code("egal"),),
    "adresse": (ADRESSE.code("commune"),),
}
"""Levels whose agreement is worth what its value is rare: agreeing on MARTIN says little."""
