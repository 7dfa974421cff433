"""Under which keys people are known, and what would be lost with one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from siei_match.output import newest_prepared, prepared_campaigns
from siei_match.output.audit import Actor
from siei_match.output.memory import (
    EXCLUSIONS,
    RECTIFICATIONS,
    all_ids,
    read_exclusions,
    read_rectifications,
)
from siei_match.output.memory.answers import read_collected
from siei_match.output.memory.judgements import PRINTS, read_revues, standing
from siei_match.output.memory.keys import note_forgotten, read_forgotten, read_known
from siei_match.reference.errors import SettingsError
from siei_match.reference.settings import Settings, forget_key, key_id, load_keys
from siei_match.stages.link.people.judged import name_pairs


@dataclass(frozen=True)
class KeyInUse:
    """A key by its name; `known`: people known under it; `alone`: under no newer one."""

    nom: str
    place: str
    known: int
    alone: int


@dataclass(frozen=True)
class KeyNeeds:
    """What would be lost with a key.

    latest: it is the key of the newest campaign: no run has known people by another since.
    people: known under it alone; of them `excluded`, `rectified`, `answered` count those whose right
    or answer of a platform would no longer find them. judged: judgements of clerks made under it.
    """

    latest: bool
    people: int
    excluded: int
    rectified: int
    answered: int
    judged: int

    def told(self) -> list[str]:
        """Say what still needs it, beside people of whom nothing is kept that a run acts upon."""
        counts = (
            (self.excluded, "people are excluded"),
            (self.rectified, "people had values put right"),
            (self.answered, "people were answered for by a platform"),
            (self.judged, "judgements of clerks stand"),
        )
        return [f"{n} {what} under it alone" for n, what in counts if n]


def count_keys(sortie: Path, settings: Settings) -> list[KeyInUse]:
    """Return the keys held, the one in force first, then those that the register still names.

    Raises:
        OutputError: the register cannot be read.
        SettingsError: the keys cannot be read.
    """
    held = [key_id(key) for key in load_keys(settings, make=False)]
    known, forgotten = read_known(sortie), read_forgotten(sortie)
    lost = sorted(set(known["cle"]) - set(held))
    told, seen = [], known.clear().select("id_personne")
    for place, name in enumerate([*held, *lost]):
        own = known.filter(pl.col("cle") == name).select("id_personne")
        alone = own.join(seen, on="id_personne", how="anti")
        gone = "forgotten" if name in forgotten else "not held"
        where = "in force" if not place else "replaced" if name in held else gone
        told.append(KeyInUse(name, where, own.height, alone.height))
        seen = pl.concat([seen, alone])
    return told


def find_needs(sortie: Path, name: str, keys: Sequence[bytes], day: date) -> KeyNeeds:
    """Say what would be lost with the key of that name.

    Args:
        sortie: the output folder.
        name: the key's, held or not.
        keys: those that are held.
        day: of today: exclusions that ended before it need nothing.

    Raises:
        OutputError: a table cannot be read.
    """
    kept = [key for key in keys if key_id(key) != name]
    known = read_known(sortie)
    others = known.filter(pl.col("cle").is_in([key_id(key) for key in kept]))
    mine = known.filter(pl.col("cle") == name).select("id_personne")
    alone = mine.join(others, on="id_personne", how="anti")["id_personne"]
    newest = newest_prepared(sortie)
    excluded = read_exclusions(sortie).filter(pl.col("fin") >= day)["id_personne"]
    return KeyNeeds(
        latest=newest is not None and newest.manifest().cle == name,
        people=len(alone),
        excluded=_count(sortie, excluded, alone),
        rectified=_count(sortie, read_rectifications(sortie)["id_personne"], alone),
        answered=_count(sortie, _answered(sortie), alone),
        judged=_judged(sortie, kept),
    )


def _count(sortie: Path, ids: pl.Series, alone: pl.Series) -> int:
    """Count the people of `alone` whom `ids` name, under any identifier that they bore."""
    if ids.is_empty() or alone.is_empty():
        return 0
    return int(alone.is_in(all_ids(sortie, ids).implode()).sum())


def _answered(sortie: Path) -> pl.Series:
    answered = read_collected(sortie)["id_signalement"].unique()
    listed = [
        campaign.rows("signalements", pl.col("id_signalement").is_in(answered.implode()))
        for campaign in prepared_campaigns(sortie).values()
    ]
    return pl.concat(
        [pl.Series("id_personne", [], pl.String), *(one["id_personne"] for one in listed)]
    ).unique()


def _judged(sortie: Path, kept: Sequence[bytes]) -> int:
    """Count the judgements that stand and whose records no key that is kept finds again."""
    judgements = standing(read_revues(sortie)).select("id_paire", *PRINTS)
    for key in kept:
        # A pair is named under the key of its fingerprints.
        judgements = judgements.filter(pl.col("id_paire") != name_pairs(judgements, key))
    return judgements.height


def forget(
    sortie: Path, name: str, settings: Settings, actor: Actor, *, anyway: bool = False
) -> KeyNeeds:
    """Forget a key: note that it is gone for good, then remove it from the key's file.

    A key that is held no more may be forgotten too: runs are refused until that is said, where
    people are known under it alone.

    Args:
        sortie: the output folder.
        name: the key's, as `count_keys` gives it.
        settings: where the keys stand.
        actor: who decides, and when.
        anyway: lose what still needs it; never the key that the newest campaign was made with.

    Returns:
        What was lost.

    Raises:
        SettingsError: there is no such key, it is in force, its file cannot be written, or something
            needs it and nobody said `anyway`.
        OutputError: a table cannot be read, or the disk or the audit log refuses.
    """
    keys = load_keys(settings, make=False)
    held = name in {key_id(key) for key in keys}
    if held:
        forget_key(settings, name, dry=True)
    elif name not in set(read_known(sortie)["cle"]):
        raise SettingsError(
            f"{name!r} is no key that is held, nor one that people of {sortie} are known under.",
            remedy="`siei cle list` names the keys.",
        )
    needs = find_needs(sortie, name, keys, actor.quand.date())
    if needs.latest:
        # Not even on purpose: every later run would be refused.
        raise SettingsError(
            f"The key {name} is that of the newest campaign: no run was made since it was replaced.",
            remedy="Run the next campaign, or the newest again, so that people are known by the key "
            "in force; then forget this one.",
        )
    if needs.told() and not anyway:
        raise SettingsError(
            f"The key {name} is still needed: {'; '.join(needs.told())}.",
            remedy="Whoever a later campaign sees again is known by the key in force: wait for it, or "
            "add --anyway to lose what is left.",
        )
    lost = {"personnes": needs.people, EXCLUSIONS: needs.excluded}
    lost |= {RECTIFICATIONS: needs.rectified, "retours": needs.answered, "revues": needs.judged}
    note_forgotten(sortie, name, actor, {what: n for what, n in lost.items() if n})
    if held:
        forget_key(settings, name)
    return needs
