"""What a release froze, as its readers find it: DIR/publiees/<code>/.

    publiees/2026-10/etat.json                   who released it and when; withdrawn: no folder
    publiees/2026-10/comptes.parquet             counts per platform (schemas/tables/comptes.json)
    publiees/2026-10/decisions.parquet           why who is, or is not, on these lists, and where:
    publiees/2026-10/signalements.parquet        what a correction is compared with; no name
    publiees/2026-10/mouvements.parquet          who entered and left, so that rights go over it
    publiees/2026-10/                            the manifest of the run that was released, and its
                                                 lists: links to the run's own files, and the
                                                 workbooks, made by the release (`CampaignFolder`)

A run of the same campaign replaces campaigns/<code>/, whose files the links keep alive here.
The folder is put in place by one exchange: a reader finds the old one or the new one, whole.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from siei_match.output import BEFORE as BEFORE
from siei_match.output import CODE, CampaignFolder, PreparedCampaign, remove_leftovers
from siei_match.output import PUBLISHED as PUBLISHED
from siei_match.output import released_folder as released_folder
from siei_match.reference.errors import OutputError
from siei_match.reference.files import (
    PRIVATE,
    create,
    dump_json,
    exchange,
    flush,
    replacing,
    write_text,
)
from siei_match.release.states import ReleaseState

ETAT: Final = "etat.json"
COMPTES: Final = "comptes.parquet"


DECIDED: Final = ("decisions", "mouvements", "signalements")
"""Tables of the run that a release keeps, its owner's alone."""


class Override(BaseModel):
    """A gate that was overridden, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    garde: str
    motif: str


class Released(BaseModel):
    """etat.json: the release of a campaign."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    code: str = Field(pattern=CODE.pattern)
    etat: ReleaseState
    par: str
    quand: datetime
    demandee_par: str = ""
    """Who asked for it, where a second person confirmed."""
    manifeste_sha256: str
    """Of the run that was released: another one there means that a newer run waits."""
    levees: tuple[Override, ...] = ()
    correction: str = ""
    """What it changed of the release that it replaced, in French: counts and reasons."""

    def text(self) -> str:
        return dump_json(json.loads(self.model_dump_json()))


def read_released(sortie: Path, code: str) -> Released | None:
    """Return the release of a campaign, None where it is not released (or withdrawn).

    Raises:
        OutputError: etat.json is damaged.
    """
    return read_etat(folder_of(sortie, code))


def read_etat(dossier: Path) -> Released | None:
    """The same, from the campaign's folder under publiees/."""
    path = dossier / ETAT
    try:
        return Released.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValidationError, ValueError):
        raise OutputError(
            f"{path} is damaged.", remedy="Withdraw the campaign and release it again."
        ) from None


def read_releases(sortie: Path) -> dict[str, Released]:
    """Return every release, newest campaign first."""
    codes = {
        folder.name.removeprefix(BEFORE)
        for folder in (sortie / PUBLISHED).glob("*")
        if CODE.fullmatch(folder.name.removeprefix(BEFORE))
    }
    found = {code: read_released(sortie, code) for code in sorted(codes, reverse=True)}
    return {code: released for code, released in found.items() if released is not None}


def frozen_tables(sortie: Path, code: str) -> PreparedCampaign:
    """Return what a release froze, to read its tables (`DECIDED`)."""
    return PreparedCampaign(code, folder_of(sortie, code))


def keep_decided(prepared: PreparedCampaign, target: CampaignFolder) -> None:
    """Copy the tables that a later release will be compared with into the folder of this one."""
    for name in DECIDED:
        if not prepared.has_table(name):
            continue  # an older version left none
        content = prepared.table_path(name).read_bytes()
        create(target.folder / prepared.table_path(name).name, PRIVATE).write_bytes(content)


def folder_of(sortie: Path, code: str) -> Path:
    """Return where a release stands, also in the moment without it of a plain file system."""
    return released_folder(sortie, code).folder


def place(prepared: Path, sortie: Path, code: str) -> None:
    """Put a folder that is whole, and on the disk, where readers look; we hold the lock."""
    root = sortie / PUBLISHED
    target, before = root / code, root / f"{BEFORE}{code}"
    if target.exists() and not exchange(prepared, target):
        target.rename(before)
    if not target.exists():
        prepared.rename(target)
    flush(root)
    if before.exists():
        before.rename(prepared)


def repair(sortie: Path) -> None:
    """End what a crash left of a replacement without exchange; we hold the lock."""
    for before in (sortie / PUBLISHED).glob(f"{BEFORE}*"):
        target = before.with_name(before.name.removeprefix(BEFORE))
        if target.exists():
            # A name that `remove_leftovers` knows: it goes with this command's staging.
            before.rename(sortie / f".en-cours-{before.name}")
        else:
            before.rename(target)
        flush(sortie / PUBLISHED)
    remove_leftovers(sortie)


def take_away(sortie: Path, code: str, to: Path) -> None:
    """Take a release from its readers: one rename."""
    (sortie / PUBLISHED / code).rename(to)
    flush(sortie / PUBLISHED)


def rewrite_etat(sortie: Path, released: Released) -> None:
    """Change the state of a release that stays in place: one rename."""
    with replacing(sortie / PUBLISHED / released.code / ETAT, PRIVATE) as draft:
        write_text(draft, released.text(), PRIVATE)


def link_or_copy(files: Iterable[tuple[Path, Path]]) -> None:
    """Give each file its second name, or a copy where the file system knows no links."""
    for source, target in files:
        try:
            target.hardlink_to(source)
        except OSError:
            create(target, PRIVATE).write_bytes(source.read_bytes())
