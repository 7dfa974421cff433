"""Words of compound names that stand in the other name, against a loop over all words."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from siei_match.stages.link.compare.likeness import NEAR, graded
from siei_match.stages.link.compare.parts import FEWEST_LETTERS, NameParts

WORDS = st.text("ABEMNRST", min_size=1, max_size=7)
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


def near(x: str, y: str) -> bool:
    """The naive twin of `NameParts.near`."""
    if " " not in x + y:
        return False
    for u in x.split(" "):
        for v in y.split(" "):
            if min(len(u), len(v)) < FEWEST_LETTERS:
                continue
            low, high = sorted((u, v))
            sides = [np.array([word], dtype=object) for word in (low, high)]
            lengths = [np.array([len(word)]) for word in (low, high)]
            if u == v or graded(*sides, *lengths)[0] == NEAR:
                return True
    return False


@given(st.lists(NAMES, min_size=2, max_size=6, unique=True))
def test_a_word_is_found_where_a_loop_finds_it(names: list[str]) -> None:
    parts = NameParts(pl.Series(sorted(names)))
    numbers = range(1, len(names) + 1)
    a, b = (
        np.array(side, dtype=np.uint32)
        for side in zip(*((i, j) for i in numbers for j in numbers), strict=True)
    )
    texts = sorted(names)
    expected = [near(texts[i - 1], texts[j - 1]) for i, j in zip(a, b, strict=True)]
    assert parts.near(a, b).tolist() == expected
