"""In which state an act is possible, and which gates hold a release back. Who: `permissions`."""

from collections.abc import Iterable, Mapping
from typing import Final

from siei_match.reference.errors import OutputError
from siei_match.release.permissions import Permission
from siei_match.release.states import TRANSITIONS, Act, ReleaseState, next_state
from siei_match.stages.publish.gates import Gate

MOTIF_MIN: Final = 10
"""Characters: a reason that somebody can read a year later."""
MOTIF_MAX: Final = 300

VISIBLE: Final[Mapping[Permission, frozenset[ReleaseState]]] = {
    Permission.SEE_LISTS: frozenset({ReleaseState.PUBLISHED, ReleaseState.ARCHIVED}),
    Permission.DOWNLOAD: frozenset({ReleaseState.PUBLISHED}),
    Permission.SEE_PROGRESS: frozenset({ReleaseState.PUBLISHED, ReleaseState.ARCHIVED}),
    Permission.ANSWER: frozenset({ReleaseState.PUBLISHED, ReleaseState.ARCHIVED}),
}
"""What a platform may do with a campaign in each state: nothing that does not stand here."""


class ActRefusedError(OutputError):
    """The campaign's state, or a gate, forbids this act; nothing has changed."""

    CODE = "refus"


def allows(permission: Permission, state: ReleaseState) -> bool:
    """Say whether a campaign in this state lets a platform do that."""
    return state in VISIBLE.get(permission, frozenset())


def require_transition(code: str, state: ReleaseState, acte: Act) -> ReleaseState:
    """Return the state that the act leads to.

    Raises:
        ActRefusedError: there is no such way from this state.
    """
    to = next_state(state, acte)
    if to is None:
        possible = ", ".join(dict.fromkeys(t.acte for t in TRANSITIONS if t.de == state))
        raise ActRefusedError(
            f"Campaign {code} is {state}: it cannot be told to {acte}.",
            remedy=f"Possible now: {possible}.",
        )
    return to


def require_gates(code: str, gates: Iterable[Gate], despite: Mapping[str, str]) -> None:
    """Let a release pass if every gate that holds is overridden by its name, with a reason.

    Raises:
        ActRefusedError: a gate holds; or one that does not hold, or does not exist, is overridden, or
            without a reason that can be read. The message gives the gates' own.
    """
    holding = {gate.nom: gate for gate in gates if gate.held}
    for name, motif in despite.items():
        if name not in holding:
            held = ", ".join(holding) or "none"
            raise ActRefusedError(
                f"Campaign {code}: the gate {name} does not hold it back (those that do: {held}).",
                remedy="Override only what holds, one by one.",
            )
        if not MOTIF_MIN <= len(motif.strip()) <= MOTIF_MAX or not motif.strip().isprintable():
            raise ActRefusedError(
                f"The reason for overriding {name} must be one line of {MOTIF_MIN} to {MOTIF_MAX} "
                "characters.",
                remedy="Write why this campaign is right all the same; name nobody.",
            )
    left = [gate for name, gate in holding.items() if name not in despite]
    if left:
        raise ActRefusedError(
            f"Campaign {code} stays preparee. "
            + " ".join(f"{gate.nom} : {gate.finding}" for gate in left),
            remedy="Correct the delivery and run again, or override each with "
            "--malgre GATE --motif REASON.",
        )
