"""Counts of people with the interval that the linkage's own estimated errors leave them (docs/analystes.md).

A count of sortants is what is left of people in scope once rows that take them off are linked to theirs. Let H
be how many more there would be if no link but those by INE had been made (tables/decisions_tenues). Of such
links the run missed r for each right one, and f of those made are false: of S listed, r·H are wrongly so, and
f·H are hidden. So S − r·H + f·H is expected, where two rare events each leave chance (Poisson), r and f are
from the lower to the higher end of both estimates, and the ends of the difference are those of MOVER
(Zou and Donner, Statistics in Medicine 27, 2008). Who a mission locale follows hangs on such a link always.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import pdtrik

from siei_match.output import PreparedCampaign
from siei_match.output.databases.indicators import LISTED
from siei_match.output.databases.places import PAYS, PLACED, sum_places
from siei_match.output.estimates import EstimatedErrors, IntervalRecord
from siei_match.reference.contracts import conform
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.reference.vocabulary import MISSIONS_LOCALES

TABLE: Final = "tables/intervalles"
HANGING: Final = "decisions_tenues"
FOLLOWED: Final = "suivis_mission_locale"
ENDS: Final = (0.025, 0.975)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Odds:
    """Of each right link without INE, how many are missed; of those made, how many are false.

    Both as expected, low, high.
    """

    missed: tuple[float, float, float]
    false: tuple[float, float, float]


def tell_intervals(
    campaigns: Mapping[str, PreparedCampaign],
    errors: Mapping[str, EstimatedErrors | None],
    told: pl.DataFrame,
    zones: pl.DataFrame,
) -> pl.DataFrame:
    """Give the counts that are told an interval (tables/intervalles); where nothing was measured, none.

    Args:
        campaigns: by code.
        errors: what each expects to have wrong, by code.
        told: campagne, niveau, lieu, indicateur, valeur of the counts of `LISTED` and `FOLLOWED`; hidden ones absent.
        zones: tables/psad.
    """
    shown = told.filter(pl.col("indicateur").is_in([LISTED, FOLLOWED])).drop_nulls("valeur")
    parts = [_of_campaign(shown.clear(), None, shown.clear().select(*PLACED, n=pl.lit(0)))]
    for code, campaign in campaigns.items():
        mine = shown.filter(campagne=code)
        parts.append(_of_campaign(mine, errors.get(code), _hanging(campaign, zones)))
    every = pl.concat(parts).sort("campagne", "niveau", "lieu", "indicateur")
    return conform(every, TABLE)


def estimate_odds(errors: EstimatedErrors | None, among: Callable[[Any], bool]) -> Odds | None:
    """Return the odds over the pairs of sources `among`, from both estimates; None where none says."""
    if errors is None or errors.motif is not None:
        return None
    couples = [couple for couple in errors.couples if among(couple) and couple.liens]
    links = sum(couple.liens for couple in couples)
    if not links:
        return None
    missed, false = _add(c.manques for c in couples), _add(c.faux for c in couples)
    both = [missed]
    wrong = [_over(false, links)]
    if errors.seconde is not None and errors.ensemble is not None:
        again = [couple.manques for couple in errors.seconde.couples if among(couple)]
        both.append(_add(again))
        # The second estimate tells false links of all sources together: as many of each link.
        wrong.append(_over(_ends(errors.seconde.faux), max(1, errors.ensemble.liens)))
    right = max(1.0, links - false[0])
    return Odds(_widest([_over(one, right) for one in both]), _widest(wrong))


def find_range(
    counted: Floats, hanging: Floats, odds: Odds, side: int = 1
) -> tuple[Floats, Floats, Floats]:
    """Return what is expected of counts, and the ends.

    Args:
        counted: people counted.
        hanging: how many links without INE the count hangs on.
        odds: see there.
        side: 1 where a missed link adds to the count, -1 where it takes from it.
    """
    more, fewer = _spread(hanging, odds.missed), _spread(hanging, odds.false)
    if side < 0:
        more, fewer = fewer, more
    middle = counted - more[0] + fewer[0]
    down = np.hypot(more[2] - more[0], fewer[0] - fewer[1])
    up = np.hypot(more[0] - more[1], fewer[2] - fewer[0])
    low = np.maximum(0.0, np.floor(middle - down))
    return np.maximum(0.0, np.round(middle)), low, np.maximum(0.0, np.ceil(middle + up))


def _of_campaign(
    told: pl.DataFrame, errors: EstimatedErrors | None, hanging: pl.DataFrame
) -> pl.DataFrame:
    """Give the counts of one campaign their interval."""
    of_list = estimate_odds(errors, lambda couple: not _followed(couple))
    of_follow = estimate_odds(errors, _followed)
    parts = []
    for name, odds, side in ((LISTED, of_list, 1), (FOLLOWED, of_follow, -1)):
        mine = told.filter(indicateur=name).join(
            hanging, on=PLACED, how="left", maintain_order="left"
        )
        counted = mine["valeur"].cast(pl.Float64).to_numpy()
        on = mine["n"].fill_null(0).cast(pl.Float64).to_numpy() if side > 0 else counted
        names = ("estimation", "bas", "haut")
        found = dict(zip(names, find_range(counted, on, odds, side), strict=True)) if odds else {}
        columns = [
            pl.Series(n, found[n] if odds else [None] * mine.height).cast(pl.UInt32) for n in names
        ]
        parts.append(mine.drop("n").with_columns(columns))
    return pl.concat(parts)


def _followed(couple: Any) -> bool:
    return MISSIONS_LOCALES in (couple.extrait_a, couple.extrait_b)


def _hanging(campaign: PreparedCampaign, zones: pl.DataFrame) -> pl.DataFrame:
    """Return niveau, lieu, n: on how many links without INE the lists of each place hang.

    Of a place that is not the whole country, up to the next `SMALL_COUNT`: a count of few would tell of somebody.
    """
    if not campaign.has_table(HANGING):
        return pl.DataFrame(schema={**dict.fromkeys(PLACED, pl.String), "n": pl.Int64})
    placed = campaign.table("decisions").select("id_personne", "psad")
    counts = (
        campaign.table(HANGING).join(placed, on="id_personne").group_by("psad")
        .agg(pl.col("en_plus").cast(pl.Int64).sum())
    )  # fmt: skip
    up = (pl.col("n") + SMALL_COUNT - 1) // SMALL_COUNT * SMALL_COUNT
    return sum_places(counts, zones).select(
        *PLACED, n=pl.when(pl.col("niveau") == PAYS).then("n").otherwise(up)
    )


def _spread(hanging: Floats, odds: tuple[float, float, float]) -> tuple[Floats, Floats, Floats]:
    """Return how many events are expected, and the ends of what chance makes of the ends of their odds."""
    middle, low, high = (hanging * one for one in odds)
    return (
        middle,
        np.minimum(middle, _least_count(ENDS[0], low)),
        np.maximum(middle, _least_count(ENDS[1], high)),
    )


def _least_count(at: float, mean: Floats) -> Floats:
    """Return the quantile of Poisson's law: the least count that `at` of the draws do not exceed."""
    return np.asarray(np.ceil(np.maximum(0.0, np.nan_to_num(pdtrik(at, mean)) - 1e-9)))


def _ends(record: IntervalRecord) -> tuple[float, float, float]:
    return record.estimation, record.bas, record.haut


def _add(records: Any) -> tuple[float, float, float]:
    """Add estimates: their distances to the ends add like independent errors."""
    ends = np.array([_ends(one) for one in records] or [(0.0, 0.0, 0.0)])
    middle = float(ends[:, 0].sum())
    down, up = (float(np.hypot.reduce(ends[:, 0] - ends[:, side])) for side in (1, 2))
    return middle, max(0.0, middle - down), middle + up


def _over(ends: tuple[float, float, float], whole: float) -> tuple[float, float, float]:
    return ends[0] / whole, ends[1] / whole, ends[2] / whole


def _widest(found: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Return the middle of several estimates, from the lowest end to the highest."""
    return (
        sum(one[0] for one in found) / len(found),
        min(one[1] for one in found),
        max(one[2] for one in found),
    )
