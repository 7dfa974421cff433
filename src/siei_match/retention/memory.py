"""What a purge takes out of DIR/memoire: whatever is older than the term, or of nobody still held."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import MEMOIRE, Draft, read_table
from siei_match.output.memory import (
    EXCLUSIONS,
    RECTIFICATIONS,
    current_id,
    read_exclusions,
    read_rectifications,
)
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, write_parquet

RETOURS: Final = f"{MEMOIRE}/retours"
PORTAL: Final = "portail.sqlite"
REVUES: Final = f"{MEMOIRE}/revues.parquet"


@dataclass(frozen=True)
class Forgotten:
    """`rows` that go, by table; the files of the draft that replace; those that go whole."""

    lignes: dict[str, int]
    places: tuple[str, ...]
    removals: tuple[str, ...]


def purge_memory(
    draft: Draft,
    term: date,
    purged: Sequence[str],
    held: pl.Series,
    signalements: pl.Series,
) -> Forgotten:
    """Prepare the memory without what leaves it.

    Args:
        draft: where it is prepared.
        term: answers of platforms before this day go, and exclusions that ended before it.
        purged: campaigns whose reviews go.
        held: the people that are still known; rectifications of others go.
        signalements: those of no campaign that is kept: the answers on them go.
    """
    rows: dict[str, int] = {}
    places, removals = [], []
    for table, name, before, after in _tables(draft.sortie, term, purged, held, signalements):
        if after.equals(before):
            continue
        rows[table] = rows.get(table, 0) + before.height - after.height
        if after.is_empty():
            removals.append(name)
            continue
        path = draft.dossier / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        places.append(name)
        write_parquet(after, path, PRIVATE)
    return Forgotten(rows, tuple(places), tuple(removals))


def forget_sessions(sortie: Path, term: date) -> None:
    """Forget the sessions and deposits of the download page that began before the term.

    They name coordinators, and no young person; the page overwrites what it deletes.
    """
    path = sortie / MEMOIRE / PORTAL
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("pragma secure_delete = on")
            for table in ("sessions", "attentes", "depots"):
                connection.execute(f"delete from {table} where cree < ?", (term.isoformat(),))  # noqa: S608
            connection.execute("pragma wal_checkpoint(truncate)")
    except sqlite3.Error:
        raise OutputError(
            f"{path} cannot be purged of old sessions; everything else is purged.",
            remedy="Stop the download page and purge again.",
        ) from None


def _tables(
    sortie: Path,
    term: date,
    purged: Sequence[str],
    held: pl.Series,
    signalements: pl.Series,
) -> Iterator[tuple[str, str, pl.DataFrame, pl.DataFrame]]:
    """Give each table of the memory: what it is called, where it is, before and after."""
    told = read_exclusions(sortie)
    kept = _under_current(sortie, told.filter(pl.col("fin") >= term))
    yield EXCLUSIONS, f"{MEMOIRE}/{EXCLUSIONS}.parquet", told, kept
    told = read_rectifications(sortie)
    mine = _under_current(sortie, told.filter(pl.col("id_personne").is_in(held.implode())))
    yield RECTIFICATIONS, f"{MEMOIRE}/{RECTIFICATIONS}.parquet", told, mine
    for path in sorted((sortie / RETOURS).glob("*.parquet")):
        told = read_table(path)
        of_nobody = pl.col("id_signalement").is_in(signalements.implode())
        past = pl.coalesce("date_retour", "date_collecte") < term
        yield "retours", f"{RETOURS}/{path.name}", told, told.filter(~of_nobody, ~past)
    if (sortie / REVUES).exists():
        told = read_table(sortie / REVUES)
        yield "revues", REVUES, told, told.filter(~pl.col("campagne").is_in(list(purged)))


def _under_current(sortie: Path, told: pl.DataFrame) -> pl.DataFrame:
    """Name people by the identifier that stays: what led to it may go with its campaign."""
    return told.with_columns(
        pl.Series("id_personne", [current_id(sortie, i) for i in told["id_personne"]], pl.String)
    )
