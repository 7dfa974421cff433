"""Names that go together: whoever bears a surname of one origin bears first names of that origin too."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from siei_match.reference.arrays import mix, runs, spread
from siei_match.stages.link.compare.kinds.base import Shares
from siei_match.stages.link.records.records import Codes, Ids

LEANING: Final = 50.0
"""Bearers of a surname whom everybody's share is worth: a family says little of an origin."""
THE_TWO: Final = 2
"""People who are being compared: that they bear both names says nothing of the others."""


@dataclass(frozen=True)
class Together:
    """How rare the value of a trait is among those who bear the same value of another one.

    bearers: by fiche, how many others bear the same value of the other trait, 0 where it is absent. part: by fiche, the
    share of its value among the people who bear that; among everybody where one of the two is absent.
    """

    bearers: npt.NDArray[np.float32]
    part: Shares

    def among(self, a: Ids, b: Ids, part: Shares) -> Shares:
        """Return the share of the value that each pair has in common, among those who bear the surname of one of them.

        Of two surnames the one with more bearers tells the origin: a mistyped or compound one has few.

        Args:
            a: fiches of one side.
            b: of the other; the value is that of `a`.
            part: the share among everybody.
        """
        more = np.where(self.bearers[a] >= self.bearers[b], a, b)
        return np.where(self.bearers[more] > 0, self.part[more], part)


def count_together(values: Codes, part: Shares, bearers: Codes, people: Codes) -> Together:
    """Count, for each fiche, the share of its value among those who bear the same name.

    Strangers of one surname share a first name far more often than chance where both are of one origin (SACKO, FATOUMATA):
    multiplying shares as if names were drawn apart takes two namesakes for one person. The two who are compared are not
    counted, and few bearers lean on everybody.

    Args:
        values: of each fiche, 0 where absent.
        part: their share among everybody.
        bearers: the surname of each fiche, 0 where absent.
        people: what tells people apart, such as their date of birth, 0 where unknown: fiches that agree in all three are
            one person's.
    """
    held = np.flatnonzero((values != 0) & (bearers != 0) & (people != 0))
    # Spread first: `mix` alone takes MARTIN THOMAS for THOMAS MARTIN.
    names = mix(spread(values), bearers)
    once = held[runs(mix(names[held], people[held])).first]
    number = runs(spread(bearers)).numbers() + np.uint32(1)
    number[bearers == 0] = 0
    both = runs(names).numbers()
    del names
    bear, bear_both = (counted(of, once) for of in (number, both))
    everybody = part.astype(np.float64)
    local = (bear_both + LEANING * everybody) / (bear + LEANING)
    unknown = (values == 0) | (bearers == 0)
    local[unknown] = everybody[unknown]
    bear[number == 0] = 0
    return Together(bear.astype(np.float32), local.astype(np.float32))


def counted(numbers: npt.NDArray[np.uint32], once: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return, by fiche, how many others hold its number, the two who are compared apart; each of `once` is a person."""
    people = np.bincount(numbers[once], minlength=int(numbers.max(initial=0)) + 1)
    return np.maximum(people - THE_TWO, 0)[numbers].astype(np.float64)
