"""May this delivery take the place of what was released under its code?"""

from collections import Counter
from pathlib import Path
from typing import Final

from siei_match.campaign.worksite import Worksite
from siei_match.output import released_folder
from siei_match.output.manifest import Manifest
from siei_match.reference.delivery import Delivery
from siei_match.reference.errors import SettingsError
from siei_match.reference.files import file_sha256
from siei_match.reference.listing import first_of

SAID: Final = ("date_observation", "annee_scolaire", "definition")
"""What a campagne.toml says of its campaign and changes who is listed."""
SHOWN: Final = 5


def require_replaceable(worksite: Worksite, delivery: Delivery) -> None:
    """Refuse other inputs under the code of a released campaign, unless that is what was asked.

    The same inputs may be run again as often as one likes; so may a campaign that is prepared and
    not released, or withdrawn. A dry run puts nothing in place.

    Raises:
        SettingsError: the campaign is released, of other inputs, and nobody said `--replace`.
        OutputError: the released manifest cannot be read.
    """
    code = delivery.campagne.code
    released = released_folder(worksite.staging.sortie, code)
    if worksite.replace or worksite.dry or not released.manifest_path.is_file():
        return
    changed = changed_inputs(released.manifest(), delivery, worksite.dossier)
    if changed:
        named = first_of(changed, SHOWN)
        raise SettingsError(
            f"Campaign {code} is released, and was made from other inputs (different: {named}).",
            remedy="Check the code of campagne.toml. If this corrects what was released, run again "
            "with --replace: the platforms keep what they see until it is released too.",
        )


def changed_inputs(told: Manifest, delivery: Delivery, dossier: Path) -> list[str]:
    """Name what a delivery has not in common with the run of a manifest.

    Keys of the campaign, files whose bytes were not read then, files that are not there now.
    """
    said = [
        name for name in SAID if getattr(told.campagne, name) != getattr(delivery.campagne, name)
    ]
    before = Counter((f.extrait, f.sha256) for f in told.entrees)
    now = {f.nom: (f.extrait, file_sha256(dossier / f.nom)) for f in delivery.fichiers}
    left = before - Counter(now.values())
    new = [name for name, content in now.items() if content not in before]
    gone = [f.nom for f in told.entrees if (f.extrait, f.sha256) in left and f.nom not in now]
    return [*said, *new, *gone]
