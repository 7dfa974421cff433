"""The states of a campaign and the acts that lead from one to another: data, and nothing else.

`preparee` is what `siei run` leaves. A person makes it `publiee`: its lists name minors.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ReleaseState(StrEnum):
    """Where a campaign stands for the platforms."""

    PREPARED = "preparee"
    PUBLISHED = "publiee"
    ARCHIVED = "archivee"


class Act(StrEnum):
    """What a person does with a campaign."""

    PUBLISH = "publier"
    WITHDRAW = "retirer"
    ARCHIVE = "archiver"


@dataclass(frozen=True)
class Transition:
    """`acte` leads from `de` to `to`; `meaning` says in French what it does."""

    acte: Act
    de: ReleaseState
    to: ReleaseState
    meaning: str


TRANSITIONS: Final = (
    Transition(Act.PUBLISH, ReleaseState.PREPARED, ReleaseState.PUBLISHED, "les plateformes voient leurs listes"),
    Transition(Act.PUBLISH, ReleaseState.PUBLISHED, ReleaseState.PUBLISHED, "une nouvelle exécution remplace la liste"),
    Transition(Act.WITHDRAW, ReleaseState.PUBLISHED, ReleaseState.PREPARED, "plus personne ne voit les listes"),
    Transition(Act.ARCHIVE, ReleaseState.PUBLISHED, ReleaseState.ARCHIVED, "plus de téléchargement, les réponses restent possibles"),
    Transition(Act.WITHDRAW, ReleaseState.ARCHIVED, ReleaseState.PREPARED, "archivée par erreur"),
)  # fmt: skip


def next_state(state: ReleaseState, acte: Act) -> ReleaseState | None:
    """Return where `acte` leads from `state`, or None where it leads nowhere."""
    return next((t.to for t in TRANSITIONS if (t.acte, t.de) == (acte, state)), None)


def draw() -> str:
    """Return the state diagram as Mermaid; docs/portail.md shows it, a test compares."""
    lines = ["stateDiagram-v2", f"  [*] --> {ReleaseState.PREPARED} : siei run"]
    lines += [f"  {t.de} --> {t.to} : {t.acte}, {t.meaning}" for t in TRANSITIONS]
    return "\n".join(lines)
