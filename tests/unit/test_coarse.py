"""What the group reads of a pair: levels and classes, no number that a name's rarity made."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.output.databases.coarse import TABLE, coarsen_links
from siei_match.reference.contracts import conform, declaration
from tests.publication import frame, lien

PLACE = {"extrait_a": "scolarite", "fichier_a": "a", "extrait_b": "missions_locales",
         "fichier_b": "b", "ligne_b": 1, "issue": "lie"}  # fmt: skip
SHARES = [c for c in declaration("tables/liens").columns if c.startswith("poids_")]


def links(*rows: dict[str, float]) -> pl.DataFrame:
    base = {"probabilite": 0.99, "poids": 20.0}
    return frame("liens", [lien(**PLACE, ligne_a=n, **base | row) for n, row in enumerate(rows, 1)])


def test_no_number_is_left_but_the_lines() -> None:
    made = conform(coarsen_links(links({})), TABLE)
    numbers = {name for name, kind in made.schema.items() if kind.is_numeric()}
    assert numbers == {"ligne_a", "ligne_b"}
    assert not [name for name in made.columns if name.startswith(("poids", "probabilite"))]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"probabilite": 0.2499}, {"classe_probabilite": "faible"}),
        ({"probabilite": 0.25}, {"classe_probabilite": "incertaine"}),
        ({"probabilite": 0.95}, {"classe_probabilite": "forte"}),
        ({"poids": -0.1}, {"classe_poids": "contre"}),
        ({"poids": 9.9}, {"classe_poids": "faible"}),
        ({"poids": 10.0}, {"classe_poids": "forte"}),
        ({"poids_nom": 3.0}, {"classe_nom": "pour"}),
        ({"poids_nom": 0.0}, {"classe_nom": "neutre"}),
        ({"poids_nom": -3.0}, {"classe_nom": "contre"}),
        ({"poids_menage": -3.0}, {"classe_menage": "contre"}),
    ],
)
def test_a_number_becomes_the_class_in_which_it_stands(row, told) -> None:
    (made,) = coarsen_links(links(row)).select(list(told)).to_dicts()
    assert made == told


@given(st.floats(0.5, 25), st.floats(0.5, 25))
def test_how_rare_the_names_are_does_not_show(nom: float, prenom: float) -> None:
    """Two pairs whose names weigh anything at all, and the same in total, read alike."""
    one, other = (
        links({"poids_nom": nom, "poids_prenom": prenom}),
        links({"poids_nom": prenom, "poids_prenom": nom}),
    )
    assert coarsen_links(one).equals(coarsen_links(other))


def test_the_order_is_that_of_the_lines_and_not_of_the_weights() -> None:
    told = links({"poids": 1.0}, {"poids": 30.0}, {"poids": 12.0})
    assert coarsen_links(told.sort("poids"))["ligne_a"].to_list() == [1, 2, 3]
