"""A campaign is run under the key by which people of its folder are known, or not at all."""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from siei_match.output import prepared_campaigns
from siei_match.output.memory.keys import read_forgotten, read_known
from siei_match.reference.errors import SettingsError
from siei_match.reference.settings import Settings, key_id, load_keys


def require_same_key(sortie: Path, code: str, settings: Settings) -> None:
    """Refuse to run campaign `code` under keys by which people of the folder would not be known.

    The key of the newest campaign must be held, be it this one run again: with another, every
    identifier would change, and no answer of a platform would find whom it is about. A key is
    renewed by holding both; an older one is missed only where somebody is known under it alone,
    and nobody said that it is gone for good (`siei cle forget`).

    Raises:
        SettingsError: a key is missing.
        OutputError: a manifest, or the register, cannot be read.
    """
    campaigns = prepared_campaigns(sortie)
    # A lost key is not replaced in silence: one is made for a new output folder only.
    held = {key_id(key) for key in load_keys(settings, make=not campaigns)}
    made_with = {known: campaign.manifest().cle for known, campaign in campaigns.items()}
    missing = {known: name for known, name in made_with.items() if name not in held}
    newest = max(campaigns, default=None)
    if newest in missing:
        # The first campaign that it made is named: it is the one whose key is looked for.
        first = next(known for known, name in missing.items() if name == missing[newest])
        raise _other_key(sortie, first, code)
    # The register is read only where a key is missing: after one was forgotten, or lost.
    needed = _needed_alone(sortie, held) if missing else set()
    for known, name in missing.items():
        if name in needed:
            raise _other_key(sortie, known, code, f"say that it is gone: siei cle forget {name}")


def _needed_alone(sortie: Path, held: Collection[str]) -> Collection[str]:
    """Return the keys that are not held, nor forgotten on purpose, under which alone people are known."""
    known = read_known(sortie)
    kept = known.filter(pl.col("cle").is_in(list(held)))
    alone = known.join(kept, on="id_personne", how="anti")["cle"]
    return set(alone) - read_forgotten(sortie)


def _other_key(
    sortie: Path, known: str, code: str, otherwise: str = "choose a new --sortie"
) -> SettingsError:
    run = f"of campaign {known}" if known != code else f"that campaign {code} was last run with"
    return SettingsError(
        f"The secret key is not the one {run} in {sortie}: every identifier would change, and no "
        "answer of a platform would find whom it is about.",
        remedy="Give that key with cle_fichier in the settings file or SIEI_CLE "
        f"(docs/exploitation.md, The key), or {otherwise}.",
    )
