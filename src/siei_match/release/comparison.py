"""Two campaigns of a folder, or the two runs of one: who entered the lists, left them or moved, and why."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import PreparedCampaign, prepared_campaigns, require_prepared
from siei_match.output.manifest import Manifest
from siei_match.reference.errors import OutputError
from siei_match.reference.redirections import follow
from siei_match.release.released import frozen_tables, read_released
from siei_match.stages.route import Source, WhatChanged, explain_moves, find_moves, name_source

MOUVEMENTS: Final = "mouvements"
KINDS: Final = {"entree": 1, "sortie": -1, "changement": 0}
"""What a move adds to the people listed in all."""


@dataclass(frozen=True)
class Comparison:
    """What two states of the lists differ in; no name enters here.

    `by_cause`: cause, entree, sortie, changement. `by_platform`: psad, avant, entrees, sorties, apres,
    of the platforms where anybody moved. Always avant + entrees − sorties = apres.
    """

    before: int
    after: int
    by_cause: pl.DataFrame
    by_platform: pl.DataFrame
    stored: bool
    """The causes are those that the run found; else what decisions and sources tell alone."""


def compare(sortie: Path, before: str, after: str) -> Comparison:
    """Compare the lists of two campaigns, or, of one code given twice, what is released with the last run.

    Raises:
        OutputError: no such campaign, or nothing of it is released; a table is damaged.
    """
    now = require_prepared(sortie, after)
    if before == after:
        if read_released(sortie, before) is None:
            raise OutputError(
                f"Campaign {before} is not released: there is one run of it alone.",
                remedy="Name another campaign to compare it with.",
            )
        then = frozen_tables(sortie, before)
    else:
        then = require_prepared(sortie, before)
    told = _stored(now, before) if before < after else None
    moves = _explain(sortie, then, now) if told is None else told
    former, current = (c.table("signalements") for c in (then, now))
    return Comparison(
        former.height,
        current.height,
        _by_cause(moves),
        _by_platform(moves, former, current),
        told is not None,
    )


def _stored(now: PreparedCampaign, before: str) -> pl.DataFrame | None:
    """Return the moves that the run wrote, if they are from that campaign on."""
    if not now.has_table(MOUVEMENTS):
        return None
    told = now.table(MOUVEMENTS)
    mine = told.filter(campagne_avant=before)
    return mine if mine.height and mine.height == told.height else None


def _explain(sortie: Path, then: PreparedCampaign, now: PreparedCampaign) -> pl.DataFrame:
    codes = sorted((then.code, now.code))
    told = pl.concat(
        campaign.table("redirections")
        for code, campaign in prepared_campaigns(sortie).items()
        if code <= codes[1]
    )
    between = told.filter(pl.col("campagne") > codes[0])
    former, was = (
        follow(then.table(name), told, "id_personne") for name in ("signalements", "decisions")
    )
    current, decisions = (
        follow(now.table(name), told, "id_personne") for name in ("signalements", "decisions")
    )
    absent = frozenset(sources_of(then.manifest()) - sources_of(now.manifest()))
    return explain_moves(
        find_moves(former, current),
        was,
        decisions.unique("id_personne", keep="first", maintain_order=True),
        WhatChanged(regrouped={*between["id_personne"]}, absent=absent),
        then.code,
    )


def sources_of(manifest: Manifest) -> set[Source]:
    """Return the sources of which a campaign had rows."""
    year = int(manifest.campagne.annee_scolaire[:4])
    return {
        name_source(file.extrait, file.annee_scolaire, year)
        for file in manifest.entrees
        if file.lignes
    }


def _by_cause(moves: pl.DataFrame) -> pl.DataFrame:
    counts = [(pl.col("mouvement") == kind).sum().alias(kind) for kind in KINDS]
    return moves.group_by("cause").agg(counts).sort("cause")


def _by_platform(moves: pl.DataFrame, former: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    counted = [
        frame.filter(pl.col("psad").is_not_null()).group_by("psad").len(name)
        for frame, name in (
            (former, "avant"),
            (moves.filter(pl.col("psad").is_not_null()), "entrees"),
            (moves.select(psad="psad_avant"), "sorties"),
            (current, "apres"),
        )
    ]
    platforms = pl.concat([moves["psad"], moves["psad_avant"].alias("psad")]).drop_nulls().unique()
    found = platforms.sort().to_frame()
    for part in counted:
        found = found.join(part, on="psad", how="left", maintain_order="left")
    return found.with_columns(pl.exclude("psad").fill_null(0))
