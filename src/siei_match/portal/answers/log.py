"""What platforms answered so far, as the page shows it: read again when a file of it changes."""

import threading
from pathlib import Path

import polars as pl

from siei_match.output.memory.answers import list_collected, read_collected
from siei_match.reference.vocabulary import ANNULE
from siei_match.stages.decide.standing import COLLECTED, find_standing

Stamp = tuple[tuple[str, int, int], ...]


class AnswerLog:
    """Reads DIR/memoire/retours/, hundreds of small files for a country, once per change."""

    def __init__(self, sortie: Path) -> None:
        self._sortie = sortie
        self._known: tuple[Stamp, pl.DataFrame] | None = None
        self._lock = threading.Lock()

    def read(self) -> pl.DataFrame:
        """Return every answer collected (schemas/tables/retours_collectes.json), in order.

        Raises:
            OutputError: a file is damaged.
        """
        with self._lock:
            stamp = self._stamp()
            if self._known is None or self._known[0] != stamp:
                self._known = stamp, read_collected(self._sortie)
            return self._known[1]

    def _stamp(self) -> Stamp:
        found = ((path.name, path.stat()) for path in list_collected(self._sortie))
        return tuple((name, status.st_ino, status.st_mtime_ns) for name, status in found)

    def of_list(self, psad: str, signalements: pl.Series) -> pl.DataFrame:
        """Return what a platform has said of these signalements, and what of it still stands.

        Output: the columns collected, in the order in which the run takes them (by day, then by
        reception), with `day` (the day of the answer, else that of its collection), `stands` and
        `taking_back`. Another platform's answers are not shown.
        """
        listed = signalements.alias("id_signalement").to_frame().with_columns(psad=pl.lit(psad))
        return self.of_lists(listed).drop("holder")

    def of_lists(self, listed: pl.DataFrame) -> pl.DataFrame:
        """Return what platforms have said of those whom their lists name (`psad`, `id_signalement`).

        Output: as `of_list`, with `holder`, the platform.
        """
        held = listed.select("id_signalement", holder="psad").unique()
        mine = (
            self.read()
            .join(held, on="id_signalement", how="inner", maintain_order="left")
            .filter(pl.col("psad").is_null() | (pl.col("psad") == pl.col("holder")))
        )
        told = mine.with_row_index("reception").with_columns(
            jour_ecrit=pl.col("date_retour").is_not_null(),
            date_retour=pl.coalesce("date_retour", "date_collecte"),
            sender=pl.col("holder"),
            origine=pl.lit(COLLECTED),
        )
        standing = find_standing(told)
        return (
            told.with_columns(
                day="date_retour",
                stands=pl.col("reception").is_in(standing.implode()),
                taking_back=pl.col("retour") == ANNULE,
            )
            .sort("id_signalement", "day", "reception")
            .drop("jour_ecrit", "sender", "origine")
        )
