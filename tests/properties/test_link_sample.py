"""EM learns from a sample where candidates are many; who may matter is asked of all of them all the same."""

from unittest.mock import patch

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from siei_match.reference.engines import Parts
from siei_match.stages.link import engine
from siei_match.stages.link.blocks.blocking import build_index
from siei_match.stages.link.compare import comparator as comparison
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.engine import classify
from siei_match.stages.link.model.classifier import FellegiSunter
from siei_match.stages.link.model.numbers import own_number_sources
from siei_match.stages.link.people.candidates import draw, search
from siei_match.stages.link.people.settling import promising_fiches
from siei_match.stages.link.people.sure import join_sure
from siei_match.stages.link.records.records import build_fiches
from tests.examples import examples
from tests.worlds import small_world


@settings(max_examples=examples(10), deadline=None, phases=(Phase.generate,))
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(20, 150),
    chunk=st.integers(2, 40),
    enough=st.integers(1, 4),
)
def test_every_promising_candidate_is_kept_whatever_sample_taught_the_model(
    seed: int, people: int, chunk: int, enough: int
) -> None:
    traits, parcours, _ = small_world(people, seed, ine=0.4, errors=0.3, twins=0.1)
    fiches = build_fiches(traits)
    comparator = Comparator(fiches, stays(fiches, parcours))
    sure = join_sure(fiches, comparator, 3.0, 8_000_000)

    with patch.object(comparison, "CHUNK", chunk), patch.object(engine, "LEARNT_FROM", enough):
        near, met, _ = classify(comparator, sure.classifier, sure.groups, Parts())

    model = sure.classifier.model
    own = own_number_sources(model)
    index = build_index(fiches, comparator.words, sure.groups, own=own)
    every, all_met = search(index, comparator, FellegiSunter(model, fiches), least=0.0)
    assert near.equals(promising_fiches(model, every))
    assert met.pairs == all_met.pairs == every.height


@given(count=st.integers(0, 200), enough=st.integers(1, 30))
def test_a_sample_is_of_so_many_chunks_or_up_to_twice_as_many(count: int, enough: int) -> None:
    chunks = [(n, n + 1) for n in range(count)]
    taken, others = draw(chunks, enough)
    assert sorted(taken + others) == chunks
    assert min(count, enough) <= len(taken) <= 2 * enough
    # Evenly: no two neighbours are further apart than any other two.
    assert len(set(np.diff([n for n, _ in taken]).tolist())) <= 1
