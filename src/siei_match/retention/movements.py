"""The movements of a campaign, after an act changed whom it lists or whom the campaign before listed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import CampaignFolder, PreparedCampaign
from siei_match.stages.publish.movements import name_movements, write_movements
from siei_match.stages.route import settle_moves

MOUVEMENTS: Final = "mouvements"
SIGNALEMENTS: Final = "signalements"


@dataclass(frozen=True)
class Predecessor:
    """The campaign before one that is written again: as it stands, and as it will be; none if it goes."""

    was: PreparedCampaign | None
    will_be: PreparedCampaign | None

    @property
    def changes(self) -> bool:
        return self.was != self.will_be


def settle(
    movements: pl.DataFrame,
    signalements: tuple[pl.DataFrame, pl.DataFrame],
    before: Predecessor,
) -> pl.DataFrame:
    """Return tables/mouvements as it will be; the very same frame where nothing changes.

    Of a campaign before that is purged nothing is told any more: who left its lists is in no other.

    Args:
        movements: what is left of it after the act.
        signalements: of this campaign, as they are and as they will be.
        before: see there.
    """
    if before.will_be is None:
        return movements.clear() if movements.height else movements
    touched = _touched(*signalements)
    former = before.will_be.table(SIGNALEMENTS)
    if before.changes and before.was is not None:
        touched |= _touched(before.was.table(SIGNALEMENTS), former)
    return settle_moves(movements, before.will_be.code, former, signalements[1], touched)


def _touched(before: pl.DataFrame, after: pl.DataFrame) -> set[str]:
    key = ["id_signalement", "psad"]
    changed = (
        one.select(key).join(other.select(key), on=key, how="anti")["id_signalement"]
        for one, other in ((before, after), (after, before))
    )
    return {identifier for column in changed for identifier in column}


def write_beside(
    movements: pl.DataFrame, lists: pl.DataFrame, before: Predecessor, target: CampaignFolder
) -> Iterator[tuple[Path, int]]:
    """Write mouvements.csv of every platform into `target`; give each file and its rows."""
    told = name_movements(movements, target.code, lists, before.will_be)
    psads = sorted({*target.platforms(), *told["psad"]})
    for psad in psads:
        target.list_folder(psad).mkdir(mode=0o700, parents=True, exist_ok=True)
    yield from write_movements(told, psads, target)
