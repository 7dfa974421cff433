"""The commands on what a run prepared: export, explain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from siei_match.cli.options import Par, SettingsFile, Sortie, name_actor

if TYPE_CHECKING:
    from siei_match.explain import Explanation
    from siei_match.output.audit import Actor


def explain(
    campagne: Annotated[str, Parameter(help="The campaign's code, e.g. 2026-10.")],
    identifiant: Annotated[str, Parameter(help="An id_personne or an id_signalement.")],
    /,
    *,
    sortie: Sortie,
    dossier: Annotated[
        Path | None,
        Parameter(
            help="The campaign's input folder: shows the values of the rows, on a terminal only."
        ),
    ] = None,
    format: Annotated[  # noqa: A002 - the option's name
        Literal["texte", "json"], Parameter(help="texte, in French, or json for programs.")
    ] = "texte",
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Explain one person: their rows, what tied them, who was refused and why, the decision.

    Nothing nominative is shown without `--dossier`. The audit log notes who was looked at.

    Example: `siei explain 2026-10 ID --sortie out`
    """
    from siei_match.explain import explain_person
    from siei_match.explain.show import NOMINATIVE, present, require_terminal

    if dossier is not None:
        require_terminal(sys.stdout)
    explication = explain_person(sortie, campagne, identifiant, dossier=dossier)
    note_explanation(sortie, explication, name_actor(par, reglages))
    if explication.nominative:
        print(NOMINATIVE, file=sys.stderr)  # noqa: T201
    present(explication, sys.stdout, format)


def note_explanation(sortie: Path, explication: Explanation, actor: Actor) -> None:
    """Note in the audit log whose explanation is about to be shown, and whether it names them."""
    from siei_match.output import CAMPAGNES, require_prepared
    from siei_match.output.audit import append

    append(
        sortie,
        "explication",
        actor,
        details={
            "campagne": explication.campagne,
            "id_personne": explication.id_personne,
            "nominative": "oui" if explication.nominative else "non",
        },
        fichiers=require_prepared(sortie, explication.campagne).manifest_seal(CAMPAGNES),
    )
