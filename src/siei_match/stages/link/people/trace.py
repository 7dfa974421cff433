"""What a linkage leaves behind for whoever judges it: its parts, before they become tables."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.model.model import WeightModel
from siei_match.stages.link.people.presence import Presence
from siei_match.stages.link.records.records import Fiches, Ids


@dataclass(frozen=True)
class Trace:
    """A linkage's records, model, evidence and result.

    by_identifier: pairs `a`, `b` tied by the identifier. groups: the group of each fiche after the sure tiers.
    near: `a`, `b`, candidate pairs that may matter. gathered: evidence between groups, with `bits`.
    seen: in which sources people stand. people: the person of each group. doubts: `pa` < `pb`, `bits`, pairs of people in doubt.
    unique: see `tiers.unique_fiches`. lien_bits, doute_bits: the thresholds.
    """

    fiches: Fiches
    comparator: Comparator
    model: WeightModel
    by_identifier: pl.DataFrame
    groups: npt.NDArray[np.uint32]
    near: pl.DataFrame
    gathered: pl.DataFrame
    seen: Presence
    people: npt.NDArray[np.uint32]
    doubts: pl.DataFrame
    unique: Ids
    lien_bits: float
    doute_bits: float
