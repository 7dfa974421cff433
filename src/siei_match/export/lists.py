"""One platform's list, as a run prepared it, in the format that its reader wants."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from siei_match.export.encryption import EXTENSION, encrypt
from siei_match.output import PreparedCampaign, require_prepared
from siei_match.output.audit import Actor
from siei_match.output.placing import placing
from siei_match.reference.errors import OutputError
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
) -> list[Path]:
    """Copy a list into `destination` (the current folder), one file per format.

    With `answers` a workbook has columns for the platform's answers beside those of the list.

    Output: the files `liste-<campagne>-<psad>.<format>`, mode 0600: they name people. They get
    their names once the audit log has noted them; if it refuses, none is handed out. With `keys`,
    public keys of age, they are encrypted (`.age`) and their text is never on the disk.

    Raises:
        OutputError: the campaign, the platform or the format is unknown, or the disk or the audit
            log refused.
    """
    prepared = _require_list(sortie, campagne, psad)
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise OutputError(
            f"Unknown format: {', '.join(unknown)}.", remedy=f"Choose among {', '.join(FORMATS)}."
        )
    folder = destination or Path.cwd()
    details = {"campagne": campagne, "psad": psad}
    if keys:
        details["cles"] = " ".join(key[:KEY_SHOWN] for key in keys)
    with placing(sortie, "export", actor, folder=folder, details=details) as drafts:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for kind in dict.fromkeys(formats):
            content = _render(prepared, psad, kind, answers)
            target = folder / f"liste-{campagne}-{psad}.{kind}"
            if keys:
                content = encrypt(content, keys)
                target = target.with_name(target.name + EXTENSION)
            drafts.add(target).write_bytes(content)
    return list(drafts.by_target)


def _require_list(sortie: Path, campagne: str, psad: str) -> PreparedCampaign:
    prepared = require_prepared(sortie, campagne)
    known = prepared.platforms()
    if psad not in known:
        raise OutputError(
            f"Campaign {campagne} has no list for the platform {psad}.",
            remedy=f"Its {len(known)} codes are the folders of {prepared.lists_folder}.",
        )
    return prepared


def _render(prepared: PreparedCampaign, psad: str, kind: str, answers: bool) -> bytes:
    if kind != "xlsx":
        return prepared.list_path(psad, kind).read_bytes()
    return render_list(prepared, psad, answers=answers)
