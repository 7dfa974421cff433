"""Names that go together: what is counted by columns, counted once more person by person."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siei_match.stages.link.compare.kinds.together import LEANING, THE_TWO, count_together

FICHE = st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 4))
"""First name, surname, date of birth; 0 where absent."""
HASHES = np.concatenate([[0], np.random.default_rng(1).integers(1, 2**63, 4)]).astype(np.uint64)
SHARES = np.array([math.nan, 0.001, 0.05, 0.4], dtype=np.float32)


def counted_one_by_one(fiches: list[tuple[int, int, int]]) -> list[float]:
    """Return the share of each fiche's first name among the bearers of its surname."""
    people = {fiche for fiche in fiches if all(fiche)}
    found = []
    for first, surname, _ in fiches:
        everybody = float(SHARES[first])
        if not (first and surname):
            found.append(everybody)
            continue
        bear = max(0, sum(s == surname for _, s, _ in people) - THE_TWO)
        both = max(0, sum((f, s) == (first, surname) for f, s, _ in people) - THE_TWO)
        found.append((both + LEANING * everybody) / (bear + LEANING))
    return found


@given(st.lists(FICHE, min_size=1, max_size=40))
def test_shares_among_bearers_are_those_counted_one_by_one(
    fiches: list[tuple[int, int, int]],
) -> None:
    people = {fiche for fiche in fiches if all(fiche)}
    first, surname, born = (HASHES[list(column)] for column in zip(*fiches, strict=True))
    part = SHARES[np.array([fiche[0] for fiche in fiches])]
    told = count_together(first, part, surname, born)
    np.testing.assert_allclose(told.part, counted_one_by_one(fiches), rtol=1e-6)
    a, b = (side.ravel().astype(np.uint32) for side in np.indices((len(fiches), len(fiches))))
    among = told.among(a, b, part[a])
    bearers = [
        sum(s == surname for _, s, _ in people) if surname else 0 for _, surname, _ in fiches
    ]
    for x, y, found in zip(a, b, among, strict=True):
        heard = x if max(0, bearers[x] - THE_TWO) >= max(0, bearers[y] - THE_TWO) else y
        expected = told.part[heard] if bearers[heard] > THE_TWO else part[x]
        np.testing.assert_array_equal(found, expected)
