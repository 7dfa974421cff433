"""Campaigns past their term leave every file: folders, databases, copies, memory, leftovers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from siei_match.output import (
    BASES,
    CAMPAGNES,
    CODE,
    JOURNAL,
    LOCK,
    MEMOIRE,
    STAGING,
    CampaignFolder,
    Draft,
    PreparedCampaign,
    audit,
    open_draft,
    place_draft,
    prepared_campaigns,
)
from siei_match.output.audit import Actor
from siei_match.output.databases.contents import HISTORIQUE, read_historique
from siei_match.output.holdings import passing_files
from siei_match.output.memory import all_ids, read_exclusions
from siei_match.reference.errors import OutputError, SieiError
from siei_match.reference.files import PRIVATE, write_parquet
from siei_match.release.released import BEFORE, PUBLISHED
from siei_match.retention.folder import Modification
from siei_match.retention.history import summarise
from siei_match.retention.memory import forget_sessions, purge_memory
from siei_match.retention.rewrite import rewrite

FOLLOWING = ("registre", "redirections", "devenirs", "profils", "reponses")
"""Tables of a campaign that may name people whom it did not see."""
KNOWN = {CAMPAGNES, PUBLISHED, MEMOIRE, *BASES, JOURNAL, LOCK}


class EverythingPurgedError(SieiError):
    """No campaign would remain, and nobody said that none should."""

    CODE = "refus"


@dataclass(frozen=True)
class Purge:
    """What a purge removes, or would remove.

    Attributes:
        campagnes: their codes.
        fichiers: files that go, and stand in no other form.
        rows: rows that go, by table.
        personnes: people of whom nothing is left.
        leftovers: what killed runs had left beside, removed.
        unknown: files in the output folder that are not siei-match's: left as they are.
    """

    campagnes: tuple[str, ...]
    fichiers: int
    lignes: dict[str, int]
    personnes: int
    leftovers: int
    unknown: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        return not (self.fichiers or self.lignes or self.leftovers)


def purge_campaigns(
    sortie: Path, before: date, actor: Actor, *, tout: bool = False, dry_run: bool = False
) -> Purge:
    """Remove everything of the campaigns that observed before `before`, from every file.

    What remains of them is counted anonymously in DIR/memoire/historique.parquet and in the table
    `historique` of siei.duckdb.

    Args:
        sortie: the output folder, DIR.
        before: campaigns whose `date_observation` is before this day go.
        actor: who decides, and when.
        tout: go on even where no campaign remains.
        dry_run: say what would go; nothing is removed but what killed runs left.

    Raises:
        EverythingPurgedError: no campaign would remain, without `tout`.
        OutputError: a folder or file is damaged, another command works there, the audit log cannot
            be written, or the disk refused; nothing is removed then.
    """
    leftovers = len(list(sortie.glob(f"{STAGING}*")))
    if not dry_run:
        audit.require_writable(sortie)
    with open_draft(sortie, "purge") as draft:
        purged = list(_older(sortie, before))
        kept = [code for code in prepared_campaigns(sortie) if code not in purged]
        if purged and not kept and not tout:
            raise EverythingPurgedError(
                f"Every campaign of {sortie} observed before {before}: none would remain.",
                remedy="Check the date; add --tout if that is meant.",
            )
        names, removals, told = _prepare(draft, before, purged, kept, leftovers)
        if not dry_run and (names or removals):
            _note(draft, before, actor, told, names)
            place_draft(draft, names, removals)
    if not dry_run:
        forget_sessions(sortie, before)
    left = sorted(path.name for path in sortie.glob(f"{STAGING}*"))
    if left:
        raise OutputError(
            f"What was purged still stands in {', '.join(left)}, in {sortie}.",
            remedy="Remove these folders: the disk refused to.",
        )
    return told


def _older(sortie: Path, before: date) -> Iterator[str]:
    """Give the codes of the campaigns to purge; one without a manifest is dated by its code."""
    for folder in sorted((sortie / CAMPAGNES).glob("*")):
        if not CODE.fullmatch(folder.name):
            continue
        if _is_older(CampaignFolder(folder.name, folder), before):
            yield folder.name


def _is_older(campaign: CampaignFolder, before: date) -> bool:
    if campaign.manifest_path.is_file():
        return campaign.manifest().campagne.date_observation < before
    return campaign.code < f"{before:%Y-%m}"


def _prepare(
    draft: Draft, before: date, purged: list[str], kept: list[str], leftovers: int
) -> tuple[list[str], list[str], Purge]:
    """Prepare what replaces; return the names to put in place, those to remove, and the account."""
    sortie = draft.sortie
    held, gone, signalements = _people(sortie, purged, kept)
    standing = read_exclusions(sortie).filter(pl.col("fin") >= before)["id_personne"]
    # Their fingerprints are what keeps them out: they stay while the exclusion does.
    excluded = all_ids(sortie, standing)
    known = pl.concat([held, excluded]).unique()
    rows: Counter[str] = Counter(_rows(sortie, purged))

    def forget(table: str, frame: pl.DataFrame) -> pl.DataFrame:
        stays = pl.col("id_personne").is_in(known.implode())
        if "derniere" in frame.columns:
            excepted = pl.col("id_personne").is_in(excluded.implode())
            stays &= excepted | ~pl.col("derniere").cast(pl.String).is_in(purged)
        if "campagne_liste" in frame.columns:
            stays &= ~pl.col("campagne_liste").is_in(purged)
        left = frame.filter(stays)
        rows[table] += frame.height - left.height
        return left

    def plan(prepared: PreparedCampaign) -> Modification:
        return Modification(forget, tables=lambda name: name in FOLLOWING)

    history = _summary(draft, purged) if purged else None
    names = rewrite(draft, plan, purged=purged, history=history)
    if history is not None:
        path = draft.dossier / MEMOIRE / HISTORIQUE
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_parquet(history, path, PRIVATE)
        names.append(f"{MEMOIRE}/{HISTORIQUE}")
    forgotten = purge_memory(draft, before, purged, known, signalements)
    rows.update(forgotten.lignes)
    passing = [name for name, _ in passing_files(sortie)]
    removals = [*_places(sortie, before, purged), *forgotten.removals, *passing]
    told = Purge(
        tuple(purged),
        sum(1 for name in removals for path in _files(sortie / name)),
        {table: count for table, count in sorted(rows.items()) if count},
        len(gone),
        leftovers,
        tuple(_unknown(sortie)),
    )
    return [*names, *forgotten.places], removals, told


def _people(
    sortie: Path, purged: list[str], kept: list[str]
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return who is still held, who is not, and the signalements of no campaign that is kept."""

    def gather(codes: list[str], table: str, column: str) -> pl.Series:
        campaigns = [PreparedCampaign(code, sortie / CAMPAGNES / code) for code in codes]
        found = [c.table(table)[column].unique() for c in campaigns if c.has_table(table)]
        return pl.concat([pl.Series(column, [], pl.String), *found]).unique().sort()

    held, before = (gather(codes, "identites", "id_personne") for codes in (kept, purged))
    listed, former = (gather(codes, "signalements", "id_signalement") for codes in (kept, purged))
    return (
        held,
        before.filter(~before.is_in(held.implode())),
        former.filter(~former.is_in(listed.implode())),
    )


def _rows(sortie: Path, purged: list[str]) -> dict[str, int]:
    """Count the rows of the tables that go with their campaign's folder."""
    counted: Counter[str] = Counter()
    for code in purged:
        for path in sorted((sortie / CAMPAGNES / code).rglob("*.parquet")):
            counted[path.stem] += (
                pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
            )
    return dict(counted)


def _summary(draft: Draft, purged: list[str]) -> pl.DataFrame:
    former = read_historique(draft.sortie).filter(~pl.col("campagne").is_in(purged))
    both = pl.concat([former, summarise(draft.sortie, purged)])
    return both.sort("campagne", "psad", "indicateur")


def _places(sortie: Path, before: date, purged: list[str]) -> Iterator[str]:
    yield from (f"{CAMPAGNES}/{code}" for code in purged)
    for folder in sorted((sortie / PUBLISHED).glob("*")):
        if _is_older(CampaignFolder(folder.name.removeprefix(BEFORE), folder), before):
            yield f"{PUBLISHED}/{folder.name}"
    # What a program that had opened a database for writing may have left beside it.
    beside = (f"{base}{end}" for base in BASES for end in (".wal", ".tmp"))
    yield from (name for name in beside if (sortie / name).exists())


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]


def _unknown(sortie: Path) -> Iterator[str]:
    for path in sorted(sortie.iterdir()):
        if path.name not in KNOWN and not path.name.startswith((STAGING, *BASES)):
            yield path.name
    for path in sorted((sortie / CAMPAGNES).glob("*")):
        if not CODE.fullmatch(path.name):
            yield f"{CAMPAGNES}/{path.name}"


def _note(draft: Draft, before: date, actor: Actor, told: Purge, names: Sequence[str]) -> None:
    """Note what goes, and the manifests of those that stay and are written again."""
    sortie = draft.sortie
    details: dict[str, Any] = {
        "avant": before.isoformat(),
        "campagnes": " ".join(told.campagnes),
        "fichiers": told.fichiers,
        "lignes": sum(told.lignes.values()),
        "personnes": told.personnes,
    }
    sealed: dict[str, str] = {}
    for code in told.campagnes:
        sealed |= PreparedCampaign(code, sortie / CAMPAGNES / code).manifest_seal(CAMPAGNES)
    for name in names:
        if name.startswith(f"{CAMPAGNES}/"):
            code = name.removeprefix(f"{CAMPAGNES}/")
            sealed |= PreparedCampaign(code, draft.dossier / name).manifest_seal(CAMPAGNES)
    audit.append(
        sortie,
        "purge",
        actor,
        details=details,
        fichiers=sealed,
    )
