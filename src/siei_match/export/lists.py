"""One platform's list, as its run prepared it, in the format that its reader wants."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from siei_match.export.encryption import EXTENSION, encrypt
from siei_match.output import published_campaigns
from siei_match.output.audit import Acteur, append
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, create, file_sha256, output_guard
from siei_match.stages.publish.workbooks import render_liste

FORMATS: Final = ("csv", "xlsx", "parquet")
KEY_SHOWN: Final = 20
"""Characters of a public key that tell it from every other."""


def export_liste(
    sortie: Path,
    campagne: str,
    psad: str,
    formats: Sequence[str] = FORMATS,
    destination: Path | None = None,
    *,
    acteur: Acteur,
    reponses: bool = False,
    cles: Sequence[str] = (),
) -> list[Path]:
    """Copy a prepared list into `destination` (the current folder), one file per format.

    With `reponses` a workbook has columns for the platform's answers beside those of the list.

    Output: the files `liste-<campagne>-<psad>.<format>`, mode 0600: they name people. They get
    their names once the audit log has noted them; if it refuses, none is handed out. With `cles`,
    public keys of age, they are encrypted (`.age`) and their text is never on the disk.

    Raises:
        OutputError: the campaign, the platform or the format is unknown, or the disk or the audit
            log refused.
    """
    source = _find_liste(sortie, campagne, psad)
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise OutputError(
            f"Unknown format: {', '.join(unknown)}.", remedy=f"Choose among {', '.join(FORMATS)}."
        )
    folder = destination or Path.cwd()
    drafts: dict[Path, Path] = {}
    try:
        with output_guard(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for kind in dict.fromkeys(formats):
                content = _render(source, kind, campagne, reponses)
                target = folder / f"liste-{campagne}-{psad}.{kind}"
                if cles:
                    content = encrypt(content, cles)
                    target = target.with_name(target.name + EXTENSION)
                drafts[target] = _write(content, target)
        details: dict[str, str | int] = {"campagne": campagne, "psad": psad}
        if cles:
            details["cles"] = " ".join(key[:KEY_SHOWN] for key in cles)
        _note(sortie, details, drafts, acteur)
        with output_guard(folder):
            return [draft.replace(target) for target, draft in drafts.items()]
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def _note(
    sortie: Path, details: dict[str, str | int], drafts: dict[Path, Path], acteur: Acteur
) -> None:
    fichiers = {target.name: file_sha256(draft) or "" for target, draft in drafts.items()}
    append(sortie, "export", acteur, details=details, fichiers=fichiers)


def _find_liste(sortie: Path, campagne: str, psad: str) -> Path:
    campagnes = published_campaigns(sortie)
    if campagne not in campagnes:
        known = ", ".join(campagnes) or "none"
        raise OutputError(
            f"No campaign {campagne} stands in {sortie} (there: {known}).",
            remedy="Check the code and --sortie, or run that campaign first.",
        )
    known_psads = {path.name.removeprefix("psad=") for path in campagnes[campagne].glob("listes/*")}
    if psad not in known_psads:
        raise OutputError(
            f"Campaign {campagne} has no list for the platform {psad}.",
            remedy=f"Its {len(known_psads)} codes are the folders of "
            f"{campagnes[campagne] / 'listes'}.",
        )
    return campagnes[campagne] / "listes" / f"psad={psad}"


def _render(source: Path, kind: str, campagne: str, reponses: bool) -> bytes:
    if kind != "xlsx":
        return (source / f"liste.{kind}").read_bytes()
    return render_liste(source, campagne, reponses=reponses)


def _write(content: bytes, target: Path) -> Path:
    """Write what `target` will be beside it, and return where."""
    # Another file of that name keeps its readers, and never gives them half of ours.
    draft = create(target.with_name(f".{target.name}.en-cours"), PRIVATE)
    draft.write_bytes(content)
    return draft
