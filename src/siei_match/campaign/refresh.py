"""Running again the campaigns that an earlier one, run again, has left behind: what `siei refresh` does.

Each is a run like any other, placed whole, in the order of time; one that fails leaves the rest as
it was. Nothing but the earlier campaigns may differ from the last run: the same delivery, settings.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from siei_match.campaign.agreement import changed_inputs
from siei_match.campaign.progress import Progress
from siei_match.campaign.results import PreparedRun
from siei_match.campaign.story import run_campaign
from siei_match.output import EXECUTIONS, MEMOIRE, require_prepared
from siei_match.output.audit import Actor
from siei_match.output.freshness import find_stale
from siei_match.reference.errors import DeliveryError, SettingsError
from siei_match.reference.nomenclatures import load_psad
from siei_match.reference.settings import Settings
from siei_match.stages.extract import read_declaration, read_delivery

RUN_IT: Final = "If it is to be made from something else, `siei run` it."


def refresh_campaigns(
    sortie: Path,
    settings: Settings,
    *,
    folders: Iterable[Path] = (),
    progress: Progress | None = None,
    actor: Actor | None = None,
    dry: bool = False,
) -> list[PreparedRun]:
    """Run again every campaign that was made before an earlier one changed, oldest first.

    Args:
        sortie: the output folder.
        settings: those of the last runs.
        folders: deliveries' folders, where they are not where the last run found them.
        progress: receives the progress.
        actor: who the audit log names.
        dry: run nothing; see that everything could be.

    Returns:
        What was prepared, none where every campaign is up to date.

    Raises:
        DeliveryError: a delivery is not the one that the campaign was made from, or is not known.
        SettingsError: the settings are not those that it was made with.
        SieiError: as `run_campaign`; what was placed before stays.
    """
    given = {read_declaration(folder).campagne.code: folder for folder in folders}
    known = read_folders(sortie) | given
    stale = find_stale(sortie)
    # Everything is looked at before anything is run.
    for code in stale:
        require_same_run(sortie, code, known.get(code), settings)
    done: list[PreparedRun] = []
    while not dry and stale:
        code = next(iter(stale))
        done.append(run_campaign(known[code], sortie, settings, progress=progress, actor=actor))
        # One that gives the same as before leaves nothing behind.
        stale = {later: why for later, why in find_stale(sortie).items() if later > code}
    return done


def read_folders(sortie: Path) -> dict[str, Path]:
    """Return where the delivery of each campaign stood when it was last run, as far as is known."""
    path = sortie / MEMOIRE / EXECUTIONS
    if not path.is_file():
        return {}
    found: dict[str, Path] = {}
    for line in path.read_text("utf-8").splitlines():
        try:
            told: Mapping[str, str] = json.loads(line)
            found[told["campagne"]] = Path(told["dossier"])
        except (ValueError, KeyError, TypeError):
            # An older version noted no folder; a crash may leave half a line.
            continue
    return found


def require_same_run(sortie: Path, code: str, folder: Path | None, settings: Settings) -> None:
    """Refuse to run a campaign again from another delivery, or with other settings, than before.

    Raises:
        DeliveryError: the delivery is not there, or is another one.
        SettingsError: a setting that changes results is another one.
    """
    manifest = require_prepared(sortie, code).manifest()
    if folder is None or not folder.is_dir():
        raise DeliveryError(
            f"The delivery of campaign {code} is no longer where it was read, or that is not known.",
            remedy=f"Name its folder: siei refresh FOLDER --sortie {sortie}",
        )
    delivery = read_delivery(folder)
    if delivery.campagne.code != code:
        raise DeliveryError(
            f"{folder} no longer holds the delivery of campaign {code}.",
            remedy=f"Name its folder: siei refresh FOLDER --sortie {sortie}",
        )
    if changed := changed_inputs(manifest, delivery, folder):
        raise DeliveryError(
            f"{folder} is not what campaign {code} was made from (different: "
            f"{', '.join(changed)}).",
            remedy=f"Restore that delivery. {RUN_IT}",
        )
    now = settings.public()
    other = [name for name, value in manifest.reglages.items() if now.get(name, value) != value]
    if manifest.zones != dict(
        load_psad(settings.psad, manifest.campagne.date_observation).empreintes
    ):
        other.append("psad")
    if other:
        raise SettingsError(
            f"Campaign {code} was made with other settings ({', '.join(other)}).",
            remedy=f"Give them with --reglages; its manifest says which. {RUN_IT}",
        )
