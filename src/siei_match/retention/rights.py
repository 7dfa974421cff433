"""A person's rights: exclusion and rectification, in what stands there and in every later run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import polars as pl

from siei_match.output import (
    CAMPAGNES,
    MEMOIRE,
    Draft,
    PreparedCampaign,
    audit,
    open_draft,
    place_draft,
    prepared_campaigns,
)
from siei_match.output.audit import Actor
from siei_match.output.holdings import passing_files
from siei_match.output.memory import (
    EXCLUSIONS,
    RECTIFICATIONS,
    all_ids,
    find_person,
    read_exclusions,
    read_rectifications,
    reject_rows,
    without_rows,
    write_memory,
)
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import SieiError
from siei_match.reference.files import file_sha256
from siei_match.retention.corrections import correct
from siei_match.retention.folder import Modification
from siei_match.retention.rewrite import Plan, rewrite
from siei_match.retention.values import read_value
from siei_match.stages.identify.identities import id_signalement

KEPT: Final = ("registre", "redirections")
"""What an exclusion leaves: without it the person would come back as somebody unknown."""
NAMING: Final = ("id_personne", "id_a", "id_b")
ACTS: Final = {EXCLUSIONS: "exclusion", RECTIFICATIONS: "rectification"}
"""The act that the audit log tells, by the table of DIR/memoire that it changes."""


class RightsError(SieiError):
    """What was asked of a person's rights makes no sense, or is not there."""

    CODE = "personne"


@dataclass(frozen=True)
class Effect:
    """What an act changed: the person by identifier, the campaigns written again."""

    id_personne: str
    campagnes: tuple[str, ...]


def exclude(sortie: Path, identifier: str, motif: str, fin: date, actor: Actor) -> Effect:
    """Leave a person out of every campaign that observes until `fin`, those that stand there at once.

    Args:
        sortie: the output folder, DIR.
        identifier: an id_personne or an id_signalement.
        motif: opposition, erreur or autre.
        fin: the last day.
        actor: who decides, and when.

    Raises:
        UnknownPersonError: no campaign holds that person.
        RightsError: `fin` is past.
        OutputError: a file is damaged, another command works there, or the disk refused; nothing
            has changed then.
    """
    if fin < actor.quand.date():
        raise RightsError(f"{fin} is past: nothing would be excluded.", remedy="Give a later day.")
    with open_draft(sortie, "droits") as draft:
        who = _find(sortie, identifier, actor.keys)
        ids = all_ids(sortie, pl.Series([who]))
        row = {"id_personne": who, "motif": motif, "fin": fin, **_told(actor)}
        others = read_exclusions(sortie).filter(~pl.col("id_personne").is_in(ids.implode()))
        changed = _add(others, row).sort("id_personne")
        names = rewrite(draft, _leave_out(sortie, ids, fin, actor.keys))
        details = {"id_personne": who, "motif": motif, "fin": fin.isoformat()}
        return _settle(draft, names, EXCLUSIONS, changed, actor, details)


def lever(sortie: Path, identifier: str, actor: Actor) -> Effect:
    """End an exclusion: the next run takes the person back; nothing that stands there changes.

    Raises:
        RightsError: nobody is excluded under that identifier.
        OutputError: as `exclude`.
    """
    with open_draft(sortie, "droits") as draft:
        who = _find(sortie, identifier, actor.keys)
        ids = all_ids(sortie, pl.Series([who]))
        told = read_exclusions(sortie)
        left = told.filter(~pl.col("id_personne").is_in(ids.implode()))
        if left.height == told.height:
            raise RightsError(
                "No exclusion of this person stands.", remedy="There is nothing to end."
            )
        details = {"id_personne": who, "levee": "oui"}
        return _settle(draft, [], EXCLUSIONS, left, actor, details)


def rectifier(
    sortie: Path, identifier: str, column: str, wanted: str, motif: str, actor: Actor
) -> Effect:
    """Put one value of a person right, on the lists that stand there at once and in every later run.

    A birth date also sets the age, and takes off a list whoever is under 16 or over 25. A commune
    changes the platform from the next run on, or when the campaign is run again.

    Raises:
        UnknownPersonError: no campaign holds that person.
        RectificationError: the value cannot be read as that column's.
        OutputError: as `exclude`.
    """
    value = read_value(column, wanted)
    with open_draft(sortie, "droits") as draft:
        who = _find(sortie, identifier, actor.keys)
        ids = all_ids(sortie, pl.Series([who]))
        row = {"id_personne": who, "colonne": column, "valeur": value, "motif": motif.strip()}
        told = read_rectifications(sortie)
        former = pl.col("id_personne").is_in(ids.implode()) & (pl.col("colonne") == column)
        again = told.filter(former).height > 0
        changed = _add(told.filter(~former), row | _told(actor)).sort("id_personne", "colonne")
        mine = pl.concat(
            [_add(told.clear(), row | _told(actor) | {"id_personne": one}) for one in ids]
        )
        names = _listed(sortie, ids, actor.keys)

        def plan(prepared: PreparedCampaign) -> Modification:
            day = prepared.manifest().campagne.date_observation
            etapes = {} if again else {RECTIFICATIONS: 1}
            tables = {"liste", "decisions", "signalements"}
            return Modification(correct(mine, names, day), tables.__contains__, etapes=etapes)

        made = rewrite(draft, plan)
        details = {"id_personne": who, "colonne": column}
        return _settle(draft, made, RECTIFICATIONS, changed, actor, details)


def withdraw(sortie: Path, identifier: str, column: str, actor: Actor) -> Effect:
    """Withdraw a rectification: the next run shows the extracts' value; nothing that stands there changes.

    Raises:
        RightsError: no such rectification stands.
        OutputError: as `exclude`.
    """
    with open_draft(sortie, "droits") as draft:
        who = _find(sortie, identifier, actor.keys)
        ids = all_ids(sortie, pl.Series([who]))
        told = read_rectifications(sortie)
        meant = pl.col("id_personne").is_in(ids.implode()) & (pl.col("colonne") == column)
        left = told.filter(~meant)
        if left.height == told.height:
            raise RightsError(
                f"No rectification of {column} stands for this person.",
                remedy="`siei personne rectifications` shows those that do.",
            )
        details = {"id_personne": who, "colonne": column, "retiree": "oui"}
        return _settle(draft, [], RECTIFICATIONS, left, actor, details)


def list_rectifications(sortie: Path, identifier: str) -> pl.DataFrame:
    """Return a person's rectifications without the values: colonne, motif, decidee_le, par.

    Raises:
        UnknownPersonError: no campaign holds that person.
        OutputError: a file is damaged.
    """
    ids = all_ids(sortie, pl.Series([find_person(sortie, identifier)]))
    told = read_rectifications(sortie).filter(pl.col("id_personne").is_in(ids.implode()))
    return told.select("colonne", "motif", "decidee_le", "par").sort("colonne")


def _find(sortie: Path, identifier: str, keys: Sequence[bytes]) -> str:
    """Find a person; who is excluded is in no list, but a key tells their id_signalement."""
    excluded = read_exclusions(sortie)["id_personne"]
    if keys and len(excluded):
        ids = all_ids(sortie, excluded)
        for key in keys:
            named = ids.filter(id_signalement(ids, key) == identifier)
            if len(named):
                return find_person(sortie, named[0])
    return find_person(sortie, identifier)


def _told(actor: Actor) -> dict[str, Any]:
    return {"decidee_le": actor.quand.date(), "par": actor.par}


def _add(frame: pl.DataFrame, row: dict[str, Any]) -> pl.DataFrame:
    return pl.concat([frame, pl.DataFrame([row], frame.schema)])


def _settle(
    draft: Draft,
    names: list[str],
    table: str,
    frame: pl.DataFrame,
    actor: Actor,
    details: dict[str, Any],
) -> Effect:
    """Note the act, then put everything in place as one whole."""
    memory = write_memory(frame, draft.dossier, table)
    sealed = {memory: file_sha256(draft.dossier / memory) or ""}
    codes = []
    for code in (name.rpartition("/")[2] for name in names if name.startswith(f"{CAMPAGNES}/")):
        made = PreparedCampaign(code, draft.dossier / CAMPAGNES / code)
        sealed |= made.manifest_seal(CAMPAGNES)
        before = PreparedCampaign(code, draft.sortie / CAMPAGNES / code)
        # A later campaign's manifest alone may say that an earlier one has changed.
        if made.manifest().fichiers != before.manifest().fichiers:
            codes.append(code)
    audit.append(
        draft.sortie,
        ACTS[table],
        actor,
        details=details | ({"campagnes": " ".join(codes)} if codes else {}),
        fichiers=sealed,
    )
    (draft.sortie / MEMOIRE).mkdir(mode=0o700, exist_ok=True)
    # A file that waits to be confirmed may name whoever it likes: nobody looks into it.
    passing = [name for name, _ in passing_files(draft.sortie)]
    place_draft(draft, [*names, memory], passing)
    return Effect(details["id_personne"], tuple(codes))


def _leave_out(sortie: Path, ids: pl.Series, fin: date, keys: Sequence[bytes]) -> Plan:
    """Plan the removal of a person from every campaign that observes until `fin`."""
    listed = _listed(sortie, ids, keys)["id_signalement"].implode()

    def plan(prepared: PreparedCampaign) -> Modification | None:
        manifest = prepared.manifest()
        if manifest.campagne.date_observation > fin:
            return None
        mine = prepared.table("identites").filter(pl.col("id_personne").is_in(ids.implode()))
        fichiers = [fichier.nom for fichier in manifest.entrees]

        def change(table: str, frame: pl.DataFrame) -> pl.DataFrame:
            if table == "rejets":
                return reject_rows(frame, mine, fichiers) if mine.height else frame
            if table == "liens":
                return without_rows(frame, mine)
            for column in set(NAMING) & set(frame.columns):
                frame = frame.filter(~pl.col(column).is_in(ids.implode()))
            if "id_signalement" in frame.columns:
                frame = frame.filter(~pl.col("id_signalement").is_in(listed))
            return frame

        methods = mine.group_by("methode").len().iter_rows()
        return Modification(
            change,
            tables=lambda name: name not in KEPT,
            rejetees=dict(mine.group_by("fichier").len().iter_rows()),
            etapes={
                **{f"methode_{methode}": -count for methode, count in methods},
                "personnes_exclues": mine["id_personne"].n_unique(),
                "lignes_exclues": mine.height,
            },
        )

    return plan


def _listed(sortie: Path, ids: pl.Series, keys: Sequence[bytes]) -> pl.DataFrame:
    """Return id_signalement, id_personne of a person, as every campaign and the keys give them."""
    columns = ["id_signalement", "id_personne"]
    parts = [
        prepared.table("signalements").select(columns)
        for prepared in prepared_campaigns(sortie).values()
    ]
    parts += [pl.DataFrame([id_signalement(ids, key), ids.alias("id_personne")]) for key in keys]
    empty = pl.DataFrame(schema=declaration("tables/signalements").polars_schema).select(columns)
    return pl.concat([empty, *parts]).filter(pl.col("id_personne").is_in(ids.implode())).unique()
