"""The day and the year on which a campaign looks at everybody."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from siei_match.reference.errors import SettingsError

Definition = Literal["legale", "operationnelle"]

LEGALE: Final = "legale"
OPERATIONNELLE: Final = "operationnelle"


@dataclass(frozen=True)
class Observation:
    """What a campaign fixes for the rules of decision.

    `day`: date_observation; every age and every "still enrolled" is taken on this day.
    `year`: year N, named by its September (2026 for 2026-2027).
    `delai_entree`: an enrolment that starts within so many days of the day counts already.
    """

    day: date
    year: int
    definition: Definition = "legale"
    delai_entree: int = 0

    def __post_init__(self) -> None:
        if self.definition not in (LEGALE, OPERATIONNELLE):
            raise SettingsError(
                f"Unknown definition {self.definition!r}.",
                remedy="Write legale or operationnelle in campagne.toml.",
            )
        if self.delai_entree < 0:
            raise SettingsError(
                f"delai_entree is {self.delai_entree}, less than zero.",
                remedy="Give a number of days, 0 or more.",
            )

    @property
    def previous_year(self) -> int:
        """Year N-1, the one in which a person in scope was enrolled."""
        return self.year - 1

    @property
    def first_day(self) -> date:
        """First day of year N."""
        return date(self.year, 9, 1)
