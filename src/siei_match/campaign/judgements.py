"""Clerks' judgements on their way into a run, and doubtful pairs on their way to clerks."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import polars as pl

from siei_match.campaign.worksite import Worksite
from siei_match.output.memory.judgements import meme_or_autre, read_revues, standing
from siei_match.reference.contracts import conform
from siei_match.reference.settings import Settings
from siei_match.reference.vocabulary import A_VERIFIER, AUTRE, CONTESTE, CONTRADICTION, MEME
from siei_match.stages.link.model.recalibration import Recalage, describe_bands, recalibrate
from siei_match.stages.link.people.judged import fingerprints, match, name_pairs

logger = logging.getLogger(__name__)

DOUTES: Final = "doutes"
PLACE: Final = ("extrait", "fichier", "ligne")


@dataclass(frozen=True)
class Relecture:
    """What clerks judged so far: the rows that it is about, the thresholds, the counts to tell."""

    revues: pl.DataFrame | None
    recalage: Recalage
    comptes: dict[str, Any] | None

    def told(self, found: pl.DataFrame, comptes: dict[str, Any]) -> dict[str, Any] | None:
        """Return the data of the manifest's `revues`; None where nobody ever judged."""
        if self.comptes is None:
            return None
        bound, unclear = (comptes.get(f"revues_{n}", 0) for n in ("liantes", "ambigues"))
        return self.comptes | {
            "liantes": bound,
            "ambigues": unclear,
            "introuvables": self.comptes["paires"] - bound - unclear,
            "contradictions": found.filter(revue=CONTRADICTION).height,
        }


def read_judgements(chantier: Worksite, cles: Sequence[bytes]) -> Relecture:
    """Find the rows that clerks' judgements are about, and what these say of the thresholds."""
    reglages: Settings = chantier.reglages
    stored = read_revues(chantier.staging.sortie)
    settled = meme_or_autre(stored)
    # Where tolerances are stated, they choose the thresholds.
    chosen = (reglages.tolerance_faux, reglages.tolerance_manques) != (None, None)
    recalage = recalibrate(settled, reglages.seuil_lien, reglages.seuil_doute, told_only=chosen)
    if stored.is_empty():
        return Relecture(None, recalage, None)
    judgements = standing(stored)
    revues = None
    if judgements.height:
        traits = chantier.read("traits")
        # A judgement's fingerprints were made with the key of its day.
        revues = pl.concat(match(traits, judgements, cle) for cle in cles).unique()
    said = dict(judgements["reponse"].value_counts().iter_rows())
    comptes = {
        "paires": judgements.height,
        "meme": said.get(MEME, 0),
        "autre": said.get(AUTRE, 0),
        "contestees": said.get(CONTESTE, 0),
        "bandes": describe_bands(settled),
        "recalage": asdict(recalage),
    }
    logger.info("%d pairs judged by clerks.", judgements.height)
    if recalage.applique:
        logger.info("Thresholds moved by %+.2f bits after clerks' judgements.", recalage.decalage)
    return Relecture(revues, recalage, comptes)


def write_doutes(chantier: Worksite, decisives: pl.DataFrame, cle: bytes) -> None:
    """Write `doutes`: the pairs of rows in doubt, their records' fingerprints, which decide a list.

    `decisives`: the pairs of people (`id_a`, `id_b`) whose doubt changed a decision, and to what.
    """
    low, high = pl.min_horizontal("id_a", "id_b"), pl.max_horizontal("id_a", "id_b")
    decided = decisives.select("statut", "motif", bas=low, haut=high, decide=pl.lit(value=True))
    pairs = (
        print_pairs(chantier, cle)
        .with_columns(bas=low, haut=high)
        .join(decided, on=["bas", "haut"], how="left")
        .with_columns(pl.col("decide").fill_null(value=False))
        .sort("decide", "probabilite", "id_paire", descending=[True, True, False])
        .drop("bas", "haut")
    )
    chantier.write_final(conform(pairs, "tables/doutes"), DOUTES)


def print_pairs(chantier: Worksite, cle: bytes) -> pl.DataFrame:
    """Return the pairs in doubt with the fingerprints of both records, as they were linked."""
    pairs = (
        chantier.read("liens")
        .filter(issue=A_VERIFIER)
        .select(*(f"{c}_{side}" for side in "ab" for c in PLACE), "probabilite", "revue")
    )
    ends = pl.concat(
        pairs.select(pl.col(f"{c}_{side}").alias(c) for c in PLACE) for side in "ab"
    ).unique()
    lignes = chantier.read("traits", "rid", *PLACE).join(ends, on=PLACE, how="semi")
    prints = fingerprints(chantier.read_rows("traits", lignes.select("rid")), cle)
    identites = chantier.read("identites").select(*PLACE, id="id_personne")
    known = lignes.join(prints, on="rid").join(identites, on=PLACE).drop("rid")
    for side in "ab":
        ours = known.select(pl.all().name.suffix(f"_{side}"))
        pairs = pairs.join(ours, on=[f"{c}_{side}" for c in PLACE])
    return pairs.with_columns(name_pairs(pairs, cle))
