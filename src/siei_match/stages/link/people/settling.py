"""From groups of records to people: every row of two promising groups is heard."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.engines import as_it_is
from siei_match.reference.parallel import each
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.model.model import WeightModel, pair_log_odds
from siei_match.stages.link.people.constraints import NOBODY, Constraints, joins, settle
from siei_match.stages.link.people.evidence import gather, group_bits, proof_bits, regroup
from siei_match.stages.link.people.heard import hear_presence, make_people
from siei_match.stages.link.people.held import Before, mark_held
from siei_match.stages.link.people.presence import Presence, count_presence
from siei_match.stages.link.people.sure import Sure
from siei_match.stages.link.people.tiers import components
from siei_match.stages.link.people.trace import Trace
from siei_match.stages.link.records.records import Fiches

PROMISING_BITS: Final = -9.0
"""Pairs of groups whose best candidate is below are settled: expanding them would change nothing."""
PROMISING: Final = 1 / (1 + 2.0**-PROMISING_BITS)
"""So as a chance."""
AT_ONCE: Final = 500_000
"""Pairs of fiches of two groups that a core weighs at a time: about 350 MB."""
MOST_GROUPS: Final = 60
"""Larger sets of groups hold more than one life; they are cut on the evidence already there."""
Labels = npt.NDArray[np.uint32]
Put = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Unsettled:
    """All that makes people, but the thresholds.

    model: learnt from the sure tiers and the candidates. near: `a`, `b`, candidate pairs that may
    matter. judged: what clerks said. before: who was one person last time. put: where evidence is held as
    soon as it is gathered (`Shelf.put`).
    """

    fiches: Fiches
    comparator: Comparator
    model: WeightModel
    sure: Sure
    near: pl.DataFrame
    judged: Constraints
    before: Before | None = None
    put: Put = as_it_is


def settle_people(known: Unsettled, link_bits: float, doubt_bits: float) -> Trace:
    """Make people of groups at given thresholds (bits): evidence, rivals, agglomeration, doubts."""
    model, comparator, groups = known.model, known.comparator, known.sure.groups
    gathered = between_groups(
        model, comparator, known.near, groups, doubt_bits, known.judged, put=known.put
    )
    gathered = mark_held(gathered, known.before, known.fiches, groups, link_bits)
    gathered, people, seen = make_people(
        model, gathered, groups, (link_bits, doubt_bits), partial(count_presence, comparator)
    )
    return Trace(
        fiches=known.fiches,
        comparator=comparator,
        model=model,
        by_identifier=known.sure.by_identifier,
        groups=groups,
        near=known.near,
        gathered=gathered,
        seen=seen,
        people=people,
        doubts=doubtful(model, comparator, gathered, people, groups, doubt_bits, seen=seen),
        unique=known.sure.unique,
        lien_bits=link_bits,
        doute_bits=doubt_bits,
    )


def scored(model: WeightModel, compared: pl.DataFrame) -> pl.DataFrame:
    return model.weigh(compared).lazy().with_columns(bits=pair_log_odds(model)).collect()


def promising(model: WeightModel, compared: pl.DataFrame) -> pl.DataFrame:
    """Return the compared pairs that may matter."""
    return compared.filter(pl.Series(model.bits(compared) >= PROMISING_BITS))


def promising_fiches(model: WeightModel, compared: pl.DataFrame) -> pl.DataFrame:
    """Return `a`, `b` of the compared pairs that may matter."""
    return promising(model, compared).select("a", "b")


def grouping_frame(groups: Labels) -> pl.DataFrame:
    return pl.DataFrame(
        {"fiche": np.arange(len(groups), dtype=np.uint32), "groupe": groups},
        schema={"fiche": pl.UInt32, "groupe": pl.UInt32},
    )


def between_groups(
    model: WeightModel,
    comparator: Comparator,
    near: pl.DataFrame,
    groups: Labels,
    likely_bits: float,
    judged: Constraints = NOBODY,
    *,
    put: Put = as_it_is,
) -> pl.DataFrame:
    """Gather the evidence between groups that a candidate pair makes promising.

    Every pair of fiches of two such groups is compared, not only those that blocking met. So are
    those of two groups that a third one would join: what tells them apart must be heard.
    """
    promising = pairs_of_groups(near, groups)
    members = grouping_frame(groups)
    gathered = compare_groups(model, comparator, promising, members, put)
    gathered = judged.mark(gathered, groups)
    likely = (pl.col("bits") >= likely_bits) | joins(gathered)
    strong = gathered.lazy().filter(likely).select("ga", "gb").collect()
    joined = joined_by_others(int(groups.max(initial=0)) + 1, strong)
    missing = joined.join(promising, on=["ga", "gb"], how="anti")
    more = compare_groups(model, comparator, missing, members)
    return put(pl.concat([gathered, judged.mark(more, groups)]).sort("ga", "gb"))


def pairs_of_groups(pairs: pl.DataFrame, groups: Labels) -> pl.DataFrame:
    """Return the distinct `ga` < `gb` of pairs of fiches `a`, `b`."""
    ga, gb = (groups[pairs[side].to_numpy()] for side in ("a", "b"))
    return pl.DataFrame({"ga": np.minimum(ga, gb), "gb": np.maximum(ga, gb)}).unique()


def joined_by_others(count: int, strong: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs `ga` < `gb` of groups that strong edges, followed on, would make one."""
    whole = components(count, strong.select(a="ga", b="gb"))
    ends = pl.concat([strong["ga"], strong["gb"]]).unique().sort()
    table = pl.DataFrame({"groupe": ends, "ensemble": pl.Series(whole[ends.to_numpy()])})
    table = table.filter(pl.len().over("ensemble").is_between(3, MOST_GROUPS))
    return (
        table.join(table, on="ensemble", suffix="_b")
        .filter(pl.col("groupe") < pl.col("groupe_b"))
        .select(ga="groupe", gb="groupe_b")
    )


def compare_groups(
    model: WeightModel,
    comparator: Comparator,
    pairs: pl.DataFrame,
    members: pl.DataFrame,
    put: Put = as_it_is,
) -> pl.DataFrame:
    """Compare every fiche of one group with every fiche of the other, for pairs `ga` < `gb`.

    Args:
        model: what levels weigh.
        comparator: what gives levels.
        pairs: `ga`, `gb`, distinct.
        members: `group`, `fiche`.
        put: where what a part gathers is held.

    What is crossed is weighed part by part: it is time, never memory.

    Returns: see `gather`, with `bits` and `proof` (`proof_bits`), by `ga`, `gb`.
    """
    ends = pl.concat([pairs["ga"], pairs["gb"]]).unique().implode()
    few = members.filter(pl.col("groupe").is_in(ends))

    def one(part: pl.DataFrame) -> pl.DataFrame:
        crossed = (
            part.join(few.rename({"fiche": "a"}), left_on="ga", right_on="groupe")
            .join(few.rename({"fiche": "b"}), left_on="gb", right_on="groupe")
            .sort("a", "b")
        )
        weighed = scored(model, comparator.compare(crossed.select("a", "b")))
        weighed = weighed.with_columns(crossed["ga"], crossed["gb"])
        gathered = gather(weighed, model.spec)
        told = gathered.lazy().with_columns(bits=group_bits(model), proof=proof_bits(model))
        return put(told.sort("ga", "gb").collect())

    return pl.concat(each(one, parts_of(pairs.sort("ga", "gb"), few)))


def parts_of(pairs: pl.DataFrame, members: pl.DataFrame) -> list[pl.DataFrame]:
    """Cut pairs `ga`, `gb` of groups where each part crosses about `AT_ONCE` of their fiches."""
    sizes = members.group_by("groupe").agg(n=pl.len().cast(pl.Int64))
    crossed = (
        pairs.join(sizes, left_on="ga", right_on="groupe", maintain_order="left")
        .join(sizes, left_on="gb", right_on="groupe", maintain_order="left")
        .select(pl.col("n") * pl.col("n_right"))
        .to_series()
    )
    part = (crossed.cum_sum() - crossed) // AT_ONCE
    bounds = [*np.flatnonzero(np.diff(part.to_numpy(), prepend=-1)), pairs.height]
    return [pairs.slice(start, end - start) for start, end in pairwise(bounds)] or [pairs]


def doubtful(
    model: WeightModel,
    comparator: Comparator,
    gathered: pl.DataFrame,
    people: Labels,
    groups: Labels,
    doute_bits: float,
    *,
    seen: Presence,
) -> pl.DataFrame:
    """Return the pairs of distinct people whom all their rows, compared, leave in doubt.

    Those whom clerks separate are not; those on whom they disagree are.

    Returns: `pa`, `pb` and `bits`.
    """
    suspects = (
        regroup(gathered, membership_frame(people), model)
        .filter(pl.col("bits") >= doute_bits)
        .select(ga="pa", gb="pb")
    )
    separated, unsettled = settle(gathered, people)
    suspects = pl.concat([suspects, unsettled]).unique().sort("ga", "gb")
    suspects = suspects.join(separated, on=["ga", "gb"], how="anti", maintain_order="left")
    compared = compare_people(model, comparator, suspects, people[groups], seen)
    likely = compared.filter(pl.col("bits") >= doute_bits)
    return (
        pl.concat([likely, compared.join(unsettled, on=["ga", "gb"], how="semi")])
        .unique(["ga", "gb"])
        .select(pa="ga", pb="gb", bits="bits")
        .sort("pa", "pb")
    )


def compare_people(
    model: WeightModel,
    comparator: Comparator,
    pairs: pl.DataFrame,
    persons: Labels,
    seen: Presence,
) -> pl.DataFrame:
    """Compare every fiche of one person with every fiche of the other, and hear the sources of both.

    Args:
        model: what levels weigh.
        comparator: what gives levels.
        pairs: `ga` < `gb`, people, distinct.
        persons: the person of each fiche.
        seen: in which sources people stand.

    Returns: see `compare_groups`.
    """
    compared = compare_groups(model, comparator, pairs, grouping_frame(persons))
    everybody = np.arange(int(persons.max(initial=0)) + 1, dtype=np.uint32)
    return hear_presence(model, compared, seen, persons, everybody)


def membership_frame(people: Labels) -> pl.DataFrame:
    """Return `group`, `personne`."""
    return pl.DataFrame({"groupe": np.arange(len(people), dtype=np.uint32), "personne": people})
