"""Independent parts of a step, each of which gives a number and a table.

A part's table is written beside, renamed, and noted with its seal; the note's name is a hash of all
that the part is made from, so that a run that takes another one up finds what is done. Where all
happens in this process and nothing is to be kept, nothing is written.
"""

import json
import logging
import secrets
import shutil
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

from siei_match.reference.engines.base import Engine, Secret, Threads
from siei_match.reference.engines.code import code_digest
from siei_match.reference.engines.laid import lay, open_laid, read_table, write_table
from siei_match.reference.engines.shelf import Shelf
from siei_match.reference.errors import OutputError, SieiError
from siei_match.reference.failures import Failure, shield
from siei_match.reference.files import (
    DRAFT,
    PRIVATE,
    bytes_sha256,
    output_guard,
    replacing,
    write_text,
)
from siei_match.reference.sealing import Seal, seal_of

logger = logging.getLogger(__name__)

LAID: Final = "laid-"
PATIENCE: Final = 10.0
"""Seconds that a file may take to show on a shared folder once another machine has written it."""
POLL: Final = 0.1


class DonePart(NamedTuple):
    """What a part of a step gives: a number, and a table."""

    tally: int
    table: pl.DataFrame


class Order(NamedTuple):
    """What a worker is told: where what it needs is laid, which piece to do, where to put it.

    code: of the program that asks; another one would give other bytes.
    """

    laid: Path
    work: Callable[[Any, Any], DonePart]
    piece: Any
    target: Path
    code: str
    secret: Secret | None = None


class Parts:
    """Where the parts of a run's steps are done, and what becomes of their tables.

    Args:
        engine: who does them.
        folder: where tables stand, the run's own and its owner's alone; None: nothing is written, which
            an engine that is apart cannot do.
        memory: bytes from which on the run lays what it holds in that folder (`shelf`); None: never.

    Attributes:
        shelf: where steps put what they hold for long.
    """

    def __init__(
        self,
        engine: Engine | None = None,
        folder: Path | None = None,
        memory: int | None = None,
    ) -> None:
        self.engine = engine or Threads()
        # Workers have working folders of their own.
        self._folder = None if folder is None else folder.absolute()
        self.shelf = Shelf(self._folder, memory)
        self._inputs: str | None = None
        self._calls: dict[str, int] = {}
        if folder is None and self.engine.apart:
            raise ValueError("an engine that is apart needs a folder")

    def keep(self, inputs: str) -> None:
        """Keep what is done, for a run whose parts are made from the same `inputs`, a hash of all of them."""
        self._inputs = inputs

    def clear(self) -> None:
        """Remove what an earlier run has left."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def each(
        self,
        name: str,
        work: Callable[[Any, Any], DonePart],
        shared: Any,
        pieces: Sequence[Hashable],
        *,
        without: Sequence[pl.DataFrame] = (),
        secret: Secret | None = None,
    ) -> list[DonePart]:
        """Return what `work` gives of each piece, in the order of the pieces.

        Args:
            name: of the step.
            work: a function of a module: of what is shared and of one piece.
            shared: what all need; with a `secret`, `work` is given the pair of both.
            pieces: numbers, or tuples of them.
            without: tables that `shared` holds and `work` does not read.
            secret: goes to the workers beside the files.

        Raises:
            SieiError: a part failed, workers are gone for good, or the disk refuses.
        """
        call = self._calls[name] = self._calls.get(name, -1) + 1
        if self._folder is None or (self._inputs is None and not self.engine.apart):
            given = shared if secret is None else (shared, secret.value)
            return self._gathered(
                self.engine.submit(work, given, piece, name=f"{call}-{number}")
                for number, piece in enumerate(pieces)
            )
        with output_guard(self._folder):
            self._folder.mkdir(mode=0o700, exist_ok=True)
        targets = self._targets(self._folder, name, call, pieces)
        todo = [n for n, target in enumerate(targets) if read_done(target) is None]
        if done := len(pieces) - len(todo):
            logger.info("%s: %d of %d parts were done before.", name, done, len(pieces))
        if todo:
            with self._laid(self._folder, shared, without) as laid:
                code = code_digest()
                orders = [Order(laid, work, pieces[n], targets[n], code, secret) for n in todo]
                self._do(orders, shared)
        found = [read_part(target) for target in targets]
        if self._inputs is None:
            _remove(targets)
        return found

    def _targets(
        self, folder: Path, name: str, call: int, pieces: Sequence[Hashable]
    ) -> list[Path]:
        """Return where each part's table stands: under a hash of all that it is made from."""
        inputs = self._inputs or secrets.token_hex(16)
        return [
            folder / bytes_sha256(repr((inputs, name, call, piece)).encode()) for piece in pieces
        ]

    def _do(self, orders: Sequence[Order], shared: Any) -> None:
        here = () if self.engine.apart else (shared,)
        told = self._gathered(
            self.engine.submit(do_part, order, *here, name=f"{order.target.name[:16]}-{number}")
            for number, order in enumerate(orders)
        )
        refused = [error for error in told if error is not None]
        if refused:
            raise refused[0]

    def _gathered(self, handles: Iterable[Any]) -> list[Any]:
        try:
            return self.engine.gather(list(handles))
        finally:
            self.engine.release()

    @contextmanager
    def _laid(self, parent: Path, shared: Any, without: Sequence[pl.DataFrame]) -> Iterator[Path]:
        """Lay what is shared for workers that are apart, as long as they need it."""
        folder = parent / f"{LAID}{secrets.token_hex(8)}"
        if not self.engine.apart:
            yield folder
            return
        for left in parent.glob(f"{LAID}*"):
            shutil.rmtree(left, ignore_errors=True)
        try:
            with output_guard(parent):
                folder.mkdir(mode=0o700)
                lay(shared, folder, without)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                # A share keeps under another name the files that a worker still holds open.
                self.engine.close()
                shutil.rmtree(folder, ignore_errors=True)


def do_part(order: Order, *here: Any) -> SieiError | None:
    """Do a part and write it; return what stopped it, told without any value, so that no log holds one.

    Args:
        order: what is to be done.
        here: what is shared, where it is at hand; else it is opened.
    """
    try:
        _do_part(order, *here)
    except SieiError as refused:
        return refused
    return None


@shield
def _do_part(order: Order, *here: Any) -> None:
    if read_done(order.target) is not None:
        # Its worker was killed between the note and the answer.
        return
    if order.code != code_digest():
        raise Failure(
            "A worker runs another version of siei-match, or of a library that it reckons with.",
            remedy="Install the same versions where workers run, and start these again.",
            code="moteur",
        )
    shared = here[0] if here else open_seen(order.laid)
    given = shared if order.secret is None else (shared, order.secret.value)
    keep_part(order.work(given, order.piece), order.target)


def open_seen(folder: Path) -> Any:
    """Open what was laid, once it shows.

    Raises:
        OutputError: it does not.
    """
    until = time.monotonic() + PATIENCE
    while not folder.is_dir():
        if time.monotonic() > until:
            raise OutputError(
                f"A worker does not see the folder {folder}.",
                remedy="Workers need the output folder under the same path, and the same user's rights "
                "(docs/dask.md).",
            )
        time.sleep(POLL)
    return open_laid(folder)


def keep_part(part: DonePart, target: Path) -> None:
    """Write a part's table, then the note that says that it is whole.

    Raises:
        OutputError: the disk refuses.
    """
    table = target.with_suffix(".arrow")
    whose = f".{secrets.token_hex(4)}"
    with output_guard(target.parent):
        with replacing(table, PRIVATE, whose) as draft:
            write_table(part.table, draft)
        told = json.dumps({"tally": part.tally, "seal": seal_of(table)})
        with replacing(target.with_suffix(".json"), PRIVATE, whose) as draft:
            write_text(draft, told, PRIVATE)


def read_done(target: Path) -> tuple[int, Seal] | None:
    """Return the number and the seal of a part that is done and stands whole, else None."""
    try:
        told = json.loads(target.with_suffix(".json").read_text("utf-8"))
        tally, (size, crc) = int(told["tally"]), told["seal"]
        whole = seal_of(target.with_suffix(".arrow")) == (size, crc)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (tally, (size, crc)) if whole else None


def read_part(target: Path) -> DonePart:
    """Read what a part gave.

    Raises:
        OutputError: it is not what was written there.
    """
    until = time.monotonic() + PATIENCE
    while (done := read_done(target)) is None:
        if time.monotonic() > until:
            raise OutputError(
                f"{target.name[:16]} in {target.parent} is not what a worker wrote there.",
                remedy="Check this disk, or the share, then run again; nothing was put in place.",
            )
        time.sleep(POLL)
    return DonePart(done[0], read_table(target.with_suffix(".arrow")))


def _remove(targets: Sequence[Path]) -> None:
    """Remove what parts gave, and what a worker that was killed had begun."""
    for target in targets:
        for suffix in (".arrow", ".json"):
            target.with_suffix(suffix).unlink(missing_ok=True)
    for folder in {target.parent for target in targets}:
        for draft in folder.glob(f".*{DRAFT}"):
            draft.unlink(missing_ok=True)
