"""The output folder: staging beside what is published, then everything in place at once.

    DIR/.en-cours-<code>/           one run's staging, its owner's alone (0700)
        travail/                    tables between two stages; never published
        campagne/                   becomes DIR/campagnes/<code>/
        siei.duckdb, listes.duckdb  become DIR/siei.duckdb and DIR/listes.duckdb
    DIR/.journal.json               a publication that has begun; the next start finishes it

Until the journal stands, a run that stops leaves the last published state untouched. Once it
stands, everything to publish is on the disk: the renames are finished by whoever comes next.
"""

import fcntl
import json
import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match.contracts import declaration
from siei_match.errors import OutputError
from siei_match.files import PRIVATE, exchange, file_sha256, flush, flush_tree, output_guard

logger = logging.getLogger(__name__)

CAMPAGNES: Final = "campagnes"
MANIFESTE: Final = "manifeste.json"
BASES: Final = ("siei.duckdb", "listes.duckdb")
JOURNAL: Final = ".journal.json"
LOCK: Final = ".verrou"
STAGING: Final = ".en-cours-"
CODE: Final = re.compile(r"[0-9]{4}-[0-9]{2}")


@dataclass(frozen=True)
class Staging:
    """Where one run prepares what it will publish; made by `open_staging`."""

    sortie: Path
    code: str

    @property
    def dossier(self) -> Path:
        return self.sortie / f"{STAGING}{self.code}"

    @property
    def travail(self) -> Path:
        """The folder of the tables that go from one stage to the next."""
        return self.dossier / "travail"

    @property
    def campagne(self) -> Path:
        """The folder that becomes campagnes/<code>."""
        return self.dossier / "campagne"

    @property
    def publiee(self) -> Path:
        """Where this campaign stands once published."""
        return self.sortie / CAMPAGNES / self.code


@contextmanager
def open_staging(sortie: Path, code: str) -> Iterator[Staging]:
    """Lock the output folder and open the staging of campaign `code`; remove it in the end.

    A publication that an earlier run began is finished first, and what killed runs left is
    removed. `publish_staging` puts the staging in place; without it nothing published changes.

    Raises:
        OutputError: the folder cannot be made or written, another run works in it, or a
            publication that had begun cannot be finished.
    """
    if not CODE.fullmatch(code):
        raise OutputError(
            f"{code!r} is not a campaign's code.", remedy="A code is a year and month: 2026-10."
        )
    staging = Staging(sortie, code)
    with locked(sortie):
        with output_guard(sortie):
            for folder in (staging.dossier, staging.travail, staging.campagne):
                folder.mkdir(mode=0o700)
        yield staging


@contextmanager
def locked(sortie: Path) -> Iterator[None]:
    """Be the only one to write into the output folder; finish or remove what a crash left there.

    Raises:
        OutputError: the folder cannot be made or written, another run works in it, or a
            publication that had begun cannot be finished.
    """
    with output_guard(sortie):
        held = _lock(sortie)
    try:
        _finish_publication(sortie)
        with output_guard(sortie):
            remove_leftovers(sortie)
        try:
            yield
        finally:
            _finish_publication(sortie)
            remove_leftovers(sortie)
    finally:
        os.close(held)


def publish_staging(staging: Staging) -> None:
    """Put the staging in place: the campaign's folder, then both databases, or nothing.

    Raises:
        OutputError: something to publish is missing, or the disk refuses; before the renames
            begin nothing published has changed.
    """
    for name in (f"campagne/{MANIFESTE}", *BASES):
        if not (staging.dossier / name).is_file():
            raise OutputError(
                f"{name} was not prepared in {staging.dossier}.",
                remedy="This is a defect of siei-match: please report it. Nothing was published.",
            )
    with output_guard(staging.sortie):
        campagnes = staging.sortie / CAMPAGNES
        campagnes.mkdir(mode=0o750, exist_ok=True)
        # The folder and its manifest become readable by the group only now that they are whole.
        staging.campagne.chmod(0o750)
        flush_tree(staging.campagne)
        for base in BASES:
            flush(staging.dossier / base)
        flush(staging.dossier)
        _write_journal(staging)
    _finish_publication(staging.sortie)


def published_campaigns(sortie: Path) -> dict[str, Path]:
    """Return the folder of each published campaign, oldest first."""
    return {
        folder.name: folder
        for folder in sorted((sortie / CAMPAGNES).glob("*"))
        if CODE.fullmatch(folder.name) and (folder / MANIFESTE).is_file()
    }


def read_previous(sortie: Path, code: str, table: str) -> pl.DataFrame:
    """Return `table` (e.g. `decisions`) of all campaigns before `code`, oldest first.

    Raises:
        OutputError: a published table cannot be read.
    """
    parts = [
        _read_published(folder / f"{table}.parquet")
        for known, folder in published_campaigns(sortie).items()
        if known < code
    ]
    empty = pl.DataFrame(schema=declaration(f"tables/{table}").polars_schema)
    return pl.concat([empty, *parts])


def previous_signalements(sortie: Path, code: str) -> pl.DataFrame:
    """Return who was listed where before campaign `code` (schemas/tables/signalements.json)."""
    return read_previous(sortie, code, "signalements")


def read_newest(sortie: Path, table: str) -> pl.DataFrame | None:
    """Return `table` of the newest published campaign; None before the first.

    Raises:
        OutputError: that table cannot be read.
    """
    folders = list(published_campaigns(sortie).values())
    return _read_published(folders[-1] / f"{table}.parquet") if folders else None


def _read_published(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError):
        raise OutputError(
            f"{path} is missing or damaged.",
            remedy="Restore it from a back-up, or run that campaign again, oldest first.",
        ) from None


def _lock(sortie: Path) -> int:
    """Lock the output folder for this process, and return what to close to free it."""
    if not sortie.is_dir():
        sortie.mkdir(mode=0o750, parents=True)
    held = os.open(sortie, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            # The folder itself: no file stays behind, and the system frees a killed run's lock.
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as failure:
            if isinstance(failure, BlockingIOError):
                raise
            # NFS locks nothing that is not open for writing.
            os.close(held)
            held = os.open(sortie / LOCK, os.O_RDWR | os.O_CREAT, PRIVATE)
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise OutputError(
            f"Another run is writing into {sortie}.",
            remedy="Wait until it ends, or choose another --sortie.",
        ) from None
    return held


def remove_leftovers(sortie: Path) -> None:
    """Remove the stagings that nobody will publish: we hold the lock, so nobody works there."""
    if (sortie / JOURNAL).exists():
        return
    for folder in sortie.glob(f"{STAGING}*"):
        shutil.rmtree(folder, ignore_errors=True)
    (sortie / f"{JOURNAL}.tmp").unlink(missing_ok=True)


def _write_journal(staging: Staging) -> None:
    manifeste = file_sha256(staging.campagne / MANIFESTE)
    inode = staging.campagne.stat().st_ino
    content = {"code": staging.code, "manifeste_sha256": manifeste, "inode": inode}
    draft = staging.sortie / f"{JOURNAL}.tmp"
    draft.write_text(json.dumps(content), encoding="utf-8")
    flush(draft)
    draft.replace(staging.sortie / JOURNAL)
    flush(staging.sortie)


def _finish_publication(sortie: Path) -> None:
    """Make the renames that the journal announces and that are not made yet."""
    journal = sortie / JOURNAL
    if not journal.exists():
        return
    try:
        announced = json.loads(journal.read_text(encoding="utf-8"))
        staging = Staging(sortie, announced["code"])
        if not _is_placed(staging, announced):
            _place_campaign(staging)
        for base in BASES:
            # A base that stands no more in the staging is in place already.
            if (staging.dossier / base).exists():
                (staging.dossier / base).replace(sortie / base)
        flush(sortie / CAMPAGNES)
        flush(sortie)
        journal.unlink()
        flush(sortie)
    except OSError as failure:
        raise OutputError(
            f"The publication begun in {sortie} was cut: {failure.strerror}.",
            remedy="All it needs stands there: put the disk right and run again to finish it.",
        ) from None


def _is_placed(staging: Staging, announced: Mapping[str, Any]) -> bool:
    """Say whether the published folder is the announced one, or the damaged one of before.

    A campaign run again to repair its folder makes the manifest that it had.
    """
    sha256 = announced["manifeste_sha256"]
    if file_sha256(staging.publiee / MANIFESTE) != sha256:
        return False
    elsewhere = file_sha256(staging.campagne / MANIFESTE) != sha256
    return elsewhere or staging.publiee.stat().st_ino == announced.get("inode")


def _place_campaign(staging: Staging) -> None:
    if not (staging.campagne / MANIFESTE).is_file():
        raise OutputError(
            f"A publication of {staging.code} was cut, and what it had prepared in "
            f"{staging.dossier} is gone.",
            remedy=f"Remove {staging.sortie / JOURNAL} and run campaign {staging.code} again.",
        )
    if staging.publiee.exists() and not exchange(staging.campagne, staging.publiee):
        # Without the exchange there is a moment without the folder; the journal covers it.
        shutil.rmtree(staging.dossier / "ancienne", ignore_errors=True)
        staging.publiee.rename(staging.dossier / "ancienne")
    if not staging.publiee.exists():
        staging.campagne.rename(staging.publiee)
