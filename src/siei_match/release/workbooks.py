"""The workbooks of a release: made once, before anybody sees it, and the same ever after."""

from pathlib import Path
from typing import Final

from siei_match.output import CampaignFolder
from siei_match.reference.files import PRIVATE, bytes_sha256, create
from siei_match.release.names import name_all_platforms
from siei_match.stages.publish.workbooks import render_list

CLASSEUR: Final = "xlsx"
"""The kind of a list that a release adds to those of the run."""


def write_workbooks(target: CampaignFolder, sortie: Path) -> dict[str, str]:
    """Write a workbook beside each list of a folder; return their SHA-256 by platform.

    `sortie`: the output folder, which knows the platforms' names.

    Thirty seconds for a country: the day of a release everybody comes at once, and the page only
    sends what is there.

    Raises:
        OutputError: a list cannot be read.
    """
    sealed = {}
    names = name_all_platforms(sortie)
    for psad in target.platforms():
        content = render_list(target, psad, platforms=names)
        create(target.list_path(psad, CLASSEUR), PRIVATE).write_bytes(content)
        sealed[psad] = bytes_sha256(content)
    return sealed
