"""Where one run works: its delivery, its staging folder, its settings; tables between stages."""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match.campaign.progress import LogProgress, Progress
from siei_match.campaign.same_key import require_same_key
from siei_match.output import Staging, open_staging
from siei_match.output.audit import Actor, require_writable
from siei_match.output.seals import Seals
from siei_match.reference.contracts import Declaration, declaration, require_schema
from siei_match.reference.engines import EngineChoice, Parts, open_engine
from siei_match.reference.errors import ContractError
from siei_match.reference.files import PRIVATE, create, sink_parquet, write_parquet, write_text
from siei_match.reference.settings import Settings
from siei_match.reference.stored import StoredTable, open_table

THREADS: Final = EngineChoice()
"""Who does a run's independent work where nobody says otherwise."""


@dataclass(frozen=True)
class Worksite:
    """What every step of a run is told; the tables between stages stand in its staging folder."""

    dossier: Path
    staging: Staging
    reglages: Settings
    progress: Progress = field(default_factory=LogProgress, compare=False)
    actor: Actor | None = None
    """Who is noted in the audit log; None where the caller notes it, or nothing is to be noted."""
    dry: bool = False
    """Prepare everything, put nothing in place."""
    replace: bool = False
    """Other inputs may take the place of what is released."""
    parts: Parts = field(default_factory=Parts, compare=False, repr=False)
    """Where independent parts of a step are done."""
    seals: Seals = field(init=False, compare=False, repr=False)
    """Of what was written there so far."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "seals", Seals(self.staging.travail))

    def path(self, table: str, part: str | None = None) -> Path:
        """Return where a table stands; `part` names a slice of the delivery."""
        name = f"{table}.parquet" if part is None else f"{table}/{part}.parquet"
        return self.staging.travail / name

    def write(
        self,
        frame: pl.DataFrame,
        table: str,
        part: str | None = None,
        *,
        declared: Declaration | None = None,
    ) -> None:
        """Write a table that another step reads, once.

        Args:
            frame: the rows.
            table: its name; it is declared in schemas/tables under that name, unless `declared`.
            part: a slice of the delivery, where a table has several.
            declared: what it must look like, where its slices differ.

        Raises:
            ContractError: the table is not as declared, declared nowhere, or written already.
        """
        require_schema(frame, declared or declaration(f"tables/{table}"))
        path = self.seals.require_new(self.path(table, part))
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Its folder is private too, but a killed run's files could be moved out of it.
        create(path, PRIVATE)
        # lz4, no statistics: written and read a time or two, then removed.
        frame.write_parquet(path, compression="lz4", statistics=False)
        self.seals.add(path)

    def write_final(self, frame: pl.DataFrame, table: str) -> None:
        """Write a table as it will be placed, for `find`: no other stage reads it.

        Raises:
            ContractError: as `write`.
        """
        require_schema(frame, declaration(f"tables/{table}"))
        path = self.seals.require_new(self.path(table))
        self.seals.add(write_parquet(frame, path, PRIVATE))

    def sink_final(self, pieces: Iterable[pl.DataFrame], table: str) -> None:
        """Do as `write_final` with a table that comes in pieces, in their order: one at a time is in memory.

        Raises:
            ContractError: as `write`.
        """
        folder = self.staging.travail / f"{table}_pieces"
        # A run that is taken up finds what the killed one had written.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        pieces_of = Seals(folder)
        for number, piece in enumerate(pieces):
            require_schema(piece, declaration(f"tables/{table}"))
            part = create(folder / f"{part_name(number)}.parquet", PRIVATE)
            piece.write_parquet(part, compression="lz4", statistics=False)
            pieces_of.add(part)
        whole = open_table([pieces_of.check(folder / name) for name in pieces_of.told()])
        path = self.seals.require_new(self.path(table))
        self.seals.add(sink_parquet(whole.scan(), path, PRIVATE))
        shutil.rmtree(folder)

    def find(self, table: str) -> Path:
        """Return where a table of `write_final` stands."""
        return self.seals.check(self.path(table))

    def write_note(self, content: Any, name: str) -> None:
        """Write what is no table, once."""
        path = self.seals.require_new(self.staging.travail / f"{name}.json")
        self.seals.add(write_text(path, json.dumps(content), PRIVATE))

    def read_note(self, name: str) -> Any:
        """Read what `write_note` wrote."""
        path = self.seals.check(self.staging.travail / f"{name}.json")
        return json.loads(path.read_text("utf-8"))

    def read_parts(self, table: str, parts: Iterable[str]) -> pl.DataFrame:
        paths = [self.seals.check(self.path(table, part)) for part in parts]
        return pl.concat([pl.read_parquet(path, glob=False) for path in paths])

    def read(self, table: str, *columns: str) -> pl.DataFrame:
        """Read a table whole: its one file, or its parts in the order of the delivery.

        With `columns` only those are read; a stage that names few saves most of the memory.

        Raises:
            ContractError: no step has written it.
        """
        return pl.concat(self.pieces(table, *columns), rechunk=False)

    def pieces(self, table: str, *columns: str) -> Iterator[pl.DataFrame]:
        """Read a table a file at a time, in the order of the delivery.

        Raises:
            ContractError: no step has written it.
        """
        wanted = list(columns) or None
        for part in self._parts(table):
            yield pl.read_parquet(part, columns=wanted, glob=False)

    def open(self, table: str) -> StoredTable:
        """Return a table whose columns are read when they are asked for: nothing of it stays in memory.

        Raises:
            ContractError: no step has written it.
        """
        return open_table(self._parts(table))

    def height(self, table: str, part: str) -> int:
        """Return how many rows a slice of a table has."""
        return open_table([self.path(table, part)]).height

    def take_part(self, table: str, part: str) -> pl.DataFrame:
        """Read a slice of a table that no other step reads, and remove it."""
        path = self.seals.check(self.path(table, part))
        frame = pl.read_parquet(path, glob=False)
        self.seals.remove(path)
        return frame

    def read_rows(
        self, table: str, keys: pl.DataFrame, *columns: str, on: Sequence[str] = ("rid",)
    ) -> pl.DataFrame:
        """Read the rows of a table whose `on` stands in `keys`, a file at a time.

        Raises:
            ContractError: no step has written it.
        """
        if keys.is_empty():
            # The largest tables are not read to find nobody.
            return next(self.pieces(table, *columns)).clear()
        return pl.concat(
            piece.join(keys, on=list(on), how="semi", maintain_order="left")
            for piece in self.pieces(table, *columns)
        )

    def distinct(self, table: str, column: str) -> set[str]:
        """Return the values of a column, a part at a time: of the largest tables nothing is kept.

        Raises:
            ContractError: no step has written it.
        """
        return {value for piece in self.pieces(table, column) for value in piece[column].unique()}

    def pass_on(self, table: str, name: str) -> None:
        """Give a table that stands in one file a second name: nothing changes in it.

        Raises:
            ContractError: no step has written it, or `name` is written already.
        """
        path = self.seals.require_new(self.path(name))
        first = self.seals.check(self.path(table))
        try:
            path.hardlink_to(first)
        except OSError:  # a share may know no second names
            create(path, PRIVATE)
            shutil.copyfile(first, path)
        self.seals.add(path)

    def _parts(self, table: str) -> list[Path]:
        parts = self.seals.parts(table)
        if not parts:
            raise ContractError(
                f"Table {table} was written by no stage.",
                remedy="This is a defect of siei-match: please report it.",
            )
        return [self.seals.check(part) for part in parts]


def part_name(rang: int, slice_: int = 0) -> str:
    """Name a slice of a file so that the order of names is that of the delivery."""
    return f"{rang:04}-{slice_:04}"


@contextmanager
def open_worksite(
    dossier: Path,
    sortie: Path,
    code: str,
    settings: Settings,
    progress: Progress,
    actor: Actor | None = None,
    *,
    resume: bool = False,
    dry: bool = False,
    replace: bool = False,
    engine: EngineChoice = THREADS,
) -> Iterator[Worksite]:
    """Open the staging of campaign `code`, locked, removed in the end whatever happens.

    With `resume`, what a run that stopped has left is still there, and what this one has done
    stays if it stops. `engine`, checked, does what is independent.

    Raises:
        OutputError: the output folder or its audit log cannot be written, or another run works in
            it.
        SettingsError: the key cannot be had, or is not the one of the campaigns there.
        Failure: the scheduler cannot be reached.
    """
    with open_staging(sortie, code, keep=resume) as staging:
        require_same_key(sortie, code, settings)
        if actor is not None:
            require_writable(sortie)  # said now rather than after the work
        with open_engine(engine, staging.scratch) as workers:
            parts = Parts(workers, staging.parts, engine.memoire)
            yield Worksite(dossier, staging, settings, progress, actor, dry, replace, parts)
