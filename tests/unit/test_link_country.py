"""What the country says of rows that are drawn from all of it, and of those drawn from fewer people."""

import numpy as np
import polars as pl
import pytest

from siei_match.stages.link import link, read_rows
from siei_match.stages.link.declared.spec import Spec, build_spec
from siei_match.stages.link.records.country import COUNTRY, STRENGTH, worth

TOWN = 400
FIRST_NAMES = ("ANNA", "BORIS", "CELINE", "DENIS", "ELISE", "FRANCK", "GAELLE", "HUGO")


@pytest.mark.parametrize(
    ("population", "records"),
    [(None, STRENGTH), (COUNTRY, STRENGTH), (20 * COUNTRY, STRENGTH), (COUNTRY // 400, 50.0)],
)
def test_the_country_is_worth_less_where_fewer_people_are_drawn_from(
    population: int | None, records: float
) -> None:
    assert worth(population) == records


def town(population: int | None) -> Spec:
    """Return a declaration of two files of one town: names and homes."""
    raw = {
        "sources": ["first", "second"],
        "traits": {
            "name": {"genre": "noms", "colonnes": ["name"]},
            "first_name": {"genre": "prenoms", "colonnes": ["first_name"]},
            "home": {
                "genre": "domicile",
                "parties": {"numero": "number", "rue": "street", "localite": "place"},
            },
        },
        "blocs": {"passes": [{"nom": "names", "cle": ["paire"]}]},
    }
    return build_spec(raw | ({"population": population} if population else {}))


def people(order: int) -> pl.DataFrame:
    """Return everybody of one town, each in a house of their own."""
    numbers = np.random.default_rng(order).permutation(TOWN)
    return pl.DataFrame(
        {
            "name": [f"NAME{chr(65 + n % 26)}{chr(65 + n // 26 % 26)}" for n in numbers],
            "first_name": [FIRST_NAMES[n % len(FIRST_NAMES)] for n in numbers],
            "number": [str(n % 90) for n in numbers],
            "street": [f"STREET {chr(65 + n // 90)}" for n in numbers],
            "place": ["ANYTOWN"] * TOWN,
        }
    )


def strangers(trait: str, population: int | None) -> dict[str, float]:
    """Return P(level | strangers) of a trait as it is learnt."""
    spec = town(population)
    rows = read_rows({"first": people(1), "second": people(2)}, spec)
    learnt = link(rows, spec=spec).modele["traits"][trait]
    return {level: told["u"] for level, told in learnt.items()}


def test_of_one_town_its_own_pairs_tell_where_strangers_live() -> None:
    """All live in one place: that two strangers live in different ones is what the country would say."""
    told = strangers("home", 500)
    assert told["localite"] + told["rue"] > 0.9
    assert told["different"] < 0.001
    assert strangers("home", None)["different"] > 0.3


def test_a_rare_level_that_a_sample_does_not_meet_is_worth_one_pair() -> None:
    """No first name is part of another: sixteen thousand pairs say that it is rare, not that it is impossible."""
    declared = town(500).by_name["first_name"]
    before = declared.u[declared.levels.index("partie")]
    assert before / 20 < strangers("first_name", 500)["partie"] < before / 5
