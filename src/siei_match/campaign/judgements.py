"""Clerks' judgements on their way into a run, and doubtful pairs on their way to clerks."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.campaign.results import JudgementsHeard, StandingJudgements
from siei_match.campaign.worksite import Worksite
from siei_match.output.memory.judgements import Hearing, read_revues, same_or_other, standing
from siei_match.reference.contracts import conform
from siei_match.reference.delivery import Campagne
from siei_match.reference.settings import Settings
from siei_match.reference.vocabulary import (
    A_CONFIRMER,
    A_VERIFIER,
    AUTRE,
    CONTESTE,
    CONTRADICTION,
    MEME,
)
from siei_match.stages.link.model.recalibration import Recalibration, describe_bands, recalibrate
from siei_match.stages.link.people.constraints import BoundCounts
from siei_match.stages.link.people.judged import fingerprints, keep_judged, match, name_pairs

logger = logging.getLogger(__name__)

DOUTES: Final = "doutes"
PLACE: Final = ("extrait", "fichier", "ligne")


@dataclass(frozen=True)
class ReviewedPairs:
    """What clerks said so far: the rows that it is about, the thresholds, the counts to tell."""

    rows: pl.DataFrame | None
    recalibration: Recalibration
    standing: StandingJudgements | None

    def heard(self, liens: pl.DataFrame, bound: BoundCounts | None) -> JudgementsHeard | None:
        """Say what became of them in a linkage; None where nobody ever judged anything."""
        if self.standing is None:
            return None
        contradictions = liens.filter(revue=CONTRADICTION).height
        return JudgementsHeard(self.standing, bound or BoundCounts(0, 0), contradictions)


def read_judgements(worksite: Worksite, campagne: Campagne, keys: Sequence[bytes]) -> ReviewedPairs:
    """Find the rows that clerks' judgements are about, and what these say of the thresholds."""
    settings: Settings = worksite.reglages
    stored = read_revues(worksite.staging.sortie)
    settled = same_or_other(stored)
    # Where tolerances are stated, they choose the thresholds.
    chosen = (settings.tolerance_faux, settings.tolerance_manques) != (None, None)
    recalibration = recalibrate(
        settled, settings.seuil_lien, settings.seuil_doute, told_only=chosen
    )
    if stored.is_empty():
        return ReviewedPairs(None, recalibration, None)
    hearing = Hearing(campagne.code, campagne.date_observation, settings.second_clerc)
    told = standing(stored, hearing)
    judgements = told.filter(pl.col("reponse") != A_CONFIRMER)
    rows = None
    if judgements.height:
        # A judgement's fingerprints were made with the key of its day.
        rows = pl.concat(
            match(
                pl.concat(
                    keep_judged(piece, judgements, key) for piece in worksite.pieces("traits")
                ),
                judgements,
                key,
            )
            for key in keys
        ).unique()
    said = dict(judgements["reponse"].value_counts().iter_rows())
    logger.info("%d pairs judged by clerks.", judgements.height)
    if recalibration.applied:
        shift = recalibration.shift
        logger.info("Thresholds moved by %+.2f bits after clerks' judgements.", shift)
    return ReviewedPairs(
        rows,
        recalibration,
        StandingJudgements(
            pairs=judgements.height,
            same=said.get(MEME, 0),
            other=said.get(AUTRE, 0),
            contested=said.get(CONTESTE, 0),
            awaited=told.height - judgements.height,
            lapsed=standing(stored).height - told.height,
            bands=describe_bands(settled),
            recalibration=recalibration,
        ),
    )


def write_doubts(worksite: Worksite, decisive: pl.DataFrame, key: bytes) -> None:
    """Write `doutes`: the pairs of rows in doubt, their records' fingerprints, which decide a list.

    `decisive`: the pairs of people (`id_a`, `id_b`) whose doubt changed a decision, and to what.
    """
    low, high = pl.min_horizontal("id_a", "id_b"), pl.max_horizontal("id_a", "id_b")
    decided = decisive.select("statut", "motif", bas=low, haut=high, decide=pl.lit(value=True))
    pairs = (
        print_pairs(worksite, key)
        .with_columns(bas=low, haut=high)
        .join(decided, on=["bas", "haut"], how="left")
        .with_columns(pl.col("decide").fill_null(value=False))
        .sort("decide", "probabilite", "id_paire", descending=[True, True, False])
        .drop("bas", "haut")
    )
    worksite.write_final(conform(pairs, "tables/doutes"), DOUTES)


def print_pairs(worksite: Worksite, key: bytes) -> pl.DataFrame:
    """Return the pairs in doubt with the fingerprints of both records, as they were linked."""
    pairs = (
        worksite.open("liens")
        .scan()
        .filter(issue=A_VERIFIER)
        .select(*(f"{c}_{side}" for side in "ab" for c in PLACE), "probabilite", "revue")
        .collect()
    )
    ends = pl.concat(
        pairs.select(pl.col(f"{c}_{side}").alias(c) for c in PLACE) for side in "ab"
    ).unique()
    rows = worksite.read_rows("traits", ends, "rid", *PLACE, on=PLACE)
    prints = fingerprints(worksite.read_rows("traits", rows.select("rid")), key)
    people = worksite.read_rows("personnes", rows, "rid", "id_personne")
    known = (
        rows.join(prints, on="rid").join(people.rename({"id_personne": "id"}), on="rid").drop("rid")
    )
    for side in "ab":
        ours = known.select(pl.all().name.suffix(f"_{side}"))
        pairs = pairs.join(ours, on=[f"{c}_{side}" for c in PLACE])
    return pairs.with_columns(name_pairs(pairs, key))
