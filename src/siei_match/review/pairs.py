"""The pairs that clerks are asked about."""

from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import prepared_campaigns, require_prepared
from siei_match.output.memory.judgements import Hearing, judged_pairs, read_revues
from siei_match.reference.contracts import declaration

DOUTES: Final = "doutes"


def pairs_to_review(
    sortie: Path,
    campagne: str,
    *,
    tout: bool = False,
    par: str | None = None,
    second_clerc: bool = True,
) -> pl.DataFrame:
    """Return the pairs in doubt of a campaign, the most consequential first.

    Of the pairs of rows that two people are made of, the most likely one is asked: a judgement on it
    settles all. Two people on whom somebody has judged are left out, unless `tout`; those of whom one
    clerk said what alone would decide await another one (`second_clerc`), and are not asked of `par` again.

    Returns: `tables/doutes`.

    Raises:
        OutputError: the campaign does not stand there, or was run before reviews were.
    """
    prepared = require_prepared(sortie, campagne)
    pairs = prepared.table(DOUTES)
    hearing = Hearing(campagne, prepared.manifest().campagne.date_observation, second_clerc)
    people = [pl.min_horizontal("id_a", "id_b"), pl.max_horizontal("id_a", "id_b")]
    judged = pl.col("id_paire").is_in(judged_pairs(read_revues(sortie), hearing, par).implode())
    marked = pairs.with_columns(bas=people[0], haut=people[1], deja=judged)
    kept = marked if tout else marked.filter(~pl.col("deja").any().over("bas", "haut"))
    return kept.unique(["bas", "haut"], keep="first", maintain_order=True).select(pairs.columns)


def known_pairs(sortie: Path) -> pl.DataFrame:
    """Return every pair that can be judged, with its fingerprints: once each.

    Those of the campaigns that stand there, and those answered already: a campaign run again since no
    longer doubts them.
    """
    columns = [c for c in declaration("tables/revues").columns if c not in OF_A_JUDGEMENT]
    parts = [read_revues(sortie).select(columns)]
    for code, prepared in prepared_campaigns(sortie).items():
        if prepared.has_table(DOUTES):
            pairs = prepared.table(DOUTES).with_columns(campagne=pl.lit(code))
            parts.append(pairs.select(columns))
    return pl.concat(parts).unique("id_paire", keep="last", maintain_order=True)


OF_A_JUDGEMENT: Final = ("par", "quand", "reponse", "retiree", "portee", "jusqu_a")
