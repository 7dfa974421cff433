"""What clerks can read in the hours they have: which pairs, what that should find, what is left unread."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import require_prepared
from siei_match.output.manifest import Manifest
from siei_match.output.memory.judgements import Hearing, read_revues, standing
from siei_match.reference.intervals import Z
from siei_match.reference.vocabulary import A_CONFIRMER
from siei_match.review.pairs import pairs_to_review

MINUTES: Final = 3.0
"""A pair of the workbook, read and judged."""


@dataclass(frozen=True)
class Capacity:
    """What clerks can give: hours, all of them together, and minutes a pair."""

    hours: float
    minutes: float = MINUTES
    second_clerc: bool = True

    @property
    def readings(self) -> int:
        return int(self.hours * 60 / self.minutes)


@dataclass(frozen=True)
class Share:
    """Pairs of one consequence: all that wait, those read, and how many of either are one person.

    found, missed: expected, with the ends of a 95 % interval, of those read and of those left.
    """

    pairs: int
    read: int
    readings: float
    found: tuple[float, float, float]
    missed: tuple[float, float, float]

    @property
    def left(self) -> int:
        return self.pairs - self.read


@dataclass(frozen=True)
class Plan:
    """What is read of the pairs that decide of a list, and of the others, in that order.

    missed_in_silence: pairs of rows of one person that the run expects to have left apart without a
    doubt: no clerk is asked about them. None where it did not measure itself.
    """

    capacity: Capacity
    deciding: Share
    others: Share
    missed_in_silence: float | None


def plan_review(sortie: Path, campagne: str, capacity: Capacity) -> Plan:
    """Say what clerks will read of a campaign in the time that they have.

    Raises:
        OutputError: the campaign does not stand there, or was run before reviews were.
    """
    manifest = require_prepared(sortie, campagne).manifest()
    pairs = planned_pairs(sortie, campagne, capacity)
    return Plan(
        capacity,
        _share(pairs.filter("decide")),
        _share(pairs.filter(~pl.col("decide"))),
        missed_in_silence(manifest),
    )


def planned_pairs(
    sortie: Path, campagne: str, capacity: Capacity, par: str | None = None
) -> pl.DataFrame:
    """Return `tables/doutes` of the pairs that wait with `chance`, `readings` expected, and `read`.

    Those that decide of a list come first, the likeliest of each kind first: that is where a judgement
    changes most. A pair that alone decides is read twice where the first clerk says "same person".
    """
    manifest = require_prepared(sortie, campagne).manifest()
    pairs = pairs_to_review(sortie, campagne, par=par, second_clerc=capacity.second_clerc)
    hearing = Hearing(campagne, manifest.campagne.date_observation, capacity.second_clerc)
    told = standing(read_revues(sortie), hearing).filter(reponse=A_CONFIRMER)["id_paire"]
    begun = pl.col("id_paire").is_in(told.implode())
    twice = pl.col("decide") & pl.lit(value=capacity.second_clerc) & ~begun
    chance = 1 / (1 + (1 / pl.col("probabilite") - 1) * pl.lit(2.0) ** -learnt_shift(manifest))
    return (
        pairs.with_columns(chance=chance.clip(0, 1), begun=begun)
        .with_columns(readings=1 + pl.when(twice).then(pl.col("chance")).otherwise(0.0))
        # What a first clerk has settled is the nearest to an answer.
        .sort("decide", "begun", "chance", "id_paire", descending=[True, True, True, False])
        .with_columns(read=pl.col("readings").cum_sum() <= capacity.readings)
    )


def learnt_shift(manifest: Manifest) -> float:
    """Return by how many bits clerks' judgements so far say that the run's chances are off."""
    return manifest.revues.recalage.decalage if manifest.revues else 0.0


def missed_in_silence(manifest: Manifest) -> float | None:
    errors = manifest.erreurs_estimees
    if errors is None or errors.ensemble is None:
        return None
    whole = errors.ensemble.manques.estimation
    expected = max(whole, errors.seconde.manques.estimation if errors.seconde else 0.0)
    doubtful = errors.mesurees.part_douteuse if errors.mesurees else None
    return expected * (1 - (doubtful or 0.0))


def _share(pairs: pl.DataFrame) -> Share:
    read = pairs.filter("read")
    left = pairs.filter(~pl.col("read"))
    return Share(
        pairs.height, read.height, float(read["readings"].sum()), _expected(read), _expected(left)
    )


def _expected(pairs: pl.DataFrame) -> tuple[float, float, float]:
    """Return how many pairs are one person by their chances, each by itself, with a 95 % interval."""
    chance = pairs["chance"]
    middle = float(chance.sum())
    spread = Z * float((chance * (1 - chance)).sum()) ** 0.5
    return middle, max(0.0, middle - spread), min(float(pairs.height), middle + spread)
