"""A file that somebody puts in another's place while a run reads: what was compared is not what is read.

Whoever may write the delivery's folder could have one file hashed, another one read, and the first there again when the
manifest is written. The time of a file's last change (ctime) is the kernel's: nobody but root sets it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.siecle import list_companions

State = tuple[int, ...]


def note_states(dossier: Path, fichiers: Iterable[Fichier]) -> dict[str, State | None]:
    """Return what the system says of each file that will be read, before it is looked at."""
    names = (n for f in fichiers for n in (f.nom, *list_companions(dossier, f)))
    return {name: _state(dossier / name) for name in names}


def require_unchanged(
    dossier: Path, states: Mapping[str, State | None], names: Iterable[str]
) -> None:
    """Make sure that these files are those that were there when the run began.

    Raises:
        DeliveryError: one was changed, or another put in its place.
    """
    changed = [name for name in names if name in states and _state(dossier / name) != states[name]]
    if changed:
        raise DeliveryError(
            f"{', '.join(changed)}: changed while the run read it, or another file was put in its place.",
            remedy="Have nobody write the delivery's folder while a run reads it, then run again.",
            code="sha256",
        )


def _state(path: Path) -> State | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
