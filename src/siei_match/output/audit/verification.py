"""Is the audit log as it was written? Which line is not, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from siei_match.output.audit.entry import (
    GENESIS,
    Entry,
    compute_empreinte,
    compute_seal,
    key_name,
    parse,
)
from siei_match.output.audit.log import Head, read_log

Reason = Literal[
    "absent", "illisible", "contenu", "rang", "chaine", "sceau", "dechiree", "fin", "tete", "attendu"
]  # fmt: skip
"""No log, a line that is no entry, an altered one, one missing or doubled or moved, another line
before it, a false seal, half a line after a crash, lines gone from the end, audit.tete altered, the
hash noted elsewhere is nowhere."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, and at which line of the file, counted from 1."""

    ligne: int
    raison: Reason


@dataclass(frozen=True)
class Verification:
    """`lignes`: whole lines. `head`: hash of the last. `sealed`: last line sealed by a key given
    (all that stands before it is covered), 0 without. `retard`: audit.tete lags by one line, as a
    crash leaves it; the next entry puts it right.
    """

    lignes: int
    head: str
    faults: tuple[Fault, ...]
    sealed: int = 0
    retard: bool = False

    @property
    def whole(self) -> bool:
        return not self.faults


def verify(
    sortie: Path,
    *,
    key: bytes | None = None,
    replaced: Sequence[bytes] = (),
    expected: str | None = None,
) -> Verification:
    """Check every line of the log, the chain between them, and its end.

    Args:
        sortie: the output folder, DIR.
        key: the secret key: checks the seals that were made with it.
        replaced: the keys before it: theirs are checked too.
        expected: the hash of a line that somebody noted elsewhere: it must stand in the log.

    Raises:
        OutputError: the log cannot be read.
    """
    content, noted = read_log(sortie)
    *lines, torn = content.split(b"\n")
    entrees = [parse(line) for line in lines]
    keys = {key_name(held): held for held in (key, *replaced) if held is not None}
    faults = list(_check_lines(entrees, keys))
    end = len(lines) + 1
    if torn:
        faults.append(Fault(end, "dechiree"))
    last = entrees[-1] if entrees else None
    retard = last is not None and noted == Head(last.n - 1, last.precedent)
    head = Head() if last is None else Head(last.n, last.empreinte)
    if not retard and noted != head:
        faults.append(Fault(end, "fin" if noted and noted.n > len(lines) else "tete"))
    if not content and (noted == Head()):
        faults.append(Fault(1, "absent"))
    if expected and expected not in {entree.empreinte for entree in entrees if entree}:
        faults.append(Fault(end, "attendu"))
    sealed = [
        rang for rang, entree in enumerate(entrees, 1)
        if entree and entree.cle in keys
    ]  # fmt: skip
    return Verification(len(lines), head.empreinte, tuple(faults), max(sealed, default=0), retard)


def _check_lines(entrees: list[Entry | None], keys: Mapping[str, bytes]) -> Iterator[Fault]:
    before: str | None = GENESIS
    for rang, entree in enumerate(entrees, start=1):
        reason = "illisible" if entree is None else _check(entree, rang, before, keys)
        if reason is not None:
            yield Fault(rang, reason)
        # After a line that tells nothing, the next one's own hash is all there is to go on.
        before = entree.empreinte if entree else None


def _check(
    entree: Entry, rang: int, before: str | None, keys: Mapping[str, bytes]
) -> Reason | None:
    """Return the first thing that is wrong with an entry, None if nothing is."""
    if entree.empreinte != compute_empreinte(entree):
        return "contenu"
    if entree.n != rang:
        return "rang"
    if before is not None and entree.precedent != before:
        return "chaine"
    key = keys.get(entree.cle or "")
    if key is not None:
        return None if entree.sceau == compute_seal(entree, key) else "sceau"
    return None
