from datetime import date

import pytest

from siei_match.reference.errors import SettingsError
from siei_match.stages.decide import Observation


@pytest.mark.parametrize(
    ("reglages", "dit"), [({"definition": "autre"}, "definition"), ({"delai_entree": -1}, "delai")]
)
def test_observation_refuses_what_it_cannot_mean(reglages: dict, dit: str) -> None:
    with pytest.raises(SettingsError, match=dit):
        Observation(date(2026, 10, 15), 2026, **reglages)
