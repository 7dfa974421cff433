"""What is prepared beside the published state, and put in place or removed in the end."""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siei_match import audit
from siei_match.errors import OutputError
from siei_match.files import output_guard
from siei_match.store import journal
from siei_match.store.layout import BASES, CAMPAGNES, CODE, MANIFESTE, STAGING, Staging
from siei_match.store.lock import held

WORK: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Draft:
    """Where changes to what is published are prepared; made by `open_draft`."""

    sortie: Path
    dossier: Path


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
    with _working(sortie, staging.dossier, staging.travail, staging.campagne):
        yield staging


@contextmanager
def open_draft(sortie: Path, work: str) -> Iterator[Draft]:
    """Do as `open_staging`, to change several campaigns at once; `work` names the folder.

    `publish_draft` puts what was prepared in place; without it nothing published changes.

    Raises:
        OutputError: as `open_staging`.
    """
    if not WORK.fullmatch(work):
        raise ValueError("a draft is named by one word")
    draft = Draft(sortie, sortie / f"{STAGING}{work}")
    with _working(sortie, draft.dossier):
        yield draft


@contextmanager
def locked(sortie: Path) -> Iterator[None]:
    """Be the only one to write into the output folder; finish or remove what a crash left there.

    Raises:
        OutputError: the folder cannot be made or written, another run works in it, or a
            publication that had begun cannot be finished.
    """
    with held(sortie):
        journal.finish(sortie)
        _open.append(sortie)
        try:
            with output_guard(sortie):
                remove_leftovers(sortie)
            try:
                yield
            finally:
                journal.finish(sortie)
                remove_leftovers(sortie)
        finally:
            _open.remove(sortie)


def publish_staging(
    staging: Staging, note: audit.Body | None = None, cle: bytes | None = None
) -> None:
    """Put the staging in place: the campaign's folder, then both databases, or nothing.

    `note` is the entry of the audit log, written when all is in place; `cle` seals it.

    Raises:
        OutputError: something to publish is missing, or the disk or the audit log refuses; before
            the renames begin nothing published has changed.
    """
    for name in (f"campagne/{MANIFESTE}", *BASES):
        if not (staging.dossier / name).is_file():
            raise OutputError(
                f"{name} was not prepared in {staging.dossier}.",
                remedy="This is a defect of siei-match: please report it. Nothing was published.",
            )
    with output_guard(staging.sortie):
        (staging.sortie / CAMPAGNES).mkdir(mode=0o750, exist_ok=True)
        # The folder and its manifest become readable by the group only now that they are whole.
        staging.campagne.chmod(0o750)
        places = [("campagne", f"{CAMPAGNES}/{staging.code}"), *((base, base) for base in BASES)]
        journal.announce(staging.sortie, staging.dossier, places, note=note)
    journal.finish(staging.sortie, cle)


def publish_draft(
    draft: Draft,
    names: Sequence[str],
    removals: Sequence[str] = (),
    note: audit.Body | None = None,
    cle: bytes | None = None,
) -> None:
    """Put each of `names` in place under the name it has in the draft; remove `removals`.

    A folder replaces the folder that has its name, whole. All is done, or nothing: what a crash
    leaves half done, the next start finishes.

    Args:
        draft: see `open_draft`.
        names: files and folders of the draft, e.g. `campagnes/2026-10` or `siei.duckdb`.
        removals: files and folders of the output folder that go.
        note: the entry of the audit log, written when all is in place.
        cle: the key that seals it.

    Raises:
        OutputError: something to put is missing, or the disk or the audit log refuses; before the
            renames begin nothing published has changed.
    """
    missing = [name for name in names if not (draft.dossier / name).exists()]
    if missing:
        raise OutputError(
            f"{', '.join(missing)} not prepared in {draft.dossier}.",
            remedy="This is a defect of siei-match: please report it. Nothing was published.",
        )
    with output_guard(draft.sortie):
        journal.announce(draft.sortie, draft.dossier, [(n, n) for n in names], removals, note)
    journal.finish(draft.sortie, cle)


def remove_leftovers(sortie: Path) -> None:
    """Remove the stagings that nobody will publish: we hold the lock, so nobody works there."""
    if (sortie / journal.JOURNAL).exists():
        return
    for folder in sortie.glob(f"{STAGING}*"):
        shutil.rmtree(folder, ignore_errors=True)
    (sortie / f"{journal.JOURNAL}.tmp").unlink(missing_ok=True)


def abandon() -> None:
    """Remove what this process has staged, as a process that must end at once does.

    A publication that has begun is left to the next start, which finishes it.
    """
    for sortie in _open:
        remove_leftovers(sortie)


_open: list[Path] = []
"""The output folders that this process works in."""


@contextmanager
def _working(sortie: Path, *folders: Path) -> Iterator[None]:
    with locked(sortie):
        with output_guard(sortie):
            for folder in folders:
                folder.mkdir(mode=0o700)
        yield
