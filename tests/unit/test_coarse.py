"""What the group reads of a pair: levels and classes, no number that a name's rarity made."""

from datetime import date
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.output.databases.coarse import (
    DECISIONS,
    DETAILS,
    MASKS,
    OUTCOMES,
    SEEN,
    TABLE,
    coarsen_decisions,
    coarsen_links,
    without_traits,
)
from siei_match.reference.contracts import conform, declaration
from siei_match.stages.link.declared.spec import siei
from tests.publication import frame, lien

PLACE = {"extrait_a": "scolarite", "fichier_a": "a", "extrait_b": "missions_locales",
         "fichier_b": "b", "ligne_b": 1, "issue": "lie"}  # fmt: skip
SHARES = [c for c in declaration("tables/liens").columns if c.startswith("poids_")]


def links(*rows: dict[str, float]) -> pl.LazyFrame:
    base = {"probabilite": 0.99, "poids": 20.0}
    return frame(
        "liens", [lien(**PLACE, ligne_a=n, **base | row) for n, row in enumerate(rows, 1)]
    ).lazy()


def test_no_number_is_left_but_the_lines() -> None:
    made = conform(coarsen_links(links({})).with_columns(cs.categorical().cast(pl.String)), TABLE)
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


def decided(*rows: dict[str, Any]) -> pl.DataFrame:
    usual = {
        "statut": "sortant", "motif": "confirme", "age": 17, "psad": "PSAD-1", "suivi_mission_locale": False,
        "date_derniere_sortie": date(2026, 1, 12), "derniere_formation": "CAP CUISINE",
        "dernier_uai": "0750652B",
    }  # fmt: skip
    people = [usual | row | {"id_personne": f"p{n:031x}"} for n, row in enumerate(rows)]
    return pl.DataFrame(people, declaration("tables/decisions").polars_schema)


def coarse(decisions: pl.DataFrame, fewest: int) -> pl.DataFrame:
    made, hidden = coarsen_decisions(decisions, fewest)
    return conform(made, DECISIONS).join(conform(hidden, MASKS), on="id_personne")


def shown(made: pl.DataFrame) -> list[tuple[Any, ...]]:
    return made.select(*DETAILS, "masque").rows()


def test_what_enough_people_share_is_shown_to_the_month() -> None:
    made = coarse(decided({}, {}, {}), 3)
    assert shown(made) == [(17, "CAP CUISINE", "0750652B", date(2026, 1, 1), False)] * 3
    assert shown(coarse(decided({}, {}), 3)) == [(None, None, None, None, True)] * 2
    assert coarse(decided({}, {}), 3)["public"].to_list() == ["obligation_formation"] * 2


def test_one_odd_value_hides_itself_and_not_the_others() -> None:
    odd = {"dernier_uai": "0290009C"}
    made = coarse(decided({}, {}, {}, odd), 3)
    assert shown(made)[0] == (17, "CAP CUISINE", "0750652B", date(2026, 1, 1), False)
    # Its month is that of nobody else who shows as little.
    assert shown(made)[3] == (17, "CAP CUISINE", None, None, True)


def test_an_absent_value_is_not_a_hidden_one() -> None:
    none = {"dernier_uai": None, "date_derniere_sortie": None}
    assert shown(coarse(decided(none, none), 2)) == [(17, "CAP CUISINE", None, None, False)] * 2


def test_a_setting_of_one_hides_nothing_but_the_day() -> None:
    rows = [{"age": 16 + n, "dernier_uai": f"029000{n}C"} for n in range(4)]
    made = coarse(decided(*rows), 1)
    assert not made["masque"].any()
    assert made["age"].to_list() == [16, 17, 18, 19]


PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "age": st.integers(16, 18),
            "psad": st.sampled_from(["PSAD-1", "PSAD-2"]),
            "motif": st.sampled_from(["confirme", "a_verifier"]),
            "dernier_uai": st.sampled_from(["0750652B", "0290009C", None]),
            "derniere_formation": st.sampled_from(["CAP CUISINE", "CAP COIFFURE"]),
            "date_derniere_sortie": st.dates(date(2026, 1, 1), date(2026, 3, 31)),
        }
    ),
    min_size=1,
    max_size=40,
)


@given(PEOPLE, st.integers(2, 5))
def test_whatever_a_row_shows_enough_people_share(rows: list[dict[str, Any]], fewest: int) -> None:
    whole = decided(*rows)
    made = coarse(whole, fewest)
    assert made.height == whole.height
    for row, was in zip(made.to_dicts(), whole.sort("id_personne").to_dicts(), strict=True):
        told = [name for name in DETAILS if row[name] is not None]
        same = [pl.col(name) == row[name] for name in (*SEEN, *told)]
        # Of those who truly are what the row says, there are enough.
        truly = coarse(whole, 1).filter(*same).height
        assert truly >= (fewest if told else 1)
        for name in ("age", "derniere_formation", "dernier_uai"):
            assert row[name] in (None, was[name])
        assert row["masque"] == any(row[n] is None and was[n] is not None for n in DETAILS)


def test_outcomes_have_no_trait_of_anybody() -> None:
    row = {
        "id_personne": "p" + "0" * 31, "campagne_liste": "2026-10", "psad": "PSAD-1", "academie": "Paris",
        "age": 17, "sexe": "F", "niveau": "niveau_3", "devenir": "plus_vu",
    }  # fmt: skip
    whole = pl.DataFrame([row], declaration("tables/devenirs").polars_schema)
    made = conform(without_traits(whole), OUTCOMES)
    assert not {"age", "sexe", "niveau"} & {*made.columns}


@pytest.mark.parametrize("table", ["tables/liens", TABLE])
def test_every_level_of_the_linkage_is_declared(table: str) -> None:
    """A level that the declaration of the linkage gained was missing in the dictionary of the output."""
    declared = {f["name"]: f.get("constraints", {}).get("enum") for f in declaration(table).fields}
    for trait in siei().traits:
        assert declared[f"niveau_{trait.name}"] == ["absent", *trait.levels], trait.name


def test_the_classes_are_of_the_same_sources_as_the_links() -> None:
    """Apprenticeship contracts are linked too, and were not named in the database's table."""
    for side in "ab":
        of_links, of_classes = (
            next(f for f in declaration(table).fields if f["name"] == f"extrait_{side}")
            for table in ("tables/liens", TABLE)
        )
        assert of_links["constraints"]["enum"] == of_classes["constraints"]["enum"]


def test_a_level_or_a_source_that_nobody_listed_stops_no_run() -> None:
    """A declaration of the linkage may name levels of its own."""
    told = links({}).with_columns(niveau_nom=pl.lit("sosie"), extrait_a=pl.lit("ailleurs"))
    made = coarsen_links(told)
    assert made.select(pl.col("niveau_nom", "extrait_a").cast(pl.String)).rows() == [
        ("sosie", "ailleurs")
    ]
