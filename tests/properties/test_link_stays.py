"""Enrolments found by place: against every two of them, one by one."""

from types import SimpleNamespace

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from siei_match.stages.link.compare.kinds.stays import MAX_OVERLAP_DAYS, STAYS, Stays
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import siei

RECORDS = 6
TRAIT = siei().of_kind("sejours")

stay = st.tuples(
    st.integers(0, RECORDS - 1),
    st.sampled_from([2025, 2026]),
    st.sampled_from([11, 12]),
    st.integers(0, 90),
    st.integers(0, 90),
)


@given(
    held=st.lists(stay, max_size=12),
    sources=st.lists(st.integers(0, 1), min_size=RECORDS, max_size=RECORDS),
)
def test_levels_are_those_of_every_two_enrolments_of_a_pair(
    held: list[tuple[int, int, int, int, int]], sources: list[int]
) -> None:
    assert TRAIT is not None
    table = pl.DataFrame({"source": pl.Series(sources, dtype=pl.UInt8)})
    fiches = SimpleNamespace(table=table, count=RECORDS)
    kind = Stays(fiches, TRAIT, pl.DataFrame(held, STAYS, orient="row"))  # type: ignore[arg-type]
    a, b = (side.ravel().astype(np.uint32) for side in np.meshgrid(*[np.arange(RECORDS)] * 2))
    levels, part = kind.compare(a, b)
    assert part is None
    for level, one, other in zip(levels.tolist(), a.tolist(), b.tolist(), strict=True):
        both = [
            (x, y)
            for x in held
            for y in held
            if sources[one] == sources[other] and (x[0], y[0]) == (one, other) and x[1] == y[1]
        ]
        apart = any(
            x[2] != y[2] and min(x[4], y[4]) - max(x[3], y[3]) + 1 > MAX_OVERLAP_DAYS
            for x, y in both
        )
        told = "simultanees" if apart else "compatibles"
        assert level == (TRAIT.code(told) if both else ABSENT)
