"""Under which keys people are known."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from siei_match.campaign.earlier import REGISTRE
from siei_match.output import newest_prepared
from siei_match.reference.settings import Settings, key_id, load_keys


@dataclass(frozen=True)
class KeyInUse:
    """A key by its name; `known`: people known under it; `alone`: under no newer one."""

    nom: str
    place: str
    known: int
    alone: int


def count_keys(sortie: Path, settings: Settings) -> list[KeyInUse]:
    """Return the keys held, the one in force first, then those that the register still names.

    Raises:
        OutputError: the register cannot be read.
        SettingsError: the keys cannot be read.
    """
    held = [key_id(key) for key in load_keys(settings, make=False)]
    campaign = newest_prepared(sortie)
    known = pl.DataFrame(schema={"id_personne": pl.String, "cle": pl.String})
    if campaign is not None:
        register = campaign.table(REGISTRE)
        known = register.select("id_personne", pl.col("cle").cast(pl.String)).unique()
    lost = sorted(set(known["cle"]) - set(held))
    told, seen = [], known.clear().select("id_personne")
    for place, name in enumerate([*held, *lost]):
        own = known.filter(pl.col("cle") == name).select("id_personne")
        alone = own.join(seen, on="id_personne", how="anti")
        where = "in force" if not place else "replaced" if name in held else "not held"
        told.append(KeyInUse(name, where, own.height, alone.height))
        seen = pl.concat([seen, alone])
    return told
