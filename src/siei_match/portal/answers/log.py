"""What platforms answered so far, as the page shows it: read again when a file of it changes."""

import threading
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from siei_match.output.memory.answers import list_collected, read_collected
from siei_match.reference.vocabulary import ANNULE
from siei_match.stages.decide.standing import COLLECTED, find_standing

Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class _ReadAnswers:
    """Every answer, as the files were at `stamp`; of each platform, what its own were."""

    stamp: Stamp
    every: pl.DataFrame
    versions: Mapping[str | None, Stamp]


class AnswerLog:
    """Reads DIR/memoire/retours/, hundreds of small files for a country, once per change."""

    def __init__(self, sortie: Path) -> None:
        self._sortie = sortie
        self._known: _ReadAnswers | None = None
        self._lock = threading.Lock()

    def read(self) -> pl.DataFrame:
        """Return every answer collected (schemas/tables/retours_collectes.json), in order.

        Raises:
            OutputError: a file is damaged.
        """
        return self._read().every

    def version(self, psad: str) -> Hashable:
        """Return what changes whenever what a platform answered does; others' answers do not change it.

        Raises:
            OutputError: a file is damaged.
        """
        versions = self._read().versions
        # A file that does not say whose it is holds answers of any list.
        return versions.get(psad), versions.get(None)

    def _read(self) -> _ReadAnswers:
        with self._lock:
            stamp = self._stamp()
            if self._known is None or self._known.stamp != stamp:
                every = read_collected(self._sortie)
                self._known = _ReadAnswers(stamp, every, _share(stamp, every))
            return self._known

    def _stamp(self) -> Stamp:
        found = ((path.stem, path.stat()) for path in list_collected(self._sortie))
        return tuple((name, s.st_ino, s.st_mtime_ns, s.st_size) for name, s in found)

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


def _share(stamp: Stamp, every: pl.DataFrame) -> dict[str | None, Stamp]:
    """Return of each platform the stamps of the files in which it answers."""
    of_file = {one[0]: one for one in stamp}
    shared: dict[str | None, list[tuple[str, int, int, int]]] = {}
    for name, psad in every.select("fichier", "psad").unique().sort("fichier").iter_rows():
        # A file that somebody renamed counts as all of them.
        known = of_file.get(name)
        shared.setdefault(psad, []).extend([known] if known else stamp)
    return {psad: tuple(stamps) for psad, stamps in shared.items()}
