"""recordlinkage's own pipeline runs on our index, features and classifier."""

import pandas as pd
import polars as pl
import recordlinkage
import recordlinkage.measures

from siei_match.stages.link.blocks.adapter import (
    COMPARED,
    CandidateIndex,
    LevelClassifier,
    LevelFeature,
)
from tests.worlds import small_world


def people(seed: int) -> tuple[pd.DataFrame, pd.MultiIndex]:
    traits, _, truth = small_world(250, seed)
    frame = traits.to_pandas().set_index("rid")
    frame["naissance_mois"] = frame["naissance_mois"].astype(object)
    numbered = traits.select("rid", vrai=pl.Series(truth))
    pairs = numbered.join(numbered, on="vrai", suffix="_b").filter(pl.col("rid") > pl.col("rid_b"))
    return frame, pd.MultiIndex.from_arrays([pairs["rid"].to_numpy(), pairs["rid_b"].to_numpy()])


def test_the_toolkit_links_with_our_parts() -> None:
    frame, true_links = people(seed=5)
    candidates = CandidateIndex().index(frame)
    assert recordlinkage.measures.recall(true_links, candidates) > 0.98

    compare = recordlinkage.Compare([LevelFeature(trait, frame) for trait in COMPARED])
    levels = compare.compute(candidates, frame)
    assert list(levels.columns) == list(COMPARED)

    classifier = LevelClassifier(prior=len(true_links) / len(candidates))
    classifier.fit(levels, true_links)
    found = levels.index[classifier.prob(levels) >= 0.5]
    assert recordlinkage.measures.precision(true_links, found) > 0.97
    assert recordlinkage.measures.recall(true_links, found) > 0.95


def test_absent_weighs_nothing() -> None:
    frame, true_links = people(seed=6)
    classifier = LevelClassifier(prior=0.25)
    levels = recordlinkage.Compare([LevelFeature("lieu", frame)]).compute(true_links, frame)
    classifier.fit(levels)
    nothing = pd.DataFrame({"lieu": [0]}, index=true_links[:1])
    assert classifier.prob(nothing).iloc[0] == 0.25
