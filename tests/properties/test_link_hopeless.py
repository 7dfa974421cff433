"""What is forgotten before candidates teach anything would not have mattered after: against all kept."""

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from siei_match.stages.link.blocks.blocking import build_index
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.model.classifier import FellegiSunter
from siei_match.stages.link.people.candidates import HOPELESS_CHANCE, search
from siei_match.stages.link.people.settling import PROMISING_BITS, promising_fiches
from siei_match.stages.link.people.sure import join_sure
from siei_match.stages.link.records.records import build_fiches
from siei_match.stages.link.toolkit import vectors_of
from tests.examples import examples
from tests.worlds import small_world


@settings(max_examples=examples(12), deadline=None, phases=(Phase.generate,))
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(2, 150),
    ine=st.floats(0, 1),
    errors=st.floats(0, 0.4),
    twins=st.floats(0, 0.3),
)
def test_no_pair_that_is_forgotten_would_become_promising(
    seed: int, people: int, ine: float, errors: float, twins: float
) -> None:
    traits, parcours, _ = small_world(people, seed, ine=ine, errors=errors, twins=twins)
    fiches = build_fiches(traits)
    comparator = Comparator(fiches, stays(fiches, parcours))
    sure = join_sure(fiches, comparator, 3.0, 8_000_000)
    index = build_index(fiches, comparator.words, sure.groups)
    start = sure.classifier.model
    kept, met = search(index, comparator, FellegiSunter(start, fiches))
    every, _ = search(index, comparator, FellegiSunter(start, fiches), least=0.0)
    assert every.height == met.pairs
    taught = FellegiSunter(start, fiches)
    taught.labels = sure.classifier.labels
    taught.fit(vectors_of(every, fiches.count))
    few = promising_fiches(taught.model, kept)
    assert few.equals(promising_fiches(taught.model, every))
    gained = taught.model.bits(every) - start.bits(every)
    # The bound itself, wherever the pair stands.
    assert gained.max(initial=0.0) < PROMISING_BITS - np.log2(HOPELESS_CHANCE)
