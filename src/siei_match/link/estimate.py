"""The run measures itself: hide INE that are known, link again by traits alone, and compare.

Only what hiding can change is linked again: the groups that a hidden fiche breaks, those that
blocking then lets them meet, and what these hang on to. The rest is taken from the run as it is.
Model and thresholds are the run's own.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.blocking import PASSES, block, sounding_words
from siei_match.link.comparison import Comparator
from siei_match.link.doubted import expected_by_model
from siei_match.link.engine import (
    PROMISING_BITS,
    compare_groups,
    doubtful,
    grouping_frame,
    joined_by_others,
    scored,
    with_groups,
)
from siei_match.link.errors_expected import Known, estimate_errors
from siei_match.link.evidence import group_bits
from siei_match.link.fiches import Fiches
from siei_match.link.grouping import agglomerate, weigh_rivals
from siei_match.link.hiding import absence_rates, draw, people_by_ine
from siei_match.link.levels import ABSENT
from siei_match.link.tally import links_made, tally
from siei_match.link.tiers import components, pairs_by_traits
from siei_match.link.trace import Trace

WIDEST_PASSES: Final = (
    "date_et_son",
    "noms_et_annee",
    "noms_sans_annee",
    "telephone",
    "courriel",
    "adresse",
    "ine",
)
"""Every other pass only adds to the keys of one of these."""
Labels = npt.NDArray[np.uint32]


class HidingComparator(Comparator):
    """A comparator to which the INE of some fiches is unknown."""

    def __init__(self, known: Comparator, hidden: npt.NDArray[np.bool_]) -> None:
        self.__dict__.update(known.__dict__)
        self.hidden = hidden

    def compare(self, pairs: pl.DataFrame) -> pl.DataFrame:
        return hide_ine(super().compare(pairs), self.hidden)


def hide_ine(compared: pl.DataFrame, hidden: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """Return compared pairs as they are when the INE of one side or both is unknown."""
    unknown = hidden[compared["a"].to_numpy()] | hidden[compared["b"].to_numpy()]
    return compared.with_columns(
        ine=pl.when(pl.Series(unknown)).then(pl.lit(ABSENT, pl.UInt8)).otherwise("ine")
    )


@dataclass(frozen=True)
class Relinked:
    """The linkage with INE hidden: the person of each fiche, the pairs of people in doubt.

    Only people who hold a hidden fiche are whole here; the others are in pieces, or as they were.
    """

    people: Labels
    doubts: pl.DataFrame


def measure(trace: Trace, part: float = 1.0) -> dict[str, Any]:
    """Estimate the errors of a linkage from its own data.

    Args:
        trace: the linkage.
        part: share of the people with an INE to draw.

    Returns: see `estimate_errors`: counts and rates, per pair of sources and overall.
    """
    person = people_by_ine(trace.fiches, trace.by_ine)
    drawn = draw(trace.fiches, person, part)
    hidden = np.zeros(trace.fiches.table.height, dtype=np.bool_)
    hidden[drawn.filter("cache")["fiche"].to_numpy()] = True
    again = relink(trace, hidden)
    counted = tally(trace, person, drawn, again.people, again.doubts)
    missed, false = expected_by_model(trace)
    known = Known(links_made(trace), missed, false, absence_rates(trace.fiches))
    return estimate_errors(known, counted)


def relink(trace: Trace, hidden: npt.NDArray[np.bool_]) -> Relinked:
    """Link again without the INE of the hidden fiches; the rest of the run is reused."""
    fiches = hide_in_table(trace.fiches, hidden)
    comparator = HidingComparator(trace.comparator, hidden)
    groups = sure_groups(trace, fiches, comparator, hidden)
    touched = touched_fiches(trace.groups, groups, hidden)
    compared = candidates_of(trace, fiches, comparator, groups, touched)
    gathered = evidence(trace, comparator, compared, groups, touched)
    sizes = np.bincount(groups)
    people = agglomerate(len(sizes), sizes, gathered, trace.lien_bits, trace.model.taux)
    membership = pl.DataFrame(
        {"groupe": np.arange(len(sizes), dtype=np.uint32), "personne": people}
    )
    doubts = doubtful(trace.model, comparator, gathered, membership, groups, trace.doute_bits)
    return Relinked(people[groups], doubts)


def hide_in_table(fiches: Fiches, hidden: npt.NDArray[np.bool_]) -> Fiches:
    table = fiches.table.with_columns(
        ine=pl.when(pl.Series(hidden)).then(pl.lit(None, pl.String)).otherwise("ine")
    )
    return replace(fiches, table=table)


def sure_groups(
    trace: Trace, fiches: Fiches, comparator: Comparator, hidden: npt.NDArray[np.bool_]
) -> Labels:
    """Return the groups of the sure tiers, where a hidden INE ties nobody."""
    a, b = trace.by_ine["a"].to_numpy(), trace.by_ine["b"].to_numpy()
    by_ine = trace.by_ine.filter(pl.Series(~(hidden[a] | hidden[b]))).select("a", "b")
    by_traits = pairs_by_traits(fiches, comparator, trace.people_of_country)
    return components(fiches.table.height, pl.concat([by_ine, by_traits]))


def touched_fiches(
    before: Labels, after: Labels, hidden: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return the fiches of groups that hold a hidden fiche, or that hiding broke or made."""
    cells = np.unique(np.stack([before, after], axis=1), axis=0)
    split = np.bincount(cells[:, 0]) > 1
    joined = np.bincount(cells[:, 1]) > 1
    struck = np.zeros(len(joined), dtype=np.bool_)
    struck[after[hidden]] = True
    touched: npt.NDArray[np.bool_] = split[before] | joined[after] | struck[after]
    return touched


def candidates_of(
    trace: Trace,
    fiches: Fiches,
    comparator: HidingComparator,
    groups: Labels,
    touched: npt.NDArray[np.bool_],
) -> pl.DataFrame:
    """Return the compared pairs that touch a touched fiche: those of the run, and the new ones.

    A fiche whose INE is hidden is searched for as one without INE, in passes that the run spared
    it. All the others stand in one group, so that blocking pairs none of them again.
    """
    known = trace.compared.filter(
        pl.Series(touched[trace.compared["a"].to_numpy()] | touched[trace.compared["b"].to_numpy()])
    )
    known = known.filter(pl.Series(groups[known["a"].to_numpy()] != groups[known["b"].to_numpy()]))
    elsewhere = np.where(touched, groups, np.uint32(len(groups)))
    near = neighbours(fiches, touched)
    met, _ = block(near, grouping_frame(elsewhere))
    new = met.join(known, on=["a", "b"], how="anti")
    return pl.concat([hide_ine(known, comparator.hidden), comparator.compare(new)])


def neighbours(fiches: Fiches, touched: npt.NDArray[np.bool_]) -> Fiches:
    """Keep the fiches that share a key of blocking with a touched one: blocks stay whole."""
    words = sounding_words(fiches)
    wanted = pl.DataFrame({"fiche": fiches.table["fiche"].filter(pl.Series(touched))})
    found = [wanted]
    for name in WIDEST_PASSES:
        keys_of, _ = PASSES[name]
        keys = keys_of(fiches, words)
        shared = keys.join(wanted, on="fiche", how="semi").select("cle").unique()
        found.append(keys.join(shared, on="cle", how="semi").select("fiche"))
    table = fiches.table.join(pl.concat(found).unique(), on="fiche", how="semi").sort("fiche")
    return replace(
        fiches,
        table=table,
        noms=fiches.noms.join(table, on="noms", how="semi"),
        prenoms=fiches.prenoms.join(table, on="prenoms", how="semi"),
    )


def evidence(
    trace: Trace,
    comparator: Comparator,
    compared: pl.DataFrame,
    groups: Labels,
    touched: npt.NDArray[np.bool_],
) -> pl.DataFrame:
    """Gather the evidence between groups: the run's own where nothing is touched, else new.

    Only the connected sets that hold a touched group are kept: the others are the run's.
    """
    members = grouping_frame(groups)
    struck = np.zeros(int(groups.max(initial=0)) + 1, dtype=np.bool_)
    struck[groups[touched]] = True
    near = scored(trace.model, compared).filter(pl.col("bits") >= PROMISING_BITS)
    promising = (
        with_groups(near, groups)
        .select(ga=pl.min_horizontal("ga", "gb"), gb=pl.max_horizontal("ga", "gb"))
        .unique()
    )
    new = compare_groups(trace.model, comparator, promising, members)
    all_of = pl.concat([new, kept_evidence(trace, groups, struck).select(new.columns)])
    strong = all_of.filter(pl.col("bits") >= trace.doute_bits)
    whole = components(len(struck), strong.select(a="ga", b="gb"))
    reached = np.zeros(int(whole.max(initial=0)) + 1, dtype=np.bool_)
    reached[whole[struck]] = True
    ends = (reached[whole[all_of[side].to_numpy()]] for side in ("ga", "gb"))
    all_of = all_of.filter(pl.Series(np.logical_or(*ends)))
    strong = all_of.filter(pl.col("bits") >= trace.doute_bits)
    joined = joined_by_others(len(struck), strong)
    missing = joined.join(all_of, on=["ga", "gb"], how="anti")
    more = compare_groups(trace.model, comparator, missing, members)
    return weigh_rivals(pl.concat([all_of, more]).sort("ga", "gb"), trace.doute_bits)


def kept_evidence(trace: Trace, groups: Labels, struck: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """Return the run's evidence between groups that hiding left alone, under their new numbers."""
    number = np.zeros(int(trace.groups.max(initial=0)) + 1, dtype=np.uint32)
    number[trace.groups] = groups
    ga, gb = (number[trace.gathered[side].to_numpy()] for side in ("ga", "gb"))
    return trace.gathered.with_columns(
        ga=pl.Series(np.minimum(ga, gb)),
        gb=pl.Series(np.maximum(ga, gb)),
        # As it was before rivals were weighed: there may be others now.
        bits=group_bits(trace.model.taux),
    ).filter(pl.Series(~(struck[ga] | struck[gb])))
