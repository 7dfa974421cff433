"""What e-mails may spell, at a first look: never less than what they spell."""

from functools import reduce
from itertools import pairwise
from operator import or_

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from siei_match.stages.link.compare.kinds.mails import (
    BIT_OF_PAIR,
    letter_pairs,
    mail_pairs,
    spelt_in,
)

MAIL = st.from_regex(r"[a-zA-Z0-9._+-]{1,20}@[a-z]{1,8}\.(fr|invalid)", fullmatch=True)
MAILS = st.lists(st.one_of(st.none(), st.lists(MAIL, max_size=3)), max_size=8)
TEXTS = st.lists(st.one_of(st.none(), st.text("aZ bY@'9é", max_size=8)), max_size=12)


def naive_pairs(text: str | None) -> int:
    """Bit by bit, letter by letter."""
    upper = (text or "").upper().partition("@")[0]
    letters = [c for c in upper if "A" <= c <= "Z"]
    pairs = pairwise(letters)
    return reduce(or_, (int(BIT_OF_PAIR[26 * ord(x) + ord(y)]) for x, y in pairs), 0)


@given(TEXTS)
def test_pairs_of_letters_are_those_that_one_counts(texts: list[str | None]) -> None:
    found = letter_pairs(pl.Series(texts, dtype=pl.String))
    assert found.tolist() == [naive_pairs(text) for text in texts]


@given(MAILS)
def test_whatever_an_email_spells_passes_the_first_look(mails: list[list[str] | None]) -> None:
    column = pl.Series("courriels", mails, dtype=pl.List(pl.String))
    held = pl.DataFrame([column]).with_row_index("fiche").filter(column.list.len() > 0)
    words = spelt_in(held, "courriels")
    asked = letter_pairs(words["word"])
    read = mail_pairs(column)[words["fiche"].to_numpy()]
    assert np.array_equal(read & asked, asked)
    assert (asked != 0).all()


def test_nearly_every_other_name_is_refused() -> None:
    """One bit for each pair of letters tells most names apart."""
    mails = pl.Series([["sara.le.goff2@exemple.fr"]])
    names = ["SARA", "LE GOFF", "GOFF", "MARTIN", "LEFEBVRE", "EXEMPLE", "SARAH"]
    asked = letter_pairs(pl.Series(names))
    may = (mail_pairs(mails) & asked) == asked
    assert dict(zip(names, may.tolist(), strict=True)) == {
        "SARA": True, "LE GOFF": True, "GOFF": True,
        "MARTIN": False, "LEFEBVRE": False, "EXEMPLE": False, "SARAH": False,
    }  # fmt: skip
