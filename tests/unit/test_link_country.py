"""What the people who are not in the rows say of rows drawn from a country, from a town, from all there is."""

from typing import Any

import numpy as np
import pytest

from siei_match.stages.link.compare.kinds.values import share_of_homes
from siei_match.stages.link.declared.spec import Spec, build_spec
from siei_match.stages.link.records.country import STRENGTH, unseen


@pytest.mark.parametrize(
    ("population", "seen", "others"),
    [
        (None, 5, STRENGTH),
        (None, 9_000_000, STRENGTH),
        (1_000, 5, 995),
        (15_000, 21_000, 0),
        (50_000_000, 100, STRENGTH),
    ],
)
def test_whoever_is_not_seen_holds_other_values(
    population: int | None, seen: int, others: float
) -> None:
    assert unseen(population, seen) == others


def town(population: int | None) -> Spec:
    """Return a declaration of two files of one town: homes."""
    raw: dict[str, Any] = {
        "sources": ["first", "second"],
        "traits": {
            "home": {
                "genre": "domicile",
                "parties": {"numero": "number", "rue": "street", "localite": "place"},
            },
        },
        "blocs": {"passes": [{"nom": "names", "cle": ["street"]}]},
    }
    return build_spec(raw | ({"population": population} if population else {}))


@pytest.mark.parametrize(
    ("population", "bearers", "rows", "share"),
    [
        # Everybody of a town lives there: that two do says nothing.
        (400, 400, 400, 1.0),
        # Two of five rows, of a thousand people: the others live elsewhere.
        (1_000, 2, 5, 2 / 1_000),
        # Of a country the few rows are no measure.
        (None, 2, 5, 2 / (5 + STRENGTH)),
        (None, 400, 400, 400 / (400 + STRENGTH)),
    ],
)
def test_a_place_is_as_rare_as_among_all_people_there_are(
    population: int | None, bearers: int, rows: int, share: float
) -> None:
    places = np.array([1] * bearers + list(range(2, rows - bearers + 2)), dtype=np.uint32)
    found = share_of_homes(places, town(population))[0]
    assert found == pytest.approx(share, rel=0.01)
