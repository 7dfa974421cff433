"""One campaign that stands in place written again: the tables that change, the rest as it is, sealed anew."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import CampaignFolder, PreparedCampaign
from siei_match.output.bac import BAC
from siei_match.output.databases.building import OF_CAMPAIGNS, table_mode
from siei_match.output.databases.contents import References
from siei_match.output.freshness import follow_states
from siei_match.output.manifest import Execution, Manifest, ReceivedFile
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import ContractError
from siei_match.reference.files import SHARED, write_parquet, write_text
from siei_match.retention.movements import (
    MOUVEMENTS,
    SIGNALEMENTS,
    Predecessor,
    settle,
    write_beside,
)
from siei_match.stages.publish.campaign import REPORT, count_steps, seal_files
from siei_match.stages.publish.contacts import write_left
from siei_match.stages.publish.lists import write_lists
from siei_match.stages.publish.report import read_previous_counts, render_report
from siei_match.stages.publish.results import CampaignTables

LISTE: Final = "liste"
REPONSES: Final = "reponses"


@dataclass(frozen=True)
class Modification:
    """What changes in one campaign.

    Attributes:
        change: from a table's name and rows to the rows that stay; the very same frame where
            nothing changes. The lists of all platforms come as one frame, `liste`.
        tables: the tables that may change; the others are not even read.
        rejetees: rows of each file that are rejected now and were valid.
        etapes: what is added to counts of the manifest.
    """

    change: Callable[[str, pl.DataFrame], pl.DataFrame]
    tables: Callable[[str], bool]
    rejetees: Mapping[str, int] = field(default_factory=dict)
    etapes: Mapping[str, int] = field(default_factory=dict)


def rewrite_folder(
    source: PreparedCampaign,
    target: PreparedCampaign,
    modification: Modification,
    references: References,
    before: Predecessor,
    moved: Mapping[str, tuple[str, str]] | None = None,
) -> bool:
    """Write `source` again as `target`, changed; return False, and write nothing, if it is not.

    `moved`: the states of earlier campaigns that changed by the same act (`output.freshness`).

    Files that do not change are linked: they are never written in place. `before` is the
    campaign that the report and the movements compare with.

    Raises:
        OutputError: the folder is damaged, or the disk refused.
        ContractError: a changed table breaks its declaration.
    """
    former = source.manifest()
    manifest = follow_states(former, moved or {})
    changed = dict(_changes(source, manifest, modification))
    movements = _settle_movements(source, changed, before)
    if not changed and manifest is former and movements is None:
        return False
    target.folder.mkdir(mode=0o700, parents=True)
    written = list(_write_tables(changed, target))
    lists = changed.get(LISTE)
    if lists is not None:
        written += write_lists(lists, source.platforms(), target)
        written += write_left(source, target, source.lists(), lists)
    if movements is not None:
        for psad in source.platforms():
            target.list_folder(psad).mkdir(mode=0o700, parents=True, exist_ok=True)
        shown = source.lists() if lists is None else lists
        written += write_beside(movements, shown, before, target)
    if any(name in (*OF_CAMPAIGNS, LISTE, BAC) for name in changed):
        manifest = _count_again(source, manifest, modification, changed, references)
        report = _render(source, manifest, changed, references, before.will_be)
        written.append((write_text(target.folder / REPORT, report), None))
    link_others(source, target)
    seal_again(target, manifest, written)
    target.folder.chmod(0o750)
    return True


def _settle_movements(
    source: PreparedCampaign, changed: dict[str, pl.DataFrame], before: Predecessor
) -> pl.DataFrame | None:
    """Add `mouvements` to what changes; return it where what stands beside lists is to be written."""
    if not source.has_table(MOUVEMENTS):
        return None
    standing = source.table(MOUVEMENTS)
    former = source.table(SIGNALEMENTS)
    left = changed.get(MOUVEMENTS, standing)
    settled = settle(left, (former, changed.get(SIGNALEMENTS, former)), before)
    if not settled.equals(standing):
        changed[MOUVEMENTS] = settled
    # Names come from the lists of both campaigns.
    named = settled.height > 0 and (LISTE in changed or before.changes)
    return settled if MOUVEMENTS in changed or named else None


def link_others(source: PreparedCampaign, target: PreparedCampaign) -> None:
    """Link, or copy where the file system cannot, every file of `source` that `target` has not."""
    for path in sorted(source.folder.rglob("*")):
        place = target.folder / path.relative_to(source.folder)
        if path.is_dir():
            place.mkdir(mode=path.stat().st_mode & 0o777, exist_ok=True)
        elif not place.exists() and path != source.manifest_path:
            try:
                os.link(path, place)
            except OSError:
                shutil.copy2(path, place)


def seal_again(
    target: CampaignFolder,
    manifest: Manifest,
    written: list[tuple[Path, int | None]],
    mode: int = SHARED,
) -> None:
    """Write the manifest with what it says of the files written anew."""
    new = {fichier.chemin: fichier for fichier in seal_files(target.folder, written)}
    told = tuple(new.get(fichier.chemin, fichier) for fichier in manifest.fichiers)
    made = manifest.model_copy(update={"fichiers": told})
    write_text(target.manifest_path, made.text(), mode)


def _changes(
    source: PreparedCampaign, manifest: Manifest, modification: Modification
) -> Iterator[tuple[str, pl.DataFrame]]:
    for fichier in manifest.fichiers:
        path = Path(fichier.chemin)
        if path.suffix == ".parquet" and path.parent == Path() and modification.tables(path.stem):
            before = source.table(path.stem)
            after = modification.change(path.stem, before)
            if after is not before and not after.equals(before):
                yield path.stem, after
    if modification.tables(LISTE):
        before = source.lists()
        after = modification.change(LISTE, before)
        if after is not before and not after.equals(before):
            yield LISTE, after


def _write_tables(
    changed: Mapping[str, pl.DataFrame], target: PreparedCampaign
) -> Iterator[tuple[Path, int | None]]:
    for name, frame in changed.items():
        if name == LISTE:
            continue
        shared = name in OF_CAMPAIGNS
        if shared and dict(frame.schema) != declaration(f"tables/{name}").polars_schema:
            raise ContractError(
                f"Table {name} has not the columns and types of its declaration.",
                remedy="This is a defect of siei-match: please report it. Nothing was changed.",
            )
        # As each was written: what only the next campaign reads says of no campaign.
        metadata = {"campagne": target.code} if shared else None
        yield (
            write_parquet(frame, target.table_path(name), table_mode(name), metadata),
            frame.height,
        )


def _count_again(
    source: PreparedCampaign,
    manifest: Manifest,
    modification: Modification,
    changed: Mapping[str, pl.DataFrame],
    references: References,
) -> Manifest:
    entrees = tuple(_reject(f, modification.rejetees.get(f.nom, 0)) for f in manifest.entrees)
    etapes = dict(manifest.etapes)
    for name, more in modification.etapes.items():
        etapes[name] = etapes.get(name, 0) + more
        if not etapes[name]:
            del etapes[name]
    told = manifest.model_copy(update={"entrees": entrees, "etapes": etapes})
    counted = count_steps(_execution(told), _results(source, changed, references))
    return told.model_copy(update={"etapes": counted})


def _reject(fichier: ReceivedFile, rows: int) -> ReceivedFile:
    told = {"valides": fichier.valides - rows, "rejetees": fichier.rejetees + rows}
    return fichier.model_copy(update=told)


def _render(
    source: PreparedCampaign,
    manifest: Manifest,
    changed: Mapping[str, pl.DataFrame],
    references: References,
    before: PreparedCampaign | None,
) -> str:
    results = _results(source, changed, references)
    previous = read_previous_counts(before)
    return render_report(_execution(manifest), results, manifest.etapes, previous)


def _execution(manifest: Manifest) -> Execution:
    return Execution(**{name: getattr(manifest, name) for name in Execution.model_fields})


def _results(
    source: PreparedCampaign, changed: Mapping[str, pl.DataFrame], references: References
) -> CampaignTables:
    tables = {
        name: changed[name] if name in changed else _table(source, name) for name in OF_CAMPAIGNS
    }
    lists = changed[LISTE] if LISTE in changed else source.lists()
    holders = changed[BAC] if BAC in changed else _table(source, BAC)
    return CampaignTables(
        **tables,
        listes=lists,
        bac_general=holders,
        psad=references.psad,
        psad_communes=references.psad_communes,
        reponses=changed[REPONSES] if REPONSES in changed else _table(source, REPONSES),
    )


def _table(source: PreparedCampaign, name: str) -> pl.DataFrame:
    if source.has_table(name):
        return source.table(name)
    return pl.DataFrame(schema=declaration(f"tables/{name}").polars_schema)
