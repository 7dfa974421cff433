"""One platform's list, as it was released, in the format that its reader wants."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from siei_match.output import CampaignFolder, require_prepared
from siei_match.output.audit import Actor
from siei_match.output.placing import placing
from siei_match.reference.errors import OutputError
from siei_match.release.export.encryption import EXTENSION, encrypt
from siei_match.release.names import name_all_platforms
from siei_match.release.released import read_released, released_folder
from siei_match.stages.publish.workbooks import render_list

FORMATS: Final = ("csv", "xlsx", "parquet")
KEY_SHOWN: Final = 20
"""Characters of a public key that tell it from every other."""


def export_list(
    sortie: Path,
    campagne: str,
    psad: str,
    formats: Sequence[str] = FORMATS,
    destination: Path | None = None,
    *,
    actor: Actor,
    answers: bool = False,
    keys: Sequence[str] = (),
    unreleased: bool = False,
    movements: bool = False,
) -> list[Path]:
    """Copy a list into `destination` (the current folder), one file per format.

    The list is the released one, which the platforms see. With `unreleased` it is the one that the
    last run prepared, and the log says so: nobody has decided that anybody may see it. With `answers` a workbook has columns for the platform's answers beside those of the list.

    Output: the files `liste-<campagne>-<psad>.<format>`, mode 0600: they name people; with `movements`
    `mouvements-<campagne>-<psad>.csv` too, who entered and left since the campaign before. They get
    their names once the audit log has noted them; if it refuses, none is handed out. With `keys`,
    public keys of age, they are encrypted (`.age`) and their text is never on the disk.

    Raises:
        OutputError: the campaign, the platform or the format is unknown, nobody released the
            campaign, or the disk or the audit log refused.
    """
    source = _require_list(sortie, campagne, psad, unreleased=unreleased)
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise OutputError(
            f"Unknown format: {', '.join(unknown)}.", remedy=f"Choose among {', '.join(FORMATS)}."
        )
    folder = destination or Path.cwd()
    details = {"campagne": campagne, "psad": psad}
    if unreleased:
        details["publiee"] = "non"
    if keys:
        details["cles"] = " ".join(key[:KEY_SHOWN] for key in keys)
    names = name_all_platforms(sortie) if answers else {}
    with placing(sortie, "export", actor, folder=folder, details=details) as drafts:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted = [
            (
                f"liste-{campagne}-{psad}.{kind}",
                _render(source, psad, kind, names if answers else None),
            )
            for kind in dict.fromkeys(formats)
        ]
        if movements:
            wanted.append((f"mouvements-{campagne}-{psad}.csv", _read_movements(source, psad)))
        for name, content in wanted:
            target = folder / name
            if keys:
                content = encrypt(content, keys)
                target = target.with_name(target.name + EXTENSION)
            drafts.add(target).write_bytes(content)
    return list(drafts.by_target)


def _require_list(sortie: Path, campagne: str, psad: str, *, unreleased: bool) -> CampaignFolder:
    source: CampaignFolder = require_prepared(sortie, campagne)
    known = source.platforms()
    if psad not in known:
        raise OutputError(
            f"Campaign {campagne} has no list for the platform {psad}.",
            remedy=f"Its {len(known)} codes are the folders of {source.lists_folder}.",
        )
    if unreleased:
        return source
    if read_released(sortie, campagne) is None:
        raise OutputError(
            f"Campaign {campagne} is released by nobody: its lists are to be seen by no platform.",
            remedy=f"Look at its report, then `siei release {campagne} --sortie {sortie}`; or give "
            "--unreleased to export what its run prepared: the audit log will say so.",
            code="non_publiee",
        )
    return released_folder(sortie, campagne)


def _read_movements(source: CampaignFolder, psad: str) -> bytes:
    path = source.movements_path(psad)
    if not path.exists():
        raise OutputError(
            f"{path} is missing: an older version made this campaign.",
            remedy="Run the campaign again, and release it.",
        )
    return path.read_bytes()


def _render(
    source: CampaignFolder, psad: str, kind: str, platforms: Mapping[str, str] | None
) -> bytes:
    if kind != "xlsx":
        return source.list_path(psad, kind).read_bytes()
    return render_list(source, psad, answers=platforms is not None, platforms=platforms)
