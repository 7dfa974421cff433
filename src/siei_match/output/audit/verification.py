"""Is the audit log as it was written? Which line is not, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from siei_match.output.audit.anchor import read_anchor
from siei_match.output.audit.entry import (
    GENESIS,
    RECOVERED,
    Actor,
    Entry,
    compute_empreinte,
    is_sealed_by,
    key_name,
    parse,
)
from siei_match.output.audit.log import Head, append, read_log
from siei_match.reference.errors import OutputError, SettingsError

Reason = Literal[
    "absent", "illisible", "contenu", "rang", "chaine", "sceau", "sans_sceau", "cle_inconnue",
    "dechiree", "fin", "tete", "attendu", "ancre", "ancre_fin",
]  # fmt: skip
"""No log, a line that is no entry, an altered one, one missing or doubled or moved, another line
before it, a false seal, no seal where there must be one, a seal of a key that is not held, half a
line after a crash, lines gone from the end, audit.tete altered, the hash noted elsewhere is nowhere,
a line that is not the one noted at the anchor, lines noted there that are gone."""
ACCEPTED: Final = "acceptation"
"""The act by which whoever holds the key answers for the lines before it that nothing seals."""
UNSEALED: Final = frozenset({"sans_sceau", "cle_inconnue"})
"""The faults that it lifts: nothing says that these lines were altered, and nothing that not."""


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
    accepted: int = 0
    """Lines without a seal for which somebody with the key answered."""
    anchored: int = 0
    """The last line that the anchor notes."""

    @property
    def whole(self) -> bool:
        return not self.faults

    @property
    def awaiting(self) -> bool:
        """Nothing is altered, but lines wait for whoever holds the key to answer for them."""
        return bool(self.faults) and all(fault.raison in UNSEALED for fault in self.faults)

    def ranges(self) -> Iterator[tuple[int, int, Reason]]:
        """Give the faults, those of the same reason on lines that follow each other as one."""
        first, last, reason = 0, 0, None
        for fault in self.faults:
            if reason == fault.raison and fault.ligne == last + 1:
                last += 1
                continue
            if reason is not None:
                yield first, last, reason
            first, last, reason = fault.ligne, fault.ligne, fault.raison
        if reason is not None:
            yield first, last, reason


def verify(
    sortie: Path,
    *,
    key: bytes | None = None,
    replaced: Sequence[bytes] = (),
    expected: str | None = None,
    anchor: str | None = None,
) -> Verification:
    """Check every line of the log, the chain between them, and its end.

    Args:
        sortie: the output folder, DIR.
        key: the secret key: checks the seals that were made with it.
        replaced: the keys before it: theirs are checked too.
        expected: the hash of a line that somebody noted elsewhere: it must stand in the log.
        anchor: where each entry's hash was noted besides (`ancre_audit`).

    Raises:
        OutputError: the log or the anchor cannot be read.
    """
    content, noted = read_log(sortie)
    *lines, torn = content.split(b"\n")
    entrees = [parse(line) for line in lines]
    keys = {key_name(held): held for held in (key, *replaced) if held is not None}
    checker = Checker(keys)
    for entree in entrees:
        checker.take(entree)
    faults = list(checker.faults())
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
    noted_at_anchor = list(read_anchor(anchor)) if anchor is not None else []
    faults += _check_anchor(entrees, noted_at_anchor)
    return Verification(
        len(lines),
        head.empreinte,
        tuple(faults),
        checker.sealed,
        retard,
        checker.accepted,
        max((n for n, _ in noted_at_anchor), default=0),
    )


def accept_unsealed(sortie: Path, actor: Actor, motif: str) -> int:
    """Answer for the lines that no key at hand seals; return how many.

    Raises:
        SettingsError: there is no key, or no such line.
        OutputError: the log has another fault, or cannot be written.
    """
    told = verify(sortie, key=actor.cle, replaced=actor.replaced, anchor=actor.ancre)
    if actor.cle is None:
        raise SettingsError(
            "Only whoever holds the key answers for lines without a seal.",
            remedy="Give the key (cle_fichier in the settings file, or SIEI_CLE).",
        )
    if any(fault.raison not in UNSEALED for fault in told.faults):
        raise OutputError(
            f"The audit log of {sortie} has other faults than lines without a seal.",
            remedy="`siei audit verify` tells them; restore memoire/ from a back-up.",
        )
    if not told.faults:
        raise SettingsError("Every line is sealed.", remedy="There is nothing to accept.")
    details: dict[str, str | int] = {"lignes": len(told.faults), "motif": motif}
    append(sortie, ACCEPTED, actor, details=details, fichiers={})
    return len(told.faults)


def _check_anchor(entrees: list[Entry | None], noted: Sequence[tuple[int, str]]) -> Iterator[Fault]:
    for n, empreinte in noted:
        if n > len(entrees):
            yield Fault(len(entrees) + 1, "ancre_fin")
            return
        entree = entrees[n - 1]
        if entree is None or entree.empreinte != empreinte:
            yield Fault(n, "ancre")


class Checker:
    """Takes the lines of a log one after the other, from the first; says what is wrong so far."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = keys
        self._rang = 0
        self._before: str | None = GENESIS
        self._seen: set[str] = set()
        self._found: list[Fault] = []
        self._was_sealed = False
        self.answered = 0
        """The last line before which somebody with a key answered for what nothing seals."""
        self.sealed = 0
        """The last line that a key at hand seals."""

    def take(self, entree: Entry | None) -> None:
        """Check the next line; None is one that is no entry."""
        self._rang += 1
        reason = self._reason(entree)
        if reason is not None:
            self._found.append(Fault(self._rang, reason))
        # After a line that tells nothing, the next one's own hash is all there is to go on.
        self._before = entree.empreinte if entree else None

    def _reason(self, entree: Entry | None) -> Reason | None:
        if entree is None:
            return "illisible"
        key = self._keys.get(entree.cle or "")
        if key is not None:
            self.sealed = self._rang
            if entree.acte == ACCEPTED and is_sealed_by(entree, key):
                self.answered = self._rang
        reason = _check(entree, self._rang, self._before)
        if reason is None:
            # Where no key is given, what follows a seal must have one too.
            is_due = bool(self._keys) or self._was_sealed
            reason = _check_seal(entree, self._keys, self._seen, is_due=is_due)
            self._was_sealed |= entree.cle is not None
        return reason

    def faults(self) -> tuple[Fault, ...]:
        """Return what is wrong, but for the lines that somebody answered for."""
        return tuple(f for f in self._found if f.ligne > self.answered or f.raison not in UNSEALED)

    @property
    def accepted(self) -> int:
        return len(self._found) - len(self.faults())


def _check(entree: Entry, rang: int, before: str | None) -> Reason | None:
    """Return the first thing that is wrong with an entry's place, None if nothing is."""
    if entree.empreinte != compute_empreinte(entree):
        return "contenu"
    if entree.n != rang:
        return "rang"
    if before is not None and entree.precedent != before:
        return "chaine"
    return None


def _check_seal(
    entree: Entry, keys: Mapping[str, bytes], seen: set[str], *, is_due: bool
) -> Reason | None:
    """Return what is wrong with the seal of an entry; `seen` are those that cover no place."""
    if entree.cle is None or entree.sceau is None:
        return "sans_sceau" if is_due else None
    if entree.sceau.startswith(RECOVERED):
        if entree.sceau in seen:
            return "sceau"
        seen.add(entree.sceau)
    if not keys:
        return None
    key = keys.get(entree.cle)
    if key is None:
        return "cle_inconnue"
    return None if is_sealed_by(entree, key) else "sceau"
