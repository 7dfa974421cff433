"""The multi-level model as a classifier of recordlinkage."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.model.estimation import chances, learn_from_identifier, refine
from siei_match.stages.link.model.model import WeightModel
from siei_match.stages.link.records.records import Fiches
from siei_match.stages.link.toolkit import Classifier, Floats


class FellegiSunter(Classifier):
    """Weigh levels by m, u, frequencies and classes of people who are two.

    `fit(vectors, match_index)` counts m over pairs known to be one person's, such as those that share
    an identifier; `fit(vectors)`, over candidates of whom nobody knows, goes on with EM. `prob`
    gives the probability of each pair, `predict` those that reach the threshold.

    Under a model from outside (`pinned`) it learns aside (`learnt`), and weighs by that one.

    Args:
        model: before any label.
        fiches: the records that the vectors are of.
        threshold: probability from which a pair is a link.
        tell: hears how many shares had to be held in their range, and which traits nothing taught.
        pinned: a model from outside.
    """

    def __init__(
        self,
        model: WeightModel,
        fiches: Fiches,
        threshold: float = 0.5,
        tell: Callable[[str], None] | None = None,
        pinned: WeightModel | None = None,
    ) -> None:
        super().__init__()
        self.learnt = model
        self.pinned = pinned
        self.fiches = fiches
        self.threshold = threshold
        self.tell = tell
        self.labels = pl.DataFrame()
        """The vectors that taught m, heard again by EM."""
        self.share = 1.0
        """Of the candidates, how many it is given to learn from."""

    def __getstate__(self) -> dict[str, Any]:
        """Leave out who listens and what taught it: a copy weighs, it does not learn."""
        return {**self.__dict__, "tell": None, "labels": pl.DataFrame()}

    @property
    def model(self) -> WeightModel:
        """What weighs pairs."""
        return self.pinned or self.learnt

    def learn(self, vectors: pl.DataFrame, matched: npt.NDArray[np.bool_] | None) -> None:
        if matched is None:
            labels = vectors.clear() if self.labels.is_empty() else self.labels
            self.learnt = refine(
                self.learnt, labels, vectors, self.fiches, self.tell, share=self.share
            )
            # Heard for the last time.
            self.labels = labels.clear()
        else:
            self.labels = vectors if matched.all() else vectors.filter(pl.Series(matched))
            self.learnt = learn_from_identifier(self.learnt, self.labels)

    def chances(self, vectors: pl.DataFrame) -> Floats:
        return chances(self.model, vectors)
