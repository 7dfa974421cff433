"""Sets of values are compared one way where they are few and another where they are many: to the same end."""

import numpy as np
import polars as pl
import pytest

from siei_match.stages.link import read_rows
from siei_match.stages.link.compare.kinds.values import WIDE, Contacts
from siei_match.stages.link.declared.spec import build_spec
from siei_match.stages.link.records.records import build_fiches


@pytest.mark.parametrize("most", [3, WIDE + 6])
def test_many_values_are_looked_up_as_few_are_met(most: int) -> None:
    random = np.random.default_rng(most)
    held = [
        ";".join(f"V{n}" for n in random.integers(0, 60, random.integers(0, most + 1)))
        for _ in range(120)
    ]
    spec = build_spec(
        {
            "sources": ["rows"],
            "traits": {"held": {"genre": "ensemble", "colonnes": ["held"], "separateur": ";"}},
            "blocs": {"passes": [{"nom": "held", "cle": ["held"]}]},
        }
    )
    fiches = build_fiches(read_rows({"rows": pl.DataFrame({"held": held})}, spec), spec)
    kind = Contacts(fiches, spec.traits[0])
    a, b = (side.ravel().astype(np.uint32) for side in np.triu_indices(fiches.count, 1))
    x, y = kind.table[a], kind.table[b]
    met, looked_up = kind._met(x, y, a), kind._looked_up(x, y, a)
    assert 0 < met[0].sum() < len(a)
    assert (met[0] == looked_up[0]).all()
    np.testing.assert_array_equal(met[1], looked_up[1])
