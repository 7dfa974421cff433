"""Campaigns past their term leave every file: folders, databases, copies, memory, leftovers."""

from collections import Counter
from collections.abc import Iterator
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
from siei_match.output.audit import Acteur
from siei_match.output.databases.contents import HISTORIQUE, read_historique
from siei_match.output.memory import all_ids, read_exclusions
from siei_match.reference.errors import OutputError, SieiError
from siei_match.reference.files import PRIVATE, write_parquet
from siei_match.release.released import AVANT, PUBLIEES
from siei_match.retention.folder import Modification
from siei_match.retention.history import summarise
from siei_match.retention.memory import forget_sessions, purge_memory
from siei_match.retention.rewrite import rewrite

FOLLOWING = ("registre", "redirections", "devenirs", "profils", "reponses")
"""Tables of a campaign that may name people whom it did not see."""
KNOWN = {CAMPAGNES, PUBLIEES, MEMOIRE, *BASES, JOURNAL, LOCK}


class EverythingPurgedError(SieiError):
    """No campaign would remain, and nobody said that none should."""


@dataclass(frozen=True)
class Purge:
    """What a purge removes, or would remove.

    Attributes:
        campagnes: their codes.
        fichiers: files that go, and stand in no other form.
        lignes: rows that go, by table.
        personnes: people of whom nothing is left.
        restes: what killed runs had left beside, removed.
        inconnus: files in the output folder that are not siei-match's: left as they are.
    """

    campagnes: tuple[str, ...]
    fichiers: int
    lignes: dict[str, int]
    personnes: int
    restes: int
    inconnus: tuple[str, ...]

    @property
    def rien(self) -> bool:
        return not (self.fichiers or self.lignes or self.restes)


def purger(
    sortie: Path, avant: date, acteur: Acteur, *, tout: bool = False, simuler: bool = False
) -> Purge:
    """Remove everything of the campaigns that observed before `avant`, from every file.

    What remains of them is counted anonymously in DIR/memoire/historique.parquet and in the table
    `historique` of siei.duckdb.

    Args:
        sortie: the output folder, DIR.
        avant: campaigns whose `date_observation` is before this day go.
        acteur: who decides, and when.
        tout: go on even where no campaign remains.
        simuler: say what would go; nothing is removed but what killed runs left.

    Raises:
        EverythingPurgedError: no campaign would remain, without `tout`.
        OutputError: a folder or file is damaged, another command works there, the audit log cannot
            be written, or the disk refused; nothing is removed then.
    """
    restes = len(list(sortie.glob(f"{STAGING}*")))
    if not simuler:
        audit.require_writable(sortie)
    with open_draft(sortie, "purge") as draft:
        purgees = list(_older(sortie, avant))
        kept = [code for code in prepared_campaigns(sortie) if code not in purgees]
        if purgees and not kept and not tout:
            raise EverythingPurgedError(
                f"Every campaign of {sortie} observed before {avant}: none would remain.",
                remedy="Check the date; add --tout if that is meant.",
            )
        names, removals, told = _prepare(draft, avant, purgees, kept, restes)
        if not simuler and (names or removals):
            _note(sortie, avant, acteur, told)
            place_draft(draft, names, removals)
    if not simuler:
        forget_sessions(sortie, avant)
    left = sorted(path.name for path in sortie.glob(f"{STAGING}*"))
    if left:
        raise OutputError(
            f"What was purged still stands in {', '.join(left)}, in {sortie}.",
            remedy="Remove these folders: the disk refused to.",
        )
    return told


def _older(sortie: Path, avant: date) -> Iterator[str]:
    """Give the codes of the campaigns to purge; one without a manifest is dated by its code."""
    for folder in sorted((sortie / CAMPAGNES).glob("*")):
        if not CODE.fullmatch(folder.name):
            continue
        if _is_older(CampaignFolder(folder.name, folder), avant):
            yield folder.name


def _is_older(campaign: CampaignFolder, avant: date) -> bool:
    if campaign.manifest_path.is_file():
        return campaign.manifest().campagne.date_observation < avant
    return campaign.code < f"{avant:%Y-%m}"


def _prepare(
    draft: Draft, avant: date, purgees: list[str], kept: list[str], restes: int
) -> tuple[list[str], list[str], Purge]:
    """Prepare what replaces; return the names to put in place, those to remove, and the account."""
    sortie = draft.sortie
    held, gone, signalements = _people(sortie, purgees, kept)
    standing = read_exclusions(sortie).filter(pl.col("fin") >= avant)["id_personne"]
    # Their fingerprints are what keeps them out: they stay while the exclusion does.
    excluded = all_ids(sortie, standing)
    known = pl.concat([held, excluded]).unique()
    lignes: Counter[str] = Counter(_rows(sortie, purgees))

    def forget(table: str, frame: pl.DataFrame) -> pl.DataFrame:
        stays = pl.col("id_personne").is_in(known.implode())
        if "derniere" in frame.columns:
            excepted = pl.col("id_personne").is_in(excluded.implode())
            stays &= excepted | ~pl.col("derniere").cast(pl.String).is_in(purgees)
        if "campagne_liste" in frame.columns:
            stays &= ~pl.col("campagne_liste").is_in(purgees)
        left = frame.filter(stays)
        lignes[table] += frame.height - left.height
        return left

    def plan(prepared: PreparedCampaign) -> Modification:
        return Modification(forget, tables=lambda name: name in FOLLOWING)

    historique = _summary(draft, purgees) if purgees else None
    names = rewrite(draft, plan, purgees=purgees, historique=historique)
    if historique is not None:
        path = draft.dossier / MEMOIRE / HISTORIQUE
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_parquet(historique, path, PRIVATE)
        names.append(f"{MEMOIRE}/{HISTORIQUE}")
    oublies = purge_memory(draft, avant, purgees, known, signalements)
    lignes.update(oublies.lignes)
    removals = [*_places(sortie, avant, purgees), *oublies.retraits]
    told = Purge(
        tuple(purgees),
        sum(1 for name in removals for path in _files(sortie / name)),
        {table: count for table, count in sorted(lignes.items()) if count},
        len(gone),
        restes,
        tuple(_unknown(sortie)),
    )
    return [*names, *oublies.places], removals, told


def _people(
    sortie: Path, purgees: list[str], kept: list[str]
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Return who is still held, who is not, and the signalements of no campaign that is kept."""

    def gather(codes: list[str], table: str, column: str) -> pl.Series:
        campaigns = [PreparedCampaign(code, sortie / CAMPAGNES / code) for code in codes]
        found = [c.table(table)[column].unique() for c in campaigns if c.has_table(table)]
        return pl.concat([pl.Series(column, [], pl.String), *found]).unique().sort()

    held, before = (gather(codes, "identites", "id_personne") for codes in (kept, purgees))
    listed, former = (gather(codes, "signalements", "id_signalement") for codes in (kept, purgees))
    return (
        held,
        before.filter(~before.is_in(held.implode())),
        former.filter(~former.is_in(listed.implode())),
    )


def _rows(sortie: Path, purgees: list[str]) -> dict[str, int]:
    """Count the rows of the tables that go with their campaign's folder."""
    counted: Counter[str] = Counter()
    for code in purgees:
        for path in sorted((sortie / CAMPAGNES / code).rglob("*.parquet")):
            counted[path.stem] += pl.scan_parquet(path).select(pl.len()).collect().item()
    return dict(counted)


def _summary(draft: Draft, purgees: list[str]) -> pl.DataFrame:
    former = read_historique(draft.sortie).filter(~pl.col("campagne").is_in(purgees))
    both = pl.concat([former, summarise(draft.sortie, purgees)])
    return both.sort("campagne", "psad", "indicateur")


def _places(sortie: Path, avant: date, purgees: list[str]) -> Iterator[str]:
    yield from (f"{CAMPAGNES}/{code}" for code in purgees)
    for folder in sorted((sortie / PUBLIEES).glob("*")):
        if _is_older(CampaignFolder(folder.name.removeprefix(AVANT), folder), avant):
            yield f"{PUBLIEES}/{folder.name}"
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


def _note(sortie: Path, avant: date, acteur: Acteur, told: Purge) -> None:
    details: dict[str, Any] = {
        "avant": avant.isoformat(),
        "campagnes": " ".join(told.campagnes),
        "fichiers": told.fichiers,
        "lignes": sum(told.lignes.values()),
        "personnes": told.personnes,
    }
    sealed: dict[str, str] = {}
    for code in told.campagnes:
        sealed |= PreparedCampaign(code, sortie / CAMPAGNES / code).manifest_seal(CAMPAGNES)
    audit.append(
        sortie,
        "purge",
        acteur,
        details=details,
        fichiers=sealed,
    )
