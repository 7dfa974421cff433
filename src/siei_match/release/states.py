"""The states of a campaign and the acts that lead from one to another: data, and nothing else.

`preparee` is what `siei run` leaves. A person makes it `publiee`: its lists name minors.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ReleaseState(StrEnum):
    """Where a campaign stands for the platforms."""

    PREPAREE = "preparee"
    PUBLIEE = "publiee"
    ARCHIVEE = "archivee"


class Acte(StrEnum):
    """What a person does with a campaign."""

    PUBLIER = "publier"
    RETIRER = "retirer"
    ARCHIVER = "archiver"


@dataclass(frozen=True)
class Transition:
    """`acte` leads from `de` to `vers`; `sens` says in French what it does."""

    acte: Acte
    de: ReleaseState
    vers: ReleaseState
    sens: str


TRANSITIONS: Final = (
    Transition(Acte.PUBLIER, ReleaseState.PREPAREE, ReleaseState.PUBLIEE, "les plateformes voient leurs listes"),
    Transition(Acte.PUBLIER, ReleaseState.PUBLIEE, ReleaseState.PUBLIEE, "une nouvelle exécution remplace la liste"),
    Transition(Acte.RETIRER, ReleaseState.PUBLIEE, ReleaseState.PREPAREE, "plus personne ne voit les listes"),
    Transition(Acte.ARCHIVER, ReleaseState.PUBLIEE, ReleaseState.ARCHIVEE, "plus de téléchargement, les réponses restent possibles"),
    Transition(Acte.RETIRER, ReleaseState.ARCHIVEE, ReleaseState.PREPAREE, "archivée par erreur"),
)  # fmt: skip


def next_state(etat: ReleaseState, acte: Acte) -> ReleaseState | None:
    """Return where `acte` leads from `etat`, or None where it leads nowhere."""
    return next((t.vers for t in TRANSITIONS if (t.acte, t.de) == (acte, etat)), None)


def draw() -> str:
    """Return the state diagram as Mermaid; docs/portail.md shows it, a test compares."""
    lines = ["stateDiagram-v2", f"  [*] --> {ReleaseState.PREPAREE} : siei run"]
    lines += [f"  {t.de} --> {t.vers} : {t.acte}, {t.sens}" for t in TRANSITIONS]
    return "\n".join(lines)
