"""A person's rights: find them, show all that is held. What changes it stands in other modules."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from siei_match.cli.options import Par, SettingsFile, Sortie, find_keys, name_actor

app = App(
    name="personne",
    help="The rights of a person: access, exclusion, rectification.\n\n"
    "Each is noted in the audit log, with the identifier; what is typed to search is not.\n\n"
    "Example: `siei personne find --ine 1234567890A --sortie out`",
)

Dossier = Annotated[
    Path | None,
    Parameter(help="A campaign's input folder: its rows are read too."),
]


@app.command
def find(
    *,
    sortie: Sortie,
    nom: Annotated[
        str | None, Parameter(help="Name of birth or of usage.", allow_leading_hyphen=True)
    ] = None,
    prenom: Annotated[str | None, Parameter(help="First name.", allow_leading_hyphen=True)] = None,
    naissance: Annotated[
        str | None, Parameter(help="Birth date, JJ/MM/AAAA.", allow_leading_hyphen=True)
    ] = None,
    commune: Annotated[
        str | None,
        Parameter(
            help="Commune of birth: INSEE code, postal code or name.", allow_leading_hyphen=True
        ),
    ] = None,
    ine: Annotated[
        str | None, Parameter(help="Identifiant national élève.", allow_leading_hyphen=True)
    ] = None,
    dossier: Dossier = None,
    reglages: SettingsFile = None,
    par: Par = None,
) -> None:
    """Find a person from what they would give, and say what tells several apart.

    Looks in the register (exactly, once spelling is normalised), in the lists and, with
    `--dossier`, in the extracts (both with small errors). Names are shown on a terminal only. A
    value given as `-` is asked for: it then stays out of the shell's history.

    Example: `siei personne find --nom Durand --prenom Zoé --naissance 14/03/2009 --sortie out`
    """
    from siei_match.access import read_request, search
    from siei_match.access.show import show_candidates
    from siei_match.explain.show import NOMINATIVE
    from siei_match.output.audit import append

    actor = name_actor(par, reglages)
    given = {"nom": nom, "prenom": prenom, "naissance": naissance, "commune": commune, "ine": ine}
    visit = read_request(*(ask(name, value) for name, value in given.items()))
    candidates = search(sortie, visit, find_keys(reglages), dossier=dossier)
    nominative = sys.stdout.isatty() and any(c.identified for c in candidates)
    details: dict[str, str | int] = {
        "criteres": visit.criteria,
        "trouvees": len(candidates),
        "nominative": "oui" if nominative else "non",
    }
    if candidates:
        # As many as an entry of the log holds.
        details["personnes"] = " ".join(c.id_personne for c in candidates[:15])
    append(sortie, "recherche", actor, details=details, fichiers={})
    if nominative:
        print(NOMINATIVE, file=sys.stderr)  # noqa: T201
    show_candidates(candidates, sys.stdout, sealed=actor.cle is not None, nominative=nominative)


def ask(name: str, value: str | None) -> str | None:
    """Return what was given, or a line of the standard input in place of `-`."""
    if value != "-":
        return value
    print(f"{name} : ", end="", file=sys.stderr, flush=True)  # noqa: T201
    return sys.stdin.readline().strip()


@app.command
def show(
    identifiant: Annotated[str, Parameter(help="An id_personne or an id_signalement.")],
    /,
    *,
    sortie: Sortie,
    dossier: Dossier = None,
    format: Annotated[  # noqa: A002 - the option's name
        Literal["texte", "json"], Parameter(help="texte, in French, or json for programs.")
    ] = "texte",
    reglages: SettingsFile = None,
    par: Par = None,
) -> None:
    """Show all that is held of a person: rows, decisions, lists, answers, accesses, files.

    In words that the person understands. Nothing nominative is shown without `--dossier`, and
    then on a terminal only.

    Example: `siei personne show ID --sortie out`
    """
    from siei_match.access import gather
    from siei_match.access.show import present
    from siei_match.explain.show import NOMINATIVE, require_terminal
    from siei_match.output.audit import append

    if dossier is not None:
        require_terminal(sys.stdout)
    actor = name_actor(par, reglages)
    held = gather(sortie, identifiant, dossier=dossier)
    details = {"id_personne": held.id_personne, "nominative": "oui" if held.nominative else "non"}
    append(sortie, "acces", actor, details=details, fichiers={})
    if held.nominative:
        print(NOMINATIVE, file=sys.stderr)  # noqa: T201
    present(held, sys.stdout, format)
