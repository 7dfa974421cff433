"""What clerks judged on doubtful pairs: DIR/memoire/revues.parquet, its owner's alone.

One row per pair and clerk, the last judgement. Fingerprints and judgements only: no value of a row.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import MEMOIRE, locked
from siei_match.output.audit import Actor
from siei_match.output.placing import placing
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, output_guard, write_parquet
from siei_match.reference.vocabulary import CONTESTE, MEME, NE_SAIT_PAS

REVUES: Final = Path(MEMOIRE) / "revues.parquet"
TABLE: Final = "tables/revues"
PRINTS: Final = tuple(c for c in declaration(TABLE).columns if c.endswith(("_a", "_b")))


def read_revues(sortie: Path) -> pl.DataFrame:
    """Return every judgement (schemas/tables/revues.json), those taken back included.

    Raises:
        OutputError: the file is damaged.
    """
    path = sortie / REVUES
    if not path.exists():
        return pl.DataFrame(schema=declaration(TABLE).polars_schema)
    try:
        return pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError):
        raise OutputError(
            f"{path} is damaged or not yours to read.",
            remedy="Restore it from a back-up: it holds what clerks judged.",
        ) from None


def list_revues(sortie: Path) -> list[Path]:
    """Return the file of judgements, if anybody ever judged."""
    return [path for path in (sortie / REVUES,) if path.exists()]


def standing(revues: pl.DataFrame) -> pl.DataFrame:
    """Return one row per pair whose judgements count: `reponse` is `meme`, `autre` or `conteste`.

    `ne_sait_pas` counts for nothing; clerks who disagree contest the pair.
    """
    told = revues.filter(~pl.col("retiree") & (pl.col("reponse") != NE_SAIT_PAS))
    agreed = pl.col("reponse").n_unique() == 1
    return (
        told.sort("id_paire", "par")
        .group_by("id_paire", maintain_order=True)
        .agg(
            pl.when(agreed).then(pl.col("reponse").first()).otherwise(pl.lit(CONTESTE)),
            pl.col("probabilite", *PRINTS).first(),
        )
        .select("id_paire", "reponse", "probabilite", *PRINTS)
    )


def judged_pairs(revues: pl.DataFrame) -> pl.Series:
    """Return the pairs on which a standing judgement was given, `ne_sait_pas` included."""
    return revues.filter(~pl.col("retiree"))["id_paire"].unique().sort()


def stamp(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")


def add_judgements(
    sortie: Path, judgements: pl.DataFrame, actor: Actor, details: Mapping[str, str | int]
) -> pl.DataFrame:
    """Keep a clerk's judgements; each replaces theirs on that pair. Return all that is kept.

    Args:
        sortie: the output folder.
        judgements: the columns of `tables/revues` but `par`, `when`, `retiree`.
        actor: who judges, when.
        details: what the audit log says of the act besides.

    Raises:
        OutputError: the folder cannot be written, or another command works in it.
    """
    new = judgements.with_columns(
        par=pl.lit(actor.par), quand=pl.lit(stamp(actor.quand)), retiree=pl.lit(value=False)
    ).select(declaration(TABLE).columns)
    with locked(sortie):
        kept = read_revues(sortie).join(new, on=["id_paire", "par"], how="anti")
        return _keep(sortie, pl.concat([kept, new]), actor, details)


def withdraw(sortie: Path, id_paire: str, de: str, actor: Actor) -> int:
    """Take back the judgement of clerk `de` on a pair; return how many were (0 or 1).

    Raises:
        OutputError: the folder cannot be written, or another command works in it.
    """
    with locked(sortie):
        revues = read_revues(sortie)
        meant = (pl.col("id_paire") == id_paire) & (pl.col("par") == de) & ~pl.col("retiree")
        count = revues.filter(meant).height
        if count:
            taken = revues.with_columns(retiree=pl.col("retiree") | meant)
            # A clerk of the page is known by an address, which the log takes for a young person's.
            told = "soi" if de == actor.par else de.replace("@", " à ")
            _keep(sortie, taken, actor, {"retrait": id_paire, "clerc": told})
        return count


def _keep(
    sortie: Path, revues: pl.DataFrame, actor: Actor, details: Mapping[str, str | int]
) -> pl.DataFrame:
    """Note the act, then put the file in place: no judgement counts that the log does not tell."""
    kept = conform(revues.sort("id_paire", "par"), TABLE)
    path = sortie / REVUES
    with output_guard(sortie):
        path.parent.mkdir(mode=0o700, exist_ok=True)
    with placing(sortie, "revue", actor, folder=sortie, details=details) as drafts:
        write_parquet(kept, drafts.add(path, REVUES.as_posix()), PRIVATE)
    return kept


def same_or_other(revues: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that clerks settled: `probabilite`, `meme` (true or false)."""
    settled = standing(revues).filter(pl.col("reponse") != CONTESTE)
    return settled.select("probabilite", meme=pl.col("reponse") == MEME)
