"""Whether every file of an output folder is the one that was written: against what seals it.

A manifest seals the files of its campaign, prepared or released; `comptes.parquet` the workbooks of a
release, `etat.json` the manifest it froze, the audit log the manifests. Databases are made again by
each run and sealed by nothing: they are only looked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from siei_match.output import (
    BASES,
    CAMPAGNES,
    JOURNAL,
    MEMOIRE,
    STAGING,
    CampaignFolder,
    PreparedCampaign,
    is_list,
    list_name,
    prepared_campaigns,
    read_table,
)
from siei_match.output.audit import read_entries
from siei_match.reference.errors import OutputError, SieiError
from siei_match.reference.files import file_sha256
from siei_match.release.released import COMPTES, DECIDED, ETAT, PUBLISHED, read_etat
from siei_match.release.workbooks import CLASSEUR

EXPECTED: Final = frozenset({*BASES, CAMPAGNES, PUBLISHED, MEMOIRE})
OF_A_RELEASE: Final = (ETAT, COMPTES)
"""What a release says of itself, beside its manifest."""


class Finding(StrEnum):
    """In what a file differs from what seals it."""

    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, order=True)
class Difference:
    """A file, by its path in the output folder, that is not as it was written."""

    path: str
    kind: Finding


@dataclass(frozen=True)
class VerifiedFolder:
    """What was compared: files that are as they were written, and those that are not."""

    campaigns: tuple[str, ...]
    released: tuple[str, ...]
    compared: int
    differences: tuple[Difference, ...]
    unfinished: tuple[str, ...]
    """What a command at work, or one that was cut, has beside: no difference yet."""


def verify_folder(sortie: Path) -> VerifiedFolder:
    """Hash every sealed file of an output folder, and find what is missing, changed or extra.

    Raises:
        OutputError: there is no such folder, or no campaign in it.
    """
    campaigns = prepared_campaigns(sortie)
    folders = [path for path in (sortie / CAMPAGNES).glob("*") if path.is_dir()]
    if not folders:
        raise OutputError(
            f"No campaign stands in {sortie}.",
            remedy="Give as --sortie the output folder of `siei run`.",
        )
    noted = _noted(sortie)
    found = _Comparison(sortie)
    for folder in sorted(folders):
        _compare_prepared(found, campaigns.get(folder.name), folder, noted)
    released = sorted(path for path in (sortie / PUBLISHED).glob("*") if path.is_dir())
    for folder in released:
        _compare_released(found, CampaignFolder(folder.name, folder))
    top = sorted(path.name for path in sortie.iterdir())
    for base in BASES:
        if base not in top:
            found.note(sortie / base, Finding.MISSING)
    for name in top:
        if name not in EXPECTED and not name.startswith("."):
            found.note(sortie / name, Finding.EXTRA)
    return VerifiedFolder(
        tuple(folder.name for folder in sorted(folders)),
        tuple(folder.name for folder in released),
        found.compared,
        tuple(sorted(found.differences)),
        tuple(name for name in top if name.startswith(STAGING) or name == JOURNAL),
    )


class _Comparison:
    """Gathers the differences; `expected` are the files that something seals."""

    def __init__(self, sortie: Path) -> None:
        self.sortie = sortie
        self.compared = 0
        self.differences: set[Difference] = set()

    def note(self, path: Path, kind: Finding) -> None:
        self.differences.add(Difference(path.relative_to(self.sortie).as_posix(), kind))

    def compare(self, path: Path, sha256: str | None) -> None:
        """Compare a file with its seal; without one it has only to be there."""
        self.compared += 1
        try:
            if file_sha256(path) != (sha256 or file_sha256(path)):
                self.note(path, Finding.CHANGED)
        except FileNotFoundError:
            self.note(path, Finding.MISSING)
        except OSError:
            self.note(path, Finding.UNREADABLE)

    def look_for_extra(self, folder: Path, expected: frozenset[str]) -> None:
        for path in sorted(folder.rglob("*")):
            if not path.is_dir() and path.relative_to(folder).as_posix() not in expected:
                self.note(path, Finding.EXTRA)


def _compare_prepared(
    found: _Comparison, campaign: PreparedCampaign | None, folder: Path, noted: Mapping[str, str]
) -> None:
    if campaign is None:
        found.note(CampaignFolder(folder.name, folder).manifest_path, Finding.MISSING)
        return
    (name,) = campaign.manifest_seal(CAMPAGNES)
    found.compare(campaign.manifest_path, noted.get(name))
    try:
        sealed = campaign.manifest().fichiers
    except OutputError:
        found.note(campaign.manifest_path, Finding.UNREADABLE)
        return
    for file in sealed:
        found.compare(folder / file.chemin, file.sha256)
    found.look_for_extra(
        folder, frozenset({campaign.manifest_path.name, *(file.chemin for file in sealed)})
    )


def _compare_released(found: _Comparison, campaign: CampaignFolder) -> None:
    folder = campaign.folder
    try:
        etat = read_etat(folder)
        told = {f.chemin: f.sha256 for f in campaign.manifest().fichiers}
    except OutputError:
        missing = not campaign.manifest_path.exists()
        damaged = campaign.manifest_path if missing else folder / ETAT
        found.note(damaged, Finding.MISSING if missing else Finding.UNREADABLE)
        return
    if etat is None:
        found.note(folder / ETAT, Finding.MISSING)
    found.compare(campaign.manifest_path, etat.manifeste_sha256 if etat else None)
    # A release of before decisions were kept with it has none of them.
    decided = {f"{name}.parquet" for name in DECIDED if (folder / f"{name}.parquet").exists()}
    sealed = {name: sha256 for name, sha256 in told.items() if is_list(name) or name in decided}
    sealed |= dict(_workbooks(found, folder))
    for name, sha256 in sealed.items():
        found.compare(folder / name, sha256)
    found.look_for_extra(folder, frozenset({campaign.manifest_path.name, *OF_A_RELEASE, *sealed}))


def _workbooks(found: _Comparison, folder: Path) -> Iterator[tuple[str, str]]:
    """Return the workbooks of a release with their SHA-256, which its counts seal."""
    path = folder / COMPTES
    if not path.exists():
        found.note(path, Finding.MISSING)
        return
    try:
        counted = read_table(path).select("psad", "classeur_sha256")
    except OutputError:
        found.note(path, Finding.UNREADABLE)
        return
    for psad, sha256 in counted.iter_rows():
        if sha256:
            yield list_name(psad, CLASSEUR), sha256


def _noted(sortie: Path) -> Mapping[str, str]:
    """Return the last SHA-256 that the audit log noted of each manifest; nothing without a log."""
    try:
        entries = read_entries(sortie)
    except SieiError:
        return {}
    noted: dict[str, str] = {}
    for entry in entries:
        noted |= entry.fichiers
    return noted
