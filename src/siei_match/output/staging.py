"""What is prepared beside what stands in place, and put in its place or removed in the end."""

import logging
import multiprocessing
import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siei_match.output import audit, journal
from siei_match.output.folder import MANIFESTE
from siei_match.output.layout import BASES, CAMPAGNES, CODE, STAGING, Staging
from siei_match.output.lock import PATIENCE, held
from siei_match.output.standing import mark_placed
from siei_match.reference.errors import OutputError
from siei_match.reference.files import draft_path, make_folder, output_guard

logger = logging.getLogger(__name__)

GROUP_ENTERS: Final = 0o050
ENDED: Final = 2.0
"""Seconds that a worker which was killed may take to be gone."""
WORK: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Draft:
    """Where changes to campaigns that stand in place are prepared; made by `open_draft`."""

    sortie: Path
    dossier: Path


@contextmanager
def open_staging(sortie: Path, code: str, *, keep: bool = False) -> Iterator[Staging]:
    """Lock the output folder and open the staging of campaign `code`; remove it in the end.

    A placing that an earlier run began is finished first, and what killed runs left is
    removed. `place_staging` puts the staging in place; without it nothing that stands there changes.
    With `keep`, the tables that a run of this campaign left are still there, and those of this
    one stay if it fails.

    Raises:
        OutputError: the folder cannot be made or written, another run works in it, or a
            placing that had begun cannot be finished.
    """
    if not CODE.fullmatch(code):
        raise OutputError(
            f"{code!r} is not a campaign's code.", remedy="A code is a year and month: 2026-10."
        )
    staging = Staging(sortie, code)
    with locked(sortie, staging if keep else None, PATIENCE):
        with output_guard(sortie):
            for folder in (staging.dossier, staging.travail, staging.campagne):
                folder.mkdir(mode=0o700, exist_ok=keep)
        yield staging


@contextmanager
def open_draft(sortie: Path, work: str) -> Iterator[Draft]:
    """Do as `open_staging`, to change several campaigns at once; `work` names the folder.

    `place_draft` puts what was prepared in place; without it nothing that stands there changes.

    Raises:
        OutputError: as `open_staging`.
    """
    if not WORK.fullmatch(work):
        raise ValueError("a draft is named by one word")
    draft = Draft(sortie, sortie / f"{STAGING}{work}")
    with locked(sortie):
        with output_guard(sortie):
            draft.dossier.mkdir(mode=0o700)
        yield draft


@contextmanager
def locked(sortie: Path, spared: Staging | None = None, patience: float = 0.0) -> Iterator[None]:
    """Be the only one to write into the output folder; finish or remove what a crash left there.

    The staging `spared` alone is left, at the start, and in the end after a failure. `patience`:
    seconds to wait for whoever has it.

    Raises:
        OutputError: the folder cannot be made or written, another run works in it, or a
            placing that had begun cannot be finished.
    """
    with held(sortie, patience):
        journal.finish(sortie)
        _open.append((sortie, spared))
        kept = spared
        try:
            with output_guard(sortie):
                remove_leftovers(sortie, spared)
            try:
                yield
                kept = None
            finally:
                journal.finish(sortie)
                remove_leftovers(sortie, kept)
                if kept is not None and kept.etapes.exists():
                    logger.warning(
                        "%s is kept for --resume and holds personal data: remove it if no run "
                        "is to follow.",
                        kept.dossier,
                    )
        finally:
            _open.remove((sortie, spared))


def place_staging(
    staging: Staging,
    note: audit.Body | None = None,
    key: bytes | None = None,
    anchor: str | None = None,
) -> None:
    """Put the staging in place: the campaign's folder, then both databases, or nothing.

    `note` is the entry of the audit log, written when all is in place; `key` seals it, and
    `anchor` is where its hash is noted outside of the output folder.

    Raises:
        OutputError: something to place is missing, or the disk or the audit log refuses; before
            the renames begin nothing in place has changed.
    """
    for name in (f"campagne/{MANIFESTE}", *BASES):
        if not (staging.dossier / name).is_file():
            raise OutputError(
                f"{name} was not prepared in {staging.dossier}.",
                remedy="This is a defect of siei-match: please report it. Nothing was put in place.",
            )
    with output_guard(staging.sortie):
        make_folder(staging.sortie / CAMPAGNES, 0o750)
        # The folder and its manifest become readable by the group only now that they are whole.
        staging.campagne.chmod(0o750)
        places = [("campagne", f"{CAMPAGNES}/{staging.code}"), *((base, base) for base in BASES)]
        stale = stale_logs(staging.sortie, BASES)
        journal.announce(staging.sortie, staging.dossier, places, stale, note, key)
    journal.finish(staging.sortie, key, anchor)
    mark_placed(f"{staging.sortie}/{CAMPAGNES}/{staging.code}")
    if staging.sortie.stat().st_mode & GROUP_ENTERS != GROUP_ENTERS:
        logger.info(
            "%s is its owner's alone: analysts do not reach what names nobody in it; "
            "`chmod g+rx` lets its group in.",
            staging.sortie,
        )


def place_draft(
    draft: Draft,
    names: Sequence[str],
    removals: Sequence[str] = (),
    note: audit.Body | None = None,
    key: bytes | None = None,
) -> None:
    """Put each of `names` in place under the name it has in the draft; remove `removals`.

    A folder replaces the folder that has its name, whole. All is done, or nothing: what a crash
    leaves half done, the next start finishes.

    Args:
        draft: see `open_draft`.
        names: files and folders of the draft, e.g. `campagnes/2026-10` or `siei.duckdb`.
        removals: files and folders of the output folder that go.
        note: the entry of the audit log, written when all is in place.
        key: the key that seals it.

    Raises:
        OutputError: something to put is missing, or the disk or the audit log refuses; before the
            renames begin nothing in place has changed.
    """
    missing = [name for name in names if not (draft.dossier / name).exists()]
    if missing:
        raise OutputError(
            f"{', '.join(missing)} not prepared in {draft.dossier}.",
            remedy="This is a defect of siei-match: please report it. Nothing was put in place.",
        )
    with output_guard(draft.sortie):
        gone = [*removals, *stale_logs(draft.sortie, names)]
        journal.announce(draft.sortie, draft.dossier, [(n, n) for n in names], gone, note, key)
    journal.finish(draft.sortie, key)
    mark_placed(f"changes to {draft.sortie}")


def stale_logs(sortie: Path, names: Sequence[str]) -> list[str]:
    """Return what an analyst's session left beside a database that is replaced.

    DuckDB would replay it into the new one, which it does not match, and nobody could open that.
    """
    logs = [f"{name}.wal" for name in names if name in BASES]
    return [log for log in logs if (sortie / log).exists()]


def remove_leftovers(sortie: Path, spared: Staging | None = None) -> None:
    """Remove the stagings that nobody will place: we hold the lock, so nobody works there.

    Of `spared`, the tables of the stages that are done stay, if any is.
    """
    if (sortie / journal.JOURNAL).exists():
        return
    for folder in sortie.glob(f"{STAGING}*"):
        if spared is not None and folder == spared.dossier and spared.etapes.exists():
            _clear(spared)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    draft_path(sortie / journal.JOURNAL).unlink(missing_ok=True)


def is_preparing(sortie: Path) -> bool:
    """Say whether something is being prepared in an output folder: whoever has its lock has long work to do."""
    return any(sortie.glob(f"{STAGING}*"))


def abandon() -> bool:
    """Remove what this process has staged, as a process that must end at once does.

    A placing that has begun is left to the next start, which finishes it: False tells of one.
    """
    # A worker that goes on would write into what is removed.
    for worker in multiprocessing.active_children():
        worker.kill()
        worker.join(ENDED)
    for sortie, spared in _open:
        remove_leftovers(sortie, spared)
    return not any((sortie / journal.JOURNAL).exists() for sortie, _ in _open)


_open: list[tuple[Path, Staging | None]] = []
"""The output folders that this process works in, and what is spared there."""


def _clear(staging: Staging) -> None:
    """Leave of a staging what can be taken up, and refuse one that is not surely our own."""
    told = staging.dossier.lstat()
    if not stat.S_ISDIR(told.st_mode) or told.st_mode & 0o077 or told.st_uid != os.getuid():
        raise OutputError(
            f"{staging.dossier} is not the private folder that a run left.",
            remedy="Look who made it, and remove it.",
        )
    for path in staging.dossier.iterdir():
        if path in (staging.travail, staging.etapes, staging.parts):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
