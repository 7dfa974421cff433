from datetime import date

import polars as pl
import pytest

from siei_match.reference.errors import SettingsError
from siei_match.stages.decide import Observation, explain_decision


@pytest.mark.parametrize(
    ("reglages", "dit"), [({"definition": "autre"}, "definition"), ({"delai_entree": -1}, "delai")]
)
def test_observation_refuses_what_it_cannot_mean(reglages: dict, dit: str) -> None:
    with pytest.raises(SettingsError, match=dit):
        Observation(date(2026, 10, 15), 2026, **reglages)


def test_nobody_out_of_scope_is_explained_and_no_identifier_is_shown() -> None:
    personne = pl.DataFrame({"id_personne": ["0123abcd"]})
    with pytest.raises(KeyError) as erreur:
        explain_decision(personne.clear(), "0123abcd")
    assert "0123abcd" not in str(erreur.value)
