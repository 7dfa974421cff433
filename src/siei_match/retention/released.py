"""The copies that platforms see (DIR/publiees), changed with the campaigns they come from."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from siei_match.output import CampaignFolder, Draft, PreparedCampaign
from siei_match.reference.files import PRIVATE, write_parquet, write_text
from siei_match.release.counts import count_platforms
from siei_match.release.released import (
    COMPTES,
    DECIDED,
    ETAT,
    PUBLISHED,
    Released,
    keep_decided,
    link_or_copy,
    read_released,
    released_folder,
)
from siei_match.release.workbooks import write_workbooks
from siei_match.retention.folder import LISTE, Modification, seal_again
from siei_match.retention.movements import (
    MOUVEMENTS,
    SIGNALEMENTS,
    Predecessor,
    settle,
    write_beside,
)
from siei_match.stages.publish.contacts import write_left
from siei_match.stages.publish.lists import write_lists


def rewrite_released(
    draft: Draft,
    source: PreparedCampaign,
    made: PreparedCampaign,
    modification: Modification,
    before: Predecessor,
) -> Iterator[str]:
    """Prepare the released copy of a campaign; give its name if it changes.

    Args:
        draft: where it is prepared.
        source: the campaign as it stands.
        made: the campaign as it will be; `source` itself where it does not change.
        modification: what changes in its lists.
        before: the campaign before, which names those who left.

    A copy of the campaign's own run follows it; one of an earlier run is changed by itself.
    """
    code = source.code
    standing = read_released(draft.sortie, code)
    if standing is None:
        return
    released = released_folder(draft.sortie, code)
    target = CampaignFolder(code, draft.dossier / PUBLISHED / code)
    if standing.manifeste_sha256 == source.manifest_sha256():
        if made != source:
            _follow(made, target, standing, draft.sortie)
            yield f"{PUBLISHED}/{code}"
        return
    shown = released.lists()
    lists = modification.change(LISTE, shown) if modification.tables(LISTE) else shown
    frozen = PreparedCampaign(code, released.folder)
    tables = dict(_decided(frozen, modification))
    if MOUVEMENTS in tables and SIGNALEMENTS in tables:
        left, changed = tables[MOUVEMENTS]
        signalements = frozen.table(SIGNALEMENTS), tables[SIGNALEMENTS][0]
        settled = settle(left, signalements, before)
        changed |= not settled.equals(left) or (before.changes and settled.height > 0)
        tables[MOUVEMENTS] = settled, changed
    if lists.equals(shown) and not any(changed for _, changed in tables.values()):
        return
    target.folder.mkdir(mode=0o700, parents=True)
    written: list[tuple[Path, int | None]] = [
        *write_lists(lists, released.platforms(), target),
        *write_left(released, target, shown, lists),
    ]
    if MOUVEMENTS in tables:
        written += write_beside(tables[MOUVEMENTS][0], lists, before, target)
    for name, (frame, _) in tables.items():
        path = PreparedCampaign(code, target.folder).table_path(name)
        written.append((write_parquet(frame, path, PRIVATE, {"campagne": code}), frame.height))
    seal_again(target, released.manifest(), written, PRIVATE)
    _finish(target, standing, draft.sortie)
    yield f"{PUBLISHED}/{code}"


def _decided(
    released: PreparedCampaign, modification: Modification
) -> Iterator[tuple[str, tuple[pl.DataFrame, bool]]]:
    """Give each table that the release keeps as it will be, and whether it changes."""
    for name in DECIDED:
        if released.has_table(name):
            before = released.table(name)
            after = modification.change(name, before) if modification.tables(name) else before
            yield name, (after, after is not before and not after.equals(before))


def _follow(
    made: PreparedCampaign, target: CampaignFolder, standing: Released, sortie: Path
) -> None:
    for psad in made.platforms():
        folder = target.list_folder(psad)
        folder.mkdir(mode=0o700, parents=True)
        link_or_copy((path, folder / path.name) for path in made.list_files(psad))
    keep_decided(made, target)
    target.lists_folder.chmod(0o700)
    target.folder.chmod(0o700)
    write_text(target.manifest_path, "", PRIVATE)
    shutil.copyfile(made.manifest_path, target.manifest_path)
    _finish(target, standing, sortie)


def _finish(target: CampaignFolder, standing: Released, sortie: Path) -> None:
    counts = count_platforms(target, sortie, write_workbooks(target, sortie))
    write_parquet(counts, target.folder / COMPTES, PRIVATE)
    sealed = {"manifeste_sha256": target.manifest_sha256()}
    write_text(target.folder / ETAT, standing.model_copy(update=sealed).text(), PRIVATE)
