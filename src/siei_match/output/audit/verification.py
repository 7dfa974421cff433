"""Is the audit log as it was written? Which line is not, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from siei_match.output.audit.entry import (
    GENESE,
    Entree,
    compute_empreinte,
    compute_sceau,
    key_name,
    parse,
)
from siei_match.output.audit.log import Tete, read_log

Raison = Literal[
    "absent", "illisible", "contenu", "rang", "chaine", "sceau", "dechiree", "fin", "tete", "attendu"
]  # fmt: skip
"""No log, a line that is no entry, an altered one, one missing or doubled or moved, another line
before it, a false seal, half a line after a crash, lines gone from the end, audit.tete altered, the
hash noted elsewhere is nowhere."""


@dataclass(frozen=True)
class Defaut:
    """What is wrong, and at which line of the file, counted from 1."""

    ligne: int
    raison: Raison


@dataclass(frozen=True)
class Verification:
    """`lignes`: whole lines. `tete`: hash of the last. `scellee`: last line sealed by the key given
    (all that stands before it is covered), 0 without. `retard`: audit.tete lags by one line, as a
    crash leaves it; the next entry puts it right.
    """

    lignes: int
    tete: str
    defauts: tuple[Defaut, ...]
    scellee: int = 0
    retard: bool = False

    @property
    def entier(self) -> bool:
        return not self.defauts


def verify(sortie: Path, *, cle: bytes | None = None, attendu: str | None = None) -> Verification:
    """Check every line of the log, the chain between them, and its end.

    Args:
        sortie: the output folder, DIR.
        cle: the secret key: checks the seals that were made with it.
        attendu: the hash of a line that somebody noted elsewhere: it must stand in the log.

    Raises:
        OutputError: the log cannot be read.
    """
    content, noted = read_log(sortie)
    *lines, torn = content.split(b"\n")
    entrees = [parse(line) for line in lines]
    defauts = list(_check_lines(entrees, cle))
    end = len(lines) + 1
    if torn:
        defauts.append(Defaut(end, "dechiree"))
    last = entrees[-1] if entrees else None
    retard = last is not None and noted == Tete(last.n - 1, last.precedent)
    tete = Tete() if last is None else Tete(last.n, last.empreinte)
    if not retard and noted != tete:
        defauts.append(Defaut(end, "fin" if noted and noted.n > len(lines) else "tete"))
    if not content and (noted == Tete()):
        defauts.append(Defaut(1, "absent"))
    if attendu and attendu not in {entree.empreinte for entree in entrees if entree}:
        defauts.append(Defaut(end, "attendu"))
    scellees = [
        rang for rang, entree in enumerate(entrees, 1)
        if entree and cle is not None and entree.cle == key_name(cle)
    ]  # fmt: skip
    return Verification(
        len(lines), tete.empreinte, tuple(defauts), max(scellees, default=0), retard
    )


def _check_lines(entrees: list[Entree | None], cle: bytes | None) -> Iterator[Defaut]:
    before: str | None = GENESE
    for rang, entree in enumerate(entrees, start=1):
        raison = "illisible" if entree is None else _check(entree, rang, before, cle)
        if raison is not None:
            yield Defaut(rang, raison)
        # After a line that tells nothing, the next one's own hash is all there is to go on.
        before = entree.empreinte if entree else None


def _check(entree: Entree, rang: int, before: str | None, cle: bytes | None) -> Raison | None:
    """Return the first thing that is wrong with an entry, None if nothing is."""
    if entree.empreinte != compute_empreinte(entree):
        return "contenu"
    if entree.n != rang:
        return "rang"
    if before is not None and entree.precedent != before:
        return "chaine"
    if cle is not None and entree.cle == key_name(cle):
        return None if entree.sceau == compute_sceau(entree, cle) else "sceau"
    return None
