"""Laws of the measure that a run makes of itself."""

from functools import partial

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.campaign.linkage import describe_errors
from siei_match.stages.link import link
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.measure.rates import ExpectedErrors
from tests.examples import examples
from tests.worlds import small_world


def measured(traits: pl.DataFrame, parcours: pl.DataFrame, part: float = 1.0) -> ExpectedErrors:
    found = link(
        traits, parcours, seuil_lien=0.9, seuil_doute=0.1, measure=partial(measure, part=part)
    ).errors
    assert found is not None
    return found


@settings(max_examples=examples(6), deadline=None)
@given(seed=st.integers(0, 10_000), shuffle=st.integers(0, 10_000))
def test_the_order_of_rows_leaves_no_trace(seed: int, shuffle: int) -> None:
    traits, parcours, _ = small_world(250, seed, errors=0.2)
    shuffled = traits.sample(fraction=1.0, shuffle=True, seed=shuffle).with_columns(
        rid=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    assert measured(traits, parcours) == measured(shuffled, parcours)


@settings(max_examples=examples(8), deadline=None)
@given(
    seed=st.integers(0, 10_000),
    size=st.integers(1, 250),
    ine=st.floats(0, 1),
    part=st.floats(0.05, 1),
)
def test_an_estimate_or_a_reason_and_the_linkage_as_it_was(
    seed: int, size: int, ine: float, part: float
) -> None:
    traits, parcours, _ = small_world(size, seed, ine=ine)
    plain = link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1)
    judged = link(
        traits, parcours, seuil_lien=0.9, seuil_doute=0.1, measure=partial(measure, part=part)
    )
    assert plain.groupes.equals(judged.groupes)
    assert plain.liens.equals(judged.liens)
    found = describe_errors(judged.errors)
    assert (found.motif is None) == bool(found.couples)
