"""The copies that platforms see (DIR/publiees), changed with the campaigns they come from."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from siei_match.output import MANIFESTE, Draft
from siei_match.reference.files import PRIVATE, file_sha256, write_parquet, write_text
from siei_match.release.counts import count_platforms
from siei_match.release.released import (
    COMPTES,
    ETAT,
    PUBLIEES,
    Parution,
    folder_of,
    link_or_copy,
    read_manifeste,
    read_parution,
)
from siei_match.release.workbooks import write_workbooks
from siei_match.retention.folder import (
    LISTE,
    LISTES,
    Modification,
    list_codes,
    read_listes,
    seal_again,
)
from siei_match.stages.publish.lists import write_listes


def rewrite_released(
    draft: Draft, code: str, source: Path, folder: Path, modification: Modification
) -> Iterator[str]:
    """Prepare the released copy of a campaign; give its name if it changes.

    Args:
        draft: where it is prepared.
        code: the campaign.
        source: its folder as it stands.
        folder: its folder as it will be; `source` itself where it does not change.
        modification: what changes in its lists.

    A copy of the campaign's own run follows it; one of an earlier run is changed by itself.
    """
    standing = read_parution(draft.sortie, code)
    if standing is None:
        return
    released = folder_of(draft.sortie, code)
    target = draft.dossier / PUBLIEES / code
    if standing.manifeste_sha256 == file_sha256(source / MANIFESTE):
        if folder != source:
            _follow(folder, target, standing, draft.sortie)
            yield f"{PUBLIEES}/{code}"
        return
    before = read_listes(released)
    after = modification.change(LISTE, before)
    if after is before or after.equals(before):
        return
    target.mkdir(mode=0o700, parents=True)
    written: list[tuple[Path, int | None]] = [
        *write_listes(after, list_codes(released), target / LISTES, code)
    ]
    seal_again(target, read_manifeste(released), written, PRIVATE)
    _finish(target, standing, draft.sortie)
    yield f"{PUBLIEES}/{code}"


def _follow(folder: Path, target: Path, standing: Parution, sortie: Path) -> None:
    for psad in list_codes(folder):
        (target / LISTES / f"psad={psad}").mkdir(mode=0o700, parents=True)
    (target / LISTES).chmod(0o700)
    target.chmod(0o700)
    paths = sorted(folder.glob(f"{LISTES}/psad=*/liste.*"))
    link_or_copy((path, target / path.relative_to(folder)) for path in paths)
    write_text(target / MANIFESTE, "", PRIVATE)
    shutil.copyfile(folder / MANIFESTE, target / MANIFESTE)
    _finish(target, standing, sortie)


def _finish(target: Path, standing: Parution, sortie: Path) -> None:
    comptes = count_platforms(target, sortie, write_workbooks(target, standing.code))
    write_parquet(comptes, target / COMPTES, PRIVATE)
    sealed = {"manifeste_sha256": file_sha256(target / MANIFESTE)}
    write_text(target / ETAT, standing.model_copy(update=sealed).text(), PRIVATE)
