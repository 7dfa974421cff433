"""The states of a campaign and the acts that lead from one to another: data, and nothing else.

`preparee` is what `siei run` leaves. A person makes it `publiee`: its lists name minors.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Etat(StrEnum):
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
    de: Etat
    vers: Etat
    sens: str


TRANSITIONS: Final = (
    Transition(Acte.PUBLIER, Etat.PREPAREE, Etat.PUBLIEE, "les plateformes voient leurs listes"),
    Transition(Acte.PUBLIER, Etat.PUBLIEE, Etat.PUBLIEE, "une nouvelle exécution remplace la liste"),
    Transition(Acte.RETIRER, Etat.PUBLIEE, Etat.PREPAREE, "plus personne ne voit les listes"),
    Transition(Acte.ARCHIVER, Etat.PUBLIEE, Etat.ARCHIVEE, "plus de téléchargement, les réponses restent possibles"),
    Transition(Acte.RETIRER, Etat.ARCHIVEE, Etat.PREPAREE, "archivée par erreur"),
)  # fmt: skip


def next_state(etat: Etat, acte: Acte) -> Etat | None:
    """Return where `acte` leads from `etat`, or None where it leads nowhere."""
    return next((t.vers for t in TRANSITIONS if (t.acte, t.de) == (acte, etat)), None)


def draw() -> str:
    """Return the state diagram as Mermaid; docs/portail.md shows it, a test compares."""
    lines = ["stateDiagram-v2", f"  [*] --> {Etat.PREPAREE} : siei run"]
    lines += [f"  {t.de} --> {t.vers} : {t.acte}, {t.sens}" for t in TRANSITIONS]
    return "\n".join(lines)
