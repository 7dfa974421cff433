"""What clerks judged on doubtful pairs: DIR/memoire/revues.parquet, its owner's alone.

One row per pair and clerk, the last judgement. Fingerprints and judgements only: no value of a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import MEMOIRE, locked
from siei_match.output.audit import Actor
from siei_match.output.placing import placing
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, output_guard, write_parquet
from siei_match.reference.vocabulary import A_CONFIRMER, CONTESTE, MEME, NE_SAIT_PAS

REVUES: Final = Path(MEMOIRE) / "revues.parquet"
TABLE: Final = "tables/revues"
CAMPAIGN, LATER = SCOPES = ("campagne", "suivantes")
"""For which campaigns a judgement holds: that of the pair alone, or it and those after it."""
HOLDS_FOR: Final = timedelta(days=5 * 365 + 1)
"""How long a judgement holds where nobody says: as long as somebody may be on lists, about."""
EARLIER: Final = {"decide": False, "portee": LATER, "jusqu_a": None}
"""What judgements of earlier versions are taken to say."""
PRINTS: Final = tuple(c for c in declaration(TABLE).columns if c.endswith(("_a", "_b")))


@dataclass(frozen=True)
class Scope:
    """For which campaigns a judgement holds, and until which day of observation (None: no end)."""

    portee: str = LATER
    jusqu_a: date | None = None


@dataclass(frozen=True)
class Hearing:
    """Who listens: the campaign and its day of observation, and whether two clerks must agree."""

    campagne: str
    jour: date
    second_clerc: bool = True


def read_revues(sortie: Path) -> pl.DataFrame:
    """Return every judgement (schemas/tables/revues.json), those taken back included.

    Raises:
        OutputError: the file is damaged.
    """
    path = sortie / REVUES
    if not path.exists():
        return pl.DataFrame(schema=declaration(TABLE).polars_schema)
    try:
        told = pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError):
        raise OutputError(
            f"{path} is damaged or not yours to read.",
            remedy="Restore it from a back-up: it holds what clerks judged.",
        ) from None
    declared = declaration(TABLE).polars_schema
    lacking = {
        name: pl.lit(value, dtype=declared[name])
        for name, value in EARLIER.items()
        if name not in told.columns
    }
    return told.with_columns(**lacking).select(declaration(TABLE).columns)


def list_revues(sortie: Path) -> list[Path]:
    """Return the file of judgements, if anybody ever judged."""
    return [path for path in (sortie / REVUES,) if path.exists()]


def holding(revues: pl.DataFrame, hearing: Hearing | None = None) -> pl.DataFrame:
    """Return the judgements that stand; of these, with a hearing, those that hold for its campaign."""
    told = revues.filter(~pl.col("retiree") & (pl.col("reponse") != NE_SAIT_PAS))
    if hearing is None:
        return told
    in_scope = (pl.col("portee") == LATER) | (pl.col("campagne") == hearing.campagne)
    return told.filter(
        in_scope & (pl.col("jusqu_a").is_null() | (pl.col("jusqu_a") >= hearing.jour))
    )


def standing(revues: pl.DataFrame, hearing: Hearing | None = None) -> pl.DataFrame:
    """Return one row per pair whose judgements count: `reponse` is `meme`, `autre`, `conteste` or `a_confirmer`.

    `ne_sait_pas` counts for nothing; clerks who disagree contest the pair. Where the pair alone
    decides of a list, `meme` awaits a second clerk, if the hearing asks for one.
    """
    told = holding(revues, hearing)
    agreed = pl.col("reponse").n_unique() == 1
    two = hearing is not None and hearing.second_clerc
    alone = pl.col("decide").any() & (pl.col("par").n_unique() < 2)
    awaited = pl.lit(value=two) & alone & (pl.col("reponse") == MEME).all()
    return (
        told.sort("id_paire", "par")
        .group_by("id_paire", maintain_order=True)
        .agg(
            pl.when(awaited)
            .then(pl.lit(A_CONFIRMER))
            .when(agreed)
            .then(pl.col("reponse").first())
            .otherwise(pl.lit(CONTESTE))
            .alias("reponse"),
            pl.col("probabilite", *PRINTS).first(),
        )
        .select("id_paire", "reponse", "probabilite", *PRINTS)
    )


def judged_pairs(revues: pl.DataFrame, hearing: Hearing, par: str | None = None) -> pl.Series:
    """Return the pairs that await nobody's judgement, or not that of `par`, `ne_sait_pas` included.

    A judgement that no longer holds is no answer; one that awaits a second clerk is one of its own clerk.
    """
    held = pl.concat(
        [holding(revues, hearing), revues.filter(~pl.col("retiree"), reponse=NE_SAIT_PAS)]
    )
    awaited = standing(revues, hearing).filter(reponse=A_CONFIRMER)["id_paire"].implode()
    mine = pl.lit(value=False) if par is None else pl.col("par") == par
    done = held.filter(mine | ~pl.col("id_paire").is_in(awaited))
    return done["id_paire"].unique().sort()


def stamp(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")


def add_judgements(
    sortie: Path,
    judgements: pl.DataFrame,
    actor: Actor,
    details: Mapping[str, str | int],
    scope: Scope | None = None,
) -> pl.DataFrame:
    """Keep a clerk's judgements; each replaces theirs on that pair. Return all that is kept.

    Args:
        sortie: the output folder.
        judgements: the columns of `tables/revues` but `par`, `quand`, `retiree`, `portee`, `jusqu_a`.
        actor: who judges, when.
        details: what the audit log says of the act besides.
        scope: for which campaigns they hold; by default the later ones too, for `HOLDS_FOR`.

    Raises:
        OutputError: the folder cannot be written, or another command works in it.
    """
    holds = scope or Scope(jusqu_a=actor.quand.date() + HOLDS_FOR)
    details = {**details, "portee": holds.portee}
    if holds.jusqu_a is not None:
        details = {**details, "jusqu_a": holds.jusqu_a.isoformat()}
    new = judgements.with_columns(
        par=pl.lit(actor.par),
        quand=pl.lit(stamp(actor.quand)),
        retiree=pl.lit(value=False),
        portee=pl.lit(holds.portee),
        jusqu_a=pl.lit(holds.jusqu_a, dtype=pl.Date),
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
