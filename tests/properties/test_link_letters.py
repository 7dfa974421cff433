"""Texts that their letters alone refuse are those that nothing else would call alike."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from siei_match.stages.link.compare.letters import Letters
from siei_match.stages.link.compare.likeness import (
    DIFFERENT,
    PART,
    Vocabulary,
    graded,
    objects,
)

TEXT = st.text("ABCDEZ9'é💩", max_size=9)


def every_pair(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.triu_indices(len(texts), 1)
    return a.astype(np.uint32), b.astype(np.uint32)


@given(st.lists(TEXT, min_size=2, max_size=20, unique=True))
def test_whatever_letters_refuse_is_different(texts: list[str]) -> None:
    column = pl.Series(texts)
    bare, length = objects(column), column.str.len_chars().to_numpy()
    a, b = every_pair(texts)
    alike = graded(bare[a], bare[b], length[a], length[b])
    assert (alike[~Letters(column).may(a, b)] == DIFFERENT).all()


def test_edges_of_likeness_are_let_through() -> None:
    """Two edits, letters exchanged, a beginning in common: each at the least that is alike."""
    for x, y in [("MARTINE", "MARTI"), ("ABCDE", "BADCE"), ("MAXIMIN", "MAXIMILIEN"), ("LEA", "LIA"),
                 ("AAAAAAA", "AAAAABB"), ("ABABABA", "BABABAB")]:  # fmt: skip
        assert Letters(pl.Series([x, y])).may(np.array([0]), np.array([1]))[0], (x, y)


def test_most_names_are_refused() -> None:
    names = pl.Series(
        "MARTIN BERNARD DUBOIS ROBERT RICHARD PETIT DURAND LEROY MOREAU SIMON LAURENT LEFEBVRE".split()
    )
    assert Letters(names).may(*every_pair(names.to_list())).mean() < 0.1


def test_letters_in_common_never_change_what_words_say() -> None:
    """Of several words, those in common count however few letters are."""
    words = Vocabulary(pl.Series(["DA SILVA", "SILVA", "JO", "MARIE JO ANTOINETTE"]))
    alike = words.likeness(np.array([1, 3, 2], np.uint32), np.array([2, 4, 4], np.uint32))
    assert alike.tolist() == [PART, PART, DIFFERENT]
