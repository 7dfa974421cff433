"""A file normalised in parts is the file normalised whole: a shared telephone is known at its end only."""

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from siei_match.stages.normalise import (
    NormalisedTables,
    normalise,
    normalise_part,
    phone_holders,
    shared_phones,
    without_phones,
)
from siei_match.stages.normalise.contacts import MOST_SHARED
from tests.unit.test_normalise_extraits import SCOLARITE, fichier, valides

OWN, OF_A_SCHOOL, OF_FIFTY = "06 12 44 56 79", "01 44 55 66 77", "01 44 55 66 88"


def pupil(number: int, telephone: str, first_name: str | None = None) -> dict[str, str]:
    letters = "".join(chr(97 + digit) for digit in divmod(number, 26))
    return {**SCOLARITE, "PRENOM": first_name or f"Jean{letters}", "TEL_PERSONNEL": telephone}


SCHOOL = [pupil(n, OF_A_SCHOOL) for n in range(MOST_SHARED + 1)]
FIFTY = [pupil(n, OF_FIFTY) for n in range(100, 100 + MOST_SHARED)]
ONE_PERSON = [pupil(0, OWN, "Élodie") for _ in range(MOST_SHARED + 10)]
FILE = valides("scolarite", *SCHOOL, *FIFTY, *ONE_PERSON)


def in_parts(cuts: list[int]) -> NormalisedTables:
    """Normalise the file cut before some rows, as a run does with slices."""
    bounds = [0, *sorted(cuts), FILE.height]
    parts = [
        normalise_part(FILE[start:end], fichier("scolarite"), start)
        for start, end in pairwise(bounds)
    ]
    shared = shared_phones(pl.concat([phone_holders(part.traits) for part in parts]))
    tables = {name: pl.concat([vars(part)[name] for part in parts]) for name in vars(parts[0])}
    return NormalisedTables(**{**tables, "traits": without_phones(tables["traits"], shared)})


@given(st.lists(st.integers(0, FILE.height), max_size=6))
def test_parts_are_the_whole(cuts: list[int]) -> None:
    whole, parts = normalise(FILE, fichier("scolarite"), 0), in_parts(cuts)
    for table, frame in vars(whole).items():
        assert_frame_equal(vars(parts)[table], frame)


@pytest.mark.parametrize(
    ("rows", "kept"),
    [(SCHOOL, 0), (FIFTY, MOST_SHARED), (ONE_PERSON, MOST_SHARED + 10)],
    ids=["51 people: nobody's", "50 people: kept", "one person on 60 rows: theirs"],
)
def test_a_number_that_more_than_fifty_people_give_is_nobodys(
    rows: list[dict[str, str]], kept: int
) -> None:
    made = normalise(valides("scolarite", *rows), fichier("scolarite"), 0)
    assert made.traits["telephones"].is_not_null().sum() == kept
    # A list shows it all the same: it may be right.
    assert made.coordonnees["telephones"].is_not_null().all()
