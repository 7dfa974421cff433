"""In which state an act is possible, and which gates hold a release back. Who: `permissions`."""

from collections.abc import Iterable, Mapping
from typing import Final

from siei_match.reference.errors import OutputError
from siei_match.release.gates import Garde
from siei_match.release.permissions import Permission
from siei_match.release.states import TRANSITIONS, Acte, ReleaseState, next_state

MOTIF_MIN: Final = 10
"""Characters: a reason that somebody can read a year later."""
MOTIF_MAX: Final = 300

VISIBLES: Final[Mapping[Permission, frozenset[ReleaseState]]] = {
    Permission.VOIR_LISTES: frozenset({ReleaseState.PUBLIEE, ReleaseState.ARCHIVEE}),
    Permission.TELECHARGER: frozenset({ReleaseState.PUBLIEE}),
    Permission.REPONDRE: frozenset({ReleaseState.PUBLIEE, ReleaseState.ARCHIVEE}),
}
"""What a platform may do with a campaign in each state: nothing that does not stand here."""


class ActRefusedError(OutputError):
    """The campaign's state, or a gate, forbids this act; nothing has changed."""


def allows(permission: Permission, etat: ReleaseState) -> bool:
    """Say whether a campaign in this state lets a platform do that."""
    return etat in VISIBLES.get(permission, frozenset())


def require_transition(code: str, etat: ReleaseState, acte: Acte) -> ReleaseState:
    """Return the state that the act leads to.

    Raises:
        ActRefusedError: there is no such way from this state.
    """
    vers = next_state(etat, acte)
    if vers is None:
        possible = ", ".join(dict.fromkeys(t.acte for t in TRANSITIONS if t.de == etat))
        raise ActRefusedError(
            f"Campaign {code} is {etat}: it cannot be told to {acte}.",
            remedy=f"Possible now: {possible}.",
        )
    return vers


def require_gates(code: str, gardes: Iterable[Garde], malgre: Mapping[str, str]) -> None:
    """Let a release pass if every gate that holds is overridden by its name, with a reason.

    Raises:
        ActRefusedError: a gate holds; or one that does not hold, or does not exist, is overridden, or
            without a reason that can be read. The message gives the gates' own.
    """
    tenues = {garde.nom: garde for garde in gardes if garde.tenue}
    for nom, motif in malgre.items():
        if nom not in tenues:
            held = ", ".join(tenues) or "none"
            raise ActRefusedError(
                f"Campaign {code}: the gate {nom} does not hold it back (those that do: {held}).",
                remedy="Override only what holds, one by one.",
            )
        if not MOTIF_MIN <= len(motif.strip()) <= MOTIF_MAX or not motif.strip().isprintable():
            raise ActRefusedError(
                f"The reason for overriding {nom} must be one line of {MOTIF_MIN} to {MOTIF_MAX} "
                "characters.",
                remedy="Write why this campaign is right all the same; name nobody.",
            )
    left = [garde for nom, garde in tenues.items() if nom not in malgre]
    if left:
        raise ActRefusedError(
            f"Campaign {code} stays preparee. "
            + " ".join(f"{garde.nom} : {garde.constat}" for garde in left),
            remedy="Correct the delivery and run again, or override each with "
            "--malgre GATE --motif REASON.",
        )
