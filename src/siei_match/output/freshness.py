"""Which campaigns were made from an earlier state of an earlier campaign, and are to be run again.

A run reads what the campaigns before it left (`READ`), and its manifest says which state of them it
read. An earlier campaign that is run again and gives something else leaves the later ones as
they are: their identifiers, `premier_signalement` and cohorts are those of what is gone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siei_match.output.manifest import EarlierCampaign, Execution, Manifest, SealedFile
from siei_match.output.prepared import prepared_campaigns
from siei_match.reference.files import bytes_sha256

READ: Final = ("decisions", "profils", "redirections", "registre", "signalements")
"""The tables of a campaign that later campaigns read."""


@dataclass(frozen=True)
class CampaignState:
    """A campaign's code, the state that it is in, and the states that it was made from.

    `read` is None where the manifest does not say: an older version wrote it.
    """

    code: str
    state: str
    read: Mapping[str, str] | None


def state_of(files: Iterable[SealedFile]) -> str:
    """Return the SHA-256 of what later campaigns read of one, from the seals of its tables."""
    names = {f"{table}.parquet" for table in READ}
    seals = sorted(f"{file.chemin} {file.sha256}\n" for file in files if file.chemin in names)
    return bytes_sha256("".join(seals).encode())


def campaign_state(told: Manifest | Execution, files: Iterable[SealedFile]) -> CampaignState:
    """Return the state of a campaign, from what its run says and its files."""
    read = told.anterieures
    known = None if read is None else {earlier.code: earlier.sha256 for earlier in read}
    return CampaignState(told.campagne.code, state_of(files), known)


def earlier_states(sortie: Path, code: str) -> tuple[EarlierCampaign, ...]:
    """Return the state of every campaign before `code`, oldest first: what its run reads.

    Raises:
        OutputError: a manifest cannot be read.
    """
    return tuple(
        EarlierCampaign(code=known, sha256=state_of(campaign.manifest().fichiers))
        for known, campaign in prepared_campaigns(sortie).items()
        if known < code
    )


def find_stale(sortie: Path) -> dict[str, tuple[str, ...]]:
    """Return the campaigns to be run again, each with the earlier ones that changed since.

    Raises:
        OutputError: a manifest cannot be read.
    """
    manifests = (campaign.manifest() for campaign in prepared_campaigns(sortie).values())
    return compare_states(campaign_state(manifest, manifest.fichiers) for manifest in manifests)


def compare_states(states: Iterable[CampaignState]) -> dict[str, tuple[str, ...]]:
    """Do as `find_stale`, on campaigns of which some may not be in place yet.

    A campaign that a purge removed changes nothing: it cannot be read any more.
    """
    ordered = sorted(states, key=lambda campaign: campaign.code)
    found = {}
    for place, later in enumerate(ordered):
        changed = tuple(before.code for before in ordered[:place] if _differs(later, before))
        if changed:
            found[later.code] = changed
    return found


def _differs(later: CampaignState, before: CampaignState) -> bool:
    if later.read is None:
        # Versions only go up: an older one made it, before this earlier campaign was run again.
        return before.read is not None
    return later.read.get(before.code) != before.state


def follow_states(manifest: Manifest, moved: Mapping[str, tuple[str, str]]) -> Manifest:
    """Return a manifest that says the new state of each earlier campaign that it was made from.

    Args:
        manifest: the very same is returned where nothing changes.
        moved: by code, the state before and after a change that later campaigns go along with, such
            as a purge; who was stale before stays so.
    """
    if manifest.anterieures is None:
        return manifest
    told = tuple(
        earlier.model_copy(update={"sha256": moved[earlier.code][1]})
        if moved.get(earlier.code, ("", ""))[0] == earlier.sha256
        else earlier
        for earlier in manifest.anterieures
    )
    if told == manifest.anterieures:
        return manifest
    return manifest.model_copy(update={"anterieures": told})
