"""What is forgotten before candidates teach anything would not have mattered after: against all kept."""

import numpy as np
import polars as pl
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
from siei_match.stages.link.toolkit import index_of_pairs, vectors_of
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


@settings(max_examples=examples(12), deadline=None, phases=(Phase.generate,))
@given(seed=st.integers(0, 10_000), people=st.integers(20, 120), bits=st.integers(-24, 8))
def test_an_email_is_heard_wherever_it_lets_a_pair_reach_the_least(
    seed: int, people: int, bits: int
) -> None:
    """Names are compared without e-mails first: what is kept is what a full comparison keeps."""
    traits, parcours, _ = small_world(people, seed, ine=0.2, errors=0.3, twins=0.1)
    fiches = build_fiches(spelling_another(traits, seed))
    comparator = Comparator(fiches, stays(fiches, parcours))
    classifier = join_sure(fiches, comparator, 3.0, 8_000_000).classifier
    index = build_index(fiches, comparator.words, np.arange(fiches.count, dtype=np.uint32))
    least = 1 / (1 + 2.0**-bits)
    pairs, _ = search(index, comparator, classifier, least=0.0)
    full = comparator.compare(pairs.select("a", "b"))
    likely = classifier.prob(vectors_of(full, fiches.count)).to_numpy() >= least
    kept, _ = search(index, comparator, classifier, least=least)
    assert kept.equals(full.filter(pl.Series(likely)))


def spelling_another(traits: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Give rows e-mails that spell a row's first name and another's surname."""
    other = traits["nom_naissance"].gather(
        np.random.default_rng(seed).integers(0, traits.height, traits.height)
    )
    mails = pl.concat_str(
        pl.col("prenom1"), pl.lit("."), other.str.replace_all(" ", "-"), pl.lit("@exemple.fr")
    )
    return traits.with_columns(courriels=pl.concat_list(mails.str.to_lowercase()))


def test_an_email_that_decides_is_heard_after_all_chunks() -> None:
    """Two rows of one day whose surnames differ: only the e-mail of the one makes the other likely."""
    traits, parcours, _ = small_world(60, 3, ine=0.2, errors=0.3, twins=0.1)
    fiches = build_fiches(spelling_another(traits, 3))
    comparator = Comparator(fiches, stays(fiches, parcours))
    classifier = join_sure(fiches, comparator, 3.0, 8_000_000).classifier
    index = build_index(fiches, comparator.words, np.arange(fiches.count, dtype=np.uint32))
    every, _ = search(index, comparator, classifier, least=0.0)
    pairs = index_of_pairs(every["a"].to_numpy(), every["b"].to_numpy(), fiches.count)
    plain = comparator.comparison(spell=False).compute(pairs, comparator.records)
    gained = (
        classifier.prob(vectors_of(every, fiches.count)).to_numpy()
        / classifier.prob(plain).to_numpy()
    )
    best = int(np.argmax(gained))
    assert gained[best] > 2.0
    least = float(classifier.prob(vectors_of(every[[best]], fiches.count)).iloc[0])
    kept, _ = search(index, comparator, classifier, least=least)
    assert kept.join(every[[best]], on=["a", "b"], how="semi").height == 1
