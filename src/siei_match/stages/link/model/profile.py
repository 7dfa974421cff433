"""What a linkage looks like from afar: shares and counts in which a delivery that has changed shows.

A model that was learnt once is only good for deliveries like those that taught it. So a run tells, in
shares of its own data: how the pairs that matter agree, how many candidates a record has, of how many
records people are. Counts alone, of no value and nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.declared.spec import Spec

RARE: Final = 0.002
"""Patterns of a smaller share are counted together."""
OTHERS: Final = "autres"
LARGEST: Final = 6
"""People of so many records or more are counted together."""
IDENTITY: Final = 4
"""Traits of a pattern, where the declaration does not say which ones make an identity."""


@dataclass(frozen=True)
class Profile:
    """How a linkage looks.

    patterns: of the candidate pairs that matter, the share of each way to agree on the traits of an
    identity (`=` the first level, `~` another, `x` the last, `-` absent). candidates: pairs compared
    per record. sizes: share of people by their records (`6` and more together).
    """

    patterns: Mapping[str, float]
    candidates: float
    sizes: Mapping[str, float]

    def told(self) -> dict[str, Any]:
        """Return it as readable JSON data, in the manifest's words."""
        return {
            "motifs": dict(self.patterns),
            "candidates_par_fiche": self.candidates,
            "fiches_par_personne": dict(self.sizes),
        }


def read_profile(told: Mapping[str, Any]) -> Profile:
    """Return what `Profile.told` tells."""
    return Profile(told["motifs"], told["candidates_par_fiche"], told["fiches_par_personne"])


def count_patterns(compared: pl.DataFrame, spec: Spec) -> dict[str, float]:
    """Return the share of each way to agree among compared pairs, the most frequent first."""
    identity = spec.file.certitude.memes or tuple(t.name for t in spec.traits[:IDENTITY])
    signs = [
        pl.when(pl.col(name) == 0)
        .then(pl.lit("-"))
        .when(pl.col(name) == 1)
        .then(pl.lit("="))
        .when(pl.col(name) == len(spec.by_name[name].levels))
        .then(pl.lit("x"))
        .otherwise(pl.lit("~"))
        for name in identity
    ]
    if not compared.height or not signs:
        return {}
    counted = (
        compared.select(pattern=pl.concat_str(signs))
        .group_by("pattern")
        .agg(share=pl.len() / compared.height)
        .with_columns(
            pattern=pl.when(pl.col("share") < RARE).then(pl.lit(OTHERS)).otherwise("pattern")
        )
        .group_by("pattern")
        .agg(pl.col("share").sum().round(6))
    )
    return dict(counted.sort("share", "pattern", descending=[True, False]).rows())


def count_sizes(persons: npt.NDArray[np.uint32]) -> dict[str, float]:
    """Return the share of people by how many records they hold, given the person of each record."""
    held = np.bincount(persons)
    counted = np.bincount(np.minimum(held[held > 0], LARGEST), minlength=LARGEST + 1)[1:]
    shares = counted / max(1, counted.sum())
    return {str(size): round(float(share), 6) for size, share in enumerate(shares, start=1)}


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the total variation between two distributions: the share that would have to move."""
    names = {*one, *other}
    return sum(abs(one.get(name, 0.0) - other.get(name, 0.0)) for name in names) / 2
