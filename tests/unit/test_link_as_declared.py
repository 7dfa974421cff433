"""What a run tells of traits that nothing taught: a newcomer's declaration is right, and learns nothing."""

from typing import Any

import polars as pl
import pytest

from siei_match.stages.link import link, read_rows
from siei_match.stages.link.declared.spec import build_spec

NAMES = [
    f"{a}{b}{c}" for a in "BCDFG" for b in ("AR", "OL", "UM", "EN") for c in ("TIER", "VAL", "SON")
]
FIRST_NAMES = "ANNA BORIS CELINE DENIS ELISE FRANCK GAELLE HUGO IRENE JULES".split()
PEOPLE = pl.DataFrame(
    {
        "name": NAMES,
        "first_name": [FIRST_NAMES[n % 10] for n in range(len(NAMES))],
        "initial": ["ABCDEFG"[n % 7] for n in range(len(NAMES))],
        "phone": [f"06{n:08}" for n in range(len(NAMES))],
    }
)  # fmt: skip
NOT_SAID = "it tells twins apart, and no appris_si says of whom it is learnt"
NEVER_MET = "no likely pair is as its appris_si says"


def told(
    first_name: dict[str, Any],
    *,
    twins: bool,
    second: pl.DataFrame = PEOPLE,
    genre: str = "categorie",
) -> list[str]:
    """Return what is told of traits that keep what is declared."""
    raw = {
        "sources": ["first", "second"],
        "population": 1_000,
        "traits": {
            "name": {"genre": "noms", "colonnes": ["name"]},
            "first_name": {"genre": "prenoms", "colonnes": ["first_name"]} | first_name,
            "initial": {"genre": genre, "colonnes": ["initial"]},
            "phone": {"genre": "ensemble", "colonnes": ["phone"]},
        },
        "classes": {"jumeaux": {"taux": 0.03}} if twins else {},
        "blocs": {"passes": [{"nom": "names", "cle": ["paire"]}]},
    }
    heard: list[str] = []
    spec = build_spec(raw)
    link(read_rows({"first": PEOPLE, "second": second}, spec), spec=spec, tell=heard.append)
    return [line for line in heard if "keeps the m that is declared" in line]


SETTLED = {"appris_si": {"egaux": ["name", "initial"], "un_de": ["phone"]}}


@pytest.mark.parametrize(
    ("first_name", "twins", "why"),
    [
        ({}, False, None),
        ({}, True, NOT_SAID),
        ({"appris": False}, True, None),
        (SETTLED, True, None),
    ],
)
def test_a_trait_that_nothing_teaches_is_told(
    first_name: dict[str, Any], twins: bool, why: str | None
) -> None:
    expected = [f"first_name keeps the m that is declared: {why}"] if why else []
    assert told(first_name, twins=twins) == expected


def test_pairs_that_are_never_met_teach_nothing() -> None:
    """Nobody kept a telephone: of `un_de` none is ever equal."""
    moved = PEOPLE.with_columns(phone=pl.col("phone").str.replace("06", "07"))
    assert told(SETTLED, twins=True, second=moved) == [
        f"first_name keeps the m that is declared: {NEVER_MET}"
    ]


def test_of_two_initials_the_letter_is_all_that_can_agree() -> None:
    """Both files hold letters: the level of a whole name is never reached, and the letter teaches all the same."""
    assert f"first_name keeps the m that is declared: {NEVER_MET}" not in told(
        SETTLED, twins=True, genre="initiale"
    )
