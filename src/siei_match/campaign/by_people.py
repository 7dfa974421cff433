"""The rows of some people at a time: what a step holds does not grow with the country.

The rows of one person stand far apart, in files of several administrations. Here they are spread once,
person by person, into files of the staging folder (the partition of a Grace hash join), and read part by part.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.campaign.worksite import Worksite, part_name
from siei_match.output.seals import Seals
from siei_match.reference.files import PRIVATE, create

AT_ONCE: Final = 1 << 20
"""People at a time, of some two rows each: what a step holds of them takes one gigabyte."""
FOLDER: Final = "by_people"

Tables = Mapping[str, Sequence[str]]
"""Tables of the staging folder, and the columns that are read of each, `rid` among them."""


@dataclass(frozen=True)
class PeopleParts:
    """People, cut; to be gone through as often as one likes while `cut_by_people` is open.

    count: how many parts there are. A part is the rows of its people, by table, in the tables' order.
    """

    count: int
    _worksite: Worksite
    _tables: Tables
    _spread: Seals | None
    """What was spread; None where one part holds everybody, and nothing is written twice."""

    def __iter__(self) -> Iterator[dict[str, pl.DataFrame]]:
        for part in range(self.count):
            yield {name: self._read(name, part) for name in self._tables}

    def _read(self, table: str, part: int) -> pl.DataFrame:
        if self._spread is None:
            return self._worksite.read(table, *self._tables[table])
        paths = [
            self._spread.check(path) for path in self._spread.parts(f"{table}/{part_name(part)}")
        ]
        return pl.concat([pl.read_parquet(path, glob=False) for path in paths], rechunk=False)


@contextmanager
def cut_by_people(
    worksite: Worksite,
    tables: Tables,
    together: pl.DataFrame | None = None,
    at_once: int | None = None,
) -> Iterator[PeopleParts]:
    """Spread rows by the person whose they are (`groupes`); what was written is removed in the end.

    Args:
        worksite: where the run works.
        tables: what to spread.
        together: `personne_a`, `personne_b`: everybody in these pairs is of one part.
        at_once: people of a part; by default `AT_ONCE`.
    """
    part_of = find_parts(worksite, together, at_once or AT_ONCE)
    count = int(part_of.max(initial=0)) + 1
    if count == 1:
        yield PeopleParts(1, worksite, tables, None)
        return
    folder = worksite.staging.travail / FOLDER
    try:
        # A run that is taken up finds what the killed one had spread.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        seals = Seals(folder)
        for name, columns in tables.items():
            pieces = worksite.pieces(name, *columns)
            for path in _spread(pieces, part_of, count, folder / name):
                seals.add(path)
        yield PeopleParts(count, worksite, tables, seals)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_parts(
    worksite: Worksite, together: pl.DataFrame | None, at_once: int
) -> npt.NDArray[np.uint16]:
    """Return the part of each row, at the place of its `rid`, which is dense; every part has some."""
    groups = worksite.read("groupes", "rid", "personne")
    rid, person = (groups[column].to_numpy() for column in ("rid", "personne"))
    of_person = (np.arange(int(person.max(initial=0)) + 1) // at_once).astype(np.uint16)
    last = of_person[-1]
    if together is not None and last:
        for side in ("personne_a", "personne_b"):
            of_person[together[side].to_numpy()] = last + 1
    held = np.bincount(of_person[person], minlength=int(last) + 2) > 0
    renamed = np.cumsum(held, dtype=np.uint16) - np.uint16(1)
    part_of = np.zeros(len(rid), dtype=np.uint16)
    part_of[rid] = renamed[of_person[person]]
    return part_of


def _spread(
    pieces: Iterable[pl.DataFrame], part_of: npt.NDArray[np.uint16], count: int, folder: Path
) -> Iterator[Path]:
    """Write the rows of a table under the part of their person; give each file, one a part and piece."""
    targets = [folder / part_name(part) for part in range(count)]
    # Each of its own: folders above the one asked for would be open to others.
    for made in (folder, *targets):
        made.mkdir(mode=0o700)
    for place, frame in enumerate(pieces):
        parts = pl.Series(part_of[frame["rid"].to_numpy()])
        for part, target in enumerate(targets):
            path = target / f"{part_name(place)}.parquet"
            create(path, PRIVATE)
            frame.filter(parts == part).write_parquet(path, compression="lz4", statistics=False)
            yield path
